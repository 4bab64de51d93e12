"""The charts, tested on the data in them and on the sentences they say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from dashboard import charts, charts_counts, charts_spread, charts_time
from dashboard.i18n import using


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with using("en"):
        yield


def data_of(chart: charts.Chart, column: str) -> list[dict[str, Any]]:
    """The rows of the first data set of a chart that has the column."""
    for rows in chart.to_dict()["datasets"].values():
        if rows and column in rows[0]:
            return list(rows)
    raise AssertionError(f"no data set with {column}")


def marks(chart: charts.Chart) -> list[str]:
    return [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]


def months(*values: float | None) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"month": f"2026-{i:02d}", "numerator": 0 if v is None else v, "denominator": 100, "value": v}
            for i, v in enumerate(values, start=1)
        ]
    )


def test_a_trend_says_the_last_month_its_change_and_the_target() -> None:
    chart, sentence = charts.rate_trend(months(90.0, 96.0, 94.5), 95.0)
    assert sentence == (
        "2026-03: 94.5%. 1.5 lower than the month before. Target 95% reached in 1 of 3 months. The axis begins at 50%."
    )
    assert "rule" in marks(chart) and "text" in marks(chart) and "point" in marks(chart)


def test_a_trend_without_a_target_has_no_line_for_it() -> None:
    chart, sentence = charts.rate_trend(months(90.0, 90.0))
    assert sentence == "2026-02: 90%. As in the month before. The axis begins at 50%."
    assert "rule" not in marks(chart)


def test_months_without_a_denominator_are_left_out() -> None:
    chart, _sentence = charts.rate_trend(months(90.0, None, 92.0))
    assert [row["month"] for row in data_of(chart, "named")] == ["2026-01", "2026-03"]


@pytest.mark.parametrize(("lowest", "floor"), [(99.0, 50), (52.0, 50), (51.9, 0), (50.0, 0), (0.0, 0)])
def test_the_axis_of_a_rate_has_one_of_two_scales(lowest: float, floor: int) -> None:
    """Rates between 94 and 95 % look as close as they are."""
    chart, sentence = charts.rate_trend(months(lowest, 99.0, 99.0), 95.0)
    scale = chart.to_dict()["layer"][0]["encoding"]["y"]["scale"]
    assert scale["domain"] == [floor, 103]
    assert ("The axis begins at 50%." in sentence) == (floor == 50)


def test_a_low_target_is_on_the_axis_too() -> None:
    chart, _sentence = charts.rate_trend(months(90.0, 91.0), 30.0)
    assert chart.to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == 0


def test_a_trend_of_nothing_says_so() -> None:
    assert charts.rate_trend(months(None).astype({"value": float}))[1] == "There is nothing to compare yet."


def test_labels_of_a_trend_do_not_run_into_each_other() -> None:
    chart, _sentence = charts.rate_trend(months(*[90.0 + i % 3 for i in range(12)]))
    named = [bool(row["named"]) for row in data_of(chart, "named")]
    assert named[-1]
    assert not any(a and b for a, b in pairwise(named))


def test_every_bar_of_rates_says_what_it_was_divided_by() -> None:
    frame = pd.DataFrame(
        [
            {"name": "A", "numerator": 9, "denominator": 10, "value": 90.0},
            {"name": "B", "numerator": 0, "denominator": 0, "value": None},
            {"name": "C", "numerator": 5, "denominator": 10, "value": 50.0},
        ]
    )
    chart, sentence = charts.group_rates(frame, 80.0)
    rows = {row["name"]: row for row in data_of(chart, "label")}
    assert rows["A"]["label"] == "90%  (9/10)" and rows["A"]["verdict"] == "On target"
    assert rows["B"]["label"] == "none due"
    assert rows["C"]["verdict"] == "Below target" and rows["C"]["colour"] != rows["A"]["colour"]
    assert sentence == "Lowest: C with 50%. 1 of 2 below the target of 80%."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((90.0, 50.0, 50.0), "Lowest: B, C with 50%."),
        ((90.0, 90.0, 90.0), "All at 90%."),
        ((90.0,), "Lowest: A with 90%."),
    ],
)
def test_groups_that_are_level_are_named_together(values: tuple[float, ...], sentence: str) -> None:
    frame = pd.DataFrame(
        [
            {"name": n, "numerator": v, "denominator": 100, "value": v}
            for n, v in zip("ABC", values, strict=False)
        ]
    )
    assert charts.group_rates(frame)[1] == sentence


def test_rates_of_nothing_say_so() -> None:
    frame = pd.DataFrame([{"name": "A", "numerator": 0, "denominator": 0, "value": None}])
    assert charts.group_rates(frame, 80.0)[1] == "Nothing fell due in this period."


def test_stacked_counts_keep_the_order_and_the_sum() -> None:
    frame = pd.DataFrame(
        [
            {"group": "old", "state": "Late", "count": 2},
            {"group": "old", "state": "Fine", "count": 3},
            {"group": "new", "state": "Fine", "count": 0},
        ]
    )
    chart, sentence = charts_counts.stacked_counts(frame, {"Late": charts.VERMILION, "Fine": charts.BLUE})
    assert sum(row["count"] for row in data_of(chart, "count")) == 5
    assert sentence == "5 in all, 2 of them late."
    colours = chart.to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert colours["domain"] == ["Late", "Fine"]


def test_a_pareto_runs_up_to_the_whole() -> None:
    frame = pd.DataFrame([{"name": n, "count": c} for n, c in (("A", 5), ("B", 80), ("C", 15))])
    chart, sentence = charts_counts.pareto(frame)
    rows = data_of(chart, "running")
    assert [row["name"] for row in rows] == ["B", "C", "A"]
    assert rows[-1]["running"] == pytest.approx(100)
    assert sentence == "1 of 3 make up four fifths of the 100 cases; most: B."


def test_a_pareto_of_nothing_says_so() -> None:
    assert charts_counts.pareto(pd.DataFrame({"name": ["A"], "count": [0]}))[1] == "There are none."


def test_each_step_of_a_rate_names_its_own_denominator() -> None:
    frame = pd.DataFrame(
        [("due", 10, "", 0), ("tried", 8, "due", 10), ("rated", 0, "tried", 0)],
        columns=["name", "count", "base_name", "base"],
    )
    chart, sentence = charts_counts.steps_of_rate(frame)
    assert [row["label"] for row in data_of(chart, "label")] == ["10", "8 · 80% of due", "0 · — of tried"]
    assert sentence == "10 due; 0 rated."


def test_bars_with_a_code_can_be_clicked_and_others_cannot() -> None:
    named = pd.DataFrame([("Quality", "quality", 5), ("None", "-", 1)], columns=["name", "code", "count"])
    assert charts_counts.pareto(named)[0].to_dict()["params"][0]["select"]["fields"] == ["code"]
    assert "params" not in charts_counts.pareto(named.drop(columns=["code"]))[0].to_dict()


def test_a_month_of_a_trend_can_be_clicked() -> None:
    chart, _sentence = charts.rate_trend(months(90.0, 96.0))
    assert chart.to_dict()["params"][0]["name"] == "mark"


SPREAD = [(50, 4.0), (75, 8.0), (90, 10.0), (95, 10.0)]


def test_a_spread_says_half_nine_tenths_the_longest_and_what_is_open() -> None:
    chart, sentence = charts_spread.share_done([2, 4, 8, 10], SPREAD, [30.0, 5.0], (9.0, 9.0), 3)
    assert sentence == (
        "Half were done within 4 h, nine in ten within 10 h; the longest took 10 h."
        " 75% of the finished were within their limit."
        " 2 are still open and in no percentile, the oldest for 1 d 6 h."
    )
    stair = data_of(chart, "share")
    assert [row["share"] for row in stair] == [0, 25, 50, 75, 100]
    assert [row["label"] for row in data_of(chart, "label") if "P" in row["label"]] in (
        [],
        ["P50: 4 h", "P90: 10 h"],
    )
    assert "rule" in marks(chart), "one limit is a line"


def test_a_limit_that_differs_from_case_to_case_is_a_band() -> None:
    chart, _sentence = charts_spread.share_done([2, 4, 8, 10], SPREAD, [], (49.0, 71.0), 4)
    assert "rect" in marks(chart) and "rule" not in marks(chart)


def test_without_a_limit_none_is_drawn_or_told() -> None:
    chart, sentence = charts_spread.share_done([2, 4, 8, 10], SPREAD, [])
    assert "rect" not in marks(chart) and "rule" not in marks(chart)
    assert "limit" not in sentence and "open" not in sentence


def test_a_spread_of_open_cases_alone_says_that_they_are_open() -> None:
    assert charts_spread.share_done([], [], [48.0])[1] == (
        "1 are still open and in no percentile, the oldest for 2 d."
    )
    assert charts_spread.share_done([], [], [])[1] == "There are none."


def test_a_long_spread_keeps_its_last_step() -> None:
    hours = [float(n) for n in range(5000)]
    chart, _sentence = charts_spread.share_done(hours, [(50, 2499.0), (90, 4499.0)], [])
    stair = data_of(chart, "share")
    assert len(stair) < 600
    assert stair[-1]["share"] == 100


def clock(lane: str, due: str, met: str | None, now: str, state: str) -> dict[str, object]:
    return {
        "lane": lane,
        "started": pd.Timestamp("2026-11-01 09:00"),
        "due": pd.Timestamp(due),
        "met": pd.Timestamp(met) if met else pd.NaT,
        "end": pd.Timestamp(met or now),
        "state": state,
        "limit": "4 hours",
        "due_text": due,
        "met_text": met or "—",
    }


def test_a_timeline_shows_how_much_of_a_clock_was_late() -> None:
    now = "2026-11-02 09:00"
    clocks = pd.DataFrame(
        [
            clock("Forward", "2026-11-01 13:00", "2026-11-01 10:00", now, "met"),
            clock("Feedback", "2026-11-01 18:00", None, now, "breached"),
            clock("Closure", "2026-11-09 18:00", None, now, "on_track"),
        ]
    )
    events = pd.DataFrame([{"at": pd.Timestamp("2026-11-01 09:00"), "label": "Received", "text": "…"}])
    chart, sentence = charts_time.case_timeline(clocks, events, pd.Timestamp(now))
    spans = data_of(chart, "phase")
    assert [(s["lane"], s["phase"]) for s in spans] == [
        ("Forward", "Within the limit"),
        ("Feedback", "Within the limit"),
        ("Feedback", "Past the limit"),
        ("Closure", "Still running"),
    ]
    assert sentence.startswith("1 of 3 deadlines missed: Feedback.")
    assert "rule" in marks(chart)  # now


def test_a_finished_case_needs_no_line_for_now() -> None:
    now = "2026-11-02 09:00"
    clocks = pd.DataFrame([clock("Forward", "2026-11-01 13:00", "2026-11-01 10:00", now, "met")])
    chart, sentence = charts_time.case_timeline(
        clocks, pd.DataFrame(columns=["at", "label", "text"]), pd.Timestamp(now)
    )
    assert "rule" not in marks(chart)
    assert sentence.startswith("No deadline of this case has been missed.")
