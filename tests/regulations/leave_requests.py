"""Leave requests for the tests, told in a few words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from regulations.leave import LeaveRequestFacts, LeaveRuling, LeaveShift, check
from regulations.rulebook import Rulebook
from tests.regulations.site_books import at

DAY = timedelta(days=1)


def shift(on: str, start: str = "09:00", end: str = "18:00", breaks: str = "12:00-13:00") -> LeaveShift:
    """A shift of a date; an end that is not after its start lies on the next day. `breaks` "" for none."""
    starts_at, ends_at = at(f"{on} {start}"), at(f"{on} {end}")
    if ends_at <= starts_at:
        ends_at += DAY
    pause = breaks.split("-") if breaks else []
    return LeaveShift(
        date.fromisoformat(on),
        starts_at,
        ends_at,
        ((at(f"{on} {pause[0]}"), at(f"{on} {pause[1]}")),) if pause else (),
    )


def request(**values: Any) -> LeaveRequestFacts:
    """Ordinary personal leave on Friday 20 November 2026, a whole rostered day, filed two days before."""
    told = {
        "type": "personal",
        "starts_at": "2026-11-20 09:00",
        "ends_at": "2026-11-20 18:00",
        "filed_at": "2026-11-18 10:00",
        **values,
    }
    facts: dict[str, Any] = {
        name: at(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in told.items()
    }
    if "shifts" not in facts:
        facts["shifts"] = (shift(facts["starts_at"].date().isoformat()),)
    return LeaveRequestFacts(**facts)


def ruled(book: Rulebook, now: str | None = None, **values: Any) -> LeaveRuling:
    """The ruling on such a request, at the moment it is filed unless said otherwise."""
    facts = request(**values)
    return check(facts, book, at(now) if now else facts.filed_at)


def broken(ruling: LeaveRuling) -> list[tuple[str, str | None]]:
    """What stands against it: code and clause."""
    return [(violation.code, violation.clause) for violation in ruling.violations]
