"""The meeting pack as slides: one topic a slide, its sentence, its table and a native chart."""

from __future__ import annotations

import io
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from dashboard.i18n import N_, _, using
from dashboard.meeting import MeetingPack, Topic
from dashboard.meeting_words import cases_text, made_line, shown, shown_change

BLUE, INK, GREY, RED, ORANGE = (
    RGBColor.from_string(c) for c in ("0F4C81", "1F2A37", "6B7280", "B42318", "D55E00")
)
FONT, EAST_ASIAN = "Calibri", "Microsoft YaHei"
HEADERS = (N_("Figure"), N_("This month"), N_("Cases"), N_("Target"), N_("Last month"), N_("Change"))


def meeting_slides(pack: MeetingPack) -> bytes:
    """The presentation's bytes, 16:9."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    with using(pack.lang):
        _cover(deck, pack)
        for number, topic in enumerate(pack.topics, start=1):
            _topic(deck, pack, topic, number)
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def _blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[6])


def _text(
    slide: Any,
    text: str,
    box: tuple[float, float, float, float],
    size: int,
    color: RGBColor,
    bold: bool = False,
) -> None:
    frame = slide.shapes.add_textbox(*(Inches(v) for v in box)).text_frame
    frame.word_wrap = True
    run = frame.paragraphs[0].add_run()
    run.text = text
    _font(run.font, size, color, bold)


def _font(font: Any, size: int, color: RGBColor, bold: bool = False) -> None:
    """Latin and East Asian faces both, or Chinese falls back to whatever the machine has."""
    font.size, font.bold, font.name = Pt(size), bold, FONT
    font.color.rgb = color
    properties = font._element
    east = properties.find(qn("a:ea"))
    if east is None:
        east = etree.SubElement(properties, qn("a:ea"))
    east.set("typeface", EAST_ASIAN)


def _cover(deck: Any, pack: MeetingPack) -> None:
    slide = _blank(deck)
    band = slide.shapes.add_shape(1, Emu(0), Emu(0), Inches(0.28), deck.slide_height)
    band.fill.solid()
    band.fill.fore_color.rgb = BLUE
    band.line.fill.background()
    _text(slide, pack.title, (0.9, 1.0, 11.5, 1.0), 36, BLUE, bold=True)
    _text(slide, made_line(pack), (0.9, 1.9, 11.5, 0.6), 14, GREY)
    step = min(1.05, 4.6 / max(len(pack.topics), 1))  # the last sentence ends on the slide
    for row, topic in enumerate(pack.topics):
        _text(slide, topic.title, (0.9, 2.7 + row * step, 11.5, 0.4), 18, INK, bold=True)
        _text(slide, topic.sentence, (0.9, 3.07 + row * step, 11.8, 0.55), 12, GREY)


def _topic(deck: Any, pack: MeetingPack, topic: Topic, number: int) -> None:
    slide = _blank(deck)
    _text(slide, topic.title, (0.6, 0.35, 12.0, 0.7), 28, BLUE, bold=True)
    _text(slide, topic.sentence, (0.6, 1.0, 12.1, 0.7), 15, INK)
    rows = len(topic.lines) + 1
    table = slide.shapes.add_table(
        rows, len(HEADERS), Inches(0.6), Inches(1.85), Inches(6.4), Inches(0.45 * rows)
    ).table
    for column, width in enumerate((1.9, 0.8, 1.1, 0.7, 0.8, 1.1)):
        table.columns[column].width = Inches(width)
    for column, head in enumerate(HEADERS):
        _cell(table, 0, column, _(head), RGBColor(255, 255, 255), bold=True)
    for row, line in enumerate(topic.lines, start=1):
        unit = line.this.unit
        texts = (
            line.name,
            shown(line.this.value, unit),
            cases_text(line.this),
            shown(line.this.target, unit),
            shown(line.previous.value, unit),
            shown_change(line.change, unit),
        )
        for column, text in enumerate(texts):
            missed = column == 1 and line.meets_target is False
            _cell(table, row, column, text + (" ▼" if missed else ""), RED if missed else INK, bold=missed)
    _chart(slide, topic)
    clauses = " ".join(dict.fromkeys(c for line in topic.lines for c in line.this.clauses))
    _text(
        slide,
        _("{month} · slide {number} · clauses {clauses}", month=pack.month, number=number, clauses=clauses),
        (0.6, 6.95, 12.1, 0.4),
        10,
        GREY,
    )


def _cell(table: Any, row: int, column: int, text: str, color: RGBColor, bold: bool = False) -> None:
    cell = table.cell(row, column)
    cell.margin_left = cell.margin_right = Inches(0.06)
    paragraph = cell.text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = text
    _font(run.font, 11, color, bold)
    if row == 0:
        cell.fill.solid()
        cell.fill.fore_color.rgb = BLUE


def _chart(slide: Any, topic: Topic) -> None:
    points = [(month, figure) for month, figure in topic.trend if figure.value is not None]
    if not points:
        _text(slide, _("No cases in this month."), (7.4, 3.5, 5.4, 0.5), 14, GREY)
        return
    data = CategoryChartData()
    data.categories = [month for month, _figure in points]
    data.add_series(topic.trend_name, [figure.value for _month, figure in points])
    if points[-1][1].target is not None:
        data.add_series(_("Target"), [points[-1][1].target] * len(points))
    chart = slide.shapes.add_chart(
        XL_CHART_TYPE.LINE_MARKERS, Inches(7.2), Inches(1.85), Inches(5.7), Inches(4.6), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = topic.trend_name
    _font(chart.chart_title.text_frame.paragraphs[0].runs[0].font, 13, INK, bold=True)
    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.BOTTOM
    chart.legend.include_in_layout = False
    chart.font.size = Pt(10)
    first = chart.plots[0].series[0]
    first.format.line.color.rgb = BLUE
    first.smooth = False
    if len(chart.plots[0].series) > 1:
        target = chart.plots[0].series[1]
        target.smooth = False
        target.format.line.color.rgb = ORANGE
        target.format.line.dash_style = MSO_LINE.DASH
        target.marker.style = None
