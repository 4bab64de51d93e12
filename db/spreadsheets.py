"""Spreadsheets as they come: rows of cells with the row numbers people see, whatever the file pretends to be.

A file is known by its content, not by its name. Whatever cannot be a table is refused in one sentence
that says what to do instead; nothing in a file can make this raise anything but Refused.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from charset_normalizer import from_bytes
from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from db.refusals import Refused

Cell = str | int | float | bool | datetime | date | time | timedelta | None

MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # of all parts of an .xlsx: what fits into a small server's memory
MAX_RATIO = 300  # spreadsheets pack some 10 to 50 times; a bomb packs thousands of times
RATIO_MATTERS_FROM = 20 * 1024 * 1024  # a small file may pack as well as it likes
MAX_PARTS = 10_000
SNIFFED_LINES = 20
DELIMITERS = ",\t;|,"  # the last is the full-width comma


class Uncached:
    """A formula whose result the file does not hold: the program that wrote it never calculated it."""

    def __init__(self, formula: str) -> None:
        self.formula = formula

    def __str__(self) -> str:
        return self.formula


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` yields (row number as the spreadsheet shows it, cells), blank rows left out.

    `epoch` is the day number 0 of its serial dates; `row_count` a guess for progress, 0 when unknown.
    """

    name: str
    rows: Iterator[tuple[int, tuple[Any, ...]]]
    epoch: datetime
    row_count: int


def read_sheets(path: Path, max_bytes: int) -> Iterator[Sheet]:
    """The tables of a file, one after the other: each sheet of an .xlsx, or the one table of a CSV.

    Raises Refused: not there, too large, empty, not a spreadsheet, protected, of an old format, a bomb.
    """
    head = _head(path, max_bytes)
    if head.startswith(b"PK\x03\x04"):
        yield from _xlsx_sheets(path)
        return
    _refuse_known_others(path, head)
    yield _csv_sheet(path)


