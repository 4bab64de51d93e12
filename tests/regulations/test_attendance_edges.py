"""Edges on both sides: which shift a reading belongs to, nights, split shifts, leave for a part, stretches off the post."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attendance import ShiftFacts
from regulations.intervals import Interval
from regulations.punches import belongs_to
from tests.regulations.site_books import at, book_of
from tests.regulations.test_attendance import (
    LATE_SHIFT,
    NEXT,
    NIGHT,
    NINE_TO_SIX,
    leave,
    moment,
    off,
    verdict,
    words,
)

REACH = timedelta(hours=12)
MORNING, AFTERNOON = ("09:00", "12:00"), ("14:00", "18:00")


def spans(*told: tuple[str, str]) -> list[Interval]:
    return [(moment(a), moment(b)) for a, b in told]


class TestWhichShiftAReadingBelongsTo:
    """Within a shift it is that one; else the nearest, an in by the start and an out by the end."""

    @pytest.mark.parametrize(
        ("kind", "when", "place"),
        [
            ("in", "08:50", 0),
            ("in", "11:45", 0),  # two hours and three quarters late, though the next start is nearer
            ("in", "11:59:59", 0),
            ("in", "12:00", 1),
            ("in", "13:50", 1),
            ("out", "12:05", 0),
            ("out", "13:59:59", 0),
            ("out", "14:00", 0),
            ("out", "14:00:01", 1),  # left the second shift at once, though the first end is nearer
            ("out", "14:30", 1),
            ("out", "18:10", 1),
        ],
    )
    def test_of_a_split_day(self, kind: str, when: str, place: int) -> None:
        assert belongs_to(moment(when), kind, spans(MORNING, AFTERNOON), REACH) == place

    @pytest.mark.parametrize(
        ("kind", "when", "place"),
        [
            ("in", "13:29", 0),
            ("in", "13:30", 0),  # as far from either: the earlier one
            ("in", "13:31", 1),  # before the next shift that adjoins one clocks in for that
            ("in", "17:55", 1),
            ("out", "18:05", 0),
            ("out", "20:59:59", 0),
            ("out", "21:00:01", 1),
        ],
    )
    def test_of_shifts_that_adjoin(self, kind: str, when: str, place: int) -> None:
        found = belongs_to(moment(when), kind, spans(("09:00", "18:00"), ("18:00", f"{NEXT} 00:00")), REACH)
        assert found == place

    @pytest.mark.parametrize(
        ("kind", "when", "place"),
        [
            ("out", f"{NEXT} 06:05", 0),  # after midnight, of the evening before
            ("out", f"{NEXT} 09:30", 1),  # gone half an hour after the next shift had begun
            ("in", f"{NEXT} 08:50", 1),
            ("in", f"{NEXT} 03:00", 0),  # five hours late for the night
        ],
    )
    def test_of_a_night_and_the_day_after(self, kind: str, when: str, place: int) -> None:
        shifts = spans(("22:00", f"{NEXT} 06:00"), (f"{NEXT} 09:00", f"{NEXT} 18:00"))
        assert belongs_to(moment(when), kind, shifts, REACH) == place

    @pytest.mark.parametrize(
        ("when", "place"), [("21:00", 0), (f"{NEXT} 06:00:00", 0), (f"{NEXT} 06:00:01", None)]
    )
    def test_not_further_than_the_reach(self, when: str, place: int | None) -> None:
        assert belongs_to(moment(when), "out", spans(("09:00", "18:00")), REACH) == place

    def test_of_nobody_without_shifts(self) -> None:
        assert belongs_to(moment("09:00"), "in", [], REACH) is None

    @given(seed=st.integers(0, 100_000))
    @settings(max_examples=200, deadline=None)
    def test_against_the_plain_reading_of_the_rule(self, seed: int) -> None:
        chance = random.Random(seed)
        start, shifts = moment("00:00"), []
        for _ in range(chance.randint(0, 4)):
            start += timedelta(hours=chance.choice([0, 0, 1, 3]))
            end = start + timedelta(hours=chance.choice([1, 4, 9]))
            shifts.append((start, end))
            start = end
        when = moment("00:00") + timedelta(minutes=30 * chance.randint(-30, 100))
        kind = chance.choice(["in", "out"])
        assert belongs_to(when, kind, shifts, REACH) == plainly(when, kind, shifts)


def plainly(when: datetime, kind: str, shifts: list[Interval]) -> int | None:
    """Without any hurry: inside a shift that stands apart on that side, else the nearest within reach."""
    for place, (start, end) in enumerate(shifts):
        others = [shift for shift in shifts if shift != (start, end)]
        edge, joined = (end, [a for a, _ in others]) if kind == "in" else (start, [b for _, b in others])
        if start < when < end and edge not in joined:
            return place
    near = [
        (abs(when - (start if kind == "in" else end)), place)
        for place, (start, end) in enumerate(shifts)
        if start - REACH <= when <= end + REACH
    ]
    return min(near)[1] if near else None


class TestNightsOverMidnight:
    @pytest.mark.parametrize(
        ("came", "class_", "minutes"),
        [
            ("22:00:00", "present", 0),
            ("22:00:01", "late", 1),
            ("22:19:59", "late", 19),
            ("22:20:00", "severe", 20),
            ("23:59:59", "severe", 119),
            (f"{NEXT} 00:00:00", "severe", 120),
        ],
    )
    def test_late(self, came: str, class_: str, minutes: int) -> None:
        found = verdict(f"in {came}", f"out {NEXT} 06:00", shift=NIGHT)
        assert (found.class_, found.late_minutes) == (class_, minutes)

    @pytest.mark.parametrize(
        ("left", "class_", "minutes"),
        [
            (f"{NEXT} 06:00:00", "present", 0),
            (f"{NEXT} 05:59:59", "early", 1),
            (f"{NEXT} 05:40:01", "early", 19),
            (f"{NEXT} 05:40:00", "severe", 20),
        ],
    )
    def test_early(self, left: str, class_: str, minutes: int) -> None:
        found = verdict("in 22:00", f"out {left}", shift=NIGHT)
        assert (found.class_, found.early_minutes) == (class_, minutes)

    @pytest.mark.parametrize(
        ("left", "class_", "early"),
        [
            ("23:59:59", "early", 1),
            (f"{NEXT} 00:00:00", "present", 0),
            (f"{NEXT} 00:00:01", "present", 0),
            ("23:40:01", "early", 19),
            ("23:40:00", "severe", 20),
        ],
    )
    def test_twenty_four_hundred_is_midnight(self, left: str, class_: str, early: int) -> None:
        found = verdict("in 17:50", f"out {left}", shift=LATE_SHIFT)
        assert (found.class_, found.early_minutes) == (class_, early)

    def test_the_night_on_which_other_countries_change_their_clocks_has_eight_hours(self) -> None:
        night = ShiftFacts(at("2026-03-28 22:00"), at("2026-03-29 06:00"))
        found = verdict("in 2026-03-28 22:00", "out 2026-03-29 06:00", shift=night, now="2026-03-30 12:00")
        assert (found.class_, found.worked_minutes) == ("present", 480)


class TestLeaveForAPart:
    MORNING_OFF = (leave("09:00", "11:00"),)
    LAST_HOUR_OFF = (leave("17:00", "18:00"),)

    @pytest.mark.parametrize(
        ("came", "class_", "minutes"),
        [
            ("11:00:00", "present", 0),
            ("11:00:01", "late", 1),
            ("11:19:59", "late", 19),
            ("11:20:00", "late", 20),  # leave was filed: the twenty minutes do not make it severe
            ("15:00:00", "late", 240),
        ],
    )
    def test_at_the_start(self, came: str, class_: str, minutes: int) -> None:
        found = verdict(f"in {came}", "out 18:00", leaves=self.MORNING_OFF)
        assert (found.class_, found.late_minutes) == (class_, minutes)

    @pytest.mark.parametrize(
        ("left", "class_", "minutes"),
        [("17:00:00", "present", 0), ("16:59:59", "early", 1), ("16:40:00", "early", 20)],
    )
    def test_at_the_end(self, left: str, class_: str, minutes: int) -> None:
        found = verdict("in 09:00", f"out {left}", leaves=self.LAST_HOUR_OFF)
        assert (found.class_, found.early_minutes) == (class_, minutes)

    @pytest.mark.parametrize(("came", "class_"), [("09:19:59", "late"), ("09:20:00", "severe")])
    def test_at_the_other_end_helps_nothing(self, came: str, class_: str) -> None:
        assert verdict(f"in {came}", "out 17:00", leaves=self.LAST_HOUR_OFF).class_ == class_

    @pytest.mark.parametrize(("came", "class_"), [("09:19:59", "late"), ("09:20:00", "severe")])
    def test_of_the_middle_helps_nothing_either(self, came: str, class_: str) -> None:
        assert verdict(f"in {came}", "out 18:00", leaves=(leave("10:00", "11:00"),)).class_ == class_

    def test_of_all_but_ten_minutes_leaves_these_to_be_worked(self) -> None:
        nearly = (leave("09:00", "17:50"),)
        assert verdict(leaves=nearly).class_ == "absent"
        found = verdict("in 17:50", "out 18:00", leaves=nearly)
        assert (found.class_, found.worked_minutes) == ("present", 10)
        assert verdict(leaves=(leave("09:00", "18:00"),)).class_ == "on_leave"

    def test_that_touches_the_shift_only_at_its_edge_is_none_of_it(self) -> None:
        around = (leave("06:00", "09:00"), leave("18:00", "20:00"))
        found = verdict("in 09:20", "out 18:00", leaves=around)
        assert found.class_ == "severe"
        assert "已请假" not in words(found)


class TestStretchesOffThePost:
    @pytest.mark.parametrize(("end", "class_"), [("10:19:59", "present"), ("10:20:00", "severe")])
    def test_that_touch_are_one(self, end: str, class_: str) -> None:
        away = (off("10:00", "10:12"), off("10:12", end))
        assert verdict("in 09:00", "out 18:00", away=away).class_ == class_

    def test_a_second_apart_are_two(self) -> None:
        away = (off("10:00", "10:12"), off("10:12:01", "10:24"))
        assert verdict("in 09:00", "out 18:00", away=away).class_ == "present"

    @pytest.mark.parametrize(("end", "class_"), [("10:29:59", "present"), ("10:30", "severe")])
    def test_what_lies_in_leave_is_not_owed(self, end: str, class_: str) -> None:
        free = (leave("10:00", "10:10"),)
        found = verdict("in 09:00", "out 18:00", away=(off("10:00", end),), leaves=free)
        assert found.class_ == class_

    @pytest.mark.parametrize(
        ("end", "class_"), [(f"{NEXT} 00:09:59", "present"), (f"{NEXT} 00:10", "severe")]
    )
    def test_over_midnight(self, end: str, class_: str) -> None:
        away = (off("23:50", end),)
        assert verdict("in 22:00", f"out {NEXT} 06:00", shift=NIGHT, away=away).class_ == class_

    @pytest.mark.parametrize("limit", [19, 20])
    def test_the_limit_is_the_rulebooks(self, limit: int) -> None:
        book = book_of("ecommerce_shop", site=f"attendance.off_post_severe_after = {limit} minute")
        away = (off("10:00", "10:19"),)
        found = verdict("in 09:00", "out 18:00", away=away, book=book)
        assert found.class_ == ("severe" if limit == 19 else "present")


def test_a_lateness_that_is_severe_and_leaving_early_are_one_severe_shift() -> None:
    found = verdict("in 09:20", "out 17:40", shift=NINE_TO_SIX)
    assert (found.class_, found.late_minutes, found.early_minutes) == ("severe", 20, 20)
