"""What follows an approved swap: where the pay-back stands, when it is settled, and a shift left empty."""

from __future__ import annotations

from datetime import date

import pytest

from regulations.names import NAMES
from regulations.swap_course import COURSES, failure, may_settle, payback_course
from regulations.swaps import OtherSwap
from regulations.work_calendar import WorkCalendar
from tests.regulations.site_books import at, book_of
from tests.regulations.swap_cases import PAYBACK_ON, SWAP_ON, day_shift

CALENDAR = WorkCalendar.from_rulebook(book_of())
BOTH = OtherSwap(SWAP_ON, PAYBACK_ON)
SHIFT, PAYBACK = day_shift(SWAP_ON), day_shift(PAYBACK_ON)


def test_every_place_a_payback_can_be_in_has_a_name() -> None:
    assert set(COURSES) == set(NAMES["swap_payback"])


@pytest.mark.parametrize(
    ("state", "payback_on", "now", "code", "days_open"),
    [
        ("approved", None, "2026-11-19 10:00", "not_agreed", 0),
        ("approved", None, "2026-11-20 10:00", "not_agreed", 0),
        ("approved", None, "2026-11-25 10:00", "not_agreed", 5),
        ("approved", PAYBACK_ON, "2026-11-27 08:59:59", "awaited", 7),
        ("approved", PAYBACK_ON, "2026-11-27 09:00", "under_way", 7),
        ("approved", PAYBACK_ON, "2026-11-27 17:59:59", "under_way", 7),
        ("approved", PAYBACK_ON, "2026-11-27 18:00", "to_settle", 7),
        ("approved", PAYBACK_ON, "2026-12-04 10:00", "to_settle", 14),
        ("settled", PAYBACK_ON, "2026-12-04 10:00", "settled", 0),
        ("failed", PAYBACK_ON, "2026-12-04 10:00", "failed", 0),
        ("requested", PAYBACK_ON, "2026-12-04 10:00", "none", 0),
        ("refused", PAYBACK_ON, "2026-12-04 10:00", "none", 0),
        ("withdrawn", None, "2026-12-04 10:00", "none", 0),
    ],
)
def test_the_payback_is_followed_to_its_end(
    state: str, payback_on: date | None, now: str, code: str, days_open: int
) -> None:
    payback = PAYBACK if payback_on else None
    found = payback_course(state, OtherSwap(SWAP_ON, payback_on), payback, at(now), CALENDAR)
    assert (found.code, found.days_open) == (code, days_open)
    assert found.step.zh and found.step.en


def test_a_payback_that_is_no_longer_on_the_roster_is_followed_by_its_day() -> None:
    for now, code in (
        ("2026-11-26 23:59:59", "awaited"),
        ("2026-11-27 00:00", "under_way"),
        ("2026-11-28 00:00", "to_settle"),
    ):
        assert payback_course("approved", BOTH, None, at(now), CALENDAR).code == code


@pytest.mark.parametrize(
    ("now", "note", "expected"),
    [
        ("2026-11-20 17:59:59", False, ["not_over", "not_over"]),
        ("2026-11-20 18:00", False, ["not_over"]),
        ("2026-11-27 17:59:59", True, ["not_over"]),
        ("2026-11-27 18:00", False, []),
    ],
)
def test_a_swap_is_settled_when_both_shifts_are_over(now: str, note: bool, expected: list[str]) -> None:
    found = may_settle(BOTH, SHIFT, PAYBACK, (), at(now), book_of("ecommerce_shop"), has_note=note)
    assert ([v.code for v in found.violations], found.is_allowed) == (expected, not expected)


@pytest.mark.parametrize(("has_note", "expected"), [(False, ["payback_not_agreed"]), (True, [])])
def test_without_a_payback_it_is_said_why(has_note: bool, expected: list[str]) -> None:
    found = may_settle(
        OtherSwap(SWAP_ON),
        SHIFT,
        None,
        (),
        at("2026-12-01 10:00"),
        book_of("ecommerce_shop"),
        has_note=has_note,
    )
    assert [v.code for v in found.violations] == expected


def test_a_shift_at_which_nobody_was_is_not_settled() -> None:
    found = may_settle(
        BOTH, SHIFT, PAYBACK, (SWAP_ON,), at("2026-12-01 10:00"), book_of("ecommerce_shop"), has_note=True
    )
    assert [(v.code, v.clause) for v in found.violations] == [("shift_empty", "A1.32")]
    assert "2026-11-20" in found.violations[0].zh


@pytest.mark.parametrize(("preset", "clause"), [("ecommerce_shop", "A1.32"), ("telecom_shift_swap", "A3.5")])
def test_an_empty_shift_counts_as_absence_for_both_and_imposes_nothing(preset: str, clause: str) -> None:
    shares = ("没有说明班次时间，负主要责任", "没有核对，负次要责任")
    found = failure(("王芳", "李强"), SWAP_ON, shares, book_of(preset))
    assert found.is_allowed
    first, *rest = found.steps
    assert first.clause == clause
    assert "王芳、李强双方均按旷工处理" in first.zh
    assert [step.clause for step in rest if step.clause] == ["A3.5"] * 3
    # The shop's own rules say nothing of shares: the last step says where that comes from.
    assert ("为通用默认" in rest[-1].zh) == (preset == "ecommerce_shop")
    assert "系统不自动处分" in rest[0].zh
    assert [step.zh for step in rest[1:3]] == [
        "王芳的责任：没有说明班次时间，负主要责任",
        "李强的责任：没有核对，负次要责任",
    ]


@pytest.mark.parametrize(
    ("shares", "missing"),
    [
        (("  ", ""), "王芳、李强"),
        (("负主要责任", " "), "李强"),
        (("", "负主要责任"), "王芳"),
        (("主要", "次要"), None),
    ],
)
def test_each_ones_share_of_responsibility_has_to_be_said(
    shares: tuple[str, str], missing: str | None
) -> None:
    """A3.5."""
    found = failure(("王芳", "李强"), SWAP_ON, shares, book_of("telecom_shift_swap"))
    assert [(v.code, v.clause) for v in found.violations] == (
        [] if missing is None else [("no_shares", "A3.5")]
    )
    assert found.is_allowed == (missing is None)
    if missing is not None:
        assert found.violations[0].zh == f"请写明双方各自的责任，还缺：{missing}。"
    without = book_of("telecom_shift_swap", site="swap.responsibility_shared = false")
    assert failure(("王芳", "李强"), SWAP_ON, shares, without).is_allowed


def test_the_class_is_the_rulebooks() -> None:
    site = book_of("telecom_shift_swap", site='swap.failure_class = "violation"')
    assert "违纪" in failure(("王芳", "李强"), SWAP_ON, ("各半", "各半"), site).steps[0].zh
    off = book_of("telecom_shift_swap", site="swap.failure_class = off")
    assert [v.code for v in failure(("王芳", "李强"), SWAP_ON, ("各半", "各半"), off).violations] == [
        "no_failure_class"
    ]
