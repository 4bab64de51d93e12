"""Engines and sessions: SQLite in WAL mode by default, PostgreSQL where DATABASE_URL says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_MS = 15_000
CONNECT_TIMEOUT_SECONDS = 10  # a PostgreSQL that does not answer is reported, not waited for


class DatabaseError(Exception):
    """The database cannot be used. One line: what, where, how to mend it."""


def make_engine(url: str) -> Engine:
    """An engine for the address, with SQLite set up for several processes at once.

    Raises DatabaseError for an address that is none.
    """
    try:
        backend = make_url(url).get_backend_name()
        if backend != "sqlite":
            return create_engine(
                url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS}
            )
    except (ArgumentError, SQLAlchemyError, ValueError) as error:
        raise DatabaseError(f"DATABASE_URL is no database address: {error}. See docs/settings.md") from None
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=NORMAL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "savepoint")
    def _begin_before_savepoint(connection: Connection, _name: str) -> None:
        # Without a transaction around it SQLite takes the savepoint for the transaction, and
        # releasing it would commit half of the caller's work.
        take_write_lock(connection)

    return engine


def take_write_lock(connection: Connection) -> None:
    """Become the one writer of a SQLite database now, so that what is read next stays true.

    A transaction that reads first and writes later cannot wait for another writer (SQLite refuses at
    once); one that begins as a writer waits its turn. PostgreSQL locks rows instead: nothing to do.
    """
    if connection.dialect.name == "sqlite" and not connection.connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@lru_cache(maxsize=4)
def engine_for(url: str) -> Engine:
    """The one engine of this process for an address."""
    return make_engine(url)


@contextmanager
def session_scope(url: str) -> Iterator[Session]:
    """A session whose transaction is committed at the end, rolled back on any exception.

    Raises DatabaseError instead of the driver's own errors when the database cannot be reached,
    is locked, is read-only or has no room left.
    """
    try:
        with sessionmaker(engine_for(url), expire_on_commit=False)() as session, session.begin():
            yield session
    except DBAPIError as error:
        explained = explain(error, url)
        if explained is None:
            raise
        raise explained from error


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address; None for PostgreSQL and for a database in memory."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database))


# What the drivers say, and what the reader should do about it.
_MENDS: tuple[tuple[str, str, str], ...] = (
    ("file is not a database", "the file is not a database", "move it away or name another in DATABASE_URL"),
    ("malformed", "the database file is damaged", "restore a backup: manage.py restore FILE"),
    ("locked", "another process holds the database", "wait for it to finish or stop it, then try again"),
    (
        "readonly",
        "the database may not be written",
        "give this user write permission on the file and its folder",
    ),
    ("disk is full", "the disk is full", "free some space, then try again"),
    ("No space left", "the disk is full", "free some space, then try again"),
    ("could not extend file", "the database server's disk is full", "free some space on it, then try again"),
    ("disk I/O error", "the disk cannot be read or written", "check the disk and its free space"),
    (
        "unable to open",
        "the database file cannot be opened",
        "check that the folder exists and may be written",
    ),
    (
        "password authentication failed",
        "user name or password refused",
        "correct them in DATABASE_URL",
    ),
    ("does not exist", "no such database or user on the server", "create it or correct DATABASE_URL"),
    (
        "permission denied",
        "permission denied",
        "give the database user the right to create and write tables",
    ),
    (
        "connection failed",
        "the database server does not answer",
        "start it, or correct host and port in DATABASE_URL",
    ),
    ("connection timeout", "the database server does not answer", "start it, or correct DATABASE_URL"),
    ("failed to resolve", "the database server's name is unknown", "correct the host in DATABASE_URL"),
    ("server closed the connection", "the database server closed the connection", "see its log, try again"),
)


def explain(error: Exception, url: str) -> DatabaseError | None:
    """The driver's error as one line, or None when it says nothing about the database's condition."""
    said = str(getattr(error, "orig", None) or error)
    for mark, what, mend in _MENDS:
        if mark.lower() in said.lower():
            # "relation … does not exist" and the like are missing tables, not a missing database
            if mark == "does not exist" and "relation" in said:
                return DatabaseError(f"the database at {place(url)} lacks tables: run manage.py migrate")
            return DatabaseError(f"{what}: {place(url)}. Mend: {mend}")
    if "no such table" in said or "no such column" in said:
        return DatabaseError(f"the database at {place(url)} lacks tables: run manage.py migrate")
    return None


def place(url: str) -> str:
    """Where the database is, for messages: the file, or the server's address without its password."""
    file = sqlite_file(url)
    return str(file) if file else make_url(url).render_as_string(hide_password=True)
