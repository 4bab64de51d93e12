"""How many people each post has at each time: read from roster, leave and clock, against the needs a team was given.

Who has approved leave is not counted on, nor who did not come: whose shift has begun without a clock reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.coverage_needs import MOST_REQUIRED, list_needs, remove_need, set_need, teams_in
from db.models import Agent, CoverageNeed, Leave, Punch, Shift
from db.visibility import NOT_YOURS, demand
from regulations import coverage as rules
from regulations.access import AccessRefused, Scope
from regulations.lateness import span_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.work_calendar import WorkCalendar

__all__ = [
    "MOST_REQUIRED",
    "TeamCoverage",
    "coverage_of",
    "coverage_of_days",
    "coverage_without",
    "list_needs",
    "remove_need",
    "set_need",
]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TeamCoverage:
    """One team's local day (or the part of it that was asked for), post by post."""

    team_id: int
    team: str
    on: date
    intervals: tuple[rules.Interval, ...]
    has_needs: bool  # whether anybody said how many people are needed
    sentence: Step  # what it says, in words

    @property
    def gaps(self) -> tuple[rules.Interval, ...]:
        """Where people are missing, what hurts most first."""
        return rules.gaps(self.intervals)


def coverage_of(
    session: Session, scope: Scope, on: date, team_id: int | None, book: Rulebook, now: datetime
) -> tuple[TeamCoverage, ...]:
    """The local day of every team in scope (or of one), by team. Raises AccessRefused without roster.view."""
    return coverage_of_days(session, scope, (on,), team_id, book, now)


def coverage_of_days(
    session: Session,
    scope: Scope,
    days: Sequence[date],
    team_id: int | None,
    book: Rulebook,
    now: datetime,
    *,
    extra: Mapping[int, Sequence[rules.Presence]] | None = None,
) -> tuple[TeamCoverage, ...]:
    """As `coverage_of` for several days, read at once; by day, then by team.

    `extra` is who would be rostered besides, by team: what the roster would look like with them.
    """
    demand(scope, "roster.view")
    if not days:
        return ()
    calendar = WorkCalendar.from_rulebook(book)
    teams = teams_in(session, scope, team_id)
    begin, end = calendar.start_of_day(min(days)), calendar.start_of_day(max(days) + _DAY)
    shifts = _shifts(session, list(teams), begin, end)
    absences = _absences(session, shifts, begin, end, book, now)
    needs = _needs(session, list(teams))
    return tuple(
        _covered(
            found,
            name,
            day,
            [*shifts[found], *(extra or {}).get(found, ())],
            absences,
            needs.get(found, ()),
            book,
        )
        for day in days
        for found, name in teams.items()
    )


def coverage_without(
    session: Session,
    scope: Scope,
    agent_id: int,
    starts_at: datetime,
    ends_at: datetime,
    book: Rulebook,
    now: datetime,
) -> tuple[TeamCoverage, ...]:
    """What is left of the person's team while he is away [start, end): only the time of his own shifts, day by day.

    Days on which he is not rostered are left out. Raises AccessRefused without roster.view or for somebody of
    another team, LookupError for somebody who does not exist.
    """
    demand(scope, "roster.view")
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise LookupError(agent_id)
    if not scope.sees_team(agent.team_id):
        raise AccessRefused(NOT_YOURS)
    calendar = WorkCalendar.from_rulebook(book)
    first, last = calendar.day_of(starts_at), calendar.day_of(max(starts_at, ends_at - timedelta(seconds=1)))
    begin, end = calendar.start_of_day(first), calendar.start_of_day(last + _DAY)
    shifts = _shifts(session, [agent.team_id], begin, end)
    absences = [
        *_absences(session, shifts, begin, end, book, now),
        rules.Absence(agent_id, starts_at, ends_at),
    ]
    needs = _needs(session, [agent.team_id]).get(agent.team_id, ())
    mine = [
        (max(s.starts_at, starts_at), min(s.ends_at, ends_at))
        for s in shifts[agent.team_id]
        if s.person == agent_id and s.starts_at < ends_at and s.ends_at > starts_at
    ]
    found = []
    for n in range((last - first).days + 1):
        day = first + n * _DAY
        whole = _covered(agent.team_id, agent.team.name, day, shifts[agent.team_id], absences, needs, book)
        kept = tuple(
            part
            for start, stop in mine
            for part in rules.within(whole.intervals, start, stop)
            if agent_id in part.away
        )
        if kept:
            found.append(
                TeamCoverage(
                    whole.team_id, whole.team, day, kept, whole.has_needs, _sentence(kept, book, calendar)
                )
            )
    return tuple(found)


