"""The rates of callbacks, each with its own denominator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.callback_course import REACHED, Attempt
from regulations.callback_points import Shortfall, shortfall, shortfall_points

if TYPE_CHECKING:
    from regulations.callbacks import Obligation

__all__ = ["RATES", "Rates", "Shortfall", "rates", "shortfall", "shortfall_points"]

RATES: dict[str, tuple[str, str]] = {
    "attempted": ("attempted", "due"),  # coverage: was anybody called at all
    "connected": ("connected", "attempted"),  # connect rate: who refused was reached too
    "completed": ("completed", "due"),  # the callback rate of E1.21, E5.9 to E5.11
    "punctual": ("punctual", "due"),
    "satisfied": ("satisfied", "completed"),
}
"""Each rate's numerator and denominator."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of obligations. Each is a different denominator: none stands for another.

    `settled` are those of `due` that ended without being completed, so that a reader sees why they are missing.
    """

    due: int
    attempted: int
    connected: int
    completed: int
    punctual: int
    satisfied: int
    settled: int = 0

    def rate(self, name: str) -> tuple[int, int]:
        """Numerator and denominator of a rate of RATES. Raises KeyError for another name."""
        numerator, denominator = RATES[name]
        return getattr(self, numerator), getattr(self, denominator)

    def percent(self, name: str) -> Decimal | None:
        """The rate in percent, unrounded; None when nothing is in the denominator."""
        numerator, denominator = self.rate(name)
        return Decimal(100) * numerator / denominator if denominator else None


def rates(cases: Iterable[tuple[Obligation, Sequence[Attempt]]], now: datetime) -> Rates:
    """The counts over obligations with their attempts, as known at `now`.

    Due are those whose due instant has passed, and those that are completed or ended already; what is open and not
    yet due counts nowhere, nor does what the rulebook does not oblige to. Attempts before an obligation arose or
    after `now` do not count. Satisfied are those whose completing contact was rated satisfied.
    """
    due = attempted = connected = completed = punctual = satisfied = settled = 0
    for owed, all_attempts in cases:
        is_done = owed.state in ("completed", "completed_late")
        if not is_done and owed.state not in ("missed", "settled"):
            continue
        made = [a for a in all_attempts if owed.arisen_at <= a.at <= now]
        due += 1
        attempted += bool(made)
        connected += any(a.outcome in REACHED for a in made)
        completed += is_done
        punctual += owed.state == "completed"
        satisfied += is_done and owed.satisfaction == "satisfied"
        settled += owed.state == "settled"
    return Rates(due, attempted, connected, completed, punctual, satisfied, settled)
