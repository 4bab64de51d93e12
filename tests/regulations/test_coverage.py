"""Coverage: who is at which post at every minute of a day, against a count made minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attendance_terms import terms_of
from regulations.coverage import (
    ANY_POST,
    EVERY_DAY,
    HOLIDAYS,
    MINUTES,
    Absence,
    Interval,
    Need,
    Presence,
    coverage,
    gap_minutes,
    gaps,
    hours_text,
    within,
)
from regulations.coverage_away import away_until
from regulations.coverage_words import sentence
from regulations.punches import OffPostFact
from regulations.rulebook import load_rulebook

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY = date(2026, 11, 20)
MINUTE = timedelta(minutes=1)


def at(hour: float, day: date = FRIDAY) -> datetime:
    """An instant by the local clock; above 24 is the next day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(hours=hour)


def desk(person: int, start: float, end: float, post: str = "前台", **more: object) -> Presence:
    return Presence(person, post, at(start), at(end), **more)  # type: ignore[arg-type]


def shape(found: tuple[Interval, ...]) -> list[tuple[str, str, int, int, int]]:
    return [
        (i.post, hours_text(i.starts_at, i.ends_at, ZONE), i.required, i.rostered, i.expected) for i in found
    ]


def test_a_day_is_cut_where_somebody_comes_or_goes() -> None:
    found = coverage(
        [desk(1, 9, 18), desk(2, 14, 22)], [], [Need("前台", EVERY_DAY, 540, 1320, 2)], FRIDAY, ZONE
    )
    assert shape(found) == [
        ("前台", "09:00–14:00", 2, 1, 1),
        ("前台", "14:00–18:00", 2, 2, 2),
        ("前台", "18:00–22:00", 2, 1, 1),
    ]
    assert [i.gap for i in found] == [1, 0, 1]
    assert gap_minutes(found) == 9 * 60


def test_who_hands_over_at_the_same_moment_leaves_no_hole_and_counts_once() -> None:
    found = coverage([desk(1, 9, 18), desk(2, 18, 24)], [], [], FRIDAY, ZONE)
    assert shape(found) == [("前台", "09:00–18:00", 0, 1, 1), ("前台", "18:00–24:00", 0, 1, 1)]


def test_a_night_shift_counts_on_both_days() -> None:
    night = [desk(1, 22.5, 31.5)]
    assert shape(coverage(night, [], [], FRIDAY, ZONE)) == [("前台", "22:30–24:00", 0, 1, 1)]
    assert shape(coverage(night, [], [], FRIDAY + timedelta(days=1), ZONE)) == [
        ("前台", "00:00–07:30", 0, 1, 1)
    ]


def test_a_need_across_midnight_belongs_to_the_day_it_begins_on() -> None:
    only_friday = [Need("前台", 4, 1320, 1800, 1)]
    assert shape(coverage([], [], only_friday, FRIDAY, ZONE)) == [("前台", "22:00–24:00", 1, 0, 0)]
    assert shape(coverage([], [], only_friday, FRIDAY + timedelta(days=1), ZONE)) == [
        ("前台", "00:00–06:00", 1, 0, 0)
    ]
    assert coverage([], [], only_friday, FRIDAY - timedelta(days=1), ZONE) == ()


def test_leave_takes_somebody_away_for_as_long_as_it_lasts() -> None:
    found = coverage([desk(1, 9, 18)], [Absence(1, at(9), at(12))], [], FRIDAY, ZONE)
    assert shape(found) == [("前台", "09:00–12:00", 0, 1, 0), ("前台", "12:00–18:00", 0, 1, 1)]
    assert found[0].is_empty and found[0].away == (1,) and not found[1].is_empty


def test_the_more_particular_need_counts() -> None:
    needs = [
        Need("前台", EVERY_DAY, 0, MINUTES, 3),
        Need("前台", 4, 540, 720, 5),
        Need("前台", 4, 720, 1080, 1),
        Need("前台", HOLIDAYS, 540, 1080, 2),
    ]
    usual = coverage([], [], needs, FRIDAY, ZONE)
    assert [i.required for i in usual] == [3, 5, 1, 3]
    holiday = coverage([], [], needs, FRIDAY, ZONE, is_holiday=lambda day: day == FRIDAY)
    assert [i.required for i in holiday] == [3, 2, 3]


