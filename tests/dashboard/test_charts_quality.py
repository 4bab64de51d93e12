"""Charts of estimates: what is told, what cannot be told, and that no difference is told that may be chance."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from dashboard import charts_quality
from dashboard.i18n import using
from dashboard.quality_month_reads import Person
from dashboard.quality_people import divided
from db.metrics import Figure


def groups(*rows: tuple[str, int, Any, Any, Any]) -> pd.DataFrame:
    empty = {"before": None, "before_low": None, "before_high": None}
    return pd.DataFrame(
        [{"name": n, "n": k, "value": v, "low": lo, "high": hi, **empty} for n, k, v, lo, hi in rows]
    ).astype(
        {
            "value": float,
            "low": float,
            "high": float,
            "before": float,
            "before_low": float,
            "before_high": float,
        }
    )


def test_a_team_is_said_to_differ_only_where_its_interval_lies_clear_of_the_whole() -> None:
    frame = groups(
        ("全体", 90, 94.0, 93.0, 95.0),
        ("甲", 30, 90.0, 88.0, 92.9),
        ("乙", 30, 97.0, 95.1, 98.0),
        ("丙", 30, 91.0, 90.0, 93.0),  # beyond the whole's figure, but the intervals touch
    )
    _chart, said = charts_quality.groups_beside_last_month(frame, "十一月", "十月")
    assert "明显低于全体：甲。" in said
    assert "明显高于全体：乙。" in said
    assert "丙" not in said
    assert "刻度从 80 起" in said


def test_overlapping_teams_are_not_told_apart_and_few_heard_calls_tell_nothing() -> None:
    frame = groups(("全体", 40, 94.0, 93.0, 95.0), ("甲", 30, 93.0, 90.0, 95.0), ("乙", 3, None, None, None))
    chart, said = charts_quality.groups_beside_last_month(frame, "十一月", "十月")
    assert "差别可能只是偶然" in said
    assert "复核太少、尚不能判断：乙" in said
    assert "尚不能判断" in str(chart.to_dict())
    with using("en"):
        assert "nothing can be told yet" in charts_quality.groups_sentence(
            groups(("All", 2, None, None, None))
        )


@pytest.mark.parametrize(
    ("this", "before", "said"),
    [
        ((95.0, 94.1, 96.0), (93.0, 92.0, 94.0), "明显高于上月。"),
        ((95.0, 94.0, 96.0), (93.0, 92.0, 94.0), "与上月是否不同，尚不能判断。"),
        ((90.0, 89.0, 91.0), (93.0, 91.1, 94.0), "明显低于上月。"),
    ],
)
def test_a_month_differs_from_the_last_only_where_the_intervals_do_not_touch(
    this: tuple[float, float, float], before: tuple[float, float, float], said: str
) -> None:
    assert charts_quality.compared(this, before) == said


def figure(value: float | None, low: float | None, high: float | None, n: int) -> Figure:
    return Figure("quality.estimated_pass_rate", n, 50, value, None, "percent", (), low=low, high=high, n=n)


def person(number: str, value: float, low: float, high: float, n: int, team: float = 90.0) -> Person:
    one = figure(value, low, high, n)
    return Person(number, f"员工{number}", "A", "甲组", one, one, n + 2, figure(team, 85.0, 95.0, 60))


def test_nobody_is_ranked_on_few_calls_and_whoever_is_clearly_below_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.quality_people.least_heard", lambda: 10)
    few = [person("K9", 20.0, 5.0, 60.0, 9), person("K1", 100.0, 60.0, 100.0, 5)]
    enough = [
        person("K2", 85.0, 70.0, 93.0, 10),
        person("K3", 60.0, 45.0, 84.9, 12),
        person("K4", 99.0, 95.1, 100.0, 30),
    ]
    ranked, apart = divided([*few, *enough])
    assert [one.number for one in ranked] == ["K3", "K2", "K4"]
    assert [one.side for one in ranked] == ["below", "", "above"]
    assert [one.number for one in apart] == ["K1", "K9"]  # by number, whatever their figures


def people(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"name": n, "n": 12, "value": 80.0, "low": 60.0, "high": 92.0, "team_value": 90.0, "side": side}
            for n, side in rows
        ]
    )


def test_the_sentence_names_who_lies_clear_and_says_that_the_others_cannot_be_told_apart() -> None:
    chart, said = charts_quality.people_beside_their_team(people(("甲", "below"), ("乙", ""), ("丙", "")))
    assert "区间整个低于本班组的区间：甲。" in said
    assert "其余 2 人分不出高低" in said
    assert "3 人中，仅凭偶然至多约有 1 人如此" in said
    assert "明显高于本班组" not in str(chart.to_dict())
    _chart, nobody = charts_quality.people_beside_their_team(people(("甲", ""), ("乙", "")))
    assert "这 2 人分不出高低" in nobody


def test_the_trend_leaves_months_out_that_cannot_be_told_and_says_how_many_were_heard() -> None:
    frame = pd.DataFrame(
        {
            "month": ["2026-09", "2026-10", "2026-11"],
            "n": [0, 71, 38],
            "value": [None, 96.1, 92.0],
            "low": [None, 95.7, 90.0],
            "high": [None, 96.4, 94.0],
        }
    ).astype({"value": float, "low": float, "high": float})
    chart, said = charts_quality.trend_with_band(frame, 80.0)
    assert "92.0 分，区间 90.0 至 94.0" in said
    assert "明显低于2026 年 10 月" in said
    assert "3 个月中有 1 个月尚不能判断" in said
    assert "虚线是合格分 80" in said
    assert "复核 71 通" in str(chart.to_dict())
