"""Limits added to instants, against oracles that go day by day and minute by minute."""

from __future__ import annotations

import calendar as gregorian
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.values import Duration, Unit
from regulations.worktime import WorkCalendar, WorktimeError, add, add_months, elapsed
from tests.regulations.site_books import SHANGHAI, at, book_of

GOODS = book_of("goods_sales")
CALENDAR = WorkCalendar.from_rulebook(GOODS)


def limit(value: int | str, unit: Unit) -> Duration:
    return Duration(Decimal(value), unit)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30), timezones=st.just(SHANGHAI))


def texts(steps: object, lang: str = "zh") -> str:
    return "\n".join(step.text(lang) for step in steps)  # type: ignore[attr-defined]


class TestTheNationalDayCase:
    """A complaint of the last working day before the holiday, under the goods company's rules."""

    due = add(at("2026-09-30 17:20"), limit(7, Unit.WORKING_DAY), CALENDAR, "A6.28")

    def test_is_due_at_the_end_of_the_seventh_working_day(self) -> None:
        assert self.due.at.isoformat() == "2026-10-15T23:59:59+08:00"
        assert not self.due.is_provisional

    def test_names_each_skipped_day_with_its_reason(self) -> None:
        skipped = [s.zh for s in self.due.steps if "不计" in s.zh]
        assert skipped == [
            "2026-10-01（周四） 国庆节，不计",
            "2026-10-02（周五） 国庆节，不计",
            "2026-10-03（周六） 国庆节，不计",
            "2026-10-04（周日） 国庆节，不计",
            "2026-10-05（周一） 国庆节，不计",
            "2026-10-06（周二） 国庆节，不计",
            "2026-10-07（周三） 国庆节，不计",
            "2026-10-11（周日） 周末，不计",
        ]

    def test_counts_the_make_up_saturday(self) -> None:
        assert "2026-10-10（周六） 调休上班，计为第 3 个工作日" in texts(self.due.steps)
        assert "Sat 2026-10-10: make-up working day, counted as working day 3" in texts(self.due.steps, "en")

    def test_every_step_names_the_clause_of_the_limit(self) -> None:
        assert {step.clause for step in self.due.steps} == {"A6.28"}


class TestWorkingDays:
    def test_a_make_up_saturday_of_receipt_is_the_receipt_day_and_not_counted(self) -> None:
        due = add(at("2026-10-10 09:00"), limit(1, Unit.WORKING_DAY), CALENDAR)
        assert due.at == at("2026-10-12 23:59:59")

    def test_the_last_second_of_a_day_still_belongs_to_it(self) -> None:
        late = add(at("2026-11-03 23:59:59"), limit(1, Unit.WORKING_DAY), CALENDAR)
        next_day = add(at("2026-11-04 00:00"), limit(1, Unit.WORKING_DAY), CALENDAR)
        assert late.at == at("2026-11-04 23:59:59")
        assert next_day.at == at("2026-11-05 23:59:59")

    def test_the_instant_counts_by_the_local_day_and_not_by_utc(self) -> None:
        due = add(datetime(2026, 11, 3, 16, 30, tzinfo=UTC), limit(1, Unit.WORKING_DAY), CALENDAR)
        assert due.at == at("2026-11-05 23:59:59")  # 00:30 of the 4th in Shanghai

    def test_no_working_days_roll_forward_to_one(self) -> None:
        assert add(at("2026-11-07 10:00"), limit(0, Unit.WORKING_DAY), CALENDAR).at == at(
            "2026-11-09 23:59:59"
        )
        assert add(at("2026-11-06 10:00"), limit(0, Unit.WORKING_DAY), CALENDAR).at == at(
            "2026-11-06 23:59:59"
        )

    @given(start=instants, count=st.integers(1, 40))
    @settings(max_examples=150, deadline=None)
    def test_agree_with_counting_day_by_day(self, start: datetime, count: int) -> None:
        day, left = start.date(), count
        while left:
            day += timedelta(days=1)
            left -= CALENDAR.is_working_day(day)
        due = add(start, limit(count, Unit.WORKING_DAY), CALENDAR)
        assert due.at == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)
        assert CALENDAR.is_working_day(due.at.date())

    @given(start=instants, count=st.integers(1, 40))
    @settings(max_examples=100, deadline=None)
    def test_the_steps_account_for_every_day_in_between(self, start: datetime, count: int) -> None:
        due = add(start, limit(count, Unit.WORKING_DAY), CALENDAR)
        told = texts(due.steps)
        day = start.date() + timedelta(days=1)
        while day <= due.at.date():
            if not CALENDAR.is_working_day(day):
                assert f"{day}（" in told
                assert f"{CALENDAR.day_off_name(day)}，不计" in told
            elif CALENDAR.is_makeup_day(day):
                assert any(str(day) in s.zh and "调休上班" in s.zh for s in due.steps)
            day += timedelta(days=1)
        assert f"第 {count} 个工作日" in told or f"至 {count} 个工作日" in told

    @given(start=instants, count=st.integers(1, 60))
    @settings(max_examples=100, deadline=None)
    def test_more_days_never_end_sooner(self, start: datetime, count: int) -> None:
        sooner = add(start, limit(count, Unit.WORKING_DAY), CALENDAR).at
        assert add(start, limit(count + 1, Unit.WORKING_DAY), CALENDAR).at > sooner


