"""When a callback is due: the term of its kind, the hours and days on which calls are made, the tolerance.

Clauses: E1.20 after the solution, E5.8 hours and holidays, E5.9 to E5.11 patients. "A week after discharge" names
a day, and the tolerance of the rulebook says how much later is still in time; "within 24 hours" is already
the latest and gets no tolerance. What falls on a day or an hour without calls moves on, never back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from regulations.intervals import Interval
from regulations.names import name_of
from regulations.service_hours import add_service_hours
from regulations.values import Duration, Status, TimeWindow, Unit
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.worktime import Due, WorkCalendar, WorktimeError, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

UNRESOLVED = "unresolved"
"""The kind of the callback that tells a customer how an unsolved matter stands (E1.20)."""

WINDOWS, HOLIDAYS = "callback.windows", "callback.skip_holidays"
_WITHIN, _INTERVAL = "callback.after_resolution_within", "callback.unresolved_interval"
_TOLERANCE, _HOURS = "callback.late_tolerance", "complaint.hours_clock"
_EXACT = (Unit.MINUTE, Unit.HOUR)
_DAY = timedelta(days=1)
# Longer than any run of days off; a calendar that permits no day at all is a mistake in the rulebook.
_FURTHEST_SHIFT = 400


@dataclass(frozen=True, slots=True)
class Term:
    """How long after it arose a callback is due. `is_limit`: that is the latest, not the day itself."""

    length: Duration
    is_limit: bool
    clauses: tuple[str, ...]
    status: Status

    @property
    def clause(self) -> str | None:
        """The first clause it rests on."""
        return next(iter(self.clauses), None)

    def step(self) -> Step:
        """The term in words."""
        zh, en = (name_of("parameter_status", self.status, lang) for lang in ("zh", "en"))
        length = self.length.text("zh"), self.length.text("en")
        if self.is_limit:
            words = f"应在 {length[0]}内回访", f"To be called within {length[1]}"
        else:
            words = f"应在 {length[0]}后回访", f"To be called {length[1]} after that"
        return Step(f"{words[0]}（{zh}）", f"{words[1]} ({en.lower()})", self.clause)


def term_of(kind: str, book: Rulebook) -> Term | None:
    """The term of a kind of callback; None when the rulebook does not oblige to it."""
    if kind == UNRESOLVED:
        return _limit(_INTERVAL, None, book)
    category = next((c for c in book.callback_categories() if c.code == kind), None)
    if category is None:
        return None
    if category.offset is not None:
        return Term(category.offset, False, category.clauses, category.status)
    return _limit(_WITHIN, kind, book)


def _limit(key: str, kind: str | None, book: Rulebook) -> Term | None:
    length = book.duration(key, kind)
    if length is None:
        return None
    return Term(length, True, tuple(book.clauses(key, kind)), book.status(key, kind))


@dataclass(frozen=True, slots=True)
class CallHours:
    """On which days and at which hours callbacks of one kind are made."""

    kind: str
    book: Rulebook
    calendar: WorkCalendar

    @property
    def windows(self) -> tuple[TimeWindow, ...]:
        """The permitted hours of a day; none: at any time."""
        return self.book.callback_windows(self.kind) or ()

    def is_permitted_day(self, day: date) -> bool:
        """Whether calls are made on the day at all."""
        return not (self.book.callback_skips_holidays(self.kind) and self.calendar.is_public_holiday(day))

    def on(self, day: date) -> list[Interval]:
        """The permitted hours of the day as instants."""
        zone = self.calendar.timezone
        return [
            (
                datetime.combine(day, w.start, zone),
                datetime.combine(day + _DAY if w.end == time() else day, w.end, zone),
            )
            for w in self.windows
        ]

    def span_of(self, day: date) -> Interval | None:
        """From the first permitted hour of the day to its last; None where any time will do."""
        hours = self.on(day)
        return (hours[0][0], hours[-1][1]) if hours else None

    def end_of_permitted_day(self, day: date) -> tuple[datetime, list[Step]]:
        """The end of the last permitted hour of the day, or of the first day after it that permits calls."""
        shifted, steps = self._shift(day)
        span = self.span_of(shifted)
        return (span[1] if span else self.calendar.end_of_day(shifted)), steps

    def permitted_instant(self, at: datetime) -> tuple[datetime, list[Step]]:
        """The instant itself if calls are made then, else the end of the next permitted hours."""
        day = self.calendar.day_of(at)
        shifted, steps = self._shift(day)
        hours = self.on(shifted)
        if not hours:
            return (at if shifted == day else self.calendar.end_of_day(shifted)), steps
        for start, end in hours:
            if shifted == day and start <= at <= end:
                return at, steps
            if at < start:
                return end, [*steps, self._window_step(start, end)]
        shifted, more = self._shift(day + _DAY)
        start, end = self.on(shifted)[0]
        return end, [*steps, *more, self._window_step(start, end)]

    def opening(self, at: datetime) -> tuple[datetime, datetime, list[Step]]:
        """The hours in which may be called next: from `at` itself if that is in them, else from their beginning.

        The second instant is their end, of the day where any hour will do.
        """
        zone, day = self.calendar.timezone, self.calendar.day_of(at)
        shifted, steps = self._shift(day)
        for _ in range(2):  # nothing left of this day leaves the whole of the next permitted one
            hours = self.on(shifted) or [
                (self.calendar.start_of_day(shifted), self.calendar.end_of_day(shifted))
            ]
            for start, end in hours:
                if start <= at <= end:
                    return at.astimezone(zone), end, steps
                if at < start:
                    moved = [self._opening_step(start, end)] if self.on(shifted) else []
                    return start, end, [*steps, *moved]
            shifted, more = self._shift(shifted + _DAY)
            steps += more
        raise WorktimeError(f"{WINDOWS}: no hours in which may be called after {at}")

    def _shift(self, day: date) -> tuple[date, list[Step]]:
        steps: list[Step] = []
        for _ in range(_FURTHEST_SHIFT):
            if self.is_permitted_day(day):
                return day, steps
            zh, en = self.calendar.holiday_name(day, "zh"), self.calendar.holiday_name(day, "en")
            steps.append(
                Step(
                    f"{day_text(day, 'zh')} {zh}，节假日不回访，顺延",
                    f"{day_text(day, 'en')}: {en}, no callbacks on holidays, moved on",
                    self.book.clause(HOLIDAYS, self.kind),
                )
            )
            day += _DAY
        raise WorktimeError(f"{HOLIDAYS}: the calendar permits no callback within a year of {day}")

    def _opening_step(self, start: datetime, end: datetime) -> Step:
        a, b = (instant_text(t, self.calendar.timezone) for t in (start, end))
        return Step(
            f"该时刻不在回访时段内，移至 {a} 至 {b} 的时段开始时",
            f"That falls outside the callback hours: moved to the beginning of those from {a} to {b}",
            self.book.clause(WINDOWS, self.kind),
        )

    def _window_step(self, start: datetime, end: datetime) -> Step:
        a, b = (instant_text(t, self.calendar.timezone) for t in (start, end))
        return Step(
            f"该时刻不在回访时段内，顺延至 {a} 至 {b} 的时段结束",
            f"That falls outside the callback hours: moved to the end of those from {a} to {b}",
            self.book.clause(WINDOWS, self.kind),
        )


@dataclass(frozen=True, slots=True)
class CallbackDue:
    """When a callback is due. `window` are the hours of the day it is planned for; None: at any time."""

    at: datetime
    window: Interval | None
    steps: tuple[Step, ...]
    planned_on: date


def due_of(term: Term, arisen_at: datetime, hours: CallHours) -> CallbackDue:
    """The last instant in time, tolerance included, and how it came about.

    Raises WorktimeError where a day cannot be computed.
    """
    nominal = _nominal(term, arisen_at, hours)
    planned, moved = _permitted(nominal.at, term.length.unit, hours)
    steps = [term.step(), *nominal.steps, *moved]
    due_at = planned
    tolerance = hours.book.duration(_TOLERANCE, hours.kind)
    if tolerance is not None and tolerance.value and not term.is_limit:
        later = add(planned, tolerance, hours.calendar).at
        due_at, more = _permitted(later, tolerance.unit, hours)
        steps.append(
            Step(
                f"应访日之后宽限 {tolerance.text('zh')}",
                f"A tolerance of {tolerance.text('en')} after the day it is planned for",
                hours.book.clause(_TOLERANCE, hours.kind),
            )
        )
        steps += more
    at = instant_text(due_at, hours.calendar.timezone)
    steps.append(Step(f"最迟 {at} 完成", f"To be completed by {at}", term.clause))
    planned_on = hours.calendar.day_of(planned)
    return CallbackDue(due_at, hours.span_of(planned_on), tuple(steps), planned_on)


def _nominal(term: Term, arisen_at: datetime, hours: CallHours) -> Due:
    if term.length.unit in _EXACT and hours.book.choice(_HOURS) == "service_hours":
        return add_service_hours(arisen_at, term.length, hours.calendar, hours.book, term.clause)
    return add(arisen_at, term.length, hours.calendar, term.clause)


def _permitted(at: datetime, unit: Unit, hours: CallHours) -> tuple[datetime, list[Step]]:
    if unit in _EXACT:
        return hours.permitted_instant(at)
    return hours.end_of_permitted_day(hours.calendar.day_of(at))
