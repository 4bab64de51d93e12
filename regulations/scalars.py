"""Single values as they stand in a file, read or refused: numbers, texts, codes, durations, times, dates.

Reading refuses with `Refused`, whose reasons are all that is wrong with the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from regulations.schema import IDENTIFIER
from regulations.values import ROLES, Duration, Role, Unit

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LONGEST = 100 * 366 * 24 * 60  # minutes: a hundred years, so that no deadline leaves the calendar
_MINUTES = {
    Unit.MINUTE: 1,
    Unit.HOUR: 60,
    Unit.CALENDAR_DAY: 1440,
    Unit.WORKING_DAY: 1440,
    Unit.WEEK: 10080,
    Unit.MONTH: 44640,
}
_LARGEST = Decimal(10**9)
_CONTROL = re.compile(r"[\x00-\x1f\ud800-\udfff]")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class Refused(ValueError):
    """A value that cannot be used. `reasons` says everything that is wrong with it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def number(raw: object, what: str = "value") -> Decimal:
    """A finite decimal with at most six places, below a thousand million."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Refused(f"{what} must be a number, not {shown(raw)}")
    value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    if not value.is_finite():
        raise Refused(f"{what} must be a finite number")
    if abs(value) > _LARGEST:
        raise Refused(f"{what} is too large")
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        raise Refused(f"{what} has more than six decimal places")
    return value.normalize() + 0


def plain(value: Decimal) -> int | float:
    """The number as JSON writes it."""
    return int(value) if value == value.to_integral_value() else float(value)


def text(raw: object, what: str = "value", longest: int = 500) -> str:
    """A non-empty text without control characters."""
    if not isinstance(raw, str):
        raise Refused(f"{what} must be a text, not {shown(raw)}")
    if not raw.strip():
        raise Refused(f"{what} is empty")
    if len(raw) > longest:
        raise Refused(f"{what} is longer than {longest} characters")
    if _CONTROL.search(raw):
        raise Refused(f"{what} contains control characters")
    return raw.strip()


def one_of(raw: object, choices: tuple[str, ...], what: str = "value") -> str:
    """One of the choices."""
    if not isinstance(raw, str) or raw not in choices:
        raise Refused(f"{what} must be one of {', '.join(choices)}, not {shown(raw)}")
    return raw


def role(raw: object, what: str = "value") -> Role:
    """One of the abstract roles (catalogue section 4.2)."""
    return one_of(raw, ROLES, what)  # type: ignore[return-value]


def identifier(raw: object, what: str = "value") -> str:
    """A stored code: lower-case letters, digits, `_` and `-`, at most 60."""
    if not isinstance(raw, str) or not IDENTIFIER.fullmatch(raw):
        raise Refused(f"{what} must be a code in lower-case letters, digits, _ and -, not {shown(raw)}")
    return raw


def duration(raw: object, unit: object, units: tuple[Unit, ...] = tuple(Unit)) -> Duration:
    """A length of time. The unit is part of the type and must be given."""
    if unit is None:
        raise Refused(f"a duration needs its unit: {', '.join(units)}")
    known = one_of(unit, tuple(u.value for u in units), "unit")
    value = number(raw)
    whole = known not in (Unit.MINUTE, Unit.HOUR)
    if value < 0:
        raise Refused("a duration cannot be negative")
    if whole and value != value.to_integral_value():
        raise Refused(f"only whole {known}s can be counted")
    if value * _MINUTES[Unit(known)] > _LONGEST:
        raise Refused("a duration cannot be longer than a hundred years")
    return Duration(value, Unit(known))


def time_of_day(raw: object, what: str = "value") -> time:
    """A local time, "HH:MM". "24:00" is the end of the day and is kept as 00:00."""
    if isinstance(raw, time) and raw.tzinfo is None and raw.second == raw.microsecond == 0:
        return raw
    if not isinstance(raw, str) or not (found := _TIME.fullmatch(raw)):
        raise Refused(f'{what} must be a time such as "09:30", not {shown(raw)}')
    return time(int(found.group(1) or 0), int(found.group(2) or 0))


def day(raw: object, what: str = "value") -> date:
    """A calendar date, "YYYY-MM-DD"."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Refused(f'{what} must be a date such as "2026-10-01", not {shown(raw)}') from None


def table_of(raw: object, what: str, allowed: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Any]:
    """A TOML table with the needed keys and no unknown one."""
    if not isinstance(raw, dict):
        raise Refused(f"{what} must be a table, not {shown(raw)}")
    reasons = [
        f"{what} has an unknown key {k!r}; known are {', '.join(allowed)}" for k in raw if k not in allowed
    ]
    reasons += [f"{what} lacks {k}" for k in needed if k not in raw]
    if reasons:
        raise Refused(*reasons)
    return raw


def each(raw: object, read: Callable[[object, str], Any], longest: int = 500) -> tuple[Any, ...]:
    """Every element of a list read, with everything wrong in any of them said at once."""
    if not isinstance(raw, list | tuple):
        raise Refused(f"value must be a list, not {shown(raw)}")
    if len(raw) > longest:
        raise Refused(f"a list has at most {longest} elements")
    values, reasons = [], []
    for i, element in enumerate(raw, 1):
        try:
            values.append(read(element, f"element {i}"))
        except Refused as refused:
            reasons += [r if r.startswith("element") else f"element {i}: {r}" for r in refused.reasons]
    if reasons:
        raise Refused(*reasons)
    return tuple(values)


def nested_duration(raw: object, what: str) -> Duration:
    """A duration inside a table: { value = 7, unit = "calendar_day" }."""
    table = table_of(raw, what, ("value", "unit"), ("value", "unit"))
    return duration(table["value"], table["unit"])


def minutes_of(value: time, *, end: bool = False) -> int:
    """Minutes since midnight; as an `end`, 00:00 is 24:00."""
    minutes = value.hour * 60 + value.minute
    return 1440 if end and minutes == 0 else minutes


def shown(raw: object) -> str:
    """The raw value in a message, cut short."""
    written = repr(raw)
    return written if len(written) <= 60 else written[:57] + "..."
