"""Connections: what the database promises several processes at once, and how it says that it cannot."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.engine import DatabaseError, explain, make_engine, place, session_scope, take_write_lock
from db.models import Agent, Team


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    with make_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert (connection.exec_driver_sql("PRAGMA busy_timeout").scalar() or 0) >= 5000


def test_a_foreign_key_to_nothing_is_refused(session: Session) -> None:
    session.add(Agent(number="K1", name="谁", team_id=4711))
    with pytest.raises(IntegrityError):
        session.flush()


def test_work_inside_a_released_savepoint_is_still_rolled_back_with_the_rest(session: Session) -> None:
    with session.begin_nested():
        session.add(Team(code="gone", name="不会留下"))
    session.rollback()
    assert session.query(Team).count() == 0


def test_a_failed_savepoint_leaves_the_work_before_it(session: Session) -> None:
    session.add(Team(code="a", name="甲"))
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Team(code="a", name="又一个甲"))
        session.flush()
    session.commit()
    assert [team.name for team in session.query(Team)] == ["甲"]


def test_a_session_is_committed_at_the_end_and_rolled_back_on_an_error(tables_url: str) -> None:
    with session_scope(tables_url) as session:
        session.add(Team(code="kept", name="留下"))
    with pytest.raises(RuntimeError), session_scope(tables_url) as session:
        session.add(Team(code="lost", name="丢弃"))
        session.flush()
        raise RuntimeError("in the middle")
    with session_scope(tables_url) as session:
        assert [team.code for team in session.query(Team)] == ["kept"]


def test_the_write_lock_is_taken_once_and_ends_with_the_transaction(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    engine = make_engine(url)
    with Session(engine) as session:
        take_write_lock(session.connection())
        take_write_lock(session.connection())
        other = create_engine(url, connect_args={"timeout": 0.05})
        with pytest.raises(Exception, match="locked"), other.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        session.commit()
        with other.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def test_a_file_that_is_no_database_is_named_with_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "letter.sqlite3"
    file.write_text("尊敬的客户:" * 1000, encoding="utf-8")
    with (
        pytest.raises(DatabaseError, match=r"not a database.*letter\.sqlite3.*Mend"),
        session_scope(f"sqlite:///{file}") as session,
    ):
        session.execute(text("SELECT 1 FROM teams"))


def test_missing_tables_are_explained_not_traced(database_url: str) -> None:
    with pytest.raises(DatabaseError, match=r"manage\.py migrate"), session_scope(database_url) as session:
        session.query(Team).all()


def test_a_server_that_does_not_answer_is_one_line_without_the_password() -> None:
    url = "postgresql+psycopg://desk:secret@127.0.0.1:9/desk"
    with pytest.raises(DatabaseError) as raised, session_scope(url) as session:
        session.execute(text("SELECT 1"))
    assert "127.0.0.1" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("address", ["nonsense", "sqlite//x", "postgresql+nodriver://h/d", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        make_engine(address)


def test_a_database_that_may_only_be_read_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with make_engine(f"sqlite:///{file}").begin() as connection:
        connection.execute(text("CREATE TABLE teams (id INTEGER)"))
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    with pytest.raises(DatabaseError, match="may not be written"), session_scope(url) as session:
        session.execute(text("INSERT INTO teams VALUES (1)"))


def test_a_full_disk_is_explained_and_nothing_of_the_work_stays(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    with make_engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE notes (body TEXT)"))
    with pytest.raises(DatabaseError, match="disk is full"), session_scope(url) as session:
        pages = session.execute(text("PRAGMA page_count")).scalar() or 0
        session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        for _ in range(100):
            session.execute(text("INSERT INTO notes VALUES (hex(randomblob(2000)))"))
    with make_engine(url).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar() == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("database or disk is full", "the disk is full"),
        ("attempt to write a readonly database", "may not be written"),
        ("database is locked", "another process"),
        ('FATAL:  password authentication failed for user "desk"', "refused"),
        ('FATAL:  database "desk" does not exist', "no such database"),
        ('relation "teams" does not exist', "migrate"),
    ],
)
def test_each_condition_says_what_and_how_to_mend_it(said: str, expected: str) -> None:
    explained = explain(sqlite3.OperationalError(said), "sqlite:////srv/desk.sqlite3")
    assert explained is not None
    assert expected in str(explained)
    assert "/srv/desk.sqlite3" in str(explained)


def test_an_error_of_ours_is_not_explained_away() -> None:
    assert explain(sqlite3.IntegrityError("UNIQUE constraint failed: teams.code"), "sqlite:///x") is None


def test_a_place_never_shows_a_password() -> None:
    assert "secret" not in place("postgresql+psycopg://desk:secret@db.example/desk")
    assert place("sqlite:////srv/desk.sqlite3") == "/srv/desk.sqlite3"
