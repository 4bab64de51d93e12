"""How instants, days and spans are worded in explanations, in Chinese and English."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal

from regulations.verdict import Lang

_WEEKDAYS: dict[Lang, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def day_text(day: date, lang: Lang) -> str:
    """ "2026-10-10（周六）" or "Sat 2026-10-10"."""
    weekday = _WEEKDAYS[lang][day.weekday()]
    return f"{weekday} {day.isoformat()}" if lang == "en" else f"{day.isoformat()}（{weekday}）"


def instant_text(at: datetime, zone: tzinfo) -> str:
    """The local date and time; seconds only where they are not zero, so that 08:00:59 is not read as 08:00."""
    local = at.astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def span_text(seconds: float, lang: Lang) -> str:
    """ "1 天 3 小时 20 分" or "1 d 3 h 20 min"; never more than it says: parts of a second are dropped."""
    whole = abs(int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    words = ("天", "小时", "分", "秒") if lang == "zh" else ("d", "h", "min", "s")
    parts = [f"{n} {w}" for n, w in zip((days, hours, minutes, left), words, strict=True) if n]
    return " ".join(parts) or f"0 {words[3]}"


def number_text(number: Decimal) -> str:
    """A decimal without trailing zeros and without an exponent."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(amount: Decimal, lang: Lang) -> str:
    """A sum in yuan with thousands separators, cents only where there are some: "1,200 元" or "¥1,200"."""
    whole = amount == amount.to_integral_value()
    number = f"{amount:,.0f}" if whole else f"{amount:,.2f}"
    return f"¥{number}" if lang == "en" else f"{number} 元"
