"""Files that are not what they should be: each ends in a sentence, never in a traceback or a full memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from db import tables, workbooks
from db.engine import make_engine
from db.importing import import_file
from db.models import Base
from db.refusals import Refused
from db.spreadsheets import Uncached, read_sheets
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from tests.factories import NOW, make_agent, make_team

MEGABYTE = 1024 * 1024
Write = Callable[..., Path]


def rows_of(path: Path, max_bytes: int = 50 * MEGABYTE) -> list[tuple[int, tuple[Any, ...]]]:
    return [row for sheet in read_sheets(path, max_bytes) for row in sheet.rows]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def run(content: bytes, name: str = "file.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return run


def workbook_bytes(change: Callable[[Workbook], object] = lambda workbook: None) -> bytes:
    workbook = Workbook()
    workbook.active.append(["工号", "姓名"])  # type: ignore[union-attr]
    workbook.active.append(["K1", "林小雨"])  # type: ignore[union-attr]
    change(workbook)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


# What is no spreadsheet


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        (b"", "empty"),
        (b"   \r\n\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "PNG"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 100, "JPEG"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "RIFF"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "Workbook".encode("utf-16-le"), "old Excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        (bytes(range(256)) * 20, "no spreadsheet"),
        (b"a,b\x00c\n1,2\n", "no spreadsheet"),
        (b"PK\x03\x04 and then nothing of a zip", "damaged"),
    ],
)
def test_what_is_no_spreadsheet_is_known_by_its_content_whatever_its_name(
    write: Write, content: bytes, mentions: str
) -> None:
    for name in ("file.xlsx", "file.csv"):
        with pytest.raises(Refused, match=mentions) as refused:
            rows_of(write(content, name))
        assert refused.value.zh


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        (zipped(**{"readme.txt": b"hello"}), "ZIP"),
        (zipped(**{"word/document.xml": b"<w/>"}), "ZIP"),
        (zipped(**{"mimetype": b"x", "content.xml": b"<a/>"}), "OpenDocument"),
        (zipped(**{"xl/workbook.bin": b"\x00"}), "xlsb"),
        (zipped(**{"xl/workbook.xml": b"<broken"}), "damaged"),
        (zipped(**{"xl/workbook.xml": b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><a>&lol;</a>'}), "damaged"),
    ],
)
def test_zip_files_that_are_no_workbook_are_refused(write: Write, content: bytes, mentions: str) -> None:
    with pytest.raises(Refused, match=mentions):
        rows_of(write(content))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(**{"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"<row/>" * (6 * MEGABYTE)})
    assert len(bomb) < MEGABYTE
    with pytest.raises(Refused, match="unpacks to too much"):
        rows_of(write(bomb))
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(Refused, match="unpacks to too much"):
        rows_of(write(workbook_bytes()))


def test_a_file_that_is_too_large_missing_or_a_folder_is_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="split it"):
        rows_of(write(b"a,b\n" * MEGABYTE, "big.csv"), max_bytes=MEGABYTE)
    with pytest.raises(Refused, match="cannot be read"):
        rows_of(tmp_path / "none.csv")
    with pytest.raises(Refused, match="folder"):
        rows_of(tmp_path)


def test_too_many_columns_or_rows_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="1001 columns"):
        rows_of(write(b",".join([b"x"] * 1001) + b"\n", "wide.csv"))
    wide = workbook_bytes(lambda w: w.active.cell(5, 1500, "远"))  # type: ignore[union-attr]
    with pytest.raises(Refused, match="1500 columns"):
        rows_of(write(wide))
    monkeypatch.setattr(tables, "MAX_ROWS", 100)
    with pytest.raises(Refused, match="more than 100 rows"):
        rows_of(write(b"a,b\n" * 101, "long.csv"))
    deep = workbook_bytes(lambda w: w.active.cell(1_048_576, 1, "深"))  # type: ignore[union-attr]
    with pytest.raises(Refused, match="more than 100 rows"):
        rows_of(write(deep))


def test_ten_million_columns_are_refused_in_one_sentence(write: Write) -> None:
    with pytest.raises(Refused, match="10000001 columns"):
        rows_of(write(b"a" + b"," * 10_000_000 + b"\n1,2\n", "wide.csv"), max_bytes=20 * MEGABYTE)


def test_quotes_that_never_close_are_said_plainly(write: Write) -> None:
    with pytest.raises(Refused, match="quotes"):
        rows_of(write(b'a,b\n"' + b"x" * 200_000, "open.csv"))


# What is one


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_text_is_read_in_every_usual_encoding_and_delimiter(
    write: Write, encoding: str, delimiter: str
) -> None:
    text = "工号,姓名,投诉内容\r\nK1,林小雨,龘这个字也要读对\r\n"
    text = (
        text.replace(",", delimiter) if encoding != "gbk" else text.replace(",", delimiter).replace("龘", "")
    )
    rows = rows_of(write(text.encode(encoding), "list.csv"))
    assert rows[0] == (1, ("工号", "姓名", "投诉内容"))
    assert rows[1][1][:2] == ("K1", "林小雨")
    assert rows[1][1][2].endswith("这个字也要读对")


def test_rows_keep_the_numbers_people_see(write: Write) -> None:
    text = '工号,内容\n\nK1,"两行\n的内容"\n,\nK2,完\n'
    assert [number for number, _ in rows_of(write(text.encode(), "list.csv"))] == [1, 3, 5]
    sparse = workbook_bytes(lambda w: w.active.cell(7, 1, "K7"))  # type: ignore[union-attr]
    assert [number for number, _ in rows_of(write(sparse))] == [1, 2, 7]


def test_dates_of_a_workbook_come_as_dates_also_counted_from_1904(write: Write) -> None:
    def fill(workbook: Workbook) -> None:
        workbook.epoch = datetime(1904, 1, 1)
        workbook.active.append([datetime(2026, 11, 20, 9, 30), date(2026, 11, 20)])  # type: ignore[union-attr]

    rows = rows_of(write(workbook_bytes(fill)))
    assert rows[2][1] == (datetime(2026, 11, 20, 9, 30), datetime(2026, 11, 20))
    assert next(read_sheets(write(workbook_bytes(fill)), MEGABYTE)).epoch == datetime(1904, 1, 1)


def test_a_formula_without_its_result_is_told_from_an_empty_cell(write: Write) -> None:
    rows = rows_of(write(workbook_bytes(lambda w: w.active.append(["=A1&A2", None, "x"]))))  # type: ignore[union-attr]
    uncached, empty, text = rows[2][1]
    assert isinstance(uncached, Uncached) and str(uncached) == "=A1&A2"
    assert (empty, text) == (None, "x")


def test_the_values_of_merged_cells_stand_in_the_first_only(write: Write) -> None:
    def fill(workbook: Workbook) -> None:
        workbook.active.append(["K2", "甲"])  # type: ignore[union-attr]
        workbook.active.merge_cells("A2:A3")  # type: ignore[union-attr]

    assert rows_of(write(workbook_bytes(fill)))[2][1][0] is None


def test_hidden_sheets_are_left_out(write: Write) -> None:
    def fill(workbook: Workbook) -> None:
        secret = workbook.create_sheet("隐藏", 0)
        secret.append(["不该", "读到"])
        secret.sheet_state = "hidden"

    assert rows_of(write(workbook_bytes(fill)))[0][1] == ("工号", "姓名")


def test_what_a_sheet_says_of_its_size_is_not_believed(write: Write) -> None:
    content = workbook_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            data = old.read(part).replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1:XFD1048576"')
            new.writestr(part, data)
    assert len(rows_of(write(buffer.getvalue()))) == 2


# Through the whole import


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """One database for all the broken files; none of them may change it."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'desk.sqlite3'}")
    Base.metadata.create_all(engine)
    session = Session(engine)
    make_agent(session, make_team(session, "goods"), "K1")
    session.commit()
    return session


