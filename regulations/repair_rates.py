"""The rates of repairs, each with its own denominator (catalogue 2.7, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulations.repairs import OrderVerdict

ORDER_RATES: tuple[str, ...] = ("on_time", "dispatched_same_day", "price_confirmed", "signed")
"""Arrived in time of arrived or overdue (E1.49); dispatched on its day of those whose day is over or that are
dispatched (C4.10); price confirmed first of the charged ones begun (E1.46); signed of finished (E1.47)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> Decimal | None:
        """In percent, unrounded; None when nothing is in the denominator."""
        return Decimal(100) * self.numerator / self.denominator if self.denominator else None


def order_rates(verdicts: Iterable[OrderVerdict]) -> dict[str, Rate]:
    """Every rate of ORDER_RATES. What is not due yet, void or not required counts nowhere."""
    counted: dict[str, list[bool]] = {name: [] for name in ORDER_RATES}
    for verdict in verdicts:
        if verdict.arrival in ("on_time", "late", "overdue"):
            counted["on_time"].append(verdict.arrival == "on_time")
        if verdict.is_dispatched_in_time is not None:
            counted["dispatched_same_day"].append(verdict.is_dispatched_in_time)
        # A price that is known before the work began is not counted until it begins: it may still change.
        if verdict.price in ("late", "missing") or (verdict.price == "confirmed" and verdict.has_begun):
            counted["price_confirmed"].append(verdict.price == "confirmed")
        if verdict.is_signed is not None:
            counted["signed"].append(verdict.is_signed)
    return {name: Rate(sum(found), len(found)) for name, found in counted.items()}
