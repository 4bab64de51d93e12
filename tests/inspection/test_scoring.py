"""The machine's score: what costs, what does not, and how far down it goes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inspection.findings import Finding
from inspection.scoring import machine_score
from regulations.rulebook import load_rulebook

BOOK = load_rulebook()
HIT = Finding(
    "r", "banned", "cold", "hit", "body", 0, 1.0, 2.0, "随便你", ("E5.13",), "medium", Decimal(10), True, ()
)


def test_a_call_without_findings_has_full_marks_and_passes() -> None:
    score = machine_score((), BOOK)
    assert (score.value, score.is_critical, score.is_pass) == (100, False, True)


def test_hits_and_absences_cost_their_points() -> None:
    score = machine_score((HIT, replace(HIT, kind="missing", verdict="absent", points=Decimal(5))), BOOK)
    assert score.value == 85
    assert any("随便你" in s.zh and "10" in s.zh and s.clause == "E5.13" for s in score.steps)


def test_what_cannot_be_told_costs_nothing_whatever_it_says() -> None:
    doubtful = replace(HIT, verdict="cannot_tell", category="insult")
    score = machine_score((doubtful,), BOOK)
    assert (score.value, score.is_critical) == (100, False)


def test_it_never_falls_below_zero_and_says_so() -> None:
    score = machine_score((HIT,) * 30, BOOK)
    assert score.value == 0
    assert any("最低" in s.zh for s in score.steps)


def test_a_critical_category_fails_the_call_whatever_the_score() -> None:
    score = machine_score((replace(HIT, category="insult", points=Decimal(1)),), BOOK)
    assert (score.value, score.is_critical, score.is_pass) == (99, True, False)
    assert any(s.clause == BOOK.clause("qa.critical_categories") for s in score.steps)


def test_under_the_pass_score_it_fails() -> None:
    assert machine_score((HIT, HIT), BOOK).is_pass is True  # exactly 80
    assert machine_score((HIT, HIT, replace(HIT, points=Decimal("0.5"))), BOOK).is_pass is False


@given(st.lists(st.tuples(st.sampled_from(["hit", "absent", "cannot_tell"]), st.integers(0, 30))))
def test_more_findings_never_raise_the_score(findings: list[tuple[str, int]]) -> None:
    made = [replace(HIT, verdict=v, points=Decimal(p)) for v, p in findings]
    values = [machine_score(made[:n], BOOK).value for n in range(len(made) + 1)]
    assert all(a >= b >= 0 for a, b in pairwise(values))


def test_the_explanation_is_there_in_both_languages() -> None:
    shown = machine_score((HIT,), BOOK)
    assert all(s.zh and s.en for s in shown.steps)
    assert shown.as_json("en")["value"] == 90
