"""How long a leave is: days and half days, each counted or left out by name.

By calendar days every day counts, also a rest day or a festival in between (catalogue 0.2: 天 are calendar days); by
rostered shifts only days on which work was rostered. Which of the two decides about the level is `leave.length_counts`;
what an account is charged is always the rostered days. A day counts whole when three quarters of its working time or
more are covered, half when less; time off in lieu is charged by the hour, as it was earned.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, subtract, total
from regulations.leave_facts import LeaveRequestFacts, LeaveShift, days_text
from regulations.leave_hours import BY_THE_HOUR, DAY_HOURS, by_the_hour
from regulations.service_hours import service_windows
from regulations.values import TimeWindow
from regulations.verdict import Step
from regulations.wording import day_text, instant_text, number_text
from regulations.worktime import WorkCalendar, WorktimeError, provisional_steps, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

LENGTH = "leave.length_counts"
HALF, WHOLE, NONE = Decimal("0.5"), Decimal(1), Decimal(0)
_DAY = timedelta(days=1)
_WHOLE_FROM = 3, 4  # the nearest half day: from three quarters on it is a whole one


@dataclass(frozen=True, slots=True)
class DayPart:
    """One local date of the leave: how much of its working time is covered, and whether work was rostered.

    `starts_at` is when its work begins; `is_known` whether the roster says so or the usual hours. `covered` of the `owed`
    working time is leave.
    """

    on: date
    share: Decimal  # 0.5 or 1
    is_rostered: bool
    is_known: bool
    starts_at: datetime
    ends_at: datetime
    is_holiday: bool
    covered: timedelta
    owed: timedelta

    @property
    def is_work(self) -> bool:
        """Whether it is a day of work, or may become one."""
        return self.is_rostered or not self.is_known

    @property
    def is_whole(self) -> bool:
        """Whether none of its working time is left to work."""
        return self.covered >= self.owed


@dataclass(frozen=True, slots=True)
class Count:
    """The length of a leave: `days` by which the level follows, `charged` the days of rostered work in it."""

    days: Decimal
    charged: Decimal
    parts: tuple[DayPart, ...]
    steps: tuple[Step, ...]
    charged_steps: tuple[Step, ...]
    is_by_the_hour: bool = False


def share_of(leave: Interval, hours: Iterable[Interval]) -> Decimal:
    """How much of a day's working hours the leave covers: 0, 0.5 or 1."""
    owed = list(hours)
    covered, whole = total(clip(owed, *leave)), total(owed)
    if not covered:
        return NONE
    part, of = _WHOLE_FROM
    return WHOLE if covered * of >= whole * part else HALF


def count(facts: LeaveRequestFacts, book: Rulebook) -> Count:
    """The days of the leave, by the roster where it is drawn up and by the usual hours where it is not."""
    calendar = WorkCalendar.from_rulebook(book)
    leave = whole_seconds(facts.starts_at), whole_seconds(facts.ends_at)
    parts = tuple(_parts(facts, leave, calendar, book)) if leave[0] < leave[1] else ()
    by_roster = book.choice(LENGTH) == "rostered_shift"
    rostered = sum((p.share for p in parts if p.is_rostered), NONE)
    days = rostered if by_roster else sum((p.share for p in parts), NONE)
    per_day = book.decimal(DAY_HOURS) if facts.type == BY_THE_HOUR else None
    if per_day is None:
        charged, charged_steps = rostered, _steps(leave, parts, rostered, True, calendar, book)
    else:
        charged, charged_steps = by_the_hour(leave, parts, per_day, calendar, book)
    steps = _steps(leave, parts, days, by_roster, calendar, book)
    return Count(days, charged, parts, steps, charged_steps, per_day is not None)


def is_rest(day: date, facts: LeaveRequestFacts) -> bool:
    """Whether the roster of the day is drawn up and has nothing for the person."""
    return (
        facts.rostered_until is not None
        and day <= facts.rostered_until
        and not any(shift.work_on == day for shift in facts.shifts)
    )


def _parts(
    facts: LeaveRequestFacts, leave: Interval, calendar: WorkCalendar, book: Rulebook
) -> Iterable[DayPart]:
    first, last = calendar.day_of(leave[0]), calendar.day_of(leave[1] - timedelta(seconds=1))
    shifts: dict[date, list[LeaveShift]] = {}
    for shift in facts.shifts:
        shifts.setdefault(shift.work_on, []).append(shift)
    usual = usual_hours(facts, leave, calendar, book)
    day = min([first - _DAY, *(s.work_on for s in facts.shifts if _touches(s, leave))])
    while day <= last:
        found = shifts.get(day, [])
        if found:
            hours = [h for s in found for h in subtract([(s.starts_at, s.ends_at)], s.breaks)]
        else:
            hours = _on(day, usual, leave, calendar)
        share = share_of(leave, hours)
        if share:
            is_free = is_rest(day, facts)
            yield DayPart(
                on=day,
                share=share,
                is_rostered=bool(found) or (not is_free and calendar.is_working_day(day)),
                is_known=bool(found) or is_free,
                starts_at=min(s.starts_at for s in found) if found else max(hours[0][0], leave[0]),
                ends_at=max(s.ends_at for s in found) if found else hours[-1][1],
                is_holiday=_is_holiday(day, facts, calendar),
                covered=total(clip(hours, *leave)),
                owed=total(hours),
            )
        day += _DAY


def _is_holiday(day: date, facts: LeaveRequestFacts, calendar: WorkCalendar) -> bool:
    return calendar.is_public_holiday(day) if facts.holidays is None else day in facts.holidays


def _touches(shift: LeaveShift, leave: Interval) -> bool:
    return shift.starts_at < leave[1] and shift.ends_at > leave[0]


