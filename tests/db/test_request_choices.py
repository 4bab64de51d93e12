"""What people choose from: their own shifts and readings, and of colleagues no more than the roster says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from db.models import Agent, AttendanceDay, Punch, Shift, Team
from db.request_choices import (
    list_colleagues,
    list_own_shifts,
    list_partner_shifts,
    list_readings,
    readings_of_shift,
)
from regulations.access import AccessRefused, Scope
from tests.factories import NOW, TODAY, local, make_agent, make_team, scope

WEEK = {"from_on": TODAY, "to_on": TODAY + timedelta(days=6)}


def shift(session: Session, agent: Agent, on: date) -> Shift:
    start = local(on.year, on.month, on.day, 9)
    row = Shift(agent_id=agent.id, work_on=on, starts_at=start, ends_at=start + timedelta(hours=9), breaks=[])
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    return make_agent(session, team)


def test_the_shifts_of_the_days_asked_for_both_included(session: Session, team: Team, agent: Agent) -> None:
    before, first, last, after = (
        shift(session, agent, TODAY + timedelta(days=days)) for days in (-1, 0, 6, 7)
    )
    found = list_own_shifts(session, scope("agent", agent=agent), agent.id, **WEEK)
    assert [row.id for row in found] == [first.id, last.id]
    assert before.id not in {row.id for row in found} and after.id not in {row.id for row in found}


def test_an_agent_lists_nobody_elses_shifts_as_his_own(session: Session, team: Team, agent: Agent) -> None:
    other = make_agent(session, team)
    shift(session, other, TODAY)
    assert list_own_shifts(session, scope("agent", agent=agent), other.id, **WEEK) == []


def test_colleagues_are_those_of_the_team_who_are_still_there(
    session: Session, team: Team, agent: Agent
) -> None:
    colleague = make_agent(session, team)
    make_agent(session, team, is_active=False)
    make_agent(session)
    for asking in (scope("agent", agent=agent), scope("supervisor", team), scope("manager")):
        assert [row.id for row in list_colleagues(session, asking, agent.id)] == [colleague.id]


def test_a_colleagues_roster_is_seen_and_another_teams_is_not(
    session: Session, team: Team, agent: Agent
) -> None:
    colleague, stranger = make_agent(session, team), make_agent(session)
    hers = shift(session, colleague, TODAY)
    shift(session, stranger, TODAY)
    asking = scope("agent", agent=agent)
    assert [row.id for row in list_partner_shifts(session, asking, agent.id, colleague.id, **WEEK)] == [
        hers.id
    ]
    assert list_partner_shifts(session, asking, agent.id, stranger.id, **WEEK) == []


def test_a_reading_that_was_replaced_is_not_offered_again(session: Session, agent: Agent) -> None:
    wrong = Punch(agent_id=agent.id, at=NOW, kind="in", recorded_at=NOW)
    session.add(wrong)
    session.flush()
    right = Punch(
        agent_id=agent.id, at=NOW - timedelta(minutes=9), kind="in", recorded_at=NOW, corrects_id=wrong.id
    )
    late = Punch(agent_id=agent.id, at=NOW + timedelta(hours=1, seconds=1), kind="out", recorded_at=NOW)
    session.add_all([right, late])
    session.flush()
    span = {"from_at": NOW - timedelta(hours=1), "to_at": NOW + timedelta(hours=1)}
    found = list_readings(session, scope("agent", agent=agent), agent.id, **span)
    assert [row.id for row in found] == [right.id]


@pytest.mark.parametrize("role", ["qa", "executive", "top", "administrator"])
def test_who_files_nothing_is_offered_nothing(role: str, session: Session, agent: Agent) -> None:
    asking = Scope(None, role, role)
    for ask in (
        lambda: list_own_shifts(session, asking, agent.id, **WEEK),
        lambda: list_colleagues(session, asking, agent.id),
        lambda: list_partner_shifts(session, asking, agent.id, agent.id, **WEEK),
        lambda: list_readings(session, asking, agent.id, from_at=NOW, to_at=NOW),
    ):
        with pytest.raises(AccessRefused):
            ask()


def test_an_agent_asks_for_nobody_else_and_a_supervisor_for_his_team_alone(
    session: Session, team: Team, agent: Agent
) -> None:
    other, stranger = make_agent(session, team), make_agent(session)
    for asking, person in (
        (scope("agent", agent=agent), other),
        (scope("supervisor", team), stranger),
        (Scope(None, "nobody", "agent", (team.id,), None), agent),
    ):
        with pytest.raises(AccessRefused):
            list_colleagues(session, asking, person.id)
        with pytest.raises(AccessRefused):
            list_partner_shifts(session, asking, person.id, agent.id, **WEEK)
        with pytest.raises(AccessRefused):
            list_readings(session, asking, person.id, from_at=NOW, to_at=NOW)


def test_the_readings_of_a_shift_are_those_of_its_verdict_and_else_those_around_it(
    session: Session, team: Team, agent: Agent
) -> None:
    row, boss = shift(session, agent, TODAY), scope("supervisor", team)
    assert readings_of_shift(session, boss, row) == (None, None)
    early, came, left = (row.starts_at + timedelta(hours=hours) for hours in (-6, -0.25, 9.5))
    for kind, at in (("in", early), ("in", came), ("out", left)):
        session.add(Punch(agent_id=agent.id, at=at, kind=kind, recorded_at=NOW))
    session.flush()
    assert readings_of_shift(session, boss, row) == (came, left)
    session.add(
        AttendanceDay(
            shift_id=row.id, agent_id=agent.id, work_on=TODAY, class_="normal", first_in_at=came, last_out_at=None,
            clauses=[], steps=[], rulebook_version="test", judged_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    assert readings_of_shift(session, boss, row) == (came, None)


def test_the_readings_of_a_shift_are_read_only_by_who_decides_in_the_team(
    session: Session, team: Team, agent: Agent
) -> None:
    row = shift(session, agent, TODAY)
    for who in (scope("agent", agent=agent), scope("qa"), scope("supervisor", make_team(session))):
        with pytest.raises(AccessRefused):
            readings_of_shift(session, who, row)
