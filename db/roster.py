"""The roster of a week: who works when, who is away, and what is wrong with it. Writes: roster_changes, roster_copy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from db.coverage import TeamCoverage, coverage_of_days
from db.models import Agent, Leave, Shift
from db.roster_changes import Draft, add_shift, change_shift, remove_shift, seen
from db.roster_copy import CopyPlan, copy_week, plan_copy
from db.roster_facts import DAY, WEEK, RosterFacts, gather
from db.shift_changes import list_changes
from db.visibility import demand, within
from regulations import rest_days
from regulations import roster as rules
from regulations.access import Scope
from regulations.posts import post_conflicts
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar

__all__ = [
    "CopyPlan",
    "Draft",
    "PersonDay",
    "Week",
    "add_shift",
    "change_shift",
    "copy_week",
    "day_of",
    "list_changes",
    "list_shifts",
    "plan_copy",
    "remove_shift",
    "rest_shares",
    "seen",
    "week",
]

REST_WEEKS = 8  # over which the rest days are compared


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local days of the roster. `people` are those at work in the department, and whoever is rostered.

    `away` are the days of approved leave by person (that is all that is told of it), `asked` those somebody asked for
    and nobody has decided on.
    """

    days: tuple[date, ...]
    people: tuple[Agent, ...]
    shifts: Mapping[tuple[int, date], tuple[Shift, ...]]
    away: frozenset[tuple[int, date]]
    asked: frozenset[tuple[int, date]]
    conflicts: tuple[rules.Conflict, ...]
    coverage: tuple[TeamCoverage, ...]
    duties: tuple[rest_days.Duty, ...]
    facts: RosterFacts
    before: Mapping[str, int]  # how many conflicts of each code the week before has, where that was asked for

    @property
    def shift_count(self) -> int:
        """How many shifts are on the roster of the week."""
        return sum(len(of_day) for of_day in self.shifts.values())


