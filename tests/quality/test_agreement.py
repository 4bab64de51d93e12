"""Agreement equals the published worked examples and a brute-force count over all pairs; and says when it knows nothing."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.agreement import Level, alpha, fleiss_kappa, interval, measure

# Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C: four observers, twelve units, answers missing.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
KRIPPENDORFF = [[a for a in unit if a is not None] for unit in zip(*OBSERVERS, strict=True)]

# Fleiss, Measuring nominal scale agreement among many raters (1971), table 1: thirty patients, six psychiatrists; how many
# diagnosed depression, personality disorder, schizophrenia, neurosis, other.
DIAGNOSES = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031"
    " 00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
FLEISS = [
    [code for code, n in enumerate(patient) for _ in range(int(n))] for patient in DIAGNOSES.split()
]  # fmt: skip


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_the_published_one(level: Level, published: float) -> None:
    assert alpha(KRIPPENDORFF, level) == pytest.approx(published, abs=0.0005)


def test_kappa_is_the_published_one() -> None:
    assert len(FLEISS) == 30 and {len(patient) for patient in FLEISS} == {6}
    assert fleiss_kappa(FLEISS) == pytest.approx(0.430, abs=0.0005)
    shares = measure(FLEISS, "nominal").prevalence
    assert [round(shares[code], 3) for code in range(5)] == [0.144, 0.144, 0.167, 0.306, 0.239]


def by_brute_force(units: list[list[int]], level: Level) -> float | None:
    """Alpha by its definition: every ordered pair of answers, within calls and over all of them."""
    units = [unit for unit in units if len(unit) > 1]
    everything = [answer for unit in units for answer in unit]

    def apart(a: int, b: int) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = sum(low <= one <= high for one in everything)
        ends = (everything.count(low) + everything.count(high)) / 2
        return (between - ends) ** 2

    n = len(everything)
    expected = sum(apart(a, b) for a, b in permutations(everything, 2))
    if not expected:
        return None
    observed = sum(sum(apart(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    return float(1 - (observed / n) / (expected / (n * (n - 1))))


UNITS = st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=7)


@settings(max_examples=100, deadline=None)
@given(UNITS, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_is_what_all_pairs_say(units: list[list[int]], level: Level) -> None:
    expected = by_brute_force(units, level)
    found = alpha(units, level)
    assert (found is None) == (expected is None)
    if found is not None:
        assert found == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(UNITS)
def test_pairs_and_shares_are_counted_as_people_would(units: list[list[int]]) -> None:
    found = measure(units, "nominal")
    said = [unit for unit in units if len(unit) > 1]
    pairs = [(a, b) for unit in said for i, a in enumerate(unit) for b in unit[i + 1 :]]
    assert (found.pairs, found.agreeing_pairs) == (len(pairs), sum(a == b for a, b in pairs))
    assert (found.units, found.answers) == (len(said), sum(map(len, said)))
    assert sum(found.prevalence.values()) == pytest.approx(1.0 if said else 0.0)


def test_nobody_to_compare_with_is_no_agreement() -> None:
    for units in ([], [[1], [2], []]):
        found = measure(units, "nominal")
        assert (found.raw, found.alpha, found.kappa, found.low) == (None, None, None, None)


def test_where_all_always_answer_the_same_there_is_nothing_to_correct() -> None:
    found = measure([[1, 1, 1]] * 8, "nominal")
    assert found.raw == 1 and found.alpha is None and found.kappa is None


def test_nearly_always_yes_gives_high_agreement_and_a_low_coefficient() -> None:
    """Feinstein and Cicchetti's paradox: 38 of 40 pairs agree, and the coefficient is below nothing."""
    found = measure([[1, 1]] * 38 + [[1, 0], [0, 1]], "nominal")
    assert found.raw == 0.95 and found.most_frequent == 0.975
    assert found.alpha is not None and found.alpha < 0


def test_an_interval_needs_calls_that_differ() -> None:
    mixed = [[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1], [1, 0, 0]]
    found = measure(mixed, "nominal")
    assert found.low is not None and found.alpha is not None and found.high is not None
    assert found.low < found.alpha < found.high
    one_sided = measure([[1, 1, 1]] * 20 + [[1, 1, 0]] * 4, "nominal")
    assert one_sided.alpha is not None and one_sided.low is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Four people who are right 85 times in a hundred about calls of which half are good, 200 rounds of twenty calls."""
    dice = Random(7)

    def judged(calls: int) -> list[list[int]]:
        truths = [dice.random() < 0.5 for _ in range(calls)]
        return [[int(truth == (dice.random() < 0.85)) for _ in range(4)] for truth in truths]

    truth = alpha(judged(20_000), "nominal")
    assert truth is not None
    intervals = [interval(judged(20), lambda units: alpha(units, "nominal")) for _ in range(200)]
    held = [low <= truth <= high for low, high in intervals if low is not None and high is not None]
    assert len(held) > 190 and 0.90 <= sum(held) / len(held) <= 0.99


def test_an_unequal_number_of_answers_weighs_each_call_the_same() -> None:
    twice = [[0, 0], [1, 1, 1, 1], [0, 1]]
    assert fleiss_kappa(twice) == pytest.approx((2 / 3 - (9 + 25) / 64) / (1 - (9 + 25) / 64))
