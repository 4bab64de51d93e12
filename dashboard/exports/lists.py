"""A list as it stands on a page, as a spreadsheet: its name, the filters that made it, its rows."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial

import streamlit as st
import xlsxwriter

from dashboard.i18n import _, lang, using
from dashboard.reads import now, open_session
from db import audit
from db.exporting import guarded
from regulations.access import Scope
from regulations.verdict import Lang

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written: `filters` are pairs of a filter and its value, `rows` have as many cells as `headers`."""

    title: str
    filters: tuple[tuple[str, str], ...]
    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def list_workbook(sheet: Sheet, made: str) -> bytes:
    """The workbook's bytes. Nothing in it becomes a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet()
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#E8EEF5", "bottom": 1})
        note = book.add_format({"font_color": "#6B7280"})
        page.write_string(0, 0, sheet.title, title)
        said = [*sheet.filters, (_("Rows"), str(len(sheet.rows))), (_("Made at"), made)]
        for row, (filter_, value) in enumerate(said, start=1):
            page.write_string(row, 0, filter_, note)
            page.write_string(row, 1, str(guarded(value)), note)
        first = len(said) + 2
        for column, header in enumerate(sheet.headers):
            page.write_string(first, column, header, head)
        for row, cells in enumerate(sheet.rows, start=first + 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int | float):
                    page.write_number(row, column, cell)
                elif cell is not None:
                    page.write_string(row, column, str(guarded(cell)))
        page.set_column(0, max(len(sheet.headers) - 1, 1), 20)
        page.freeze_panes(first + 1, 1)
        page.autofilter(first, 0, first + len(sheet.rows), len(sheet.headers) - 1)
    return buffer.getvalue()


def download(scope: Scope, sheet: Sheet, key: str, kind: str = "complaints") -> None:
    """A button that hands the list out; each time somebody takes it, the log says so (A9.3).

    `kind` is what the rows are, as db.exporting.KINDS names it.
    """
    st.download_button(
        _("Download (xlsx)"),
        partial(_handed_out, scope, sheet, lang(), kind),
        f"{kind}-{now():%Y%m%d}.xlsx",
        XLSX,
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{key}",
    )


def _handed_out(scope: Scope, sheet: Sheet, language: Lang, kind: str = "complaints") -> bytes:
    from dashboard.formats import fmt_instant

    with open_session() as session:
        detail = {"rows": len(sheet.rows), "list": sheet.title, "filters": dict(sheet.filters)}
        audit.record(session, scope, "data.exported", kind, "", detail, at=now())
    with using(language):
        return list_workbook(sheet, fmt_instant(now()))
