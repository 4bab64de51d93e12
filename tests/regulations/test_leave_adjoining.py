"""Leave that adjoins counts together for the level: splitting a request changes nothing (A1.25, A2.53)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.leave import LeaveShift, OtherLeave
from tests.regulations.leave_requests import ruled, shift
from tests.regulations.site_books import at, book_of

SHOP, CENTRE = "ecommerce_shop", "telecom_call_centre"
FRIDAY, MONDAY = shift("2026-11-20"), shift("2026-11-23")
UNTIL = date(2026, 11, 30)


def other(begins: str, ends: str, type_: str = "personal", state: str = "approved") -> OtherLeave:
    return OtherLeave(at(begins), at(ends), type_, state)


TOGETHER = [
    # the other leave, the shifts, roster until, who decides, days of the request
    (other("2026-11-23 09:00", "2026-11-23 18:00"), (FRIDAY, MONDAY), UNTIL, "manager"),
    (other("2026-11-23 09:00", "2026-11-23 18:00", state="requested"), (FRIDAY, MONDAY), UNTIL, "manager"),
    (other("2026-11-23 09:00", "2026-11-23 18:00"), (FRIDAY,), None, "manager"),  # a weekend as usual
    (other("2026-11-19 09:00", "2026-11-19 18:00"), (shift("2026-11-19"), FRIDAY), UNTIL, "manager"),
    (other("2026-11-23 09:00", "2026-11-23 18:00", "sick"), (FRIDAY, MONDAY), UNTIL, "supervisor"),
    (
        other("2026-11-23 09:00", "2026-11-23 18:00"),
        (FRIDAY, shift("2026-11-22"), MONDAY),
        UNTIL,
        "supervisor",
    ),
    (
        other("2026-11-23 13:30", "2026-11-23 18:00"),
        (FRIDAY, MONDAY),
        UNTIL,
        "supervisor",
    ),  # works in the morning
    (
        other("2026-11-24 09:00", "2026-11-24 18:00"),
        (FRIDAY,),
        None,
        "supervisor",
    ),  # Monday is worked as usual
    (other("2026-11-18 09:00", "2026-11-18 18:00"), (shift("2026-11-19"), FRIDAY), UNTIL, "supervisor"),
]


@pytest.mark.parametrize(("beside", "shifts", "until", "role"), TOGETHER)
def test_the_level_follows_from_what_adjoins(
    beside: OtherLeave, shifts: tuple[LeaveShift, ...], until: date | None, role: str
) -> None:
    asked = ruled(book_of(CENTRE), shifts=shifts, rostered_until=until, others=(beside,))
    assert (asked.required_role, asked.days) == (role, Decimal(1))
    assert any("相连" in step.zh for step in asked.steps) is (role == "manager")
    assert asked.is_allowed


def test_half_days_of_one_date_are_one_day_however_they_are_asked_for() -> None:
    asked = ruled(
        book_of(CENTRE),
        ends_at="2026-11-20 14:00",
        shifts=(FRIDAY,),
        others=(other("2026-11-20 14:00", "2026-11-20 18:00"),),
    )
    assert asked.required_role == "supervisor"


def test_a_chain_counts_to_its_end() -> None:
    days = [f"2026-11-{day}" for day in (23, 24, 25, 26)]
    rest = tuple(other(f"{day} 09:00", f"{day} 18:00") for day in days[1:])
    asked: dict[str, Any] = {
        "starts_at": "2026-11-23 09:00", "ends_at": "2026-11-23 18:00", "shifts": tuple(shift(day) for day in days),
        "rostered_until": UNTIL,
    }  # fmt: skip
    assert ruled(book_of(SHOP), **asked, others=rest[:2]).required_role == "supervisor"
    whole = ruled(book_of(SHOP), **asked, others=tuple(reversed(rest)))
    assert whole.required_role == "manager"
    assert any("合计 4 天，本次 1 天" in step.zh for step in whole.steps)


@given(st.integers(1, 6), st.integers(1, 6), st.sets(st.integers(0, 12)))
def test_a_request_that_is_split_has_the_level_of_the_whole(one: int, two: int, worked: set[int]) -> None:
    first = date(2026, 3, 2)
    shifts = tuple(shift((first + timedelta(days=n)).isoformat()) for n in sorted(worked))
    begin, cut, end = (at(f"{first + timedelta(days=n)} 00:00") for n in (0, one, one + two))
    common: dict[str, Any] = {
        "shifts": shifts,
        "rostered_until": date(2026, 3, 31),
        "filed_at": "2026-02-01 09:00",
    }
    whole = ruled(book_of(SHOP), starts_at=begin, ends_at=end, **common)
    part = ruled(
        book_of(SHOP), starts_at=begin, ends_at=cut, **common, others=(OtherLeave(cut, end, "personal"),)
    )
    assert part.required_role == whole.required_role
