"""Workbooks (.xlsx): looked at before they are unpacked, then read row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from db.refusals import Refused
from db.tables import Sheet, Uncached, check_size, not_a_spreadsheet

MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # of all parts of an .xlsx: what fits into a small server's memory
MAX_RATIO = 300  # spreadsheets pack some 10 to 50 times; a bomb packs thousands of times
RATIO_MATTERS_FROM = 20 * 1024 * 1024  # a small file may pack as well as it likes
MAX_PARTS = 10_000


def workbook_sheets(path: Path) -> Iterator[Sheet]:
    """The visible sheets of an .xlsx. Raises Refused for one that is damaged, protected or a bomb."""
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
                check_size(number, len(row))
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
                raise not_a_spreadsheet("OpenDocument" if is_ods else "ZIP")
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
