"""Hour limits that only run while the desk is served, against an oracle that goes minute by minute."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.rulebook import Rulebook
from regulations.service_hours import add_service_hours, served_on, service_windows
from regulations.values import Duration, TimeWindow, Unit
from regulations.worktime import WorkCalendar, WorktimeError
from tests.regulations.site_books import SHANGHAI, at, book_of

BOOK = book_of(
    site='calendar.service_hours = [{start = "09:00", end = "12:00"}, {start = "13:00", end = "18:00"}]'
)
SHIFT = book_of(
    site="calendar.service_hours = off\n"
    'shift.definitions = [{code = "day", start = "09:00", end = "18:00", breaks = [{start = "12:00", end = "13:00"}]}]'
)
NIGHT = book_of(
    site="calendar.service_hours = off\n"
    'shift.definitions = [{code = "night", start = "22:00", end = "06:00", breaks = [{start = "02:00", end = "03:00"}]}]'
)
CALENDAR = WorkCalendar.from_rulebook(BOOK)


def hours(value: int | str) -> Duration:
    return Duration(Decimal(value), Unit.HOUR)


def due(start: str, value: int | str, book: Rulebook = BOOK) -> datetime:
    return add_service_hours(at(start), hours(value), CALENDAR, book).at


def test_the_lunch_break_does_not_count() -> None:
    assert due("2026-11-03 11:00", 2) == at("2026-11-03 14:00")


def test_a_limit_that_ends_with_a_period_is_due_then_and_not_at_the_next_opening() -> None:
    assert due("2026-11-03 11:00", 1) == at("2026-11-03 12:00")
    assert due("2026-11-03 17:00", 1) == at("2026-11-03 18:00")


def test_four_hours_from_half_past_five_run_into_the_next_working_morning() -> None:
    assert due("2026-11-03 17:30", 4) == at("2026-11-04 13:30")


def test_a_weekend_and_the_holidays_stand_still_and_a_make_up_day_runs() -> None:
    assert due("2026-11-06 17:30", 1) == at("2026-11-09 09:30")
    assert due("2026-09-30 17:30", 1) == at("2026-10-08 09:30")
    assert due("2026-10-09 17:30", 1) == at("2026-10-10 09:30")


def test_from_outside_the_hours_the_clock_starts_at_the_opening() -> None:
    assert due("2026-11-03 06:00", "0.5") == at("2026-11-03 09:30")
    assert due("2026-11-03 12:30", "0.5") == at("2026-11-03 13:30")


def test_the_first_shift_with_its_breaks_stands_in_for_hours_that_are_not_stated() -> None:
    assert service_windows(SHIFT) == (
        (TimeWindow(time(9), time(18)),),
        (TimeWindow(time(12), time(13)),),
    )
    assert due("2026-11-03 11:00", 2, SHIFT) == at("2026-11-03 14:00")


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    # Friday night runs into Saturday morning; Saturday night is not served.
    assert due("2026-11-06 23:00", 4, NIGHT) == at("2026-11-07 04:00")  # the break at two does not count
    assert due("2026-11-07 05:00", 2, NIGHT) == at("2026-11-09 23:00")


def test_the_steps_name_each_interval_counted() -> None:
    steps = add_service_hours(at("2026-11-03 17:30"), hours(4), CALENDAR, BOOK, "A6.22").steps
    assert [s.zh for s in steps] == [
        "2026-11-03 17:30 至 2026-11-03 18:00 在服务时间内，计 30 分",
        "2026-11-04 09:00 至 2026-11-04 12:00 在服务时间内，计 3 小时",
        "2026-11-04 13:00 至 2026-11-04 13:30 在服务时间内，计 30 分",
    ]
    assert {s.clause for s in steps} == {"A6.22"}


def test_a_limit_into_an_unpublished_year_is_provisional() -> None:
    found = add_service_hours(at("2026-12-30 17:30"), hours(10), CALENDAR, BOOK)
    assert found.is_provisional
    assert "2027" in found.steps[-1].zh


@pytest.mark.parametrize("book", [BOOK, SHIFT, NIGHT], ids=["hours", "shift", "night"])
@given(
    start=st.datetimes(datetime(2026, 9, 20), datetime(2026, 10, 20), timezones=st.just(SHANGHAI)),
    minutes=st.integers(1, 3000),
    hold=st.tuples(st.integers(0, 3000), st.integers(0, 500)),
)
@settings(max_examples=25, deadline=None)
def test_agrees_with_counting_every_served_minute(
    book: Rulebook, start: datetime, minutes: int, hold: tuple[int, int]
) -> None:
    start = start.replace(second=0, microsecond=0)
    held = [(start + timedelta(minutes=hold[0]), start + timedelta(minutes=sum(hold)))]
    windows, breaks = service_windows(book)
    served: set[datetime] = set()
    day = start.date() - timedelta(days=1)
    for _ in range(40):
        for a, b in served_on(day, CALENDAR, windows, breaks):
            while a < b:
                served.add(a)
                a += timedelta(minutes=1)
        day += timedelta(days=1)
    moment, left = start, minutes
    while left:
        left -= moment in served and not held[0][0] <= moment < held[0][1]
        moment += timedelta(minutes=1)
    limit = Duration(Decimal(minutes), Unit.MINUTE)
    assert add_service_hours(start, limit, CALENDAR, book, held=held).at == moment


def test_limits_in_days_are_refused() -> None:
    with pytest.raises(WorktimeError, match="minutes and hours only"):
        add_service_hours(at("2026-11-03 10:00"), Duration(Decimal(1), Unit.WORKING_DAY), CALENDAR, BOOK)


def test_without_hours_and_without_shifts_there_is_nothing_to_count() -> None:
    none = book_of(site="calendar.service_hours = off\nshift.definitions = off")
    with pytest.raises(WorktimeError, match=r"calendar\.service_hours"):
        due("2026-11-03 10:00", 1, none)
