"""Complaints for the tests of their clocks: a case in one line, and the clock that is asked for."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from regulations.complaints import CaseEvent, CaseFacts, Clock, clocks
from regulations.rulebook import Rulebook, load_rulebook
from tests.regulations.site_books import at, book_of

RECEIVED = "2026-11-02 10:00"  # a Monday without holidays near
LATER = "2027-03-01 12:00"
GOODS = book_of("goods_sales")


_BY_CATEGORY = """
[[complaint.first_feedback_within]]
kinds = ["refund"]
value = 1
unit = "calendar_day"
source = ["S.7"]
status = "stated"

[[complaint.investigation_report_within]]
value = 3
unit = "calendar_day"
source = ["S.8"]
status = "stated"

[[complaint.investigation_report_within]]
kinds = ["refund"]
state = "off"
source = ["S.8"]
status = "stated"

[complaint.sign_off_within]
value = 1
unit = "working_day"
source = ["S.9"]
status = "stated"

[complaint.leadership_submit_severities]
value = ["serious"]
source = ["S.10"]
status = "stated"

[complaint.close_within]
value = 6
unit = "calendar_day"
source = ["S.11"]
status = "stated"
"""


def _by_category() -> Rulebook:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.toml"
        path.write_text(_BY_CATEGORY, encoding="utf-8")
        return load_rulebook(("goods_sales",), path)


BY_CATEGORY = _by_category()
"""The goods company with every clock on, and limits that differ by category (A7.9)."""


def event(kind: str, when: str, department: str = "", value: str = "", due_on: str = "") -> CaseEvent:
    return CaseEvent(kind, at(when), department, value, date.fromisoformat(due_on) if due_on else None)


def facts_of(
    *events: CaseEvent, received: str = RECEIVED, severity: str = "ordinary", **more: Any
) -> CaseFacts:
    return CaseFacts(at(received), "phone", "一般投诉", severity, events, **more)


def of_clock(name: str, facts: CaseFacts, book: Rulebook = GOODS, now: str = LATER) -> list[Clock]:
    """Every run of one clock."""
    return [c for c in clocks(facts, book, at(now)) if c.clock == name]


def only(name: str, facts: CaseFacts, book: Rulebook = GOODS, now: str = LATER) -> Clock:
    """The one run of a clock."""
    (clock,) = of_clock(name, facts, book, now)
    return clock


def told(clock: Clock, lang: str = "zh") -> str:
    return "\n".join(s.text(lang) for s in clock.steps)  # type: ignore[arg-type]
