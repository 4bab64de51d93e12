"""Many rows at once: what they leave out, what a database refuses, and what is no instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.import_inserts import insert_rows
from db.models import Punch
from tests.factories import local, make_agent, make_team

AT = local(2026, 11, 20, 9, 0)


@pytest.fixture
def readings(session: Session) -> list[dict[str, Any]]:
    agent = make_agent(session, make_team(session), number="K1")
    session.flush()
    row = {"agent_id": agent.id, "kind": "in", "recorded_at": AT, "device": "一号\t机\\N\n门"}
    return [{**row, "at": AT}, {**row, "at": local(2026, 11, 20, 9, 1)}]


def test_rows_arrive_as_they_were_with_the_defaults_of_what_they_leave_out(
    session: Session, readings: list[dict[str, Any]]
) -> None:
    insert_rows(session, Punch, readings)
    kept = session.scalars(select(Punch).order_by(Punch.at)).all()
    assert [(one.at, one.kind, one.device, one.source, one.corrects_id) for one in kept] == [
        (row["at"], "in", row["device"], "import", None) for row in readings
    ]


def test_what_the_database_refuses_is_refused_as_by_any_other_statement(
    session: Session, readings: list[dict[str, Any]]
) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        insert_rows(session, Punch, [readings[0], readings[0]])
    assert session.scalars(select(Punch)).all() == []


def test_an_instant_needs_its_offset(session: Session, readings: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="naive"):
        insert_rows(session, Punch, [{**readings[0], "at": datetime(2026, 11, 20, 9, 0)}])


def test_no_rows_are_no_work(session: Session) -> None:
    insert_rows(session, Punch, [])
    assert session.scalars(select(Punch)).all() == []
