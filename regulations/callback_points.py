"""The points that a callback rate below target costs (E5.14B): so many for each tier of so many percent.

The rate is compared unrounded: 19 of 20 is exactly 95 %, one full tier of 5 % below 100 %; 94.99 % is the same tier.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import number_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_TARGET, _STEP = "callback.target_rate", "callback.shortfall_step"
_POINTS, _ROUNDING = "callback.points_per_step", "callback.step_rounding"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What the rate of one person, kind or team would cost, and how it is reckoned.

    `rate` in percent, unrounded; None where nothing was due. `to_save` is how many more of what is due would have to
    be completed for the points to fall; None where none are lost or no completion can save one.
    """

    completed: int
    due: int
    rate: Decimal | None
    target: Decimal | None
    points: Decimal
    to_save: int | None
    steps: tuple[Step, ...]


def target_of(kind: str | None, book: Rulebook) -> Decimal | None:
    """The target rate in percent: the kind's own where it has one; None where the rulebook sets no target."""
    general = book.percent(_TARGET)
    if general is None or kind is None:
        return general
    return next((c.target for c in book.callback_categories() if c.code == kind), general)


def shortfall(completed: int, due: int, book: Rulebook, kind: str | None = None) -> Shortfall:
    """What `completed` of `due` callbacks cost, all of one kind or of any."""
    target = target_of(kind, book)
    if not due:
        step = Step("没有到期的回访，不计算", "Nothing fell due: nothing to reckon")
        return Shortfall(completed, due, None, target, Decimal(0), None, (step,))
    rate = Decimal(100) * completed / due
    points, steps = shortfall_points(rate, book, kind)
    counted = Step(f"应回访 {due} 项，完成 {completed} 项", f"{due} due, {completed} completed")
    if not points:
        return Shortfall(completed, due, rate, target, points, None, (counted, *steps))

    def lost(more: int) -> Decimal:
        return shortfall_points(Decimal(100) * (completed + more) / due, book, kind)[0]

    enough = bisect_left(range(due - completed + 1), True, key=lambda more: lost(more) < points)
    to_save = enough if enough <= due - completed else None
    saved: tuple[Step, ...] = ()
    if to_save is not None:
        less = number_text(points - lost(to_save))
        saved = (
            Step(
                f"再完成其中 {to_save} 项，可少扣 {less} 分",
                f"{to_save} more of them completed would save {less}",
            ),
        )
    return Shortfall(completed, due, rate, target, points, to_save, (counted, *steps, *saved))


def shortfall_points(
    rate_percent: Decimal | int | float, book: Rulebook, kind: str | None = None
) -> tuple[Decimal, tuple[Step, ...]]:
    """The points that a month's callback rate below target costs (E5.14B), and why.

    Full tiers of `callback.shortfall_step` below target count (or begun ones where `callback.step_rounding`
    says ceil), each `callback.points_per_step`. Nothing is taken off where one of them is off. `kind` is for a
    kind of callback with a target of its own.
    """
    rate = rate_percent if isinstance(rate_percent, Decimal) else Decimal(str(rate_percent))
    target, width, points = target_of(kind, book), book.percent(_STEP), book.decimal(_POINTS)
    clause = book.clause(_STEP)
    if target is None or not width or points is None:
        return Decimal(0), (
            Step(
                "现行规则不因回访率扣分",
                "The rulebook takes no points off for the callback rate",
                clause,
            ),
        )
    named = ("回访率", "Callback rate") if kind is None else _named(kind)
    rounding = ROUND_CEILING if book.choice(_ROUNDING) == "ceil" else ROUND_FLOOR
    gap = _shown(target - rate, width, rounding)
    compared = Step(
        f"{named[0]} {number_text(target - gap)}%，目标 {number_text(target)}%",
        f"{named[1]} {number_text(target - gap)} %, target {number_text(target)} %",
        book.clause(_TARGET),
    )
    if rate >= target:
        return Decimal(0), (compared, Step("达到目标，不扣分", "On target, no points off", clause))
    is_begun = rounding == ROUND_CEILING
    tiers = ((target - rate) / width).to_integral_value(rounding)
    lost = tiers * points
    per, each = number_text(width), number_text(points)
    return lost, (
        compared,
        Step(
            f"低 {number_text(gap)} 个百分点，每 {per} 个百分点一档（{'不足一档按一档' if is_begun else '不足一档不计'}），共 {tiers} 档",
            f"{number_text(gap)} points of rate below; {per} make one tier ({'a begun tier counts' if is_begun else 'full tiers only'}): {tiers}",
            book.clause(_ROUNDING) or clause,
        ),
        Step(
            f"每档 {each} 分，扣 {number_text(lost)} 分",
            f"{each} for each tier: {number_text(lost)} points off",
            clause,
        ),
    )


def _shown(gap: Decimal, width: Decimal, rounding: str) -> Decimal:
    """The gap with two decimals, or with as many as it takes not to be rounded over the edge of a tier."""
    tiers = (gap / width).to_integral_value(rounding)
    for digits in (2, 4, 8):
        shown = gap.quantize(Decimal(1).scaleb(-digits))
        if (shown / width).to_integral_value(rounding) == tiers:
            break
    return shown


def _named(kind: str) -> tuple[str, str]:
    return f"{name_of('callback_kind', kind, 'zh')}完成率", f"{name_of('callback_kind', kind, 'en')}, rate"
