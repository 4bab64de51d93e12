"""How much likelier a call is drawn for what the machine found in it. Never surely, and a call without findings never not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from regulations.rulebook import Rulebook

FULL_SCORE = 100.0
_STEP = 0.5  # weights are rounded to this: few different ones are easier to check by hand


@dataclass(frozen=True, slots=True)
class Flag:
    """What the machine found in a call. `stake`: points it would cost once confirmed; `probability` that it is right."""

    stake: float
    probability: float = 1.0
    is_critical: bool = False


def expected_points(flags: Iterable[Flag]) -> float:
    """The points a call is expected to lose, 0..100; what is critical would cost all of them."""
    lost = sum(
        (FULL_SCORE if flag.is_critical else flag.stake) * min(1.0, max(0.0, flag.probability))
        for flag in flags
    )
    return min(FULL_SCORE, lost)


def weight(flags: Iterable[Flag], highest: float, failing_points: float) -> float:
    """1 for a call without findings, rising to `highest` for one expected to lose `failing_points` or more."""
    if highest < 1:
        raise ValueError("the highest weight must be at least 1")
    share = min(1.0, expected_points(flags) / max(failing_points, _STEP))
    steps = share * (highest - 1) / _STEP
    return min(highest, 1 + round(steps) * _STEP)


def weight_by_rulebook(flags: Iterable[Flag], book: Rulebook, highest: float) -> float:
    """The weight of a call; the highest is for one expected to fall below `qa.pass_score`."""
    passing = book.decimal("qa.pass_score")
    return weight(flags, highest, FULL_SCORE - float(passing if passing is not None else 0))
