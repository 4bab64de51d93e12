"""`manage.py demo`: fills an empty database and nothing else, says how to sign in, finishes what was cut short."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from db import demo, people
from db.engine import engine_for, session_scope, sqlite_file
from db.models import AuditEntry, Finding, FindingReview, Inspection, Team, Transcript, User
from manage import main
from settings import get_settings

NOW = "2026-11-20T10:00:00+08:00"
QUICK = ["--months", "2", "--scale", "0.1", "--now", NOW]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database that does not exist yet."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield get_settings().database
    engine_for(get_settings().database).dispose()
    get_settings.cache_clear()


@dataclass(frozen=True)
class Filled:
    """What the command left and what it said."""

    file: Path
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A department that the command filled, answering in JSON; never written to."""
    folder = tmp_path_factory.mktemp("filled")
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(said):
        patched.setenv("DATA_DIR", str(folder))
        get_settings.cache_clear()
        assert main(["demo", "--json", *QUICK]) == 0
        file = sqlite_file(get_settings().database)
        engine_for(get_settings().database).dispose()
    get_settings.cache_clear()
    assert file is not None
    yield Filled(file, json.loads(said.getvalue()))


@pytest.fixture
def filled_database(filled: Filled, database: str) -> str:
    """A copy of the filled department that this test may write to."""
    copy = sqlite_file(database)
    assert copy is not None
    copy.parent.mkdir(parents=True)
    shutil.copy(filled.file, copy)
    return database


def test_fills_inspects_reviews_and_answers_in_json(filled: Filled, filled_database: str) -> None:
    answer = filled.answer
    assert answer["rows"]["agents"] == 24
    assert answer["refused"] == []
    with session_scope(filled_database) as session:
        transcripts = session.scalar(select(func.count()).select_from(Transcript))
        assert (
            answer["rows"]["inspections"]
            == transcripts
            == session.scalar(select(func.count()).select_from(Inspection))
        )
        assert session.scalar(select(func.count()).select_from(Finding))
        assert answer["rows"]["finding_reviews"] == session.scalar(
            select(func.count()).select_from(FindingReview)
        )
        assert session.scalar(select(func.max(AuditEntry.action)).where(AuditEntry.action == "demo.filled"))
        for sign_in in answer["sign_ins"]:
            user = people.get_user(session, sign_in["username"])
            assert (user.role, user.is_demo) == (sign_in["role"], True)


def test_prints_the_sign_ins_where_people_read_them(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert demo.DEMO_PASSWORD in shown
    for username, _role, zh, en in demo.DEMO_SIGN_INS:
        assert username in shown
        assert zh in shown
        assert en in shown


def test_never_adds_to_a_database_that_holds_anything(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate"]) == 0
    with session_scope(database) as session:
        session.add(Team(code="real", name="真实的组"))
    capsys.readouterr()
    assert main(["demo", *QUICK]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "is not empty" in captured.err
    assert "DATA_DIR" in captured.err
    with session_scope(database) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0


def test_a_second_time_changes_nothing(filled_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", *QUICK]) == 2
    assert "not empty" in capsys.readouterr().err


def test_finishes_a_department_that_was_cut_short(
    filled_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with session_scope(filled_database) as session:
        session.execute(delete(FindingReview))
        session.execute(delete(Finding))
        session.execute(delete(Inspection))
    assert main(["demo", "--json", *QUICK]) == 0
    captured = capsys.readouterr()
    assert "finishing it" in captured.err
    assert json.loads(captured.out)["rows"]["inspections"] > 0


@pytest.mark.parametrize(
    "options",
    [["--scale", "0"], ["--scale", "nan"], ["--scale", "-3"], ["--months", "0"], ["--months", "1000"]],
)
def test_numbers_that_make_no_sense_are_one_line(
    database: str, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["demo", *options]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("manage.py demo: ")]
    assert len(lines) == 1
    with session_scope(database) as session:
        assert demo.is_empty(session)


@pytest.mark.parametrize(
    "options", [["--scale", "two"], ["--months", "1.5"], ["--now", "yesterday"], ["--seed", "x"]]
)
def test_what_is_no_number_is_refused_by_name(
    database: str, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["demo", *options])
    assert stopped.value.code == 2
    assert options[0] in capsys.readouterr().err
