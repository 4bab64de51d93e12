"""How far ahead and by when, in whichever unit a rulebook gives: each edge on both sides."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.leave_limits import day_after, day_before, latest_for
from regulations.rulebook import RulebookError
from regulations.values import Duration, Unit
from regulations.worktime import WorkCalendar
from tests.regulations.leave_requests import broken, ruled, shift
from tests.regulations.site_books import at, book_of

CENTRE, SHOP = "telecom_call_centre", "ecommerce_shop"
CALENDAR = WorkCalendar.from_rulebook(book_of())


@pytest.mark.parametrize(
    ("limit", "latest"),
    [
        ("1 calendar_day", "2026-11-22 23:59:59"),  # the day before a Monday is a Sunday
        ("1 working_day", "2026-11-20 23:59:59"),
        ("2 working_day", "2026-11-19 23:59:59"),
        ("24 hour", "2026-11-22 09:00:00"),
        ("1 week", "2026-11-16 23:59:59"),
    ],
)
def test_ordinary_leave_is_asked_for_as_far_ahead_as_the_unit_says(limit: str, latest: str) -> None:
    book = book_of(SHOP, site=f"leave.ordinary_notice = {limit}")
    monday: dict[str, Any] = {"starts_at": "2026-11-23 09:00", "ends_at": "2026-11-23 18:00"}
    assert ruled(book, **monday, filed_at=latest).is_allowed
    late = at(latest) + timedelta(seconds=1)
    assert broken(ruled(book, **monday, filed_at=late)) == [("late_notice", "S.1")]


def test_a_make_up_day_is_a_working_day_and_a_festival_is_none() -> None:
    book = book_of(SHOP, site="leave.ordinary_notice = 1 working_day")
    after: dict[str, Any] = {"starts_at": "2026-10-12 09:00", "ends_at": "2026-10-12 18:00"}  # a Monday
    assert ruled(book, **after, filed_at="2026-10-10 23:59:59").is_allowed  # Saturday, worked instead
    assert not ruled(book, **after, filed_at="2026-10-11 00:00:00").is_allowed
    first: dict[str, Any] = {"starts_at": "2026-10-08 09:00", "ends_at": "2026-10-08 18:00"}
    assert ruled(book, **first, filed_at="2026-09-30 23:59:59").is_allowed
    assert not ruled(book, **first, filed_at="2026-10-01 00:00:00").is_allowed


@pytest.mark.parametrize(
    ("limit", "latest"),
    [
        ("30 minute", "2026-11-20 08:30:00"),
        ("1 calendar_day", "2026-11-19 23:59:59"),
        ("1 working_day", "2026-11-19 23:59:59"),
    ],
)
def test_special_leave_may_be_told_in_minutes_or_in_days(limit: str, latest: str) -> None:
    book = book_of(SHOP, site=f"leave.special_notice = {limit}")
    assert ruled(book, type="special", filed_at=latest).is_allowed
    assert not ruled(book, type="special", filed_at=at(latest) + timedelta(seconds=1)).is_allowed


@pytest.mark.parametrize(("filed", "holds"), [("2026-09-29 09:00:00", True), ("2026-09-29 09:00:01", False)])
def test_two_days_before_a_holiday_may_mean_48_hours(filed: str, holds: bool) -> None:
    book = book_of(CENTRE, site='leave.notice_basis = "hours_before_shift"')
    asked = ruled(book, starts_at="2026-10-01 09:00", ends_at="2026-10-01 18:00", filed_at=filed)
    assert broken(asked) == ([] if holds else [("holiday_late", "A2.57")])
    assert asked.needs_exception and asked.exceptions == ("A2.57",)


@pytest.mark.parametrize(
    ("ends", "limit", "due"),
    [
        ("2026-11-20", "1 calendar_day", date(2026, 11, 21)),
        ("2026-11-20", "1 working_day", date(2026, 11, 23)),  # Friday: the Monday after
        ("2026-10-09", "1 working_day", date(2026, 10, 10)),  # Friday: the Saturday is worked
        ("2026-09-30", "1 working_day", date(2026, 10, 8)),  # the festival in between
        ("2026-11-20", "1 week", date(2026, 11, 27)),
        ("2026-11-20", "24 hour", date(2026, 11, 21)),
        ("2026-11-20", "25 hour", date(2026, 11, 22)),
    ],
)
def test_the_slip_is_due_on_the_first_day_after_calendar_or_working(ends: str, limit: str, due: date) -> None:
    book = book_of(
        CENTRE,
        site=f'leave.slip_due = {limit}\nleave.report_back_within = {limit}\nleave.holiday_policy = "allowed"',
    )
    sick: dict[str, Any] = {
        "type": "sick", "starts_at": f"{ends} 09:00", "ends_at": f"{ends} 18:00", "filed_at": f"{ends} 08:00",
        "has_certificate": True, "is_approved": True, "returned_at": f"{ends} 18:00",
    }  # fmt: skip
    on_time = ruled(book, "2026-12-20 09:00", **sick, slip_received_on=due)
    assert (on_time.certificate_due_on, on_time.report_back_by) == (due, due)
    assert broken(on_time) == []
    late = ruled(book, "2026-12-20 09:00", **sick, slip_received_on=due + timedelta(days=1))
    assert broken(late) == [("slip_late", "S.1")]


@pytest.mark.parametrize(("end", "needs"), [("2026-11-21 09:00", False), ("2026-11-21 18:00", True)])
def test_a_certificate_may_be_asked_for_from_the_second_day_on(end: str, needs: bool) -> None:
    book = book_of(CENTRE, site="leave.certificate_from = 2 calendar_day")
    asked = ruled(book, type="sick", ends_at=end, has_certificate=False)
    assert broken(asked) == ([("certificate_missing", "S.1")] if needs else [])


def test_a_length_of_leave_has_no_hours() -> None:
    with pytest.raises(RulebookError, match="unit must be one of"):
        book_of(CENTRE, site="leave.certificate_from = 4 hour")


LATE = (shift("2026-11-20", "18:00", "00:00", ""),)


@pytest.mark.parametrize(
    ("filed", "holds"),
    [("2026-11-20 11:59:59", True), ("2026-11-20 12:00:00", False), ("2026-11-20 12:00:01", False)],
)
def test_noon_itself_is_too_late_and_names_both_clauses(filed: str, holds: bool) -> None:
    asked = ruled(
        book_of(SHOP),
        type="sick",
        starts_at="2026-11-20 18:00",
        ends_at="2026-11-21 00:00",
        shifts=LATE,
        filed_at=filed,
    )
    assert asked.is_allowed is holds and asked.needs_exception
    assert asked.exceptions == ("A1.27",)


@pytest.mark.parametrize(
    ("values", "exceptions"),
    [
        ({}, ()),
        ({"filed_at": "2026-11-20 08:30"}, ("A2.52",)),
        ({"proxy": "陈思远"}, ()),
        ({"type": "sick", "has_certificate": False}, ()),
        ({"type": "sick", "has_certificate": True, "swap_days": frozenset({date(2026, 11, 20)})}, ("A3.6",)),
        ({"starts_at": "2026-10-01 09:00", "ends_at": "2026-10-01 18:00"}, ("A2.57",)),
        ({"starts_at": "2026-10-01 09:00", "ends_at": "2026-10-01 18:00", "filed_at": "2026-10-01 08:59"}, ("A2.52", "A2.57")),
        ({"type": "emergency", "starts_at": "2026-11-20 18:00", "ends_at": "2026-11-21 00:00", "shifts": LATE}, ("A2.56",)),
    ],
)  # fmt: skip
def test_what_is_an_exception_names_the_clauses_it_is_one_from(
    values: dict[str, Any], exceptions: tuple[str, ...]
) -> None:
    told = {
        "filed_at": "2026-09-20 09:00" if "2026-10" in str(values.get("starts_at")) else "2026-11-18 10:00",
        **values,
    }
    asked = ruled(book_of(CENTRE), **told)
    assert (asked.exceptions, asked.needs_exception) == (exceptions, bool(exceptions))
    assert set(exceptions) <= set(asked.clauses)


days = st.integers(-400, 400).map(lambda n: date(2026, 6, 1) + timedelta(days=n))


@given(days, st.integers(0, 20), st.sampled_from([Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK]))
def test_days_before_and_after_are_counted_one_by_one(on: date, number: int, unit: Unit) -> None:
    limit = Duration(Decimal(number), unit)
    for moved, step in ((day_before(on, limit, CALENDAR), -1), (day_after(on, limit, CALENDAR), 1)):
        counted, day = 0, on
        wanted = number * 7 if unit is Unit.WEEK else number
        while counted < wanted:
            day += timedelta(days=step)
            counted += unit is not Unit.WORKING_DAY or CALENDAR.is_working_day(day)
        assert moved == day


@given(days, st.integers(1, 20))
def test_days_read_as_hours_are_exactly_24_each(on: date, number: int) -> None:
    begins = datetime.combine(on, at("2026-01-01 09:00").timetz())
    limit = Duration(Decimal(number), Unit.CALENDAR_DAY)
    latest = latest_for(limit, on, begins, CALENDAR, by_hours=True)
    assert begins - latest == timedelta(days=number)
