"""The meeting pack as a spreadsheet: a summary, then one sheet a topic with figures and a native chart."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from dashboard.i18n import N_, _, using
from dashboard.meeting import MeetingPack, Topic
from dashboard.meeting_words import cases_text, made_line, shown_change

INK, BLUE, GREY, RED = "#1F2A37", "#0F4C81", "#6B7280", "#B42318"
HEADERS = (
    N_("Figure"),
    N_("This month"),
    N_("Cases"),
    N_("Target"),
    N_("Last month"),
    N_("Change"),
    N_("Reached"),
    N_("Clauses"),
    N_("How it is counted"),
)


def meeting_workbook(pack: MeetingPack) -> bytes:
    """The workbook's bytes. Percentages are numbers formatted as such, so that people can compute on."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    styles = _styles(book)
    with using(pack.lang):
        _summary(book, styles, pack)
        for topic in pack.topics:
            _topic(book, styles, topic)
    book.close()
    return buffer.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter", "font_color": INK}
    return {
        "title": book.add_format({**base, "font_size": 16, "bold": True, "font_color": BLUE}),
        "text": book.add_format({**base, "text_wrap": True}),
        "note": book.add_format({**base, "font_color": GREY, "text_wrap": True}),
        "head": book.add_format(
            {**base, "bold": True, "bg_color": "#E8EEF5", "bottom": 1, "text_wrap": True}
        ),
        "percent": book.add_format({**base, "num_format": '0.0"%"', "align": "right"}),
        "number": book.add_format({**base, "num_format": "#,##0.0", "align": "right"}),
        "right": book.add_format({**base, "align": "right"}),
        "yes": book.add_format({**base, "align": "center"}),
        "no": book.add_format({**base, "align": "center", "font_color": RED, "bold": True}),
    }


def _summary(book: Any, styles: dict[str, Any], pack: MeetingPack) -> None:
    sheet = book.add_worksheet(_("Summary"))
    _page(sheet)
    sheet.write(0, 0, pack.title, styles["title"])
    sheet.merge_range(1, 0, 1, 8, made_line(pack), styles["note"])
    row = 3
    for topic in pack.topics:
        sheet.merge_range(row, 0, row, 8, f"{topic.title}  {topic.sentence}", styles["text"])
        sheet.set_row(row, 34)
        row = _table(sheet, styles, topic, row + 1) + 1


def _topic(book: Any, styles: dict[str, Any], topic: Topic) -> None:
    sheet = book.add_worksheet(_sheet_name(topic.title))
    _page(sheet)
    sheet.write(0, 0, topic.title, styles["title"])
    sheet.merge_range(1, 0, 1, 8, topic.sentence, styles["text"])
    sheet.set_row(1, 34)
    row = _table(sheet, styles, topic, 3) + 1
    sheet.write(row, 0, _("By team"), styles["head"])
    for column, line in enumerate(topic.lines, start=1):
        sheet.write(row, column, line.name, styles["head"])
    for team, figures in topic.by_team:
        row += 1
        sheet.write(row, 0, team, styles["text"])
        for column, figure in enumerate(figures, start=1):
            _value(sheet, styles, row, column, figure.value, figure.unit)
    row += 2
    first = row + 1
    for column, head in enumerate((_("Month"), topic.trend_name, _("Cases"), _("Target"))):
        sheet.write(row, column, head, styles["head"])
    for month, figure in topic.trend:
        row += 1
        sheet.write(row, 0, month, styles["text"])
        _value(sheet, styles, row, 1, figure.value, figure.unit)
        sheet.write(row, 2, cases_text(figure), styles["right"])
        _value(sheet, styles, row, 3, figure.target, figure.unit)
    if row >= first:
        chart = book.add_chart({"type": "line"})
        name = sheet.get_name()
        chart.add_series(
            {
                "name": topic.trend_name,
                "categories": [name, first, 0, row, 0],
                "values": [name, first, 1, row, 1],
                "line": {"color": BLUE, "width": 2.25},
                "marker": {"type": "circle", "size": 5, "fill": {"color": BLUE}},
            }
        )
        if any(figure.target is not None for _month, figure in topic.trend):
            chart.add_series(
                {
                    "name": _("Target"),
                    "categories": [name, first, 0, row, 0],
                    "values": [name, first, 3, row, 3],
                    "line": {"color": "#D55E00", "dash_type": "dash", "width": 1.5},
                }
            )
        chart.set_title({"name": topic.trend_name, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 720, "height": 300})
        sheet.insert_chart(first - 1, 4, chart, {"x_offset": 12})


def _table(sheet: Any, styles: dict[str, Any], topic: Topic, row: int) -> int:
    for column, head in enumerate(HEADERS):
        sheet.write(row, column, _(head), styles["head"])
    for line in topic.lines:
        row += 1
        unit = line.this.unit
        sheet.write(row, 0, line.name, styles["text"])
        _value(sheet, styles, row, 1, line.this.value, unit)
        sheet.write(row, 2, cases_text(line.this), styles["right"])
        _value(sheet, styles, row, 3, line.this.target, unit)
        _value(sheet, styles, row, 4, line.previous.value, unit)
        sheet.write(row, 5, shown_change(line.change, unit), styles["right"])
        reached = {True: _("yes"), False: _("no"), None: "–"}[line.meets_target]
        sheet.write(row, 6, reached, styles["no" if line.meets_target is False else "yes"])
        sheet.write(row, 7, " ".join(line.this.clauses), styles["text"])
        sheet.write(row, 8, line.definition, styles["note"])
    return row + 1


def _value(sheet: Any, styles: dict[str, Any], row: int, column: int, value: float | None, unit: str) -> None:
    if value is None:
        sheet.write(row, column, "–", styles["right"])
    else:
        sheet.write_number(row, column, value, styles["percent" if unit == "percent" else "number"])


def _page(sheet: Any) -> None:
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for column, width in enumerate((30, 14, 14, 12, 14, 12, 10, 18, 60)):
        sheet.set_column(column, column, width)


def _sheet_name(title: str) -> str:
    """Excel allows 31 characters and forbids []:*?/\\ in a sheet's name."""
    cleaned = title.split(":")[0].split("：")[0]
    return "".join(c for c in cleaned if c not in "[]:*?/\\")[:31]
