"""A data folder, its settings, and a session factory for the tests of the jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from inspection.sound import listening
from jobs import inspecting
from jobs.receiving import receive_recording
from regulations.access import SYSTEM
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.audio_files import write_wav
from tests.jobs.written_engine import WrittenEngine

Factory = sessionmaker[Session]


@pytest.fixture
def settings(tmp_path: Path, tables_url: str) -> Settings:
    """Settings of a desk of its own."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", database_url=tables_url)


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions on an empty database with every table made."""
    return sessionmaker(engine, expire_on_commit=False)


@pytest.fixture
def recording_id(factory: Factory, settings: Settings, tmp_path: Path) -> int:
    """A queued recording of two seconds, two channels."""
    with factory() as session, session.begin():
        add_agents(session)
    source = write_wav(tmp_path / "call.wav", seconds=2.0)
    return receive_recording(
        factory, SYSTEM, source, "call.wav", call_facts("c1"), settings, now=NOW
    ).recording_id


@pytest.fixture
def use_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Gives the workers this engine; an exception is what loading it raises."""

    def use(engine: Any) -> None:
        def load(model: str, *_how: object) -> Any:
            if isinstance(engine, Exception):
                raise engine
            return engine

        monkeypatch.setattr(inspecting, "load_engine", load)
        if isinstance(engine, WrittenEngine):
            monkeypatch.setattr(listening, "hear_channels", engine.texts)

    return use
