"""Callbacks: what is owed, what counts as done, and who may see and record it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import callbacks
from db.models import Agent, AuditEntry, Callback
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, AccessRefused
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, local, make_agent, make_callback, make_complaint, make_team, scope

ARISEN = local(2026, 11, 18, 15, 0)
LEAD = scope("supervisor")
HOUR = timedelta(hours=1)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook()


def owe(session: Session, book: Rulebook, agent: Agent | None = None, **changes: object) -> Callback:
    agent = agent or make_agent(session)
    values = {
        "kind": "complaint",
        "arisen_at": ARISEN,
        "agent": agent,
        "book": book,
        "now": ARISEN,
        **changes,
    }
    owed = callbacks.add_callback(session, values.pop("scope", scope("supervisor", agent.team)), **values)  # type: ignore[arg-type]
    assert owed is not None
    return owed


def attempt(
    session: Session,
    callback: Callback,
    book: Rulebook,
    at: datetime,
    outcome: str = "connected",
    **changes: object,
) -> None:
    values: dict[str, Any] = {"at": at, "outcome": outcome, "book": book, "now": at, **changes}
    callbacks.record_attempt(
        session,
        values.pop("scope", scope("supervisor", callback.team)),
        callback,
        **values,
    )


def test_what_is_owed_has_number_deadline_and_explanation(session: Session, book: Rulebook) -> None:
    owed = owe(session, book)
    session.commit()
    assert owed.number == "HF-20261118-001"
    assert (owed.due_at, owed.due_on) == (ARISEN + 24 * HOUR, date(2026, 11, 19))
    assert owed.steps and owed.clauses and owed.rulebook_version == book.version
    assert session.scalars(select(AuditEntry.action)).all() == ["callback.owed"]


def test_a_kind_the_rulebook_does_not_oblige_to_is_not_owed(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    made = callbacks.add_callback(
        session,
        scope("supervisor", agent.team),
        kind="discharge",
        arisen_at=ARISEN,
        agent=agent,
        book=book,
        now=ARISEN,
    )
    assert made is None and session.scalars(select(Callback)).all() == []


def test_only_reaching_the_customer_and_covering_the_content_completes_it(
    session: Session, book: Rulebook
) -> None:
    owed = owe(session, book)
    attempt(session, owed, book, ARISEN + HOUR, "no_answer")
    assert owed.completed_at is None
    attempt(session, owed, book, ARISEN + 2 * HOUR)
    assert owed.completed_at is None
    attempt(session, owed, book, ARISEN + 3 * HOUR, is_complete=True, satisfaction="satisfied")
    session.commit()
    assert owed.completed_at == ARISEN + 3 * HOUR
    assert owed.satisfaction == "satisfied"
    assert [a.outcome for a in owed.attempts] == ["no_answer", "connected", "connected"]
    assert callbacks.state_of(owed, NOW) == "completed"


def test_completion_after_the_deadline_is_late_and_the_deadline_does_not_move(
    session: Session, book: Rulebook
) -> None:
    owed = owe(session, book)
    due = owed.due_at
    attempt(session, owed, book, due + timedelta(seconds=1), is_complete=True)
    assert owed.due_at == due
    assert callbacks.state_of(owed, NOW) == "completed_late"


def test_an_attempt_recorded_late_counts_from_when_it_was_made(session: Session, book: Rulebook) -> None:
    owed = owe(session, book)
    attempt(session, owed, book, ARISEN + 5 * HOUR, is_complete=True)
    attempt(session, owed, book, ARISEN + HOUR, is_complete=True, now=ARISEN + 6 * HOUR)
    assert owed.completed_at == ARISEN + HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "telepathy"},
        {"outcome": "connected", "satisfaction": "ecstatic"},
        {"outcome": "busy", "is_complete": True},
        {"outcome": "busy", "satisfaction": "satisfied"},
        {"outcome": "connected", "at": ARISEN - HOUR},
        {"outcome": "connected", "at": ARISEN + 50 * HOUR, "now": ARISEN + HOUR},
    ],
)
def test_an_attempt_that_cannot_have_happened_is_refused(
    session: Session, book: Rulebook, changes: dict[str, object]
) -> None:
    owed = owe(session, book)
    values: dict[str, object] = {"at": ARISEN + HOUR, **changes}
    with pytest.raises(Refused) as refused:
        attempt(session, owed, book, **values)  # type: ignore[arg-type]
    assert refused.value.zh and refused.value.en
    assert owed.attempts == []


def test_the_same_attempt_is_recorded_once_but_two_callers_are_two_attempts(
    session: Session, book: Rulebook
) -> None:
    owed = owe(session, book)
    colleague = make_agent(session, owed.team)
    attempt(session, owed, book, ARISEN + HOUR, "busy")
    with pytest.raises(Refused, match="already recorded"):
        attempt(session, owed, book, ARISEN + HOUR, "busy")
    attempt(session, owed, book, ARISEN + HOUR, "busy", caller=colleague)
    session.commit()
    assert len(owed.attempts) == 2
    assert len(session.scalars(select(Callback)).all()) == 1


def test_the_work_list_has_overdue_first_and_stops_at_the_time_asked_for(session: Session) -> None:
    agent = make_agent(session)
    late = make_callback(session, agent, NOW - 30 * HOUR)
    soon = make_callback(session, agent, NOW + HOUR)
    make_callback(session, agent, NOW + 3 * HOUR)
    make_callback(session, agent, NOW - HOUR, completed_at=NOW - 2 * HOUR)
    viewer = scope("supervisor", agent.team)
    assert callbacks.list_work(session, viewer, NOW, NOW + HOUR) == [late, soon]
    assert callbacks.list_work(session, viewer, NOW, NOW - 99 * HOUR) == [late]
    assert [callbacks.state_of(c, NOW, NOW.date()) for c in (late, soon)] == ["missed", "due_soon"]
    assert callbacks.state_of(late, late.due_at + timedelta(microseconds=900_000)) == "not_due"


def test_lists_are_narrowed_by_every_filter(session: Session) -> None:
    agent = make_agent(session)
    old = make_callback(session, agent, NOW - 72 * HOUR, completed_at=NOW - 73 * HOUR)
    new = make_callback(session, agent, NOW, kind="repair")
    viewer = scope("supervisor", agent.team)

    def found(**filters: object) -> list[Callback]:
        return callbacks.list_callbacks(session, viewer, now=NOW, **filters)  # type: ignore[arg-type]

    assert found() == [old, new]
    assert found(open_only=True) == [new]
    assert found(from_on=new.due_on) == [new]
    assert found(to_on=old.due_on) == [old]
    assert found(kind="repair") == [new]
    assert found(team_id=agent.team_id + 1) == []
    assert found(limit=1) == [old]


def test_lists_do_not_ask_the_database_once_per_row(session: Session, statements: list[str]) -> None:
    agent = make_agent(session)
    for n in range(6):
        make_callback(session, agent, NOW + n * HOUR, complaint=make_complaint(session, agent))
    session.commit()
    session.expunge_all()
    statements.clear()
    rows = callbacks.list_callbacks(session, scope("manager"), now=NOW)
    assert [(c.agent.name, c.team.name, len(c.attempts), c.complaint.number) for c in rows if c.complaint]
    assert len(statements) <= 3, statements


def test_a_supervisor_never_sees_another_teams_callbacks_and_an_agent_only_his_own(session: Session) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    anna, ava, bert = make_agent(session, a), make_agent(session, a), make_agent(session, b)
    of = {agent: make_callback(session, agent, NOW) for agent in (anna, ava, bert)}
    for viewer, expected in (
        (scope("supervisor", a), {anna, ava}),
        (scope("supervisor", b), {bert}),
        (scope("supervisor"), set()),
        (scope("agent", agent=ava), {ava}),
        (scope("manager"), {anna, ava, bert}),
    ):
        assert {c.agent for c in callbacks.list_callbacks(session, viewer, now=NOW)} == expected
        assert {c.agent for c in callbacks.list_work(session, viewer, NOW, NOW)} == expected
        for agent, callback in of.items():
            if agent in expected:
                assert callbacks.get_callback(session, viewer, callback.number) == callback
            else:
                with pytest.raises(LookupError):
                    callbacks.get_callback(session, viewer, callback.number)


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_only_roles_that_act_on_callbacks_write(session: Session, book: Rulebook, role: str) -> None:
    agent = make_agent(session)
    owed = owe(session, book, agent)
    viewer = scope(role, agent.team, agent=agent if role == "agent" else None)
    writes: list[tuple[Callable[[], object], bool]] = [
        (
            lambda: attempt(session, owed, book, ARISEN + HOUR, scope=viewer),
            role in CAPABILITIES["callbacks.act"],
        ),
        (
            lambda: owe(session, book, agent, scope=viewer),
            role in CAPABILITIES["callbacks.act"] | CAPABILITIES["complaints.act"],
        ),
    ]
    for write, may in writes:
        if may:
            write()
        else:
            with pytest.raises(AccessRefused):
                write()


def test_a_supervisor_cannot_write_into_another_team(session: Session, book: Rulebook) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    bert, owed = make_agent(session, b), None
    owed = owe(session, book, bert)
    with pytest.raises(AccessRefused):
        attempt(session, owed, book, ARISEN + HOUR, scope=scope("supervisor", a))
    with pytest.raises(AccessRefused):
        owe(session, book, bert, scope=scope("supervisor", a))
    stranger = make_agent(session, a)
    with pytest.raises(AccessRefused):
        attempt(session, owed, book, ARISEN + HOUR, scope=scope("supervisor", b), caller=stranger)