def test_of_two_needs_as_particular_the_larger_counts() -> None:
    needs = [Need("前台", EVERY_DAY, 540, 720, 2), Need("前台", EVERY_DAY, 600, 660, 4)]
    assert [i.required for i in coverage([], [], needs, FRIDAY, ZONE)] == [2, 4, 2]


def test_any_post_counts_everybody_once() -> None:
    shifts = [desk(1, 9, 18), desk(2, 9, 18, "热线"), desk(1, 9, 12, "热线")]
    found = coverage(shifts, [], [Need(ANY_POST, EVERY_DAY, 540, 1080, 3)], FRIDAY, ZONE)
    assert shape(found)[0] == ("", "09:00–18:00", 3, 2, 2)
    assert {i.post for i in found} == {"", "前台", "热线"}


def test_breaks_leave_the_post_only_where_they_do_not_count() -> None:
    pause = ((at(12), at(13)),)
    shifts = [desk(1, 9, 18, breaks=pause)]
    assert len(coverage(shifts, [], [], FRIDAY, ZONE)) == 1
    cut = coverage(shifts, [], [Need("前台", EVERY_DAY, 540, 1080, 1)], FRIDAY, ZONE, breaks_count=False)
    assert shape(cut) == [
        ("前台", "09:00–12:00", 1, 1, 1),
        ("前台", "12:00–13:00", 1, 0, 0),
        ("前台", "13:00–18:00", 1, 1, 1),
    ]


def test_the_worst_gap_stands_first() -> None:
    needs = [Need("前台", EVERY_DAY, 540, 1320, 3)]
    found = coverage([desk(1, 9, 18), desk(2, 9, 14), desk(3, 9, 14)], [], needs, FRIDAY, ZONE)
    assert [hours_text(i.starts_at, i.ends_at, ZONE) for i in gaps(found)] == ["18:00–22:00", "14:00–18:00"]


@pytest.mark.parametrize(
    ("shifts", "needs", "zh", "en"),
    [
        ([], [], "没有排班", "Nobody is rostered"),
        ([desk(1, 9, 18)], [], "最少时 09:00–18:00 有 1 人", "the fewest are 1 at 09:00–18:00"),
        ([desk(1, 9, 18)], [Need("前台", -1, 540, 1080, 1)], "均已满足", "has the people it needs"),
        ([desk(1, 9, 18)], [Need("前台", -1, 540, 1080, 2)], "缺 1 人", "1 missing at 前台 09:00–18:00"),
        ([], [Need("前台", -1, 540, 1080, 2)], "空岗", "Nobody at 前台 09:00–18:00 (2 needed, 0 rostered)"),
    ],
)
def test_the_sentence_says_the_worst(shifts: list[Presence], needs: list[Need], zh: str, en: str) -> None:
    said = sentence(coverage(shifts, [], needs, FRIDAY, ZONE), ZONE, "B1.17")
    assert zh in said.zh and en in said.en
    assert said.clause == ("B1.17" if "空岗" in zh else None)


@pytest.mark.parametrize(
    ("weekday", "start", "end", "required"),
    [(-2, 0, 60, 1), (8, 0, 60, 1), (0, -1, 60, 1), (0, 1440, 1500, 1), (0, 60, 60, 1), (0, 0, 1441, 1), (0, 0, 60, -1)],
)  # fmt: skip
def test_a_need_that_cannot_be_is_refused(weekday: int, start: int, end: int, required: int) -> None:
    with pytest.raises(ValueError, match=r"need|nobody"):
        Need("前台", weekday, start, end, required)


def test_a_part_of_the_day_is_cut_out() -> None:
    found = within(coverage([desk(1, 9, 18)], [], [], FRIDAY, ZONE), at(10), at(12))
    assert shape(found) == [("前台", "10:00–12:00", 0, 1, 1)]
    assert within(found, at(12), at(13)) == ()


