"""What a month of attendance adds up to: each total is a rule that says which shifts count and how much.

The total and the list of the shifts behind it come from the same rule, so that they agree by construction.
Clauses: E3.10 late and early; A1.28, A2.58 and E3.19 severe, which some sets call an absence; A1.24 absence; A1.5 and
E3.14 time worked on a day without a shift, which no total of shifts holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

SEVERE_CLASS = "attendance.severe_class"
REST = "rest"
EVERYDAY = frozenset({"not_early"})
"""Remarks of most days: they stand in the day's reasoning, and neither in a total nor as a sign on the map."""
_NOT_JUDGED = frozenset({"pending", REST})
_LATE = frozenset({"late", "late_and_early", "severe"})
_EARLY = frozenset({"early", "late_and_early", "severe"})


@dataclass(frozen=True, slots=True)
class DayFact:
    """One judged shift as it counts. `is_over`: the shift has ended; a running one is in no total.

    A day worked without a shift is one of class "rest" with a number of `rest_day_id`.
    """

    shift_id: int
    work_on: date
    class_: str
    is_over: bool = True
    late_minutes: int = 0
    early_minutes: int = 0
    worked_minutes: int = 0
    extra_minutes: int = 0
    approved_extra_minutes: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def is_rostered(self) -> bool:
        """Whether the shift is over and judged; leave included."""
        return self.is_over and self.class_ not in _NOT_JUDGED

    @property
    def is_scheduled(self) -> bool:
        """Whether somebody was to come: rostered and not on approved leave (catalogue 5.3)."""
        return self.is_rostered and self.class_ != "on_leave"

    @property
    def has_remarks(self) -> bool:
        """Whether the shift counts as one with remarks: rostered, and with one that is not everyday."""
        return self.is_rostered and not EVERYDAY.issuperset(self.remarks)

    @property
    def is_rest_worked(self) -> bool:
        """Whether somebody was there on a day without a shift and has left."""
        return self.is_over and self.class_ == REST

    @property
    def unapproved_extra_minutes(self) -> int:
        """Minutes beyond the shift that nobody approved as overtime."""
        return max(self.extra_minutes - self.approved_extra_minutes, 0)


def rest_day_id(agent_id: int, on: date, nth: int = 0) -> int:
    """What stands for the shift where there is none: negative, and one person's day has no other's.

    `nth` tells apart what somebody did on one date in two goes, 16 hours and more apart.
    """
    return -(agent_id * 10_000_000 + on.toordinal() * 10 + nth)


Missed = frozenset[str]
"""The classes that count as not attended."""


