"""Which departments a case finds at fault: their own last answer, and nothing of what was taken back from them."""

from __future__ import annotations

from datetime import datetime

from regulations.case_history import CaseEvent
from regulations.fault import DepartmentFacts, Rectification, Target, departments_of
from tests.regulations.complaint_cases import event
from tests.regulations.site_books import at

STORES, QUALITY = "储运部", "质量部"


def found(
    *events: CaseEvent, runs: tuple[Rectification, ...] = (), is_upheld: bool = False
) -> list[DepartmentFacts]:
    return list(departments_of(events, runs, is_upheld=is_upheld))


def run(started: str, due: str, met: str | None = None) -> Rectification:
    met_at: datetime | None = at(met) if met else None
    return Rectification(STORES, at(started), Target(at(due), met_at))


SENT = event("forwarded", "2026-11-02 11:00", STORES)
ORDERED = event("rectification_ordered", "2026-11-03 09:00", STORES, due_on="2026-11-06")
OWN_FAULT = event("returned", "2026-11-04 10:00", STORES, "own_fault")


def test_notice_and_own_fault_are_found_in_whatever_order_they_came() -> None:
    (facts,) = found(OWN_FAULT, ORDERED, SENT)
    assert (facts.department, facts.ordered_at, facts.is_at_fault) == (STORES, ORDERED.at, True)


def test_the_last_answer_decides_and_a_later_stay_without_one_changes_nothing() -> None:
    again = event("forwarded", "2026-11-08 09:00", STORES)
    (facts,) = found(SENT, OWN_FAULT, again)
    assert facts.is_at_fault
    other = event("returned", "2026-11-09 09:00", STORES, "other_cause")
    (facts,) = found(SENT, OWN_FAULT, again, other)
    assert not facts.is_at_fault


def test_without_a_cause_of_its_own_the_upheld_case_verifies_it() -> None:
    assert [f.is_at_fault for f in found(SENT, is_upheld=True)] == [True]
    assert [f.is_at_fault for f in found(SENT)] == [False]
    other = event("returned", "2026-11-04 10:00", STORES, "other_cause")
    assert [f.is_at_fault for f in found(SENT, other, is_upheld=True)] == [False]


def test_a_department_that_the_case_was_taken_from_has_no_part_in_it() -> None:
    recalled = event("recalled", "2026-11-04 10:00", STORES)
    assert found(SENT, ORDERED, recalled, is_upheld=True) == []


def test_what_was_ordered_and_missed_in_a_stay_that_was_taken_back_is_not_held_against_the_next() -> None:
    recalled = event("recalled", "2026-11-10 10:00", STORES)  # four days after the date that was ordered
    again = event("forwarded", "2026-11-12 09:00", STORES)
    own = event("returned", "2026-11-13 09:00", STORES, "own_fault")
    runs = (
        run("2026-11-03 09:00", "2026-11-06 23:59:59", "2026-11-10 10:00"),
        run("2026-11-13 09:00", "2026-11-20 23:59:59"),
    )
    (facts,) = found(SENT, ORDERED, recalled, again, own, runs=runs)
    assert facts.ordered_at is None
    assert facts.targets == (Target(at("2026-11-20 23:59:59")),)


def test_a_stay_taken_back_later_leaves_the_fault_of_the_one_before() -> None:
    again, recalled = (
        event("forwarded", "2026-11-08 09:00", STORES),
        event("recalled", "2026-11-09 09:00", STORES),
    )
    runs = (run("2026-11-03 09:00", "2026-11-06 23:59:59"),)
    (facts,) = found(SENT, ORDERED, OWN_FAULT, again, recalled, runs=runs)
    assert (facts.ordered_at, facts.is_at_fault, len(facts.targets)) == (ORDERED.at, True, 1)


def test_each_department_answers_for_itself() -> None:
    other = (
        event("forwarded", "2026-11-02 11:05", QUALITY),
        event("returned", "2026-11-04 10:00", QUALITY, "other_cause"),
    )
    assert {f.department: f.is_at_fault for f in found(SENT, OWN_FAULT, *other)} == {
        STORES: True,
        QUALITY: False,
    }
