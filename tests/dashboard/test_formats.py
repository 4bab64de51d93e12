"""Durations, instants, percentages and amounts as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.formats import (
    NOTHING,
    fmt_count,
    fmt_date,
    fmt_duration,
    fmt_instant,
    fmt_month,
    fmt_percent,
    fmt_quantity,
    fmt_rate,
    fmt_time,
    fmt_time_left,
    plain,
)
from dashboard.i18n import using

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with using("en"):
        yield


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (-7200, "2 h"),
        (None, NOTHING),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert fmt_duration(seconds) == text


def test_durations_are_chinese_too() -> None:
    with using("zh"):
        assert fmt_duration(3660) == "1 小时 1 分"
        assert fmt_duration(90_000) == "1 天 1 小时"


def test_the_deadlines_own_second_is_still_in_time() -> None:
    due = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert fmt_time_left(due, due) == "0 s left"
    assert fmt_time_left(due, due + timedelta(seconds=1)) == "1 s over"
    assert fmt_time_left(due, due - timedelta(minutes=5)) == "5 min left"


def test_an_instant_is_local() -> None:
    at = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    assert fmt_instant(at, SHANGHAI) == "2026-11-22 00:05"
    assert fmt_time(at, SHANGHAI) == "00:05"
    assert fmt_instant(None) == fmt_time(None) == fmt_date(None) == NOTHING
    assert fmt_date(date(2026, 1, 2)) == "2026-01-02"


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (184, 201, "91.5%"),
        (1, 1, "100%"),
        (0, 5, "0%"),
        (5, 0, NOTHING),
        (None, 3, NOTHING),
        (1, None, NOTHING),
    ],
)
def test_a_share_of_nothing_is_nothing(numerator: float, denominator: float, text: str) -> None:
    assert fmt_percent(numerator, denominator) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (2.5, "2.5"),
        (100.0, "100"),
        (Decimal("0.10"), "0.1"),
        (None, NOTHING),
        (-3, "-3"),
    ],
)
def test_counts_have_separators_and_no_needless_decimals(number: float | None, text: str) -> None:
    assert fmt_count(number) == text


def test_rates_do_not_round_up_to_perfect_without_decimals() -> None:
    assert fmt_rate(99.96) == "100%"
    assert fmt_rate(99.94) == "99.9%"
    assert fmt_rate(None) == NOTHING


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (95.5, "percent", "95.5%"),
        (3, "count", "3"),
        (1.5, "points", "1.5 points"),
        (None, "percent", NOTHING),
    ],
)
def test_a_quantity_carries_its_unit(value: float | None, unit: str, text: str) -> None:
    assert fmt_quantity(value, unit) == text


def test_a_month_is_written_as_people_do() -> None:
    assert fmt_month("2026-03") == "2026-03"
    assert fmt_month("whenever") == "whenever"
    with using("zh"):
        assert fmt_month("2026-03") == "2026 年 3 月"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "**b** _i_ `c`",
        "$\\frac{1}{2}$",
        ":red[x]",
        "# h",
        "~~s~~",
    ],
)
def test_markdown_leaves_plain_text_alone(hostile: str) -> None:
    shown = plain(hostile)
    for position, character in enumerate(shown):
        if character in "<[]()*_`$:#~{":
            assert shown[position - 1] == "\\"


@given(st.text())
def test_plain_text_says_what_it_said(text: str) -> None:
    import re

    assert re.sub(r"\\([\\`*_{}\[\]()<>#+\-!|~:$.^=])", r"\1", plain(text)) == text.replace("\n", " ")
