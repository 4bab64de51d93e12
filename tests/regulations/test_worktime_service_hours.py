"""Hour limits that only run while the desk is served, against an oracle that goes minute by minute."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.layers import RulebookError
from regulations.rulebook import Rulebook
from regulations.service_hours import (
    add_service_hours,
    elapsed_service_hours,
    served_on,
    service_windows,
)
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
EVENING = book_of(
    site='calendar.service_hours = [{start = "08:30", end = "11:30"}, {start = "13:00", end = "17:00"}, {start = "18:00", end = "24:00"}]'
)
OVERNIGHT = book_of(
    site='calendar.service_hours = [{start = "08:00", end = "12:00"}, {start = "20:00", end = "04:00"}]'
)
ROUND_THE_CLOCK = book_of(site='calendar.service_hours = [{start = "00:00", end = "24:00"}]')
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


def test_an_interval_to_twenty_four_hours_ends_with_the_day() -> None:
    assert due("2026-11-03 23:00", 1, EVENING) == at("2026-11-04 00:00")
    assert due("2026-11-03 23:00", "1.5", EVENING) == at("2026-11-04 09:00")
    assert due("2026-11-06 23:30", 1, EVENING) == at("2026-11-09 09:00")  # Friday midnight to Monday


def test_each_break_between_the_intervals_of_a_day_stands_still() -> None:
    assert due("2026-11-03 11:00", 5, EVENING) == at("2026-11-03 18:30")
    told = [s.zh for s in add_service_hours(at("2026-11-03 11:00"), hours(5), CALENDAR, EVENING).steps]
    assert told == [
        "2026-11-03 11:00 至 2026-11-03 11:30 在服务时间内，计 30 分",
        "2026-11-03 13:00 至 2026-11-03 17:00 在服务时间内，计 4 小时",
        "2026-11-03 18:00 至 2026-11-03 18:30 在服务时间内，计 30 分",
    ]


def test_hours_across_midnight_belong_to_the_day_they_start_on() -> None:
    assert due("2026-11-05 22:00", 4, OVERNIGHT) == at("2026-11-06 02:00")
    assert due("2026-11-06 22:00", 7, OVERNIGHT) == at("2026-11-09 09:00")  # to four on Saturday, then Monday
    assert due("2026-11-08 02:00", 1, OVERNIGHT) == at("2026-11-09 09:00")  # Saturday night is not served


def test_round_the_clock_counts_every_hour_of_a_working_day_and_no_other() -> None:
    assert due("2026-11-06 22:00", 4, ROUND_THE_CLOCK) == at("2026-11-09 02:00")


def test_hours_across_midnight_that_run_into_the_next_mornings_are_refused() -> None:
    with pytest.raises(RulebookError, match="overlap"):
        book_of(
            site='calendar.service_hours = [{start = "03:00", end = "12:00"}, {start = "20:00", end = "04:00"}]'
        )
    with pytest.raises(RulebookError, match="ends before it starts"):
        book_of(site='calendar.service_hours = [{start = "08:00", end = "08:00"}]')


def test_hours_across_midnight_are_kept_and_read_back_the_same() -> None:
    assert service_windows(Rulebook.from_record(OVERNIGHT.as_record())) == service_windows(OVERNIGHT)


def test_a_hold_stands_still_and_is_named() -> None:
    held = [(at("2026-11-03 10:00"), at("2026-11-03 13:30"))]
    found = add_service_hours(at("2026-11-03 09:00"), hours(2), CALENDAR, BOOK, held=held)
    assert found.at == at("2026-11-03 14:30")
    assert [s.zh for s in found.steps] == [
        "2026-11-03 09:00 至 2026-11-03 10:00 在服务时间内，计 1 小时",
        "2026-11-03 10:00 至 2026-11-03 13:30 等待客户，不计时",
        "2026-11-03 13:30 至 2026-11-03 14:30 在服务时间内，计 1 小时",
    ]


def test_hours_of_service_run_through_a_change_of_summer_time() -> None:
    berlin = WorkCalendar(ZoneInfo("Europe/Berlin"), frozenset(range(7)))
    start = datetime(2026, 3, 29, 0, 0, tzinfo=berlin.timezone)  # 02:00 does not exist
    found = add_service_hours(start, hours(5), berlin, ROUND_THE_CLOCK)
    assert found.at.isoformat() == "2026-03-29T06:00:00+02:00"


@pytest.mark.parametrize(
    "book", [BOOK, SHIFT, NIGHT, EVENING, OVERNIGHT], ids=["hours", "shift", "night", "evening", "overnight"]
)
@given(
    start=st.datetimes(datetime(2026, 9, 20), datetime(2026, 10, 20), timezones=st.just(SHANGHAI)),
    minutes=st.integers(1, 3000),
    holds=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 900)), max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_what_elapsed_is_the_inverse_of_adding(
    book: Rulebook, start: datetime, minutes: int, holds: list[tuple[int, int]]
) -> None:
    held = [(start + timedelta(minutes=a), start + timedelta(minutes=a + b)) for a, b in holds]
    limit = Duration(Decimal(minutes), Unit.MINUTE)
    end = add_service_hours(start, limit, CALENDAR, book, held=held).at
    assert elapsed_service_hours(start, end, Unit.MINUTE, CALENDAR, book, held) == minutes


def test_no_time_elapses_outside_the_hours() -> None:
    evening, morning = at("2026-11-03 18:00"), at("2026-11-04 09:00")
    assert elapsed_service_hours(evening, morning, Unit.HOUR, CALENDAR, BOOK) == 0
    assert elapsed_service_hours(evening, at("2026-11-04 10:30"), Unit.HOUR, CALENDAR, BOOK) == Decimal("1.5")
    with pytest.raises(WorktimeError, match="before the start"):
        elapsed_service_hours(morning, evening, Unit.HOUR, CALENDAR, BOOK)
    with pytest.raises(WorktimeError, match="minutes and hours only"):
        elapsed_service_hours(evening, morning, Unit.WEEK, CALENDAR, BOOK)


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


@pytest.mark.parametrize(
    "book", [BOOK, SHIFT, NIGHT, EVENING, OVERNIGHT], ids=["hours", "shift", "night", "evening", "overnight"]
)
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
