"""The rates of callbacks, each with its own denominator, and the points that a shortfall costs (E5.14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from regulations.verdict import Step
from regulations.wording import number_text

if TYPE_CHECKING:
    from regulations.callbacks import Attempt, Obligation
    from regulations.rulebook import Rulebook

_TARGET, _STEP = "callback.target_rate", "callback.shortfall_step"
_POINTS, _ROUNDING = "callback.points_per_step", "callback.step_rounding"

RATES: dict[str, tuple[str, str]] = {
    "attempted": ("attempted", "due"),  # coverage: was anybody called at all
    "connected": ("connected", "attempted"),  # connect rate
    "completed": ("completed", "due"),  # the callback rate of E1.21, E5.9 to E5.11
    "punctual": ("punctual", "due"),
    "satisfied": ("satisfied", "completed"),
}
"""Each rate's numerator and denominator."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of obligations. Each is a different denominator: none stands for another."""

    due: int
    attempted: int
    connected: int
    completed: int
    punctual: int
    satisfied: int

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

    Due are those whose due instant has passed or that are completed already; what is open and not yet due
    counts nowhere, nor does what the rulebook does not oblige to. Attempts before an obligation arose or
    after `now` do not count. Satisfied are those whose completing contact was rated satisfied.
    """
    due = attempted = connected = completed = punctual = satisfied = 0
    for owed, all_attempts in cases:
        is_done = owed.state in ("completed", "completed_late")
        if not is_done and owed.state != "missed":
            continue
        made = [a for a in all_attempts if owed.arisen_at <= a.at <= now]
        due += 1
        attempted += bool(made)
        connected += any(a.outcome == "connected" for a in made)
        completed += is_done
        punctual += owed.state == "completed"
        satisfied += is_done and any(
            a.at == owed.completed_at and a.satisfaction == "satisfied" for a in made
        )
    return Rates(due, attempted, connected, completed, punctual, satisfied)


def shortfall_points(rate_percent: Decimal | int | float, book: Rulebook) -> tuple[Decimal, tuple[Step, ...]]:
    """The points that a month's callback rate below target costs (E5.14B), and why.

    Full tiers of `callback.shortfall_step` below target count (or begun ones where `callback.step_rounding`
    says ceil), each `callback.points_per_step`. Nothing is taken off where one of them is off.
    """
    rate = rate_percent if isinstance(rate_percent, Decimal) else Decimal(str(rate_percent))
    target, width, points = book.percent(_TARGET), book.percent(_STEP), book.decimal(_POINTS)
    clause = book.clause(_STEP)
    if target is None or not width or points is None:
        return Decimal(0), (
            Step(
                "现行规则不因回访率扣分",
                "The rulebook takes no points off for the callback rate",
                clause,
            ),
        )
    shown = number_text(rate.quantize(Decimal("0.01")))
    compared = Step(
        f"回访率 {shown}%，目标 {number_text(target)}%",
        f"Callback rate {shown} %, target {number_text(target)} %",
        book.clause(_TARGET),
    )
    if rate >= target:
        return Decimal(0), (compared, Step("达到目标，不扣分", "On target, no points off", clause))
    is_begun = book.choice(_ROUNDING) == "ceil"
    tiers = ((target - rate) / width).to_integral_value(ROUND_CEILING if is_begun else ROUND_FLOOR)
    lost = tiers * points
    gap = number_text((target - rate).quantize(Decimal("0.01")))
    per, each = number_text(width), number_text(points)
    return lost, (
        compared,
        Step(
            f"低 {gap} 个百分点，每 {per} 个百分点一档（{'不足一档按一档' if is_begun else '不足一档不计'}），共 {tiers} 档",
            f"{gap} points of rate below; {per} make one tier ({'a begun tier counts' if is_begun else 'full tiers only'}): {tiers}",
            book.clause(_ROUNDING) or clause,
        ),
        Step(
            f"每档 {each} 分，扣 {number_text(lost)} 分",
            f"{each} for each tier: {number_text(lost)} points off",
            clause,
        ),
    )
