"""How somebody stands on the board at a moment, and the board's counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.attendance_lists import COLOURS, PRESENCES, presence, presence_label, running_absences
from dashboard.attendance_today import kept_rows, shift_counts
from db.attendance import BoardRow
from db.models import Agent, OffPost, Shift
from regulations.attendance_terms import terms_of
from regulations.rulebook import load_rulebook
from tests.factories import local

BOOK = load_rulebook()
TERMS = terms_of(BOOK)
START, END = local(2026, 11, 20, 9), local(2026, 11, 20, 18)


def row(
    class_: str = "pending",
    came: datetime | None = START,
    left: datetime | None = None,
    late: int = 0,
    post: str = "热线",
) -> BoardRow:
    shift = Shift(starts_at=START, ends_at=END, breaks=[], post=post)
    return BoardRow(Agent(id=1), shift, class_, late, 0, 0, came, left, (), ())


def waiting() -> BoardRow:
    return replace(row("pending", came=None), remarks=("leave_undecided",))


def away(minutes: int, at: datetime, kind: str = "away", is_approved: bool = False) -> OffPost:
    return OffPost(
        agent_id=1,
        starts_at=at - timedelta(minutes=minutes),
        ends_at=None,
        kind=kind,
        is_approved=is_approved,
        replacement="",
    )


@pytest.mark.parametrize(
    ("given_row", "at", "expected"),
    [
        (row(came=None), START - timedelta(seconds=1), "not_yet"),
        (row(came=None), START, "missing"),
        (row(came=None), END - timedelta(seconds=1), "missing"),
        (row("absent", came=None), END, "absent"),
        (row("missing_punch", came=None, left=END), END, "gone"),
        (row(), START, "here"),
        (row("late", late=1), START + timedelta(hours=1), "late"),
        (row("early", left=START + timedelta(hours=2)), START + timedelta(hours=3), "left"),
        (row("present", left=END), END, "gone"),
        (row("missing_punch"), END, "gone"),
        (row("on_leave", came=None), START, "on_leave"),
        (row("on_leave", came=None), END, "on_leave"),
        (waiting(), START, "leave_waits"),
        (waiting(), END, "leave_waits"),
    ],
)
def test_everybody_stands_one_way_at_a_moment(given_row: BoardRow, at: datetime, expected: str) -> None:
    assert presence(given_row, None, at, TERMS) == expected


@pytest.mark.parametrize(
    ("minutes", "seconds", "is_approved", "expected"),
    [(10, 0, False, "away"), (10, 1, False, "away_over"), (25, 0, True, "away"), (1, 0, False, "away")],
)
def test_ten_minutes_away_are_allowed_and_a_second_more_is_not(
    minutes: int, seconds: int, is_approved: bool, expected: str
) -> None:
    at = START + timedelta(hours=2)
    absence = away(minutes, at, is_approved=is_approved)
    absence.starts_at -= timedelta(seconds=seconds)
    assert presence(row(), absence, at, TERMS) == expected


def test_who_came_late_and_is_away_is_shown_as_away() -> None:
    at = START + timedelta(hours=2)
    assert presence(row("late", late=7), away(3, at), at, TERMS) == "away"


def test_of_the_time_off_the_post_only_what_runs_now_counts() -> None:
    at = START + timedelta(hours=2)
    over, longer, future = away(30, at), away(12, at), away(-5, at)
    over.ends_at = at
    assert running_absences([over, future], at) == {}
    shorter = away(4, at)
    assert running_absences([over, shorter, longer, future], at) == {1: longer}


def test_every_presence_has_a_name_a_sign_and_a_colour() -> None:
    labels = [presence_label(code)[0] for code in PRESENCES]
    assert len(set(labels)) == len({label.split()[0] for label in labels}) == len(PRESENCES)
    assert set(COLOURS) == set(PRESENCES)


boards = st.lists(
    st.tuples(st.sampled_from(PRESENCES), st.integers(1, 3), st.sampled_from(["09:00–18:00", "15:00–00:00"])),
    min_size=1,
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(boards)
def test_every_number_of_the_board_keeps_as_many_people_as_it_says(
    people: list[tuple[str, int, str]],
) -> None:
    board = pd.DataFrame(
        [
            {
                "code": code,
                "team": f"{team} 组",
                "team_id": team,
                "shift": shift,
                "span": f"2026-11-20T{shift}",
            }
            for code, team, shift in people
        ]
    )
    counts = shift_counts(board)
    assert counts["total"].sum() == len(board)
    for record in counts.to_dict("records"):
        team, shift = str(record["team_id"]), str(record["span"])
        assert len(kept_rows(board, "", team, shift)) == record["total"]
        for code in PRESENCES:
            assert len(kept_rows(board, code, team, shift)) == record[code]
    for code in PRESENCES:
        assert len(kept_rows(board, code, "", "")) == (board["code"] == code).sum()


@pytest.mark.parametrize("asked", ["<script>", "nobody", "999", "' OR 1=1"])
def test_an_address_that_means_nothing_keeps_everybody(asked: str) -> None:
    board = pd.DataFrame([{"code": "here", "team": "a", "team_id": 1, "shift": "09:00–18:00", "span": "x"}])
    assert len(kept_rows(board, asked, asked, asked)) == 1
