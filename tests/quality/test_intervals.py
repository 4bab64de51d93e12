"""Intervals of one share: Wilson's, and what an effective number of calls makes of it."""

from __future__ import annotations

from math import inf

import pytest

from quality.intervals import Mean, interval, interval_of_difference, t_quantile, wilson


@pytest.mark.parametrize(
    ("hits", "of", "expected"),
    [
        (97, 100, (0.9155, 0.9897)),
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (1, 2, (0.0945, 0.9055)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilsons_interval_of_whole_numbers(hits: int, of: int, expected: tuple[float, float]) -> None:
    assert wilson(hits, of) == pytest.approx(expected, abs=1e-4)


def test_few_degrees_of_freedom_widen_it() -> None:
    assert t_quantile(inf) == pytest.approx(1.95996, abs=1e-5)
    assert t_quantile(3) == pytest.approx(3.18245, abs=1e-5)
    few, many = Mean(0.9, 0.001, 3, 90, 90), Mean(0.9, 0.001, inf, 90, 90)
    assert interval(few)[0] < interval(many)[0] < 0.9 < interval(many)[1] < interval(few)[1]


def test_with_the_variance_of_a_share_it_is_wilsons_own() -> None:
    assert interval(Mean(0.9, 0.9 * 0.1 / 50, inf, 50, 50, is_share=True)) == pytest.approx(wilson(45, 50))


def test_a_share_is_never_worth_more_than_its_calls_and_a_score_may_be() -> None:
    steady = 0.9 * 0.1 / 5000
    assert interval(Mean(0.9, steady, inf, 50, 50, is_share=True)) == pytest.approx(wilson(45, 50))
    low, high = interval(Mean(0.9, steady, inf, 50, 50))
    assert high - low == pytest.approx(4 * steady**0.5, rel=0.05)


def test_without_any_spread_it_is_wilsons_for_what_the_calls_are_worth() -> None:
    assert interval(Mean(1.0, 0.0, 9, 20, 10)) == pytest.approx(wilson(10, 10))
    assert interval(Mean(0.0, 0.0, 9, 20, 10)) == pytest.approx(wilson(0, 10))
    assert interval(Mean(0.0, 0.0, 9, 20, 10, most=0.1)) == pytest.approx((0, 0.1 * wilson(0, 10)[1]))
    assert interval(Mean(1.0, 0.0, 9, inf, inf)) == (1.0, 1.0)


def test_a_call_of_the_worst_kind_may_have_been_missed_on_one_side_only() -> None:
    plain = Mean(0.95, 0.0004, inf, 100, 100)
    wary = Mean(0.95, 0.0004, inf, 100, 100, surprise_down=0.95)
    assert interval(wary)[1] == interval(plain)[1]
    assert interval(plain)[0] - 0.0143 < interval(wary)[0] < interval(plain)[0]


def test_a_difference_leans_as_its_parts_do() -> None:
    none, some = Mean(0.0, 0.0, inf, 100, 100), Mean(0.05, 0.0002, inf, 100, 100)
    low, high = interval_of_difference(none, some, 0.0)
    assert low < -0.05 < high < 0.01
    assert -0.05 - low > 0.02
    same = Mean(0.05, 0.0002, inf, 100, 100)
    wide, narrow = interval_of_difference(some, same, -0.0002), interval_of_difference(some, same, 0.0002)
    assert wide[1] - wide[0] > narrow[1] - narrow[0]  # parts that move together take each other away
