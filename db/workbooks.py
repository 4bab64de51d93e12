"""Workbooks (.xlsx): looked at before they are unpacked, then read row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from openpyxl.xml.constants import SHARED_STRINGS

from db.refusals import Refused
from db.sheet_xml import Lookups, shared_strings, sheet_rows
from db.tables import Sheet, not_a_spreadsheet

MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # of all parts of an .xlsx: what fits into a small server's memory
MAX_RATIO = 300  # spreadsheets pack some 10 to 50 times; a bomb packs thousands of times
RATIO_MATTERS_FROM = 20 * 1024 * 1024  # a small file may pack as well as it likes
MAX_PARTS = 10_000


def workbook_sheets(path: Path) -> Iterator[Sheet]:
    """The visible sheets of an .xlsx. Raises Refused for one that is damaged, protected or a bomb."""
    _check_package(path)
    try:
        epoch, lookups, parts = _open(path)
    except Exception as error:  # a damaged file is met with whatever openpyxl's parsers raise
        raise _damaged(error) from None
    for name, part in parts:
        reading = _Part(path, part)
        yield Sheet(name, reading.rows(lookups), epoch, reading.share_read)


def _open(path: Path) -> tuple[datetime, Lookups, list[tuple[str, str]]]:
    """Day 0 of the workbook, what its cells refer to, and the sheets to be read: name and part.

    Step by step and not by load_workbook, which reads every sheet through once to learn its size. The release of
    openpyxl is exactly the one these steps are of (requirements.txt).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
        reader: Any = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
        with reader.archive as package:
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(package, reader.wb)
            listed = reader.package.find(SHARED_STRINGS)
            strings: list[str] = []
            if listed is not None:
                with package.open(listed.PartName.lstrip("/")) as stream:
                    strings = shared_strings(stream)
            sheets = [
                (sheet.name, link.target, sheet.state == "visible")
                for sheet, link in reader.parser.find_sheets()
                if link.target in reader.valid_files and "chartsheet" not in link.Type
            ]
    book = reader.wb
    epoch = MAC_EPOCH if book.epoch == MAC_EPOCH else WINDOWS_EPOCH
    shown = [sheet for sheet in sheets if sheet[2]] or sheets
    lookups = Lookups(strings, epoch, book._date_formats, book._timedelta_formats)
    return epoch, lookups, [(name, part) for name, part, _ in shown]


class _Part:
    """One sheet's part of the package: its rows, and how much of it has been read."""

    def __init__(self, path: Path, part: str) -> None:
        self.path, self.part = path, part
        self.read, self.size = 0, 0

    def share_read(self) -> float:
        """0 to 1."""
        return min(1.0, self.read / self.size) if self.size else 0.0

    def rows(self, lookups: Lookups) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The rows that are not blank."""
        try:
            with zipfile.ZipFile(self.path) as package, package.open(self.part) as stream:
                self.size = package.getinfo(self.part).file_size
                for number, cells in sheet_rows(stream, lookups):
                    self.read = stream.tell()
                    if any(cell is not None and cell != "" for cell in cells):
                        yield number, tuple(cells)
        except Refused:
            raise
        except Exception as error:
            raise _damaged(error) from None


def _damaged(error: Exception) -> Refused:
    return Refused(
        f"表格文件已损坏，无法读取({type(error).__name__})。请在 Excel 中打开并另存后再导入。",
        f"the spreadsheet is damaged and cannot be read ({type(error).__name__}): open it in Excel, save it, then import",
    )


def _check_package(path: Path) -> None:
    """Look at the parts of an .xlsx before anything unpacks them."""
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
                raise not_a_spreadsheet("OpenDocument" if is_ods else "ZIP")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with package.open(part) as stream:
                        if b"<!" in stream.read(1024).upper().replace(b"<!--", b""):
                            raise _damaged(ValueError("DOCTYPE"))
    except Refused:
        raise
    except Exception as error:
        raise _damaged(error) from None


def _bomb() -> Refused:
    return Refused(
        "文件解开后过大，不予导入。请只保留需要的数据，另存后再导入。",
        "the file unpacks to too much and is not imported: keep only the data needed, save it, then import",
    )
