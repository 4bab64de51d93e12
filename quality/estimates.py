"""What a sample says about all calls: estimates with intervals of 95 %, each with the steps that led there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from quality import intervals
from quality.intervals import Mean
from regulations.rulebook import Rulebook
from regulations.verdict import Step, step

_FULL = 100.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """A drawn call. `stratum` with its wave; `score` 0..100 by a person, None while nobody has reviewed it.

    `machine`: the machine's score on the same scale; `is_raised`: it was likelier drawn for what the machine found.
    """

    stratum: str
    probability: float
    score: float | None
    machine: float | None = None
    is_raised: bool = False


@dataclass(frozen=True, slots=True)
class Blind:
    """A call reviewed blind. `probability` of being drawn and blind; `found` and `missed`: offences with and without the machine."""

    stratum: str
    probability: float
    found: int
    missed: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of 95 %; None where nothing can be said. `n` calls (or findings) heard of `population`."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    population: int
    steps: tuple[Step, ...] = ()


def is_comparable(n: int | None, book: Rulebook) -> bool:
    """Whether a person of whose calls so many were reviewed may be compared with others (`qa.compare_from`)."""
    least = book.integer("qa.compare_from")
    return n is not None and n >= (least if least is not None else 1)


def human_score(drawn: Sequence[Heard], population: int) -> Estimate:
    """The mean score of all calls from the reviewed ones alone, each standing for 1 / probability calls (Hájek).

    `drawn`: every drawn call of the group, reviewed or not; `population`: how many calls the group has.
    """
    heard, weights, steps = _weighed(drawn, population)
    if not len(heard):
        return Estimate(None, None, None, 0, population, steps)
    scores = np.array([call.score for call in heard]) / _FULL
    found = _mean(scores, weights, [call.stratum for call in heard])
    found = replace(found, surprise_down=found.value)
    low, high = intervals.interval(found)
    said = step("按权重平均：{v:.1f} 分", "weighted mean: {v:.1f} points", v=found.value * _FULL)
    return _answer(found.value, low, high, len(heard), population, (*steps, said))


def combined_score(drawn: Sequence[Heard], machine_mean: float, population: int) -> Estimate:
    """The machine's mean over all calls, put right by how far people were from the machine in the calls they heard.

    `machine_mean` 0..100 is the mean of all calls of the group, which is known. Drawn calls without a machine score
    are left out. The less people and machine differ, the narrower the interval, whatever the scores themselves do.
    """
    heard, weights, steps = _weighed([call for call in drawn if call.machine is not None], population)
    if not len(heard):
        return Estimate(None, None, None, 0, population, steps)
    strata = [call.stratum for call in heard]
    gap = np.array([(call.score or 0.0) - (call.machine or 0.0) for call in heard]) / _FULL
    up, down = np.maximum(gap, 0), np.maximum(-gap, 0)
    more, less = _mean(up, weights, strata), _mean(down, weights, strata)
    both = _variance(gap, weights, strata)[0]
    base = machine_mean / _FULL
    less = replace(less, surprise_up=base, most=base)
    # People can only go up where the machine took something off, and no further than back to full marks.
    room = np.array([(call.machine or 0.0) < _FULL for call in heard])
    worth = inf if more.worth == inf else _worth(weights[room])
    more = replace(more, worth=worth, most=1 - base)
    covariance = (more.variance + less.variance - both) / 2
    low, high = intervals.interval_of_difference(more, less, covariance)
    value = base + more.value - less.value
    said = (
        step("全部通话的系统评分平均：{v:.1f} 分", "machine's mean over all calls: {v:.1f} points", v=machine_mean),
        step(
            "人工与系统之差：{d:+.1f} 分（偏高部分 {u:.1f}，偏低部分 {l:.1f}）",
            "people against the machine: {d:+.1f} points ({u:.1f} up, {l:.1f} down)",
            d=(more.value - less.value) * _FULL, u=more.value * _FULL, l=less.value * _FULL,
        ),
    )  # fmt: skip
    return _answer(value, base + low, base + high, len(heard), population, (*steps, *said))


def share(
    drawn: Sequence[Heard], population: int, at_least: float, *, beyond_the_month: bool = False
) -> Estimate:
    """The share (0..100 %) of calls scoring `at_least`, with Wilson's interval and the design's effective number of calls.

    `beyond_the_month` asks how the person works, not what these calls were: then a few calls say little even when they are
    all there were. For comparing people that is the one to use.
    """
    heard, weights, steps = _weighed(drawn, population)
    if not len(heard):
        return Estimate(None, None, None, 0, population, steps)
    passes = np.array([float((call.score or 0.0) >= at_least) for call in heard])
    found = _mean(
        passes, weights, [call.stratum for call in heard], is_share=True, is_endless=beyond_the_month
    )
    low, high = intervals.interval(found)
    said = step(
        "{k} 通达到 {p:g} 分，加权占 {v:.1f}%", "{k} calls reach {p:g}; weighted {v:.1f} %",
        k=int(passes.sum()), p=at_least, v=found.value * 100,
    )  # fmt: skip
    return _answer(found.value, low, high, len(heard), population, (*steps, said))


def precision(confirmed: int, overturned: int) -> Estimate:
    """The share (0..100 %) of decided findings that people confirmed, with Wilson's interval."""
    decided = confirmed + overturned
    low, high = intervals.wilson(confirmed, decided)
    said = step("已判定 {n} 处，成立 {k} 处", "{n} decided, {k} confirmed", n=decided, k=confirmed)
    if not decided:
        return Estimate(None, None, None, 0, 0, (said,))
    return _answer(confirmed / decided, low, high, decided, decided, (said,))


