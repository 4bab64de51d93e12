"""Intervals of 95 % that stay honest for few calls, and for shares near 0 and 1.

All are of Wilson's kind: they ask which true values could have brought this result, so they lean away from the ends
and never have a width of 0 while something is unheard. Scores of 0..100 are shares of full marks; a spread smaller than
that of right-or-wrong answers makes them narrower, by the effective number of calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from scipy.special import ndtri, stdtrit

LEVEL = 0.95
_TAIL = (1 + LEVEL) / 2
Z = float(ndtri(_TAIL))
# How many calls of the worst kind an interval allows for beyond those that were heard. Slips are rare and dear, so most
# samples have seen fewer than there are; with this the intervals cover in 95 of 100 simulated samples (tests/quality).
_SURPRISES = 1.5


@dataclass(frozen=True, slots=True)
class Mean:
    """An estimated share, 0..1: its variance, the degrees of freedom of that, and how many equal calls it is worth.

    `calls` heard, and `worth`, fewer for unequal weights: both more where few are left unheard, infinite when none is.
    With `is_share` every answer is yes or no. `surprise_down` and `_up` are how far one call could have been off; `most` is
    what the share can be at most, by what is known of all calls.
    """

    value: float
    variance: float
    freedom: float
    calls: float
    worth: float
    is_share: bool = False
    surprise_down: float = 0.0
    surprise_up: float = 0.0
    most: float = 1.0


def t_quantile(freedom: float) -> float:
    """Student's t for an interval of 95 %; the normal quantile for infinite degrees of freedom."""
    return Z if freedom == inf else float(stdtrit(max(freedom, 1.0), _TAIL))


def wilson(hits: float, of: float) -> tuple[float, float]:
    """Wilson's score interval of a share; `of` may be an effective number. (0, 1) for nothing, a point for infinitely many."""
    return _wilson(hits / of if of > 0 else 0.0, of)


def _wilson(share: float, of: float) -> tuple[float, float]:
    if of <= 0:
        return 0.0, 1.0
    if of == inf:
        return share, share
    centre = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of)) / (1 + Z * Z / of)
    low = 0.0 if share <= 0 else max(0.0, centre - half)
    high = 1.0 if share >= 1 else min(1.0, centre + half)
    return low, high


def interval(mean: Mean) -> tuple[float, float]:
    """Wilson's interval with the effective number of calls, which has the estimate's variance and its uncertainty."""
    value = min(1.0, max(0.0, mean.value))
    if (
        mean.variance <= 0 or not 0 < value < 1
    ):  # nothing was seen to vary: all that was not seen is allowed for
        low, high = _wilson(value, mean.worth)
        return (low, high) if value > 0 else (0.0, high * mean.most)
    of = value * (1 - value) / mean.variance * (Z / t_quantile(mean.freedom)) ** 2
    low, high = _wilson(value, min(of, mean.calls) if mean.is_share else of)
    down, up = (_SURPRISES * size / mean.calls for size in (mean.surprise_down, mean.surprise_up))
    return value - sqrt((value - low) ** 2 + down**2), value + sqrt((high - value) ** 2 + up**2)


def interval_of_difference(more: Mean, less: Mean, covariance: float) -> tuple[float, float]:
    """The interval of `more` - `less` from their own two (Zou and Donner 2008), each leaning the way it does by itself."""
    (more_low, more_high), (less_low, less_high) = interval(more), interval(less)
    spread = sqrt(more.variance * less.variance)
    r = min(1.0, max(-1.0, covariance / spread)) if spread > 0 else 0.0
    middle = more.value - less.value
    return (
        middle - _combined(more.value - more_low, less_high - less.value, r),
        middle + _combined(more_high - more.value, less.value - less_low, r),
    )


def _combined(one: float, other: float, r: float) -> float:
    return sqrt(max(0.0, one * one + other * other - 2 * r * one * other))
