"""The month as a grid: what stands in a cell, that it says the same as its colour, and the sentence below."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from dashboard import charts_month
from dashboard.charts_month import COLOURS, SIGNS, month_chart, month_sentence, sign_of, worst_of
from dashboard.i18n import using
from regulations.names import NAMES
from regulations.verdict import Lang

DAYS = [date(2026, 10, 1), date(2026, 10, 2)]


def cell(person: str, day: date, class_: str, sign: str = "") -> dict[str, Any]:
    return {
        "who": person,
        "person": person,
        "team": "一组",
        "day": day.isoformat(),
        "class": class_,
        "sign": sign or SIGNS[class_]["zh"],
        "detail": "",
        "is_odd": class_ not in charts_month.CALM,
    }


def grid(*cells: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(cells)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_verdict_has_a_sign_of_its_own_beside_its_colour(language: Lang) -> None:
    assert set(SIGNS) == set(COLOURS) == set(NAMES["attendance_class"])
    signs = [sign[language] for sign in SIGNS.values()]
    assert len(signs) == len(set(signs)) and all(signs)


def test_a_day_of_two_shifts_shows_the_worse() -> None:
    assert worst_of(["present", "late"]) == "late"
    assert worst_of(["late", "absent", "present"]) == "absent"
    assert worst_of(["pending", "present"]) == "present"


def test_a_cell_marks_remarks_and_what_changed_after_the_month_was_fixed() -> None:
    with using("zh"):
        assert sign_of("迟") == "迟"
        assert sign_of("·", has_remarks=True) == "·*"
        assert sign_of("旷", has_remarks=True, is_changed=True) == "旷*Δ"
    with using("en"):
        assert sign_of("LE", is_changed=True) == "LEΔ"


def test_a_verdict_that_the_rulebook_calls_otherwise_has_that_name_in_the_legend() -> None:
    frame = grid(cell("Li", DAYS[0], "severe"))
    chart, _sentence = month_chart(frame, ["Li"], DAYS, {"severe": ("违", "违纪")})
    cells = chart.to_dict()["layer"][0]
    assert cells["encoding"]["color"]["scale"]["domain"] == ["违 违纪"]


def test_the_chart_has_a_row_for_each_person_and_a_column_for_each_day() -> None:
    frame = grid(cell("Li", DAYS[0], "late"), cell("Wu", DAYS[1], "absent"))
    chart, _sentence = month_chart(frame, ["Wu", "Li"], DAYS)
    cells, words = chart.to_dict()["layer"]
    assert cells["encoding"]["x"]["scale"]["domain"] == ["2026-10-01", "2026-10-02"]
    assert cells["encoding"]["y"]["scale"]["domain"] == ["Wu", "Li"]
    assert words["mark"]["type"] == "text" and words["encoding"]["text"]["field"] == "sign"
    assert "'2026-10-01':['01', '四']" in cells["encoding"]["x"]["axis"]["labelExpr"]
    assert cells["encoding"]["color"]["scale"]["domain"] == ["旷 旷工", "迟 迟到"]


def test_a_click_on_a_cell_gives_the_person_and_the_day() -> None:
    chart, _sentence = month_chart(grid(cell("Li", DAYS[0], "present")), ["Li"], DAYS)
    (param,) = chart.to_dict()["params"]
    assert (param["name"], param["select"]["fields"]) == ("cell", ["who", "day"])


def test_the_sentence_counts_who_needs_a_look() -> None:
    frame = grid(
        cell("Li", DAYS[0], "late"),
        cell("Li", DAYS[1], "absent"),
        cell("Wu", DAYS[0], "on_leave"),
        cell("Wu", DAYS[1], "pending"),
    )
    with using("en"):
        assert month_sentence(frame) == "2 of 3 person-days need a look; most at Li (2)."
        assert (
            month_sentence(frame[frame["class"] == "on_leave"]) == "1 person-days, none of them remarkable."
        )


def test_the_sentence_explains_the_small_signs_only_where_they_stand() -> None:
    with using("en"):
        marked = month_sentence(grid(cell("Li", DAYS[0], "present", "·*"), cell("Li", DAYS[1], "late", "LΔ")))
        assert "asterisk" in marked and "Δ" in marked
        plain = month_sentence(grid(cell("Li", DAYS[0], "present")))
        assert "asterisk" not in plain and "Δ" not in plain
