"""How many person-hours the posts required and how many of them were short, stretch by stretch, of days that have begun.

A number of people counts from the day on which it was set: nobody is measured by what nobody had said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.coverage_facts import CoverFacts, gather, need_of
from db.models import CoverageNeed
from regulations import coverage as rules
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Required:
    """A stretch of a local day for which a team's post required people."""

    team_id: int
    on: date
    stretch: rules.Interval


def required_stretches(
    session: Session, from_on: date, to_on: date, book: Rulebook, now: datetime
) -> list[Required]:
    """Every stretch of these local days, both included, up to `now`, of every team that was given numbers."""
    calendar = WorkCalendar.from_rulebook(book)
    needs = session.scalars(select(CoverageNeed)).all()
    if not needs:
        return []
    since = {need.id: calendar.day_of(need.set_at) for need in needs}
    first, last = max(from_on, min(since.values())), min(to_on, calendar.day_of(now))
    if first > last:
        return []
    teams = sorted({need.team_id for need in needs})
    begin, end = calendar.start_of_day(first), calendar.start_of_day(last + _DAY)
    facts = gather(session, teams, begin, end, book, now)
    found: list[Required] = []
    for n in range((last - first).days + 1):
        day = first + n * _DAY
        for team_id in teams:
            known = [need_of(need) for need in needs if need.team_id == team_id and since[need.id] <= day]
            if known:
                found += _of_day(team_id, day, known, facts, book, calendar, now)
    return found


def _of_day(
    team_id: int,
    day: date,
    needs: Sequence[rules.Need],
    facts: CoverFacts,
    book: Rulebook,
    calendar: WorkCalendar,
    now: datetime,
) -> list[Required]:
    posts = {need.post for need in needs}
    key = team_id, day
    intervals = rules.coverage(
        # Posts without a number are nobody's gap; they are left out before the day is cut.
        [one for one in facts.shifts.get(key, ()) if one.post in posts or rules.ANY_POST in posts],
        facts.leave.get(key, ()),
        needs,
        day,
        calendar.timezone,
        missing=facts.missing.get(key, ()),
        off_post=facts.off_post.get(key, ()),
        now=now,
        is_holiday=calendar.is_public_holiday,
        breaks_count=book.flag("shift.breaks_count") is not False,
    )
    begun = rules.within(intervals, calendar.start_of_day(day), now)
    return [Required(team_id, day, one) for one in begun if one.required]