def test_overtime_is_expected_and_not_rostered() -> None:
    found = coverage(
        [desk(1, 9, 18), desk(1, 18, 20, why="overtime")], [], [Need("前台", -1, 540, 1260, 1)], FRIDAY, ZONE
    )
    assert shape(found) == [
        ("前台", "09:00–18:00", 1, 1, 1),
        ("前台", "18:00–20:00", 1, 0, 1),
        ("前台", "20:00–21:00", 1, 0, 0),
    ]
    assert [i.overtime for i in found] == [(), (1,), ()]
    assert [i.gap for i in found] == [0, 0, 1]


@pytest.mark.parametrize(("end", "short"), [(12, 0), (11.99, 1)])
def test_overtime_that_ends_when_the_next_begins_leaves_no_hole(end: float, short: int) -> None:
    shifts = [desk(1, 9, end, why="overtime"), desk(2, 12, 18)]
    found = coverage(shifts, [], [Need("前台", -1, 540, 1080, 1)], FRIDAY, ZONE)
    assert len(gaps(found)) == short


def test_who_is_missing_is_expected_and_not_present() -> None:
    found = coverage(
        [desk(1, 9, 18), desk(2, 9, 18)],
        [],
        [Need("前台", -1, 540, 1080, 2)],
        FRIDAY,
        ZONE,
        missing=[Absence(2, at(9), at(9.5))],
        now=at(10),
    )
    assert [(i.expected, i.present, i.missing, i.gap, i.when) for i in found] == [
        (2, 1, (2,), 1, "over"),
        (2, 2, (), 0, "now"),
    ]
    assert gap_minutes(found) == 30 and found[0].planned_gap == 0


def test_whoever_is_on_leave_is_away_and_not_missing() -> None:
    found = coverage([desk(1, 9, 18)], [Absence(1, at(9), at(18))], [], FRIDAY, ZONE, missing=[Absence(1, at(9), at(18))], now=at(10))  # fmt: skip
    assert [(i.away, i.missing, i.expected) for i in found] == [((1,), (), 0)]


def test_who_is_off_the_post_is_expected_and_neither_missing_nor_present() -> None:
    found = coverage(
        [desk(1, 9, 18), desk(2, 9, 18)],
        [],
        [Need("前台", -1, 540, 1080, 2)],
        FRIDAY,
        ZONE,
        missing=[Absence(1, at(9), at(10))],
        off_post=[Absence(1, at(9.5), at(10.5)), Absence(2, at(10), at(10.5))],
        now=at(10.25),
    )
    assert [(i.expected, i.present, i.missing, i.off_post, i.gap) for i in found] == [
        (2, 1, (1,), (), 1),
        (2, 0, (), (1, 2), 2),
        (2, 2, (), (), 0),
    ]
    assert found[1].everybody == (1, 2)
    assert "离岗 2 人" in sentence(found, ZONE).zh


AWAY_LIMIT = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("ends", "is_relieved", "now", "until"),
    [
        (None, False, 10.0, 10 + 1 / 6),  # just left: expected back when the limit ends
        (None, False, 10 + 1 / 6 - 1 / 3600, 10 + 1 / 6),
        (None, False, 10 + 1 / 6, 18.0),  # over it: not counted on any more
        (10.5, False, 11.0, 10.5),
        (19.0, False, 19.5, 18.0),
        (None, True, 12.0, None),
        (None, False, 9.9, None),
    ],
)
def test_whoever_left_the_post_is_away_until_he_is_back_or_to_be_expected(
    ends: float | None, is_relieved: bool, now: float, until: float | None
) -> None:
    terms = terms_of(load_rulebook())
    assert terms.away_limit == AWAY_LIMIT
    fact = OffPostFact(at(10), None if ends is None else at(ends), False, "off_post", is_relieved)
    span = away_until(fact, (at(9), at(18)), "前台", at(now), terms)
    assert span == (None if until is None else (at(10), at(until)))


