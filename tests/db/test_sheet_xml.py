"""Our own reading of a sheet's XML gives what openpyxl gives, for whatever workbooks people and programs write."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from db.sheet_xml import shared_strings
from db.spreadsheets import read_sheets

MEGABYTE = 1024 * 1024

CELL = st.one_of(
    st.none(),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
        lambda text: not text.startswith("=") and "_x" not in text
    ),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.booleans(),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.times().map(lambda at: at.replace(microsecond=0)),
    st.timedeltas(timedelta(0), timedelta(days=3)).map(lambda span: timedelta(seconds=int(span.total_seconds()))),
    st.sampled_from(["#REF!", "2026-11-20", "1e5", " 两边 ", "多\n行", "<&>\"'"]),
)  # fmt: skip
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=6), min_size=1, max_size=6)


def by_openpyxl(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    sheet: Any = load_workbook(io.BytesIO(content), data_only=True).active
    found = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        if any(cell is not None and cell != "" for cell in cells):
            found.append((number, tuple(cells)))
    return found


def by_us(content: bytes, tmp_path: Path) -> list[tuple[int, tuple[Any, ...]]]:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(content)
    return list(next(iter(read_sheets(path, MEGABYTE))).rows)


def written_by_openpyxl(rows: list[list[Any]], epoch: datetime) -> bytes:
    workbook = Workbook()
    workbook.epoch = epoch
    for row in rows:
        workbook.active.append(row)  # type: ignore[union-attr]
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def written_by_xlsxwriter(rows: list[list[Any]], *, in_rows: bool) -> bytes:
    buffer = io.BytesIO()
    options = {
        "constant_memory": in_rows,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    workbook = xlsxwriter.Workbook(buffer, options)
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    workbook.close()
    return buffer.getvalue()


@settings(max_examples=60, deadline=None)
@given(rows=TABLE, is_mac=st.booleans())
def test_what_openpyxl_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Any]], is_mac: bool
) -> None:
    epoch = datetime(1904, 1, 1) if is_mac else datetime(1899, 12, 30)
    content = written_by_openpyxl(rows, epoch)
    assert by_us(content, tmp_path_factory.mktemp("sheet")) == by_openpyxl(content)


@settings(max_examples=60, deadline=None)
@given(rows=TABLE, in_rows=st.booleans())
def test_what_excel_writes_with_shared_strings_and_what_streaming_programs_write(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[Any]], in_rows: bool
) -> None:
    content = written_by_xlsxwriter(rows, in_rows=in_rows)
    assert by_us(content, tmp_path_factory.mktemp("sheet")) == by_openpyxl(content)


@pytest.mark.parametrize(
    "kind", [time(9, 30), timedelta(hours=30), date(2026, 11, 20), datetime(2026, 11, 20, 9, 30)]
)
def test_times_spans_and_dates_keep_their_kind(tmp_path: Path, kind: Any) -> None:
    content = written_by_openpyxl([[kind]], datetime(1899, 12, 30))
    expected = datetime(2026, 11, 20) if type(kind) is date else kind
    assert by_us(content, tmp_path) == [(1, (expected,))]


def test_text_with_fonts_inside_is_one_text(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet["B2"] = CellRichText("漏", TextBlock(InlineFont(b=True), "水"), "了")
    buffer = io.BytesIO()
    workbook.save(buffer)
    assert by_us(buffer.getvalue(), tmp_path) == [(2, (None, "漏水了"))]


def test_how_characters_are_read_aloud_is_no_part_of_them() -> None:
    xml = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>'
        "<si><r><t>漏</t></r><r><t xml:space='preserve'> 水</t></r></si><si/></sst>"
    )
    assert shared_strings(io.BytesIO(xml.encode())) == ["東京", "漏 水", ""]


def test_the_share_that_was_read_grows_to_the_whole(tmp_path: Path) -> None:
    rows = [["工号", "姓名"], *([f"K{n}", "甲" * 50] for n in range(20_000))]
    made: list[tuple[str, Callable[[Path], object]]] = [
        ("a.xlsx", lambda path: path.write_bytes(written_by_xlsxwriter(rows, in_rows=True))),
        ("a.csv", lambda path: path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")),
    ]
    for name, write in made:
        path = tmp_path / name
        write(path)
        sheet = next(iter(read_sheets(path, 50 * MEGABYTE)))
        shares = [sheet.share_read() for n, _row in enumerate(sheet.rows) if n % 2_000 == 0]
        assert shares == sorted(shares) and len(set(shares)) > 5, name
        assert 0.4 < shares[5] < 0.6 and sheet.share_read() == 1.0, name
