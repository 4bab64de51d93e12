"""How many people each post has at each time: roster, overtime, leave and clock against the needs a team was given.

Who has approved leave is not expected, whoever has approved overtime is; present is who came and has not left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from db.coverage_facts import CoverFacts, gather, read_needs
from db.coverage_needs import MOST_REQUIRED, list_needs, remove_need, set_need, teams_in
from db.models import Agent, Team
from db.visibility import NOT_YOURS, demand
from regulations import coverage as rules
from regulations.access import AccessRefused, Scope
from regulations.coverage_words import sentence
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.work_calendar import WorkCalendar

__all__ = [
    "MOST_REQUIRED",
    "TeamCoverage",
    "coverage_of",
    "coverage_of_days",
    "coverage_without",
    "coverage_without_all",
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
    facts = gather(session, list(teams), begin, end, book, now)
    needs = read_needs(session, list(teams))
    return tuple(
        _covered(
            found, name, day, facts, needs.get(found, ()), book, now, shifts=(extra or {}).get(found, ())
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
    return coverage_without_all(session, scope, [rules.Absence(agent_id, starts_at, ends_at)], book, now)


def coverage_without_all(
    session: Session, scope: Scope, absences: Sequence[rules.Absence], book: Rulebook, now: datetime
) -> tuple[TeamCoverage, ...]:
    """As `coverage_without` while all of these are away, each for his time: what each alone leaves, together may not.

    By day, then by team.
    """
    demand(scope, "roster.view")
    of_team: dict[int, list[rules.Absence]] = defaultdict(list)
    for one in absences:
        agent = session.get(Agent, one.person)
        if agent is None:
            raise LookupError(one.person)
        if not scope.sees_team(agent.team_id):
            raise AccessRefused(NOT_YOURS)
        of_team[agent.team_id].append(one)
    calendar = WorkCalendar.from_rulebook(book)
    found: list[TeamCoverage] = []
    for team_id, away in of_team.items():
        days = sorted({day for one in away for day in _days_of(one, calendar)})
        begin, end = calendar.start_of_day(days[0]), calendar.start_of_day(days[-1] + _DAY)
        facts = gather(session, [team_id], begin, end, book, now)
        needs = read_needs(session, [team_id]).get(team_id, ())
        spans = _own_time(away, facts)
        people = {one.person for one in away}
        name = session.get_one(Team, team_id).name
        for day in days:
            whole = _covered(team_id, name, day, facts, needs, book, now, absences=away)
            kept = tuple(
                part
                for start, stop in spans
                for part in rules.within(whole.intervals, start, stop)
                if people.intersection(part.away)
            )
            if kept:
                said = _sentence(kept, book, calendar)
                found.append(TeamCoverage(team_id, whole.team, day, kept, whole.has_needs, said))
    return tuple(sorted(found, key=lambda one: (one.on, one.team)))


def _days_of(one: rules.Absence, calendar: WorkCalendar) -> Iterator[date]:
    """The local days that an absence touches."""
    first = calendar.day_of(one.starts_at)
    last = calendar.day_of(max(one.starts_at, one.ends_at - timedelta(seconds=1)))
    for n in range((last - first).days + 1):
        yield first + n * _DAY


def _own_time(away: Sequence[rules.Absence], facts: CoverFacts) -> list[tuple[datetime, datetime]]:
    """When these are away from shifts of their own; what overlaps is one span."""
    merged: list[tuple[datetime, datetime]] = []
    for start, stop in sorted(
        (max(s.starts_at, one.starts_at), min(s.ends_at, one.ends_at))
        for one in away
        for of_day in facts.shifts.values()
        for s in of_day
        if s.person == one.person
        and s.why == "roster"
        and s.starts_at < one.ends_at
        and s.ends_at > one.starts_at
    ):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _covered(
    team_id: int,
    team: str,
    day: date,
    facts: CoverFacts,
    needs: Sequence[rules.Need],
    book: Rulebook,
    now: datetime,
    *,
    shifts: Sequence[rules.Presence] = (),
    absences: Sequence[rules.Absence] = (),
) -> TeamCoverage:
    """A team's day; `shifts` and `absences` come besides what the facts hold."""
    calendar = WorkCalendar.from_rulebook(book)
    key = team_id, day
    intervals = rules.coverage(
        [*facts.shifts.get(key, ()), *shifts],
        [*facts.leave.get(key, ()), *absences],
        needs,
        day,
        calendar.timezone,
        missing=facts.missing.get(key, ()),
        off_post=facts.off_post.get(key, ()),
        now=now,
        is_holiday=calendar.is_public_holiday,
        breaks_count=book.flag("shift.breaks_count") is not False,
    )
    return TeamCoverage(team_id, team, day, intervals, bool(needs), _sentence(intervals, book, calendar))


def _sentence(intervals: Sequence[rules.Interval], book: Rulebook, calendar: WorkCalendar) -> Step:
    return sentence(intervals, calendar.timezone, book.clause("shift.empty_post_allowed"))
