"""How the pages write durations, instants, dates, percentages and amounts. One place for all of them."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from decimal import Decimal

from dashboard.i18n import _
from dashboard.reads import work_calendar

NOTHING = "—"
"""What stands where there is no value: no denominator, not happened yet."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~:$.^=])")


def fmt_duration(seconds: float | None) -> str:
    """A length of time with its two largest units, rounded down: "2 h 5 min", "3 d 4 h", "45 s"."""
    if seconds is None:
        return NOTHING
    rest = int(abs(seconds))
    if rest < _MINUTE:
        return _("{n} s", n=rest)
    if rest < _HOUR:
        return _("{n} min", n=rest // _MINUTE)
    if rest < _DAY:
        hours, minutes = divmod(rest // _MINUTE, 60)
        return _("{h} h {m} min", h=hours, m=minutes) if minutes else _("{n} h", n=hours)
    days, hours = divmod(rest // _HOUR, 24)
    return _("{d} d {h} h", d=days, h=hours) if hours else _("{n} d", n=days)


def fmt_time_left(due_at: datetime, now: datetime) -> str:
    """How long until a deadline, in words, or how long it has been passed."""
    seconds = (due_at - now).total_seconds()
    duration = fmt_duration(seconds)
    return (
        _("{duration} left", duration=duration) if seconds >= 0 else _("{duration} over", duration=duration)
    )


def fmt_instant(at: datetime | None, zone: tzinfo | None = None) -> str:
    """Local date and time of an instant: 2026-11-21 14:05."""
    return NOTHING if at is None else at.astimezone(zone or site_zone()).strftime("%Y-%m-%d %H:%M")


def fmt_time(at: datetime | None, zone: tzinfo | None = None) -> str:
    """Local time of an instant: 14:05."""
    return NOTHING if at is None else at.astimezone(zone or site_zone()).strftime("%H:%M")


def fmt_date(day: date | None) -> str:
    """A date: 2026-11-21."""
    return NOTHING if day is None else day.isoformat()


def fmt_month(month: str) -> str:
    """A month "2026-10" as people write it."""
    year, _dash, number = month.partition("-")
    return _("{year}-{month:02d}", year=year, month=int(number)) if number.isdigit() else month


def fmt_percent(numerator: float | None, denominator: float | None, digits: int = 1) -> str:
    """A share in percent; nothing where the denominator is zero."""
    if numerator is None or not denominator:
        return NOTHING
    return fmt_rate(100 * numerator / denominator, digits)


def fmt_rate(percent: float | None, digits: int = 1) -> str:
    """A percentage that is already one: 96.4%, and 100% without decimals."""
    if percent is None:
        return NOTHING
    text = f"{percent:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def fmt_count(number: float | Decimal | None) -> str:
    """A number with thousands separators and only the decimals it has (two at most)."""
    if number is None:
        return NOTHING
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


def fmt_quantity(value: float | None, unit: str) -> str:
    """A metric's value with its unit: percent, count, points, minutes or hours."""
    if value is None:
        return NOTHING
    if unit == "hours":
        return fmt_duration(value * _HOUR)
    if unit == "percent":
        return fmt_rate(value)
    if unit == "points":
        return _("{n} points", n=fmt_count(value))
    if unit == "minutes":
        return _("{n} min", n=fmt_count(round(value, 1)))
    return fmt_count(value)


def plain(text: object) -> str:
    """Text that Markdown leaves alone: what customers and files say is shown, never interpreted."""
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("\n", " ")


def site_zone() -> tzinfo:
    """The site's time zone, as the rulebook in force says."""
    return work_calendar().timezone
