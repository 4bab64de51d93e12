"""A case in the hands of departments: what each stay looks like, and what cannot have happened in that order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.departments import (
    DEPARTMENT_EVENTS,
    Assignment,
    assignments_of,
    faults_of,
    in_order,
    open_rectifications,
)

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 16, 9, tzinfo=ZONE)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Event:
    kind: str
    at: datetime
    department: str = "储运部"
    value: str = ""
    due_on: date | None = None


def told(*kinds: str | tuple[str, Any]) -> list[Event]:
    """Events an hour apart, in the order given."""
    events = []
    for hours, one in enumerate(kinds):
        kind, more = (one, {}) if isinstance(one, str) else one
        events.append(Event(kind, START + hours * HOUR, **more))
    return events


def faults(events: list[Event], *, needs_signature: bool = True) -> list[str]:
    return [fault.kind for fault in faults_of(events, needs_signature=needs_signature, zone=ZONE)]


BY = ("returned", {"value": "own_fault", "due_on": date(2026, 11, 20)})


@pytest.mark.parametrize(
    ("kinds", "stage"),
    [
        (["forwarded"], "sent"),
        (["forwarded", "acknowledged"], "signed"),
        (["forwarded", "acknowledged", ("returned", {"value": "other_cause"})], "answered"),
        (["forwarded", "acknowledged", BY], "rectifying"),
        (["forwarded", "acknowledged", BY, "rectified"], "rectified"),
        (["forwarded", "acknowledged", BY, "rectified", "rectification_passed"], "done"),
        (["forwarded", "acknowledged", BY, "rectified", "rectification_failed"], "failed"),
        (["forwarded", "acknowledged", BY, "rectified", "rectification_failed", "rectified"], "rectified"),
        (["forwarded", "recalled"], "recalled"),
        (["forwarded", "acknowledged", "recalled"], "recalled"),
    ],
)
def test_each_step_of_a_stay_has_its_stage_and_no_fault(kinds: list[str], stage: str) -> None:
    events = told(*kinds)
    (stay,) = assignments_of(events)
    assert stay.stage == stage
    assert faults(events) == []


@pytest.mark.parametrize(
    "kinds",
    [
        ["acknowledged"],
        ["recalled"],
        ["returned"],
        ["rectified"],
        ["rectification_ordered"],
        ["rectification_passed"],
        ["forwarded", "forwarded"],
        ["forwarded", "acknowledged", "acknowledged"],
        ["forwarded", "returned"],
        ["forwarded", "rectified"],
        ["forwarded", "recalled", "acknowledged"],
        ["forwarded", "recalled", "returned"],
        ["forwarded", "recalled", "rectification_ordered"],
        ["forwarded", "acknowledged", "returned", "recalled"],
        ["forwarded", "acknowledged", "returned", "returned"],
        ["forwarded", "acknowledged", "returned", "rectified"],
        ["forwarded", "rectification_ordered", "rectification_ordered"],
        ["forwarded", "rectification_ordered", "rectification_passed"],
        ["forwarded", "rectification_ordered", "rectified", "rectified"],
        ["forwarded", "rectification_ordered", "rectification_failed"],
        ["forwarded", "rectification_ordered", "rectified", "rectification_passed", "rectification_passed"],
        ["forwarded", "closed"],
    ],
)
def test_the_last_of_these_cannot_have_happened_and_says_what_to_do(kinds: list[str]) -> None:
    events = told(*kinds)
    found = faults_of(events, needs_signature=True, zone=ZONE)
    assert [fault.kind for fault in found] == [kinds[-1]]
    assert found[0].reason.zh
    assert found[0].reason.en


def test_an_answer_without_a_signature_counts_where_no_signature_is_required() -> None:
    events = told("forwarded", "returned")
    assert faults(events, needs_signature=False) == []
    assert faults(events, needs_signature=True) == ["returned"]


def test_a_department_that_answered_may_get_the_case_again_as_a_stay_of_its_own() -> None:
    events = told("forwarded", "acknowledged", "returned", "forwarded")
    assert [stay.stage for stay in assignments_of(events)] == ["answered", "sent"]
    assert faults(events) == []


def test_two_departments_do_not_answer_for_each_other() -> None:
    events = [*told("forwarded", "acknowledged", "returned"), Event("forwarded", START + HOUR, "质检部")]
    assert {stay.department: stay.stage for stay in assignments_of(events)} == {
        "储运部": "answered",
        "质检部": "sent",
    }
    assert faults([*events, Event("closed", START + 9 * HOUR, "")]) == ["closed"]
    recalled = Event("recalled", START + 5 * HOUR, "质检部")
    assert faults([*events, recalled, Event("closed", START + 9 * HOUR, "")]) == []


def test_a_later_date_does_not_move_the_date_that_was_declared() -> None:
    ordered = ("rectification_ordered", {"due_on": date(2026, 11, 18)})
    (stay,) = assignments_of(told("forwarded", "acknowledged", ordered, BY))
    assert stay.rectify_due_on == date(2026, 11, 18)


def test_a_department_that_got_the_case_again_still_rectifies_what_it_declared_before() -> None:
    again = told("forwarded", "acknowledged", BY, "forwarded", "rectified", "rectification_passed")
    assert faults(again) == []
    assert [stay.stage for stay in assignments_of(again)] == ["done", "sent"]
    taken_back = told("forwarded", "acknowledged", BY, "forwarded", "recalled", "rectified")
    assert faults(taken_back) == []
    assert [stay.stage for stay in assignments_of(taken_back)] == ["rectified", "recalled"]


def test_one_rectification_ends_what_both_of_its_stays_declared() -> None:
    events = told("forwarded", "acknowledged", BY, "forwarded", "acknowledged", BY, "rectified")
    assert [stay.stage for stay in assignments_of(events)] == ["rectified", "rectified"]
    failed = [*events, Event("rectification_failed", START + 9 * HOUR)]
    assert [stay.stage for stay in assignments_of(failed)] == ["failed", "failed"]
    assert faults(failed) == []


def test_a_rectification_is_ordered_of_the_stay_that_was_not_taken_back() -> None:
    events = told("forwarded", "acknowledged", BY, "forwarded", "recalled", "rectification_ordered")
    assert faults(events) == []
    assert [stay.is_ordered for stay in assignments_of(events)] == [True, False]
    assert faults(told("forwarded", "recalled", "rectification_ordered")) == ["rectification_ordered"]


def test_what_was_ordered_after_one_was_found_sufficient_is_another_rectification() -> None:
    new = ("rectification_ordered", {"due_on": date(2026, 11, 25)})
    events = told("forwarded", "acknowledged", BY, "rectified", "rectification_passed", new)
    (stay,) = assignments_of(events)
    assert (stay.stage, stay.rectify_due_on) == ("rectifying", date(2026, 11, 25))
    assert faults([*events, Event("rectified", START + 9 * HOUR)]) == []


def test_a_failed_verification_with_a_date_begins_another_round() -> None:
    failed = ("rectification_failed", {"due_on": date(2026, 11, 25)})
    (stay,) = assignments_of(told("forwarded", "acknowledged", BY, "rectified", failed))
    assert (stay.rectify_due_on, stay.rectified_at, stay.is_sufficient) == (date(2026, 11, 25), None, False)


@pytest.mark.parametrize(("day", "is_fault"), [(20, True), (21, False)])
def test_measures_not_taken_are_found_wanting_only_once_their_day_is_over(day: int, is_fault: bool) -> None:
    events = [
        *told("forwarded", "acknowledged", BY),
        Event("rectification_failed", datetime(2026, 11, day, 0, 0, 0, tzinfo=ZONE)),
    ]
    assert faults(events) == (["rectification_failed"] if is_fault else [])


@pytest.mark.parametrize("kind", ["returned", "rectification_ordered"])
def test_a_date_before_its_own_day_is_no_schedule(kind: str) -> None:
    early = (kind, {"due_on": date(2026, 11, 15)})
    same_day = (kind, {"due_on": date(2026, 11, 16)})
    assert faults(told("forwarded", "acknowledged", early)) == [kind]
    assert faults(told("forwarded", "acknowledged", same_day)) == []


def test_what_a_department_does_unnamed_is_that_of_the_only_one_that_has_the_case() -> None:
    events = told("forwarded", ("acknowledged", {"department": ""}))
    assert assignments_of(events)[0].signed_at == START + HOUR
    two = [*events, Event("forwarded", START + 2 * HOUR, "质检部"), Event("returned", START + 3 * HOUR, "")]
    assert faults(two) == ["returned"]


def test_an_unnamed_forwarding_is_nobodys_stay() -> None:
    assert assignments_of(told(("forwarded", {"department": ""}))) == ()


def test_only_unfinished_rectifications_are_open() -> None:
    assert open_rectifications(told("forwarded", "acknowledged", BY, "rectified")) != ()
    assert (
        open_rectifications(told("forwarded", "acknowledged", BY, "rectified", "rectification_passed")) == ()
    )


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from([*sorted(DEPARTMENT_EVENTS), "closed"]),
        st.integers(0, 400).map(lambda hours: START + hours * HOUR),
        st.sampled_from(["储运部", "质检部"]),
        st.just(""),
        st.one_of(st.none(), st.integers(0, 20).map(lambda days: date(2026, 11, 16) + timedelta(days=days))),
    ),
    max_size=12,
)


@given(EVENTS, st.randoms())
def test_the_stays_do_not_depend_on_the_order_of_recording(events: list[Event], dice: object) -> None:
    ordered = in_order(events)
    for one, two in itertools.pairwise(ordered):
        assert one.at <= two.at
    distinct = list({(e.kind, e.at, e.department): e for e in events}.values())
    shuffled = list(distinct)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(assignments_of(distinct), key=str) == sorted(assignments_of(shuffled), key=str)


@given(EVENTS)
def test_leaving_out_what_cannot_have_happened_leaves_no_fault(events: list[Event]) -> None:
    """An oracle for the reasons: take the events one by one and keep only those that add no fault."""
    kept: list[Event] = []
    for event in in_order(events):
        if not faults_of([*kept, event], needs_signature=True, zone=ZONE):
            kept.append(event)  # type: ignore[arg-type]
    assert faults(kept) == []
    for stay in assignments_of(kept):
        _holds_together(stay)


def _holds_together(stay: Assignment) -> None:
    assert stay.signed_at is None or stay.signed_at >= stay.sent_at
    assert stay.returned_at is None or (stay.signed_at is not None and stay.returned_at >= stay.signed_at)
    assert stay.recalled_at is None or stay.returned_at is None
    assert stay.is_sufficient is None or stay.verified_at is not None
    assert not (stay.owes_rectification and stay.is_sufficient)
