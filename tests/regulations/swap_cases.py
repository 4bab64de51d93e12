"""Swaps for the tests: two people who exchange a day shift on Friday 20 November 2026 for one a week later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from regulations.swaps import Party, ShiftSpan, SwapFacts
from tests.regulations.site_books import at

SWAP_ON, PAYBACK_ON = date(2026, 11, 20), date(2026, 11, 27)
NOW = at("2026-11-16 10:00")
ALL_FOUR = frozenset(("requester", "partner", "requester_lead", "partner_lead"))


def span(start: str, end: str) -> ShiftSpan:
    """A shift from one local time to another; it belongs to the day it starts on."""
    begins = at(start)
    return ShiftSpan(begins, at(end), begins.date())


def day_shift(on: date, start: int = 9, hours: int = 9) -> ShiftSpan:
    """A shift of that day, from `start` o'clock."""
    begins = datetime(on.year, on.month, on.day, start, tzinfo=NOW.tzinfo)
    return ShiftSpan(begins, begins + timedelta(hours=hours), on)


def swap(
    requester: dict[str, Any] | None = None, partner: dict[str, Any] | None = None, **more: Any
) -> SwapFacts:
    """A swap that keeps every rule, with what is given in place of what it says."""
    alike = {"post": "hotline", "level": "senior"}
    swap_on, payback_on = more.get("swap_on", SWAP_ON), more.get("payback_on", PAYBACK_ON)
    facts: dict[str, Any] = {
        "swap_on": swap_on,
        "payback_on": payback_on,
        "shift": day_shift(swap_on),
        "payback": day_shift(payback_on) if payback_on else None,
        "consents": ALL_FOUR,
        "form_number": "HB-0012",
        "reason": "孩子家长会",
        "briefing": "交接本已说明",
        "as_of": NOW,
        **more,
    }
    own = (facts["shift"],) if facts["shift"] else ()
    his = (facts["payback"],) if facts["payback"] else ()
    return SwapFacts(
        requester=Party(**{"name": "王芳", "shifts": own, **alike, **(requester or {})}),
        partner=Party(**{"name": "李强", "shifts": his, **alike, **(partner or {})}),
        **facts,
    )