def recall(calls: Iterable[Blind]) -> Estimate:
    """The share (0..100 %) of offences that the machine had found, from calls reviewed without seeing what it found.

    `n` and `population` count offences. Several in one call are not independent; the interval takes that into account.
    """
    heard = [call for call in calls if call.found + call.missed]
    found, missed = sum(call.found for call in heard), sum(call.missed for call in heard)
    said = step(
        "盲审通话中确有问题 {n} 处，系统找到 {k} 处",
        "blind reviews found {n} offences, of which the machine had {k}", n=found + missed, k=found,
    )  # fmt: skip
    if not heard:
        return Estimate(None, None, None, 0, 0, (said,))
    sizes = np.array([call.found + call.missed for call in heard], dtype=np.float64)
    weights = sizes / np.array([call.probability for call in heard])
    hits = np.array([call.found for call in heard]) / sizes
    result = _mean(hits, weights, [call.stratum for call in heard], is_share=True, is_endless=True)
    low, high = intervals.interval(result)
    return _answer(result.value, low, high, found + missed, found + missed, (said,))


def _weighed(drawn: Sequence[Heard], population: int) -> tuple[list[Heard], Floats, tuple[Step, ...]]:
    """The reviewed calls and what each stands for; drawn calls not reviewed yet are stood for by those of their kind.

    Their kind is whether the machine's findings made them likelier, because those are reviewed first.
    """
    heard = [call for call in drawn if call.score is not None]
    said = step(
        "共 {p} 通，抽取 {d} 通，已复核 {n} 通", "{p} calls, {d} drawn, {n} reviewed",
        p=population, d=len(drawn), n=len(heard),
    )  # fmt: skip
    if not heard:
        return heard, np.array([]), (said,)
    weights = np.array([1 / call.probability for call in heard])
    steps = [said]
    if len(heard) < len(drawn):
        kinds = {call.is_raised for call in heard}
        raised = np.array([call.is_raised for call in heard])
        apart = kinds == {call.is_raised for call in drawn}
        for kind in kinds if apart else (None,):
            of_kind = np.ones(len(heard), dtype=bool) if kind is None else raised == kind
            owed = sum(1 / call.probability for call in drawn if kind is None or call.is_raised == kind)
            weights[of_kind] *= owed / weights[of_kind].sum()
        steps.append(
            step(
                "尚未复核的 {m} 通，视同同类已复核的通话；复核完毕前数字会变动",
                "the {m} not yet reviewed are taken to be like those of their kind; the figure moves until they are",
                m=len(drawn) - len(heard),
            )
        )
    return heard, weights, tuple(steps)


