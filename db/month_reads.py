"""Reading a month of attendance: who stands in it, from the verdicts as they are or as they were fixed."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from db.models import Agent, AttendanceDay, AttendanceMonth, AttendanceMonthRow, Shift, Team
from db.month_days import MonthDay
from db.visibility import within
from regulations.access import Scope
from regulations.attendance_totals import Missed, Totals, added, total


@dataclass(frozen=True, slots=True)
class Fixed:
    """That a team's month was fixed: by whom, when, and what he noted."""

    by: str  # the account's name
    at: datetime
    note: str
    rulebook_version: str


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """One person's month: totals and the shifts they come from."""

    agent_id: int
    number: str
    name: str
    team_id: int
    totals: Totals
    days: tuple[MonthDay, ...]


@dataclass(frozen=True, slots=True)
class TeamMonth:
    """One team's month. `fixed` None: it still moves. `missed` are the classes that count as not attended in it."""

    team_id: int
    name: str
    fixed: Fixed | None
    missed: Missed
    people: tuple[PersonMonth, ...]

    @property
    def totals(self) -> Totals:
        """Of all its people."""
        return added(person.totals for person in self.people)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the teams in scope. `month` is "2026-10"; both days are local and included."""

    month: str
    from_on: date
    to_on: date
    is_over: bool
    teams: tuple[TeamMonth, ...]

    @property
    def people(self) -> tuple[PersonMonth, ...]:
        """Everybody of every team."""
        return tuple(person for team in self.teams for person in team.people)

    @property
    def totals(self) -> Totals:
        """Of everybody."""
        return added(team.totals for team in self.teams)


def month_bounds(month: str) -> tuple[date, date]:
    """First and last day of "YYYY-MM". Raises ValueError for anything else."""
    first = date.fromisoformat(f"{month}-01")
    if first.strftime("%Y-%m") != month:
        raise ValueError(month)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def teams_of(session: Session, scope: Scope, team_id: int | None) -> dict[int, str]:
    """The teams in scope by id, by code; or the one asked for."""
    query = select(Team.id, Team.name).order_by(Team.code)
    if scope.team_ids is not None:
        query = query.where(Team.id.in_(scope.team_ids))
    if team_id is not None:
        query = query.where(Team.id == team_id)
    return {row.id: row.name for row in session.execute(query)}


def locks_of(session: Session, first: date, team_ids: Iterable[int]) -> dict[int, AttendanceMonth]:
    """The fixed months of these teams that begin on a day, by team, with their rows."""
    query = (
        select(AttendanceMonth)
        .where(AttendanceMonth.month == first, AttendanceMonth.team_id.in_(list(team_ids)))
        .options(selectinload(AttendanceMonth.rows))
    )
    return {lock.team_id: lock for lock in session.scalars(query)}


def fixed_elsewhere(session: Session, first: date, team_id: int | None) -> set[int]:
    """Who stands in a fixed month of another team: he moved since, and is not counted twice."""
    query = (
        select(AttendanceMonthRow.agent_id)
        .join(AttendanceMonth, AttendanceMonth.id == AttendanceMonthRow.month_id)
        .where(AttendanceMonth.month == first)
    )
    if team_id is not None:
        query = query.where(AttendanceMonth.team_id != team_id)
    return set(session.scalars(query))


def agents_of(session: Session, team_id: int, without: set[int]) -> list[int]:
    """Everybody of a team, also who has left, except some."""
    ids = session.scalars(select(Agent.id).where(Agent.team_id == team_id).order_by(Agent.id))
    return [id_ for id_ in ids if id_ not in without]


Person = tuple[str, str, int]  # number, name, team
Live = dict[int, tuple[Person, list[MonthDay]]]  # by agent

_COLUMNS = (
    AttendanceDay.shift_id,
    AttendanceDay.work_on,
    AttendanceDay.class_,
    AttendanceDay.late_minutes,
    AttendanceDay.early_minutes,
    AttendanceDay.worked_minutes,
    AttendanceDay.extra_minutes,
    AttendanceDay.approved_extra_minutes,
    AttendanceDay.remarks,
    AttendanceDay.first_in_at,
    AttendanceDay.last_out_at,
    AttendanceDay.clauses,
    AttendanceDay.rulebook_version,
    Shift.code,
    Shift.starts_at,
    Shift.ends_at,
    AttendanceDay.agent_id,
    Agent.number,
    Agent.name,
    Agent.team_id,
)


def live_of_teams(
    session: Session,
    scope: Scope,
    first: date,
    last: date,
    team_ids: Sequence[int],
    without: set[int],
    now: datetime,
) -> dict[int, Live]:
    """The verdicts as they stand now, by team and agent."""
    if not team_ids:
        return {}
    conditions = [
        Agent.team_id.in_(list(team_ids)),
        *within(scope, team=Agent.team_id, agent=AttendanceDay.agent_id),
    ]
    found: dict[int, Live] = defaultdict(dict)
    for agent_id, (person, days) in _read(session, first, last, conditions, now).items():
        if agent_id not in without:
            found[person[2]][agent_id] = (person, days)
    return found


def live_of_agents(session: Session, first: date, last: date, agents: set[int], now: datetime) -> Live:
    """The verdicts of these people as they stand now."""
    return _read(session, first, last, [AttendanceDay.agent_id.in_(agents)], now) if agents else {}


def _read(session: Session, first: date, last: date, conditions: list[Any], now: datetime) -> Live:
    query = (
        select(*_COLUMNS)
        .join(Shift, Shift.id == AttendanceDay.shift_id)
        .join(Agent, Agent.id == AttendanceDay.agent_id)
        .where(AttendanceDay.work_on >= first, AttendanceDay.work_on <= last, *conditions)
        .order_by(Agent.number, AttendanceDay.work_on, Shift.starts_at)
    )
    found: Live = {}
    for row in session.execute(query):
        kept = found.setdefault(row.agent_id, ((row.number, row.name, row.team_id), []))
        kept[1].append(MonthDay.from_row(row, now))
    return found


def people_of(live: Live, missed: Missed) -> tuple[PersonMonth, ...]:
    """Everybody with the totals of his verdicts."""
    return tuple(
        PersonMonth(id_, number, name, team_id, total((d.fact for d in days), missed), tuple(days))
        for id_, ((number, name, team_id), days) in live.items()
    )


def fixed_people(lock: AttendanceMonth, scope: Scope) -> tuple[PersonMonth, ...]:
    """Everybody of a fixed month in the viewer's scope, by staff number, as he was fixed."""
    rows = [row for row in lock.rows if scope.agent_id is None or row.agent_id == scope.agent_id]
    return tuple(
        PersonMonth(
            row.agent_id,
            row.agent.number,
            row.agent.name,
            lock.team_id,
            Totals.from_record(row.totals),
            tuple(MonthDay.from_record(record) for record in row.days),
        )
        for row in sorted(rows, key=lambda row: row.agent.number)
    )