KINDS = ("agents", "complaints", "callbacks", "shifts", "punches", "leave")
BOOK = load_rulebook(("goods_sales", "hospital_callback"))
SHEETS = {
    "complaints": "投诉编号,受理时间,渠道,类别,内容,工号,结案时间\nT1,2026-11-16 09:30,电话,物流,送货晚了,K1,2026-11-18 16:00\nT2,2026年11月17日 下午2:05,来电,质量,破损,K1,\n",
    "punches": "工号,打卡时间,类型\nK1,2026-11-19 08:55:12,上班\nK1,2026-11-19 18:03,下班\n",
    "shifts": "工号,日期,上班时间,下班时间,休息\nK1,2026-11-19,09:00,18:00,12:00-13:00\n",
    "leave": "工号,类型,开始时间,结束时间\nK1,病假,2026-11-19,2026-11-20\n",
    "callbacks": "编号,类别,出院日期,回访人,回访时间,结果\nC1,出院,2026-11-02,K1,2026-11-09 10:05,接通\n",
    "agents": "工号,姓名,班组\nK1,林小雨,goods\nK2,陈思远,goods\n",
}


def try_import(desk: Session, kind: str, path: Path) -> None:
    try:
        result = import_file(desk, SYSTEM, kind, path, book=BOOK, now=NOW)
        assert all(r.reason and r.row >= 1 for r in result.rejected)
    except Refused as refused:
        assert refused.zh and refused.en and "\n" not in refused.en
    finally:
        desk.rollback()


