"""Lists of cases: each view holds what its name says, the worst first, within the scope, however it is narrowed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import case_lists
from db.case_lists import CaseQuery
from db.models import Complaint, ComplaintClock
from regulations.access import SYSTEM
from tests.factories import NOW, SHANGHAI, make_agent, make_complaint, scope

MONTH = (date(2026, 11, 1), date(2026, 11, 30))
ALL = CaseQuery("open", *MONTH)


def a_case(session: Session, received_at: datetime = NOW - timedelta(days=1), **values: Any) -> Complaint:
    return make_complaint(session, values.pop("agent", None), received_at, **values)


def a_clock(session: Session, case: Complaint, due_at: datetime, **values: Any) -> ComplaintClock:
    values = {
        "clock": "forward",
        "state": "on_track",
        "warn_at": due_at - timedelta(hours=1),
        "ordinal": 1,
    } | values
    clock = ComplaintClock(
        complaint_id=case.id, started_at=due_at - timedelta(days=1), due_at=due_at,
        due_on=due_at.astimezone(SHANGHAI).date(), clauses=[], steps=[], limit={}, rulebook_version="test", **values,
    )  # fmt: skip
    case.clocks.append(clock)
    session.flush()
    return clock


def numbers(session: Session, query: CaseQuery, viewer: Any = SYSTEM) -> list[str]:
    cases, total = case_lists.list_cases(session, viewer, query, NOW, limit=500)
    assert total == len(cases)
    return [case.number for case in cases]


def test_each_view_holds_what_its_name_says(session: Session) -> None:
    overdue, soon, later, quiet, answered_late, closed = (
        a_case(session, number=n) for n in ("overdue", "soon", "later", "quiet", "answered_late", "closed")
    )
    a_clock(session, overdue, NOW - timedelta(seconds=1))
    a_clock(session, overdue, NOW + timedelta(days=3), clock="close")
    a_clock(session, soon, NOW + timedelta(minutes=30))
    a_clock(session, later, NOW + timedelta(days=2))
    a_clock(session, quiet, NOW - timedelta(days=2), state="on_hold")
    a_clock(session, answered_late, NOW - timedelta(days=2), met_at=NOW - timedelta(days=1))
    a_clock(session, closed, NOW - timedelta(days=2))
    closed.status, closed.closed_at = "closed", NOW
    session.flush()
    assert numbers(session, replace(ALL, view="overdue")) == ["overdue"]
    assert numbers(session, replace(ALL, view="due_soon")) == ["soon"]
    assert numbers(session, ALL)[:3] == ["overdue", "soon", "later"]
    assert set(numbers(session, ALL)) == {"overdue", "soon", "later", "quiet", "answered_late"}
    assert numbers(session, replace(ALL, view="received"))[-1] == "closed"


def test_the_due_second_itself_is_still_in_time(session: Session) -> None:
    a_clock(session, a_case(session), NOW)
    assert numbers(session, replace(ALL, view="overdue")) == []
    assert len(numbers(session, replace(ALL, view="due_soon"))) == 1


def test_the_oldest_deadline_stands_first_also_when_only_some_are_shown(session: Session) -> None:
    agent = make_agent(session)
    for hours in random.Random(1).sample(range(1, 200), 30):
        a_clock(session, a_case(session, agent=agent, number=f"{hours:03d}"), NOW - timedelta(hours=hours))
    cases, total = case_lists.list_cases(session, SYSTEM, replace(ALL, view="overdue"), NOW, limit=5)
    assert total == 30
    assert [case.number for case in cases] == sorted((c.number for c in cases), reverse=True)
    everything = case_lists.list_cases(session, SYSTEM, replace(ALL, view="overdue"), NOW, limit=100)[0]
    assert cases == everything[:5]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("category", "refund"), ("department", "物流部"), ("department", ""), ("channel", "visit"),
        ("severity", "serious"), ("kind", "越级投诉"), ("product", "X3"),
    ],
)  # fmt: skip
def test_every_fact_narrows_the_list(session: Session, fact: str, value: str) -> None:
    plain: dict[str, Any] = {"category": "quality", "department": "质量部", "product": "K35"}
    a_case(session, number="other", **plain)
    a_case(session, number="wanted", **{**plain, fact: value})
    assert numbers(session, replace(ALL, where={fact: value})) == ["wanted"]


def test_a_number_is_found_anywhere_and_text_within_the_view(session: Session) -> None:
    old = a_case(session, NOW - timedelta(days=300), number="TS20260101-001", summary="漏水")
    old.status, old.closed_at = "closed", NOW - timedelta(days=290)
    a_case(session, number="TS20261119-001", summary="漏水严重", customer_name="王先生")
    session.flush()
    assert numbers(session, replace(ALL, search="ts20260101-001 ")) == ["TS20260101-001"]
    assert numbers(session, replace(ALL, search="漏水")) == ["TS20261119-001"]
    assert numbers(session, replace(ALL, search="王先生")) == ["TS20261119-001"]
    assert numbers(session, replace(ALL, search="TS2026")) == ["TS20261119-001"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; DROP TABLE complaints; --", "%' OR 1=1"])
def test_hostile_text_finds_nothing(session: Session, text: str) -> None:
    a_case(session, summary="送货晚了三天")
    assert numbers(session, replace(ALL, search=text)) == []
    assert len(numbers(session, ALL)) == 1


def test_clock_and_state_keep_cases_with_such_a_clock(session: Session) -> None:
    first, second = a_case(session, number="a"), a_case(session, number="b")
    a_clock(session, first, NOW - timedelta(hours=1))
    a_clock(session, second, NOW + timedelta(days=1))
    a_clock(session, second, NOW - timedelta(days=1), clock="verify", met_at=NOW - timedelta(days=2))
    assert numbers(session, replace(ALL, clock="verify")) == ["b"]
    assert numbers(session, replace(ALL, clock="forward", state="breached")) == ["a"]
    assert numbers(session, replace(ALL, state="met")) == ["b"]


def test_nobody_sees_another_teams_cases(session: Session) -> None:
    mine, others = a_case(session, number="mine"), a_case(session, number="theirs")
    viewer = scope("supervisor", mine.team)
    for view in case_lists.VIEWS:
        assert "theirs" not in numbers(session, replace(ALL, view=view), viewer)
    assert numbers(session, replace(ALL, search="theirs"), viewer) == []
    assert numbers(session, replace(ALL, team_id=others.team_id), viewer) == []
    assert len(case_lists.open_ages(session, viewer, NOW)) == 1


def test_ages_count_every_open_case_once_under_its_worst_running_clock(session: Session) -> None:
    states: dict[str, dict[str, Any]] = {
        "breached": {"due_at": NOW - timedelta(hours=1)},
        "due_soon": {"due_at": NOW + timedelta(minutes=5)},
        "on_track": {"due_at": NOW + timedelta(days=5)},
        "on_hold": {"due_at": NOW - timedelta(hours=1), "state": "on_hold"},
    }
    for values in states.values():
        case = a_case(session)
        a_clock(session, case, **values)
        if "state" not in values:
            a_clock(session, case, NOW + timedelta(days=9), clock="close")
    a_case(session)
    found = case_lists.open_ages(session, SYSTEM, NOW)
    assert Counter(state for _at, state in found) == Counter([*states, "off"])


def test_each_state_of_the_ages_lists_the_cases_it_counts(session: Session) -> None:
    dice = random.Random(7)
    for n in range(40):
        case = a_case(session, number=f"c{n}")
        for clock in dice.sample(("forward", "close", "progress", "verify"), dice.randint(0, 3)):
            due_at = NOW + timedelta(minutes=dice.choice((-90, -1, 0, 5, 59, 61, 6000)))
            a_clock(session, case, due_at, clock=clock, state=dice.choice(("on_track", "on_hold")))
    counted = Counter(state for _at, state in case_lists.open_ages(session, SYSTEM, NOW))
    assert sum(counted.values()) == 40 and len(counted) >= 4
    listed = {state: numbers(session, replace(ALL, worst=state)) for state in counted}
    assert {state: len(found) for state, found in listed.items()} == dict(counted)
    assert len({number for found in listed.values() for number in found}) == 40


def test_the_records_begin_with_the_oldest_complaint_one_may_see(session: Session) -> None:
    assert case_lists.first_received_on(session, SYSTEM) is None
    old, new = a_case(session, NOW - timedelta(days=400)), a_case(session, NOW - timedelta(days=2))
    assert case_lists.first_received_on(session, SYSTEM) == old.received_on
    assert case_lists.first_received_on(session, scope("supervisor", new.team)) == new.received_on
    assert case_lists.first_received_on(session, SYSTEM, new.team_id) == new.received_on


def test_receipt_bounds_are_half_open(session: Session) -> None:
    edge = NOW - timedelta(days=3)
    a_case(session, edge, number="edge")
    a_case(session, edge - timedelta(seconds=1), number="older")
    assert numbers(session, replace(ALL, not_older_than=edge)) == ["edge"]
    assert numbers(session, replace(ALL, older_than=edge)) == ["older"]


def test_an_unknown_view_or_fact_is_an_error(session: Session) -> None:
    with pytest.raises(KeyError):
        numbers(session, replace(ALL, view="everything"))
    with pytest.raises(KeyError):
        numbers(session, replace(ALL, where={"summary": "x"}))
