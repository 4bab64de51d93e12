"""Leave that is not decided yet, refused, filed too late or for another part of the shift (A1.24, A1.28, A2.58, E3.19), and
leaving before the end, which only some count as off the post (E3.10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from regulations.attendance import DayContext, DayVerdict, LeaveFact, OffPostFact, judge
from regulations.attendance_totals import DayFact, missed_classes, total
from regulations.rulebook import Rulebook
from tests.regulations.site_books import book_of
from tests.regulations.test_attendance import (
    DAY,
    LONG_AFTER,
    NEXT,
    NINE_TO_SIX,
    SHOP,
    leave,
    moment,
    off,
    punches,
    verdict,
    words,
)

PROPERTY_RULES, CALL_CENTRE, SHORT = (
    book_of(preset) for preset in ("property_cs_rules", "telecom_call_centre", "cs_rules_short")
)
BEFORE, AT_START = f"{DAY} 08:59:59", f"{DAY} 09:00:00"


def asked(start: str, end: str, filed_at: str | None = BEFORE, kind: str = "personal") -> LeaveFact:
    """Leave that nobody has decided on yet."""
    told = None if filed_at is None else moment(filed_at)
    return LeaveFact(moment(start), moment(end), kind, None, told)


class TestAskedForBeforeTheShift:
    """班前未请假: who asked before the shift has asked, decided or not."""

    @pytest.mark.parametrize("book", [SHOP, CALL_CENTRE, PROPERTY_RULES])
    @pytest.mark.parametrize(
        ("filed_at", "class_"),
        [(BEFORE, "late"), (None, "late"), (AT_START, "severe"), (f"{DAY} 11:00", "severe")],
    )
    def test_twenty_minutes_are_late_and_not_severe(
        self, book: Rulebook, filed_at: str | None, class_: str
    ) -> None:
        found = verdict("in 09:20", "out 18:00", leaves=(asked("09:00", "10:00", filed_at),), book=book)
        assert (found.class_, found.late_minutes) == (class_, 20)
        assert ("leave_undecided" in found.remarks) is (class_ == "late")
        said = "班前已请假、尚未审批，暂不按严重论" if class_ == "late" else "是班次开始后才提出的"
        assert said in words(found)

    def test_and_once_refused_they_are(self) -> None:
        found = verdict("in 09:20", "out 18:00", leaves=(leave("09:00", "10:00", is_approved=False),))
        assert (found.class_, found.remarks) == ("severe", ("not_early",))
        assert "对这段时间的请假未获批准：按缺勤" in words(found)

    def test_and_once_approved_they_are_no_lateness(self) -> None:
        found = verdict("in 09:20", "out 18:00", leaves=(leave("09:00", "10:00"),))
        assert (found.class_, found.late_minutes) == ("present", 0)

    def test_nineteen_minutes_are_late_with_or_without(self) -> None:
        for leaves in ((), (asked("09:00", "10:00"),)):
            found = verdict("in 09:19:59", "out 18:00", leaves=leaves)
            assert (found.class_, "leave_undecided" in found.remarks) == ("late", False)

    @pytest.mark.parametrize(
        ("start", "end", "class_"),
        [
            ("10:00", "10:21", "present"),
            ("10:00", "10:01:01", "present"),  # nineteen minutes of it were not asked for
            ("10:00", "10:01:00", "severe"),
            ("14:00", "15:00", "severe"),
        ],
    )
    def test_off_the_post_counts_what_was_not_asked_for(self, start: str, end: str, class_: str) -> None:
        away = (off("10:00", "10:21"),)
        found = verdict("in 08:50", "out 18:00", leaves=(asked(start, end),), away=away)
        assert (found.class_, "leave_undecided" in found.remarks) == (class_, class_ == "present")

    def test_leaving_at_the_end_too(self) -> None:
        found = verdict("in 08:50", "out 17:00", leaves=(asked("17:00", "18:00"),))
        assert (found.class_, found.early_minutes, found.remarks) == ("early", 60, ("leave_undecided",))

    def test_no_matter_where_the_rulebook_does_not_ask_for_leave(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.needs_no_leave_filed = false")
        found = verdict("in 09:20", "out 18:00", leaves=(asked("09:00", "10:00"),), book=book)
        assert found.class_ == "severe"
        assert "达到 20 分钟，按缺勤" in words(found)


class TestWhoDidNotCome:
    """A1.24: no absence without leave while the leave waits for its decision, whenever it was asked for."""

    @pytest.mark.parametrize("filed_at", [BEFORE, AT_START, f"{DAY} 19:00", None])
    @pytest.mark.parametrize("book", [SHOP, SHORT])
    def test_is_not_judged_before_his_leave_is(self, filed_at: str | None, book: Rulebook) -> None:
        found = verdict(leaves=(asked("09:00", "18:00", filed_at),), book=book)
        assert (found.class_, found.remarks, found.late_minutes) == ("pending", ("leave_undecided",), 0)
        assert "审批后再判定，此前不按旷工" in words(found)
        assert any(step.zh == "结论：请假待批" for step in found.steps)

    def test_counts_in_no_total_until_then(self) -> None:
        found = verdict(leaves=(asked("09:00", "18:00"),))
        day = DayFact(1, moment(DAY + " 00:00").date(), found.class_, remarks=found.remarks)
        sums = total([day], missed_classes(SHOP))
        assert set(sums.as_record().values()) == {0}

    @pytest.mark.parametrize(("is_approved", "class_"), [(True, "on_leave"), (False, "absent")])
    def test_is_judged_when_it_is_decided(self, is_approved: bool, class_: str) -> None:
        found = verdict(leaves=(leave("09:00", "18:00", is_approved=is_approved),))
        assert (found.class_, found.remarks) == (class_, ())
        assert ("没有打卡，请假未获批准：旷工" in words(found)) is not is_approved

    def test_is_absent_whatever_becomes_of_leave_for_a_part(self) -> None:
        found = verdict(leaves=(asked("09:00", "12:00"),))
        assert (found.class_, found.remarks) == ("absent", ())
        assert "没有打卡，对这段时间没有请假：旷工" in words(found)

    def test_is_waited_for_with_one_half_approved_and_the_other_asked_for(self) -> None:
        found = verdict(leaves=(leave("09:00", "12:00"), asked("13:00", "18:00")))
        assert found.class_ == "pending"

    def test_is_not_late_while_the_shift_runs(self) -> None:
        found = verdict(leaves=(asked("09:00", "18:00"),), now=f"{DAY} 09:30")
        assert (found.class_, found.late_minutes, found.remarks) == ("pending", 0, ("leave_undecided",))
        before = verdict(leaves=(asked("09:00", "18:00"),), now=f"{DAY} 08:30")
        assert (before.class_, before.remarks) == ("pending", ())
        assert "尚未到上班时间" in words(before)

    def test_is_judged_by_his_readings_when_he_came_after_all(self) -> None:
        found = verdict("in 08:50", "out 18:00", leaves=(asked("09:00", "18:00"),))
        assert (found.class_, found.remarks) == ("present", ())


class TestWhatIsSaidOfLeave:
    @pytest.mark.parametrize(
        ("leaves", "said"),
        [
            ((), "未请假：按缺勤"),
            ((leave("15:00", "18:00"),), "对这段时间没有请假：按缺勤"),
            ((asked("15:00", "18:00"),), "对这段时间没有请假：按缺勤"),
        ],
    )
    def test_is_true_where_leave_is_for_another_part(self, leaves: tuple[LeaveFact, ...], said: str) -> None:
        found = verdict("in 09:20", "out 18:00", leaves=leaves)
        assert found.class_ == "severe"
        assert f"，{said}" in words(found)

    def test_leave_in_the_midst_of_a_lateness_is_leave_for_it(self) -> None:
        found = verdict("in 09:40", "out 18:00", leaves=(leave("09:10", "10:00"),))
        assert (found.class_, found.late_minutes) == ("late", 40)


class TestLeavingBeforeTheEnd:
    """A1.28, A2.58 and E3.19 name lateness and off post; E3.10 defines 早退 and 擅离职守 apart."""

    @pytest.mark.parametrize(
        ("book", "left", "class_"),
        [
            (SHOP, "17:40:01", "early"),
            (SHOP, "17:40:00", "severe"),
            (CALL_CENTRE, "17:40:00", "severe"),
            (PROPERTY_RULES, "17:40:01", "early"),
            (PROPERTY_RULES, "17:40:00", "early"),
            (PROPERTY_RULES, "13:00:00", "early"),
            (SHORT, "13:00:00", "early"),  # no rule of twenty minutes at all
        ],
    )
    def test_is_off_the_post_where_it_is_counted_so(self, book: Rulebook, left: str, class_: str) -> None:
        assert verdict("in 08:50", f"out {left}", book=book).class_ == class_

    def test_says_that_it_is_a_choice(self) -> None:
        found = verdict("in 08:50", "out 17:40")
        assert "下班前离开按离岗计（产品约定）" in words(found)
        assert "E3.10 为通用默认" in words(found)
        apart = verdict("in 08:50", "out 17:40", book=PROPERTY_RULES)
        assert "早退不按离岗计" in words(apart)
        assert (apart.class_label, apart.early_minutes) == ("", 20)

    def test_is_left_to_the_site(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.early_counts_off_post = false")
        assert verdict("in 08:50", "out 17:40", book=book).class_ == "early"
        assert verdict("in 09:20", "out 18:00", book=book).class_ == "severe"

    def test_with_lateness_of_twenty_minutes_is_severe_by_that(self) -> None:
        found = verdict("in 09:20", "out 17:00", book=PROPERTY_RULES)
        assert (found.class_, found.late_minutes, found.early_minutes) == ("severe", 20, 60)


class TestReadingsDuringLeave:
    def on_leave(self, *told: str, **around: bool) -> DayVerdict:
        context = DayContext(**around)  # type: ignore[arg-type]
        whole = (leave("09:00", "18:00"),)
        return judge(NINE_TO_SIX, punches(*told), whole, (), SHOP, moment(LONG_AFTER), context=context)

    def test_leave_it_leave_and_are_named(self) -> None:
        found = self.on_leave("in 10:00", "out 12:30")
        assert (found.class_, found.worked_minutes, found.remarks) == ("on_leave", 0, ("worked_on_leave",))
        assert (found.first_in_at, found.last_out_at) == (moment("10:00"), moment("12:30"))
        assert "请假期间有打卡：2026-11-18 10:00 至 12:00 在岗 120 分钟" in words(found)

    @pytest.mark.parametrize(
        ("told", "remarks"),
        [
            (("in 10:00",), ("worked_on_leave",)),
            (("out 10:00",), ("worked_on_leave",)),
            (("out 08:30",), ()),  # the end of a shift before
            (("in 19:00", "out 20:00"), ()),
            ((), ()),
        ],
    )
    def test_one_alone_is_named_too_and_others_are_not_of_the_leave(
        self, told: tuple[str, ...], remarks: tuple[str, ...]
    ) -> None:
        found = self.on_leave(*told)
        assert (found.class_, found.remarks) == ("on_leave", remarks)

    def test_say_nothing_of_shifts_that_adjoin(self) -> None:
        found = self.on_leave("out 09:30", stayed_from=True)
        assert "视为" not in words(found)


PERSONS_DAY: tuple[tuple[Callable[[], DayVerdict], str], ...] = (
    (lambda: verdict("in 09:20", "out 18:00"), "E3.10"),
    (lambda: verdict(book=SHORT), ""),
    (lambda: verdict("in 08:50", "out 18:00", away=(OffPostFact(moment("10:00"), moment("10:20"), False, "away"),), book=SHORT), "E3.10、A1.8"),
)  # fmt: skip


@pytest.mark.parametrize(("judged", "lent"), PERSONS_DAY)
def test_what_the_base_lends_is_said_last(judged: Callable[[], DayVerdict], lent: str) -> None:
    last = judged().steps[-1].zh
    assert last.startswith(f"{lent} 为通用默认") if lent else last == "结论：旷工"


def test_under_the_base_alone_nothing_is_lent() -> None:
    assert verdict("in 09:20", "out 18:00", book=book_of()).steps[-1].zh == "结论：违纪"


def test_leave_of_the_next_day_is_no_leave_of_this_shift() -> None:
    assert verdict(leaves=(asked(f"{NEXT} 09:00", f"{NEXT} 18:00"),)).class_ == "absent"
