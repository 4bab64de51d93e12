"""Which calls people hear: drawn by permanent random numbers, with a probability known for every call.

Every call has a random number that follows from seed, month and call alone, so that anybody can repeat a draw, whatever
the order of the rows. A stratum (agent × channel) gives the k calls with the smallest number / weight. Calls that come
in after a draw are a wave of their own: what was drawn stays drawn, and the probabilities of before stay true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import ceil, floor, isclose
from typing import Any

from quality.inclusion import probabilities

_BITS = 53  # what a float holds exactly
_NUMBERS = float(1 << _BITS)
_NEARLY = 1e-9  # a wanted number that is whole but for rounding


@dataclass(frozen=True, slots=True)
class FrameCall:
    """A call that can be drawn. `number` 0..1 exclusive; `weight` > 0 and never changed; `wave` the draw it came with."""

    call_id: str
    stratum: str
    number: float
    weight: float = 1.0
    wave: int = 1

    @property
    def rank(self) -> float:
        """What the calls of a stratum are ordered by, smallest first."""
        return self.number / self.weight


@dataclass(frozen=True, slots=True)
class Taken:
    """What a wave of a stratum gives: `wanted` of its `calls`, of which `taken`; `threshold` the first rank not drawn.

    `wanted` need not be whole where few calls come late: 0.3 of a call is one call with probability 0.3.
    """

    stratum: str
    wave: int
    calls: int
    wanted: float
    taken: int
    threshold: float | None

    def as_record(self) -> dict[str, Any]:
        """The shape kept in the database."""
        return {name: getattr(self, name) for name in self.__slots__}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Taken:
        """The inverse of `as_record`; further fields are ignored."""
        return Taken(**{name: record[name] for name in Taken.__slots__})


@dataclass(frozen=True, slots=True)
class Drawn:
    """The answer of a draw: every wave as it stands now, and the calls of those waves that are new or were raised."""

    waves: tuple[Taken, ...]
    probabilities: Mapping[str, float]  # call -> probability of being drawn, 0 < p <= 1
    drawn: frozenset[str]  # the calls taken, of those in `probabilities`


def number(seed: str, month: date, call_id: str, purpose: str = "draw") -> float:
    """The permanent random number of a call, 0 < u < 1; another `purpose` gives an independent one."""
    digest = sha256("\n".join((purpose, seed, f"{month:%Y-%m}", call_id)).encode()).digest()
    return ((int.from_bytes(digest[:8]) >> (64 - _BITS)) + 0.5) / _NUMBERS


def is_blind(seed: str, month: date, call_id: str, percent: float) -> bool:
    """Whether a drawn call is reviewed blind: `percent` of them, whatever was found in them."""
    return number(seed, month, call_id, "blind") < percent / 100


def wanted_calls(calls: int, minimum: int, percent: float) -> int:
    """How many calls a stratum of so many gives: the share, the minimum if that is more, at least one, at most all."""
    return min(calls, max(1, minimum, ceil(calls * percent / 100 - _NEARLY)))


def draw(
    frame: Iterable[FrameCall],
    wanted: Mapping[str, int],
    *,
    seed: str,
    month: date,
    before: Iterable[Taken] = (),
    raise_all: bool = False,
) -> Drawn:
    """Draw from the waves that are new, and with `raise_all` take more from those before where more is wanted now.

    `wanted`: how many calls each stratum is to give in all, late ones included. A wave that is not touched is left out of the answer's
    `probabilities`: what was stored for its calls stays. Raises KeyError for a stratum about which `wanted` says nothing.
    """
    waves: dict[tuple[str, int], list[FrameCall]] = {}
    for call in frame:
        waves.setdefault((call.stratum, call.wave), []).append(call)
    known = {(one.stratum, one.wave): one for one in before}
    sizes: dict[str, int] = {}
    for (stratum, _), calls in waves.items():
        sizes[stratum] = sizes.get(stratum, 0) + len(calls)
    given: dict[str, float] = {}
    for one in known.values():
        given[one.stratum] = given.get(one.stratum, 0) + one.taken
    answer, chances, drawn = dict(known), dict[str, float](), set[str]()
    for place, calls in sorted(waves.items()):
        stratum, old = place[0], known.get(place)
        fair = wanted[stratum] * len(calls) / sizes[stratum]
        if old is not None:
            target = float(ceil(fair - _NEARLY))
            if not raise_all or target < old.wanted - _NEARLY:
                continue
        else:
            target = max(fair, wanted[stratum] - given.get(stratum, 0))
        took = _take(calls, min(target, len(calls)), number(seed, month, f"{stratum}#{place[1]}", "round"))
        given[stratum] = given.get(stratum, 0) + took.taken - (0 if old is None else old.taken)
        answer[place] = took
        chances.update(
            zip(
                (c.call_id for c in calls), probabilities([c.weight for c in calls], took.wanted), strict=True
            )
        )
        drawn.update(call.call_id for call in _in_order(calls)[: took.taken])
    return Drawn(tuple(answer[place] for place in sorted(answer)), chances, frozenset(drawn))


def _in_order(calls: Sequence[FrameCall]) -> list[FrameCall]:
    return sorted(calls, key=lambda call: (call.rank, call.call_id))


def _take(calls: Sequence[FrameCall], target: float, rounding: float) -> Taken:
    if isclose(target, round(target), abs_tol=_NEARLY):
        target = float(round(target))
    taken = min(len(calls), floor(target + rounding))
    ranks = [call.rank for call in _in_order(calls)]
    threshold = ranks[taken] if taken < len(ranks) else None
    return Taken(calls[0].stratum, calls[0].wave, len(calls), target, taken, threshold)
