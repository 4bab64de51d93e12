"""A desk of its own for a test of the command line: settings, migrated database, and what a command said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import settings as settings_module
from db.engine import engine_for
from manage import main


class Desk:
    """Runs commands against its own data folder."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.capsys = capsys
        monkeypatch.setenv("DATA_DIR", str(folder))
        monkeypatch.setenv("RULEBOOK", "goods_sales,hospital_callback")
        settings_module.get_settings.cache_clear()

    @property
    def url(self) -> str:
        return settings_module.get_settings().database

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, stdout and stderr."""
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as exit_:  # argparse
            status = int(exit_.code or 0)
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def json(self, *arguments: object, status: int = 0) -> dict[str, Any]:
        """The one JSON document of a command that ended as expected."""
        got, out, err = self.run(*arguments, "--json")
        assert got == status, err
        document: dict[str, Any] = json.loads(out)
        return document

    def refuses(self, *arguments: object) -> str:
        """The one line of a command that could not start."""
        status, out, err = self.run(*arguments)
        assert (status, out) == (2, "")
        lines = err.strip().splitlines()
        assert len(lines) == 1, err
        return lines[0]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(engine_for(self.url), expire_on_commit=False) as session:
            yield session
            session.commit()


@pytest.fixture
def bare_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A desk without a database yet."""
    yield Desk(tmp_path / "data", monkeypatch, capsys)
    settings_module.get_settings.cache_clear()


@pytest.fixture
def desk(bare_desk: Desk) -> Desk:
    """A desk whose database was made by `migrate`."""
    assert bare_desk.run("migrate")[0] == 0
    return bare_desk