class TestOtherUnits:
    def test_four_hours_from_half_past_five_end_at_half_past_nine_in_the_evening(self) -> None:
        assert add(at("2026-11-03 17:30"), limit(4, Unit.HOUR), CALENDAR).at == at("2026-11-03 21:30")

    @given(start=instants, minutes=st.integers(0, 5000))
    @settings(max_examples=100, deadline=None)
    def test_minutes_agree_with_counting_minute_by_minute(self, start: datetime, minutes: int) -> None:
        moment = start.replace(microsecond=0)
        for _ in range(minutes):
            moment += timedelta(minutes=1)
        assert add(start, limit(minutes, Unit.MINUTE), CALENDAR).at == moment

    def test_hours_run_through_a_change_of_summer_time(self) -> None:
        berlin = WorkCalendar(ZoneInfo("Europe/Berlin"), CALENDAR.workdays)
        start = datetime(2026, 3, 29, 1, 0, tzinfo=ZoneInfo("Europe/Berlin"))  # 02:00 does not exist
        due = add(start, limit(3, Unit.HOUR), berlin)
        assert due.at.isoformat() == "2026-03-29T05:00:00+02:00"
        assert due.at.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=3)

    def test_half_an_hour_can_be_written_as_a_fraction(self) -> None:
        assert add(at("2026-11-03 17:30"), limit("0.5", Unit.HOUR), CALENDAR).at == at("2026-11-03 18:00")

    @pytest.mark.parametrize("moment", ["00:00", "17:20", "23:59:59"])
    def test_calendar_days_end_with_the_nth_day_after_the_receipt_day(self, moment: str) -> None:
        due = add(at(f"2026-09-30 {moment}"), limit(2, Unit.CALENDAR_DAY), CALENDAR)
        assert due.at == at("2026-10-02 23:59:59")

    def test_two_calendar_days_are_not_forty_eight_hours(self) -> None:
        start = at("2026-09-30 08:00")
        days, hours = (
            add(start, limit(2, Unit.CALENDAR_DAY), CALENDAR),
            add(start, limit(48, Unit.HOUR), CALENDAR),
        )
        assert days.at == at("2026-10-02 23:59:59")
        assert hours.at == at("2026-10-02 08:00")

    def test_a_week_is_seven_days(self) -> None:
        assert add(at("2026-12-28 10:00"), limit(1, Unit.WEEK), CALENDAR).at == at("2027-01-04 23:59:59")

    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            ("2026-01-31", 1, "2026-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2026-10-31", 1, "2026-11-30"),
            ("2026-12-31", 2, "2027-02-28"),
            ("2026-03-15", 12, "2027-03-15"),
        ],
    )
    def test_a_month_ends_on_the_same_day_or_the_last_one(self, start: str, months: int, end: str) -> None:
        due = add(at(f"{start} 10:00"), limit(months, Unit.MONTH), CALENDAR)
        assert due.at == at(f"{end} 23:59:59")

    @given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(0, 600))
    @settings(max_examples=200, deadline=None)
    def test_months_agree_with_stepping_month_by_month(self, day: date, months: int) -> None:
        year, month = day.year, day.month
        for _ in range(months):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        expected = date(year, month, min(day.day, gregorian.monthrange(year, month)[1]))
        assert add_months(day, months) == expected