def _mean(
    values: Floats,
    weights: Floats,
    strata: Sequence[str],
    *,
    is_share: bool = False,
    is_endless: bool = False,
) -> Mean:
    """The weighted mean of values 0..1 with all that its interval needs. `is_endless`: nothing is ever fully heard."""
    total = weights.sum()
    mean = float((weights * values).sum() / total)
    variance, freedom = _variance(values, weights, strata, is_endless=is_endless)
    worth = _worth(weights, is_endless=is_endless)
    unheard = _unheard(weights, is_endless=is_endless)
    if is_share:  # the spread of yes and no follows from their share; it is the calls that are few
        counts = Counter(strata).values()
        groups = sum(count > 1 for count in counts) + (1 in counts)
        freedom = float(max(1, len(values) - groups))
    calls = len(values) / unheard if unheard else inf
    return Mean(mean, variance, freedom, calls, worth, is_share)


def _unheard(weights: Floats, *, is_endless: bool = False) -> float:
    """The share of the calls they stand for that nobody heard; 0 for all heard."""
    share = 1 - len(weights) / max(float(weights.sum()), len(weights), 1)
    return 1.0 if is_endless else share if share > 1e-12 else 0.0


def _worth(weights: Floats, *, is_endless: bool = False) -> float:
    """How many calls of equal weight these are worth (Kish), more where few are left unheard; 0 for none."""
    if not len(weights):
        return 0.0
    equal = float(weights.sum()) ** 2 / float((weights**2).sum())
    unheard = _unheard(weights, is_endless=is_endless)
    return equal / unheard if unheard else inf


def _variance(
    values: Floats, weights: Floats, strata: Sequence[str], *, is_endless: bool = False
) -> tuple[float, float]:
    """Variance of the weighted mean and its degrees of freedom: Deville's within strata, Satterthwaite's over them.

    Strata that gave one call are taken together. A call that was sure to be drawn (weight 1) adds nothing.
    """
    codes, place = np.unique(np.array(strata), return_inverse=True)
    counts = np.bincount(place, minlength=len(codes))
    lonely = counts[place] == 1
    place = np.where(lonely, len(codes), place)
    total = weights.sum()
    off = weights * (values - (weights * values).sum() / total) / total
    open_ = np.ones_like(weights) if is_endless else np.clip(1 - 1 / np.maximum(weights, 1.0), 0.0, 1.0)
    size = len(codes) + 1
    counts = np.bincount(place, minlength=size).astype(np.float64)
    shares = np.bincount(place, weights=open_, minlength=size)
    centre = np.bincount(place, weights=open_ * off, minlength=size) / np.maximum(shares, 1e-300)
    centre[counts < 2] = 0.0
    squares = np.bincount(place, weights=open_ * (off - centre[place]) ** 2, minlength=size)
    degrees = np.maximum(counts - 1, 1.0)
    each = squares * np.maximum(counts, 1.0) / degrees
    variance = float(each.sum())
    if variance <= 0:
        return 0.0, float(max(1, len(values) - 1))
    return variance, float(variance**2 / (each**2 / degrees).sum())


def _answer(
    value: float, low: float, high: float, n: int, population: int, steps: tuple[Step, ...]
) -> Estimate:
    value, low, high = (min(1.0, max(0.0, part)) * 100 for part in (value, low, high))
    said = step(
        "95% 区间 {low:.1f} 至 {high:.1f}", "95 % interval {low:.1f} to {high:.1f}", low=low, high=high
    )
    return Estimate(value, low, high, n, population, (*steps, said))
