"""The schema of the database: what state it is in, and bringing it up to date (Alembic)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from db.engine import DatabaseError, explain, make_engine, place, sqlite_file, take_write_lock

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
MIGRATION_LOCK = 7_305_001  # any number of our own: two starting processes migrate one after the other

SchemaState = Literal["current", "missing", "older", "newer"]


def config() -> Config:
    """Alembic's configuration, made here so that no file has to be found at run time."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def schema_state(url: str) -> SchemaState:
    """How the database at the address stands to this version of the program. Changes nothing.

    Raises DatabaseError when it cannot be reached or read, or holds somebody else's tables.
    """
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return "missing"
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return _state(connection, url)
    except DBAPIError as error:
        raise _explained(error, url) from error
    finally:
        engine.dispose()


def migrate(url: str) -> SchemaState:
    """Bring the schema up to date; what state it was in before. Runs in one transaction.

    Raises DatabaseError for a newer or foreign database, and for one that cannot be written.
    """
    file = sqlite_file(url)
    if file is not None:
        _make_folder(file)
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            else:
                # SQLite changes a table by making it anew; with the keys enforced, dropping the old one
                # would delete whatever hangs on it. They are checked as a whole before the commit.
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                take_write_lock(connection)
            before = _state(connection, url)
            if before == "newer":
                raise DatabaseError(newer_message(url))
            if before != "current":
                alembic = config()
                alembic.attributes["connection"] = connection
                command.upgrade(alembic, "head")
                _check_foreign_keys(connection, url)
            return before
    except DBAPIError as error:
        raise _explained(error, url) from error
    finally:
        engine.dispose()


def require_current(url: str) -> None:
    """Raises DatabaseError, saying how to mend it, unless the schema is the one of this program."""
    state = schema_state(url)
    if state == "newer":
        raise DatabaseError(newer_message(url))
    if state != "current":
        what = "there is no database yet" if state == "missing" else "the database is of an older version"
        raise DatabaseError(f"{what}: {place(url)}. Mend: run manage.py migrate")


def newer_message(url: str) -> str:
    """What a program says that meets a database of a later version of itself."""
    return (
        f"the database was written by a newer version of the desk: {place(url)}."
        " Mend: start that version, or name another database in DATABASE_URL"
    )


def _state(connection: Connection, url: str) -> SchemaState:
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise DatabaseError(_foreign_message(url))
        return "missing"
    scripts = ScriptDirectory.from_config(config())
    current = MigrationContext.configure(connection).get_current_heads()
    if not current:
        if tables - {"alembic_version"}:
            raise DatabaseError(_foreign_message(url))
        return "missing"
    if set(current) == set(scripts.get_heads()):
        return "current"
    known = {script.revision for script in scripts.walk_revisions()}
    if set(current) <= known:
        return "older"
    if "audit_log" not in tables:  # every version of the desk has had it
        raise DatabaseError(_foreign_message(url))
    return "newer"


def _check_foreign_keys(connection: Connection, url: str) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise DatabaseError(
                f"{len(broken)} references in {place(url)} lead to rows that are not there; nothing was changed."
                " Mend: restore a backup"
            )


def _foreign_message(url: str) -> str:
    return (
        f"the database holds tables of another program: {place(url)}."
        " Mend: name an empty database in DATABASE_URL"
    )


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder {file.parent} cannot be made: {error.strerror}."
            " Mend: make it and let this user write there, or set DATA_DIR"
        ) from None


def _explained(error: DBAPIError, url: str) -> DatabaseError:
    first_line = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error).__name__
    return explain(error, url) or DatabaseError(f"the database at {place(url)} cannot be used: {first_line}")
