"""The ranking's sentence speaks of those who are ranked, and of chance where it may be chance."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard import charts_survey
from dashboard.i18n import using

COLUMNS = ["person", "mean", "low", "high", "responses", "rank", "rank_text", "interval"]


def ranking(*rows: tuple[str, float, float, float, int | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (who, mean, low, high, 6 if rank else 2, rank, str(rank), "")
            for who, mean, low, high, rank in rows
        ],
        columns=COLUMNS,
    )


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (ranking(("A", 90, 80, 96, None)), "Nobody has enough forms to be ranked yet."),
        (
            ranking(("A", 92, 61, 99, 1), ("B", 93, 55, 99, None)),
            "Only A has enough forms to be ranked; 1 others do not.",
        ),
        (
            ranking(("A", 92, 90, 99, 1), ("B", 80, 70, 89, 2), ("C", 93, 55, 99, None)),
            "A is first of 2, and no interval of the others reaches as high.",
        ),
        (
            ranking(("A", 92, 90, 99, 1), ("B", 85, 70, 91, 2)),
            "A has the highest mean, but the intervals of 1 others overlap: the difference may be chance.",
        ),
    ],
)
def test_the_ranking_says_no_more_than_it_knows(frame: pd.DataFrame, said: str) -> None:
    with using("en"):
        assert charts_survey.intervals(frame, (0, 100))[1] == said
