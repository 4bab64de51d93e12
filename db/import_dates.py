"""Dates, times and instants as people write them, and as spreadsheets keep them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite
from zoneinfo import ZoneInfo

from db.import_values import BadValue, plain, refuse_unusable

# Serial day numbers taken for dates: the years 1954 to 2119. Below and above, a number is a number.
SERIAL_DAYS = range(20_000, 80_001)
YEARS = range(1990, 2101)  # outside, a date is a slip of the pen or an empty cell's 1900-01-00

# What systems export: read at once. Everything else people write is read below.
_ISO = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)
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


def day(cell: object, epoch: datetime) -> date:
    """A date; the time of day, if one is written, is left out."""
    try:
        return _read(cell, epoch)[0]
    except _NoMoment as no:
        raise BadValue(
            f"“{no.written}”不是日期。请写成 2026-11-20。", f"{no.written!r} is no date; write 2026-11-20"
        ) from None


def instant(cell: object, epoch: datetime, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """An instant at whole seconds; without an offset it is local time at the site.

    A bare date means its first moment, with `end_of_day` the moment its last one ends.
    """
    naive = _plain_moment(cell)
    if naive is not None:
        return _local(naive, zone)
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
    return _local(datetime.combine(on, time()) + at, zone)


def _plain_moment(cell: object) -> datetime | None:
    """The local moment of a cell as systems export it, at whole seconds; None: to be read with more care."""
    if isinstance(cell, str):
        if not _ISO.fullmatch(cell):
            return None
        try:
            cell = datetime.fromisoformat(cell)
        except ValueError:
            return None  # the 31st of February
    # Midnight of a date cell and of an instant look the same: that is decided below.
    if not isinstance(cell, datetime) or cell.tzinfo is not None or cell.microsecond:
        return None
    return cell if cell.year in YEARS and (cell.hour or cell.minute or cell.second) else None


@lru_cache(maxsize=4096)
def _steady_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """The offset from UTC that holds all day long; None on a day on which the clocks change."""
    midnight = datetime.combine(day, time(), zone)
    begins, ends = midnight.utcoffset(), (midnight + timedelta(days=1)).utcoffset()
    return begins if begins == ends else None


def _local(naive: datetime, zone: ZoneInfo) -> datetime:
    offset = _steady_offset(naive.date(), zone)
    if offset is not None:
        return naive.replace(tzinfo=UTC) - offset
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
    written = plain(cell).lower().removeprefix("'")
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
        raise _NoMoment(plain(number))
    return _whole(epoch + timedelta(days=number))


def _written(written: str) -> tuple[date, timedelta | None, timedelta | None]:
    match = _DATE.match(written)
    if match is None:
        if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", written):
            raise BadValue(
                f"“{written[:40]}”分不清年月日。请写成 2026-11-20。",
                f"{written[:40]!r}: which is the day, which the month? Write 2026-11-20",
            )
        raise _NoMoment(written)
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
        raise _NoMoment(written)
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
            f"年份 {on.year} 不合理（{YEARS.start} 至 {YEARS.stop - 1}）。",
            f"the year {on.year} makes no sense here ({YEARS.start} to {YEARS.stop - 1})",
        )
    return on


class _NoMoment(BadValue):
    """Neither a date nor an instant."""

    def __init__(self, written: str) -> None:
        self.written = written[:40]
        super().__init__(
            f"“{self.written}”不是日期时间。请写成 2026-11-20 09:30。",
            f"{self.written!r} is no date and time; write 2026-11-20 09:30",
        )