def test_who_stayed_on_is_present_beyond_what_was_expected() -> None:
    shifts = [desk(1, 9, 18), desk(1, 18, 18.25, why="stayed"), desk(2, 18, 24)]
    found = coverage(shifts, [], [Need("前台", -1, 540, 1440, 1)], FRIDAY, ZONE, missing=[Absence(2, at(18), at(18.25))], now=at(20))  # fmt: skip
    assert [(i.expected, i.present, i.stayed) for i in found] == [(1, 1, ()), (1, 1, (1,)), (1, 1, ())]
    assert not gaps(found)


def test_nobody_makes_a_stretch_by_staying_alone() -> None:
    assert coverage([desk(1, 18, 18.25, why="stayed")], [], [], FRIDAY, ZONE, now=at(20)) == ()


@pytest.mark.parametrize(("minute", "short"), [(599, (60, 1)), (600, (0, 0)), (601, (0, 0))])
def test_short_by_one_for_one_minute_is_one_person_minute(minute: int, short: tuple[int, int]) -> None:
    found = coverage([desk(1, 9, minute / 60)], [], [Need("前台", -1, 540, 600, 1)], FRIDAY, ZONE)
    assert sum((i.ends_at - i.starts_at).seconds for i in gaps(found)) == short[0]
    assert gap_minutes(found) == short[1]


def test_stretches_that_are_cut_within_a_minute_add_up_to_what_is_required() -> None:
    shifts = [desk(1, 9, 9 + 40 / 3600), desk(1, 9 + 70 / 3600, 18), desk(2, 9 + 5 / 3600, 18)]
    found = coverage(shifts, [], [Need("前台", -1, 540, 1080, 2)], FRIDAY, ZONE)
    assert len(found) == 4
    assert sum(i.required_minutes for i in found) == 2 * 9 * 60
    # the minute in which he was away at its end counts, the one in which he was back by then does not
    assert gap_minutes(found) == 1


@pytest.mark.parametrize(
    ("now", "when", "words"),
    [(8.99, "ahead", "可到 1 人"), (9, "now", "实到 1 人"), (17.99, "now", "实到 1 人"), (18, "over", "实到 1 人")],
)  # fmt: skip
def test_ahead_somebody_is_counted_on_and_from_its_beginning_he_is_present(
    now: float, when: str, words: str
) -> None:
    found = coverage([desk(1, 9, 18)], [], [Need("前台", -1, 540, 1080, 2)], FRIDAY, ZONE, now=at(now))
    assert [i.when for i in found] == [when]
    assert words in sentence(found, ZONE).zh


# Against a count of every minute

POSTS = ("", "前台", "热线")
starts = st.integers(-MINUTES, MINUTES)
lengths = st.integers(1, MINUTES)


@st.composite
def presences(draw: st.DrawFn) -> Presence:
    start, length = draw(starts), draw(lengths)
    begin = at(0) + start * MINUTE
    pause = draw(st.none() | st.tuples(st.integers(0, length - 1), st.integers(1, 90)))
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    if pause is not None:
        breaks = ((begin + pause[0] * MINUTE, begin + min(length, pause[0] + pause[1]) * MINUTE),)
    return Presence(
        draw(st.integers(1, 4)),
        draw(st.sampled_from(POSTS)),
        begin,
        begin + length * MINUTE,
        breaks,
        draw(st.sampled_from(("roster", "roster", "overtime", "stayed"))),
    )


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    begin = at(0) + draw(starts) * MINUTE
    return Absence(draw(st.integers(1, 4)), begin, begin + draw(lengths) * MINUTE)


needs = st.builds(
    lambda post, weekday, start, length, required: Need(post, weekday, start, start + length, required),
    st.sampled_from(POSTS),
    st.integers(EVERY_DAY, HOLIDAYS),
    st.integers(0, MINUTES - 1),
    st.integers(1, MINUTES),
    st.integers(0, 5),
)


