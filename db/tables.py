"""A table as it comes out of a file, and how large one may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from db.refusals import Refused

Cell = str | int | float | bool | datetime | date | time | timedelta | None

MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000


class Uncached:
    """A formula whose result the file does not hold: the program that wrote it never calculated it."""

    def __init__(self, formula: str) -> None:
        self.formula = formula

    def __str__(self) -> str:
        return self.formula


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` yields (row number as the spreadsheet shows it, cells), blank rows left out.

    `epoch` is the day number 0 of its serial dates; `share_read` says how much of it has been read, 0 to 1.
    """

    name: str
    rows: Iterator[tuple[int, tuple[Any, ...]]]
    epoch: datetime
    share_read: Callable[[], float]


def check_size(row: int, columns: int) -> None:
    """Raises Refused for a row that is too wide or too far down."""
    if columns > MAX_COLUMNS:
        raise Refused(
            f"第 {row} 行有 {columns} 列，超过上限 {MAX_COLUMNS} 列。",
            f"row {row} has {columns} columns, more than {MAX_COLUMNS}",
        )
    if row > MAX_ROWS:
        raise Refused(
            f"文件超过 {MAX_ROWS:,} 行。请分成几个文件。",
            f"the file has more than {MAX_ROWS:,} rows; split it",
        )


def not_a_spreadsheet(what: str = "") -> Refused:
    """The refusal of a file that is something else."""
    zh, en = (f"（内容是 {what}）", f" (its content is {what})") if what else ("", "")
    return Refused(
        f"这不是表格文件{zh}。可以导入 .xlsx 和 CSV。",
        f"this is no spreadsheet{en}; .xlsx and CSV can be imported",
    )
