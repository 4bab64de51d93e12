"""Requests of all kinds read together: each viewer his own, nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy.orm import Session

from db.models import Agent, Leave, Overtime, PunchCorrection, SwapRequest, Team
from db.requests import (
    KINDS,
    get_request,
    kind_of,
    list_settled,
    list_unreturned,
    list_waiting,
)
from regulations.access import AccessRefused, Scope
from tests.factories import NOW, TODAY, make_agent, make_team, scope

_Row = TypeVar("_Row", Leave, SwapRequest, PunchCorrection, Overtime)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MANAGER = scope("manager")


def make_leave(session: Session, agent: Agent, state: str = "requested", **values: Any) -> Leave:
    values = {
        "type": "personal",
        "starts_at": NOW + 24 * HOUR,
        "ends_at": NOW + 33 * HOUR,
        "filed_at": NOW,
        "required_role": "supervisor",
        "clauses": [],
        "steps": [],
        **values,
    }
    return _added(session, Leave(agent_id=agent.id, status=state, **values))


def make_swap(
    session: Session, agent: Agent, partner: Agent, state: str = "requested", **values: Any
) -> SwapRequest:
    values = {
        "swap_on": TODAY + timedelta(days=1),
        "consents": [],
        "requested_by": "agent",
        "requested_at": NOW,
        "clauses": [],
        "steps": [],
        "rulebook_version": "test",
        **values,
    }
    return _added(session, SwapRequest(requester_id=agent.id, partner_id=partner.id, state=state, **values))


def make_correction(
    session: Session, agent: Agent, state: str = "requested", **values: Any
) -> PunchCorrection:
    return _added(session, PunchCorrection(agent_id=agent.id, kind="in", at=NOW, **_common(state), **values))


def make_overtime(session: Session, agent: Agent, state: str = "requested", **values: Any) -> Overtime:
    return _added(
        session,
        Overtime(agent_id=agent.id, starts_at=NOW, ends_at=NOW + 2 * HOUR, **_common(state), **values),
    )


def _common(state: str) -> dict[str, Any]:
    return {
        "work_on": TODAY,
        "requested_by": "agent",
        "requested_at": NOW,
        "required_role": "supervisor",
        "state": state,
        "clauses": [],
        "steps": [],
        "rulebook_version": "test",
    }


def _added(session: Session, row: _Row) -> _Row:
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    return make_agent(session, team)


def of_kind(session: Session, kind: str, agent: Agent, state: str = "requested", **values: Any) -> Any:
    if kind == "swap":
        return make_swap(session, agent, make_agent(session, agent.team), state, **values)
    make: Callable[..., Any] = {
        "leave": make_leave,
        "correction": make_correction,
        "overtime": make_overtime,
    }[kind]
    return make(session, agent, state, **values)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_by_its_number_by_those_in_charge_and_by_the_person(
    kind: str, session: Session, team: Team, agent: Agent
) -> None:
    row = of_kind(session, kind, agent)
    for viewer in (MANAGER, scope("supervisor", team), scope("agent", agent=agent)):
        assert get_request(session, viewer, kind, row.id).id == row.id
        assert [one.id for one in list_waiting(session, viewer, kind)] == [row.id]
    assert kind_of(row) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_else_finds_it(kind: str, session: Session, team: Team, agent: Agent) -> None:
    row = of_kind(session, kind, agent)
    stranger = make_agent(session, team)
    for viewer in (
        scope("supervisor", make_team(session)),
        scope("supervisor"),
        scope("agent", agent=stranger),
        Scope(None, "tied to nobody", "agent", (team.id,), None),
    ):
        with pytest.raises(LookupError):
            get_request(session, viewer, kind, row.id)
        assert list_waiting(session, viewer, kind) == []
    for role in ("qa", "administrator"):
        with pytest.raises(AccessRefused):
            list_waiting(session, Scope(None, role, role), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_is_none_is_not_found(kind: str, session: Session) -> None:
    with pytest.raises(LookupError):
        get_request(session, MANAGER, kind, 999_999_999)


def test_a_swap_is_seen_from_both_teams_and_once(session: Session, team: Team, agent: Agent) -> None:
    partner = make_agent(session)
    row = make_swap(session, agent, partner)
    for viewer in (
        scope("supervisor", team),
        scope("supervisor", partner.team),
        scope("supervisor", team, partner.team),
        scope("agent", agent=partner),
        MANAGER,
    ):
        assert [one.id for one in list_waiting(session, viewer, "swap")] == [row.id]
    assert [one.id for one in list_waiting(session, MANAGER, "swap", agent_id=partner.id)] == [row.id]
    assert list_waiting(session, MANAGER, "swap", agent_id=make_agent(session).id) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_waits_is_not_settled_and_what_is_settled_does_not_wait(
    kind: str, session: Session, agent: Agent
) -> None:
    waiting = of_kind(session, kind, agent)
    settled = of_kind(session, kind, agent, "refused", decided_at=NOW, **(_second(kind)))
    span = {"from_at": NOW, "to_at": NOW}
    assert [one.id for one in list_waiting(session, MANAGER, kind, agent_id=agent.id)] == [waiting.id]
    assert [one.id for one in list_settled(session, MANAGER, kind, agent_id=agent.id, **span)] == [settled.id]


def _second(kind: str) -> dict[str, Any]:
    return {"revision": 2} if kind == "leave" else {}


@pytest.mark.parametrize(
    ("at", "is_in"),
    [(NOW - SECOND, False), (NOW, True), (NOW + HOUR, True), (NOW + HOUR + SECOND, False)],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_decision_belongs_to_the_period_it_was_made_in_edges_included(
    kind: str, at: datetime, is_in: bool, session: Session, agent: Agent
) -> None:
    of_kind(session, kind, agent, "approved", decided_at=at)
    assert bool(list_settled(session, MANAGER, kind, from_at=NOW, to_at=NOW + HOUR)) is is_in


def test_a_withdrawal_without_a_moment_counts_when_it_was_asked(session: Session, agent: Agent) -> None:
    make_leave(session, agent, "withdrawn", filed_at=NOW)
    assert len(list_settled(session, MANAGER, "leave", from_at=NOW, to_at=NOW)) == 1


def test_leave_is_followed_up_until_slip_and_report_are_there(session: Session, agent: Agent) -> None:
    def ended(hours: int, **values: Any) -> Leave:
        return make_leave(
            session,
            agent,
            "approved",
            starts_at=NOW - timedelta(hours=hours + 9),
            ends_at=NOW - timedelta(hours=hours),
            **values,
        )

    both, slip = ended(30), ended(20, returned_at=NOW)
    ended(10, returned_at=NOW, slip_received_on=TODAY)
    ended(5, required_role="")  # another system decided on it
    make_leave(session, agent, "approved")  # has not ended
    found = list_unreturned(session, MANAGER, from_at=NOW - timedelta(days=31), now=NOW)
    assert [row.id for row in found] == [both.id, slip.id]
    assert list_unreturned(session, MANAGER, from_at=NOW - HOUR, now=NOW) == []