Windows = tuple[tuple[TimeWindow, ...], tuple[TimeWindow, ...]]


def usual_hours(
    facts: LeaveRequestFacts, leave: Interval, calendar: WorkCalendar, book: Rulebook
) -> Windows | None:
    """The hours of a day whose roster is not known: those of the first shift that the leave touches, else of the
    service or of the named shift that it meets most; None when it meets none of them."""
    touched = sorted((s for s in facts.shifts if _touches(s, leave)), key=lambda s: s.starts_at)
    if touched:
        shift = touched[0]
        return (_window(shift.starts_at, shift.ends_at, calendar),), tuple(
            _window(start, end, calendar) for start, end in shift.breaks
        )
    named: list[Windows] = []
    with suppress(WorktimeError):
        named.append(service_windows(book))
    if not book.is_off("shift.definitions"):
        named += [((TimeWindow(s.start, s.end),), s.breaks) for s in book.shift_definitions()]
    day = calendar.day_of(leave[0])
    met = [total(clip(hours_on(day, hours, calendar), *leave)) for hours in named]
    if any(met):
        return named[met.index(max(met))]
    return named[0] if named and leave[1] - leave[0] >= _DAY else None


def _window(start: datetime, end: datetime, calendar: WorkCalendar) -> TimeWindow:
    return TimeWindow(start.astimezone(calendar.timezone).time(), end.astimezone(calendar.timezone).time())


def _on(day: date, usual: Windows | None, leave: Interval, calendar: WorkCalendar) -> list[Interval]:
    """The usual hours of a date; where nothing is usual, the leave itself in stretches of 24 hours."""
    if usual is not None:
        return hours_on(day, usual, calendar)
    offset = (day - calendar.day_of(leave[0])).days
    if offset < 0:
        return []
    start = leave[0] + offset * _DAY
    return [(start, min(start + _DAY, leave[1]))] if start < leave[1] else []


def hours_on(day: date, windows: Windows, calendar: WorkCalendar) -> list[Interval]:
    """The working time of a date by such hours of the day."""
    hours, breaks = windows
    begins = min(w.start for w in hours)
    open_hours = [_placed(day, w, calendar) for w in hours]
    # A break after midnight belongs to the shift that began the evening before.
    holes = [_placed(day + _DAY if w.start < begins else day, w, calendar) for w in breaks]
    return subtract(open_hours, holes)


def _placed(day: date, window: TimeWindow, calendar: WorkCalendar) -> Interval:
    until = day if window.end > window.start else day + _DAY
    return _at(day, window.start, calendar), _at(until, window.end, calendar)


def _at(day: date, clock: time, calendar: WorkCalendar) -> datetime:
    return datetime.combine(day, clock, calendar.timezone)


def _steps(
    leave: Interval,
    parts: tuple[DayPart, ...],
    days: Decimal,
    by_roster: bool,
    calendar: WorkCalendar,
    book: Rulebook,
) -> tuple[Step, ...]:
    begun, over = (instant_text(at, calendar.timezone) for at in leave)
    steps = [Step(f"请假时段：{begun} 至 {over}", f"Leave from {begun} to {over}")]
    for (share, why), run in groupby(parts, key=lambda p: _reason(p, by_roster, calendar)):
        dates = [part.on for part in run]
        steps.append(_run_step(dates, share, why))
    zh, en = (
        ("按排班天数计（未排班的日子不计）", "by rostered days; days without a shift are not counted")
        if by_roster
        else (
            "按自然日计（其间的休息日、节假日也计）",
            "by calendar days, rest days and holidays in between included",
        )
    )
    number = number_text(days)
    steps.append(Step(f"合计 {number} 天，{zh}", f"{days_text(days)} in all, {en}", book.clause(LENGTH)))
    return (*steps, *provisional_steps((p.on for p in parts if not p.is_known and by_roster), calendar))


_Reason = tuple[Decimal, tuple[str, str]]


def _reason(part: DayPart, by_roster: bool, calendar: WorkCalendar) -> _Reason:
    """How much of the date counts and what there is to say about it."""
    name = calendar.holiday_name(part.on), calendar.holiday_name(part.on, "en")
    if by_roster and not part.is_rostered:
        if part.is_known:
            return NONE, ("未排班", "no shift rostered")
        return NONE, (name[0] or "周末或休息日", name[1] or "weekend or rest day")
    if name[0] and name[1]:
        return part.share, (name[0], name[1])
    if calendar.is_makeup_day(part.on):
        return part.share, ("调休上班", "make-up working day")
    if part.is_known and not part.is_rostered:
        return part.share, ("休息日", "rest day")
    return part.share, ("", "")


def _run_step(dates: list[date], share: Decimal, why: tuple[str, str]) -> Step:
    zh, en = day_text(dates[0], "zh"), day_text(dates[0], "en")
    each_zh, each_en = "", ""
    if len(dates) > 1:
        zh += f" 至 {day_text(dates[-1], 'zh')}"
        en += f" to {day_text(dates[-1], 'en')}"
        each_zh, each_en = "每天", " each"
    remark_zh, remark_en = (f"{why[0]}，", f"{why[1]}, ") if why[0] else ("", "")
    if not share:
        return Step(f"{zh}：{remark_zh}不计", f"{en}: {remark_en}not counted")
    number = number_text(share)
    half_zh, half_en = ("（半天）", " (half a day)") if share == HALF else ("", "")
    return Step(
        f"{zh}：{remark_zh}{each_zh}计 {number} 天{half_zh}",
        f"{en}: {remark_en}{days_text(share)}{each_en}{half_en}",
    )