class TestWhatElapsed:
    @given(
        start=instants,
        count=st.integers(0, 40),
        unit=st.sampled_from([Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK, Unit.MONTH]),
    )
    @settings(max_examples=150, deadline=None)
    def test_is_the_inverse_of_adding(self, start: datetime, count: int, unit: Unit) -> None:
        if unit is Unit.WORKING_DAY and count == 0 and not CALENDAR.is_working_day(start.date()):
            count = 1  # no days from a day off roll forward to a working day
        due = add(start, limit(count, unit), CALENDAR).at
        assert elapsed(start, due, unit, CALENDAR) == count

    @given(
        start=instants,
        seconds=st.integers(0, 10**6),
        unit=st.sampled_from([Unit.MINUTE, Unit.HOUR]),
        spans=st.lists(st.tuples(st.integers(-100, 20_000), st.integers(0, 3000)), max_size=4),
    )
    @settings(max_examples=150, deadline=None)
    def test_is_the_inverse_of_adding_to_the_second_also_with_holds(
        self, start: datetime, seconds: int, unit: Unit, spans: list[tuple[int, int]]
    ) -> None:
        held = [(start + timedelta(minutes=a), start + timedelta(minutes=a + b)) for a, b in spans]
        held = [(a.replace(microsecond=0), b.replace(microsecond=0)) for a, b in held]
        each = 60 if unit is Unit.MINUTE else 3600
        value = Decimal(seconds // 60 * 60) / each  # whole minutes: an hour can be written in no finer parts
        if int(value * each) != seconds // 60 * 60:
            return  # a third of an hour has no end as a decimal
        due = add(start, Duration(value, unit), CALENDAR, held=held).at
        assert elapsed(start, due, unit, CALENDAR, held) == value

    @given(
        start=instants,
        count=st.integers(1, 30),
        unit=st.sampled_from([Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK, Unit.MONTH]),
        spans=st.lists(st.tuples(st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 4)), max_size=3),
    )
    @settings(max_examples=150, deadline=None)
    def test_is_the_inverse_of_adding_days_that_holds_make_longer(
        self, start: datetime, count: int, unit: Unit, spans: list[tuple[int, int]]
    ) -> None:
        held = [(start + timedelta(minutes=a), start + timedelta(minutes=a + b)) for a, b in spans]
        due = add(start, limit(count, unit), CALENDAR, held=held).at
        assert elapsed(start, due, unit, CALENDAR, held) == count
        # The day before its last one the limit has not run out yet.
        assert elapsed(start, max(start, due - timedelta(days=1)), unit, CALENDAR, held) <= count - 1

    def test_is_exact_for_hours(self) -> None:
        assert elapsed(at("2026-11-03 17:30"), at("2026-11-03 19:00"), Unit.HOUR, CALENDAR) == Decimal("1.5")

    def test_refuses_to_run_backwards(self) -> None:
        with pytest.raises(WorktimeError):
            elapsed(at("2026-11-03 17:30"), at("2026-11-03 17:29"), Unit.HOUR, CALENDAR)


