"""How long leave is: against a counter that looks at every minute, and the days that people argue about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regulations.leave import LeaveRequestFacts, LeaveShift
from regulations.leave_days import count
from regulations.worktime import WorkCalendar
from tests.regulations.leave_requests import request, shift
from tests.regulations.site_books import at, book_of

BOOK = book_of("ecommerce_shop")
BY_SHIFTS = book_of("ecommerce_shop", site='leave.length_counts = "rostered_shift"')
CALENDAR = WorkCalendar.from_rulebook(BOOK)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = date(2026, 3, 2)


def counted(facts: LeaveRequestFacts) -> tuple[Decimal, Decimal]:
    """By calendar days, by rostered shifts."""
    return count(facts, BOOK).days, count(facts, BY_SHIFTS).days


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("09:00", "18:00", "1"),
        ("09:00", "12:00", "0.5"),
        ("13:00", "18:00", "0.5"),
        ("09:00", "15:59", "0.5"),  # 359 of 480 minutes
        ("09:00", "16:00", "1"),  # three quarters
        ("12:00", "13:00", None),  # the lunch break is nobody's working time
        ("00:00", "09:00", None),
        ("18:00", "20:00", None),
        ("08:00", "09:01", "0.5"),
    ],
)
def test_parts_of_a_day_count_to_the_nearest_half(start: str, end: str, days: str | None) -> None:
    facts = request(
        starts_at=f"2026-11-20 {start}", ends_at=f"2026-11-20 {end}", shifts=(shift("2026-11-20"),),
        rostered_until=date(2026, 11, 30),
    )  # fmt: skip
    assert counted(facts) == (Decimal(days or 0),) * 2


def test_days_off_in_between_count_by_the_calendar_and_not_by_the_roster() -> None:
    facts = request(
        starts_at="2026-11-20 09:00", ends_at="2026-11-23 18:00",
        shifts=(shift("2026-11-20"), shift("2026-11-23")), rostered_until=date(2026, 11, 30),
    )  # fmt: skip
    assert counted(facts) == (Decimal(4), Decimal(2))
    said = count(facts, BY_SHIFTS).steps
    assert any("2026-11-21" in step.zh and "未排班" in step.zh for step in said)


def test_leave_over_a_holiday_and_its_make_up_day_where_no_roster_is_drawn_yet() -> None:
    # 1 to 7 October 2026 are off; Saturday 10 October is worked instead.
    facts = request(starts_at="2026-09-30 09:00", ends_at="2026-10-10 18:00", shifts=())
    assert counted(facts) == (Decimal(11), Decimal(4))  # 30 September, 8, 9 and 10 October
    said = [step.zh for step in count(facts, BY_SHIFTS).steps]
    assert any("国庆节" in line and "不计" in line for line in said)
    assert any("2026-10-10" in line and "调休上班" in line for line in said)


def test_a_night_shift_is_one_day_on_both_sides_of_midnight() -> None:
    night = (shift("2026-11-20", "22:00", "06:00", ""),)
    facts = request(
        starts_at="2026-11-20 22:00",
        ends_at="2026-11-21 06:00",
        shifts=night,
        rostered_until=date(2026, 11, 30),
    )
    assert counted(facts) == (Decimal(1), Decimal(1))
    (part,) = count(facts, BOOK).parts
    assert part.on == date(2026, 11, 20)


def test_two_shifts_of_a_day_are_one_day() -> None:
    split = (shift("2026-11-20", "09:00", "12:00", ""), shift("2026-11-20", "17:00", "21:00", ""))
    whole = request(starts_at="2026-11-20 00:00", ends_at="2026-11-21 00:00", shifts=split)
    assert counted(whole) == (Decimal(1), Decimal(1))
    morning = request(starts_at="2026-11-20 09:00", ends_at="2026-11-20 12:00", shifts=split)
    assert counted(morning) == (Decimal("0.5"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-23 00:00", "2026-11-26 00:00", "3"),
        ("2026-11-23 09:00", "2026-11-25 18:00", "3"),
        ("2026-11-23 09:00", "2026-11-26 09:00", "3"),
        ("2026-11-23 18:00", "2026-11-26 18:00", "3"),  # by the late shift that it begins with
        ("2026-11-23 18:00", "2026-11-24 00:00", "1"),
        ("2026-11-23 01:00", "2026-11-23 05:00", "1"),  # hours that no shift has: the leave is its own day
        ("2026-11-23 13:30", "2026-11-23 18:00", "0.5"),
    ],
)
def test_without_a_roster_the_named_shifts_say_what_a_day_is(start: str, end: str, days: str) -> None:
    assert counted(request(starts_at=start, ends_at=end, shifts=()))[0] == Decimal(days)


def test_the_account_is_charged_rostered_days_whatever_the_level_counts() -> None:
    facts = request(
        starts_at="2026-11-20 09:00", ends_at="2026-11-23 18:00",
        shifts=(shift("2026-11-20"), shift("2026-11-23")), rostered_until=date(2026, 11, 30),
    )  # fmt: skip
    found = count(facts, BOOK)
    assert (found.days, found.charged) == (Decimal(4), Decimal(2))


def test_days_of_a_year_not_published_yet_are_marked() -> None:
    facts = request(
        starts_at="2096-10-01 09:00", ends_at="2096-10-08 18:00", filed_at="2096-09-01 09:00", shifts=()
    )
    assert any("暂按法定节日推算" in step.zh for step in count(facts, BY_SHIFTS).steps)


# Against a counter of minutes


@st.composite
def rosters(draw: st.DrawFn) -> tuple[LeaveShift, ...]:
    """Two weeks with a shift on some days, by day or across midnight, with and without a break."""
    found = []
    for offset in range(14):
        kind = draw(st.sampled_from(["rest", "day", "late", "night", "split"]))
        on = (MONDAY + offset * DAY).isoformat()
        if kind == "day":
            found.append(shift(on))
        elif kind == "late":
            found.append(shift(on, "18:00", "00:00", ""))
        elif kind == "night":
            found.append(shift(on, "22:00", "06:00", ""))
        elif kind == "split":
            found += [shift(on, "09:00", "12:00", ""), shift(on, "17:00", "21:00", "")]
    return tuple(found)


def by_the_minute(facts: LeaveRequestFacts) -> tuple[Decimal, Decimal]:
    """Every minute of every rostered day looked at; a rest day is its usual hours."""
    usual = next(
        (s for s in facts.shifts if s.starts_at < facts.ends_at and s.ends_at > facts.starts_at), None
    )
    calendar_days = rostered = Decimal(0)
    for offset in range(-1, 15):
        on = MONDAY + offset * DAY
        found = [s for s in facts.shifts if s.work_on == on]
        spans = [(s.starts_at, s.ends_at, s.breaks) for s in found]
        if not spans and usual is not None:
            moved = timedelta(days=(on - usual.work_on).days)
            pauses = tuple((a + moved, b + moved) for a, b in usual.breaks)
            spans = [(usual.starts_at + moved, usual.ends_at + moved, pauses)]
        owed = covered = 0
        for begins, ends, pauses in spans:
            minute = begins
            while minute < ends:
                if not any(a <= minute < b for a, b in pauses):
                    owed += 1
                    covered += facts.starts_at <= minute < facts.ends_at
                minute += MINUTE
        share = Decimal(0) if not covered else Decimal(1) if covered * 4 >= owed * 3 else Decimal("0.5")
        calendar_days += share
        rostered += share if found else 0
    return calendar_days, rostered


@settings(max_examples=60, deadline=None)
@given(rosters(), st.integers(0, 13 * 96), st.integers(1, 8 * 96))
@example((shift("2026-03-02"),), 36, 36)
def test_the_days_are_those_of_a_counter_that_looks_at_every_minute(
    roster: tuple[LeaveShift, ...], start: int, length: int
) -> None:
    starts_at = at("2026-03-02 00:00") + timedelta(minutes=15 * start)
    ends_at = min(starts_at + timedelta(minutes=15 * length), at("2026-03-16 00:00"))
    touched = [s for s in roster if s.starts_at < ends_at and s.ends_at > starts_at]
    facts = LeaveRequestFacts(
        "personal", starts_at, ends_at, starts_at - 3 * DAY, shifts=roster, rostered_until=date(2026, 3, 31)
    )
    if touched:
        assert counted(facts) == by_the_minute(facts)
    else:
        assert counted(facts)[1] == 0


@settings(max_examples=60, deadline=None)
@given(rosters(), st.integers(0, 900), st.integers(1, 200), st.integers(1, 200))
def test_a_longer_leave_is_never_fewer_days(
    roster: tuple[LeaveShift, ...], start: int, length: int, more: int
) -> None:
    starts_at = at("2026-03-02 00:00") + timedelta(minutes=15 * start)

    def rostered(minutes: int) -> Decimal:
        facts = LeaveRequestFacts(
            "personal", starts_at, starts_at + timedelta(minutes=15 * minutes), starts_at, shifts=roster,
            rostered_until=date(2026, 3, 31),
        )  # fmt: skip
        return count(facts, BOOK).charged

    assert rostered(length) <= rostered(length + more)


@settings(max_examples=40, deadline=None)
@given(rosters(), st.randoms(use_true_random=False))
def test_the_order_of_the_roster_makes_no_difference(roster: tuple[LeaveShift, ...], dice: object) -> None:
    shuffled = list(roster)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    begin, end = at("2026-03-03 10:00"), at("2026-03-12 15:00")

    def facts(shifts: tuple[LeaveShift, ...]) -> LeaveRequestFacts:
        return LeaveRequestFacts(
            "personal", begin, end, begin, shifts=shifts, rostered_until=date(2026, 3, 31)
        )

    assert counted(facts(roster)) == counted(facts(tuple(shuffled)))


def test_parts_of_a_second_make_no_day() -> None:
    end = datetime.fromisoformat("2026-11-20T09:00:00.999999+08:00")
    facts = request(starts_at="2026-11-19 09:00", shifts=(), filed_at="2026-11-17 09:00")
    longer = LeaveRequestFacts("personal", facts.starts_at, end, facts.filed_at)
    assert counted(longer) == (Decimal(1), Decimal(1))
