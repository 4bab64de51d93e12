"""The chart of a surge: the peak marked, what is usual behind it, and a sentence that says so."""

from __future__ import annotations

import pandas as pd

from dashboard import surge_chart
from dashboard.i18n import using


def frame(usual: float | None, most: float | None) -> pd.DataFrame:
    rows = [
        {"label": f"11-20 {8 + n:02d}:00", "span": f"{7 + n:02d}:00–{8 + n:02d}:00", "count": count, "usual": usual, "most": most, "is_peak": count == 11}
        for n, count in enumerate((0, 1, 11, 2))
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"usual": "float64", "most": "float64"})


def test_the_sentence_names_the_peak_and_what_is_usual() -> None:
    with using("en"):
        _chart, sentence = surge_chart.against_usual(frame(0.14, 2))
    assert sentence == (
        "11 complaints in the fullest window (09:00–10:00). In the same hours of the weeks before there were 0.14 on"
        " average and 2 at most."
    )


def test_without_history_nothing_is_said_about_usual() -> None:
    with using("en"):
        chart, sentence = surge_chart.against_usual(frame(None, None))
    assert sentence == "11 complaints in the fullest window (09:00–10:00)."
    assert chart.to_dict()["layer"]


def test_no_windows_are_no_chart_that_breaks() -> None:
    with using("en"):
        chart, sentence = surge_chart.against_usual(frame(1, 2).iloc[:0])
    assert sentence == "There are none."
    assert chart.to_dict()["layer"]
