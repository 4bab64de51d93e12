"""The order of requests: what is needed first stands first, whatever kind it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.request_order import (
    KINDS,
    SOON,
    URGENCIES,
    Wish,
    in_order,
    needed_at,
    split_clauses,
    urgency,
    wants_the_same_time,
)
from tests.factories import SHANGHAI

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
instants = st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30)).map(lambda at: at.replace(tzinfo=UTC))


def wish(kind: str, asked_at: datetime, key: str = "a") -> Wish:
    """From NOW for an hour, asked for at that instant."""
    return Wish(key, kind, (1,), 1, NOW, NOW + timedelta(hours=1), asked_at)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "correction"])
@pytest.mark.parametrize("asked", [timedelta(days=-3), timedelta(0), timedelta(hours=1) - SECOND])
def test_what_is_not_over_when_it_is_asked_for_is_decided_before_it_begins(
    kind: str, asked: timedelta
) -> None:
    assert needed_at(wish(kind, NOW + asked), date(2026, 11, 20), SHANGHAI) == NOW


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("asked", [timedelta(hours=1), timedelta(days=3)])
def test_what_is_asked_for_when_it_is_over_is_settled_with_its_month(kind: str, asked: timedelta) -> None:
    found = needed_at(wish(kind, NOW + asked), date(2026, 11, 20), SHANGHAI)
    assert found == datetime(2026, 12, 1, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("work_on", "first_of_next"),
    [
        (date(2026, 11, 1), datetime(2026, 12, 1, tzinfo=SHANGHAI)),
        (date(2026, 11, 30), datetime(2026, 12, 1, tzinfo=SHANGHAI)),
        (date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        (date(2028, 2, 29), datetime(2028, 3, 1, tzinfo=SHANGHAI)),
    ],
)
def test_a_clock_reading_is_put_right_before_its_month_is_over(
    work_on: date, first_of_next: datetime
) -> None:
    assert needed_at(wish("correction", NOW), work_on, SHANGHAI) == first_of_next


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (-SECOND, "late"),
        (timedelta(0), "late"),
        (SECOND, "soon"),
        (SOON, "soon"),
        (SOON + SECOND, "later"),
    ],
)
def test_the_edges_of_urgency_to_the_second(ahead: timedelta, expected: str) -> None:
    assert urgency(NOW + ahead, NOW) == expected


def test_of_two_needed_at_once_the_longer_waiting_stands_first() -> None:
    wanted = [("young", NOW, NOW), ("old", NOW, NOW - SOON), ("first", NOW - SECOND, NOW)]
    assert in_order(wanted) == ["first", "old", "young"]


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=4), instants, instants), max_size=20, unique_by=lambda w: w[0]
    )
)
def test_the_order_loses_nobody_and_is_the_same_however_they_arrive(
    wanted: list[tuple[str, datetime, datetime]],
) -> None:
    found = in_order(wanted)
    assert sorted(found) == sorted(key for key, _n, _a in wanted)
    assert found == in_order(reversed(wanted))
    needed = {key: at for key, at, _asked in wanted}
    places = [URGENCIES.index(urgency(needed[key], NOW)) for key in found]
    assert places == sorted(places)


def leave(
    key: str, agent: int = 1, team: int = 1, begins: int = 9, ends: int = 18, kind: str = "leave"
) -> Wish:
    day = NOW.replace(hour=0)
    return Wish(key, kind, (agent,), team, day + timedelta(hours=begins), day + timedelta(hours=ends), NOW)


def test_leaves_of_one_team_that_meet_are_named() -> None:
    one = leave("a")
    others = [
        leave("b", agent=2, begins=17, ends=20),
        leave("c", agent=3, begins=8, ends=10),
        leave("inside", agent=4, begins=10, ends=11),
        leave("before", agent=5, begins=7, ends=9),
        leave("after", agent=6, begins=18, ends=20),
        leave("elsewhere", agent=7, team=2),
        leave("own", agent=1),
        leave("overtime", agent=8, kind="overtime"),
    ]
    assert wants_the_same_time(one, [one, *others]) == ("b", "c", "inside")


@pytest.mark.parametrize("kind", ["swap", "correction", "overtime"])
def test_what_takes_nobody_away_competes_with_nobody(kind: str) -> None:
    assert wants_the_same_time(leave("a", kind=kind), [leave("b", agent=2)]) == ()


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 20), st.integers(1, 5)), max_size=12
    )
)
def test_meeting_is_mutual(drawn: list[tuple[int, int, int, int]]) -> None:
    wishes = [
        leave(str(n), agent, team, begins, begins + hours)
        for n, (agent, team, begins, hours) in enumerate(drawn)
    ]
    for one in wishes:
        for other in wishes:
            assert (other.key in wants_the_same_time(one, wishes)) == (
                one.key in wants_the_same_time(other, wishes)
            )


def test_a_clause_that_is_broken_does_not_also_hold() -> None:
    assert split_clauses(["A1.24", "A1.25", "A1.24", "A1.27"], ["A1.27", None, "A1.26", "A1.27"]) == (
        ("A1.24", "A1.25"),
        ("A1.27", "A1.26"),
    )
    assert split_clauses([], []) == ((), ())
