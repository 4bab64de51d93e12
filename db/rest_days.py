"""Days worked without a shift: readings that belong to no shift of the person (A1.5, E3.14).

There is no shift to keep a verdict on, so these are read when they are asked for: nothing owed, all of it beyond a shift.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from db.models import Agent, Overtime, Punch, Shift
from db.visibility import NOT_YOURS, within
from regulations import attendance as rules
from regulations.access import AccessRefused, Scope
from regulations.attendance_terms import terms_of
from regulations.intervals import Interval, merge
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

LONGEST = timedelta(hours=16)  # from the first reading of a day to its last; more is another day
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RestDay:
    """A person who was there on a local date without a shift; the verdict has class "rest"."""

    agent: Agent
    on: date
    verdict: rules.DayVerdict


def list_rest_days(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
) -> list[RestDay]:
    """Days in scope on which somebody was there without a shift, both dates included, the latest first.

    A reading belongs to a shift within `attendance.punch_search` of it; one past midnight to the day before. Raises
    AccessRefused for who may not see attendance; an agent sees his own.
    """
    if not (scope.may("attendance.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
    conditions = within(scope, team=Agent.team_id, agent=Agent.id)
    if team_id is not None:
        conditions.append(Agent.team_id == team_id)
    return find_rest_days(session, conditions, from_on=from_on, to_on=to_on, book=book, now=now)


def find_rest_days(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
) -> list[RestDay]:
    """As `list_rest_days`, of the people that conditions on Agent name; whoever calls has asked who may see them."""
    calendar, search = WorkCalendar.from_rulebook(book), terms_of(book).search
    begin, end = calendar.start_of_day(from_on - _DAY), calendar.end_of_day(to_on + _DAY)
    later = aliased(Punch)
    readings: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for agent_id, at, kind in session.execute(
        select(Punch.agent_id, Punch.at, Punch.kind)
        .join(Agent, Agent.id == Punch.agent_id)
        .outerjoin(later, later.corrects_id == Punch.id)
        .where(Punch.at.between(begin, end), later.id.is_(None), *conditions)
        .order_by(Punch.at, Punch.kind)
    ):
        readings[agent_id].append((at, kind))
    taken: dict[int, list[Interval]] = defaultdict(list)
    for agent_id, starts_at, ends_at in session.execute(
        select(Shift.agent_id, Shift.starts_at, Shift.ends_at)
        .join(Agent, Agent.id == Shift.agent_id)
        .where(Shift.work_on.between(from_on - 2 * _DAY, to_on + 2 * _DAY), *conditions)
    ):
        taken[agent_id].append((starts_at - search, ends_at + search))
    found: list[tuple[date, int, list[rules.PunchFact]]] = []
    for agent_id, punches in readings.items():
        spans = merge(taken[agent_id])
        begins = [a for a, _b in spans]
        free = [rules.PunchFact(at, kind) for at, kind in punches if not _is_within(at, spans, begins)]
        for group in _days(free, calendar):
            on = calendar.day_of(group[0].at)
            if from_on <= on <= to_on:
                found.append((on, agent_id, group))
    agents = {
        agent.id: agent
        for agent in session.scalars(
            select(Agent).where(Agent.id.in_({agent_id for _, agent_id, _ in found}))
        )
    }
    overtime = _overtime(session, set(agents), begin, end)
    days = [
        RestDay(agents[agent_id], on, rules.judge_rest_day(group, book, now, overtime=overtime[agent_id]))
        for on, agent_id, group in found
    ]
    return sorted(days, key=lambda day: (-day.on.toordinal(), day.agent.number))


def _is_within(at: datetime, spans: Sequence[Interval], begins: Sequence[datetime]) -> bool:
    """Whether an instant lies in one of the spans, ends included; they are in order and apart."""
    place = bisect_right(begins, at) - 1
    return place >= 0 and at <= spans[place][1]


def _days(punches: Sequence[rules.PunchFact], calendar: WorkCalendar) -> list[list[rules.PunchFact]]:
    """Readings by the day they belong to: a new one begins with a clock-in of another date, or too long after."""
    days: list[list[rules.PunchFact]] = []
    for punch in punches:
        is_new = not days or punch.at - days[-1][0].at > LONGEST
        if not is_new and punch.kind == "in" and days[-1][-1].kind == "out":
            is_new = calendar.day_of(punch.at) != calendar.day_of(days[-1][0].at)
        if is_new:
            days.append([])
        days[-1].append(punch)
    return days


def _overtime(
    session: Session, agent_ids: set[int], begin: datetime, end: datetime
) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    for agent_id, starts_at, ends_at in session.execute(
        select(Overtime.agent_id, Overtime.starts_at, Overtime.ends_at).where(
            Overtime.agent_id.in_(agent_ids),
            Overtime.state == "approved",
            Overtime.ends_at >= begin,
            Overtime.starts_at <= end,
        )
    ):
        found[agent_id].append((starts_at, ends_at))
    return found
