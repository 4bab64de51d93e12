"""Absence from a meeting (A4.42): a day before, of the body that runs the meetings, and no leave from work."""

from __future__ import annotations

import pytest

from regulations.leave_meeting import asked_elsewhere
from tests.regulations.leave_requests import broken, ruled
from tests.regulations.site_books import book_of

PROPERTY = "property_service_centre"
MORNING = {"type": "meeting", "starts_at": "2026-11-20 08:05", "ends_at": "2026-11-20 08:30"}


@pytest.mark.parametrize(("filed", "holds"), [("2026-11-19 23:59:59", True), ("2026-11-20 00:00:00", False)])
def test_it_is_asked_for_by_the_end_of_the_day_before(filed: str, holds: bool) -> None:
    asked = ruled(book_of(PROPERTY), **MORNING, filed_at=filed)
    assert asked.is_allowed is holds and asked.needs_exception is not holds
    assert broken(asked) == ([] if holds else [("meeting_late", "A4.42")])
    assert asked.exceptions == (() if holds else ("A4.42",))
    assert asked.can_be_filed


@pytest.mark.parametrize(("filed", "holds"), [("2026-11-19 08:05:00", True), ("2026-11-19 08:05:01", False)])
def test_a_day_before_may_mean_24_hours(filed: str, holds: bool) -> None:
    book = book_of(PROPERTY, site='leave.notice_basis = "hours_before_shift"')
    assert ruled(book, **MORNING, filed_at=filed).is_allowed is holds


def test_it_is_asked_of_the_body_that_runs_the_meetings_whatever_the_ladder() -> None:
    asked = ruled(book_of(PROPERTY), **MORNING)
    assert (asked.required_role, asked.title, asked.title_en) == (
        "executive",
        "市场拓展部",
        "Market development department",
    )
    assert any(step.clause == "A4.42" and "市场拓展部" in step.zh for step in asked.steps)
    late = ruled(book_of(PROPERTY), **MORNING, filed_at="2026-11-20 07:00")
    assert late.required_role == "executive" and "市场拓展部例外批准" in late.violations[0].zh


def test_what_absence_costs_is_said_where_the_set_names_a_sum() -> None:
    asked = ruled(book_of(PROPERTY), **MORNING)
    assert any(step.clause == "A4.47" and "20 元" in step.zh and "¥20" in step.en for step in asked.steps)
    assert not any("元" in step.zh for step in ruled(book_of("telecom_call_centre"), **MORNING).steps)


def test_asking_anybody_else_names_who_is_right() -> None:
    book = book_of(PROPERTY)
    (said,) = asked_elsewhere("supervisor", book)
    assert (said.code, said.clause) == ("asked_elsewhere", "A4.42")
    assert "市场拓展部" in said.zh and "客服主管" in said.zh
    assert asked_elsewhere("executive", book) == ()


@pytest.mark.parametrize("end", ["2026-11-20 08:05", "2026-11-19 08:30"])
def test_a_meeting_ends_after_it_begins(end: str) -> None:
    asked = ruled(book_of(PROPERTY), **{**MORNING, "ends_at": end})
    assert broken(asked) == [("ends_before_start", None)] and not asked.can_be_filed


def test_it_is_no_leave_from_work() -> None:
    asked = ruled(book_of(PROPERTY), **MORNING)
    assert (asked.days, asked.charged_days, asked.report_back_by) == (0, 0, None)
    assert "meeting" not in (book_of(PROPERTY).items("leave.types") or ())


def test_a_rulebook_may_ask_for_no_notice() -> None:
    asked = ruled(
        book_of(PROPERTY, site="meeting.leave_notice = off"), **MORNING, filed_at="2026-11-20 09:00"
    )
    assert asked.is_allowed and asked.required_role == "executive"