def oracle_required(wanted: list[Need], post: str, minute: int, holidays: set[date]) -> int:
    """The need at a minute of Friday, by looking at every need."""
    found: list[tuple[int, int]] = []
    for need in wanted:
        if need.post != post:
            continue
        for back in (0, 1):
            day, then = FRIDAY - timedelta(days=back), minute + back * MINUTES
            if not need.starts_minute <= then < need.ends_minute:
                continue
            if need.weekday == HOLIDAYS and day in holidays:
                found.append((2, need.required))
            elif need.weekday == day.weekday():
                found.append((1, need.required))
            elif need.weekday == EVERY_DAY:
                found.append((0, need.required))
    best = max((rank for rank, _ in found), default=0)
    return max((count for rank, count in found if rank == best), default=0)


@given(
    st.lists(presences(), max_size=6),
    st.lists(absences(), max_size=4),
    st.lists(absences(), max_size=4),
    st.lists(absences(), max_size=4),
    st.lists(needs, max_size=4),
    st.sets(st.sampled_from([FRIDAY, FRIDAY - timedelta(days=1)])),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_every_minute_of_the_day_is_counted_as_by_hand(
    shifts: list[Presence],
    away: list[Absence],
    gone: list[Absence],
    left: list[Absence],
    wanted: list[Need],
    holidays: set[date],
    breaks_count: bool,
) -> None:
    found = coverage(
        shifts,
        away,
        wanted,
        FRIDAY,
        ZONE,
        missing=gone,
        off_post=left,
        is_holiday=lambda day: day in holidays,
        breaks_count=breaks_count,
    )
    for one in found:
        assert at(0) <= one.starts_at < one.ends_at <= at(24)
        assert one.starts_at.tzinfo is UTC
    # the row of any post is there when somebody without a post, or a need for one, reaches into the day
    for post in {i.post for i in found} | {p for p in POSTS if p != ANY_POST}:
        row = [i for i in found if i.post == post]
        assert all(a.ends_at <= b.starts_at for a, b in pairwise(row))
        counts: dict[int, Interval] = {}
        for one in row:
            begin = int((one.starts_at - at(0)).total_seconds() // 60)
            for minute in range(begin, begin + one.minutes):
                counts[minute] = one
        for minute in range(MINUTES):
            now = at(0) + minute * MINUTE
            at_post = [
                s
                for s in shifts
                if (post == ANY_POST or s.post == post)
                and s.starts_at <= now < s.ends_at
                and (breaks_count or not any(a <= now < b for a, b in s.breaks))
            ]
            rostered, extra, stayed = (
                {s.person for s in at_post if s.why == why} for why in ("roster", "overtime", "stayed")
            )
            off = {a.person for a in away if a.starts_at <= now < a.ends_at}
            not_there = {a.person for a in gone if a.starts_at <= now < a.ends_at}
            expected = {p for p in range(1, 5) if p in rostered or p in extra} - off
            here = {p for p in expected if p not in not_there or p in stayed} | stayed
            off_the_post = {
                p for p in here if any(a.person == p and a.starts_at <= now < a.ends_at for a in left)
            }
            present = here - off_the_post
            required = oracle_required(wanted, post, minute, holidays)
            told = counts.get(minute)
            if told is None:
                assert not rostered and not extra - off and not required
                continue
            assert (told.required, told.rostered) == (required, len(rostered))
            assert (told.expected, told.present) == (len(expected), len(present))
            assert set(told.people) == present
            assert set(told.missing) == expected - here
            assert set(told.off_post) == off_the_post
            assert set(told.away) == (rostered | extra) & off
            assert told.gap == max(0, required - len(present))


@given(st.lists(presences(), max_size=6), st.lists(absences(), max_size=4), st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_shifts_and_a_shift_told_twice_change_nothing(
    shifts: list[Presence], away: list[Absence], dice: object
) -> None:
    mixed = [*shifts, *shifts]
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert coverage(mixed, [*away, *away], [], FRIDAY, ZONE) == coverage(shifts, away, [], FRIDAY, ZONE)
