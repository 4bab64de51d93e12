"""Harm times probability, the sample in between, and blind calls whose place tells nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.queueing import (
    PRIOR_WEIGHT,
    OpenFinding,
    Terms,
    Waiting,
    expected_points,
    likelihood,
    order,
    terms_of,
)
from regulations.rulebook import load_rulebook

TERMS = Terms(every=3, critical=frozenset({"insult"}), factor=Decimal(3))
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


def open_finding(points: float = 10, prior: float = 1.0, category: str = "shirking") -> OpenFinding:
    return OpenFinding(category, Decimal(str(points)), prior)


def flagged(call_id: str, *points: float, **more: bool) -> Waiting:
    return Waiting(call_id, AT, tuple(open_finding(p) for p in points), **more)


def drawn(call_id: str, *, is_blind: bool = False, findings: tuple[OpenFinding, ...] = ()) -> Waiting:
    return Waiting(call_id, AT, findings, is_drawn=True, is_blind=is_blind)


def ids(waiting: list[Waiting], taken: int = 0) -> list[str]:
    return [place.call_id for place in order(waiting, TERMS, taken=taken)]


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (OpenFinding("shirking", Decimal(10), 1.0), 1.0),  # nobody has decided yet: the machine's word
        (OpenFinding("shirking", Decimal(10), 0.4), 0.4),
        (OpenFinding("shirking", Decimal(10), 1.0, confirmed=0, decided=PRIOR_WEIGHT), 0.5),
        (OpenFinding("shirking", Decimal(10), 0.0, confirmed=PRIOR_WEIGHT, decided=PRIOR_WEIGHT), 0.5),
        (OpenFinding("shirking", Decimal(10), 1.0, confirmed=40, decided=40), 1.0),
        (OpenFinding("shirking", Decimal(10), 1.0, confirmed=5, decided=45), 0.2),
    ],
)
def test_what_people_decided_on_its_like_corrects_the_machine(finding: OpenFinding, expected: float) -> None:
    assert likelihood(finding) == pytest.approx(expected)


def test_harm_is_points_times_probability_and_critical_categories_weigh_more() -> None:
    findings = (open_finding(10, 0.5), open_finding(10, 1.0, "insult"))
    assert expected_points(findings, TERMS) == pytest.approx(10 * 0.5 + 10 * 3)
    assert ids([flagged("mild", 12), Waiting("grave", AT, (open_finding(5, 1.0, "insult"),))]) == [
        "grave",
        "mild",
    ]


def test_what_is_likely_comes_before_what_is_grave_but_unlikely() -> None:
    unlikely = Waiting("unlikely", AT, (open_finding(30, 0.1),))
    assert ids([unlikely, flagged("likely", 5)]) == ["likely", "unlikely"]


def test_of_two_alike_the_one_that_waits_longer_comes_first() -> None:
    newer = Waiting("a", AT, (open_finding(),))
    older = Waiting("b", AT - timedelta(days=2), (open_finding(),))
    assert ids([newer, older]) == ["b", "a"]


def test_every_third_call_comes_from_the_sample() -> None:
    waiting = [*(flagged(f"f{n}", 20 - n) for n in range(6)), drawn("s1"), drawn("s2", is_blind=True)]
    lanes = [place.lane for place in order(waiting, TERMS)]
    assert [n for n, lane in enumerate(lanes, start=1) if lane != "harm"] == [3, 6]


def test_the_rhythm_goes_on_where_the_reviewer_left_it() -> None:
    """Each call that is taken leaves the list: without this the first place would be the gravest call for ever."""
    waiting = [*(flagged(f"f{n}", 50 - n) for n in range(20)), *(drawn(f"s{n}") for n in range(20))]
    seen = []
    for taken in range(9):
        first = order(waiting, TERMS, taken=taken)[0]
        seen.append(first.lane)
        waiting = [one for one in waiting if one.call_id != first.call_id]
    assert seen == ["harm", "harm", "sample"] * 3


def test_a_blind_calls_place_and_reason_do_not_hang_on_what_was_found_in_it() -> None:
    others = [flagged("f1", 5), flagged("f2", 50), drawn("s1"), drawn("s2")]
    clean = order([*others, drawn("blind", is_blind=True)], TERMS)
    grave = order(
        [*others, drawn("blind", is_blind=True, findings=(open_finding(90, 1.0, "insult"),))], TERMS
    )
    assert clean == grave
    place = next(one for one in clean if one.call_id == "blind")
    assert place.expected is None
    assert not any("insult" in s.en or "辱骂" in s.zh or "point" in s.en for s in place.steps)


def test_a_drawn_call_in_which_something_was_found_stands_by_its_harm() -> None:
    (place,) = order([flagged("c", 7, is_drawn=True)], TERMS)
    assert (place.lane, place.expected) == ("harm", 7.0)
    assert "抽检" in place.steps[-1].zh


def test_the_reason_names_each_finding_and_the_sum() -> None:
    finding = OpenFinding("insult", Decimal(20), 1.0, confirmed=3, decided=5)
    (place,) = order([Waiting("c", AT, (finding, *(open_finding(1) for _ in range(4))))], TERMS)
    first = place.steps[0]
    assert (
        first.zh == "辱骂诬蔑：20 分 × 成立可能 80%（同类已复核 5 处，成立 3 处） × 3（一票否决类别） = 48.0"
    )
    assert "2 more, 2.0 points" in place.steps[3].en
    assert place.expected == 52.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.booleans()), max_size=25),
    st.integers(0, 7),
)
def test_nobody_is_lost_and_the_lanes_keep_their_order(
    calls: list[tuple[float, bool, bool]], taken: int
) -> None:
    waiting = [
        drawn(f"c{n}", is_blind=is_blind) if is_sample else flagged(f"c{n}", points)
        for n, (points, is_sample, is_blind) in enumerate(calls)
    ]
    places = order(waiting, TERMS, taken=taken)
    assert sorted(p.call_id for p in places) == sorted(w.call_id for w in waiting)
    assert [p.position for p in places] == list(range(1, len(places) + 1))
    harm = [p.expected for p in places if p.lane == "harm"]
    assert harm == sorted(harm, key=lambda e: -(e or 0))
    for place in places:
        if place.lane != "harm" and any(p.lane == "harm" for p in places[place.position :]):
            assert (taken + place.position) % TERMS.every == 0


def test_the_rulebook_says_how() -> None:
    terms = terms_of(load_rulebook())
    assert (terms.every, terms.factor) == (3, Decimal(3))
    assert "insult" in terms.critical