def _head(path: Path, max_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise Refused(
                f"{path.name} 是文件夹,不是表格文件。", f"{path.name} is a folder, not a spreadsheet"
            )
        if size > max_bytes:
            limit = max_bytes // (1024 * 1024)
            raise Refused(
                f"文件有 {size / 1024 / 1024:.0f} MB,超过上限 {limit} MB。请分成几个文件。",
                f"the file has {size / 1024 / 1024:.0f} MB, more than the {limit} MB accepted; split it",
            )
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise Refused(
            f"无法读取文件 {path.name}:{error.strerror}。",
            f"the file {path.name} cannot be read: {error.strerror}",
        ) from None
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise Refused("文件是空的。", "the file is empty")
    return head


def _refuse_known_others(path: Path, head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        with path.open("rb") as file:
            is_encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(8 * 1024 * 1024)
        if is_encrypted:
            raise Refused(
                "文件设有打开密码。请在 Excel 中去掉密码后另存,再导入。",
                "the file is protected by a password: save it without one in Excel, then import",
            )
        raise Refused(
            "这是旧版 Excel 文件(.xls)。请在 Excel 中另存为 .xlsx 或 CSV,再导入。",
            "this is an old Excel file (.xls): save it as .xlsx or CSV in Excel, then import",
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise Refused(
            "这是网页或 XML 文件,不是表格。请在 Excel 中打开后另存为 .xlsx 或 CSV。",
            "this is a web page or XML, not a spreadsheet: open it in Excel and save it as .xlsx or CSV",
        )
    known = {
        b"%PDF": "PDF",
        b"\x89PNG": "PNG",
        b"\xff\xd8\xff": "JPEG",
        b"GIF8": "GIF",
        b"RIFF": "RIFF",
        b"ID3": "MP3",
    }
    for mark, name in known.items():
        if head.startswith(mark):
            raise _not_a_spreadsheet(name)


def _not_a_spreadsheet(what: str = "") -> Refused:
    zh, en = (f"(内容是 {what})", f" (its content is {what})") if what else ("", "")
    return Refused(
        f"这不是表格文件{zh}。可以导入 .xlsx 和 CSV。",
        f"this is no spreadsheet{en}; .xlsx and CSV can be imported",
    )


# .xlsx


def _xlsx_sheets(path: Path) -> Iterator[Sheet]:
    formula_parts = _check_package(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            values = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            formulas = load_workbook(path, read_only=True, keep_links=False) if formula_parts else None
            epoch = MAC_EPOCH if values.epoch == MAC_EPOCH else WINDOWS_EPOCH
            sheets = [s for s in values.worksheets if s.sheet_state == "visible"] or values.worksheets
            for sheet in sheets:
                twin = formulas[sheet.title] if formulas is not None else None
                count = sheet.max_row or 0
                yield Sheet(sheet.title, _xlsx_rows(sheet, twin), epoch, count)
    except Refused:
        raise
    except Exception as error:  # openpyxl meets a damaged file with whatever its parsers raise
        raise _damaged(error) from None


def _xlsx_rows(sheet: Any, twin: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet.reset_dimensions()  # what the file says of its size need not be true
            rows = sheet.iter_rows(values_only=True)
            if twin is None:
                pairs: Iterator[tuple[Any, Any]] = ((row, row) for row in rows)
            else:
                twin.reset_dimensions()
                pairs = zip(rows, twin.iter_rows(values_only=True), strict=False)
            for number, (row, written) in enumerate(pairs, start=1):
                _check_size(number, len(row))
                cells = row
                if written is not row:
                    cells = tuple(
                        Uncached(formula) if value is None and _is_formula(formula) else value
                        for value, formula in zip(row, written, strict=False)
                    )
                if any(cell is not None and cell != "" for cell in cells):
                    yield number, cells
    except Refused:
        raise
    except Exception as error:
        raise _damaged(error) from None


def _is_formula(written: object) -> bool:
    return (isinstance(written, str) and written.startswith("=")) or type(written).__name__ in (
        "ArrayFormula",
        "DataTableFormula",
    )


def _check_size(row: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise Refused(
            f"第 {row} 行有 {columns} 列,超过上限 {MAX_COLUMNS} 列。",
            f"row {row} has {columns} columns, more than {MAX_COLUMNS}",
        )
    if row > MAX_ROWS:
        raise Refused(
            f"文件超过 {MAX_ROWS:,} 行。请分成几个文件。",
            f"the file has more than {MAX_ROWS:,} rows; split it",
        )


def _damaged(error: Exception) -> Refused:
    return Refused(
        f"表格文件已损坏,无法读取({type(error).__name__})。请在 Excel 中打开并另存后再导入。",
        f"the spreadsheet is damaged and cannot be read ({type(error).__name__}): open it in Excel, save it, then import",
    )


def _check_package(path: Path) -> bool:
    """Look at the parts of an .xlsx before anything unpacks them; whether a sheet holds formulas."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts) or 1
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
                raise _bomb()
            if unpacked > RATIO_MATTERS_FROM and unpacked / packed > MAX_RATIO:
                raise _bomb()
            if any(part.flag_bits & 0x1 for part in parts):
                raise Refused("压缩包设有密码。", "the package is protected by a password")
            if "xl/workbook.bin" in names:
                raise Refused(
                    "这是二进制工作簿(.xlsb)。请在 Excel 中另存为 .xlsx。",
                    "this is a binary workbook (.xlsb): save it as .xlsx in Excel",
                )
            if "xl/workbook.xml" not in {name.lstrip("/") for name in names}:
                is_ods = "mimetype" in names and "content.xml" in names
                raise _not_a_spreadsheet("OpenDocument" if is_ods else "ZIP")
            has_formulas = False
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as stream:
                        if b"<!" in stream.read(1024).upper().replace(b"<!--", b""):
                            raise _damaged(ValueError("DOCTYPE"))
                if part.filename.lstrip("/").startswith("xl/worksheets/") and not has_formulas:
                    with package.open(part) as stream:
                        has_formulas = _mentions_formula(stream)
            return has_formulas
    except Refused:
        raise
    except Exception as error:
        raise _damaged(error) from None


def _bomb() -> Refused:
    return Refused(
        "文件解开后过大,不予导入。请只保留需要的数据,另存后再导入。",
        "the file unpacks to too much and is not imported: keep only the data needed, save it, then import",
    )


def _mentions_formula(stream: IO[bytes]) -> bool:
    tail = b""
    while chunk := stream.read(1 << 20):
        text = tail + chunk
        if b"<f>" in text or b"<f " in text or b":f>" in text or b":f " in text:
            return True
        tail = text[-3:]
    return False


# CSV


def _csv_sheet(path: Path) -> Sheet:
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise Refused(
            f"无法读取文件:{error.strerror}。", f"the file cannot be read: {error.strerror}"
        ) from None
    return Sheet("", _csv_rows(text), WINDOWS_EPOCH, text.count("\n") + 1)


def _decoded(content: bytes) -> str:
    """The text of a CSV: UTF-16 by its mark, else UTF-8 if it is that, else GB18030, else the best guess."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ["utf-16"]
    elif b"\x00" in content:
        raise _not_a_spreadsheet()
    else:
        order = ["utf-8-sig", "gb18030"]
    for encoding in order:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    guess = from_bytes(content[: 1 << 20]).best()
    if guess is not None and guess.encoding not in ("utf_16", "utf_32"):
        try:
            text = content.decode(guess.encoding)
        except (UnicodeDecodeError, LookupError):
            text = "\x00"
        if _is_text(text):
            return text
    raise _not_a_spreadsheet()


def _is_text(text: str) -> bool:
    """No control characters but those that lay out text: bytes that are none often decode to them."""
    return not any(character < " " and character not in "\t\r\n\x0b\x0c\x1a" for character in set(text))


def _csv_rows(text: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    delimiter = _delimiter(text)
    try:
        reader = csv.reader(io.StringIO(text.rstrip("\x1a"), newline=""), delimiter=delimiter)
        for number, row in enumerate(reader, start=1):
            _check_size(number, len(row))
            if any(cell.strip() for cell in row):
                yield number, tuple(row)
    except csv.Error as error:
        raise Refused(
            f"CSV 格式有误({error})。请检查引号是否成对,或在 Excel 中另存为 .xlsx。",
            f"the CSV is malformed ({error}): check that quotes are closed, or save it as .xlsx",
        ) from None


def _delimiter(text: str) -> str:
    """The character that splits the first lines into the same number of columns most often."""
    best, best_score = ",", 0
    sample = "\n".join(text[: 1 << 16].splitlines()[:SNIFFED_LINES])
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        except csv.Error:
            continue
        wide = Counter(width for width in widths if width > 1)
        if wide:
            width, times = wide.most_common(1)[0]
            if times * width > best_score:
                best, best_score = delimiter, times * width
    return best
