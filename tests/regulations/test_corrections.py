"""Putting a clock reading right: what the base lends is named last (A2.53 under sets that say nothing of levels)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regulations.corrections import CorrectionFacts, check, is_late, may_decide
from regulations.ruling import Ruling
from tests.regulations.site_books import at, book_of

DAY = "2026-11-18"
FACTS = CorrectionFacts(
    kind="in",
    at=at(f"{DAY} 08:55"),
    asked_at=at(f"{DAY} 19:00"),
    shift=(at(f"{DAY} 09:00"), at(f"{DAY} 18:00")),
    work_on=at(f"{DAY} 09:00").date(),
)
NOW = at(f"{DAY} 19:00")


def lent(ruling: Ruling) -> bool:
    return "为通用默认" in ruling.steps[-1].zh


def test_a_request_in_time_is_taken_and_names_who_decides() -> None:
    ruling = check(FACTS, book_of("ecommerce_shop"), NOW)
    assert (ruling.is_allowed, ruling.required_role) == (True, "supervisor")
    assert ruling.clauses == () and not lent(ruling)  # product choices throughout: no set has a procedure


@pytest.mark.parametrize(("preset", "is_lent"), [("ecommerce_shop", True), ("telecom_call_centre", False)])
def test_that_no_level_is_skipped_is_lent_where_the_set_is_silent(preset: str, is_lent: bool) -> None:
    ruling = may_decide("executive", "supervisor", book_of(preset), is_own=False)
    assert [one.code for one in ruling.violations] == ["level_skipped"]
    assert ("A2.53" in ruling.clauses, lent(ruling)) == (True, is_lent)


def test_under_the_base_alone_nothing_is_lent() -> None:
    assert not lent(may_decide("executive", "supervisor", book_of(), is_own=False))


@pytest.mark.parametrize(
    ("asked", "late"),
    [("2026-11-23 23:59:59", False), ("2026-11-24 00:00:00", True), ("2027-11-21 00:00", True)],
)  # fmt: skip
def test_what_is_asked_for_after_the_limit_is_an_exception_and_no_dead_end(asked: str, late: bool) -> None:
    book = book_of("ecommerce_shop")
    facts = replace(FACTS, asked_at=at(asked))
    ruling = check(facts, book, at(asked))
    assert (is_late(facts, book), ruling.is_allowed, ruling.required_role) == (late, True, "supervisor")
    told = "".join(step.zh for step in ruling.steps)
    assert ("按例外受理" in told, "attendance.correction_within" in told) == (late, late)


@pytest.mark.parametrize(("hour", "codes"), [("04:59:59", ["no_shift"]), ("05:00:00", [])])
def test_it_reaches_as_far_as_punches_are_looked_for(hour: str, codes: list[str]) -> None:
    ruling = check(replace(FACTS, at=at(f"{DAY} {hour}")), book_of("ecommerce_shop"), NOW)
    assert [one.code for one in ruling.violations] == codes
