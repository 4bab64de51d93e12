"""What is written in a cell, as a typed value. Each reader raises BadValue with the reason in both languages.

Chinese and English spellings, full-width digits, Excel's serial dates: whatever a department's sheets hold.
What is ambiguous (03/04/2026) is refused, not guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite

from db.refusals import Refused
from db.spreadsheets import Uncached
from regulations.names import NAMES

EXACT_DIGITS = 15  # a spreadsheet keeps no more digits of a number than these
ERRORS = {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#####"}

# The apostrophe that keeps a spreadsheet from running or counting with a text is no part of the text.
_GUARDED = re.compile(r"'[=+\-@]")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)


class BadValue(Refused):
    """The cell does not hold what its column should."""


def plain(cell: object) -> str:
    """The cell as tidy text: full-width letters and digits narrowed, blanks around it gone; "" for none."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if not (cell.isascii() or unicodedata.is_normalized("NFKC", cell)):
            cell = unicodedata.normalize("NFKC", cell)
        return cell.strip().strip("\u200b\ufeff")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("\u200b\ufeff")


def _number_text(number: float) -> str:
    if isinstance(number, int) or (isfinite(number) and abs(number) < 1e300 and number == int(number)):
        return str(int(number))
    return repr(number)


def refuse_unusable(cell: object) -> None:
    """Raises BadValue for a formula without a result and for an error value."""
    if isinstance(cell, Uncached):
        raise BadValue(
            f"公式 {cell.formula[:60]} 没有保存计算结果。请在 Excel 中打开并保存后再导入。",
            f"the formula {cell.formula[:60]} was saved without its result: open and save the file in Excel, then import",
        )
    if isinstance(cell, str) and "#" in cell and cell.strip().upper() in ERRORS:
        raise BadValue(f"单元格是错误值 {cell.strip()}。", f"the cell holds the error {cell.strip()}")


def text(cell: object, longest: int) -> str:
    """Text as it is written, for names and notes. Control characters are dropped, line ends kept."""
    refuse_unusable(cell)
    if isinstance(cell, str):
        if not cell.isprintable():
            cell = "".join(c for c in cell if c.isprintable() or c in "\n\t")
        written = cell.strip()
        if _GUARDED.match(written):
            written = written[1:]
    else:
        written = plain(cell)
    if len(written) > longest:
        raise BadValue(
            f"太长：{len(written)} 个字符，最多 {longest} 个。",
            f"{len(written)} characters, at most {longest} fit",
        )
    return written


def number_text(cell: object, longest: int) -> str:
    """A staff number, case number or telephone number: digits kept exactly, also when typed as a number."""
    refuse_unusable(cell)
    if isinstance(cell, float) and (not isfinite(cell) or abs(cell) >= 10**EXACT_DIGITS or cell != int(cell)):
        raise BadValue(
            "数字已失真：请把这一列设为文本后重新填写。",
            "the number has lost digits: format the column as text and enter it again",
        )
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS:
        raise BadValue(
            "数字超过 15 位，可能已失真：请把这一列设为文本。",
            "a number of more than 15 digits may have lost some: format the column as text",
        )
    written = plain(cell).removeprefix("'")
    if not written.isprintable():
        written = "".join(character for character in written if character.isprintable())
    if isinstance(cell, str) and _SCIENTIFIC.fullmatch(written):
        raise BadValue(
            "数字被写成了科学计数法，已失真：请把这一列设为文本。",
            "scientific notation has lost digits: format the column as text",
        )
    if len(written) > longest:
        raise BadValue(f"太长：最多 {longest} 个字符。", f"too long: at most {longest} characters")
    return written


_DECIMAL = re.compile(r"([+-]?\d{1,9}(?:\.\d+)?)\s*(?:天|日|days?|d)?", re.IGNORECASE)
_DECIMALS = 6  # of a computed cell: what lies beyond is how a spreadsheet keeps a fraction


def decimal(cell: object) -> Decimal:
    """A number with a fraction, as days are written: 1.5, -2, 3 天."""
    refuse_unusable(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell) and abs(cell) < 1e9:
        return Decimal(str(round(cell, _DECIMALS)))
    written = plain(cell).removeprefix("'").replace("\u2212", "-")
    match = None if isinstance(cell, bool) else _DECIMAL.fullmatch(written)
    if match is None:
        raise BadValue(f"“{written[:40]}”不是数字。请写成 1.5。", f"{written[:40]!r} is no number; write 1.5")
    return Decimal(match[1])


def code(
    cell: object, kind: str | Mapping[str, tuple[str, str]], aliases: Mapping[str, str] | None = None
) -> str:
    """The code that the cell names, of names.NAMES[kind] or of a table of names: by code, name or alias."""
    refuse_unusable(cell)
    table = NAMES[kind] if isinstance(kind, str) else kind
    written = plain(cell)
    wanted = written.casefold()
    for known, (zh, en) in table.items():
        if wanted in (known.casefold(), zh.casefold(), en.casefold()):
            return known
    found = (aliases or {}).get(wanted)
    if found is not None:
        return found
    names = "、".join(zh for zh, _ in table.values())
    raise BadValue(
        f"不认识“{written[:40]}”；可用：{names}。",
        f"unknown: {written[:40]!r}; there are {', '.join(en for _, en in table.values())}",
    )


_YES = {"是", "有", "对", "√", "✓", "y", "yes", "true", "1", "在职", "已完成", "完成", "批准", "已批准"}
_NO = {"否", "无", "没有", "不", "×", "x", "n", "no", "false", "0", "离职", "未完成", "未批准", "已离职"}


def flag(cell: object) -> bool:
    """Yes or no in the spellings people use."""
    refuse_unusable(cell)
    written = plain(cell).casefold()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise BadValue(f"“{written[:40]}”不是是或否。", f"{written[:40]!r} is neither yes nor no")
