"""Drawing calls: what follows from seed and call alone, what a top-up may not undo, and probabilities that are true."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality import sampling
from quality.inclusion import probabilities
from quality.sampling import Drawn, FrameCall, Taken, draw, is_blind, number, wanted_calls

MONTH = date(2026, 11, 1)
WEIGHTS = st.sampled_from([1.0, 1.0, 1.0, 1.5, 2.5, 4.0])


def frame_of(
    seed: str, weights: list[float], *, stratum: str = "K1", first: int = 0, wave: int = 1
) -> list[FrameCall]:
    """Calls numbered from `first` with these weights."""
    return [
        FrameCall(name, stratum, number(seed, MONTH, name), weight, wave)
        for n, weight in enumerate(weights, start=first)
        for name in [f"{stratum}-{n}"]
    ]  # fmt: skip


def drawn_from(
    frame: list[FrameCall],
    wanted: int,
    seed: str = "s",
    before: tuple[Taken, ...] = (),
    *,
    more: bool = False,
) -> Drawn:
    """A draw in which every stratum gives `wanted`."""
    strata = {call.stratum for call in frame}
    return draw(frame, dict.fromkeys(strata, wanted), seed=seed, month=MONTH, before=before, raise_all=more)  # fmt: skip


def test_a_calls_number_follows_from_seed_month_and_call_alone() -> None:
    assert number("s", MONTH, "YF1") == number("s", date(2026, 11, 30), "YF1")
    others = {
        number("s", MONTH, "YF2"),
        number("t", MONTH, "YF1"),
        number("s", date(2026, 12, 1), "YF1"),
        number("s", MONTH, "YF1", "blind"),
    }
    assert len(others | {number("s", MONTH, "YF1")}) == 5
    assert number("s", MONTH, "YF1") == pytest.approx(0.4020724, abs=1e-6)  # so that it never changes


def test_numbers_are_spread_evenly_and_never_reach_the_ends() -> None:
    found = np.array([number("s", MONTH, str(n)) for n in range(4000)])
    assert 0 < found.min() < found.max() < 1
    assert np.abs(np.histogram(found, bins=10, range=(0, 1))[0] - 400).max() < 80
    blind = np.array([is_blind("s", MONTH, str(n), 20) for n in range(4000)])
    assert abs(blind.mean() - 0.2) < 0.02
    assert abs(np.corrcoef(found, blind)[0, 1]) < 0.05  # being blind has nothing to do with being drawn
    assert not any(is_blind("s", MONTH, str(n), 0) for n in range(50))
    assert all(is_blind("s", MONTH, str(n), 100) for n in range(50))


@pytest.mark.parametrize(
    ("calls", "minimum", "percent", "wanted"),
    [(100, 4, 5, 5), (101, 4, 5, 6), (40, 4, 5, 4), (3, 4, 5, 3), (1, 0, 0, 1), (60, 0, 5, 3), (7, 0, 100, 7)],
)  # fmt: skip
def test_a_stratum_gives_its_share_or_the_minimum_but_never_more_than_it_has(
    calls: int, minimum: int, percent: float, wanted: int
) -> None:
    assert wanted_calls(calls, minimum, percent) == wanted


@given(st.lists(WEIGHTS, min_size=1, max_size=30), st.integers(1, 35), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_draw_takes_the_smallest_ranks_in_whatever_order_the_rows_come(
    weights: list[float], wanted: int, shuffle: object
) -> None:
    frame = frame_of("s", weights)
    first = drawn_from(frame, wanted)
    shuffled = list(frame)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    assert drawn_from(shuffled, wanted) == first
    taken = min(wanted, len(frame))
    assert first.drawn == {c.call_id for c in sorted(frame, key=lambda c: c.number / c.weight)[:taken]}
    assert all(0 < p <= 1 for p in first.probabilities.values())
    assert sum(first.probabilities.values()) == pytest.approx(taken)
    threshold = first.waves[0].threshold
    ranks = {c.call_id: c.rank for c in frame}
    if wanted >= len(frame):
        assert threshold is None
        assert set(first.probabilities.values()) == {1.0}
    else:
        assert threshold is not None
        assert {c for c, rank in ranks.items() if rank < threshold} == first.drawn
        assert max(first.probabilities.values()) < 1


@given(st.lists(WEIGHTS, min_size=2, max_size=25), st.integers(1, 10), st.integers(1, 10), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_top_up_only_adds_and_draws_what_a_larger_draw_would_have_drawn_at_once(
    weights: list[float], few: int, more: int, seed: int
) -> None:
    frame = frame_of(str(seed), weights)
    first = drawn_from(frame, few)
    second = drawn_from(frame, few + more, before=first.waves, more=True)
    at_once = drawn_from(frame, few + more)
    assert first.drawn <= second.drawn == at_once.drawn
    assert second.probabilities == at_once.probabilities
    assert all(second.probabilities[c] >= p - 1e-12 for c, p in first.probabilities.items())


@given(
    st.lists(WEIGHTS, min_size=1, max_size=20), st.lists(WEIGHTS, min_size=1, max_size=20), st.integers(1, 12)
)
@settings(max_examples=60, deadline=None)
def test_calls_that_come_late_have_a_chance_and_change_nothing_of_before(
    early: list[float], late: list[float], wanted: int
) -> None:
    frame = frame_of("s", early)
    first = drawn_from(frame, wanted)
    whole = [*frame, *frame_of("s", late, first=len(early), wave=2)]
    second = drawn_from(whole, wanted, before=first.waves)
    assert second.waves[0] == first.waves[0]
    assert set(second.probabilities) == {c.call_id for c in whole if c.wave == 2}
    assert all(0 < p <= 1 for p in second.probabilities.values())
    missing = max(0, min(wanted, len(whole)) - len(first.drawn))
    assert len(second.drawn) >= min(missing, len(late))
    assert sum(second.probabilities.values()) == pytest.approx(second.waves[1].wanted)


def test_a_few_late_calls_cost_only_their_share_of_a_review() -> None:
    """Four of forty were drawn; one call a night comes late. Thirty nights must not mean thirty more reviews."""
    waves = drawn_from(frame_of("s", [1.0] * 40), 4).waves
    frame = frame_of("s", [1.0] * 40)
    for night in range(2, 32):
        frame += frame_of("s", [1.0], first=38 + night, wave=night)
        waves = drawn_from(frame, 4, before=waves).waves
    assert sum(wave.taken for wave in waves if wave.wave > 1) <= 6
    assert 1.5 < sum(wave.wanted for wave in waves if wave.wave > 1) < 3
    raised = drawn_from(frame, 8, before=waves, more=True).waves
    assert all(after.taken >= before.taken for before, after in zip(waves, raised, strict=True))


def test_strata_are_drawn_each_for_itself() -> None:
    one, two = frame_of("s", [1.0] * 9), frame_of("s", [1.0] * 30, stratum="K2")
    both = drawn_from([*one, *two], 3)
    assert both.drawn == drawn_from(one, 3).drawn | drawn_from(two, 3).drawn
    with pytest.raises(KeyError):
        draw(one, {}, seed="s", month=MONTH)


def test_a_wave_is_kept_as_a_record() -> None:
    wave = drawn_from(frame_of("s", [1.0, 2.5, 4.0]), 2).waves[0]
    assert Taken.from_record({**wave.as_record(), "agent": "K1"}) == wave


# -- the probabilities ---------------------------------------------------------------------------------


def test_small_cases_agree_with_what_can_be_worked_out_by_hand() -> None:
    assert probabilities([1, 4], 1) == pytest.approx([1 / 8, 7 / 8])  # P(u1 < u2 / 4) = 1/8
    assert probabilities([1, 1, 1, 1], 1) == [0.25] * 4
    assert probabilities([1, 2], 2) == [1, 1]
    assert probabilities([1, 1], 0.3) == [0.15, 0.15]
    assert probabilities([1, 4], 1.5) == pytest.approx([(1 / 8 + 1) / 2, (7 / 8 + 1) / 2])
    for order in permutations([1.0, 2.0, 4.0]):
        assert dict(zip(order, probabilities(order, 2), strict=True))[4.0] == pytest.approx(
            dict(zip([1.0, 2.0, 4.0], probabilities([1, 2, 4], 2), strict=True))[4.0]
        )
    for weights, wanted in (([0.0, 1.0], 1.0), ([1.0], 0.0)):
        with pytest.raises(ValueError, match=r"above 0|wanted"):
            probabilities(weights, wanted)


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ([1.0] * 40 + [4.0] * 8 + [2.5] * 2, 4),
        ([1.0] * 3 + [4.0] * 4, 5),
        ([1.0] * 5 + [4.0] * 45, 48),
        ([1.0, 1.0, 1.5, 2.0, 3.0, 4.0], 1),
    ],
)
def test_calls_are_drawn_as_often_as_their_probability_says(weights: list[float], wanted: int) -> None:
    draws = 40_000
    ranks = np.random.default_rng(7).random((draws, len(weights))) / np.array(weights)
    often = (ranks <= np.partition(ranks, wanted - 1, axis=1)[:, [wanted - 1]]).mean(axis=0)
    said = np.array(probabilities(weights, wanted))
    assert said.sum() == pytest.approx(wanted)
    assert np.abs(often - said).max() < 4.2 * np.sqrt(0.25 / draws)


def test_a_long_stratum_is_no_trouble() -> None:
    said = probabilities([1.0] * 1800 + [2.0] * 150 + [4.0] * 50, 100)
    assert sum(said) == pytest.approx(100)
    assert said[-1] / said[0] == pytest.approx(
        4, rel=0.1
    )  # far from full, nearly in proportion to the weights


def test_the_rounding_of_part_of_a_call_is_fair() -> None:
    frame = frame_of("s", [1.0] * 10)
    taken = [drawn_from([*frame, FrameCall("late", "K1", 0.5, 1.0, 2)], 4, seed=str(n), before=(Taken("K1", 1, 10, 4, 4, 0.4),)).waves[1].taken for n in range(600)]  # fmt: skip
    assert set(taken) == {0, 1}
    assert np.mean(taken) == pytest.approx(4 / 11, abs=0.08)


def test_nothing_here_depends_on_the_hash_of_the_process() -> None:
    assert sampling.draw(frame_of("s", [1.0] * 6), {"K1": 2}, seed="s", month=MONTH).drawn == {"K1-2", "K1-4"}
