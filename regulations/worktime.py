"""When a limit runs out: durations with units added to an instant, every day counted or skipped by name.

"Within N days" ends with the N-th calendar day after the receipt day, "N working days" with the N-th working
day after it; hours run by the wall clock, or by service hours where the rulebook says so (catalogue 4.3,
"Readings chosen for schedules").
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from regulations import public_holidays
from regulations.intervals import Interval, clip, merge, total
from regulations.values import Duration, Unit
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.work_calendar import WorkCalendar, WorktimeError

__all__ = [
    "Due",
    "WorkCalendar",
    "WorktimeError",
    "add",
    "add_months",
    "elapsed",
    "hold_step",
    "provisional_steps",
    "whole_seconds",
]

_DAY = timedelta(days=1)
_SECONDS = {Unit.MINUTE: 60, Unit.HOUR: 3600}


@dataclass(frozen=True, slots=True)
class Due:
    """The instant a limit runs out, in local time, and how it was counted."""

    at: datetime
    steps: tuple[Step, ...]
    is_provisional: bool = False  # a day was counted whose official list is not published yet


def whole_seconds(at: datetime) -> datetime:
    """The instant without parts of a second: the precision at which deadlines compare."""
    return at.replace(microsecond=0) if at.microsecond else at


def add(
    start: datetime,
    limit: Duration,
    calendar: WorkCalendar,
    clause: str | None = None,
    held: Sequence[Interval] = (),
    *,
    is_explained: bool = True,
) -> Due:
    """The instant at which `limit` runs out when it starts at `start`.

    Minutes and hours are exact; the other units end at 23:59:59 local of their last day: N calendar days,
    N working days, 7·N days, or the same day N months on (31 January + 1 month = the last of February).
    No days at all end with the start's own day, rolled forward to a working day for working days.
    `held` are intervals in which the clock stood still: hours stop for exactly as long, days only when the
    whole local day was held. `clause` is named on each step; without `is_explained` hours come without steps. Raises WorktimeError for a negative or a
    broken limit (half a day) and for one that leaves the calendar.
    """
    _require_aware(start)
    held = [(whole_seconds(a), whole_seconds(b)) for a, b in held]
    if limit.value < 0:
        raise WorktimeError(f"a limit cannot be negative: {limit.text('en')}")
    try:
        if limit.unit in _SECONDS:
            return _add_hours(start, limit, calendar, clause, held, is_explained)
        if limit.value != limit.value.to_integral_value():
            raise WorktimeError(f"only minutes and hours can be fractions: {limit.text('en')}")
        first = calendar.day_of(start)
        if held:
            return _add_whole_days(first, limit, calendar, clause, held)
        return _undisturbed(first, limit, calendar, clause, public_holidays.published_years())
    except OverflowError:
        raise WorktimeError(f"{limit.text('en')} from {start.year} leaves the calendar") from None


def elapsed(
    start: datetime, end: datetime, unit: Unit, calendar: WorkCalendar, held: Sequence[Interval] = ()
) -> Decimal:
    """How much of `unit` lies between two instants, what was `held` left out: the inverse of `add`.

    Exact for minutes and hours; else completed days, working days, weeks or months, counted from the day
    after the start's. Raises WorktimeError when `end` is before `start`.
    """
    _require_aware(start)
    _require_aware(end)
    start, end = whole_seconds(start), whole_seconds(end)
    if end < start:
        raise WorktimeError("the end lies before the start")
    held = [(whole_seconds(a), whole_seconds(b)) for a, b in held]
    if unit in _SECONDS:
        # In UTC, as local times of one zone are subtracted by the clock on the wall.
        passed = end.astimezone(UTC) - start.astimezone(UTC) - total(clip(held, start, end))
        return Decimal(int(passed.total_seconds())) / _SECONDS[unit]
    first, last = calendar.day_of(start), calendar.day_of(end)
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    if held:
        days = [day for day in days if not _is_held(day, calendar, held)]
    if unit is Unit.WORKING_DAY:
        return Decimal(sum(calendar.is_working_day(day) for day in days))
    if unit is Unit.MONTH:
        last = first + timedelta(days=len(days))
        months = (last.year - first.year) * 12 + last.month - first.month
        return Decimal(months if add_months(first, months) <= last else months - 1)
    return Decimal(len(days) // 7 if unit is Unit.WEEK else len(days))


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day if it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("year out of range")
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def _require_aware(at: datetime) -> None:
    if at.tzinfo is None or at.utcoffset() is None:
        raise WorktimeError(f"{at.isoformat()} has no time zone")


def _add_hours(
    start: datetime,
    limit: Duration,
    calendar: WorkCalendar,
    clause: str | None,
    held: Sequence[Interval],
    is_explained: bool,
) -> Due:
    # In UTC, because adding hours to local time is wrong across a change of summer time.
    at = whole_seconds(start).astimezone(UTC)
    left = timedelta(seconds=int(limit.value * _SECONDS[limit.unit]))
    steps: list[Step] = []
    for hold_start, hold_end in merge(held):
        if hold_end <= at:
            continue
        free = max(hold_start - at, timedelta())
        if left <= free:
            break
        left -= free
        steps.append(hold_step(max(hold_start, at), hold_end, calendar, clause))
        at = whole_seconds(hold_end).astimezone(UTC)
    due = (at + left).astimezone(calendar.timezone)
    if not is_explained:
        return Due(due, ())
    text = limit.text("zh"), limit.text("en")
    begun = instant_text(start, calendar.timezone)
    steps.append(
        Step(
            f"自 {begun} 起 {text[0]}，按自然时间连续计算",
            f"{text[1]} from {begun}, by the wall clock",
            clause,
        )
    )
    return Due(due, tuple(steps))


def hold_step(start: datetime, end: datetime, calendar: WorkCalendar, clause: str | None) -> Step:
    """An interval in which the clock stood still."""
    a, b = instant_text(start, calendar.timezone), instant_text(end, calendar.timezone)
    return Step(f"{a} 至 {b} 等待客户，不计时", f"{a} to {b}: waiting for the customer, not counted", clause)


def _is_held(day: date, calendar: WorkCalendar, held: Sequence[Interval]) -> bool:
    if not held:
        return False
    start, end = calendar.start_of_day(day), calendar.start_of_day(day + _DAY)
    return any(a <= start and end <= b for a, b in merge(held))


def _add_whole_days(
    first: date, limit: Duration, calendar: WorkCalendar, clause: str | None, held: Sequence[Interval]
) -> Due:
    if limit.unit is Unit.WORKING_DAY:
        return _add_working_days(first, int(limit.value), calendar, clause, held)
    return _add_days(first, limit, calendar, clause, held)


@lru_cache(maxsize=4096)
def _undisturbed(
    first: date, limit: Duration, calendar: WorkCalendar, clause: str | None, _published: frozenset[int]
) -> Due:
    """What starts on one day under one limit ends together: a day's cases ask the calendar once.

    A year that is published meanwhile makes other answers, so the published years are part of the question.
    """
    return _add_whole_days(first, limit, calendar, clause, ())


def _add_days(
    first: date, limit: Duration, calendar: WorkCalendar, clause: str | None, held: Sequence[Interval]
) -> Due:
    count = int(limit.value)
    if limit.unit is Unit.MONTH:
        last = add_months(first, count)
    else:
        last = first + timedelta(days=count * (7 if limit.unit is Unit.WEEK else 1))
    steps: list[Step] = []
    day = first + _DAY
    while day <= last:
        if _is_held(day, calendar, held):
            steps.append(_held_day_step(day, clause))
            last += _DAY
        day += _DAY
    if last == first:
        zh, en = (
            f"至 {day_text(first, 'zh')} 当日结束",
            f"To the end of the same day, {day_text(first, 'en')}",
        )
    else:
        zh = f"自 {day_text(first, 'zh')} 次日起算 {limit.text('zh')}，至 {day_text(last, 'zh')} 结束"
        en = (
            f"{limit.text('en')} counted from the day after {day_text(first, 'en')},"
            f" to the end of {day_text(last, 'en')}"
        )
    steps.append(Step(zh, en, clause))
    return Due(calendar.end_of_day(last), tuple(steps))


def _held_day_step(day: date, clause: str | None) -> Step:
    return Step(
        f"{day_text(day, 'zh')} 全天等待客户，不计",
        f"{day_text(day, 'en')}: waiting for the customer all day, not counted",
        clause,
    )


def _add_working_days(
    first: date, count: int, calendar: WorkCalendar, clause: str | None, held: Sequence[Interval]
) -> Due:
    day = first
    counted, steps, ordinary = 0, [], _OrdinaryDays(clause)
    examined: list[date] = []
    if count == 0:  # rolls forward: a limit of no working days can still only end on one
        day -= _DAY
        count = 1
    while counted < count:
        day += _DAY
        examined.append(day)
        if _is_held(day, calendar, held):
            steps += [*ordinary.flush(), _held_day_step(day, clause)]
        elif not calendar.is_working_day(day):
            zh, en = calendar.day_off_name(day, "zh"), calendar.day_off_name(day, "en")
            steps += ordinary.flush()
            steps.append(
                Step(f"{day_text(day, 'zh')} {zh}，不计", f"{day_text(day, 'en')}: {en}, not counted", clause)
            )
        else:
            counted += 1
            if calendar.is_makeup_day(day):
                steps += ordinary.flush()
                steps.append(
                    Step(
                        f"{day_text(day, 'zh')} 调休上班，计为第 {counted} 个工作日",
                        f"{day_text(day, 'en')}: make-up working day, counted as working day {counted}",
                        clause,
                    )
                )
            else:
                ordinary.take(day, counted)
    steps += ordinary.flush()
    provisional = provisional_steps(examined, calendar)
    return Due(calendar.end_of_day(day), (*steps, *provisional), bool(provisional))


def provisional_steps(days: Iterable[date], calendar: WorkCalendar) -> tuple[Step, ...]:
    """A warning for each year among `days` whose official list of days off is not complete yet."""
    years = dict.fromkeys(day.year for day in days if calendar.is_provisional(day))
    return tuple(
        Step(
            f"{year} 年的放假调休安排尚未全部公布，暂按法定节日推算，公布后可能变化",
            f"The official list of days off for {year} is not complete yet; counted by the statutory festivals and may change",
        )
        for year in years
    )


class _OrdinaryDays:
    """A run of ordinary working days, told in one step."""

    def __init__(self, clause: str | None) -> None:
        self._clause = clause
        self._run: list[tuple[date, int]] = []

    def take(self, day: date, number: int) -> None:
        self._run.append((day, number))

    def flush(self) -> list[Step]:
        if not self._run:
            return []
        (first, a), (last, b) = self._run[0], self._run[-1]
        self._run = []
        if first == last:
            return [
                Step(
                    f"{day_text(first, 'zh')} 计为第 {a} 个工作日",
                    f"{day_text(first, 'en')}: counted as working day {a}",
                    self._clause,
                )
            ]
        return [
            Step(
                f"{day_text(first, 'zh')} 至 {day_text(last, 'zh')} 计为第 {a} 至 {b} 个工作日",
                f"{day_text(first, 'en')} to {day_text(last, 'en')}: counted as working days {a} to {b}",
                self._clause,
            )
        ]
