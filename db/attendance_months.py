"""A month of attendance by person and team: its totals, and fixing them so that nobody disputes them later.

A fixed month is read from what was fixed. Whatever is corrected, imported or judged anew afterwards is accepted and
shows as a difference (db.attendance_changes); it never moves a fixed figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from db import rulebooks
from db.attendance_changes import MonthDifference, changed_days
from db.attendance_locking import count_undecided, lock_month
from db.models import Agent, AttendanceMonth
from db.month_days import MonthDay
from db.month_reads import (
    Fixed,
    Month,
    PersonMonth,
    TeamMonth,
    agents_of,
    fixed_elsewhere,
    fixed_people,
    live_of_agents,
    locks_of,
    month_bounds,
    people_of,
    teams_of,
)
from db.month_rest import days_of_teams, rest_days_of, with_rest_days
from db.month_sums import fixed_sums, live_sums
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope
from regulations.attendance_totals import Totals, added, missed_classes
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

__all__ = [
    "Fixed",
    "Month",
    "MonthDay",
    "MonthDifference",
    "PersonMonth",
    "TeamMonth",
    "count_undecided",
    "differences",
    "lock_month",
    "month_bounds",
    "sums",
    "totals",
    "totals_and_differences",
]


def totals(
    session: Session,
    scope: Scope,
    month: str,
    team_id: int | None = None,
    *,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> Month:
    """The month "YYYY-MM" of the teams in scope, by team and staff number; fixed teams as they were fixed.

    With the days that somebody worked without a shift. Teams without a shift in the month are there with nobody.
    `book` None: the one in force; `now` None: now.
    Raises ValueError for a month that is none.
    """
    first, _last = month_bounds(month)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    teams = teams_of(session, scope, team_id)
    return _month(session, scope, month, teams, locks_of(session, first, teams), book, now)


def totals_and_differences(
    session: Session,
    scope: Scope,
    month: str,
    team_id: int | None = None,
    *,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> tuple[Month, dict[int, tuple[MonthDifference, ...]]]:
    """As `totals`, with what has changed since in each of its fixed teams; both from one reading."""
    first, last = month_bounds(month)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    teams = teams_of(session, scope, team_id)
    locks = locks_of(session, first, teams)
    found = _month(session, scope, month, teams, locks, book, now)
    fixed = {team.team_id: team.people for team in found.teams if team.fixed is not None}
    return found, _differences(session, scope, locks, fixed, (first, last), book, now)


def _month(
    session: Session,
    scope: Scope,
    month: str,
    teams: Mapping[int, str],
    locks: Mapping[int, AttendanceMonth],
    book: Rulebook,
    now: datetime,
) -> Month:
    first, last = month_bounds(month)
    moving = [id_ for id_ in teams if id_ not in locks]
    elsewhere = fixed_elsewhere(session, first, None)
    live, _words = days_of_teams(session, scope, first, last, moving, elsewhere, now, book)
    found = []
    for id_, name in teams.items():
        lock = locks.get(id_)
        if lock is None:
            missed = missed_classes(book)
            people = people_of(live.get(id_, {}), missed)
            found.append(TeamMonth(id_, name, None, missed, people))
            continue
        missed = missed_classes(rulebooks.made_under(session, lock.rulebook_version, book))
        told = Fixed(lock.locked_by, lock.locked_at, lock.note, lock.rulebook_version)
        found.append(TeamMonth(id_, name, told, missed, fixed_people(lock, scope)))
    is_over = WorkCalendar.from_rulebook(book).day_of(now) > last
    return Month(month, first, last, is_over, tuple(found))


def sums(
    session: Session,
    scope: Scope,
    month: str,
    team_id: int | None = None,
    *,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> Totals:
    """What everybody in scope adds up to, as `totals` says, without the shifts behind it: for a month to compare with.

    Raises ValueError for a month that is none.
    """
    first, last = month_bounds(month)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    teams = teams_of(session, scope, team_id)
    fixed = fixed_sums(session, scope, first, teams)
    moving = [id_ for id_ in teams if id_ not in fixed]
    return added([*fixed.values(), live_sums(session, scope, first, last, moving, now, book)])


def differences(
    session: Session,
    scope: Scope,
    team_id: int,
    month: str,
    *,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> tuple[MonthDifference, ...]:
    """What has changed in a fixed month since, by day and staff number, each with why. Empty while it is not fixed.

    Raises ValueError for a month that is none, AccessRefused for a team out of scope.
    """
    first, last = month_bounds(month)
    if not scope.sees_team(team_id):
        raise AccessRefused(NOT_YOURS)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    locks = locks_of(session, first, [team_id])
    fixed = {id_: fixed_people(lock, scope) for id_, lock in locks.items()}
    return _differences(session, scope, locks, fixed, (first, last), book, now).get(team_id, ())


def _differences(
    session: Session,
    scope: Scope,
    locks: Mapping[int, AttendanceMonth],
    fixed: Mapping[int, Sequence[PersonMonth]],
    period: tuple[date, date],
    book: Rulebook,
    now: datetime,
) -> dict[int, tuple[MonthDifference, ...]]:
    """The differences of each fixed team; whatever is as it stands now is read once for all of them."""
    if not locks:
        return {}
    first, last = period
    then = {id_: {person.agent_id: person for person in people} for id_, people in fixed.items()}
    members = {
        id_: {*then[id_], *agents_of(session, id_, fixed_elsewhere(session, first, id_))} for id_ in locks
    }
    if scope.agent_id is not None:
        members = {id_: of_team & {scope.agent_id} for id_, of_team in members.items()}
    everybody = set().union(*members.values())
    live = live_of_agents(session, first, last, everybody, now)
    rest, _words = rest_days_of(session, [Agent.id.in_(everybody)], first, last, book, now)
    with_rest = with_rest_days(live, rest)
    work = WorkCalendar.from_rulebook(book)
    found = {}
    for id_, lock in locks.items():
        # A month that was fixed before days without a shift were counted has none of them, then as now.
        counts_rest = all("rest_days" in row.totals for row in lock.rows)
        of_now = with_rest if counts_rest else live
        found[id_] = changed_days(
            session,
            {agent_id: (p.number, p.name, p.days) for agent_id, p in then[id_].items()},
            {agent_id: of_now[agent_id] for agent_id in of_now if agent_id in members[id_]},
            period,
            lock.locked_at,
            {(day["shift_id"], row.agent_id): day["steps"] for row in lock.rows for day in row.days},
            work,
        )
    return found
