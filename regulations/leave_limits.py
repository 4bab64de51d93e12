"""How far ahead leave is asked for and by when something is owed after it, whichever unit the rulebook gives.

Days and weeks end with a local date, minutes and hours are exact. Working days are those of the calendar, make-up days
included.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from regulations.values import Duration, Unit
from regulations.worktime import WorkCalendar, whole_seconds

_DAY = timedelta(days=1)
_CLOCK = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1)}
_DAYS = {Unit.CALENDAR_DAY: 1, Unit.WEEK: 7}
_HOURS_A_DAY = 24


def is_by_the_clock(limit: Duration, *, by_hours: bool = False) -> bool:
    """Whether it runs to an instant and not to the end of a date; `by_hours` reads days as 24 hours each."""
    return limit.unit in _CLOCK or (by_hours and limit.unit in _DAYS)


def latest_for(
    limit: Duration, on: date, starts_at: datetime, calendar: WorkCalendar, *, by_hours: bool = False
) -> datetime:
    """The last moment at which a request for `on` that far ahead is in time; work begins at `starts_at`."""
    if not is_by_the_clock(limit, by_hours=by_hours):
        return calendar.end_of_day(day_before(on, limit, calendar))
    unit = _CLOCK.get(limit.unit) or _DAYS[limit.unit] * _DAY
    ahead = timedelta(microseconds=int(limit.value * int(unit / timedelta(microseconds=1))))
    return (whole_seconds(starts_at).astimezone(UTC) - ahead).astimezone(calendar.timezone)


def day_before(on: date, limit: Duration, calendar: WorkCalendar) -> date:
    """The local date that lies so many days before `on`."""
    return _moved(on, limit, calendar, -_DAY)


def day_after(last: date, limit: Duration, calendar: WorkCalendar) -> date:
    """The local date that lies so many days after `last`; hours count as the days they begin."""
    return _moved(last, limit, calendar, _DAY)


def days_of(limit: Duration) -> Decimal:
    """A length in days. Of the units only days and weeks have one."""
    return limit.value * _DAYS.get(limit.unit, 1)


def _moved(day: date, limit: Duration, calendar: WorkCalendar, step: timedelta) -> date:
    if limit.unit is Unit.WORKING_DAY:
        left = int(limit.value)
        while left:
            day += step
            left -= calendar.is_working_day(day)
        return day
    if limit.unit in _CLOCK:
        hours = limit.value * Decimal(_CLOCK[limit.unit] / timedelta(hours=1))
        return day + int((hours / _HOURS_A_DAY).to_integral_value(ROUND_CEILING)) * step
    return day + int(days_of(limit)) * step
