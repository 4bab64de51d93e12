"""The files people take away say what the page says, with native charts and no formulas from outside."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pptx import Presentation

from dashboard.exports.pptx import meeting_slides
from dashboard.exports.xlsx import meeting_workbook
from dashboard.i18n import using
from dashboard.meeting import Line, MeetingPack, Topic
from dashboard.meeting_words import cases_text, changed_since_closing, sentence_of, shown_change
from db.metrics import Figure
from regulations.verdict import Lang

MADE = datetime(2026, 11, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def figure(numerator: int, denominator: int, target: float | None = 95.0) -> Figure:
    value = 100 * numerator / denominator if denominator else None
    return Figure("callback.rate", numerator, denominator, value, target, "percent", ("E1.21", "E5.14"))


def pack(lang: Lang = "zh", name: str = "回访率") -> MeetingPack:
    line = Line("callback.rate", name, "到期回访中已完成的比例", figure(184, 201), figure(190, 200), "up")
    without = Line("callback.satisfaction", "满意率", "定义", figure(0, 0), figure(0, 0, None), "up")
    trend = tuple((f"2026-{month:02d}", figure(180 + month, 201)) for month in range(1, 11))
    topic = Topic(
        "callbacks",
        "回访：是否都回访了?",
        "一句话。",
        (line, without),
        name,
        trend,
        (("甲组", (figure(50, 60), figure(0, 0))),),
    )
    return MeetingPack("2026-10", "2026-10 月度例会", lang, MADE, "abc123", "", False, (topic,))


def cells(content: bytes) -> list[object]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]


def slide_texts(content: bytes) -> list[str]:
    texts = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
    return texts


def test_the_workbook_holds_value_denominator_target_and_clauses() -> None:
    values = cells(meeting_workbook(pack()))
    assert "184 / 201" in values
    assert any(isinstance(v, float) and abs(v - 100 * 184 / 201) < 1e-9 for v in values)
    assert 95 in values
    assert "E1.21 E5.14" in values


def test_the_workbook_has_a_native_line_chart_for_each_topic() -> None:
    names = zipfile.ZipFile(io.BytesIO(meeting_workbook(pack()))).namelist()
    assert [name for name in names if name.startswith("xl/charts/chart")] == ["xl/charts/chart1.xml"]


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://x")', "+cmd", "@x", "{=1}"])
def test_a_name_that_looks_like_a_formula_stays_text(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(meeting_workbook(pack(name=name))))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == name]
    assert found
    assert all(cell.data_type == "s" for cell in found)


def test_a_figure_without_cases_is_a_dash_not_a_zero() -> None:
    assert "–" in cells(meeting_workbook(pack()))
    assert "–" in slide_texts(meeting_slides(pack()))


def test_the_slides_have_a_cover_and_one_slide_a_topic_with_a_native_chart() -> None:
    slides = Presentation(io.BytesIO(meeting_slides(pack()))).slides
    assert len(slides) == 2
    charts = [shape.chart for shape in slides[1].shapes if shape.has_chart]
    assert len(charts) == 1
    assert list(charts[0].plots[0].categories) == [f"2026-{month:02d}" for month in range(1, 11)]
    assert charts[0].plots[0].series[0].values[0] == pytest.approx(100 * 181 / 201)


def test_slides_and_workbook_show_the_same_figures() -> None:
    texts = slide_texts(meeting_slides(pack()))
    assert "184 / 201" in texts
    assert any("91.5%" in text for text in texts)


def test_a_month_without_any_case_still_makes_both_files() -> None:
    whole = pack()
    bare = replace(whole.topics[0], trend=(), by_team=(), lines=())
    emptied = replace(whole, topics=(bare,))
    assert cells(meeting_workbook(emptied))
    assert len(Presentation(io.BytesIO(meeting_slides(emptied))).slides) == 2


def test_the_pack_speaks_the_language_it_was_made_in() -> None:
    assert "本月" in cells(meeting_workbook(pack("zh")))
    assert "This month" in cells(meeting_workbook(pack("en")))


def test_a_change_has_its_unit_and_nothing_is_minus_zero() -> None:
    with using("en"):
        assert shown_change(-0.04, "percent") == "0 pp"
        assert shown_change(1.25, "percent") == "+1.2 pp"
        assert shown_change(-8.2, "hours") == "-8.2 h"
        assert shown_change(1.5, "points") == "+1.5 points"
        assert shown_change(None, "hours") == "–"


def test_what_was_counted_is_said_as_it_makes_sense() -> None:
    assert cases_text(figure(184, 201)) == "184 / 201"
    mean = Figure("survey.mean_points", 38_500.0, 452, 85.18, None, "points", ())
    assert cases_text(mean) == "452"  # the sum of the points says nothing
    assert cases_text(Figure("complaint.received", 1503, None, 1503, None, "count", ())) == "1,503"


def test_hours_and_points_are_not_weighed_against_percentages() -> None:
    took = Figure("complaint.final_feedback_hours", 100, 116, 60.0, None, "hours", ())
    hours = Line("complaint.final_feedback_hours", "用时", "定义", took, replace(took, value=90.0), "down")
    with using("en"):
        said = sentence_of((hours, *pack().topics[0].lines))
    assert "用时" not in said and "回访率" in said


def test_the_cover_has_room_for_every_topic() -> None:
    whole = pack()
    many = replace(whole, topics=whole.topics * 6)
    deck = Presentation(io.BytesIO(meeting_slides(many)))
    lowest = max(shape.top + shape.height for shape in deck.slides[0].shapes)
    assert lowest <= deck.slide_height


def test_what_changed_after_closing_is_told_with_then_and_now() -> None:
    same = {"numerator": 184, "denominator": 201, "value": 91.5}
    assert changed_since_closing(pack(), {"callback.rate": same}) == []
    (told,) = changed_since_closing(pack(), {"callback.rate": {**same, "numerator": 180, "value": 89.6}})
    assert "180/201" in told
    assert "184/201" in told
