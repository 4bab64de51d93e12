"""A month of attendance by person and team: its totals, and fixing them so that nobody disputes them later.

A fixed month is read from what was fixed. Whatever is corrected, imported or judged anew afterwards is accepted and
shows as a difference (db.attendance_changes); it never moves a fixed figure.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from db import rulebooks
from db.attendance_changes import MonthDifference, changed_days
from db.attendance_locking import count_undecided, lock_month
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
    live_of_teams,
    locks_of,
    month_bounds,
    people_of,
    teams_of,
)
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope
from regulations.attendance_totals import missed_classes
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
    "totals",
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

    Teams without a shift in the month are there with nobody. `book` None: the one in force; `now` None: now.
    Raises ValueError for a month that is none.
    """
    first, last = month_bounds(month)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    teams = teams_of(session, scope, team_id)
    locks = locks_of(session, first, teams)
    elsewhere = fixed_elsewhere(session, first, None)
    live = live_of_teams(session, scope, first, last, [t for t in teams if t not in locks], elsewhere, now)
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
    lock = locks_of(session, first, [team_id]).get(team_id)
    if lock is None:
        return ()
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    then = {person.agent_id: person for person in fixed_people(lock, scope)}
    agents = {*then, *agents_of(session, team_id, fixed_elsewhere(session, first, team_id))}
    if scope.agent_id is not None:
        agents &= {scope.agent_id}
    live = live_of_agents(session, first, last, agents, now)
    return changed_days(
        session,
        {id_: (p.number, p.name, p.days) for id_, p in then.items()},
        live,
        (first, last),
        lock.locked_at,
        {day["shift_id"]: day["steps"] for row in lock.rows for day in row.days},
        WorkCalendar.from_rulebook(book),
    )
