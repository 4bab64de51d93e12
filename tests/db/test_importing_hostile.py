"""Tables as they should not be: each comes in as it was meant, or is refused with the row and what to do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.engine import make_engine
from db.importing import ImportResult, import_file
from db.models import Base, Complaint
from db.refusals import Refused
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_team

NOW = local(2026, 11, 20, 20, 0)
HEADER = "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号"
CASE = "T-1,2026-11-02 09:00,电话,quality,漏水,K1"
MEGABYTE = 1024 * 1024
Take = Callable[..., ImportResult]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(("goods_sales",))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """What is tested here is the reading: one kind of database is enough."""
    engine = make_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        make_agent(session, make_team(session, "goods"), "K1")
        session.commit()
        yield session
    engine.dispose()


@pytest.fixture
def take(session: Session, book: Rulebook, tmp_path: Path) -> Take:
    def run(content: bytes | str, name: str = "cases.csv", **options: Any) -> ImportResult:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(session, SYSTEM, "complaints", path, book=book, now=NOW, **options)

    return run


def workbook(*rows: list[Any], change: Callable[[Workbook], object] = lambda made: None) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)  # type: ignore[union-attr]
    change(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The package with each of its parts passed through `change`."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part)))
    return buffer.getvalue()


def table(*cases: str) -> bytes:
    return workbook(*(line.split(",") for line in (HEADER, *cases)))


# Sheets and cells


def test_a_million_formatted_but_empty_rows_are_no_rows(take: Take) -> None:
    empty = b"".join(b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n) for n in range(3, 1_048_577))

    def fill(part: str, data: bytes) -> bytes:
        return data.replace(b"</sheetData>", empty + b"</sheetData>") if "sheet1.xml" in part else data

    result = take(repacked(table(CASE), fill), "cases.xlsx")
    assert (result.accepted, result.rejected) == (1, [])


def test_a_cell_of_a_million_characters_is_refused_with_its_row(take: Take) -> None:
    result = take(
        repacked(
            table(CASE.replace("漏水", "LEAK")), lambda _, data: data.replace(b"LEAK", b"x" * 1_000_000)
        ),
        "cases.xlsx",
    )
    (refused,) = result.rejected
    assert (refused.row, refused.field) == (2, "summary")
    assert "1000000" in refused.reason and len(refused.value) <= 200
    with pytest.raises(Refused, match="quotes"):
        take(f"{HEADER}\nT-1,2026-11-02 09:00,电话,quality,{'x' * 1_000_000},K1\n")


def test_dates_of_many_kinds_stand_in_one_column(session: Session, take: Take) -> None:
    moments = [
        datetime(2026, 11, 2, 9, 30),
        46328.395833333336,
        "2026-11-02 09:30",
        "２０２６－１１－０２ ０９：３０",
        "2026年11月2日 上午9时30分",
        "2026/11/2 9:30",
        "2026-11-02T01:30:00Z",
        "2026-11-02 09:30:00+08:00",
        "'2026-11-02 09:30",
        "202611020930",
    ]
    rows = [[f"T-{n}", at, "电话", "quality", f"第{n}件", "K1"] for n, at in enumerate(moments)]
    result = take(workbook(HEADER.split(","), *rows), "cases.xlsx")
    assert [r.reason for r in result.rejected] == []
    assert set(session.scalars(select(Complaint.received_at))) == {local(2026, 11, 2, 9, 30)}


@pytest.mark.parametrize("at", [-5, -46328.4, 0, 0.5, 1, 10**9, True, "03/04/2026 09:00", "2026-02-30 09:00", "2026-11-02 09:30 CST"])  # fmt: skip
def test_what_is_no_date_is_refused_with_its_row(take: Take, at: Any) -> None:
    row = ["T-1", at, "电话", "quality", "漏水", "K1"]
    result = take(workbook(HEADER.split(","), row), "cases.xlsx")
    assert [(r.row, r.field) for r in result.rejected] == [(2, "received_at")]


def test_numbers_kept_as_text_with_an_apostrophe_are_those_numbers(session: Session, take: Take) -> None:
    result = take(f"{HEADER},客户电话\n'T-1,2026-11-02 09:00,电话,quality,漏水,'K1,'+8613800138000\n")
    assert (result.accepted, result.rejected) == (1, [])
    one = session.scalars(select(Complaint)).one()
    assert (one.number, one.customer_phone) == ("T-1", "+8613800138000")


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_text_that_looks_like_a_formula_is_kept_as_text(session: Session, take: Take, text: str) -> None:
    quoted = text.replace('"', '""')
    assert take(f'{HEADER}\nT-1,2026-11-02 09:00,电话,quality,"{quoted}",K1\n').accepted == 1
    assert session.scalars(select(Complaint.summary)).one() == text
    guarded = f'{HEADER}\nT-1,2026-11-02 09:00,电话,quality,"\'{quoted}",K1\n'  # as our own exports write it
    assert take(guarded).unchanged == 1


def test_an_empty_result_of_a_formula_is_an_empty_cell_and_a_missing_one_is_refused(take: Take) -> None:
    def formula(value: bytes) -> Callable[[str, bytes], bytes]:
        cell = b'<c r="E2" t="str"><f>IF(A9="","","x")</f>' + value + b"</c>"

        def change(part: str, data: bytes) -> bytes:
            start = data.find(b'<c r="E2"')
            if "sheet1.xml" not in part or start < 0:
                return data
            return data[:start] + cell + data[data.index(b"</c>", start) + 4 :]

        return change

    empty = take(repacked(table(CASE), formula(b"<v></v>")), "cases.xlsx")
    assert [r.reason for r in empty.rejected] == ["必填，不能为空。"]
    missing = take(repacked(table(CASE), formula(b"")), "cases.xlsx")
    assert "公式" in missing.rejected[0].reason
    assert take(repacked(table(CASE), formula(b"<v>ok</v>")), "cases.xlsx").accepted == 1


# Headers


def test_a_title_over_two_columns_is_refused_by_its_name(take: Take) -> None:
    with pytest.raises(Refused, match="投诉内容"):
        take(f"{HEADER},投诉内容\n{CASE},又一个\n")
    assert take(f"{HEADER},无关,无关\n{CASE},1,2\n").accepted == 1


def test_a_header_in_the_middle_is_said_to_be_one(take: Take) -> None:
    result = take(f"{HEADER}\n{CASE}\n{HEADER}\n{CASE.replace('T-1', 'T-2')}\n")
    assert result.accepted == 2
    (refused,) = result.rejected
    assert refused.row == 3 and "表头" in refused.reason


def test_titles_that_are_merged_over_two_rows_are_put_together(session: Session, take: Take) -> None:
    def merge(made: Workbook) -> None:
        sheet: Any = made.active
        for place in ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:E2", "F1:F2", "G1:H1"):
            sheet.merge_cells(place)

    top = [*HEADER.split(","), "反馈", None]
    below = [None] * 6 + ["首次反馈时间", "最终答复时间"]
    case = [*CASE.split(","), "2026-11-03 10:00", "2026-11-05 10:00"]
    result = take(workbook(top, below, case, change=merge), "cases.xlsx")
    assert (result.accepted, result.rejected) == (1, [])
    one = session.scalars(select(Complaint)).one()
    assert [e.kind for e in one.events] == ["received", "first_feedback", "final_feedback"]


def test_the_data_may_be_on_the_second_sheet(take: Take) -> None:
    def add(made: Workbook) -> None:
        second = made.create_sheet("数据")
        second.append(HEADER.split(","))
        second.append(CASE.split(","))

    assert take(workbook(["使用说明"], ["请填写第二页"], change=add), "cases.xlsx").accepted == 1


# Text files


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\n"])
def test_lines_may_end_in_every_way(take: Take, end: str) -> None:
    assert take(end.join([HEADER, CASE, CASE.replace("T-1", "T-2"), ""])).accepted == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "gb18030"])
def test_encodings_need_no_mark(take: Take, encoding: str) -> None:
    assert take(f"{HEADER}\n{CASE}\n".encode(encoding)).accepted == 1


def test_a_mark_in_the_middle_of_the_text_does_no_harm(session: Session, take: Take) -> None:
    assert take(f"\ufeff\ufeff{HEADER}\n\ufeff{CASE}\n".encode()).accepted == 1
    assert session.scalars(select(Complaint.number)).one() == "T-1"


def test_nul_bytes_are_refused_and_quotes_in_quotes_are_read(session: Session, take: Take) -> None:
    with pytest.raises(Refused, match="no spreadsheet"):
        take(f"{HEADER}\n{CASE}\x00\n")
    text = '他说""好"",又说""不""'
    assert take(f'{HEADER}\nT-1,2026-11-02 09:00,电话,quality,"{text}",K1\n').accepted == 1
    assert session.scalars(select(Complaint.summary)).one() == '他说"好",又说"不"'


# Workbooks of other kinds


def test_a_workbook_with_macros_is_read_and_its_macros_are_not(take: Take) -> None:
    def macros(part: str, data: bytes) -> bytes:
        return data.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    assert take(repacked(table(CASE), macros), "cases.xlsm").accepted == 1


def test_a_workbook_that_refers_to_others_asks_for_none_of_them(take: Take) -> None:
    cell = b'<c r="E2" t="str"><f>[1]Sheet1!A1</f><v>from elsewhere</v></c>'

    def link(part: str, data: bytes) -> bytes:
        start = data.find(b'<c r="E2"')
        if "sheet1.xml" not in part:
            return data
        return data[:start] + cell + data[data.index(b"</c>", start) + 4 :]

    assert take(repacked(table(CASE), link), "cases.xlsx").accepted == 1


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600 + "Workbook".encode("utf-16-le"), "old Excel"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(take: Take, content: bytes, mentions: str) -> None:
    with pytest.raises(Refused, match=mentions):
        take(content, "cases.xlsx")


def test_an_opendocument_sheet_is_refused_by_name(take: Take) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<a/>")
    with pytest.raises(Refused, match="OpenDocument"):
        take(buffer.getvalue(), "cases.ods")


def test_a_doctype_behind_a_long_comment_is_refused(take: Take) -> None:
    def entities(part: str, data: bytes) -> bytes:
        if "sheet1.xml" not in part:
            return data
        start = data.index(b"<worksheet")
        lolz = b"<!--" + b"x" * 5000 + b'--><!DOCTYPE a [<!ENTITY b "bbbbbbbb">]>'
        return data[:start] + lolz + data[start:]

    with pytest.raises(Refused, match="damaged"):
        take(repacked(table(CASE), entities), "cases.xlsx")
