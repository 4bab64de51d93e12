"""Which handovers a roster owes, and from whom to whom."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.handover_pairs import PostShift, is_direct, owed_handovers
from regulations.rulebook import load_rulebook
from tests.factories import local
from tests.regulations.site_books import book_of

BOOK = load_rulebook(["ecommerce_shop"])
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MIDNIGHT = local(2026, 11, 20)


def shift(agent: int, start: float, end: float, post: str = "热线", team: int = 1) -> PostShift:
    """A shift of 20 November by local hours; above 24 is the next day. Its id is the agent's with the start."""
    return PostShift(
        round(agent * 1000 + start * 10), agent, team, post, MIDNIGHT + start * HOUR, MIDNIGHT + end * HOUR
    )


def pairs(*shifts: PostShift, book: object = BOOK) -> list[tuple[int, int]]:
    return [(one.outgoing.agent_id, one.incoming.agent_id) for one in owed_handovers(shifts, book)]  # type: ignore[arg-type]


def test_the_day_shift_hands_over_to_the_late_shift_and_the_late_shift_to_the_morning() -> None:
    assert pairs(shift(1, 9, 18), shift(2, 18, 24), shift(3, 33, 42)) == [(1, 2), (2, 3)]


def test_a_day_shift_alone_hands_over_to_nobody() -> None:
    assert pairs(shift(1, 9, 18), shift(2, 9, 18), shift(1, 33, 42), shift(2, 33, 42)) == []


@pytest.mark.parametrize(("start", "owed"), [(36, True), (36 + 1 / 3600, False)])
def test_the_next_shift_follows_within_twelve_hours(start: float, owed: bool) -> None:
    assert (pairs(shift(1, 18, 24), shift(2, start, 45)) == [(1, 2)]) == owed


def test_how_soon_is_the_rulebooks() -> None:
    soon = book_of("ecommerce_shop", site="handover.follows_within = 8 hour")
    assert pairs(shift(1, 18, 24), shift(2, 33, 42), book=soon) == []
    never = book_of("ecommerce_shop", site="handover.follows_within = off")
    assert pairs(shift(1, 9, 18), shift(2, 18, 24), book=never) == [(1, 2)]
    assert pairs(shift(1, 9, 18), shift(2, 18.5, 24), book=never) == []


def test_of_those_already_there_the_last_to_come_takes_over() -> None:
    assert pairs(shift(1, 7.5, 16.5), shift(2, 9, 18), shift(3, 15, 24)) == [(1, 3), (2, 3)]


def test_somebody_whose_shift_ends_first_takes_over_from_nobody() -> None:
    assert pairs(shift(1, 9, 18), shift(2, 12, 18), shift(3, 13, 17)) == []


def test_two_who_come_together_take_over_in_turn() -> None:
    found = pairs(shift(1, 9, 18), shift(2, 9, 18), shift(3, 9, 18), shift(8, 18, 24), shift(9, 18, 24))
    assert found == [(1, 8), (2, 9), (3, 8)]


def test_nobody_hands_over_to_himself_to_another_post_or_to_another_team() -> None:
    first = shift(1, 9, 18)
    assert pairs(first, shift(1, 18, 24)) == []
    assert pairs(first, shift(2, 18, 24, post="前台")) == []
    assert pairs(first, shift(2, 18, 24, team=2)) == []


@pytest.mark.parametrize(("start", "direct"), [(18, True), (18 + 1 / 3600, False), (17, True)])
def test_handed_over_in_person_when_the_other_shift_has_begun(start: float, direct: bool) -> None:
    assert is_direct(MIDNIGHT + 18 * HOUR, MIDNIGHT + start * HOUR) == direct


def test_no_following_shift_is_no_direct_handover() -> None:
    assert not is_direct(MIDNIGHT, None)


def test_a_shift_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="end after"):
        shift(1, 9, 9)


SHIFTS = st.lists(
    st.builds(
        lambda agent, start, length, post: shift(agent, start, start + length, post),
        st.integers(1, 6),
        st.integers(0, 60),
        st.integers(1, 16),
        st.sampled_from(["", "热线"]),
    ),
    max_size=10,
    unique_by=lambda one: one.shift_id,
)


def best(outgoing: PostShift, shifts: list[PostShift]) -> datetime | None:
    """When whoever takes over begins, found the slow way; None when nobody does."""
    later = [
        s.starts_at
        for s in shifts
        if s.post == outgoing.post
        and s.agent_id != outgoing.agent_id
        and outgoing.starts_at < s.starts_at <= outgoing.ends_at + 12 * HOUR
        and s.ends_at > outgoing.ends_at
    ]
    there = [start for start in later if start <= outgoing.ends_at]
    return max(there) if there else min(later, default=None)


@given(SHIFTS, st.randoms())
def test_what_is_owed_is_what_the_slow_way_finds_in_any_order(
    shifts: list[PostShift], random: object
) -> None:
    found = owed_handovers(shifts, BOOK)
    assert {one.outgoing.shift_id: one.incoming.starts_at for one in found} == {
        s.shift_id: begins for s in shifts if (begins := best(s, shifts)) is not None
    }
    mixed = list(shifts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert owed_handovers(mixed, BOOK) == found
