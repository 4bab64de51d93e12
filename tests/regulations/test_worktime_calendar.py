"""The working calendar: against a second, independent list of China's days off, and the site's own days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import chinese_calendar
import pytest

from regulations.layers import RulebookError
from regulations.public_holidays import published_years
from regulations.values import Duration, Unit
from regulations.work_calendar import WorkCalendar, WorktimeError
from regulations.worktime import add
from tests.regulations.site_books import at, book_of

CALENDAR = WorkCalendar.from_rulebook(book_of())
ONE_DAY = timedelta(days=1)

# The notice for 2006 makes this Saturday a working day; the second list has forgotten it.
KNOWN_DIFFERENCE = date(2005, 12, 31)


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class TestAgainstTheSecondList:
    days = every_day(min(chinese_calendar.constants.holidays), date(2026, 12, 31))

    def test_the_last_published_year_is_known_to_both(self) -> None:
        assert max(published_years()) == max(chinese_calendar.constants.holidays).year == 2026

    def test_working_days_agree_on_every_day_of_every_year_that_both_know(self) -> None:
        assert len(self.days) > 22 * 365
        differing = [d for d in self.days if CALENDAR.is_working_day(d) != chinese_calendar.is_workday(d)]
        assert differing == [KNOWN_DIFFERENCE]

    def test_make_up_days_agree(self) -> None:
        ours = {d for d in self.days if CALENDAR.is_makeup_day(d)} - {KNOWN_DIFFERENCE}
        assert ours == {d for d in self.days if d in chinese_calendar.constants.workdays and d.weekday() >= 5}

    def test_every_day_of_the_notices_is_a_public_holiday_weekends_inside_a_run_too(self) -> None:
        theirs = {d for d in self.days if d in chinese_calendar.constants.holidays and d.weekday() < 5}
        ours = {d for d in self.days if CALENDAR.is_public_holiday(d) and d.weekday() < 5}
        assert ours == theirs


class TestNames:
    @pytest.mark.parametrize(
        ("day", "zh", "en"),
        [
            (date(2026, 10, 1), "国庆节", "National Day"),
            (date(2026, 10, 4), "国庆节", "National Day"),  # a Sunday inside the run
            (date(2026, 10, 7), "国庆节", "National Day"),  # swapped in
            (date(2026, 2, 15), "春节", "Chinese New Year (Spring Festival)"),  # Sunday before the eve
            (date(2026, 2, 16), "农历除夕", "Chinese New Year's Eve"),
            (date(2026, 1, 2), "元旦", "New Year's Day"),
            (date(2026, 9, 27), "中秋节", "Mid-Autumn Festival"),
            (date(2020, 10, 1), "中秋节、国庆节", "Mid-Autumn Festival, National Day"),
            (date(2020, 10, 8), "国庆节", "National Day"),
        ],
    )
    def test_days_off_carry_the_name_of_their_festival(self, day: date, zh: str, en: str) -> None:
        assert CALENDAR.holiday_name(day) == zh
        assert CALENDAR.holiday_name(day, "en") == en

    def test_no_name_keeps_a_remark_of_the_package(self) -> None:
        names = {CALENDAR.holiday_name(d) or "" for d in every_day(date(2004, 1, 1), date(2028, 12, 31))}
        assert not [n for n in names if any(mark in n for mark in ("（", "休息日", ";", "调休", "推定"))]

    def test_an_ordinary_weekend_is_no_public_holiday(self) -> None:
        assert CALENDAR.holiday_name(date(2026, 11, 7)) is None
        assert CALENDAR.day_off_name(date(2026, 11, 7)) == "周末"

    def test_unless_the_rulebook_says_so(self) -> None:
        strict = WorkCalendar.from_rulebook(book_of(site="calendar.weekends_count_as_holidays = true"))
        assert strict.is_public_holiday(date(2026, 11, 7))
        assert strict.holiday_name(date(2026, 11, 7), "en") == "weekend"
        assert not strict.is_public_holiday(date(2026, 10, 10))  # a make-up Saturday is worked


class TestUnpublishedYears:
    def test_the_year_after_the_last_notice_is_provisional(self) -> None:
        assert CALENDAR.is_provisional(date(2027, 3, 1))
        assert not CALENDAR.is_provisional(date(2026, 12, 28))

    def test_and_so_are_the_days_before_it_that_its_notice_may_still_move(self) -> None:
        assert CALENDAR.is_provisional(date(2026, 12, 31))
        assert not CALENDAR.is_provisional(date(2025, 12, 31))

    def test_no_notice_so_far_reached_back_further_than_we_allow_for(self) -> None:
        years = [y for y in published_years() if y - 1 in published_years()]
        for year in years:
            for day in every_day(date(year - 1, 12, 20), date(year - 1, 12, 28)):
                ordinary = day.weekday() < 5
                assert CALENDAR.is_working_day(day) == ordinary, day

    def test_a_limit_that_runs_into_it_says_so(self) -> None:
        due = add(at("2026-12-28 10:00"), Duration(Decimal(7), Unit.WORKING_DAY), CALENDAR, "A6.28")
        assert due.is_provisional
        assert [s for s in due.steps if "2027 年的放假调休安排尚未全部公布" in s.zh]
        assert [s for s in due.steps if "2027 is not complete yet" in s.en]

    def test_a_limit_in_calendar_days_does_not_depend_on_it(self) -> None:
        assert not add(
            at("2027-05-28 10:00"), Duration(Decimal(7), Unit.CALENDAR_DAY), CALENDAR
        ).is_provisional

    def test_a_site_that_lists_a_day_of_the_year_vouches_for_it(self) -> None:
        own = WorkCalendar.from_rulebook(
            book_of(site="calendar.holidays = [2027-02-11]\ncalendar.makeup_workdays = [2027-02-20]")
        )
        assert not own.is_provisional(date(2027, 3, 1))
        assert not own.is_provisional(date(2026, 12, 31))
        assert not own.is_working_day(date(2027, 2, 11))
        assert own.is_working_day(date(2027, 2, 20))
        assert not own.is_working_day(date(2027, 2, 5))  # the statutory festival stays
        assert own.is_provisional(date(2028, 3, 1))


class TestTheSitesOwnDays:
    own = WorkCalendar.from_rulebook(
        book_of(
            site="calendar.holidays = [2026-11-09]\ncalendar.makeup_workdays = [2026-10-03]\n"
            'calendar.workdays = ["mon", "tue", "wed", "thu", "fri", "sat"]'
        )
    )

    def test_a_day_of_the_unit_is_off_and_named_so(self) -> None:
        assert not self.own.is_working_day(date(2026, 11, 9))
        assert self.own.holiday_name(date(2026, 11, 9)) == "单位假日"
        assert self.own.holiday_name(date(2026, 11, 9), "en") == "site holiday"

    def test_a_make_up_day_of_the_site_wins_over_the_official_holiday(self) -> None:
        assert self.own.is_working_day(date(2026, 10, 3))
        assert not self.own.is_public_holiday(date(2026, 10, 3))

    def test_a_day_of_the_unit_off_wins_over_the_official_make_up_day(self) -> None:
        own = WorkCalendar.from_rulebook(book_of(site="calendar.holidays = [2026-10-10]"))
        assert CALENDAR.is_working_day(date(2026, 10, 10))
        assert not own.is_working_day(date(2026, 10, 10))
        assert not own.is_makeup_day(date(2026, 10, 10))
        due = add(at("2026-09-30 17:20"), Duration(Decimal(7), Unit.WORKING_DAY), own, "A6.28")
        assert due.at == at("2026-10-16 23:59:59")
        assert "2026-10-10（周六） 单位假日，不计" in [s.zh for s in due.steps]

    def test_a_make_up_day_of_the_unit_counts_as_one_and_is_named_so(self) -> None:
        own = WorkCalendar.from_rulebook(book_of(site="calendar.makeup_workdays = [2026-11-07]"))
        due = add(at("2026-11-06 10:00"), Duration(Decimal(1), Unit.WORKING_DAY), own)
        assert due.at == at("2026-11-07 23:59:59")
        assert "2026-11-07（周六） 调休上班，计为第 1 个工作日" in [s.zh for s in due.steps]

    def test_a_day_on_both_lists_of_the_unit_is_refused(self) -> None:
        with pytest.raises(RulebookError, match="2026-11-09 is both"):
            book_of(site="calendar.holidays = [2026-11-09]\ncalendar.makeup_workdays = [2026-11-09]")

    def test_a_six_day_week_works_saturdays_but_not_those_inside_a_holiday(self) -> None:
        assert self.own.is_working_day(date(2026, 11, 7))
        assert not self.own.is_working_day(date(2026, 9, 26))  # Saturday of the Mid-Autumn run
        assert not self.own.is_working_day(date(2026, 11, 8))

    def test_a_holiday_the_unit_works_on_is_worked_and_only_that_one(self) -> None:
        assert [d for d in every_day(date(2026, 10, 1), date(2026, 10, 7)) if self.own.is_working_day(d)] == [
            date(2026, 10, 3)
        ]


def test_a_calendar_without_working_days_is_refused() -> None:
    from regulations.work_calendar import _calendar

    with pytest.raises(WorktimeError, match=r"calendar\.workdays"):
        _calendar("Asia/Shanghai", (), (), (), False)
    with pytest.raises(WorktimeError, match="Atlantis"):
        _calendar("Sea/Atlantis", ("mon",), (), (), False)
    with pytest.raises(WorktimeError, match="someday"):
        _calendar("Asia/Shanghai", ("someday",), (), (), False)
    with pytest.raises(WorktimeError, match="does not begin with a date"):
        _calendar("Asia/Shanghai", ("mon",), ("soon",), (), False)
