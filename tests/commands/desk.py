"""A desk of its own for a test of the command line: settings, migrated database, and what a command said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import settings as settings_module
from db import schema
from db.engine import engine_for, sqlite_file
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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as `migrate` leaves it; made once, never written to."""
    path = tmp_path_factory.mktemp("migrated") / "desk.sqlite3"
    url = f"sqlite:///{path}"
    schema.migrate(url)
    engine_for(url).dispose()
    return path


@pytest.fixture
def desk(bare_desk: Desk, migrated_file: Path) -> Desk:
    """A desk whose database is one that `migrate` made."""
    place = sqlite_file(bare_desk.url)
    assert place is not None
    place.parent.mkdir(parents=True)
    for suffix in ("", "-wal"):
        if (part := migrated_file.with_name(migrated_file.name + suffix)).exists():
            shutil.copy(part, place.with_name(place.name + suffix))
    return bare_desk
