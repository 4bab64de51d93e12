"""What stands beside the verdict: time off the post, the handover, the month, time beyond the shift, the roster, double
presses. Every edge on both sides."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regulations.attendance import (
    CorrectedReading,
    DayContext,
    DayVerdict,
    OffPostFact,
    PunchFact,
    RosterChange,
    ShiftFacts,
    class_label,
    judge,
    judge_rest_day,
)
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from tests.regulations.site_books import at, book_of
from tests.regulations.test_attendance import (
    DAY,
    LATE_SHIFT,
    LONG_AFTER,
    NEXT,
    NINE_TO_SIX,
    leave,
    moment,
    punches,
    words,
)

SHOP, TOWER, PROPERTY = (
    book_of(preset) for preset in ("ecommerce_shop", "office_tower_handbook", "property_service_centre")
)
CALL_CENTRE = book_of("telecom_call_centre")


def verdict(
    *told: str,
    shift: ShiftFacts = NINE_TO_SIX,
    away: tuple[OffPostFact, ...] = (),
    book: Rulebook = SHOP,
    now: str = LONG_AFTER,
    leaves: tuple = (),  # type: ignore[type-arg]
    **around: object,
) -> DayVerdict:
    context = DayContext(**around)  # type: ignore[arg-type]
    return judge(shift, punches(*told), leaves, away, book, moment(now), context=context)


def away(
    kind: str, start: str, end: str | None, is_approved: bool = False, stood_in: bool = False
) -> OffPostFact:
    return OffPostFact(moment(start), None if end is None else moment(end), is_approved, kind, stood_in)


IN_TIME = ("in 08:50", "out 18:00")


class TestTwentyMinutesOnBothSides:
    @pytest.mark.parametrize(
        ("preset", "label"),
        [
            ("ecommerce_shop", "缺勤"),
            ("telecom_call_centre", "违纪"),
            ("property_cs_rules", "违纪"),
        ],
    )
    def test_late_is_named_as_the_preset_names_it(self, preset: str, label: str) -> None:
        book = book_of(preset)
        at_19 = verdict("in 09:19:59", "out 18:00", book=book)
        at_20 = verdict("in 09:20:00", "out 18:00", book=book)
        assert (at_19.class_, at_19.class_label) == ("late", "")
        assert (at_20.class_, at_20.class_label) == ("severe", label)
        assert class_label("severe", book) == label
        assert class_label("absent", book) == "旷工"
        assert class_label("absent", book, "en") == "absence without leave"
        assert class_label("present", book) == ""

    @pytest.mark.parametrize(("end", "class_"), [("10:19:59", "present"), ("10:20:00", "severe")])
    def test_off_the_post(self, end: str, class_: str) -> None:
        assert verdict(*IN_TIME, away=(away("off_post", "10:00", end),)).class_ == class_


class TestTheLimitsOffThePost:
    """Strictly over: the limit itself is kept."""

    @pytest.mark.parametrize(
        ("book", "post", "kind", "end", "remark"),
        [
            (SHOP, "", "away", "10:10:00", None),
            (SHOP, "", "away", "10:10:01", "away_over"),
            (SHOP, "", "off_post", "10:10:00", None),
            (SHOP, "", "off_post", "10:10:01", "away_over"),
            (TOWER, "前台", "private_call", "10:03:00", None),
            (TOWER, "前台", "private_call", "10:03:01", "call_over"),
            (TOWER, "desk", "private_call", "10:03:01", "call_over"),
            (TOWER, "大堂", "private_call", "10:10:00", None),
            (TOWER, "大堂", "private_call", "10:10:01", "call_over"),
            (TOWER, "", "private_call", "10:10:00", None),
            (PROPERTY, "大堂", "private_call", "10:03:00", None),
            (PROPERTY, "大堂", "private_call", "10:03:01", "call_over"),
            (TOWER, "大堂", "visitor", "10:30:00", None),
            (TOWER, "大堂", "visitor", "10:30:01", "visitor_over"),
            (PROPERTY, "大堂", "visitor", "10:00:01", "visitor_over"),
        ],
    )
    def test_edge(self, book: Rulebook, post: str, kind: str, end: str, remark: str | None) -> None:
        found = verdict(*IN_TIME, away=(away(kind, "10:00", end, stood_in=True),), book=book, post=post)
        assert found.class_ == "present"
        assert set(found.remarks) - {"not_early", "left_unasked"} == ({remark} if remark else set())

    def test_names_its_clause_and_compares(self) -> None:
        found = verdict(*IN_TIME, away=(away("away", "10:00", "10:10:01"),))
        assert "挂起 2026-11-18 10:00 至 2026-11-18 10:10:01，共 10 分钟 1 秒，超过 10 分钟" in words(found)
        assert "A1.8" in found.clauses
        desk = verdict(*IN_TIME, away=(away("private_call", "10:00", "10:04"),), book=TOWER, post="前台")
        assert "B1.20" in desk.clauses

    def test_approval_excuses_leaving_the_post_but_no_call(self) -> None:
        absent = away("away", "10:00", "11:00", is_approved=True)
        found = verdict(*IN_TIME, away=(absent,))
        assert (found.class_, found.remarks, found.off_post_minutes) == ("present", (), 60)
        assert "已获批准" in words(found)
        call = away("private_call", "10:00", "10:11", is_approved=True)
        assert "call_over" in verdict(*IN_TIME, away=(call,)).remarks

    def test_two_records_of_one_absence_are_one(self) -> None:
        parts = (away("away", "10:00", "10:06"), away("away", "10:06", "10:12"))
        assert verdict(*IN_TIME, away=parts).remarks == ("away_over",)
        apart = (away("away", "10:00", "10:06"), away("away", "10:07", "10:13"))
        assert verdict(*IN_TIME, away=apart).remarks == ()

    def test_the_break_is_ones_own(self) -> None:
        found = verdict(*IN_TIME, away=(away("away", "11:55", "13:05"),))
        assert (found.remarks, found.off_post_minutes) == ((), 10)

    def test_a_private_call_of_twenty_minutes_is_no_leaving_of_the_post(self) -> None:
        found = verdict(
            *IN_TIME, away=(away("private_call", "10:00", "10:25"), away("visitor", "14:00", "15:00"))
        )
        assert (found.class_, found.remarks) == ("present", ("call_over", "visitor_over"))

    def test_who_is_not_back_runs_over_by_itself(self) -> None:
        absent = (away("away", "10:00", None),)
        assert verdict("in 08:50", away=absent, now=f"{DAY} 10:10").remarks == ()
        assert verdict("in 08:50", away=absent, now=f"{DAY} 10:10:01").remarks == ("away_over",)


class TestLeavingThePostUnasked:
    """A1.7, A2.37, E3.10: however short; the limits of being away are another matter."""

    @pytest.mark.parametrize(
        ("end", "is_approved", "remarks"),
        [
            ("10:00:01", False, ("left_unasked",)),
            ("10:10:00", False, ("left_unasked",)),
            ("10:10:01", False, ("left_unasked", "away_over")),
            ("10:10:01", True, ()),
        ],
    )
    def test_is_remarked_from_the_first_second(
        self, end: str, is_approved: bool, remarks: tuple[str, ...]
    ) -> None:
        found = verdict(*IN_TIME, away=(away("off_post", "10:00", end, is_approved),))
        assert (found.class_, set(found.remarks)) == ("present", set(remarks))
        assert ("A1.7" in found.clauses) is not is_approved

    @pytest.mark.parametrize("kind", ["away", "private_call", "visitor"])
    def test_is_no_matter_of_being_away_at_the_post(self, kind: str) -> None:
        assert "left_unasked" not in verdict(*IN_TIME, away=(away(kind, "10:00", "10:02"),)).remarks

    @pytest.mark.parametrize(("start", "end"), [("12:00", "13:00"), ("08:00", "09:00"), ("18:00", "19:00")])
    def test_the_break_and_what_is_no_working_time_are_ones_own(self, start: str, end: str) -> None:
        assert verdict(*IN_TIME, away=(away("off_post", start, end),)).remarks == ()

    @pytest.mark.parametrize(
        ("preset", "asked"),
        [("ecommerce_shop", "主管"), ("telecom_call_centre", "班长"), ("cs_rules_short", "经理")],
    )
    def test_names_whoever_has_to_be_asked(self, preset: str, asked: str) -> None:
        found = verdict(*IN_TIME, away=(away("off_post", "10:00", "10:05"),), book=book_of(preset))
        assert re.search(f"离岗未经.*{asked}批准：擅自离岗", words(found))

    def test_is_not_remarked_where_nobody_has_to_be_asked(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.leave_post_approver = off")
        assert verdict(*IN_TIME, away=(away("off_post", "10:00", "10:05"),), book=book).remarks == ()


class TestTheDeskIsNeverEmpty:
    """B1.17: only with a replacement."""

    def test_without_one_it_is_remarked(self) -> None:
        leaving = away("off_post", "10:00", "10:05", is_approved=True)
        found = verdict(*IN_TIME, away=(leaving,), book=TOWER, post="前台")
        assert found.remarks == ("not_relieved",)
        assert "B1.17" in found.clauses

    def test_with_one_it_is_not(self) -> None:
        leaving = away("off_post", "10:00", "10:05", is_approved=True, stood_in=True)
        assert verdict(*IN_TIME, away=(leaving,), book=TOWER, post="前台").remarks == ()

    def test_elsewhere_and_under_other_rules_nobody_asks(self) -> None:
        leaving = away("off_post", "10:00", "10:05", is_approved=True)
        assert verdict(*IN_TIME, away=(leaving,), book=TOWER, post="巡楼").remarks == ()
        assert verdict(*IN_TIME, away=(leaving,), post="前台").remarks == ()


class TestTenMinutesEarly:
    """A1.21, A2.45."""

    @pytest.mark.parametrize(
        ("came", "remarks", "class_"),
        [
            ("08:50:00", (), "present"),
            ("08:50:01", ("not_early",), "present"),
            ("09:00:00", ("not_early",), "present"),
            ("09:00:01", ("not_early",), "late"),
        ],
    )
    def test_is_a_remark_and_no_lateness(self, came: str, remarks: tuple[str, ...], class_: str) -> None:
        found = verdict(f"in {came}", "out 18:00")
        assert (found.remarks, found.class_) == (remarks, class_)
        assert ("A1.21" in found.clauses) == bool(remarks)

    def test_is_not_asked_where_the_preset_says_on_time(self) -> None:
        assert verdict("in 09:00", "out 18:00", book=TOWER).remarks == ()

    def test_is_not_asked_after_leave_or_straight_from_another_shift(self) -> None:
        morning = (leave("09:00", "12:00"),)
        assert verdict("in 13:00", "out 18:00", leaves=morning).remarks == ()
        assert verdict("in 08:59", "out 18:00", previous_ends_at=moment("08:50:01")).remarks == ()
        assert verdict("in 08:59", "out 18:00", previous_ends_at=moment("08:50")).remarks == ("not_early",)


class TestTheRelief:
    """A2.48: nobody leaves before whoever takes over is at the console."""

    @pytest.mark.parametrize(
        ("relief", "remarks"),
        [("18:00:00", ()), ("18:00:01", ("left_unrelieved",)), (None, ("left_unrelieved",)), ("17:50", ())],
    )
    def test_is_there_first(self, relief: str | None, remarks: tuple[str, ...]) -> None:
        found = verdict(
            *IN_TIME,
            book=CALL_CENTRE,
            awaits_relief=True,
            relief=None if relief is None else moment(relief),
        )
        assert found.remarks == remarks
        assert ("A2.48" in found.clauses) == bool(remarks)

    def test_is_not_waited_for_where_nobody_takes_over(self) -> None:
        assert verdict(*IN_TIME, book=CALL_CENTRE).remarks == ()

    def test_waiting_for_it_needs_no_approval(self) -> None:
        waited = {"book": CALL_CENTRE, "awaits_relief": True, "relief": moment("18:45")}
        found = verdict("in 08:50", "out 18:45", **waited)  # type: ignore[arg-type]
        assert (found.extra_minutes, found.approved_extra_minutes, found.remarks) == (45, 45, ())
        longer = verdict("in 08:50", "out 19:15", **waited)  # type: ignore[arg-type]
        assert (longer.extra_minutes, longer.approved_extra_minutes) == (75, 45)
        assert longer.remarks == ("unapproved_extra",)

    def test_is_no_matter_for_who_left_early(self) -> None:
        found = verdict("in 08:50", "out 17:55", book=CALL_CENTRE, awaits_relief=True)
        assert (found.class_, found.remarks) == ("early", ())


class TestTheMonth:
    @pytest.mark.parametrize(
        ("before", "count", "remarks"), [(0, 1, ()), (1, 2, ()), (2, 3, ("over_allowance",))]
    )
    def test_the_third_lateness_is_pointed_out(
        self, before: int, count: int, remarks: tuple[str, ...]
    ) -> None:
        book = book_of("office_tower_handbook", site="attendance.lateness_allowance = 2")
        found = verdict("in 09:05", "out 18:00", book=book, month_count_before=before)
        assert (found.month_count, found.remarks) == (count, remarks)
        assert f"本月第 {count} 次迟到" in words(found)
        assert ("S.1" in found.clauses) is True

    def test_no_lateness_is_none_of_the_month(self) -> None:
        assert verdict(*IN_TIME, month_count_before=5).month_count == 0

    def test_no_set_forgives_a_lateness_so_none_is_pointed_out(self) -> None:
        found = verdict("in 09:05", "out 18:00", book=TOWER, month_count_before=9)
        assert (found.month_count, found.remarks) == (10, ())

    @pytest.mark.parametrize(
        ("came", "used", "late"), [("09:05:00", 5, 0), ("09:05:01", 0, 5), ("09:00", 0, 0)]
    )
    def test_the_grace_that_was_used_is_said(self, came: str, used: int, late: int) -> None:
        book = book_of("ecommerce_shop", site="attendance.late_grace = 5 minute")
        found = verdict(f"in {came}", "out 18:00", book=book)
        assert (found.grace_minutes, found.late_minutes) == (used, late)
        assert ("在宽限之内" in words(found)) == bool(used)


def hours(start: str, end: str) -> tuple[datetime, datetime]:
    return moment(start), moment(end)


class TestBeyondTheShift:
    @pytest.mark.parametrize(
        ("left", "extra", "remarks"),
        [("18:29:59", 0, ()), ("18:30:00", 30, ("unapproved_extra",)), ("20:00", 120, ("unapproved_extra",))],
    )
    def test_half_an_hour_without_approval_is_visible(
        self, left: str, extra: int, remarks: tuple[str, ...]
    ) -> None:
        found = verdict("in 08:50", f"out {left}")
        assert (found.extra_minutes, found.approved_extra_minutes, found.remarks) == (extra, 0, remarks)
        assert (found.class_, found.worked_minutes) == ("present", 480)

    @pytest.mark.parametrize(
        ("left", "extra", "approved", "remarks"),
        [
            ("18:20", 20, 20, ()),  # approved time counts to the minute
            ("20:00", 120, 120, ()),
            ("20:29:59", 120, 120, ()),
            ("20:30", 150, 120, ("unapproved_extra",)),
        ],
    )
    def test_approved_overtime_is_taken_off(
        self, left: str, extra: int, approved: int, remarks: tuple[str, ...]
    ) -> None:
        found = verdict("in 08:50", f"out {left}", overtime=(hours("18:00", "20:00"),))
        assert (found.extra_minutes, found.approved_extra_minutes, found.remarks) == (
            extra,
            approved,
            remarks,
        )
        assert "E3.14" in found.clauses

    def test_overtime_after_a_pause_and_before_the_shift_counts_when_it_was_approved(self) -> None:
        told = ("in 08:00", "out 18:00", "in 20:00", "out 21:30")
        found = verdict(*told, overtime=(hours("20:00", "21:00"), hours("08:00", "09:00")))
        assert (found.extra_minutes, found.approved_extra_minutes) == (120, 120)
        assert verdict(*told).extra_minutes == 0

    def test_coming_early_is_no_overtime(self) -> None:
        assert verdict("in 06:00", "out 18:00").extra_minutes == 0

    def test_approved_overtime_that_nobody_worked_is_nothing(self) -> None:
        found = verdict("in 08:50", "out 18:00", overtime=(hours("18:00", "20:00"),))
        assert (found.extra_minutes, found.approved_extra_minutes) == (0, 0)


class TestTheLateShiftThatExtendsItself:
    """A1.6."""

    def test_leaving_at_midnight_is_not_early(self) -> None:
        found = verdict("in 17:50", f"out {NEXT} 00:00", shift=LATE_SHIFT)
        assert (found.class_, found.early_minutes, found.extra_minutes) == ("present", 0, 0)

    def test_staying_on_needs_no_approval(self) -> None:
        found = verdict("in 17:50", f"out {NEXT} 01:10", shift=LATE_SHIFT)
        assert (found.class_, found.remarks) == ("present", ())
        assert (found.extra_minutes, found.approved_extra_minutes, found.worked_minutes) == (70, 70, 360)
        assert "自动延长" in words(found)
        assert "A1.6" in found.clauses

    def test_the_day_shift_does_not_extend_itself(self) -> None:
        assert verdict("in 08:50", "out 19:10").remarks == ("unapproved_extra",)

    def test_nor_does_any_shift_where_the_rulebook_does_not_say_so(self) -> None:
        found = verdict("in 17:50", f"out {NEXT} 01:10", shift=LATE_SHIFT, book=TOWER)
        assert (found.approved_extra_minutes, found.remarks) == (0, ("unapproved_extra",))


class TestTwoShiftsRunning:
    def test_who_stays_at_the_post_need_not_clock_in_between(self) -> None:
        evening = verdict(
            f"out {NEXT} 00:02", shift=LATE_SHIFT, stayed_from=True, previous_ends_at=moment("18:00")
        )
        assert (evening.class_, evening.late_minutes, evening.worked_minutes) == ("present", 0, 360)
        assert "两班相接" in words(evening)
        day = verdict("in 08:50", stays_on=True)
        assert (day.class_, day.early_minutes, day.worked_minutes) == ("present", 0, 480)

    def test_without_that_a_punch_is_missing(self) -> None:
        assert verdict(f"out {NEXT} 00:02", shift=LATE_SHIFT).class_ == "missing_punch"

    def test_while_the_second_one_runs_he_is_there(self) -> None:
        found = verdict(shift=LATE_SHIFT, stayed_from=True, now=f"{DAY} 19:00")
        assert (found.class_, found.late_minutes) == ("pending", 0)


class TestTheRosterThatWasChangedAfterwards:
    CHANGE = RosterChange(
        moment("20:00"), (moment("10:00"), moment("19:00")), (moment("09:00"), moment("18:00")), "swap"
    )

    def test_is_named_and_the_verdict_follows_the_roster_in_force(self) -> None:
        found = verdict("in 09:05", "out 18:00", changes=(self.CHANGE,))
        assert (found.class_, found.remarks) == ("late", ("shift_changed", "not_early"))
        said = words(found)
        assert "原为 2026-11-18 10:00 至 2026-11-18 19:00" in said
        assert "按现行班表判定" in said and "换班" in said

    def test_also_when_it_was_put_there(self) -> None:
        added = RosterChange(moment("20:00"), None, (moment("09:00"), moment("18:00")), "roster")
        assert "原为 无班次" in words(verdict(*IN_TIME, changes=(added,)))

    def test_also_when_it_went_to_somebody_else(self) -> None:
        same = (moment("09:00"), moment("18:00"))
        swapped = RosterChange(moment("20:00"), same, same, "swap", is_handed_over=True)
        assert "并换了人" in words(verdict(*IN_TIME, changes=(swapped,)))

    def test_a_day_that_was_to_be_free_is_remarked(self) -> None:
        found = verdict(*IN_TIME, is_rest_day=True)
        assert found.remarks == ("rest_day_worked",)
        assert "A1.5" in found.clauses


class TestCorrectedReadings:
    def test_say_what_they_were(self) -> None:
        fixes = (
            CorrectedReading("in", moment("08:50"), moment("08:57"), "device_clock"),
            CorrectedReading("out", moment("18:00"), None, "correction"),
        )
        found = verdict(*IN_TIME, corrected=fixes)
        assert found.remarks == ("clock_corrected",)
        assert "上班打卡由 2026-11-18 08:57 更正为 2026-11-18 08:50（设备校时），原记录保留" in words(found)
        assert "下班打卡 2026-11-18 18:00 为事后补记（补卡）" in words(found)


class TestDoublePresses:
    """Readings up to a minute apart are one, whatever was pressed."""

    @pytest.mark.parametrize(
        ("told", "first", "last", "class_"),
        [
            (("in 08:50", "out 08:50:03", "out 18:00"), "08:50", "18:00", "present"),
            (("in 08:50", "out 08:51:00", "out 18:00"), "08:50", "18:00", "present"),
            (("out 08:50", "in 08:50:03", "out 18:00"), "08:50:03", "18:00", "present"),
            (("in 08:50", "in 18:00:02", "out 18:00:05"), "08:50", "18:00:05", "present"),
            (("in 08:50", "out 18:00:02", "in 18:00:05"), "08:50", "18:00:02", "present"),
            (("in 17:59:58", "out 18:00:01"), None, "18:00:01", "missing_punch"),
            (("in 08:50", "out 12:00", "in 12:00:30", "out 18:00"), "08:50", "18:00", "present"),
        ],
    )
    def test_count_once(self, told: tuple[str, ...], first: str | None, last: str, class_: str) -> None:
        found = verdict(*told)
        assert found.class_ == class_
        assert found.first_in_at == (None if first is None else moment(first))
        assert found.last_out_at == moment(last)
        assert "按重复打卡计为一次" in words(found)

    @pytest.mark.parametrize(("again", "worked"), [("09:01:00", 480), ("09:01:01", 420)])
    def test_end_at_the_minute(self, again: str, worked: int) -> None:
        """In at 9:00, out a minute later: a double press; a second more and he was gone until ten."""
        found = verdict("in 09:00", f"out {again}", "in 10:00", "out 18:00")
        assert found.worked_minutes == pytest.approx(worked, abs=1)

    def test_may_be_turned_off(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.double_punch = off")
        assert verdict("in 08:50", "out 08:50:03", "in 08:51", "out 18:00", book=book).notes
        assert "重复打卡" not in words(verdict("in 08:50", "out 08:50:03", "out 18:00", book=book))


class TestARestDayWorked:
    def rest(self, *told: str, overtime: tuple[tuple[datetime, datetime], ...] = ()) -> DayVerdict:
        return judge_rest_day(punches(*told), SHOP, moment(LONG_AFTER), overtime=overtime)

    def test_is_all_beyond_a_shift(self) -> None:
        found = self.rest("in 10:00", "out 15:30")
        assert (found.class_, found.extra_minutes, found.approved_extra_minutes) == ("rest", 330, 0)
        assert found.remarks == ("rest_day_worked", "unapproved_extra")
        assert "A1.5" in found.clauses

    def test_approved_overtime_is_taken_off(self) -> None:
        found = self.rest("in 10:00", "out 15:29", overtime=((moment("10:00"), moment("15:00")),))
        assert (found.extra_minutes, found.approved_extra_minutes) == (329, 300)
        assert found.remarks == ("rest_day_worked",)

    def test_one_reading_alone_is_a_reading_and_no_time(self) -> None:
        for told in ("in 10:00", "out 10:00"):
            found = self.rest(told)
            assert (found.extra_minutes, found.remarks) == (0, ("rest_day_worked",))

    def test_without_a_reading_there_is_nothing(self) -> None:
        assert self.rest().remarks == ()
        assert self.rest(f"in {NEXT} 13:00").remarks == ()

    def test_a_pause_is_no_work_and_the_stretches_are_named(self) -> None:
        found = self.rest("in 10:00", "out 12:00", "in 14:00", "out 15:00")
        assert found.extra_minutes == 180
        assert "2026-11-18 10:00 至 12:00、14:00 至 15:00 在岗 180 分钟" in words(found)

    def test_what_the_base_lends_is_said_last(self) -> None:
        assert self.rest("in 10:00", "out 15:00").steps[-1].zh.startswith("E3.14 为通用默认")


def test_a_split_shift_is_worked_in_both_halves() -> None:
    split = ShiftFacts(moment("09:00"), moment("20:00"), ((moment("12:00"), moment("17:00")),))
    found = verdict("in 08:50", "out 12:01", "in 16:55", "out 20:00", shift=split)
    assert (found.class_, found.worked_minutes) == ("present", 360)
    late_back = verdict("in 08:50", "out 12:01", "in 17:20", "out 20:00", shift=split)
    assert (late_back.class_, late_back.worked_minutes) == ("present", 340)


def test_a_shift_told_in_any_zone_is_the_same_shift() -> None:
    utc = ShiftFacts(at(f"{DAY} 09:00").astimezone(), at(f"{DAY} 18:00").astimezone(), NINE_TO_SIX.breaks)
    assert verdict(*IN_TIME, shift=utc) == verdict(*IN_TIME)


SPANS = st.tuples(st.integers(0, 700), st.integers(1, 90))


class TestAgainstCountingMinuteByMinute:
    """Whole minutes, so that every minute can be asked by itself."""

    @given(
        came=st.integers(-60, 540),
        stayed=st.integers(2, 700),  # a minute apart is a double press
        absences=st.lists(
            st.tuples(SPANS, st.booleans(), st.sampled_from(sorted(NAMES["off_post_kind"]))), max_size=5
        ),
        overtime=st.lists(SPANS, max_size=3),
    )
    @settings(max_examples=150, deadline=None)
    def test_the_minutes_are_those_that_somebody_would_count(
        self,
        came: int,
        stayed: int,
        absences: list[tuple[tuple[int, int], bool, str]],
        overtime: list[tuple[int, int]],
    ) -> None:
        """A shift of nine hours with a break from the 180th to the 240th minute."""
        left = came + stayed
        assume(0 < left <= 540 + 240 and came < 540)  # as far as punches are looked for

        def minute(n: int) -> datetime:
            return NINE_TO_SIX.starts_at + timedelta(minutes=n)

        away = [
            OffPostFact(minute(a), minute(a + length), approved, kind)
            for (a, length), approved, kind in absences
        ]
        extra = tuple((minute(a + 540), minute(a + 540 + length)) for a, length in overtime)
        rows = [PunchFact(minute(came), "in"), PunchFact(minute(left), "out")]
        found = judge(
            NINE_TO_SIX, rows, [], away, CALL_CENTRE, moment(LONG_AFTER), context=DayContext(overtime=extra)
        )
        owed = set(range(540)) - set(range(180, 240))
        off = {n for fact, _, _ in absences for n in range(fact[0], sum(fact))} & owed
        there = set(range(came, left))
        asked = {540 + n for a, length in overtime for n in range(a, a + length)}
        beyond = {n for n in there if n >= 540}
        unapproved = len(beyond - asked) if len(beyond - asked) >= 30 else 0
        assert found.worked_minutes == len(there & owed - off)
        assert found.off_post_minutes == len(off)
        assert found.approved_extra_minutes == len(beyond & asked)
        assert found.extra_minutes == len(beyond & asked) + unapproved
        assert ("unapproved_extra" in found.remarks) == bool(unapproved)
        assert (found.late_minutes, found.early_minutes) == (max(came, 0), max(540 - left, 0))
        again = judge(
            NINE_TO_SIX,
            rows[::-1] * 2,
            [],
            away[::-1] + away[:1],
            CALL_CENTRE,
            moment(LONG_AFTER),
            context=DayContext(overtime=extra[::-1] + extra[:1]),
        )
        assert again == found
