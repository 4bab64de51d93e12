"""Overtime: asked for outside the roster, approved by the level that may, made good in the rulebook's order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.overtime import (
    OtherOvertime,
    OvertimeFacts,
    check,
    compensation_order,
    decide_violation,
    filed_when,
)
from regulations.overtime_hours import hours_of, stays, uncovered, worked_minutes
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local
from tests.regulations.site_books import book_of

PROPERTY = load_rulebook(["property_cs_rules"])
SHOP = load_rulebook(["ecommerce_shop"])
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
START = local(2026, 11, 20, 18)
END = START + 2 * HOUR
SHIFT = (START - 9 * HOUR, START)
NEXT = (END, END + 4 * HOUR)
ASKED = OvertimeFacts(START, END, "pay", START - HOUR, (SHIFT, NEXT))


def codes(facts: OvertimeFacts, book: Rulebook = PROPERTY) -> list[str]:
    ruling = check(facts, book, START)
    assert ruling.is_allowed == (not ruling.violations)
    return [violation.code for violation in ruling.violations]


def test_the_manager_approves_and_pay_comes_first() -> None:
    ruling = check(ASKED, PROPERTY, START)
    assert (ruling.is_allowed, ruling.required_role, ruling.minutes) == (True, "manager", 120)
    assert ruling.hours == Decimal("2.00")
    assert "E3.14" in ruling.clauses
    assert compensation_order(PROPERTY) == ("pay", "time_off")
    assert PROPERTY.role_title("manager", "zh") in ruling.title
    told = check(replace(ASKED, compensation="time_off"), PROPERTY, START)
    assert any("一般为加班费，视情况调休" in step.zh and step.clause == "E3.14" for step in told.steps)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START, END, []),  # touches the shift before and the one after
        (START - SECOND, END, ["within_shift"]),
        (START, END + SECOND, ["within_shift"]),
        (START - MINUTE, END + MINUTE, ["within_shift", "within_shift"]),
        (SHIFT[0], SHIFT[1], ["within_shift"]),
    ],
)
def test_rostered_time_is_no_overtime(start: datetime, end: datetime, expected: list[str]) -> None:
    assert codes(replace(ASKED, starts_at=start, ends_at=end)) == expected


@pytest.mark.parametrize("state", ["requested", "approved", "refused", "withdrawn", "amended"])
@pytest.mark.parametrize(("begins", "overlaps"), [(END, False), (END - SECOND, True), (START - HOUR, True)])
def test_the_same_hour_is_asked_for_once(state: str, begins: datetime, overlaps: bool) -> None:
    other = OtherOvertime(begins, begins + 2 * HOUR, state)
    expected = ["overlaps"] if overlaps and state in ("requested", "approved") else []
    assert codes(replace(ASKED, others=(other,))) == expected


def test_nobody_works_overtime_while_on_leave() -> None:
    assert codes(replace(ASKED, leave=((START, START + MINUTE),))) == ["on_leave"]
    assert codes(replace(ASKED, leave=((END, END + HOUR),))) == []


@pytest.mark.parametrize(
    ("leave", "start", "expected"),
    [
        (SHIFT, START, ["leave_before"]),
        (SHIFT, START + HOUR, ["leave_before"]),  # the same day, an hour later
        (SHIFT, START + 7 * HOUR, []),  # the next day
        ((SHIFT[0], SHIFT[1] - HOUR), START, []),  # back for the last hour
        ((SHIFT[1] - SECOND, SHIFT[1]), START, ["leave_before"]),
        ((SHIFT[1] - HOUR, SHIFT[1]), START + MINUTE, []),  # worked that day, and came back
        ((SHIFT[0] - 24 * HOUR, SHIFT[1]), START, ["leave_before"]),
        (NEXT, START, []),  # the shift that follows
    ],
)
def test_nobody_works_on_after_a_shift_that_is_leave(
    leave: tuple[datetime, datetime], start: datetime, expected: list[str]
) -> None:
    facts = replace(ASKED, starts_at=start, ends_at=start + 30 * MINUTE, shifts=(SHIFT, NEXT), leave=(leave,))
    if start > END:
        facts = replace(facts, shifts=(SHIFT,))
    assert codes(facts) == expected
    ruling = check(facts, PROPERTY, START)
    assert all("已请假，不能接着加班" in violation.zh for violation in ruling.violations)


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (START, START, "ends_before_start"),
        (END, START, "ends_before_start"),
        (START, START + 59 * SECOND, "too_short"),
        (START, START + MINUTE, None),
        (START, START + 24 * HOUR, None),
        (START, START + 24 * HOUR + SECOND, "too_long"),
    ],
)
def test_a_request_is_a_time_of_a_day_at_most(start: datetime, end: datetime, code: str | None) -> None:
    assert codes(OvertimeFacts(start, end, "pay", START)) == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("filed_at", "when"),
    [
        (START - SECOND, "before"),
        (START, "before"),
        (START + SECOND, "during"),
        (END - SECOND, "during"),
        (END, "after"),
    ],
)
def test_it_is_said_whether_it_was_filed_before_or_after_the_fact(filed_at: datetime, when: str) -> None:
    assert filed_when(START, END, filed_at) == when
    ruling = check(replace(ASKED, filed_at=filed_at), PROPERTY, END + HOUR)
    assert (ruling.is_allowed, ruling.filed) == (True, when)


def test_a_way_of_making_good_that_the_rulebook_does_not_name_is_refused() -> None:
    assert codes(replace(ASKED, compensation="gold")) == ["compensation"]
    pay_only = book_of("property_cs_rules", site='overtime.compensation = ["pay"]')
    assert codes(replace(ASKED, compensation="time_off"), pay_only) == ["compensation"]


def test_where_no_approval_is_asked_for_nobody_has_to_give_it() -> None:
    free = book_of("property_cs_rules", site="overtime.approver = off")
    ruling = check(ASKED, free, START)
    assert (ruling.is_allowed, ruling.required_role) == (True, None)
    assert any("不设审批" in step.zh for step in ruling.steps)


def test_the_shift_that_goes_on_by_itself_is_pointed_out_where_there_is_one() -> None:
    told = [step for step in check(ASKED, SHOP, START).steps if step.clause == "A1.6"]
    assert len(told) == 1
    assert not [step for step in check(ASKED, PROPERTY, START).steps if step.clause == "A1.6"]


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("agent", "level_too_low"),
        ("qa", "level_too_low"),
        ("administrator", "level_too_low"),
        ("supervisor", "level_too_low"),
        ("manager", None),
        ("executive", "level_skipped"),
        ("top", "level_skipped"),
    ],
)
def test_one_level_decides(role: str, code: str | None) -> None:
    found = decide_violation(role, "manager", PROPERTY, is_own=False)
    assert (found.code if found else None) == code
    if found:
        assert found.clause in ("E3.14", "E3.16")


def test_what_the_level_itself_asked_for_goes_up() -> None:
    own = decide_violation("manager", "manager", PROPERTY, is_own=True, is_from_that_level=True)
    assert own is not None and own.code == "own_request"
    assert decide_violation("executive", "manager", PROPERTY, is_own=False, is_from_that_level=True) is None
    skips = book_of("property_cs_rules", site="leave.skip_level_allowed = true")
    assert decide_violation("executive", "manager", skips, is_own=False) is None


# Hours


@pytest.mark.parametrize(
    ("extra", "approved", "left"), [(0, 0, 0), (30, 0, 30), (30, 30, 0), (31, 30, 1), (30, 90, 0)]
)
def test_what_nobody_approved_is_what_is_left(extra: int, approved: int, left: int) -> None:
    found = uncovered(extra, approved, PROPERTY)
    assert (found.minutes, found.approved_minutes) == (left, min(extra, approved))
    assert f"{left} 分钟" in found.steps[-1].zh


def test_nothing_is_unapproved_where_no_approval_is_asked_for() -> None:
    assert uncovered(90, 0, book_of("property_cs_rules", site="overtime.approver = off")).minutes == 0


@pytest.mark.parametrize(("minutes", "hours"), [(0, "0.00"), (1, "0.02"), (30, "0.50"), (100, "1.67")])
def test_minutes_become_hours_with_two_decimals(minutes: int, hours: str) -> None:
    assert hours_of(minutes) == Decimal(hours)


@pytest.mark.parametrize(
    ("readings", "minutes"),
    [
        ([], 0),
        ([(SHIFT[0], "in")], 0),
        ([(SHIFT[0], "in"), (END, "out")], 120),
        ([(SHIFT[0], "in"), (END + HOUR, "out")], 120),
        ([(SHIFT[0], "in"), (START, "out")], 0),
        ([(SHIFT[0], "in"), (START, "out"), (START + 30 * MINUTE, "in"), (END, "out")], 90),
        ([(START + HOUR, "out")], 0),
        ([(START, "in"), (START + SECOND, "in"), (END - SECOND, "out")], 119),
    ],
)
def test_time_off_is_earned_by_what_was_worked(readings: list[tuple[datetime, str]], minutes: int) -> None:
    assert worked_minutes((START, END), stays(readings)) == minutes
    assert worked_minutes((START, END), stays([*reversed(readings), *readings])) == minutes


TIMES = st.integers(-6 * 60, 8 * 60).map(lambda m: START + m * MINUTE)
SPANS = st.tuples(TIMES, st.integers(1, 300)).map(lambda p: (p[0], p[0] + p[1] * MINUTE))


@given(SPANS, st.lists(SPANS, max_size=4), st.lists(SPANS, max_size=4))
def test_it_may_be_asked_for_exactly_where_no_minute_is_taken(
    asked: tuple[datetime, datetime],
    shifts: list[tuple[datetime, datetime]],
    others: list[tuple[datetime, datetime]],
) -> None:
    facts = OvertimeFacts(
        *asked, "pay", START, tuple(shifts), (), tuple(OtherOvertime(*o, "requested") for o in others)
    )
    minutes = [asked[0] + n * MINUTE for n in range(int((asked[1] - asked[0]) / MINUTE))]
    is_taken = any(a <= m < b for m in minutes for a, b in [*shifts, *others])
    assert check(facts, PROPERTY, START).is_allowed == (not is_taken)


def test_what_the_base_lends_is_said_last() -> None:
    lent = check(ASKED, SHOP, START)
    assert lent.steps[-1].zh.startswith("E3.14 为通用默认") and lent.steps[-1].clause is None
    assert not any("为通用默认" in step.zh for step in check(ASKED, PROPERTY, START).steps)
