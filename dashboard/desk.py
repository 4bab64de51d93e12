"""The desk's database and clock, as everything in front of and behind the pages takes them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from db.engine import session_scope
from settings import get_settings


def open_session() -> AbstractContextManager[Session]:
    """A session on the desk's database; committed at the end of the block."""
    return session_scope(get_settings().database)


def now() -> datetime:
    """The clock of the pages: the one place where they take the time."""
    return datetime.now(UTC)
