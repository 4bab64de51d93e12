"""Who was there of the time he was expected, by the clock: every edge, and against asking minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attended import attended
from regulations.punches import PunchFact

ZONE = ZoneInfo("Asia/Shanghai")
SEARCH, DOUBLE = timedelta(hours=4), timedelta(minutes=1)
MINUTE = timedelta(minutes=1)


def at(hour: float) -> datetime:
    return datetime(2026, 11, 20, tzinfo=ZONE) + timedelta(hours=hour)


def span(start: float, end: float) -> tuple[datetime, datetime]:
    return at(start), at(end)


def clock(*readings: tuple[float, str]) -> list[PunchFact]:
    return [PunchFact(at(hour), kind) for hour, kind in readings]


DAY, BREAK = span(9, 18), span(12, 13)


@pytest.mark.parametrize(
    ("readings", "now", "missing", "stayed"),
    [
        # nothing read
        ([], 8.99, [], []),
        ([], 9, [(9, 18)], []),
        ([], 20, [(9, 18)], []),
        # late, and so far as is known at that moment
        ([(9.25, "in")], 9.2, [(9, 18)], []),
        ([(9.25, "in")], 9.25, [(9, 9.25)], []),
        ([(9.25, "in")], 20, [(9, 9.25)], []),
        ([(8.9, "in")], 10, [], []),
        # left early, and back
        ([(9, "in"), (16, "out")], 16.5, [(16, 18)], []),
        ([(9, "in"), (15, "out"), (16, "in")], 15.5, [(15, 18)], []),
        ([(9, "in"), (15, "out"), (16, "in")], 16.5, [(15, 16)], []),
        # out for the break
        ([(9, "in"), (12, "out")], 12.5, [], []),
        ([(9, "in"), (11.9, "out")], 12.5, [(11.9, 12)], []),
        ([(9, "in"), (10.9, "out")], 12.5, [(10.9, 18)], []),
        ([(9, "in"), (12, "out")], 13, [(12, 18)], []),
        ([(9, "in"), (12, "out"), (13.5, "in"), (18, "out")], 20, [(13, 13.5)], []),
        # a break before he came is no time there
        ([(14, "in"), (18, "out")], 20, [(9, 14)], []),
        # a reading without its counterpart
        ([(18, "out")], 20, [], []),
        ([(9, "in")], 30, [], []),
        # stayed on until he clocked out; without that nobody is said to have stayed
        ([(9, "in"), (18.5, "out")], 20, [], [(18, 18.5)]),
        ([(9, "in")], 19, [], []),
        ([(9, "in"), (18, "out")], 20, [], []),
        # too far from the shift to be one of its readings
        ([(4.99, "in")], 20, [(9, 18)], []),
        ([(5, "in")], 20, [], []),
    ],
)  # fmt: skip
def test_a_shift_by_the_clock(
    readings: list[tuple[float, str]],
    now: float,
    missing: list[tuple[float, float]],
    stayed: list[tuple[float, float]],
) -> None:
    found = attended([DAY], [BREAK], clock(*readings), SEARCH, DOUBLE, at(now))
    assert list(found.missing) == [span(*one) for one in missing]
    assert list(found.stayed) == [span(*one) for one in stayed]


def test_overtime_goes_on_from_the_shift_without_a_reading_in_between() -> None:
    expected = [DAY, span(18, 20)]
    assert attended(expected, [], clock((9, "in"), (20, "out")), SEARCH, DOUBLE, at(22)).missing == ()
    left = attended(expected, [], clock((9, "in"), (18.1, "out")), SEARCH, DOUBLE, at(22))
    assert left.missing == (span(18.1, 20),) and left.stayed == ()


def test_each_reading_goes_to_the_shift_it_lies_in_or_is_nearest_to() -> None:
    split = [span(7, 11), span(17, 22)]
    readings = clock((7, "in"), (11, "out"), (17.5, "in"), (22, "out"))
    assert attended(split, [], readings, SEARCH, DOUBLE, at(23)).missing == (span(17, 17.5),)
    # the second part of the day is missing as soon as it begins, not before
    assert attended(split, [], readings[:2], SEARCH, DOUBLE, at(16)).missing == ()
    assert attended(split, [], readings[:2], SEARCH, DOUBLE, at(17)).missing == (span(17, 22),)


def test_a_night_shift_ends_the_next_morning() -> None:
    night = span(22.5, 31.5)
    readings = clock((22.4, "in"), (31.6, "out"))
    found = attended([night], [], readings, SEARCH, DOUBLE, at(40))
    assert (found.missing, found.stayed) == ((), (span(31.5, 31.6),))


@st.composite
def days(draw: st.DrawFn) -> tuple[list[tuple[datetime, datetime]], list[PunchFact], datetime]:
    """Shifts apart from each other, and readings of somebody who goes in and out in turn."""
    begin = draw(st.integers(0, 300))
    shifts = []
    for _ in range(draw(st.integers(1, 2))):
        length = draw(st.integers(30, 500))
        shifts.append((at(0) + begin * MINUTE, at(0) + (begin + length) * MINUTE))
        begin += length + draw(
            st.integers(985, 1400)
        )  # twice the search and the longest shift: no reading is in doubt
    minutes = sorted(draw(st.sets(st.integers(0, 2400), max_size=6)))
    moments = [m for m, later in pairwise([*minutes, 9999]) if later - m > 2]  # nothing pressed twice
    readings = [PunchFact(at(0) + m * MINUTE, ("in", "out")[n % 2]) for n, m in enumerate(moments)]
    return shifts, readings, at(0) + draw(st.integers(0, 2600)) * MINUTE


@given(days())
@settings(max_examples=60, deadline=None)
def test_every_minute_is_missing_or_not_as_asking_the_clock_then(
    day: tuple[list[tuple[datetime, datetime]], list[PunchFact], datetime],
) -> None:
    shifts, readings, now = day
    found = attended(shifts, [], readings, SEARCH, DOUBLE, now)
    for start, end in shifts:
        own = [r for r in readings if r.at <= now and start - SEARCH <= r.at <= end + SEARCH]
        # Who comes in when the shift is over begins something else, to which his next out belongs.
        again = min((r.at for r in own if r.kind == "in" and r.at >= end), default=None)
        own = [r for r in own if again is None or r.at < again]
        came = [r.at for r in own if r.kind == "in"]
        outs = [r.at for r in own if r.kind == "out" and (r.at > start if not came else r.at > came[0])]
        moment = start
        while moment < end:
            if start > now:
                is_there = True
            elif not came:
                is_there = bool(outs) and moment < outs[-1]
            else:
                last = max(
                    (r for r in own if r.at <= moment and r.at >= came[0]), key=lambda r: r.at, default=None
                )
                is_there = last is not None and last.kind == "in"
            told = any(a <= moment < b for a, b in found.missing)
            assert told is not is_there, (moment, own)
            moment += MINUTE
    assert all(any(end <= a for _, end in shifts) for a, _ in found.stayed)


@given(days(), st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_readings_and_readings_told_twice_change_nothing(
    day: tuple[list[tuple[datetime, datetime]], list[PunchFact], datetime], dice: object
) -> None:
    shifts, readings, now = day
    mixed = [*readings, *readings]
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert attended(shifts, [], mixed, SEARCH, DOUBLE, now) == attended(
        shifts, [], readings, SEARCH, DOUBLE, now
    )
