"""Service hours: limits in hours that stand still outside them (`complaint.hours_clock = service_hours`).

The hours are those of `calendar.service_hours` (what lies between its intervals is a break), or of the first
shift with its breaks where the rulebook states none, on working days. Hours that cross midnight belong to
the day on which they start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, subtract, total
from regulations.values import Duration, ShiftDefinition, TimeWindow, Unit
from regulations.verdict import Step
from regulations.wording import instant_text, span_text
from regulations.work_calendar import WorkCalendar, WorktimeError
from regulations.worktime import Due, hold_step, provisional_steps, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_DAY = timedelta(days=1)
_HOURS = "calendar.service_hours"
_SHIFTS = "shift.definitions"


def service_windows(book: Rulebook) -> tuple[tuple[TimeWindow, ...], tuple[TimeWindow, ...]]:
    """The daily hours of service and the breaks in them. Raises WorktimeError when none are stated."""
    stated = book.windows(_HOURS)
    if stated:
        return stated, ()
    shifts: tuple[ShiftDefinition, ...] = () if book.is_off(_SHIFTS) else book.shift_definitions()
    if not shifts:
        raise WorktimeError(f"service hours need {_HOURS} or {_SHIFTS}; both are off")
    return (TimeWindow(shifts[0].start, shifts[0].end),), shifts[0].breaks


def served_on(
    day: date, calendar: WorkCalendar, hours: Sequence[TimeWindow], breaks: Sequence[TimeWindow]
) -> list[Interval]:
    """The intervals in which the desk is served that begin on `day`; none unless it is a working day."""
    if not calendar.is_working_day(day):
        return []
    open_hours = [_on(day, w, calendar) for w in hours]
    holes: list[Interval] = []
    for pause in breaks:
        # A break after midnight belongs to the shift that began the evening before.
        next_day = any(pause.start < w.start for w in hours)
        holes.append(_on(day + _DAY if next_day else day, pause, calendar))
    return subtract(open_hours, holes)


def _on(day: date, window: TimeWindow, calendar: WorkCalendar) -> Interval:
    end_day = day if window.end > window.start else day + _DAY
    # In UTC, because the length of local time is wrong across a change of summer time.
    return (
        datetime.combine(day, window.start, calendar.timezone).astimezone(UTC),
        datetime.combine(end_day, window.end, calendar.timezone).astimezone(UTC),
    )


def add_service_hours(
    start: datetime,
    limit: Duration,
    calendar: WorkCalendar,
    book: Rulebook,
    clause: str | None = None,
    held: Sequence[Interval] = (),
) -> Due:
    """The instant at which a limit in minutes or hours runs out when only service hours count.

    A limit that runs out exactly at the end of a period of service is due then, not at the next opening.
    Raises WorktimeError for other units, and when the service hours are empty or leave the calendar.
    """
    if limit.unit not in (Unit.MINUTE, Unit.HOUR):
        raise WorktimeError(f"service hours count minutes and hours only, not {limit.text('en')}")
    hours, breaks = service_windows(book)
    start = whole_seconds(start)
    held = [(whole_seconds(a), whole_seconds(b)) for a, b in held]
    left = timedelta(seconds=int(limit.value * (3600 if limit.unit is Unit.HOUR else 60)))
    steps: list[Step] = []
    examined: list[date] = []
    day = calendar.day_of(start) - _DAY  # a night shift of the day before may still be running
    idle = 0
    try:
        while True:
            examined.append(day)
            served = [(max(a, start), b) for a, b in served_on(day, calendar, hours, breaks) if b > start]
            idle = 0 if served else idle + 1
            if idle > 366:
                raise WorktimeError("there are no service hours within a year")
            resting = clip(held, served[0][0], served[-1][1]) if served else []
            for begin, end in subtract(served, resting):
                while resting and resting[0][0] < begin:
                    steps.append(hold_step(*resting.pop(0), calendar, clause))
                counted = min(left, end - begin)
                left -= counted
                steps.append(_counted_step(begin, begin + counted, calendar, clause))
                if not left:
                    at = (begin + counted).astimezone(calendar.timezone)
                    provisional = provisional_steps(examined, calendar)
                    return Due(at, (*steps, *provisional), bool(provisional))
            steps += [hold_step(*rest, calendar, clause) for rest in resting]
            day += _DAY
    except OverflowError:
        raise WorktimeError(f"{limit.text('en')} of service hours leaves the calendar") from None


def elapsed_service_hours(
    start: datetime,
    end: datetime,
    unit: Unit,
    calendar: WorkCalendar,
    book: Rulebook,
    held: Sequence[Interval] = (),
) -> Decimal:
    """The minutes or hours of service between two instants, what was `held` left out.

    The inverse of `add_service_hours`. Raises WorktimeError for other units, when `end` is before `start`, and
    when there are no service hours.
    """
    if unit not in (Unit.MINUTE, Unit.HOUR):
        raise WorktimeError(f"service hours count minutes and hours only, not {unit}")
    start, end = whole_seconds(start), whole_seconds(end)
    if end < start:
        raise WorktimeError("the end lies before the start")
    hours, breaks = service_windows(book)
    served: list[Interval] = []
    day = calendar.day_of(start) - _DAY
    while day <= calendar.day_of(end):
        served += served_on(day, calendar, hours, breaks)
        day += _DAY
    held = [(whole_seconds(a), whole_seconds(b)) for a, b in held]
    passed = total(subtract(clip(served, start, end), held))
    return Decimal(int(passed.total_seconds())) / (3600 if unit is Unit.HOUR else 60)


def _counted_step(start: datetime, end: datetime, calendar: WorkCalendar, clause: str | None) -> Step:
    a, b = instant_text(start, calendar.timezone), instant_text(end, calendar.timezone)
    seconds = (end - start).total_seconds()
    return Step(
        f"{a} 至 {b} 在服务时间内，计 {span_text(seconds, 'zh')}",
        f"{a} to {b} within service hours, counted {span_text(seconds, 'en')}",
        clause,
    )
