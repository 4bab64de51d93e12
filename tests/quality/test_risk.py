"""The weight of a call: never nothing, never certainty, more for what would cost more and is likelier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.risk import Flag, expected_points, weight, weight_by_rulebook
from regulations.rulebook import load_rulebook

FLAGS = st.lists(st.builds(Flag, st.floats(0, 100), st.floats(0, 1), st.booleans()), max_size=6)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], 1.0),
        ([Flag(5)], 2.0),  # a quarter of what fails a call
        ([Flag(20)], 4.0),
        ([Flag(20, 0.5)], 2.5),
        ([Flag(90)], 4.0),
        ([Flag(5, 1.0, is_critical=True)], 4.0),
        ([Flag(5, 0.05, is_critical=True)], 2.0),
        ([Flag(0)], 1.0),
    ],
)
def test_the_weight_rises_with_the_points_expected(flags: list[Flag], expected: float) -> None:
    assert weight(flags, 4, 20) == expected
    assert weight_by_rulebook(flags, load_rulebook(["base"]), 4) == expected


@given(FLAGS, FLAGS, st.floats(1, 10))
def test_the_weight_is_bounded_and_more_findings_never_make_it_less(few: list[Flag], more: list[Flag], highest: float) -> None:  # fmt: skip
    assert 1 <= weight(few, highest, 20) <= weight([*few, *more], highest, 20) <= highest
    assert 0 <= expected_points(few) <= 100
    assert weight([*few, *more], 1, 20) == 1  # no preference at all


def test_a_weight_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        weight([], 0.5, 20)
