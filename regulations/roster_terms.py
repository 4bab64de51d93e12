"""What a roster's checks speak of: shifts, conflicts, and the order in which conflicts are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from regulations.verdict import Step

CODES = (  # what hurts most first
    "double_booking",
    "empty_post",
    "no_rest_day",
    "swap_on_holiday",
    "back_to_back",
    "short_post",
    "on_leave",
    "holiday_shift",
)
NOTES = frozenset({"on_leave", "holiday_shift"})  # to be seen, not to be mended


@dataclass(frozen=True, slots=True)
class RosterShift:
    """A shift on the roster. `work_on` is its local date, also past midnight; `is_swapped`: it came by a swap."""

    person: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    code: str = ""
    post: str = ""
    id: int | None = None
    is_swapped: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that is wrong with the roster, or to be seen on it. `code` is one of CODES."""

    code: str
    clause: str | None
    zh: str
    en: str
    people: tuple[int, ...]
    dates: tuple[date, ...]
    shift_ids: tuple[int, ...] = ()
    post: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def is_note(self) -> bool:
        """Whether it is only to be seen: a shift somebody is on leave from, a shift on a public holiday."""
        return self.code in NOTES

    def text(self, lang: str = "zh") -> str:
        """The sentence in the language asked for; it names no people."""
        return self.en if lang == "en" else self.zh


def in_order(found: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """What hurts most first, then by date, then by person."""
    return tuple(sorted(found, key=lambda c: (CODES.index(c.code), c.dates, c.people, c.post, c.zh)))


def ids_of(*shifts: RosterShift) -> tuple[int, ...]:
    """The ids of the shifts that have one."""
    return tuple(s.id for s in shifts if s.id is not None)


def days_of(*shifts: RosterShift) -> tuple[date, ...]:
    """The days the shifts belong to, each once."""
    return tuple(sorted({s.work_on for s in shifts}))
