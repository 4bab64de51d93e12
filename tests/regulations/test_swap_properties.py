"""Cap, consecutive swaps and rest between shifts, against the plainest possible way of finding them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.swaps import LeaveSpan, OtherSwap, ShiftSpan, SwapFacts, check
from tests.regulations.site_books import at, book_of
from tests.regulations.swap_cases import swap

FIRST = date(2026, 11, 1)
MIDNIGHT = at("2026-11-01 00:00")
days = st.integers(-5, 40).map(lambda n: FIRST + timedelta(days=n))
swaps = st.lists(st.builds(OtherSwap, days, st.none() | days), max_size=5).map(tuple)
counts = st.sampled_from(["per_swap", "per_leg"])


@st.composite
def shifts(draw: st.DrawFn) -> ShiftSpan:
    start = MIDNIGHT + timedelta(minutes=30 * draw(st.integers(0, 7 * 48)))
    return ShiftSpan(start, start + timedelta(minutes=30 * draw(st.integers(1, 24))), start.date())


def codes(facts: SwapFacts, site: str) -> set[str]:
    return {v.code for v in check(facts, book_of("telecom_shift_swap", site=site), MIDNIGHT).violations}


def plainly_over(mine: OtherSwap, before: tuple[OtherSwap, ...], counted: int, cap: int, how: str) -> bool:
    """Write every swap into the month it counts in, and look at the months this one is written into."""
    written: list[tuple[str, bool]] = []
    for one in (mine, *before):
        written.append((f"{one.swap_on:%Y-%m}", one is mine))
        if how == "per_leg" and one.payback_on is not None:
            written.append((f"{one.payback_on:%Y-%m}", one is mine))
    written += [(f"{mine.swap_on:%Y-%m}", False)] * counted
    touched = {month for month, is_mine in written if is_mine}
    return any(sum(month == m for month, _ in written) > cap for m in touched)


@given(days, st.none() | days, swaps, swaps, st.integers(0, 3), st.integers(1, 4), counts)
@settings(max_examples=300, deadline=None)
def test_the_cap_is_what_counting_month_by_month_finds(
    swap_on: date,
    payback_on: date | None,
    his: tuple[OtherSwap, ...],
    hers: tuple[OtherSwap, ...],
    counted: int,
    cap: int,
    how: str,
) -> None:
    facts = swap(
        {"swaps": hers, "counted": counted},
        {"swaps": his},
        swap_on=swap_on,
        payback_on=payback_on,
        as_of=None,
    )
    mine = OtherSwap(swap_on, payback_on)
    expected = plainly_over(mine, hers, counted, cap, how) or plainly_over(mine, his, 0, cap, how)
    found = codes(facts, f'swap.monthly_cap = {cap}\nswap.counts = "{how}"')
    assert ("over_monthly_cap" in found) == expected


@given(days, st.none() | days, swaps, swaps, counts, st.booleans())
@settings(max_examples=300, deadline=None)
def test_consecutive_is_what_a_calendar_with_marks_shows(
    swap_on: date,
    payback_on: date | None,
    hers: tuple[OtherSwap, ...],
    his: tuple[OtherSwap, ...],
    how: str,
    with_paybacks: bool,
) -> None:
    """Mark the days of each person's other swaps; a day of this one on a mark or beside it is consecutive."""
    facts = swap({"swaps": hers}, {"swaps": his}, swap_on=swap_on, payback_on=payback_on, as_of=None)
    paid_back_on = payback_on if with_paybacks else None
    ours = [day for day in (swap_on, paid_back_on) if day]
    expected = how == "per_leg" and paid_back_on is not None and abs(paid_back_on - swap_on).days <= 1
    for person in (hers, his):
        marks = {one.swap_on for one in person}
        marks |= {one.payback_on for one in person if one.payback_on and with_paybacks}
        around = {day + timedelta(days=n) for day in ours for n in (-1, 0, 1)}
        expected = expected or bool(marks & around)
    site = f'swap.counts = "{how}"\nswap.consecutive_counts_payback = {str(with_paybacks).lower()}'
    assert ("consecutive" in codes(facts, site)) == expected


@given(st.lists(shifts(), max_size=4), st.lists(shifts(), max_size=4), shifts(), shifts(), st.integers(1, 16))
@settings(max_examples=300, deadline=None)
def test_rest_is_what_walking_through_the_half_hours_finds(
    hers: list[ShiftSpan], his: list[ShiftSpan], shift: ShiftSpan, payback: ShiftSpan, hours: int
) -> None:
    """Colour each person's half hours by shift; too close are two colours with less than so many blank ones between."""
    facts = swap(
        {"shifts": (*hers, shift)},
        {"shifts": (*his, payback)},
        swap_on=shift.work_on,
        payback_on=payback.work_on,
        shift=shift,
        payback=payback,
        as_of=None,
    )
    found = codes(facts, f"shift.min_rest = {hours} hour")
    overlaps = too_close = False
    for rest, taken in ((hers, payback), (his, shift)):
        given_away = shift if taken is payback else payback
        for other in rest:
            if (other.starts_at, other.ends_at) == (given_away.starts_at, given_away.ends_at):
                continue  # the one that is given away, named twice
            mine, theirs = slots(taken), slots(other)
            if mine & theirs:
                overlaps = True
            else:
                blank = min(abs(a - b) for a in mine for b in theirs) - 1
                too_close = too_close or blank < 2 * hours
    assert ("double_booking" in found) == overlaps
    assert ("back_to_back" in found) == too_close


def slots(shift: ShiftSpan) -> set[int]:
    """The half hours a shift covers."""
    return set(range(slot_of(shift.starts_at), slot_of(shift.ends_at)))


def slot_of(at_: datetime) -> int:
    return int((at_ - MIDNIGHT).total_seconds()) // 1800


@given(swaps, swaps, st.lists(shifts(), max_size=3))
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_facts_are_told_changes_nothing(
    hers: tuple[OtherSwap, ...], his: tuple[OtherSwap, ...], rest: list[ShiftSpan]
) -> None:
    leave = [LeaveSpan(s.starts_at, s.ends_at) for s in rest]

    def facts(order: int) -> SwapFacts:
        return swap(
            {"swaps": hers[::order], "shifts": tuple(rest[::order])},
            {"swaps": his[::order], "leave": tuple(leave[::order])},
            swap_on=FIRST + timedelta(days=3),
            as_of=None,
        )

    book = book_of("ecommerce_shop")
    one, two = (check(facts(order), book, MIDNIGHT) for order in (1, -1))
    assert sorted(v.code for v in one.violations) == sorted(v.code for v in two.violations)
