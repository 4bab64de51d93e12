"""The minute's sweep makes the handovers that shifts under way owe, and puts worked overtime on the account for time off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from huey import MemoryHuey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import overtime, rulebooks
from db.models import Handover, LeaveEntry
from jobs.housekeeping import Housekeeper
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from settings import Settings
from tests.factories import NOW, TODAY, local, make_agent, make_punch, make_shift, make_team, scope

BOOK = load_rulebook(["telecom_call_centre", "property_cs_rules"])
END = local(2026, 11, 20, 18)
HOUR = timedelta(hours=1)
Keeper = Callable[[datetime], Housekeeper]


@pytest.fixture
def keeper_at(session: Session, settings: Settings) -> Keeper:
    rulebooks.publish(session, SYSTEM, BOOK, TODAY - timedelta(days=90), NOW)
    return lambda now: Housekeeper(settings, lambda: now)


def test_both_are_in_the_timetable(keeper_at: Keeper) -> None:
    queue = MemoryHuey("timetable", results=False)
    keeper_at(NOW).register(queue)
    names = {task.name for task in queue._registry.periodic_tasks}
    assert {"open_handovers", "grant_time_off"} <= names


def test_a_handover_is_made_once_however_often_the_minute_comes(session: Session, keeper_at: Keeper) -> None:
    team = make_team(session)
    make_shift(session, make_agent(session, team), start=9)
    make_shift(session, make_agent(session, team), start=17, hours=7)
    session.commit()
    assert keeper_at(NOW).open_handovers() == 1
    assert keeper_at(NOW).open_handovers() == 0
    assert session.scalars(select(Handover.rulebook_version)).one() == BOOK.version


def test_worked_overtime_becomes_time_off_once(session: Session, keeper_at: Keeper) -> None:
    agent = make_agent(session)
    make_shift(session, agent)
    row = overtime.request_overtime(
        session, scope("agent", agent=agent), agent_id=agent.id, starts_at=END, ends_at=END + 2 * HOUR,
        compensation="time_off", reason="大促", book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    make_punch(session, agent, END - 9 * HOUR)
    make_punch(session, agent, END + 2 * HOUR, "out")
    session.commit()
    assert keeper_at(END + 3 * HOUR).grant_time_off() == 0  # nobody has approved it
    overtime.decide_overtime(
        session, scope("manager"), row.id, is_approved=True, note="", expected_version=1, book=BOOK, now=END
    )
    session.commit()
    assert keeper_at(END + 3 * HOUR).grant_time_off() == 1
    assert keeper_at(END + 3 * HOUR).grant_time_off() == 0
    assert session.scalar(select(func.count()).select_from(LeaveEntry)) == 1