def _shifts(
    session: Session, team_ids: Sequence[int], begin: datetime, end: datetime
) -> Mapping[int, list[rules.Presence]]:
    """Who is rostered between two instants, by team."""
    query = (
        select(Shift.agent_id, Shift.starts_at, Shift.ends_at, Shift.breaks, Shift.post, Agent.team_id)
        .join(Agent, Agent.id == Shift.agent_id)
        .where(Agent.team_id.in_(team_ids), Shift.starts_at < end, Shift.ends_at > begin)
        # the dates are what is indexed; a shift begins on its day and lasts a day at most
        .where(Shift.work_on >= begin.date() - 2 * _DAY, Shift.work_on <= end.date() + _DAY)
    )
    found: dict[int, list[rules.Presence]] = defaultdict(list)
    for row in session.execute(query):
        breaks = tuple(
            (datetime.fromisoformat(b["start"]), datetime.fromisoformat(b["end"])) for b in row.breaks
        )
        found[row.team_id].append(rules.Presence(row.agent_id, row.post, row.starts_at, row.ends_at, breaks))
    return found


def _absences(
    session: Session,
    shifts: Mapping[int, Iterable[rules.Presence]],
    begin: datetime,
    end: datetime,
    book: Rulebook,
    now: datetime,
) -> list[rules.Absence]:
    """Approved leave, and the shifts that have begun without anybody clocking in or out."""
    rostered = [shift for of_team in shifts.values() for shift in of_team]
    people = {shift.person for shift in rostered}
    if not people:
        return []
    leave = select(Leave.agent_id, Leave.starts_at, Leave.ends_at).where(
        Leave.agent_id.in_(people), Leave.status == "approved", Leave.starts_at < end, Leave.ends_at > begin
    )
    away = [rules.Absence(*row) for row in session.execute(leave)]
    begun = [shift for shift in rostered if shift.starts_at <= now]
    if not begun:
        return away
    near = span_of(book, "attendance.punch_search") or timedelta()
    replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
    punches: dict[int, list[datetime]] = defaultdict(list)
    for person, at in session.execute(
        select(Punch.agent_id, Punch.at).where(
            Punch.agent_id.in_({shift.person for shift in begun}),
            Punch.at >= min(shift.starts_at for shift in begun) - near,
            Punch.at <= max(shift.ends_at for shift in begun) + near,
            Punch.id.not_in(replaced),
        )
    ):
        punches[person].append(at)
    for shift in begun:
        if not any(shift.starts_at - near <= at <= shift.ends_at + near for at in punches[shift.person]):
            away.append(rules.Absence(shift.person, shift.starts_at, shift.ends_at))
    return away


def _needs(session: Session, team_ids: Sequence[int]) -> dict[int, list[rules.Need]]:
    found: dict[int, list[rules.Need]] = defaultdict(list)
    for need in session.scalars(select(CoverageNeed).where(CoverageNeed.team_id.in_(team_ids))):
        found[need.team_id].append(
            rules.Need(need.post, need.weekday, need.starts_minute, need.ends_minute, need.required)
        )
    return found


def _covered(
    team_id: int,
    team: str,
    day: date,
    shifts: Iterable[rules.Presence],
    absences: Iterable[rules.Absence],
    needs: Sequence[rules.Need],
    book: Rulebook,
) -> TeamCoverage:
    calendar = WorkCalendar.from_rulebook(book)
    intervals = rules.coverage(
        shifts,
        absences,
        needs,
        day,
        calendar.timezone,
        is_holiday=calendar.is_public_holiday,
        breaks_count=book.flag("shift.breaks_count") is not False,
    )
    return TeamCoverage(team_id, team, day, intervals, bool(needs), _sentence(intervals, book, calendar))


def _sentence(intervals: Sequence[rules.Interval], book: Rulebook, calendar: WorkCalendar) -> Step:
    return rules.sentence(intervals, calendar.timezone, book.clause("shift.empty_post_allowed"))
