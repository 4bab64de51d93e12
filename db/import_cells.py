"""The cells of a row under a header, read as typed values, or why they cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db import import_dates, import_values
from db.import_columns import LEAVE_ENTRIES, LEAVE_STATUS, Field, Header
from db.import_results import SHOWN_VALUE, Rejection
from db.import_rows import Row
from db.import_values import BadValue
from regulations.names import NAMES

KNOWN_TEXTS = 1_000  # spellings of codes remembered while a file is read


def row_reader(
    header: Header, epoch: datetime, zone: ZoneInfo
) -> Callable[[int, tuple[Any, ...]], Row | Rejection]:
    """What reads the cells under this header as typed values, or says why they cannot be."""
    columns = [(column, position, _reader(column, epoch, zone)) for column, position in header.columns]

    def read(number: int, cells: tuple[Any, ...]) -> Row | Rejection:
        values: dict[str, Any] = {}
        bad: list[tuple[Field, str, BadValue]] = []
        if len(cells) > header.width and (overhang := _written(cells[header.width :])):
            return _too_long(number, overhang)
        for column, position, reader in columns:
            cell = cells[position] if position < len(cells) else None
            if cell is None or (isinstance(cell, str) and not import_values.plain(cell)):
                if column.required:
                    bad.append((column, "", BadValue("必填，不能为空。", "is required and empty")))
                continue
            try:
                values[column.name] = reader(cell)
            except BadValue as error:
                bad.append((column, import_values.plain(cell), error))
            except (ValueError, OverflowError, ArithmeticError):
                bad.append((column, import_values.plain(cell), BadValue("无法识别。", "cannot be read")))
        return _rejection(number, cells, bad, header) if bad else Row(number, values, cells, header)

    return read


def _written(cells: Sequence[Any]) -> list[str]:
    return [shown for cell in cells if (shown := import_values.plain(cell))]


def _too_long(number: int, overhang: Sequence[str]) -> Rejection:
    return Rejection(
        number,
        "",
        overhang[0][:SHOWN_VALUE],
        f"比表头多出 {len(overhang)} 列：内容中可能有未加引号的分隔符。",
        f"{len(overhang)} cells more than the header: a delimiter inside the text may lack its quotes",
    )


def _rejection(
    number: int, cells: tuple[Any, ...], bad: Sequence[tuple[Field, str, BadValue]], header: Header
) -> Rejection:
    if header.is_repeated(cells):
        said = "这一行重复了表头，不是数据。", "this row repeats the header and is no data"
        return Rejection(number, "", import_values.plain(cells[0])[:SHOWN_VALUE], *said)
    first, shown, why = bad[0]
    title = header.titles.get(first.name, first.zh)
    more_zh = "".join(f"另：{header.titles.get(c.name, c.zh)}{e.zh}" for c, _, e in bad[1:])
    more_en = "".join(f"; also {header.titles.get(c.name, c.en)}: {e.en}" for c, _, e in bad[1:])
    return Rejection(number, first.name, shown[:SHOWN_VALUE], why.zh + more_zh, why.en + more_en, title)


def _reader(column: Field, epoch: datetime, zone: ZoneInfo) -> Callable[[Any], Any]:
    """The way one column is read."""
    longest = column.longest
    match column.reader:
        case "number":
            return lambda cell: import_values.number_text(cell, longest)
        case "instant":
            return lambda cell: import_dates.instant(cell, epoch, zone)
        case "end":
            return lambda cell: import_dates.instant(cell, epoch, zone, end_of_day=True)
        case "decimal":
            return import_values.decimal
        case "date":
            return lambda cell: import_dates.day(cell, epoch)
        case "clock":
            return lambda cell: _clock(cell, epoch, zone)
        case "flag":
            return _remembering(import_values.flag)
        case "code":
            own = {"leave_status": LEAVE_STATUS, "leave_entry": LEAVE_ENTRIES}
            names = own.get(column.names) or NAMES[column.names]
            extra = dict(column.values or {})
            return _remembering(lambda cell: import_values.code(cell, names, extra))
        case "breaks":
            return _breaks
        case _:
            return lambda cell: import_values.text(cell, longest)


def _remembering(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same reader; what few texts a column of codes holds is read once each."""
    known: dict[str, Any] = {}

    def reader(cell: Any) -> Any:
        if not isinstance(cell, str):
            return read(cell)
        if cell not in known:
            if len(known) >= KNOWN_TEXTS:
                return read(cell)
            known[cell] = read(cell)
        return known[cell]

    return reader


def _clock(cell: Any, epoch: datetime, zone: ZoneInfo) -> timedelta | datetime:
    """A time of day (as the time since midnight) or, where a date is written with it, an instant."""
    if not isinstance(cell, datetime):
        try:
            return import_dates.time_of_day(cell)
        except BadValue:
            pass
    at = import_dates.instant(cell, epoch, zone)
    if not isinstance(cell, datetime) and not import_dates.has_time(cell, epoch):
        raise BadValue("只有日期，没有时间。", "a date without a time")
    return at


_BREAK = re.compile(r"(.+?)\s*(?:-|~|–|—|至|到)\s*(.+)")


def _breaks(cell: Any) -> list[tuple[timedelta, timedelta]]:
    """Breaks as written in one cell: 12:00-13:00; 15:00-15:15. Times since midnight."""
    import_values.refuse_unusable(cell)
    found = []
    for part in re.split(r"[;,、\n]+", import_values.plain(cell)):
        if not part.strip():
            continue
        match = _BREAK.fullmatch(part.strip())
        if match is None:
            raise BadValue(
                f"“{part[:40]}”不是休息时段。请写成 12:00-13:00。",
                f"{part[:40]!r} is no break; write 12:00-13:00",
            )
        found.append((import_dates.time_of_day(match[1]), import_dates.time_of_day(match[2])))
    return found
