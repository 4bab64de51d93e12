"""What a request for overtime rests on: whose it is, which day it belongs to, and what else the person has then."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Agent, Leave, Overtime, Shift
from db.visibility import NOT_YOURS
from regulations import overtime as rules
from regulations.access import AccessRefused, Scope
from regulations.lateness import span_of
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_REACH = timedelta(days=2)  # what can touch a request of a day at most


def facts_of(
    session: Session,
    agent_id: int,
    starts_at: datetime,
    ends_at: datetime,
    compensation: str,
    filed_at: datetime,
    without: int | None = None,
) -> rules.OvertimeFacts:
    """Everything that the person has at that time; `without` is the request itself."""
    begin, end = starts_at - _REACH, ends_at + _REACH
    shifts = session.execute(
        select(Shift.starts_at, Shift.ends_at).where(
            Shift.agent_id == agent_id, Shift.starts_at < end, Shift.ends_at > begin
        )
    )
    leave = session.execute(
        select(Leave.starts_at, Leave.ends_at).where(
            Leave.agent_id == agent_id,
            Leave.status.in_(("requested", "approved")),
            Leave.starts_at < end,
            Leave.ends_at > begin,
        )
    )
    others = select(Overtime.starts_at, Overtime.ends_at, Overtime.state).where(
        Overtime.agent_id == agent_id, Overtime.starts_at < end, Overtime.ends_at > begin
    )
    if without is not None:
        others = others.where(Overtime.id != without)
    return rules.OvertimeFacts(
        starts_at=starts_at,
        ends_at=ends_at,
        compensation=compensation,
        filed_at=filed_at,
        shifts=tuple((a, b) for a, b in shifts),
        leave=tuple((a, b) for a, b in leave),
        others=tuple(rules.OtherOvertime(a, b, state) for a, b, state in session.execute(others)),
    )


def work_on(session: Session, agent_id: int, starts_at: datetime, ends_at: datetime, book: Rulebook) -> date:
    """The day of the shift that it goes on from or leads up to; a day of its own when no shift is near."""
    near = span_of(book, "attendance.punch_search") or timedelta()
    before = session.scalar(
        select(Shift.work_on)
        .where(Shift.agent_id == agent_id, Shift.ends_at <= starts_at, Shift.ends_at >= starts_at - near)
        .order_by(Shift.ends_at.desc())
        .limit(1)
    )
    if before is not None:
        return before
    after = session.scalar(
        select(Shift.work_on)
        .where(Shift.agent_id == agent_id, Shift.starts_at >= ends_at, Shift.starts_at <= ends_at + near)
        .order_by(Shift.starts_at)
        .limit(1)
    )
    return after or WorkCalendar.from_rulebook(book).day_of(starts_at)


def person_of(session: Session, scope: Scope, agent_id: int) -> Agent:
    """The person the request is about. Raises AccessRefused when he is not in scope, or does not exist."""
    agent = session.get(Agent, agent_id)
    if agent is None or not scope.sees_team(agent.team_id):
        raise AccessRefused(NOT_YOURS)
    if scope.role == "agent" and scope.agent_id != agent.id:
        raise AccessRefused(NOT_YOURS)
    return agent
