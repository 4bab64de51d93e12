"""A department whose every call is known, and many samples of it: what estimates and intervals are held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from quality.estimates import Blind, Estimate, Heard
from quality.inclusion import probabilities
from quality.sampling import wanted_calls

Floats = NDArray[np.float64]
SIZES = (3, 4, 5, 6, 8, 12, 20, 30, 45, 60)


@dataclass(frozen=True)
class Stratum:
    """The calls of an agent and channel: people's scores if all were heard, the machine's, weights, real offences and those found."""

    name: str
    human: Floats
    machine: Floats
    weight: Floats
    offences: NDArray[np.int64]
    found: NDArray[np.int64]
    wanted: float
    probability: Floats


def department(
    seed: int, *, strata: int = 40, sizes: tuple[int, ...] = SIZES, gross: float = 0.01, minimum: int = 4
) -> list[Stratum]:
    """Skewed as scores are: most calls are perfect, some cost a little, one in a hundred everything.

    The machine sees three quarters of it and accuses wrongly in six of a hundred; the weights follow what it says.
    """
    dice = np.random.default_rng(seed)
    answer = []
    for place in range(strata):
        size = sizes[place % len(sizes)]
        slips = dice.random(size) < dice.uniform(0.06, 0.35)
        human = np.where(dice.random(size) < gross, 0, 100 - dice.choice([5, 10, 10, 15, 30], size) * slips)
        seen = dice.random(size) > 0.25
        machine = np.where(seen, human, 100) - 10 * (dice.random(size) < 0.06)
        machine = np.clip(machine, 0, 100).astype(float)
        human = np.clip(human - dice.choice([0, 0, 0, 2, 5], size), 0, 100).astype(float)
        weight = np.clip(np.round(1 + (100 - machine) / 20 * 6) / 2, 1, 4)
        offences = dice.poisson(0.5, size) * (human < 97)
        wanted = wanted_calls(size, minimum, 5)
        answer.append(
            Stratum(
                f"K{place}", human, machine, weight, offences, dice.binomial(offences, 0.7), wanted,
                np.array(probabilities(list(weight), wanted)),
            )
        )  # fmt: skip
    return answer


def in_two_waves(strata: list[Stratum]) -> list[Stratum]:
    """The same calls, of which the second half came after the first draw; those give their share, rounded by chance."""
    answer = []
    for one in strata:
        half = len(one.human) // 2
        for wave, part in ((1, slice(0, half)), (2, slice(half, None))):
            size = len(one.human[part])
            if not size:
                continue
            wanted = (
                min(size, 4) if wave == 1 else min(size, max(4 - min(half, 4), 4 * size / len(one.human)))
            )
            answer.append(
                Stratum(
                    f"{one.name}#{wave}", one.human[part], one.machine[part], one.weight[part], one.offences[part],
                    one.found[part], wanted, np.array(probabilities(list(one.weight[part]), wanted)),
                )
            )  # fmt: skip
    return answer


def samples_of(strata: list[Stratum], draws: int, seed: int) -> Iterator[list[tuple[Stratum, NDArray[np.intp]]]]:  # fmt: skip
    """So many samples: of each stratum the places of the calls with the smallest number / weight."""
    dice = np.random.default_rng(seed)
    for _ in range(draws):
        sample = []
        for one in strata:
            taken = min(len(one.human), floor(one.wanted + dice.random()))
            sample.append((one, np.argsort(dice.random(len(one.human)) / one.weight)[:taken]))
        yield sample


def heard(
    sample: list[tuple[Stratum, NDArray[np.intp]]], reviewed: Iterator[bool] | None = None
) -> list[Heard]:
    """The drawn calls as the estimates take them; `reviewed` says of each in turn whether somebody has reviewed it."""
    return [
        Heard(
            one.name,
            float(one.probability[i]),
            float(one.human[i]) if reviewed is None or next(reviewed) else None,
            float(one.machine[i]),
            bool(one.weight[i] > 1),
        )
        for one, places in sample
        for i in places
    ]


def blind(sample: list[tuple[Stratum, NDArray[np.intp]]], share: float, dice: np.random.Generator) -> list[Blind]:  # fmt: skip
    """The drawn calls that fall to a blind review."""
    return [
        Blind(one.name, float(one.probability[i]) * share, int(one.found[i]), int(one.offences[i] - one.found[i]))
        for one, places in sample
        for i in places
        if dice.random() < share
    ]  # fmt: skip


class Tally:
    """How often intervals held the truth, and where the estimates lay on average."""

    def __init__(self, truth: float) -> None:
        self.truth = truth
        self.values: list[float] = []
        self.widths: list[float] = []
        self.held = 0

    def add(self, one: Estimate) -> None:
        """One sample's estimate."""
        assert one.value is not None and one.low is not None and one.high is not None
        assert 0 <= one.low <= one.value <= one.high <= 100
        self.values.append(one.value)
        self.widths.append(one.high - one.low)
        self.held += one.low - 1e-9 <= self.truth <= one.high + 1e-9

    @property
    def coverage(self) -> float:
        """The share of the intervals that hold the truth."""
        return self.held / len(self.values)

    @property
    def bias(self) -> float:
        """How far the mean of the estimates lies from the truth, in standard errors of a single sample."""
        return float((np.mean(self.values) - self.truth) / np.std(self.values))

    @property
    def surprise(self) -> float:
        """The same in standard errors of the simulation: beyond 4 it is no accident."""
        return abs(self.bias) * float(np.sqrt(len(self.values)))
