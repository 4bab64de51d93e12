# The whole developer interface. A machine needs Python 3.11, pip and make; nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint e2e soak recordings screenshots clean help

help:
	@echo "make run          open the desk (first start installs and fills the demo department)"
	@echo "make test         lint, types and every test; says loudly what could not run and why"
	@echo "make lint         ruff and mypy --strict alone"
	@echo "make soak         the worker under kill -9 and 200 hostile files (half an hour); tables in build/soak"
	@echo "make recordings   make the demo recordings again (needs espeak-ng)"
	@echo "make screenshots  take the screenshots of the README again (needs Chromium)"
	@echo "make clean        remove the virtual environment and caches; your data stays"

run: $(VENV)/installed
	@exec $(BIN)/python manage.py run

test: $(VENV)/installed-test lint
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2  # compiled once, not in every process

lint: $(VENV)/installed-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

e2e: $(VENV)/installed-test
	@$(BIN)/python -m pytest tests/e2e -v

soak: $(VENV)/installed-test
	@$(BIN)/python -m pytest -q -s -p no:cacheprovider tests/soak/soak_*.py

recordings: $(VENV)/installed-test
	@$(BIN)/python -m demo.make_recordings

screenshots: $(VENV)/installed-test
	@$(BIN)/python -m tests.e2e.screenshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build

$(VENV)/python-ok:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "The desk needs Python 3.11; found $$($(PYTHON) --version 2>&1). Install it, or: make PYTHON=/path/to/python3.11 run" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# torch first and alone, so that no other package's wish pulls in another build of it.
$(VENV)/installed: requirements.txt $(VENV)/python-ok
	@echo "Installing what the desk needs (once; several minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^torch==[0-9.]*' requirements.txt)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-test: requirements-test.txt $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
