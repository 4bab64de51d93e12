"""A shift of a swap that failed through an unclear briefing is an absence for both (A1.32, A3.5)."""

from __future__ import annotations

import pytest

from regulations.attendance import DayContext, DayVerdict, FailedSwap, LeaveFact, judge
from regulations.names import name_of
from regulations.rulebook import Rulebook
from tests.regulations.site_books import book_of
from tests.regulations.test_attendance import (
    DAY,
    LONG_AFTER,
    NEXT,
    NINE_TO_SIX,
    leave,
    moment,
    punches,
    words,
)

SHOP = book_of("ecommerce_shop")


def failed(is_rostered: bool = True, **told: str) -> FailedSwap:
    said = {"briefing": "口头说明了班次", "note": "王芳没有说明时间", **told}
    at = moment(f"{NEXT} 09:00")
    return FailedSwap("王芳", "李强", "周主管", at, said["briefing"], said["note"], is_rostered)


def verdict(
    *told: str,
    swap: FailedSwap | None = None,
    book: Rulebook = SHOP,
    now: str = LONG_AFTER,
    leaves: tuple[LeaveFact, ...] = (),
) -> DayVerdict:
    context = DayContext(failed_swap=swap or failed(), month_count_before=1)
    return judge(NINE_TO_SIX, punches(*told), leaves, (), book, moment(now), context=context)


@pytest.mark.parametrize(
    "told",
    [
        (),
        ("in 08:50", "out 18:00"),  # somebody was there, on the wrong shift
        ("in 09:00:01", "out 18:00"),
        ("in 09:20", "out 17:00"),
        ("in 08:50",),
        ("out 20:00",),
    ],
)
def test_whatever_the_readings_say_it_is_absence_and_no_time_worked(told: tuple[str, ...]) -> None:
    found = verdict(*told)
    assert (found.class_, found.class_label) == ("absent", "旷工")
    minutes = (found.late_minutes, found.early_minutes, found.worked_minutes, found.extra_minutes)
    assert minutes == (0, 0, 0, 0)
    assert found.month_count == 0  # an absence is no lateness of the month
    assert found.remarks == ("swap_failed",)
    assert {"A1.32"} <= set(found.clauses)


def test_the_readings_stay_in_the_reasoning_with_who_decided_and_what_was_told() -> None:
    found = verdict("in 08:57", "out 18:01")
    said = words(found)
    assert (found.first_in_at, found.last_out_at) == (moment("08:57"), moment("18:01"))
    for part in (
        "上班打卡 2026-11-18 08:57",
        "周主管于 2026-11-19 09:00 认定",
        "王芳、李强双方均按旷工处理",
        "双方交代：口头说明了班次",
        "责任认定：王芳没有说明时间",
    ):
        assert part in said
    assert "whatever the readings say" in words(found, "en")


def test_the_other_of_the_two_is_absent_from_the_same_shift_for_the_same_reason() -> None:
    own, other = verdict(), verdict(swap=failed(is_rostered=False))
    assert (other.class_, other.class_label, other.remarks) == (own.class_, own.class_label, own.remarks)
    assert (other.worked_minutes, other.clauses) == (0, own.clauses)
    assert "现不排在本人名下" in words(other)
    assert "打卡 2026" not in words(other)


def test_what_was_not_written_down_is_not_quoted() -> None:
    said = words(verdict(swap=failed(briefing="", note="")))
    assert "双方交代" not in said and "责任认定" not in said


def test_leave_of_the_whole_shift_does_not_undo_what_a_person_established() -> None:
    whole = (leave("00:00", f"{NEXT} 00:00"),)
    found = verdict(leaves=whole)
    assert (found.class_, found.remarks) == ("absent", ("swap_failed",))
    assert "整个班次均已请假" in words(found)


@pytest.mark.parametrize("site", ['swap.failure_class = "violation"', "swap.failure_class = off"])
def test_only_a_rulebook_that_calls_it_absence_makes_one_of_it(site: str) -> None:
    found = verdict("in 08:50", "out 18:00", book=book_of("ecommerce_shop", site=site))
    assert (found.class_, found.worked_minutes, found.remarks) == ("present", 480, ())


@pytest.mark.parametrize("preset", ["ecommerce_shop", "telecom_shift_swap", "telecom_call_centre"])
def test_it_is_named_absence_in_every_set_with_swaps(preset: str) -> None:
    found = verdict(book=book_of(preset))
    assert (found.class_, found.class_label) == ("absent", "旷工")
    assert {"A1.32", "A3.5"} & set(found.clauses)


def test_the_label_is_that_of_the_swap_rule_where_unfiled_leave_is_called_otherwise() -> None:
    book = book_of("ecommerce_shop", site='leave.unfiled_class = "violation"')
    plain = judge(NINE_TO_SIX, (), (), (), book, moment(LONG_AFTER))
    assert (plain.class_label, verdict(book=book).class_label) == ("违纪", "旷工")


def test_it_is_settled_at_once_also_while_the_shift_runs() -> None:
    assert verdict("in 08:50", now=f"{DAY} 10:00").class_ == "absent"


def test_the_remark_has_a_name_in_both_languages() -> None:
    names = name_of("attendance_remark", "swap_failed"), name_of("attendance_remark", "swap_failed", "en")
    assert names == ("换班误班、空班", "Failed swap")
