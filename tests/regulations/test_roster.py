"""Rosters: rest days, rest between shifts, double bookings, posts, holidays, leave; every edge on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.coverage import EVERY_DAY, Absence, Need, Presence, coverage
from regulations.posts import post_conflicts
from regulations.rest_days import duties, fixed_weekday, rest_shares
from regulations.roster import CODES, Conflict, RosterShift, conflicts, in_order
from regulations.rulebook import Rulebook, load_rulebook
from regulations.worktime import WorkCalendar
from tests.regulations.site_books import book_of

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 16)
HOLIDAY = date(2026, 10, 1)
DAY = timedelta(days=1)
BOOK = load_rulebook()
CALENDAR = WorkCalendar.from_rulebook(BOOK)


def at(day: date, hour: float) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(hours=hour)


def shift(day: date, start: float = 9, end: float = 18, number: int = 1, **values: object) -> RosterShift:
    return RosterShift(1, day, at(day, start), at(day, end), id=number, **{"code": "day", **values})  # type: ignore[arg-type]


def found(shifts: Sequence[RosterShift], book: Rulebook = BOOK, **more: object) -> list[Conflict]:
    return list(conflicts({1: shifts}, book, CALENDAR, **more))  # type: ignore[arg-type]


def codes(shifts: Sequence[RosterShift], book: Rulebook = BOOK, **more: object) -> list[str]:
    return [conflict.code for conflict in found(shifts, book, **more)]


def days_on(*places: int) -> list[RosterShift]:
    return [shift(MONDAY + n * DAY, number=n + 1) for n in places]


# Rest days (A1.5: six on, one off)


@pytest.mark.parametrize(
    ("places", "is_wrong"),
    [
        (range(6), False),
        (range(7), True),
        ([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12], False),
        ([0, 1, 2, 3, 4, 5, 6, 8], True),
        ([3, 4, 5, 6, 7, 8, 9], True),  # across two calendar weeks
        ([], False),
    ],
)
def test_at_least_one_rest_day_in_any_seven_days(places: Sequence[int], is_wrong: bool) -> None:
    assert ("no_rest_day" in codes(days_on(*places))) == is_wrong


@pytest.mark.parametrize(
    "first", [date(2026, 10, 28), date(2026, 12, 28), date(2028, 2, 25), date(2026, 2, 26)]
)
@pytest.mark.parametrize(("length", "told"), [(6, None), (7, "7"), (8, "8")])
def test_a_run_across_the_end_of_a_month_or_a_year_is_counted_on(
    first: date, length: int, told: str | None
) -> None:
    shifts = [shift(first + n * DAY, number=n + 1) for n in range(length)]
    runs = [one for one in found(shifts) if one.code == "no_rest_day"]
    assert len(runs) == (told is not None)
    if told is not None:
        last = first + (length - 1) * DAY
        assert f"连续 {told} 天" in runs[0].zh and (runs[0].dates[0], runs[0].dates[-1]) == (first, last)
        # shown in either month: to whoever looks at the days before the turn, and at those after it
        for part in ((first, first), (last, last)):
            seen = conflicts({1: shifts}, BOOK, CALENDAR, first=part[0], last=part[1])
            assert "no_rest_day" in [one.code for one in seen]


def test_a_long_run_is_told_once_with_its_length_its_clause_and_its_shifts() -> None:
    [conflict] = found(days_on(*range(9)))
    assert conflict.clause == "A1.5"
    assert "连续 9 天" in conflict.zh and "9 days without a rest day" in conflict.en
    assert conflict.dates == tuple(MONDAY + n * DAY for n in range(9))
    assert conflict.shift_ids == tuple(range(1, 10))
    assert [step.clause for step in conflict.steps] == ["A1.5", None]


def test_two_runs_apart_are_two_conflicts() -> None:
    assert codes(days_on(*range(7), *range(8, 15))) == ["no_rest_day", "no_rest_day"]


def test_a_day_wholly_on_leave_is_not_worked_but_half_a_day_is() -> None:
    whole = {1: [(at(MONDAY + 3 * DAY, 0), at(MONDAY + 4 * DAY, 0))]}
    half = {1: [(at(MONDAY + 3 * DAY, 9), at(MONDAY + 3 * DAY, 13))]}
    assert codes(days_on(*range(7)), leave=whole) == ["on_leave"]
    assert codes(days_on(*range(7)), leave=half) == ["no_rest_day", "on_leave"]


def test_two_shifts_on_a_day_are_one_day_worked() -> None:
    shifts = [*days_on(*range(5)), shift(MONDAY, 20, 22, number=9)]
    assert "no_rest_day" not in codes(shifts)


@given(st.sets(st.integers(0, 40)), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_rest_days_agree_with_looking_at_every_seven_days(places: set[int], wanted: int) -> None:
    book = book_of(site=f"shift.rest_days_per_week = {wanted}")
    wrong = {
        place
        for begin in range(-6, 41)
        if len(window := [p for p in places if begin <= p < begin + 7]) > 7 - wanted
        for place in window
    }
    told = {
        (on - MONDAY).days
        for conflict in found(days_on(*sorted(places)), book)
        if conflict.code == "no_rest_day"
        for on in conflict.dates
    }
    assert told == wrong


def test_without_the_rule_nobody_is_owed_a_rest_day() -> None:
    assert codes(days_on(*range(14)), book_of(site="shift.rest_days_per_week = off")) == []


# Two shifts and the time between them (A3.3)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (at(MONDAY + DAY, 2) - timedelta(seconds=1), ["back_to_back"]),
        (at(MONDAY + DAY, 2), []),
        (at(MONDAY + DAY, 2) + timedelta(seconds=1), []),
    ],
)
def test_eight_hours_between_two_shifts_are_enough_and_a_second_less_is_not(
    second: datetime, expected: list[str]
) -> None:
    later = RosterShift(1, MONDAY + DAY, second, second + timedelta(hours=8), "early", id=2)
    assert codes([shift(MONDAY), later]) == expected


def test_a_day_shift_and_the_late_shift_after_it_are_back_to_back() -> None:
    [conflict] = found([shift(MONDAY), shift(MONDAY, 18, 24, number=2, code="late")])
    assert (conflict.code, conflict.clause, conflict.shift_ids) == ("back_to_back", "A3.3", (1, 2))
    assert "0 秒" in conflict.zh or "0 分" in conflict.zh


def test_the_parts_of_a_split_shift_are_not_back_to_back_but_two_names_are() -> None:
    parts = [shift(MONDAY, 10, 12), shift(MONDAY, 15, 17, number=2)]
    assert codes(parts) == []
    assert codes([parts[0], shift(MONDAY, 15, 17, number=2, code="late")]) == ["back_to_back"]
    assert codes([shift(MONDAY), shift(MONDAY, 18, 24, number=2)]) == ["back_to_back"]  # no pause at all


def test_a_swapped_shift_back_to_back_says_that_swappers_may_not() -> None:
    shifts = [shift(MONDAY), shift(MONDAY, 18, 24, number=2, code="late", is_swapped=True)]
    [conflict] = found(shifts)
    assert any("换班或还班的人不得连班" in step.zh for step in conflict.steps)
    allowed = book_of(site="swap.back_to_back_allowed = true")
    [allowed_conflict] = found(shifts, allowed)
    assert not any("换班或还班" in step.zh for step in allowed_conflict.steps)


def test_no_rest_rule_no_back_to_back() -> None:
    book = book_of(site="shift.min_rest = off")
    assert codes([shift(MONDAY), shift(MONDAY, 18, 24, number=2, code="late")], book) == []


@pytest.mark.parametrize(("start", "expected"), [(17.99, ["double_booking"]), (18, ["back_to_back"])])
def test_shifts_that_touch_do_not_overlap(start: float, expected: list[str]) -> None:
    assert codes([shift(MONDAY), shift(MONDAY, start, 23, number=2, code="late")]) == expected


def test_three_overlapping_shifts_are_one_double_booking() -> None:
    shifts = [shift(MONDAY, 9, 18), shift(MONDAY, 10, 11, number=2), shift(MONDAY, 17, 20, number=3)]
    [conflict] = found(shifts)
    assert (conflict.code, conflict.shift_ids) == ("double_booking", (1, 2, 3))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 14)), max_size=7))
@settings(max_examples=150, deadline=None)
def test_double_bookings_are_exactly_the_shifts_that_overlap_another(hours: list[tuple[int, int]]) -> None:
    shifts = [
        shift(MONDAY + (start // 24) * DAY, start % 24, start % 24 + length, number=n)
        for n, (start, length) in enumerate(hours, start=1)
    ]
    overlapping = {
        one.id
        for one in shifts
        for other in shifts
        if one is not other and one.starts_at < other.ends_at and other.starts_at < one.ends_at
    }
    told = {number for c in found(shifts) if c.code == "double_booking" for number in c.shift_ids}
    assert told == overlapping


def test_a_night_shift_and_the_next_days_early_shift_are_seen_across_midnight() -> None:
    night = shift(MONDAY, 22.5, 31.5)
    assert codes([night, shift(MONDAY + DAY, 7, 16, number=2)]) == ["double_booking"]
    assert codes([night, shift(MONDAY + DAY, 15, 24, number=2)]) == ["back_to_back"]
    assert codes([night, shift(MONDAY + DAY, 15.5, 24, number=2)]) == []


# Leave and public holidays


def test_a_shift_on_approved_leave_is_to_be_seen() -> None:
    [whole] = found([shift(MONDAY)], leave={1: [(at(MONDAY, 0), at(MONDAY, 24))]})
    [part] = found([shift(MONDAY)], leave={1: [(at(MONDAY, 9), at(MONDAY, 12))]})
    assert whole.is_note and part.is_note
    assert "3 小时" in part.zh and "3 h" in part.en
    assert codes([shift(MONDAY)], leave={1: [(at(MONDAY, 18), at(MONDAY, 24))]}) == []


def test_who_is_on_duty_on_a_public_holiday_is_marked_once_a_day() -> None:
    two = {1: [shift(HOLIDAY)], 2: [RosterShift(2, HOLIDAY, at(HOLIDAY, 9), at(HOLIDAY, 18), id=7)]}
    [conflict] = conflicts(two, BOOK, CALENDAR)
    assert (conflict.code, conflict.clause, conflict.people) == ("holiday_shift", "A3.9", (1, 2))
    assert "国庆节当班 2 人" in conflict.zh and conflict.is_note


def test_a_swapped_shift_on_a_public_holiday_breaks_the_rule() -> None:
    assert codes([shift(HOLIDAY, is_swapped=True)]) == ["swap_on_holiday", "holiday_shift"]
    allowed = book_of(site="swap.on_holiday_allowed = true")
    assert codes([shift(HOLIDAY, is_swapped=True)], allowed) == ["holiday_shift"]


def test_a_make_up_working_day_is_no_holiday() -> None:
    assert codes([shift(date(2026, 10, 10))]) == []  # a Saturday that is worked


# Posts (B1.17)


def at_desk(expected: int, rostered: int, required: int, post: str = "前台") -> list[Conflict]:
    shifts = [Presence(n, post, at(MONDAY, 9), at(MONDAY, 18)) for n in range(rostered)]
    away = [Absence(n, at(MONDAY, 9), at(MONDAY, 18)) for n in range(expected, rostered)]
    needs = [Need(post, EVERY_DAY, 540, 1080, required)] if required else []
    rows = [
        RosterShift(n, MONDAY, at(MONDAY, 9), at(MONDAY, 18), post=post, id=n + 1) for n in range(rostered)
    ]
    covered = coverage(shifts, away, needs, MONDAY, ZONE)
    return list(post_conflicts(MONDAY, covered, rows, BOOK, CALENDAR))


@pytest.mark.parametrize(
    ("expected", "rostered", "required", "code", "clause"),
    [
        (0, 1, 0, "empty_post", "B1.17"),
        (0, 0, 1, "empty_post", "B1.17"),
        (1, 2, 2, "short_post", None),
        (2, 2, 2, None, None),
        (1, 1, 0, None, None),
    ],
)
def test_a_post_is_empty_short_or_well(
    expected: int, rostered: int, required: int, code: str | None, clause: str | None
) -> None:
    told = at_desk(expected, rostered, required)
    assert [(c.code, c.clause) for c in told] == ([] if code is None else [(code, clause)])
    if told:
        assert told[0].shift_ids == tuple(range(1, rostered + 1))
        assert "“前台”岗位 11-16 09:00–18:00" in told[0].zh


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (9, ["empty_post"]),  # he should be there by now
        (17.99, ["empty_post"]),
        (18, []),  # over: the matter of the day's verdict, no longer of the roster
    ],
)
def test_who_did_not_come_leaves_a_post_empty_until_his_shift_is_over(now: float, told: list[str]) -> None:
    shifts = [Presence(1, "前台", at(MONDAY, 9), at(MONDAY, 18))]
    missing = [Absence(1, at(MONDAY, 9), at(MONDAY, 18))]
    covered = coverage(shifts, [], [], MONDAY, ZONE, missing=missing, now=at(MONDAY, now))
    assert [
        c.code for c in post_conflicts(MONDAY, covered, [shift(MONDAY, post="前台")], BOOK, CALENDAR)
    ] == told


def test_what_the_roster_itself_left_open_stays_a_conflict_afterwards() -> None:
    shifts = [Presence(1, "前台", at(MONDAY, 9), at(MONDAY, 18))]
    needs = [Need("前台", EVERY_DAY, 540, 1080, 2)]
    covered = coverage(shifts, [], needs, MONDAY, ZONE, now=at(MONDAY, 20))
    [one] = post_conflicts(MONDAY, covered, [shift(MONDAY, post="前台")], BOOK, CALENDAR)
    assert one.code == "short_post" and "实到 1 人" in one.zh
    assert one.steps[-1].zh == "需 2 人，排班 1 人，实到 1 人"


def test_overtime_that_was_approved_mends_a_short_post() -> None:
    shifts = [
        Presence(1, "前台", at(MONDAY, 9), at(MONDAY, 18)),
        Presence(2, "前台", at(MONDAY, 9), at(MONDAY, 18), why="overtime"),
    ]
    for required, told in ((2, []), (3, ["short_post"])):
        covered = coverage(shifts, [], [Need("前台", EVERY_DAY, 540, 1080, required)], MONDAY, ZONE)
        conflicts_of = post_conflicts(MONDAY, covered, [shift(MONDAY, post="前台")], BOOK, CALENDAR)
        assert [c.code for c in conflicts_of] == told
    assert "加班 1 人" in conflicts_of[0].steps[-1].zh


def test_where_a_post_may_stand_empty_only_the_need_counts() -> None:
    book = book_of(site="shift.empty_post_allowed = true")
    shifts = [Presence(1, "前台", at(MONDAY, 9), at(MONDAY, 18))]
    away = [Absence(1, at(MONDAY, 9), at(MONDAY, 18))]
    rows = [shift(MONDAY, post="前台")]
    empty = coverage(shifts, away, [], MONDAY, ZONE)
    assert post_conflicts(MONDAY, empty, rows, book, CALENDAR) == ()
    needed = coverage(shifts, away, [Need("前台", EVERY_DAY, 540, 1080, 1)], MONDAY, ZONE)
    assert [c.code for c in post_conflicts(MONDAY, needed, rows, book, CALENDAR)] == ["short_post"]


# The list


def test_what_hurts_most_stands_first() -> None:
    shuffled = [Conflict(code, None, code, code, (1,), (MONDAY,)) for code in reversed(CODES)]
    assert [c.code for c in in_order(shuffled)] == list(CODES)


def test_only_what_touches_the_dates_asked_for_is_told() -> None:
    shifts = days_on(*range(7))
    assert codes(shifts, first=MONDAY + 6 * DAY, last=MONDAY + 12 * DAY) == ["no_rest_day"]
    assert codes(shifts, first=MONDAY + 7 * DAY, last=MONDAY + 13 * DAY) == []


@given(st.permutations(days_on(*range(9))))
@settings(max_examples=20, deadline=None)
def test_the_order_in_which_shifts_come_changes_nothing(shifts: list[RosterShift]) -> None:
    assert found(shifts) == found(days_on(*range(9)))


def test_every_kind_of_conflict_has_a_name() -> None:
    from regulations.names import NAMES

    assert set(NAMES["roster_conflict"]) == set(CODES)


# How rest days go round, and weekly duties


def test_rest_days_are_counted_with_those_on_weekends_apart() -> None:
    worked = [MONDAY + n * DAY for n in range(14) if n not in (5, 9)]  # a Saturday and a Wednesday off
    [share] = rest_shares({1: worked}, MONDAY, MONDAY + 13 * DAY, CALENDAR)
    assert (share.days, share.rest_days, share.free_days, share.longest_run) == (14, 2, 1, 5)
    assert share.weekdays == (0, 0, 1, 0, 0, 1, 0)
    assert fixed_weekday(share) is None


def test_whoever_always_rests_on_the_same_day_is_told_apart() -> None:
    worked = [MONDAY + n * DAY for n in range(21) if n % 7 != 2]
    [share] = rest_shares({1: worked}, MONDAY, MONDAY + 20 * DAY, CALENDAR)
    assert fixed_weekday(share) == 2
    [once] = rest_shares({1: worked[:6]}, MONDAY, MONDAY + 6 * DAY, CALENDAR)
    assert fixed_weekday(once) is None


def test_days_before_somebody_came_are_not_his_rest_days() -> None:
    [share] = rest_shares({1: [MONDAY + 5 * DAY]}, MONDAY, MONDAY + 6 * DAY, CALENDAR, {1: MONDAY + 5 * DAY})
    assert (share.days, share.rest_days) == (2, 1)
    assert rest_shares({1: []}, MONDAY, MONDAY, CALENDAR, {1: MONDAY + DAY}) == ()


def test_who_has_the_fewest_free_days_stands_first() -> None:
    week = [MONDAY + n * DAY for n in range(7)]
    shares = rest_shares({1: week[:5], 2: week[:6], 3: week}, MONDAY, week[-1], CALENDAR)
    assert [(s.person, s.free_days) for s in shares] == [(3, 0), (2, 1), (1, 2)]


def test_the_weekly_duties_fall_on_their_days_each_with_its_clause() -> None:
    book = load_rulebook(["telecom_call_centre"])
    told = duties(book, [MONDAY + n * DAY for n in range(7)])
    assert [(d.on.weekday(), d.code, d.clause) for d in told] == [
        (0, "changing_room", "A2.43"),
        (4, "plants", "A2.44"),
    ]
    assert duties(load_rulebook(), [MONDAY]) == ()