WORKBOOK = workbook_bytes()  # made once: a workbook holds the time it was made
FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(content=st.binary(max_size=3000), kind=st.sampled_from(KINDS))
def test_random_bytes_end_in_a_sentence(desk: Session, tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "fuzz.bin"
    path.write_bytes(content)
    try_import(desk, kind, path)


@FUZZ
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_mutated_sheets_end_in_rows_refusals_or_a_sentence(
    desk: Session, tmp_path: Path, data: st.DataObject, kind: str
) -> None:
    text = SHEETS[kind]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text(max_size=8)) + text[at + cut :]
    path = tmp_path / "fuzz.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try_import(desk, kind, path)


@FUZZ
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_hostile_cells_end_in_rows_or_refusals(
    desk: Session, tmp_path: Path, data: st.DataObject, kind: str
) -> None:
    cell = st.one_of(
        st.text(max_size=30), st.floats(), st.integers(), st.datetimes().map(str),
        st.sampled_from(["=cmd|' /C calc'!A0", "#REF!", "24:00", "2026-11-19 25:61", "K1", "\u202e", "' OR 1=1", "\u0000", "1e309", "下午", "99999"]),
    )  # fmt: skip
    header, *rows = SHEETS[kind].splitlines()
    lines = [header.split(","), *(row.split(",") for row in rows)]
    for line in lines[1:]:
        line[data.draw(st.integers(0, len(line) - 1))] = str(data.draw(cell)).replace(",", "")
    path = tmp_path / "fuzz.csv"
    path.write_bytes("\n".join(",".join(line) for line in lines).encode("utf-8", "surrogatepass"))
    try_import(desk, kind, path)


@FUZZ
@given(data=st.data())
def test_damaged_workbooks_end_in_a_sentence(desk: Session, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 50))
    path = tmp_path / "fuzz.xlsx"
    path.write_bytes(bytes(content[: len(content) - cut]))
    try_import(desk, "agents", path)


def test_the_workbooks_of_these_tests_are_real_ones(write: Write) -> None:
    assert load_workbook(write(workbook_bytes())).active["B2"].value == "林小雨"  # type: ignore[index]
    assert create_engine("sqlite://").dialect.name == "sqlite"
