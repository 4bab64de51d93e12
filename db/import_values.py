"""What is written in a cell, as a typed value. Each reader raises BadValue with the reason in both languages.

Chinese and English spellings, full-width digits, Excel's serial dates: whatever a department's sheets hold.
What is ambiguous (03/04/2026) is refused, not guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from zoneinfo import ZoneInfo

from db.refusals import Refused
from db.spreadsheets import Uncached
from regulations.names import NAMES

# Serial day numbers taken for dates: the years 1954 to 2119. Below and above, a number is a number.
SERIAL_DAYS = range(20_000, 80_001)
YEARS = range(1990, 2101)  # outside, a date is a slip of the pen or an empty cell's 1900-01-00
EXACT_DIGITS = 15  # a spreadsheet keeps no more digits of a number than these
ERRORS = {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#####"}

_HALF = "上午|下午|早上|早晨|凌晨|中午|傍晚|晚上|晚|am|pm|a.m.|p.m."
_DATE = re.compile(
    r"(?P<year>\d{4})\s*(?:(?P<mark>[-/.])\s*(?P<month>\d{1,2})\s*(?P=mark)\s*(?P<day>\d{1,2})"
    r"|年\s*(?P<month_zh>\d{1,2})\s*月\s*(?P<day_zh>\d{1,2})\s*[日号]?"
    r"|(?P<month_tight>\d{2})(?P<day_tight>\d{2})(?=\D|\d{4}$|\d{6}$|$))"
)
_WEEKDAY = re.compile(r"[((]?\s*(?:星期|周|礼拜)[一二三四五六日天]\s*[))]?")
_TIME = re.compile(
    rf"(?P<before>{_HALF})?\s*(?P<hour>\d{{1,2}})"
    r"(?:\s*[:时点]\s*(?P<minute>\d{1,2})?(?P<half>半)?(?:\s*[:分]\s*(?:(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?)?"
    rf"\s*(?P<after>{_HALF})?"
    r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_TIGHT_TIME = re.compile(r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)


class BadValue(Refused):
    """The cell does not hold what its column should."""


def plain(cell: object) -> str:
    """The cell as tidy text: full-width letters and digits narrowed, blanks around it gone; "" for none."""
    if cell is None:
        return ""
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
    if isinstance(cell, str) and cell.strip().upper() in ERRORS:
        raise BadValue(f"单元格是错误值 {cell.strip()}。", f"the cell holds the error {cell.strip()}")


def text(cell: object, longest: int) -> str:
    """Text as it is written, for names and notes. Control characters are dropped, line ends kept."""
    refuse_unusable(cell)
    if isinstance(cell, str):
        written = "".join(c for c in cell if c.isprintable() or c in "\n\t").strip()
    else:
        written = plain(cell)
    if len(written) > longest:
        raise BadValue(
            f"太长:{len(written)} 个字符,最多 {longest} 个。",
            f"{len(written)} characters, at most {longest} fit",
        )
    return written


def number_text(cell: object, longest: int) -> str:
    """A staff number, case number or telephone number: digits kept exactly, also when typed as a number."""
    refuse_unusable(cell)
    if isinstance(cell, float) and (not isfinite(cell) or abs(cell) >= 10**EXACT_DIGITS or cell != int(cell)):
        raise BadValue(
            "数字已失真:请把这一列设为文本后重新填写。",
            "the number has lost digits: format the column as text and enter it again",
        )
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS:
        raise BadValue(
            "数字超过 15 位,可能已失真:请把这一列设为文本。",
            "a number of more than 15 digits may have lost some: format the column as text",
        )
    written = "".join(character for character in plain(cell) if character.isprintable())
    if isinstance(cell, str) and _SCIENTIFIC.fullmatch(written):
        raise BadValue(
            "数字被写成了科学计数法,已失真:请把这一列设为文本。",
            "scientific notation has lost digits: format the column as text",
        )
    if len(written) > longest:
        raise BadValue(f"太长:最多 {longest} 个字符。", f"too long: at most {longest} characters")
    return written


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
        f"不认识“{written[:40]}”;可用:{names}。",
        f"unknown: {written[:40]!r}; there are {', '.join(table)}",
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


def day(cell: object, epoch: datetime) -> date:
    """A date; the time of day, if one is written, is left out."""
    return _read(cell, epoch)[0]


def instant(cell: object, epoch: datetime, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """An instant at whole seconds; without an offset it is local time at the site.

    A bare date means its first moment, with `end_of_day` the moment its last one ends.
    """
    on, at, offset = _read(cell, epoch)
    if at is None:
        at = timedelta(days=1) if end_of_day else timedelta(0)
    return local_instant(on, at, zone) if offset is None else _aware(on, at, offset)


def has_time(cell: object, epoch: datetime) -> bool:
    """Whether the cell names a time of day and not only a date."""
    return _read(cell, epoch)[1] is not None


def time_of_day(cell: object) -> timedelta:
    """A time of day as the time since midnight; 24:00 is a whole day."""
    refuse_unusable(cell)
    if isinstance(cell, datetime):
        return _rounded(
            timedelta(
                hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond
            )
        )
    if isinstance(cell, time):
        return _rounded(
            timedelta(
                hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond
            )
        )
    if isinstance(cell, timedelta):
        if timedelta(0) <= cell <= timedelta(days=1):
            return _rounded(cell)
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        if 0 <= cell <= 1:
            return _rounded(timedelta(days=float(cell)))
    else:
        written = plain(cell).lower()
        match = _TIME.fullmatch(written) or _TIGHT_TIME.fullmatch(written)
        if match and not match.groupdict().get("zone"):
            return _clock_time(match, written)
    raise BadValue(
        f"“{plain(cell)[:40]}”不是时间。请写成 09:30。",
        f"{plain(cell)[:40]!r} is no time of day; write 09:30",
    )


def local_instant(on: date, at: timedelta, zone: ZoneInfo) -> datetime:
    """The instant of a local date and the time since its midnight. Raises BadValue for one skipped by the clocks."""
    naive = datetime.combine(on, time()) + at
    made = naive.replace(tzinfo=zone)
    if made.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise BadValue(f"{naive} 在当地时区不存在。", f"{naive} does not exist in the local time zone")
    return made.astimezone(UTC)


def _aware(on: date, at: timedelta, offset: timedelta) -> datetime:
    return (datetime.combine(on, time(), UTC) + at) - offset


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))


def _read(cell: object, epoch: datetime) -> tuple[date, timedelta | None, timedelta | None]:
    """Date, time since midnight (None when none is written), offset from UTC (None when none is written)."""
    refuse_unusable(cell)
    if isinstance(cell, datetime):
        if cell.tzinfo is not None:
            cell = cell.astimezone(UTC).replace(tzinfo=None)
            return _checked(cell.date()), _since_midnight(cell), timedelta(0)
        return _whole(cell)
    if isinstance(cell, date):
        return _checked(cell), None, None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _serial(float(cell), epoch)
    written = plain(cell).lower()
    if re.fullmatch(r"\d{5}(\.\d+)?", written):
        return _serial(float(written), epoch)
    return _written(written)


def _whole(at: datetime) -> tuple[date, timedelta | None, timedelta | None]:
    at += timedelta(microseconds=500_000)
    at = at.replace(microsecond=0)
    # A date cell and midnight look the same in a spreadsheet: taken for the date.
    return _checked(at.date()), _since_midnight(at) or None, None


def _since_midnight(at: datetime) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _serial(number: float, epoch: datetime) -> tuple[date, timedelta | None, timedelta | None]:
    if not isfinite(number) or int(number) not in SERIAL_DAYS:
        if isfinite(number) and number == int(number) and len(str(int(number))) in (8, 12, 14):
            return _written(str(int(number)))  # 20261120 typed as a number
        raise _no_date(_number_text(number))
    return _whole(epoch + timedelta(days=number))


def _written(written: str) -> tuple[date, timedelta | None, timedelta | None]:
    match = _DATE.match(written)
    if match is None:
        if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", written):
            raise BadValue(
                f"“{written[:40]}”分不清年月日。请写成 2026-11-20。",
                f"{written[:40]!r}: which is the day, which the month? Write 2026-11-20",
            )
        raise _no_date(written)
    parts = match.groupdict()
    month, dom = (parts[name] or parts[f"{name}_zh"] or parts[f"{name}_tight"] for name in ("month", "day"))
    try:
        on = _checked(date(int(parts["year"]), int(month), int(dom)))
    except ValueError:
        raise BadValue(f"没有“{match.group()}”这一天。", f"there is no day {match.group()!r}") from None
    rest = _WEEKDAY.sub(" ", written[match.end() :]).strip()
    if rest.startswith("t"):
        rest = rest[1:]
    if not rest:
        return on, None, None
    timed = _TIME.fullmatch(rest) or (_TIGHT_TIME.fullmatch(rest) if parts["month_tight"] else None)
    if timed is None:
        raise _no_date(written)
    return on, _clock_time(timed, rest), _offset(timed.groupdict().get("zone"))


def _clock_time(match: re.Match[str], written: str) -> timedelta:
    parts = match.groupdict()
    hour, second = int(parts["hour"]), int(parts.get("second") or 0)
    minute = 30 if parts.get("half") else int(parts.get("minute") or 0)
    if parts.get("minute") is None and not parts.get("half") and written.strip().isdigit():
        raise BadValue(
            f"“{written[:40]}”不是时间。请写成 09:30。", f"{written[:40]!r} is no time of day; write 09:30"
        )
    half = parts.get("before") or parts.get("after")
    if half in ("下午", "傍晚", "晚上", "晚", "pm", "p.m.") and hour < 12:
        hour += 12
    elif half in ("晚上", "晚") and hour == 12:
        hour = 24
    elif half == "中午" and hour < 3:
        hour += 12
    elif half in ("上午", "凌晨", "早上", "早晨", "am", "a.m.") and hour == 12:
        hour = 0
    at = timedelta(hours=hour, minutes=minute, seconds=second)
    if minute > 59 or second > 59 or at > timedelta(days=1):
        raise BadValue(f"没有“{written[:40]}”这个时间。", f"there is no time {written[:40]!r}")
    return at


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone in ("z", "utc", "gmt"):
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise BadValue(f"没有“{zone}”这个时区。", f"there is no time zone {zone!r}")
    return (1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)


def _checked(on: date) -> date:
    if on.year not in YEARS:
        raise BadValue(
            f"年份 {on.year} 不合理({YEARS.start} 至 {YEARS.stop - 1})。",
            f"the year {on.year} makes no sense here ({YEARS.start} to {YEARS.stop - 1})",
        )
    return on


def _no_date(written: str) -> BadValue:
    return BadValue(
        f"“{written[:40]}”不是日期时间。请写成 2026-11-20 09:30。",
        f"{written[:40]!r} is no date and time; write 2026-11-20 09:30",
    )
