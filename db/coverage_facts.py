"""What the cover of posts rests on, read at once: roster, approved overtime, approved leave, and the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.attendance_queries import read_punches
from db.models import Agent, CoverageNeed, Leave, OffPost, Overtime, Shift
from regulations import coverage as rules
from regulations.attendance_terms import terms_of
from regulations.attended import attended
from regulations.coverage_away import away_until
from regulations.intervals import merge
from regulations.lateness import span_of
from regulations.punches import OffPostFact, PunchFact
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar

_DAY = timedelta(days=1)
Timed = TypeVar("Timed", rules.Presence, rules.Absence)
_POST_REACH = timedelta(days=14)  # somebody's usual post is that of a shift about then


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """Who is at the posts and who is not, by team and local day, between two instants."""

    shifts: Mapping[tuple[int, date], Sequence[rules.Presence]] = field(default_factory=dict)
    leave: Mapping[tuple[int, date], Sequence[rules.Absence]] = field(default_factory=dict)
    missing: Mapping[tuple[int, date], Sequence[rules.Absence]] = field(default_factory=dict)
    off_post: Mapping[tuple[int, date], Sequence[rules.Absence]] = field(default_factory=dict)


def gather(
    session: Session, team_ids: Sequence[int], begin: datetime, end: datetime, book: Rulebook, now: datetime
) -> CoverFacts:
    """The facts between two instants: of overtime what is approved, of the clock what is known at `now`."""
    team_of: dict[int, int] = {}
    rostered = _shifts(session, team_ids, begin, end, team_of)
    extra = _overtime(session, team_ids, begin, end, rostered, team_of)
    people = sorted({one.person for one in (*rostered, *extra)})
    if not people:
        return CoverFacts()
    leave = select(Leave.agent_id, Leave.starts_at, Leave.ends_at).where(
        Leave.agent_id.in_(people), Leave.status == "approved", Leave.starts_at < end, Leave.ends_at > begin
    )
    away = [rules.Absence(*row) for row in session.execute(leave)]
    missing, stayed = _by_the_clock(session, [*rostered, *extra], book, now)
    calendar = WorkCalendar.from_rulebook(book)
    return CoverFacts(
        by_day([*rostered, *extra, *stayed], team_of, calendar),
        by_day(away, team_of, calendar),
        by_day(missing, team_of, calendar),
        by_day(_off_post(session, [*rostered, *extra], book, now), team_of, calendar),
    )


def by_day(
    timed: Iterable[Timed], team_of: Mapping[int, int], calendar: WorkCalendar
) -> dict[tuple[int, date], list[Timed]]:
    """Each under the team of its person and every local day it touches."""
    found: dict[tuple[int, date], list[Timed]] = defaultdict(list)
    for one in timed:
        day, last = calendar.day_of(one.starts_at), calendar.day_of(one.ends_at)
        while day <= last:
            found[team_of[one.person], day].append(one)
            day += _DAY
    return found


def read_needs(session: Session, team_ids: Sequence[int]) -> dict[int, list[rules.Need]]:
    """How many people each post of these teams needs, by team."""
    found: dict[int, list[rules.Need]] = defaultdict(list)
    for need in session.scalars(select(CoverageNeed).where(CoverageNeed.team_id.in_(team_ids))):
        found[need.team_id].append(need_of(need))
    return found


def need_of(need: CoverageNeed) -> rules.Need:
    """A need as the rules take it."""
    return rules.Need(need.post, need.weekday, need.starts_minute, need.ends_minute, need.required)


def _shifts(
    session: Session, team_ids: Sequence[int], begin: datetime, end: datetime, team_of: dict[int, int]
) -> list[rules.Presence]:
    """Who is rostered between two instants, and a day around them: a reading goes to the nearest shift."""
    query = (
        select(Shift.agent_id, Shift.starts_at, Shift.ends_at, Shift.breaks, Shift.post, Agent.team_id)
        .join(Agent, Agent.id == Shift.agent_id)
        .where(Agent.team_id.in_(team_ids), Shift.starts_at < end + _DAY, Shift.ends_at > begin - _DAY)
        # the dates are what is indexed; a shift begins on its day and lasts a day at most
        .where(Shift.work_on >= begin.date() - 3 * _DAY, Shift.work_on <= end.date() + 2 * _DAY)
    )
    found = []
    for row in session.execute(query):
        breaks = tuple(
            (datetime.fromisoformat(b["start"]), datetime.fromisoformat(b["end"])) for b in row.breaks
        )
        team_of[row.agent_id] = row.team_id
        found.append(rules.Presence(row.agent_id, row.post, row.starts_at, row.ends_at, breaks))
    return found


def _overtime(
    session: Session,
    team_ids: Sequence[int],
    begin: datetime,
    end: datetime,
    rostered: Sequence[rules.Presence],
    team_of: dict[int, int],
) -> list[rules.Presence]:
    """Who has approved overtime then, each at the post of his nearest shift: a request names none."""
    query = (
        select(Overtime.agent_id, Overtime.starts_at, Overtime.ends_at, Agent.team_id)
        .join(Agent, Agent.id == Overtime.agent_id)
        .where(
            Overtime.state == "approved",
            Agent.team_id.in_(team_ids),
            Overtime.starts_at < end + _DAY,
            Overtime.ends_at > begin - _DAY,
        )
        .where(Overtime.work_on >= begin.date() - 3 * _DAY, Overtime.work_on <= end.date() + 2 * _DAY)
    )
    asked = session.execute(query).all()
    team_of |= {row.agent_id: row.team_id for row in asked}
    shifts: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for one in rostered:
        shifts[one.person].append((one.starts_at, one.post))
    unplaced = {row.agent_id for row in asked} - set(shifts)
    if unplaced:
        around = select(Shift.agent_id, Shift.starts_at, Shift.post).where(
            Shift.agent_id.in_(unplaced),
            Shift.work_on.between((begin - _POST_REACH).date(), (end + _POST_REACH).date()),
        )
        for agent_id, starts_at, post in session.execute(around):
            shifts[agent_id].append((starts_at, post))
    found = []
    for row in asked:
        near_to = sorted((abs(at - row.starts_at), post) for at, post in shifts[row.agent_id])
        post = near_to[0][1] if near_to else rules.ANY_POST
        found.append(rules.Presence(row.agent_id, post, row.starts_at, row.ends_at, why="overtime"))
    return found


def _by_the_clock(
    session: Session, expected: Iterable[rules.Presence], book: Rulebook, now: datetime
) -> tuple[list[rules.Absence], list[rules.Presence]]:
    """When each of these people was not there so far as is known, and when he stayed beyond what was expected."""
    own: dict[int, list[rules.Presence]] = defaultdict(list)
    for one in expected:
        if one.starts_at < one.ends_at:
            own[one.person].append(one)
    begun = {person: parts for person, parts in own.items() if any(p.starts_at <= now for p in parts)}
    if not begun:
        return [], []
    search = span_of(book, "attendance.punch_search") or timedelta()
    double = span_of(book, "attendance.double_punch")
    first = min(p.starts_at for parts in begun.values() for p in parts) - search
    last = min(max(p.ends_at for parts in begun.values() for p in parts) + search, now)
    readings: dict[int, list[PunchFact]] = defaultdict(list)
    for row in read_punches(session, first, last, sorted(begun)):
        readings[row.agent_id].append(PunchFact(row.at, row.kind))
    missing: list[rules.Absence] = []
    stayed: list[rules.Presence] = []
    for person, parts in begun.items():
        found = attended(
            ((p.starts_at, p.ends_at) for p in parts),
            (pause for p in parts for pause in p.breaks),
            readings[person],
            search,
            double,
            now,
        )
        missing += [rules.Absence(person, *span) for span in found.missing]
        for start, stop in found.stayed:
            post = max((p for p in parts if p.ends_at <= start), key=lambda p: p.ends_at).post
            stayed.append(rules.Presence(person, post, start, stop, why="stayed"))
    return missing, stayed


def _off_post(
    session: Session, expected: Iterable[rules.Presence], book: Rulebook, now: datetime
) -> list[rules.Absence]:
    """When these people left the post with nobody standing in, so far as is known."""
    own: dict[int, list[rules.Presence]] = defaultdict(list)
    for one in expected:
        if one.starts_at <= now and one.starts_at < one.ends_at:
            own[one.person].append(one)
    if not own:
        return []
    first = min(p.starts_at for parts in own.values() for p in parts)
    last = min(max(p.ends_at for parts in own.values() for p in parts), now)
    query = select(
        OffPost.agent_id, OffPost.starts_at, OffPost.ends_at, OffPost.is_approved, OffPost.kind, OffPost.replacement
    ).where(OffPost.agent_id.in_(own), OffPost.starts_at >= first, OffPost.starts_at <= last)  # fmt: skip
    terms = terms_of(book)
    found: list[rules.Absence] = []
    for row in session.execute(query):
        fact = OffPostFact(row.starts_at, row.ends_at, row.is_approved, row.kind, bool(row.replacement))
        parts = own[row.agent_id]
        for work in merge((p.starts_at, p.ends_at) for p in parts):
            post = next((p.post for p in parts if p.starts_at <= row.starts_at < p.ends_at), rules.ANY_POST)
            span = away_until(fact, work, post, now, terms)
            if span is not None:
                found.append(rules.Absence(row.agent_id, *span))
    return found
