"""A data folder, its settings, and a session factory for the tests of the jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from settings import Settings


@pytest.fixture
def settings(tmp_path: Path, tables_url: str) -> Settings:
    """Settings of a desk of its own."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", database_url=tables_url)


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions on an empty database with every table made."""
    return sessionmaker(engine, expire_on_commit=False)
