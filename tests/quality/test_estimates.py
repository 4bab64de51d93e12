"""Thousands of samples from a department that is wholly known: estimates are unbiased, intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from quality.estimates import (
    Blind,
    Heard,
    combined_score,
    human_score,
    is_comparable,
    precision,
    recall,
    share,
)
from regulations.rulebook import load_rulebook
from tests.quality.populations import (
    Stratum,
    Tally,
    blind,
    department,
    heard,
    in_two_waves,
    samples_of,
)

DRAWS = 500


def whole(strata: list[Stratum], what: str) -> np.ndarray:
    return np.concatenate([getattr(one, what) for one in strata])


def simulate(strata: list[Stratum], draws: int = DRAWS, seed: int = 1, reviewed: float = 1.0) -> dict[str, Tally]:  # fmt: skip
    """Every estimate of every sample, held against the whole."""
    human, machine = whole(strata, "human"), whole(strata, "machine")
    dice = np.random.default_rng(seed + 1)
    answer = {
        "human": Tally(human.mean()),
        "combined": Tally(human.mean()),
        "pass": Tally(100 * (human >= 90).mean()),
        "not nothing": Tally(100 * (human >= 1).mean()),
    }
    size, mean = len(human), float(machine.mean())
    for sample in samples_of(strata, draws, seed):
        calls = heard(sample, iter(lambda: dice.random() < reviewed, None) if reviewed < 1 else None)
        answer["human"].add(human_score(calls, size))
        answer["combined"].add(combined_score(calls, mean, size))
        answer["pass"].add(share(calls, size, 90))
        answer["not nothing"].add(share(calls, size, 1))
    return answer


def near(tally: Tally, least: float = 0.93, most: float = 0.985) -> None:
    """Unbiased within what the simulation can tell, and the interval holds the truth about 95 times in 100."""
    assert tally.surprise < 4 or abs(tally.bias) < 0.1, tally.bias
    assert least <= tally.coverage <= most, tally.coverage


@pytest.fixture(scope="module")
def ordinary() -> dict[str, Tally]:
    return simulate(department(0))


@pytest.mark.parametrize("what", ["human", "combined", "pass"])
def test_estimates_are_unbiased_and_intervals_hold_what_they_promise(
    ordinary: dict[str, Tally], what: str
) -> None:
    near(ordinary[what])


def test_a_share_near_1_is_held_too_rather_too_often_than_too_seldom(ordinary: dict[str, Tally]) -> None:
    near(ordinary["not nothing"], most=1.0)


def test_the_combined_estimate_is_narrower_than_peoples_sample_alone(ordinary: dict[str, Tally]) -> None:
    assert np.mean(ordinary["combined"].widths) < 0.85 * np.mean(ordinary["human"].widths)
    assert np.std(ordinary["combined"].values) < 0.8 * np.std(ordinary["human"].values)


def test_calls_that_came_after_the_first_draw_make_nothing_untrue() -> None:
    found = simulate(in_two_waves(department(2)), draws=350)
    near(found["human"])
    near(found["combined"])
    near(found["pass"])


def test_one_agents_few_calls_are_estimated_without_bias_and_with_wide_intervals() -> None:
    found = simulate(department(7, strata=2, sizes=(60, 30)), draws=800)
    for tally in found.values():
        near(tally, most=1.0)
    assert np.mean(found["pass"].widths) > 25  # eight calls say little, and say so


def test_while_some_wait_for_review_the_others_of_their_kind_stand_for_them() -> None:
    found = simulate(department(8), draws=250, reviewed=0.7)
    near(found["human"], most=1.0)
    near(found["combined"], most=1.0)


def test_recall_from_blind_reviews_is_unbiased_and_its_interval_holds() -> None:
    strata = department(3, minimum=8)
    truth = 100 * whole(strata, "found").sum() / whole(strata, "offences").sum()
    tally, dice = Tally(truth), np.random.default_rng(5)
    for sample in samples_of(strata, 800, 4):
        tally.add(recall(blind(sample, 0.5, dice)))
    near(tally)


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.97])
def test_an_agents_share_for_comparing_holds_however_near_the_ends_it_lies(rate: float) -> None:
    dice = np.random.default_rng(6)
    tally = Tally(100 * rate)
    for _ in range(
        800
    ):  # the calls themselves are a sample of how the person works, and twelve of them were heard
        passes = dice.random(12) < rate
        calls = [Heard("K1", 12 / 40, 100.0 if passed else 0.0) for passed in passes]
        tally.add(share(calls, 40, 80, beyond_the_month=True))
    near(tally, least=0.92, most=1.0)


# -- what one sample says ------------------------------------------------------------------------------


def calls(*scores: float | None, probability: float = 0.25, machine: float | None = 100.0) -> list[Heard]:
    return [Heard("K1", probability, score, machine) for score in scores]


@pytest.mark.parametrize("n", [1, 2, 5, 50])
def test_a_sample_without_any_fault_never_claims_to_be_certain(n: int) -> None:
    perfect = calls(*[100.0] * n)
    for found in (
        human_score(perfect, 4 * n),
        combined_score(perfect, 100, 4 * n),
        share(perfect, 4 * n, 80),
    ):
        assert found.value == found.high == 100
        assert found.low is not None
        assert 100 * (1 - 7 / n) <= found.low <= 100 * n / (n + 1)


def test_what_was_heard_to_the_last_call_is_known_but_says_little_of_the_person() -> None:
    every = calls(100.0, 60.0, 100.0, 100.0, probability=1.0)
    for found in (human_score(every, 4), combined_score(every, 100, 4)):
        assert (found.low, found.value, found.high) == (90, 90, 90)
    person = share(every, 4, 80, beyond_the_month=True)
    assert person.value == 75
    assert person.low is not None and person.high is not None
    assert person.low < 35 and person.high > 94


def test_equal_probabilities_give_the_plain_mean_and_unequal_ones_the_weighted() -> None:
    assert human_score(calls(90.0, 70.0), 8).value == pytest.approx(80)
    unequal = [Heard("K1", 0.1, 100.0), Heard("K1", 0.4, 50.0, is_raised=True)]
    assert human_score(unequal, 12).value == pytest.approx((10 * 100 + 2.5 * 50) / 12.5)


def test_the_machines_mean_is_put_right_by_the_differences_heard() -> None:
    drawn = [Heard("K1", 0.5, 80.0, 90.0), Heard("K1", 0.5, 100.0, 100.0)]
    found = combined_score(drawn, 97, 4)
    assert found.value == pytest.approx(92)
    assert [step.en for step in found.steps][:3] == [
        "4 calls, 2 drawn, 2 reviewed",
        "machine's mean over all calls: 97.0 points",
        "people against the machine: -5.0 points (0.0 up, 5.0 down)",
    ]
    assert combined_score([Heard("K1", 0.5, 80.0)], 97, 4).value is None


def test_people_can_only_go_up_where_the_machine_took_something_off() -> None:
    untouched = [Heard("K1", 0.1, 100.0, 100.0) for _ in range(30)]
    known_of_none = combined_score(untouched, 92, 300)
    assert (known_of_none.value, known_of_none.high) == (92, 100)  # nobody checked what the machine took off
    checked = [*untouched, *(Heard("K1", 0.1, 80.0, 80.0) for _ in range(20))]
    found = combined_score(checked, 92, 500)
    assert found.high is not None and 92 < found.high < 93.5  # it was right twenty times of twenty


def test_the_unreviewed_are_stood_for_by_those_of_their_kind() -> None:
    drawn = [
        Heard("K1", 0.5, 60.0, is_raised=True),
        Heard("K1", 0.5, None, is_raised=True),
        Heard("K1", 0.5, 100.0),
        Heard("K1", 0.5, 100.0),
    ]
    assert human_score(drawn, 8).value == pytest.approx(80)  # not (60 + 100 + 100) / 3
    only = [Heard("K1", 0.5, 60.0, is_raised=True), Heard("K1", 0.5, None)]
    assert human_score(only, 4).value == 60  # nobody of the other kind was heard
    assert "not yet reviewed" in human_score(drawn, 8).steps[1].en


def test_nothing_heard_is_no_figure() -> None:
    for found in (
        human_score([], 9),
        human_score(calls(None, None), 9),
        combined_score([], 90, 9),
        share([], 9, 80),
        precision(0, 0),
        recall([]),
        recall([Blind("K1", 0.1, 0, 0)]),
    ):
        assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)
        assert found.steps


def test_precision_and_recall_count_findings() -> None:
    found = precision(8, 2)
    assert (found.value, found.n) == (80, 10)
    assert (found.low, found.high) == pytest.approx((49.02, 94.33), abs=0.01)
    heard_blind = [Blind("K1", 0.1, 1, 0), Blind("K1", 0.1, 1, 2), Blind("K1", 0.2, 0, 0)]
    some = recall(heard_blind)
    assert (some.value, some.n) == (pytest.approx(50), 4)
    assert some.low is not None and some.low < 20
    assert recall([Blind("K1", 0.1, 0, 1), Blind("K2", 0.4, 1, 0)]).value == pytest.approx(20)


def test_nobody_is_compared_on_five_calls() -> None:
    book = load_rulebook(["base"])
    assert [is_comparable(n, book) for n in (None, 0, 5, 9, 10, 60)] == [False] * 4 + [True] * 2
