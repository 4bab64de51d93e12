"""The charts of the roster: what stands in a cell, the lanes of a post, and the sentences under them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard.charts_coverage import coverage_strip, state_of
from dashboard.charts_roster import STATES, week_chart
from dashboard.i18n import using
from regulations.coverage import Interval
from tests.dashboard.test_charts import data_of

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with using("en"):
        yield


def at(hour: float) -> datetime:
    return datetime(2026, 11, 16, tzinfo=ZONE) + timedelta(hours=hour)


def stretch(start: float, end: float, required: int, expected: int, rostered: int | None = None) -> Interval:
    return Interval(
        "前台", at(start), at(end), required, expected if rostered is None else rostered, expected, expected
    )


@pytest.mark.parametrize(
    ("required", "rostered", "expected", "state"),
    [
        (1, 0, 0, "empty"), (0, 1, 0, "empty"), (2, 2, 1, "short"), (2, 2, 2, "enough"), (0, 1, 1, "unset"), (1, 3, 2, "enough"),
    ],
)  # fmt: skip
def test_a_stretch_is_empty_short_enough_or_unset(
    required: int, rostered: int, expected: int, state: str
) -> None:
    assert state_of(stretch(9, 18, required, expected, rostered)) == state


def test_a_gap_is_never_told_by_colour_alone_however_short_it_is() -> None:
    day = [stretch(9, 9.1, 2, 1), stretch(9.1, 9.6, 1, 0), stretch(9.6, 10.6, 2, 1), stretch(10.6, 11, 2, 2)]
    chart, _said = coverage_strip([("Monday", day)], ZONE)
    assert [(row["label"], row["is_worded"]) for row in data_of(chart, "label")] == [
        ("!", True),
        ("▲", True),
        ("!1/2", True),
        ("✓2/2", False),  # what is well needs no words
    ]


def test_every_stretch_is_a_bar_with_its_count_and_a_sign() -> None:
    chart, _said = coverage_strip([("Monday", [stretch(9, 18, 2, 2), stretch(18, 24, 2, 1)])], ZONE)
    rows = data_of(chart, "label")
    assert [(row["start"], row["end"], row["label"]) for row in rows] == [(9, 18, "✓2/2"), (18, 24, "!1/2")]
    assert [row["state"] for row in rows] == ["Enough", "Too few"]


@pytest.mark.parametrize(
    ("stretches", "said"),
    [
        ([], "Nobody is rostered in this week."),
        ([stretch(9, 18, 1, 1)], "Every stretch of the week has the people it needs."),
        ([stretch(9, 18, 0, 1)], "Nobody has said how many people are needed"),
        ([stretch(9, 18, 2, 1)], "On Monday 09:00–18:00 1 of 2 people are missing. It is the only one, 9 person-hours missing."),
        (
            [stretch(9, 18, 3, 1), stretch(18, 24, 1, 0)],
            "Nobody is there on Monday 18:00–24:00, 1 needed. 2 stretches in all, 24 person-hours missing.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_tells_the_worst_stretch(stretches: list[Interval], said: str) -> None:
    assert said in coverage_strip([("Monday · today", stretches)], ZONE)[1]


def cells(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"who": who, "label": f"P{who}", "team": "T", "day": MONDAY.isoformat(), "state": state, "words": words, "marks": marks}
            for who, state, words, marks in rows
        ]
    )  # fmt: skip


def test_a_cell_has_one_mark_in_full_and_of_several_the_clauses() -> None:
    frame = cells(
        ("1", "wrong", "09:00–18:00\nDay", "▲No rest day A1.5"),
        ("2", "wrong", "09:00–18:00\nDay", "▲No rest day A1.5\n▲Back to back A3.3\n‖On leave"),
        ("3", "rest", "Rest day", ""),
    )
    days = [(MONDAY.isoformat(), ["Monday", "11-16"])]
    chart, said = week_chart(frame, ["P1", "P2", "P3"], days)
    assert [row["short_marks"] for row in data_of(chart, "short_marks")] == [
        "▲No rest day A1.5",
        "▲A1.5 ▲A3.3 ‖",
        "",
    ]
    assert said == "On 2 of 2 person-days a rule is broken; most at P1 (1). Approved leave falls on 1."


def test_a_week_without_conflicts_says_so() -> None:
    days = [(MONDAY.isoformat(), ["Monday"])]
    said = week_chart(cells(("1", "work", "09:00–18:00", "")), ["P1"], days)[1]
    assert said == "1 person-days on the roster, no rule is broken on any of them."


def test_every_state_has_its_own_name_and_colour() -> None:
    chart, _said = week_chart(cells(("1", "work", "x", "")), ["P1"], [(MONDAY.isoformat(), ["Monday"])])
    scale = chart.to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert len(set(scale["domain"])) == len(set(scale["range"])) == len(STATES)