def week(
    session: Session,
    scope: Scope,
    from_on: date,
    team_id: int | None,
    *,
    book: Rulebook,
    now: datetime,
    with_before: bool = False,
) -> Week:
    """The seven days from `from_on`, checked against the rules; with the conflicts of the week before if asked for.

    Raises AccessRefused without roster.view.
    """
    demand(scope, "roster.view")
    days = tuple(from_on + n * DAY for n in range(WEEK))
    earlier = tuple(day - WEEK * DAY for day in days) if with_before else ()
    calendar = WorkCalendar.from_rulebook(book)
    shifts: dict[tuple[int, date], list[Shift]] = defaultdict(list)
    people = {agent.id: agent for agent in _people(session, scope, team_id)}
    query = (
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(
            Shift.work_on.between(days[0], days[-1]), *within(scope, team=Agent.team_id, agent=Shift.agent_id)
        )
        .order_by(Shift.starts_at)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    for shift in session.scalars(query):
        shifts[shift.agent_id, shift.work_on].append(shift)
        people.setdefault(shift.agent_id, shift.agent)
    read = gather(session, scope, min([*days, *earlier]), days[-1], team_id, book)
    facts = read.around(days[0], days[-1])
    covered = coverage_of_days(session, scope, (*earlier, *days), team_id, book, now)
    of_team = _by_team(facts, people)
    found = _conflicts(facts, covered, days, of_team, book, calendar)
    before = (
        _conflicts(read.around(earlier[0], earlier[-1]), covered, earlier, {}, book, calendar)
        if earlier
        else []
    )
    away = _leave_days(session, people, days, calendar)
    return Week(
        days,
        tuple(sorted(people.values(), key=lambda agent: (agent.team.code, agent.number))),
        {key: tuple(of_day) for key, of_day in shifts.items()},
        away["approved"],
        away["requested"],
        rules.in_order(found),
        tuple(one for one in covered if one.on in days),
        rest_days.duties(book, days),
        facts,
        Counter(one.code for one in before),
    )


def _conflicts(
    facts: RosterFacts,
    covered: Sequence[TeamCoverage],
    days: Sequence[date],
    of_team: Mapping[int, Sequence[rules.RosterShift]],
    book: Rulebook,
    calendar: WorkCalendar,
) -> list[rules.Conflict]:
    """What is wrong on these days: with the people's shifts, and with the posts. `of_team` are the shifts behind."""
    found = list(
        rules.conflicts(facts.shifts, book, calendar, leave=facts.leave, first=days[0], last=days[-1])
    )
    for one in covered:
        if one.on in days:
            found += post_conflicts(one.on, one.intervals, of_team.get(one.team_id, ()), book, calendar)
    return found


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One person's local day: his shifts, and whether leave falls on it."""

    agent: Agent
    shifts: tuple[Shift, ...]
    is_away: bool
    is_asked: bool


def day_of(session: Session, scope: Scope, agent_id: int, on: date, book: Rulebook) -> PersonDay | None:
    """A person's day; None when nobody of that id is in scope. Raises AccessRefused without roster.view."""
    demand(scope, "roster.view")
    agent = session.scalar(
        select(Agent).where(Agent.id == agent_id, *within(scope, team=Agent.team_id, agent=Agent.id))
    )
    if agent is None:
        return None
    shifts = session.scalars(
        select(Shift).where(Shift.agent_id == agent_id, Shift.work_on == on).order_by(Shift.starts_at)
    )
    away = _leave_days(session, {agent_id: agent}, (on,), WorkCalendar.from_rulebook(book))
    return PersonDay(agent, tuple(shifts), bool(away["approved"]), bool(away["requested"]))


def list_shifts(session: Session, scope: Scope, shift_ids: Sequence[int]) -> Sequence[Shift]:
    """The shifts of these ids in scope, by person and time. Raises AccessRefused without roster.view."""
    demand(scope, "roster.view")
    return session.scalars(
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(Shift.id.in_(shift_ids), *within(scope, team=Agent.team_id, agent=Shift.agent_id))
        .order_by(Agent.number, Shift.starts_at)
    ).all()


def rest_shares(
    session: Session, scope: Scope, to_on: date, team_id: int | None, *, book: Rulebook
) -> tuple[list[tuple[Agent, rest_days.RestShare]], date, date]:
    """How the rest days of the people in scope went round in the weeks up to a day, with the first and the last day.

    Raises AccessRefused without roster.view.
    """
    demand(scope, "roster.view")
    first = to_on - (REST_WEEKS * WEEK - 1) * DAY
    people = {agent.id: agent for agent in _people(session, scope, team_id)}
    worked: dict[int, set[date]] = {person: set() for person in people}
    query = select(Shift.agent_id, Shift.work_on).where(
        Shift.agent_id.in_(people), Shift.work_on.between(first, to_on)
    )
    for person, on in session.execute(query):
        worked[person].add(on)
    since = {agent.id: agent.hired_on for agent in people.values() if agent.hired_on is not None}
    rostered = {person: days for person, days in worked.items() if days}
    shares = rest_days.rest_shares(rostered, first, to_on, WorkCalendar.from_rulebook(book), since)
    return [(people[share.person], share) for share in shares], first, to_on


def _people(session: Session, scope: Scope, team_id: int | None) -> Sequence[Agent]:
    query = select(Agent).where(Agent.is_active, *within(scope, team=Agent.team_id, agent=Agent.id))
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    return session.scalars(query).all()


def _by_team(facts: RosterFacts, people: Mapping[int, Agent]) -> dict[int, list[rules.RosterShift]]:
    found: dict[int, list[rules.RosterShift]] = defaultdict(list)
    for person, shifts in facts.shifts.items():
        if person in people:
            found[people[person].team_id] += shifts
    return found


def _leave_days(
    session: Session, people: Mapping[int, Any], days: Sequence[date], calendar: WorkCalendar
) -> dict[str, frozenset[tuple[int, date]]]:
    """The days of the week that leave touches, approved and asked for."""
    found: dict[str, set[tuple[int, date]]] = {"approved": set(), "requested": set()}
    begin, end = calendar.start_of_day(days[0]), calendar.start_of_day(days[-1] + DAY)
    query = select(Leave.agent_id, Leave.starts_at, Leave.ends_at, Leave.status).where(
        Leave.agent_id.in_(people), Leave.starts_at < end, Leave.ends_at > begin, or_(Leave.status == "approved", Leave.status == "requested"),
    )  # fmt: skip
    for person, starts_at, ends_at, status in session.execute(query):
        for day in days:
            if starts_at < calendar.start_of_day(day + DAY) and ends_at > calendar.start_of_day(day):
                found[status].add((person, day))
    return {status: frozenset(keys) for status, keys in found.items()}
