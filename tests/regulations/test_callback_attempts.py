"""When to try again: after each outcome, inside the hours, until a person has to decide; and what ends a callback."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.callback_terms import CallHours
from regulations.callbacks import Attempt, Decision, NextAttempt, Obligation, next_attempt, obligation, rates
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from tests.regulations.callback_cases import GOODS, HOSPITAL, OFFICE, call, give_up, retry
from tests.regulations.site_books import at, book_of

ARISEN = "2026-11-02 15:00"  # a discharge then is planned for the 9th, due by the 10th at 17:00
LATER = "2027-03-01 12:00"


def upcoming(
    *attempts: Attempt,
    kind: str = "discharge",
    arisen: str = ARISEN,
    book: Rulebook = HOSPITAL,
    now: str = LATER,
    decisions: tuple[Decision, ...] = (),
) -> NextAttempt:
    return next_attempt(kind, at(arisen), attempts, book, at(now), decisions)


def told(found: NextAttempt) -> str:
    return "\n".join(step.zh for step in found.steps)


class TestTheFirstTry:
    def test_of_a_patient_is_when_the_hours_of_the_planned_day_open(self) -> None:
        found = upcoming()
        assert (found.at, found.reason) == (at("2026-11-09 10:00"), "first")
        assert "E5.9" in {s.clause for s in found.steps}

    def test_is_moved_behind_the_holiday(self) -> None:
        assert upcoming(arisen="2026-09-24 09:00").at == at("2026-10-08 10:00")

    def test_after_a_solution_is_at_once(self) -> None:
        assert upcoming(kind="complaint", book=OFFICE).at == at(ARISEN)

    @pytest.mark.parametrize(
        ("arisen", "first"),
        [
            ("2026-11-02 08:00", "2026-11-02 10:00"),
            ("2026-11-02 12:00:00", "2026-11-02 12:00:00"),
            ("2026-11-02 12:00:01", "2026-11-02 15:00"),
            ("2026-11-02 17:00:01", "2026-11-03 10:00"),
            ("2026-09-30 17:30", "2026-10-08 10:00"),
        ],
    )
    def test_after_a_solution_outside_the_hours_is_at_the_next_ones(self, arisen: str, first: str) -> None:
        book = book_of(
            site='callback.windows = [{start = "10:00", end = "12:00"}, {start = "15:00", end = "17:00"}]\n'
            "callback.skip_holidays = true"
        )
        assert upcoming(kind="complaint", arisen=arisen, book=book).at == at(first)

    def test_of_a_kind_nobody_owes_is_none(self) -> None:
        assert (upcoming(book=OFFICE).at, upcoming(book=OFFICE).reason) == (None, "off")


class TestTryingAgain:
    @pytest.mark.parametrize(
        ("tried", "outcome", "again"),
        [
            ("2026-11-09 10:05", "busy", "2026-11-09 10:35"),
            ("2026-11-09 11:30", "busy", "2026-11-09 12:00"),
            ("2026-11-09 11:30:01", "busy", "2026-11-09 15:00"),
            ("2026-11-09 16:45", "busy", "2026-11-10 10:00"),
            ("2026-11-09 10:00", "no_answer", "2026-11-09 12:00"),
            ("2026-11-09 11:00", "no_answer", "2026-11-09 15:00"),
            ("2026-11-09 15:00", "no_answer", "2026-11-09 17:00"),
            ("2026-11-09 15:00:01", "no_answer", "2026-11-10 10:00"),
            ("2026-09-30 16:00", "no_answer", "2026-10-08 10:00"),
        ],
    )
    def test_waits_as_long_as_the_rulebook_says_and_stays_in_the_hours(
        self, tried: str, outcome: str, again: str
    ) -> None:
        found = upcoming(call(tried, outcome), arisen="2026-09-01 09:00")
        assert (found.at, found.reason) == (at(again), "retry")

    def test_where_no_hours_are_named_it_is_exactly_that_long(self) -> None:
        found = upcoming(call("2026-11-02 21:40", "no_answer"), kind="complaint", book=OFFICE)
        assert found.at == at("2026-11-02 23:40")

    def test_one_behind_the_deadline_is_said_to_be(self) -> None:
        found = upcoming(call("2026-11-10 16:45", "busy"))
        assert found.at == at("2026-11-11 10:00")
        assert "晚于最迟完成时间 2026-11-10 17:00" in told(found)
        assert "晚于" not in told(upcoming(call("2026-11-09 16:45", "busy")))

    def test_a_conversation_that_was_cut_short_goes_on(self) -> None:
        found = upcoming(call("2026-11-09 12:00", is_complete=False))
        assert (found.at, found.reason) == (at("2026-11-09 12:00"), "continue")
        assert upcoming(call("2026-11-09 12:10", is_complete=False)).at == at("2026-11-09 15:00")

    def test_a_completed_one_is_not_tried_again(self) -> None:
        assert upcoming(call("2026-11-09 10:05")).reason == "done"

    def test_the_last_attempt_counts_not_the_first(self) -> None:
        found = upcoming(call("2026-11-09 15:00", "busy"), call("2026-11-09 10:00", "no_answer"))
        assert found.at == at("2026-11-09 15:30")

    def test_days_to_wait_end_at_the_beginning_of_a_day(self) -> None:
        book = book_of(
            "hospital_callback",
            site='callback.retry = [{outcome = "busy", after = {value = 1, unit = "calendar_day"}}]',
        )
        assert upcoming(call("2026-11-09 16:00", "busy"), book=book).at == at("2026-11-10 10:00")


class TestWaitingForAPerson:
    def test_a_wrong_number_needs_another_one(self) -> None:
        found = upcoming(call("2026-11-09 10:05", "wrong_number"))
        assert (found.at, found.reason) == (None, "number")

    def test_after_the_most_attempts_a_supervisor_decides(self) -> None:
        tries = [call(f"2026-11-0{day} 10:05", "no_answer") for day in (7, 8, 9)]
        assert upcoming(*tries[:2]).reason == "retry"
        found = upcoming(*tries)
        assert (found.at, found.reason) == (None, "decide")
        assert "已拨打 3 次未接通，达到 3 次，由主管决定" in told(found)

    def test_a_conversation_does_not_count_towards_the_most(self) -> None:
        tries = [call(f"2026-11-0{day} 10:05", "no_answer") for day in (7, 8)]
        assert upcoming(*tries, call("2026-11-09 10:05", is_complete=False)).reason == "continue"

    def test_without_a_most_it_is_tried_for_ever(self) -> None:
        book = book_of("hospital_callback", site="callback.max_attempts = off")
        tries = [call(f"2026-11-0{day} 10:05", "no_answer") for day in range(3, 10)]
        assert upcoming(*tries, book=book).reason == "retry"

    def test_an_outcome_without_a_time_of_its_own_waits(self) -> None:
        book = book_of("hospital_callback", site="callback.retry = off")
        assert upcoming(call("2026-11-09 10:05", "busy"), book=book).reason == "decide"

    def test_a_refusal_that_settles_nothing_waits(self) -> None:
        book = book_of("hospital_callback", site="callback.refusal_settles = false")
        assert upcoming(call("2026-11-09 10:05", "refused"), book=book).reason == "decide"

    def test_the_decision_to_try_again_counts_anew_from_the_next_hours(self) -> None:
        tries = [call(f"2026-11-0{day} 10:05", "no_answer") for day in (7, 8, 9)]
        found = upcoming(*tries, decisions=(retry("2026-11-09 12:30"),))
        assert (found.at, found.reason) == (at("2026-11-09 15:00"), "retry")
        again = call("2026-11-09 15:05", "no_answer")
        assert upcoming(*tries, again, decisions=(retry("2026-11-09 12:30"),)).reason == "retry"

    def test_a_new_number_undoes_a_refusal(self) -> None:
        refused = call("2026-11-09 10:05", "refused")
        assert upcoming(refused).reason == "settled"
        assert upcoming(refused, decisions=(retry("2026-11-09 11:00"),)).at == at("2026-11-09 11:00")


class TestEnding:
    """What ended without being completed stays owed, and is counted apart."""

    def owed(
        self,
        *attempts: Attempt,
        decisions: tuple[Decision, ...] = (),
        now: str = LATER,
        book: Rulebook = HOSPITAL,
    ) -> Obligation:
        return obligation("discharge", at(ARISEN), attempts, book, at(now), decisions=decisions)

    def test_a_refusal_ends_it_where_the_rulebook_says_so(self) -> None:
        refused = call("2026-11-09 10:05", "refused")
        found = self.owed(refused)
        assert (found.state, found.settled_at, found.settled_reason) == (
            "settled",
            at("2026-11-09 10:05"),
            "refused",
        )
        assert "客户拒绝回访，不再拨打；仍计入应回访，不算完成" in "\n".join(s.zh for s in found.steps)
        book = book_of("hospital_callback", site="callback.refusal_settles = false")
        assert self.owed(refused, book=book).state == "missed"

    def test_a_person_may_end_it(self) -> None:
        found = self.owed(call("2026-11-09 10:05", "no_answer"), decisions=(give_up("2026-11-10 09:00"),))
        assert (found.state, found.settled_reason) == ("settled", "unreachable")
        before = self.owed(decisions=(give_up("2026-11-10 09:00"),), now="2026-11-10 08:59")
        assert before.state == "due_soon"

    def test_the_earlier_ending_is_the_ending(self) -> None:
        found = self.owed(
            call("2026-11-09 10:05", "refused"), decisions=(give_up("2026-11-10 09:00", "cancelled"),)
        )
        assert found.settled_reason == "refused"

    def test_trying_again_takes_it_up_and_ending_it_once_more_ends_it(self) -> None:
        decisions = (give_up("2026-11-10 09:00"), retry("2026-11-10 11:00"))
        assert self.owed(decisions=decisions).state == "missed"
        assert (
            self.owed(decisions=(*decisions, give_up("2026-11-10 12:00", "cancelled"))).settled_reason
            == "cancelled"
        )

    def test_a_completed_call_undoes_the_ending(self) -> None:
        found = self.owed(
            call("2026-11-09 10:05", "refused"),
            call("2026-11-10 15:30", satisfaction="satisfied"),
            decisions=(give_up("2026-11-10 09:00"),),
        )
        assert (found.state, found.settled_at, found.satisfaction) == ("completed", None, "satisfied")

    def test_it_is_due_reached_and_not_completed(self) -> None:
        now = at(LATER)
        cases = []
        for tries, decided in (
            ([call("2026-11-09 10:05", "refused")], ()),
            ([call("2026-11-09 10:05", "wrong_number")], (give_up("2026-11-09 12:00", "wrong_number"),)),
            ([call("2026-11-09 10:05")], ()),
        ):
            cases.append(
                (obligation("discharge", at(ARISEN), tries, HOSPITAL, now, decisions=decided), tries)
            )
        counts = rates(cases, now)
        assert (counts.due, counts.attempted, counts.connected, counts.completed, counts.settled) == (
            3,
            3,
            2,
            1,
            2,
        )

    def test_it_counts_as_due_before_its_day_has_come(self) -> None:
        tries = [call("2026-11-03 10:05", "refused")]
        now = at("2026-11-03 12:00")
        counts = rates([(obligation("discharge", at(ARISEN), tries, HOSPITAL, now), tries)], now)
        assert (counts.due, counts.completed, counts.settled) == (1, 0, 1)


OUTCOMES = st.sampled_from(list(NAMES["attempt_outcome"]))
ATTEMPTS = st.lists(
    st.builds(
        lambda minutes, outcome, done: Attempt(at(ARISEN) + timedelta(minutes=minutes), outcome, done),
        st.integers(-500, 60 * 24 * 20),
        OUTCOMES,
        st.booleans(),
    ),
    max_size=6,
)
DECISIONS = st.lists(
    st.builds(
        lambda minutes, action: Decision(at(ARISEN) + timedelta(minutes=minutes), action, "unreachable"),
        st.integers(-500, 60 * 24 * 20),
        st.sampled_from(["retry", "give_up"]),
    ),
    max_size=3,
)


@given(
    attempts=ATTEMPTS,
    decisions=DECISIONS,
    arisen=st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30)),
    minutes=st.integers(0, 60 * 24 * 25),
    kind=st.sampled_from(["discharge", "basic_first_visit", "complaint", "unresolved"]),
    book=st.sampled_from([HOSPITAL, OFFICE, GOODS]),
)
@settings(max_examples=200, deadline=None)
def test_the_next_try_is_always_within_the_permitted_hours(
    attempts: list[Attempt],
    decisions: list[Decision],
    arisen: datetime,
    minutes: int,
    kind: str,
    book: Rulebook,
) -> None:
    begun = at(arisen.isoformat(sep=" ", timespec="seconds"))
    shift = begun - at(ARISEN)
    moved = [Attempt(a.at + shift, a.outcome, a.is_complete) for a in attempts]
    taken = [Decision(d.at + shift, d.action, d.reason) for d in decisions]
    now = begun + timedelta(minutes=minutes)
    found = next_attempt(kind, begun, moved, book, now, taken)
    owed = obligation(kind, begun, moved, book, now, decisions=taken)
    assert (found.reason == "off") == (owed.state == "off")
    assert (found.reason == "done") == (owed.completed_at is not None)
    assert (found.reason == "settled") == (owed.state == "settled")
    assert (found.at is None) == (found.reason in ("off", "done", "settled", "number", "decide"))
    assert all(s.zh and s.en.isascii() for s in found.steps)
    if found.at is None:
        return
    hours = CallHours(kind, book, WorkCalendar.from_rulebook(book))
    day = hours.calendar.day_of(found.at)
    assert found.at >= begun
    assert hours.is_permitted_day(day)
    assert not hours.on(day) or any(start <= found.at <= end for start, end in hours.on(day))


@given(
    attempts=ATTEMPTS, decisions=DECISIONS, seed=st.integers(0, 1000), minutes=st.integers(0, 60 * 24 * 25)
)
@settings(max_examples=100, deadline=None)
def test_order_and_repetition_change_neither_the_next_try_nor_the_verdict(
    attempts: list[Attempt], decisions: list[Decision], seed: int, minutes: int
) -> None:
    now = at(ARISEN) + timedelta(minutes=minutes)
    shuffled = random.Random(seed).sample(attempts, len(attempts)) + attempts[:1]
    turned = [*reversed(decisions), *decisions[:1]]
    asked = ("discharge", at(ARISEN))
    assert next_attempt(*asked, attempts, HOSPITAL, now, decisions) == next_attempt(
        *asked, shuffled, HOSPITAL, now, turned
    )
    assert obligation(*asked, attempts, HOSPITAL, now, decisions=decisions) == obligation(
        *asked, shuffled, HOSPITAL, now, decisions=turned
    )