def missed_classes(book: Rulebook) -> Missed:
    """Absence without leave, and what is severe where the set calls that an absence (A1.28, not A2.58 or E3.19)."""
    return frozenset({"absent", "severe"} if book.choice(SEVERE_CLASS) == "absence" else {"absent"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One total. `of` is the total it is a share of; None for minutes and rest days, which are a share of nothing.

    The code is named in names.NAMES["attendance_total"].
    """

    code: str
    unit: Literal["shifts", "days", "minutes"]
    of: str | None
    amount: Callable[[DayFact, Missed], int]  # 0: the shift is not behind this total


def _shifts(counts: Callable[[DayFact, Missed], bool]) -> Callable[[DayFact, Missed], int]:
    return lambda day, missed: int(counts(day, missed))


def _is_late(day: DayFact) -> bool:
    return day.is_scheduled and day.class_ in _LATE and day.late_minutes > 0


def _is_early(day: DayFact) -> bool:
    return day.is_scheduled and day.class_ in _EARLY and day.early_minutes > 0


_ALL: tuple[Measure, ...] = (
    Measure("rostered", "shifts", None, _shifts(lambda day, _: day.is_rostered)),
    Measure("scheduled", "shifts", "rostered", _shifts(lambda day, _: day.is_scheduled)),
    Measure(
        "attended", "shifts", "scheduled", _shifts(lambda day, no: day.is_scheduled and day.class_ not in no)
    ),
    Measure("absent", "shifts", "scheduled", _shifts(lambda d, _: d.is_scheduled and d.class_ == "absent")),
    Measure("severe", "shifts", "scheduled", _shifts(lambda d, _: d.is_scheduled and d.class_ == "severe")),
    Measure("late", "shifts", "scheduled", _shifts(lambda day, _: _is_late(day))),
    Measure("late_minutes", "minutes", None, lambda day, _: day.late_minutes if _is_late(day) else 0),
    Measure("early", "shifts", "scheduled", _shifts(lambda day, _: _is_early(day))),
    Measure("early_minutes", "minutes", None, lambda day, _: day.early_minutes if _is_early(day) else 0),
    Measure(
        "missing_punch",
        "shifts",
        "scheduled",
        _shifts(lambda d, _: d.is_scheduled and d.class_ == "missing_punch"),
    ),
    Measure("on_leave", "shifts", "rostered", _shifts(lambda d, _: d.is_rostered and d.class_ == "on_leave")),
    Measure(
        "approved_extra_minutes",
        "minutes",
        None,
        lambda d, _: min(d.approved_extra_minutes, d.extra_minutes) if d.is_rostered else 0,
    ),
    Measure(
        "unapproved_extra_minutes",
        "minutes",
        None,
        lambda d, _: d.unapproved_extra_minutes if d.is_rostered else 0,
    ),
    Measure("remarks", "shifts", "rostered", _shifts(lambda d, _: d.has_remarks)),
    Measure("rest_days", "days", None, _shifts(lambda d, _: d.is_rest_worked)),
    Measure("rest_day_minutes", "minutes", None, lambda d, _: d.extra_minutes if d.is_rest_worked else 0),
    Measure(
        "approved_rest_day_minutes",
        "minutes",
        None,
        lambda d, _: min(d.approved_extra_minutes, d.extra_minutes) if d.is_rest_worked else 0,
    ),
    Measure(
        "unapproved_rest_day_minutes",
        "minutes",
        None,
        lambda d, _: d.unapproved_extra_minutes if d.is_rest_worked else 0,
    ),
)
MEASURES: Mapping[str, Measure] = {measure.code: measure for measure in _ALL}
"""Every total by its code, in the order in which a table shows them."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of some shifts, by code of MEASURES: shifts or minutes."""

    values: Mapping[str, int]

    def __getitem__(self, code: str) -> int:
        """One total; 0 for one that a month fixed earlier did not have yet. Raises KeyError for no code at all."""
        return self.values.get(MEASURES[code].code, 0)

    def denominator(self, code: str) -> int | None:
        """What the total is a share of; None for minutes and rest days."""
        of = MEASURES[code].of
        return None if of is None else self[of]

    def as_record(self) -> dict[str, int]:
        """The shape kept in a fixed month."""
        return {code: self[code] for code in MEASURES}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Totals:
        """The inverse of `as_record`."""
        return Totals({code: int(record.get(code, 0)) for code in MEASURES})


def total(days: Iterable[DayFact], missed: Missed) -> Totals:
    """What the shifts add up to; `missed` as `missed_classes` says."""
    return total_of_kinds(((_kind_of(day), 1) for day in days), missed)


Kind = tuple[str, bool, int, int, int, int, bool]
"""All of a shift that totals look at: class, is over, late, early, extra and approved minutes, whether it has remarks."""


def total_of_kinds(kinds: Iterable[tuple[Kind, int]], missed: Missed) -> Totals:
    """What shifts add up to of which only the kind is known, and how many of it there are."""
    values = dict.fromkeys(MEASURES, 0)
    for kind, count in kinds:
        for code, amount in _amounts(kind, missed):
            values[code] += amount * count
    return Totals(values)


def _kind_of(day: DayFact) -> Kind:
    return (
        day.class_,
        day.is_over,
        day.late_minutes,
        day.early_minutes,
        day.extra_minutes,
        day.approved_extra_minutes,
        not EVERYDAY.issuperset(day.remarks),
    )


@lru_cache(
    maxsize=20_000
)  # a month has few kinds of days: those of five hundred people are told apart by minutes
def _amounts(kind: Kind, missed: Missed) -> tuple[tuple[str, int], ...]:
    """What a shift of this kind adds to which totals."""
    class_, is_over, late, early, extra, approved, has_remarks = kind
    day = DayFact(
        0,
        date.min,
        class_,
        is_over,
        late_minutes=late,
        early_minutes=early,
        extra_minutes=extra,
        approved_extra_minutes=approved,
        remarks=("",) if has_remarks else (),
    )
    found = ((code, measure.amount(day, missed)) for code, measure in MEASURES.items())
    return tuple((code, amount) for code, amount in found if amount)


def added(parts: Iterable[Totals]) -> Totals:
    """The totals of several people together."""
    parts = list(parts)
    return Totals({code: sum(part[code] for part in parts) for code in MEASURES})


def days_behind(days: Sequence[DayFact], code: str, missed: Missed) -> list[DayFact]:
    """The shifts that a total counts; their amounts add up to it. Raises KeyError for an unknown total."""
    measure = MEASURES[code]
    return [day for day in days if measure.amount(day, missed)]


COMPARED = (
    "class_",
    "late_minutes",
    "early_minutes",
    "worked_minutes",
    "extra_minutes",
    "approved_extra_minutes",
    "remarks",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A shift that is no longer as it was fixed. `before` None: it was not there; `after` None: it no longer is."""

    before: DayFact | None
    after: DayFact | None

    @property
    def work_on(self) -> date:
        """The local date of the shift, as it was fixed."""
        one = self.before or self.after
        assert one is not None
        return one.work_on

    @property
    def shift_id(self) -> int:
        """The shift."""
        one = self.before or self.after
        assert one is not None
        return one.shift_id


def differences(before: Iterable[DayFact], after: Iterable[DayFact]) -> list[Difference]:
    """What has changed in one person's shifts since they were fixed, by day; equal ones are left out."""
    then, now = {day.shift_id: day for day in before}, {day.shift_id: day for day in after}
    found = [
        Difference(then.get(shift_id), now.get(shift_id))
        for shift_id in dict.fromkeys([*then, *now])
        if not _is_same(then.get(shift_id), now.get(shift_id))
    ]
    return sorted(found, key=lambda one: (one.work_on, one.shift_id))


def _is_same(one: DayFact | None, other: DayFact | None) -> bool:
    if one is None or other is None:
        return False
    return one.work_on == other.work_on and all(getattr(one, n) == getattr(other, n) for n in COMPARED)
