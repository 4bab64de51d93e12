"""How days of an account are written for people: two decimals at most, with the hours where it is counted by the hour.

The exact value stands in the account's own lines.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from dashboard.formats import NOTHING, fmt_duration
from dashboard.i18n import _
from dashboard.reads import rulebook
from regulations.leave_hours import BY_THE_HOUR, DAY_HOURS
from regulations.wording import number_text

_SHOWN = Decimal("0.01")
_SECONDS = 3600


def short_days(days: Decimal) -> str:
    """Days without a unit, cut to two decimals: nobody is shown more than he has."""
    cut = days.quantize(_SHOWN, rounding=ROUND_DOWN)
    return number_text(cut if cut else Decimal(0))


def hours_of(type_: str, days: Decimal) -> str:
    """The same in hours, of leave that is counted by the hour; nothing for other leave."""
    per_day = rulebook().decimal(DAY_HOURS) if type_ == BY_THE_HOUR else None
    if per_day is None or not days:
        return NOTHING
    minutes = int(abs(days) * per_day * 60)
    return f"{'-' if days < 0 else ''}{_in_hours(minutes)}"


def _in_hours(minutes: int) -> str:
    """Hours and minutes also beyond a day, because a day of leave has not 24 hours."""
    hours, rest = divmod(minutes, 60)
    if not hours or not rest:
        return fmt_duration(60 * minutes) if minutes < 24 * 60 else _("{n} h", n=hours)
    return _("{h} h {m} min", h=hours, m=rest)


def with_hours(type_: str, days: Decimal) -> str:
    """Days with their unit and, where it is counted by the hour, the hours: "1.3 d (10 h 25 min)"."""
    said, hours = _("{n} d", n=short_days(days)), hours_of(type_, days)
    return said if hours == NOTHING else _("{text} ({more})", text=said, more=hours)
