"""Spreadsheets as they come: rows of cells with the row numbers people see, whatever the file pretends to be.

A file is known by its content, not by its name. Whatever cannot be a table is refused in one sentence
that says what to do instead; nothing in a file can make this raise anything but Refused.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes
from openpyxl.utils.datetime import WINDOWS_EPOCH

from db.refusals import Refused
from db.tables import Cell, Sheet, Uncached, check_size, not_a_spreadsheet
from db.workbooks import workbook_sheets

__all__ = ["Cell", "Sheet", "Uncached", "read_sheets"]

SNIFFED_LINES = 20
UTF16_ONE_ZERO_IN = 20  # bytes, at the least, of a table in UTF-16
DELIMITERS = ",\t;|,"  # the last is the full-width comma


def read_sheets(path: Path, max_bytes: int) -> Iterator[Sheet]:
    """The tables of a file, one after the other: each sheet of an .xlsx, or the one table of a CSV.

    Raises Refused: not there, too large, empty, not a spreadsheet, protected, of an old format, a bomb.
    """
    head = _head(path, max_bytes)
    if head.startswith(b"PK\x03\x04"):
        yield from workbook_sheets(path)
        return
    _refuse_known_others(path, head)
    yield _csv_sheet(path)


def _head(path: Path, max_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise Refused(
                f"{path.name} 是文件夹，不是表格文件。", f"{path.name} is a folder, not a spreadsheet"
            )
        if size > max_bytes:
            limit = max_bytes // (1024 * 1024)
            raise Refused(
                f"文件有 {size / 1024 / 1024:.0f} MB，超过上限 {limit} MB。请分成几个文件。",
                f"the file has {size / 1024 / 1024:.0f} MB, more than the {limit} MB accepted; split it",
            )
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise Refused(
            f"无法读取文件 {path.name}：{error.strerror}。",
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
                "文件设有打开密码。请在 Excel 中去掉密码后另存，再导入。",
                "the file is protected by a password: save it without one in Excel, then import",
            )
        raise Refused(
            "这是旧版 Excel 文件（.xls）。请在 Excel 中另存为 .xlsx 或 CSV，再导入。",
            "this is an old Excel file (.xls): save it as .xlsx or CSV in Excel, then import",
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise Refused(
            "这是网页或 XML 文件，不是表格。请在 Excel 中打开后另存为 .xlsx 或 CSV。",
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
            raise not_a_spreadsheet(name)


# CSV


def _csv_sheet(path: Path) -> Sheet:
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise Refused(
            f"无法读取文件：{error.strerror}。", f"the file cannot be read: {error.strerror}"
        ) from None
    stream = io.StringIO(text.rstrip("\x1a"), newline="")
    length = len(text) or 1
    return Sheet("", _csv_rows(stream, _delimiter(text)), WINDOWS_EPOCH, lambda: stream.tell() / length)


def _decoded(content: bytes) -> str:
    """The text of a CSV: UTF-16 by its mark, else UTF-8 if it is that, else GB18030, else the best guess."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ["utf-16"]
    elif b"\x00" in content:
        unmarked = _utf16_of(content)
        if unmarked is None:
            raise not_a_spreadsheet()
        order = [unmarked]
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
    raise not_a_spreadsheet()


def _utf16_of(content: bytes) -> str | None:
    """Which UTF-16 a text without its mark is in; None for no such text.

    Digits and delimiters have a zero for one of their two bytes, so a table has many and nearly all on one side.
    """
    sample = content[: 1 << 16]
    high, low = sample[1::2].count(0), sample[::2].count(0)
    zeros = high + low
    if len(content) % 2 or zeros * UTF16_ONE_ZERO_IN < len(sample):
        return None
    if max(high, low) < 0.9 * zeros:
        return None
    encoding = "utf-16-le" if high > low else "utf-16-be"
    text = sample.decode(encoding, "replace")
    return encoding if any(d in text for d in DELIMITERS) and ("\n" in text or "\r" in text) else None


def _is_text(text: str) -> bool:
    """No control characters but those that lay out text: bytes that are none often decode to them."""
    return not any(character < " " and character not in "\t\r\n\x0b\x0c\x1a" for character in set(text))


def _csv_rows(stream: io.StringIO, delimiter: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    try:
        reader = csv.reader(stream, delimiter=delimiter)
        for number, row in enumerate(reader, start=1):
            check_size(number, len(row))
            if any(cell.strip() for cell in row):
                yield number, tuple(row)
    except csv.Error as error:
        raise Refused(
            f"CSV 格式有误({error})。请检查引号是否成对，或在 Excel 中另存为 .xlsx。",
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
