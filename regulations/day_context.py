"""What the verdict on a shift rests on besides its own punches: the month so far, the roster around it, who relieves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regulations.intervals import Interval


@dataclass(frozen=True, slots=True)
class RosterChange:
    """A change of the shift's times that was made when it had begun, as the roster keeps it.

    `before` and `after` are the times it had; None where there was no shift or is none now. `source` is a code of
    names.NAMES["shift_change_source"]; `is_handed_over`: it went from one person to another.
    """

    changed_at: datetime
    before: Interval | None
    after: Interval | None
    source: str = "roster"
    is_handed_over: bool = False


@dataclass(frozen=True, slots=True)
class CorrectedReading:
    """A reading that stands in place of another (`before_at`), or was added later; `source` as in punch_source."""

    kind: str
    at: datetime
    before_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class FailedSwap:
    """That a person recorded this shift of a swap as wrong or left empty through an unclear briefing (A1.32, A3.5).

    `requester` and `partner` are the two of the swap, by name; `recorded_by` is who established it. `briefing` is what they
    had told each other, `note` each one's share of responsibility. `is_rostered`: the shift stands on the roster of whom
    the verdict is about; else it stands on somebody else's, and he answers for it all the same.
    """

    requester: str
    partner: str
    recorded_by: str
    recorded_at: datetime
    briefing: str
    note: str
    is_rostered: bool


@dataclass(frozen=True, slots=True)
class DayContext:
    """What is known around a shift. A shift judged without it is judged by its own facts alone.

    `month_count_before`: latenesses of the person earlier in the month, None where that is not known. `previous_ends_at`:
    the end of his shift before this one. `awaits_relief`: a colleague takes over on the spot (`handover_pairs`); `relief`
    is when he clocked in, None while he has not. `overtime`: approved intervals. `is_rest_day`: the day was to be free.
    `post`: as the roster writes it. `stayed_from`: the shift before ends where this one begins and he never clocked out of
    it; `stays_on`: this one ends where the next begins and he did not clock in there again. `failed_swap`: the shift is
    one of a swap that failed.
    """

    month_count_before: int | None = None
    previous_ends_at: datetime | None = None
    relief: datetime | None = None
    overtime: tuple[Interval, ...] = ()
    changes: tuple[RosterChange, ...] = ()
    corrected: tuple[CorrectedReading, ...] = ()
    is_rest_day: bool = False
    post: str = ""
    awaits_relief: bool = False
    stayed_from: bool = False
    stays_on: bool = False
    failed_swap: FailedSwap | None = None
