"""With which probability a call is among the k smallest u/w of its stratum: exactly, not nearly.

Drawing the k smallest of (random number / weight) is sequential Poisson sampling (Ohlsson 1998). Its nominal
probabilities k·w/sum(w) are only right for large strata; an agent has four calls drawn of twenty, and there a weighted
total with nominal probabilities is off. So the probability is integrated: the call's own number lies at q, and fewer than
k of the others lie below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import floor, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)
_TAIL = 56.0  # 2 · ln 10^12
_MOST_CELLS = 2_000_000  # of one table; longer strata are integrated in parts


def probabilities(weights: Sequence[float], wanted: float) -> list[float]:
    """For each weight the probability of being drawn when `wanted` of these calls are taken; their sum is `wanted`.

    A `wanted` that is not whole, say 2.3, takes 3 with probability 0.3 and else 2, and the answer is the mean of both.
    All are 1 where everything is wanted. Raises ValueError for a weight that is not positive or nothing wanted.
    """
    if any(weight <= 0 for weight in weights):
        raise ValueError("a weight must be above 0")
    if wanted <= 0:
        raise ValueError("at least part of a call must be wanted")
    if wanted >= len(weights):
        return [1.0] * len(weights)
    counts = Counter(weights)
    whole = floor(wanted)
    part = wanted - whole
    key = tuple(sorted(counts.items()))
    lower = dict(_exact(key, whole)) if whole else dict.fromkeys(counts, 0.0)
    upper: Mapping[float, float] = dict(_exact(key, whole + 1)) if part else lower
    return [(1 - part) * lower[weight] + part * upper[weight] for weight in weights]


@lru_cache(maxsize=4096)
def _exact(counts: tuple[tuple[float, int], ...], taken: int) -> tuple[tuple[float, float], ...]:
    """(weight, probability) for a stratum with so many calls of each weight, of which `taken` are drawn."""
    size = sum(count for _, count in counts)
    if taken >= size:
        return tuple((weight, 1.0) for weight, _ in counts)
    if len(counts) == 1:
        return ((counts[0][0], taken / size),)
    found = _integrals(counts, taken, size)
    # Rounding in the integral is put right where it shows: so many are drawn, no more and no fewer.
    total = sum(p * count for p, (_, count) in zip(found, counts, strict=True))
    return tuple((weight, min(1.0, p * taken / total)) for p, (weight, _) in zip(found, counts, strict=True))


def _integrals(counts: tuple[tuple[float, int], ...], taken: int, size: int) -> list[float]:
    """For each weight the integral over the place q of one such call: fewer than `taken` of the others lie below q."""
    ends = _breaks(counts, taken)
    at: Floats = np.concatenate([(b - a) / 2 * _NODES + (a + b) / 2 for a, b in pairwise(ends)])
    area: Floats = np.concatenate([(b - a) / 2 * _NODE_WEIGHTS for a, b in pairwise(ends)])
    step = max(1, _MOST_CELLS // (size * len(counts)))
    found = np.zeros(len(counts))
    for first in range(0, len(at), step):
        part = slice(first, first + step)
        for own, fewer in enumerate(_fewer(counts, at[part], taken, size)):
            weight = counts[own][0]
            found[own] += weight * float((area[part] * fewer)[at[part] < 1 / weight].sum())
    return [float(p) for p in found]


def _fewer(counts: tuple[tuple[float, int], ...], at: Floats, taken: int, size: int) -> Iterator[Floats]:
    """For each weight and q: P(fewer than `taken` of all calls but one of that weight lie below q).

    How many lie below is a sum of yes and no, so its distribution comes back from the product of their transforms.
    """
    turns = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    singles, others = [], []
    for weight, count in counts:
        below = np.minimum(1.0, weight * at)[:, None]
        single = 1 - below + below * turns[None, :]
        singles.append(single)
        others.append(single ** (count - 1))
    for own in range(len(counts)):
        product = others[own].copy()
        for place, single in enumerate(singles):
            if place != own:
                product *= others[place] * single
        distribution = np.fft.irfft(product, n=size, axis=1)
        yield np.clip(distribution[:, :taken].sum(axis=1), 0.0, 1.0)


def _breaks(counts: tuple[tuple[float, int], ...], taken: int) -> list[float]:
    """Where to cut the places: where a class is wholly below, and around the place at which `taken` are expected below."""
    kinks = sorted(1 / weight for weight, _ in counts)
    # With `most` expected below q, fewer than `taken` of them are there once in 10^12 (Chernoff): nothing is left to add.
    most = taken + _TAIL / 2 + sqrt(_TAIL * taken + _TAIL**2 / 4)
    last = next((cut for cut in _steps(kinks[-1]) if _expected(counts, cut) >= most), kinks[-1])
    middle = taken / sum(weight * count for weight, count in counts)
    cuts = {0.0, last, *kinks, *(middle * f for f in (0.5, 1.0, 1.5, 2.5))}
    return sorted(cut for cut in cuts if cut <= last)


def _steps(end: float) -> Iterator[float]:
    return (end * n / 64 for n in range(1, 65))


def _expected(counts: tuple[tuple[float, int], ...], q: float) -> float:
    return sum(count * min(1.0, weight * q) for weight, count in counts)
