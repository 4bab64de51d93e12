"""The lines of a share by month and team, and the sentence under them."""

from __future__ import annotations

import pandas as pd

from dashboard.i18n import using
from dashboard.search_reads import TREND_COLUMNS
from dashboard.search_trend import team_lines

COUNTED = "{month}: {n} of {d} ({share})."


def frame(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """Months, teams, how many of how many."""
    return pd.DataFrame(
        [(m, t, t, n, d, 100 * n / d if d else None) for m, t, n, d in rows], columns=list(TREND_COLUMNS)
    )


def said(data: pd.DataFrame, running: str = "2026-11", target: float | None = None) -> str:
    with using("en"):
        return team_lines(data, running, COUNTED, target)[1]


def test_the_sentence_is_of_all_teams_together_and_names_the_extremes() -> None:
    data = frame(("2026-09", "A", 10, 100), ("2026-10", "A", 30, 100), ("2026-10", "B", 5, 50))
    assert said(data) == (
        "2026-10: 35 of 150 (23.3%). 13.3 percentage points more than the month before."
        " Highest A with 30%, lowest B with 10%."
    )


def test_few_cases_rank_nobody_and_are_said_to_be_few() -> None:
    data = frame(("2026-10", "A", 30, 100), ("2026-10", "B", 1, 1))
    assert said(data) == "2026-10: 31 of 101 (30.7%). Hollow points rest on fewer than 20."


def test_a_month_that_runs_and_a_target_are_named() -> None:
    data = frame(("2026-10", "A", 90, 100), ("2026-11", "A", 90, 100))
    assert said(data, target=95.0) == (
        "2026-11: 90 of 100 (90%). As in the month before. The month is not over."
        " The dashed line is the target, 95%. The axis begins at 50%."
    )
    falling = frame(("2026-10", "A", 90, 100), ("2026-11", "A", 80, 100))
    assert "10 percentage points less than the month before." in said(falling)


def test_without_a_month_that_can_be_divided_there_is_nothing_to_compare() -> None:
    assert said(frame()) == "There is nothing to compare yet."
    assert said(frame(("2026-10", "A", 0, 0))) == "There is nothing to compare yet."


def test_each_team_has_a_colour_and_a_shape_of_its_own() -> None:
    data = frame(*(("2026-10", f"team {n}", n, 100) for n in range(6)))
    chart, _sentence = team_lines(data, "", COUNTED)
    points = chart.to_dict()["layer"][1]["encoding"]
    for channel in ("color", "shape"):
        assert len(set(points[channel]["scale"]["range"])) == 6
