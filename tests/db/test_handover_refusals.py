"""A refused handover goes to the next level with its reason, once for each refusal, until somebody takes over (B1.13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import escalations, handovers
from db.models import Agent, AuditEntry, Escalation, Handover, Team
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope
from regulations.handovers import fields_of
from regulations.rulebook import load_rulebook
from tests.factories import local, make_agent, make_shift, make_team, make_user, scope

BOOK = load_rulebook(["telecom_call_centre"])
END = local(2026, 11, 20, 18)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session, name="一组")


@pytest.fixture
def coming(session: Session, team: Team) -> Agent:
    return make_agent(session, team, name="接班的人")


@pytest.fixture
def row(session: Session, team: Team, coming: Agent) -> Handover:
    make_shift(session, make_agent(session, team, name="交班的人"), post="热线")
    make_shift(session, coming, start=17, hours=7, post="热线")
    handovers.open_due(session, BOOK, END - 30 * MINUTE)
    return session.scalars(select(Handover)).one()


def himself(agent: Agent) -> Scope:
    return scope("agent", agent=agent, actor="jieban")


def boss(team: Team, actor: str = "主管") -> Scope:
    return scope("supervisor", team, actor=actor)


def refuse(session: Session, who: Scope, row: Handover, **more: Any) -> Handover:
    asked: dict[str, Any] = {"reason": "钥匙少一把", "now": END - 10 * MINUTE, "book": BOOK, **more}
    return handovers.refuse(session, who, row.id, expected_version=row.row_version, **asked)


def write(session: Session, row: Handover, minutes: int) -> None:
    handovers.write_handover(
        session, boss(row.team, "代写"), row.id, entries=dict.fromkeys(fields_of(BOOK), "无"),
        expected_version=row.row_version, book=BOOK, now=END + minutes * MINUTE,
    )  # fmt: skip


def reports(session: Session) -> list[Escalation]:
    return list(session.scalars(select(Escalation).order_by(Escalation.id)))


def test_the_refusal_waits_for_the_supervisor_with_its_reason_and_its_clause(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    make_user(session, "agent", agent=coming, username="jieban")
    refuse(session, himself(coming), row, proposal="请交班人找到钥匙")
    [report] = escalations.list_escalations(session, boss(team), open_only=True, to_role="supervisor")
    assert (report.reason, report.to_role, report.from_role) == ("handover_refused", "supervisor", "agent")
    assert (report.raised_by, report.team_id, report.handover_id) == ("jieban", team.id, row.id)
    assert "钥匙少一把" in report.detail and "交班的人 → 接班的人" in report.detail
    assert report.proposal == "请交班人找到钥匙"
    assert "B1.13" in report.clauses
    assert escalations.may_answer(boss(team), report)
    assert not escalations.may_answer(scope("manager"), report)
    assert [one.id for one in escalations.list_escalations(session, himself(coming))] == [report.id]
    logged = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert list(logged)[-2:] == ["escalation.raised", "handover.refused"]


def test_a_report_always_proposes_something(session: Session, row: Handover, coming: Agent) -> None:
    refuse(session, himself(coming), row, proposal=" \x00")
    assert "另派人接班" in reports(session)[0].proposal


def test_the_supervisor_answers_it_once_and_nobody_else_does(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    refuse(session, himself(coming), row)
    report = reports(session)[0]
    asked: dict[str, Any] = {"expected_version": report.row_version, "book": BOOK, "now": END}
    with pytest.raises(Refused, match="answered by"):
        escalations.answer_escalation(session, scope("manager"), report.id, instruction="x", **asked)
    with pytest.raises(AccessRefused):
        escalations.answer_escalation(session, boss(make_team(session)), report.id, instruction="x", **asked)
    escalations.answer_escalation(session, boss(team), report.id, instruction="先接班，钥匙由我补办", **asked)
    assert not escalations.is_open(report)
    with pytest.raises(StaleCase):
        escalations.answer_escalation(session, boss(team), report.id, instruction="y", **asked)


def test_it_is_settled_the_moment_somebody_takes_over_after_all(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    refuse(session, himself(coming), row)
    write(session, row, -5)
    report = reports(session)[0]
    assert escalations.is_open(report) and report.settled_at is None
    handovers.sign_in(
        session, himself(coming), row.id, expected_version=row.row_version, book=BOOK, now=END - MINUTE
    )
    assert report.settled_at == END - MINUTE and not escalations.is_open(report)
    assert escalations.list_escalations(session, boss(team), open_only=True) == []
    with pytest.raises(StaleCase, match="no instruction is needed"):
        escalations.answer_escalation(
            session, boss(team), report.id, instruction="x", expected_version=report.row_version, book=BOOK, now=END
        )  # fmt: skip


def test_a_review_that_says_what_was_done_settles_it_too(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    refuse(session, himself(coming), row)
    handovers.review(
        session, boss(team), row.id, note="已当面补交", expected_version=row.row_version, book=BOOK, now=END
    )
    assert reports(session)[0].settled_at == END


def test_what_was_answered_stays_as_it_was_answered(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    refuse(session, himself(coming), row)
    report = reports(session)[0]
    escalations.answer_escalation(
        session, boss(team), report.id, instruction="补齐后接班", expected_version=report.row_version, book=BOOK, now=END
    )  # fmt: skip
    write(session, row, 1)
    handovers.sign_in(
        session, himself(coming), row.id, expected_version=row.row_version, book=BOOK, now=END + 2 * MINUTE
    )
    assert report.settled_at is None and report.answered_at == END


def test_while_a_refusal_stands_it_is_not_refused_again_and_after_it_was_completed_it_may_be(
    session: Session, row: Handover, coming: Agent
) -> None:
    refuse(session, himself(coming), row)
    with pytest.raises(Refused, match="refused and reported already"):
        refuse(session, himself(coming), row, reason="还是少一把", now=END - 9 * MINUTE)
    assert row.refused_reason == "钥匙少一把" and len(reports(session)) == 1
    write(session, row, -5)
    refuse(session, himself(coming), row, reason="还是少一把", now=END - 4 * MINUTE)
    first, second = reports(session)
    assert (first.settled_at, "钥匙少一把" in first.detail, "还是少一把" in second.detail) == (
        None,
        True,
        True,
    )
    assert [one.id for one in handovers.list_reports(session, row.id)] == [second.id, first.id]
    write(session, row, -3)
    handovers.sign_in(session, himself(coming), row.id, expected_version=row.row_version, book=BOOK, now=END)
    assert {one.settled_at for one in reports(session)} == {END}


def test_a_supervisor_who_records_it_for_somebody_reports_in_that_persons_name_and_may_answer(
    session: Session, row: Handover, team: Team
) -> None:
    refuse(session, boss(team), row)
    [report] = reports(session)
    assert (report.raised_by, report.to_role) == ("接班的人", "supervisor")
    assert escalations.may_answer(boss(team), report)


def test_a_refusal_that_is_not_accepted_reports_nothing(
    session: Session, row: Handover, coming: Agent
) -> None:
    with pytest.raises(Refused):
        refuse(session, himself(coming), row, reason=" ")
    with pytest.raises(StaleCase):
        handovers.refuse(
            session, himself(coming), row.id, reason="x", expected_version=row.row_version + 1, book=BOOK, now=END
        )  # fmt: skip
    assert reports(session) == []