class TestHolds:
    """Intervals in which the clock stood still."""

    def test_hours_stop_for_exactly_as_long(self) -> None:
        held = [(at("2026-11-03 18:00"), at("2026-11-03 19:15"))]
        due = add(at("2026-11-03 17:30"), limit(4, Unit.HOUR), CALENDAR, held=held)
        assert due.at == at("2026-11-03 22:45")

    def test_time_held_twice_is_counted_once(self) -> None:
        held = [
            (at("2026-11-03 18:00"), at("2026-11-03 19:00")),
            (at("2026-11-03 18:30"), at("2026-11-03 19:30")),
        ]
        due = add(at("2026-11-03 17:30"), limit(4, Unit.HOUR), CALENDAR, held=held)
        assert due.at == at("2026-11-03 23:00")

    def test_a_hold_before_the_start_or_after_the_end_changes_nothing(self) -> None:
        held = [
            (at("2026-11-03 10:00"), at("2026-11-03 12:00")),
            (at("2026-11-03 21:30"), at("2026-11-03 23:00")),
        ]
        due = add(at("2026-11-03 17:30"), limit(4, Unit.HOUR), CALENDAR, held=held)
        assert due.at == at("2026-11-03 21:30")

    def test_days_are_skipped_only_when_held_from_midnight_to_midnight(self) -> None:
        start, days = at("2026-11-02 10:00"), limit(2, Unit.CALENDAR_DAY)
        part = [(at("2026-11-03 00:01"), at("2026-11-04 00:00"))]
        whole = [(at("2026-11-03 00:00"), at("2026-11-04 00:00"))]
        assert add(start, days, CALENDAR, held=part).at == at("2026-11-04 23:59:59")
        assert add(start, days, CALENDAR, held=whole).at == at("2026-11-05 23:59:59")

    @given(
        start=instants,
        minutes=st.integers(0, 600),
        spans=st.lists(st.tuples(st.integers(-100, 900), st.integers(0, 200)), max_size=4),
    )
    @settings(max_examples=80, deadline=None)
    def test_hours_agree_with_counting_every_free_minute(
        self, start: datetime, minutes: int, spans: list[tuple[int, int]]
    ) -> None:
        start = start.replace(second=0, microsecond=0)
        held = [(start + timedelta(minutes=a), start + timedelta(minutes=a + length)) for a, length in spans]
        moment, left = start, minutes
        while left:
            left -= not any(a <= moment < b for a, b in held)
            moment += timedelta(minutes=1)
        assert add(start, limit(minutes, Unit.MINUTE), CALENDAR, held=held).at == moment

    @given(
        start=instants,
        count=st.integers(1, 12),
        spans=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8)), max_size=3),
        unit=st.sampled_from([Unit.CALENDAR_DAY, Unit.WORKING_DAY]),
    )
    @settings(max_examples=80, deadline=None)
    def test_days_agree_with_counting_every_free_day(
        self, start: datetime, count: int, spans: list[tuple[int, int]], unit: Unit
    ) -> None:
        held_days = {start.date() + timedelta(days=a + n) for a, length in spans for n in range(length)}
        held = [(CALENDAR.start_of_day(d), CALENDAR.start_of_day(d + timedelta(days=1))) for d in held_days]
        day, left = start.date(), count
        while left:
            day += timedelta(days=1)
            if day not in held_days and (unit is Unit.CALENDAR_DAY or CALENDAR.is_working_day(day)):
                left -= 1
        assert add(start, limit(count, unit), CALENDAR, held=held).at.date() == day


class TestHoldsMinuteByMinute:
    """A day is left out when each of its minutes was held, counted one by one."""

    @given(
        start=st.datetimes(datetime(2026, 1, 20), datetime(2026, 2, 20), timezones=st.just(SHANGHAI)),
        count=st.integers(1, 6),
        spans=st.lists(st.tuples(st.integers(0, 60 * 24 * 14), st.integers(0, 60 * 24 * 4)), max_size=3),
        unit=st.sampled_from([Unit.CALENDAR_DAY, Unit.WORKING_DAY]),
    )
    @settings(max_examples=30, deadline=None)
    def test_days_agree_over_the_spring_festival(
        self, start: datetime, count: int, spans: list[tuple[int, int]], unit: Unit
    ) -> None:
        start = start.replace(second=0, microsecond=0)
        minute = timedelta(minutes=1)
        held = [(start + a * minute, start + (a + length) * minute) for a, length in spans]
        moment = datetime(start.year, start.month, start.day, tzinfo=SHANGHAI) + timedelta(days=1)
        left = count
        while left:
            free = 0
            for _ in range(24 * 60):
                free += not any(a <= moment < b for a, b in held)
                moment += minute
            day = (moment - minute).date()
            left -= bool(free) and (unit is Unit.CALENDAR_DAY or CALENDAR.is_working_day(day))
        assert add(start, limit(count, unit), CALENDAR, held=held).at == moment - timedelta(seconds=1)


class TestRefusals:
    def test_an_instant_without_a_zone(self) -> None:
        with pytest.raises(WorktimeError, match="no time zone"):
            add(datetime(2026, 11, 3), limit(1, Unit.HOUR), CALENDAR)

    def test_a_negative_limit(self) -> None:
        with pytest.raises(WorktimeError, match="negative"):
            add(at("2026-11-03 10:00"), limit(-1, Unit.HOUR), CALENDAR)

    @pytest.mark.parametrize("unit", [Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK, Unit.MONTH])
    def test_half_a_day(self, unit: Unit) -> None:
        with pytest.raises(WorktimeError, match="fraction"):
            add(at("2026-11-03 10:00"), limit("1.5", unit), CALENDAR)

    @pytest.mark.parametrize("unit", list(Unit))
    def test_a_limit_beyond_the_end_of_the_calendar(self, unit: Unit) -> None:
        with pytest.raises(WorktimeError, match="leaves the calendar"):
            add(at("9999-12-20 10:00"), limit(100_000_000, unit), CALENDAR)
