"""How the rest days go round (A1.5), and what is to be done on one day of every week (A2.43, A2.44)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from regulations.values import Role
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

WEEK = 7
_DAY = timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class RestShare:
    """One person's rest days over some weeks. Counts are of days.

    `free_days` are the rest days on weekends and public holidays; `weekdays` the rest days on Monday … Sunday;
    `longest_run` is how many days he worked on end.
    """

    person: int
    days: int
    rest_days: int
    free_days: int
    weekdays: tuple[int, ...]
    longest_run: int


def rest_shares(
    days_by_person: Mapping[int, Iterable[date]],
    first: date,
    last: date,
    calendar: WorkCalendar,
    since: Mapping[int, date] | None = None,
) -> tuple[RestShare, ...]:
    """How the rest days went round (A1.5): of each person from the days he worked, fewest free days first.

    `since` is from when somebody belongs to the department: the days before are not his rest days.
    """
    found = []
    for person, days in days_by_person.items():
        begin = max(first, (since or {}).get(person, first))
        if begin > last:
            continue
        worked = {day for day in days if begin <= day <= last}
        span = [begin + n * _DAY for n in range((last - begin).days + 1)]
        rest = [day for day in span if day not in worked]
        weekdays = [0] * WEEK
        for day in rest:
            weekdays[day.weekday()] += 1
        free = sum(1 for day in rest if _is_free(day, calendar))
        run = longest = 0
        for day in span:
            run = run + 1 if day in worked else 0
            longest = max(longest, run)
        found.append(RestShare(person, len(span), len(rest), free, tuple(weekdays), longest))
    return tuple(sorted(found, key=lambda s: (s.free_days, s.rest_days, s.person)))


def _is_free(day: date, calendar: WorkCalendar) -> bool:
    return not calendar.is_makeup_day(day) and (
        day.weekday() not in calendar.workdays or calendar.is_public_holiday(day)
    )


def fixed_weekday(share: RestShare) -> int | None:
    """The day of the week on which all rest days of a person lie (0 Monday); None when they go round.

    One rest day says nothing yet.
    """
    days = [day for day, count in enumerate(share.weekdays) if count]
    return days[0] if len(days) == 1 and share.weekdays[days[0]] > 1 else None


@dataclass(frozen=True, slots=True)
class Duty:
    """What is to be done on one day every week (A2.43, A2.44). `by` None: whoever is on the day shift."""

    on: date
    code: str
    title: str
    by: Role | None
    clause: str | None


def duties(book: Rulebook, days: Iterable[date]) -> tuple[Duty, ...]:
    """The weekly duties that fall on these days, by day."""
    rows = book.table("shift.weekly_duties") or ()
    clauses = book.clauses("shift.weekly_duties")
    found = []
    for day in days:
        for at, row in enumerate(rows):
            if str(row["weekday"]) == _WEEKDAYS[day.weekday()]:
                clause = clauses[at] if len(clauses) == len(rows) else next(iter(clauses), None)
                found.append(Duty(day, str(row["code"]), str(row["title"]), row.get("by"), clause))
    return tuple(found)
