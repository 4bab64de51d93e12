"""Reports upward: who raises, who answers, what a bypass owes, and two people at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import escalations
from db.models import AuditEntry, Complaint, Escalation
from db.refusals import Refused, StaleCase
from regulations.access import ACCOUNT_ROLES, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, local, make_agent, make_complaint, make_team, scope

MANAGER = scope("manager", actor="秦岚")
EXECUTIVE = scope("executive", actor="director")
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


@pytest.fixture
def case(session: Session) -> Complaint:
    return make_complaint(session)


def supervisor_of(case: Complaint, actor: str = "主管") -> Scope:
    return Scope(None, actor, "supervisor", (case.team_id,))


def report(
    session: Session, who: Scope, case: Complaint | None, book: Rulebook, **changes: object
) -> Escalation:
    values = {
        "reason": "beyond_remit",
        "to_role": "manager",
        "detail": "客户要求总部出面",
        "proposal": "建议由经理回电",
        "is_urgent": False,
        "now": NOW,
        **changes,
    }
    return escalations.raise_escalation(session, who, case, book=book, **values)  # type: ignore[arg-type]


def answer(
    session: Session,
    who: Scope,
    row: Escalation,
    book: Rulebook,
    text: str = "照此办理",
    seen: int | None = None,
) -> Escalation:
    return escalations.answer_escalation(
        session,
        who,
        row.id,
        instruction=text,
        expected_version=row.row_version if seen is None else seen,
        book=book,
        now=LATER,
    )


def tell(session: Session, who: Scope, row: Escalation, book: Rulebook, **changes: object) -> Escalation:
    values = {"at": LATER, "note": "电话告知", "expected_version": row.row_version, "now": LATER, **changes}
    return escalations.report_to_skipped(session, who, row.id, book=book, **values)  # type: ignore[arg-type]


# Raising


def test_a_report_keeps_its_proposal_way_and_reasons(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = report(session, supervisor_of(case), case, book)
    session.commit()
    session.expire_all()
    stored = session.get_one(Escalation, row.id)
    assert (stored.from_role, stored.to_role, stored.is_bypass) == ("supervisor", "manager", False)
    assert (stored.proposal, stored.team_id) == ("建议由经理回电", case.team_id)
    assert stored.steps and stored.clauses and stored.rulebook_version == book.version
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.detail["to_role"]) == ("escalation.raised", "manager")


@pytest.mark.parametrize(
    "changes",
    [
        {"proposal": " "},
        {"to_role": "executive"},
        {"to_role": "agent"},
        {"to_role": "nobody"},
        {"reason": "boredom"},
    ],
)
def test_what_the_rules_do_not_allow_is_refused_and_leaves_nothing(
    session: Session, case: Complaint, book: Rulebook, changes: dict[str, object]
) -> None:
    with pytest.raises(Refused):
        report(session, supervisor_of(case), case, book, **changes)
    assert session.scalars(select(Escalation)).all() == []
    assert session.scalars(select(AuditEntry)).all() == []


def test_the_refusal_names_the_clause(session: Session, case: Complaint, book: Rulebook) -> None:
    with pytest.raises(Refused, match=r"A2\.3"):
        report(session, supervisor_of(case), case, book, proposal="")
    with pytest.raises(Refused, match=r"A2\.2"):
        report(session, supervisor_of(case), case, book, to_role="top")


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_whoever_stands_on_the_ladder_reports(
    session: Session, case: Complaint, book: Rulebook, role: str
) -> None:
    who = Scope(None, role, role, (case.team_id,), case.agent_id if role == "agent" else None)
    above = {"agent": "supervisor", "supervisor": "manager", "manager": "executive", "executive": "top"}
    if role in above:
        assert report(session, who, case, book, to_role=above[role]).from_role == role
    elif role == "top":
        with pytest.raises(Refused, match="highest"):
            report(session, who, case, book, to_role="top")
    else:
        with pytest.raises(AccessRefused):
            report(session, who, case, book)


def test_another_teams_case_or_team_is_out_of_reach(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    stranger = scope("supervisor", make_team(session))
    with pytest.raises(AccessRefused):
        report(session, stranger, case, book)
    with pytest.raises(AccessRefused):
        report(session, stranger, None, book, team_id=case.team_id)


def test_the_same_is_not_reported_twice_while_it_waits(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    first = report(session, supervisor_of(case), case, book)
    with pytest.raises(Refused, match="waits for an answer"):
        report(session, supervisor_of(case), case, book)
    report(session, supervisor_of(case), case, book, reason="other")
    answer(session, MANAGER, first, book)
    assert report(session, supervisor_of(case), case, book).answered_at is None


def test_only_a_serious_case_takes_the_way_of_serious_cases(session: Session) -> None:
    book = load_rulebook(["office_building_property"])
    mild = make_complaint(session)
    serious = make_complaint(session, severity="serious")
    way = {"reason": "serious_complaint", "to_role": "executive"}
    with pytest.raises(Refused, match=r"severity first.*E1\.54|severity first.*C4\.17"):
        report(session, supervisor_of(mild), mild, book, **way)
    with pytest.raises(Refused, match="its own case"):
        report(session, supervisor_of(mild), None, book, team_id=mild.team_id, **way)
    row = report(session, supervisor_of(serious), serious, book, **way)
    assert (row.to_role, row.is_bypass, row.skipped_roles) == ("executive", False, [])


def test_a_report_without_a_case_belongs_to_its_team(session: Session, book: Rulebook) -> None:
    team, other = make_team(session), make_team(session)
    row = report(session, scope("supervisor", team), None, book, team_id=team.id)
    assert list(escalations.list_escalations(session, scope("supervisor", team))) == [row]
    assert list(escalations.list_escalations(session, scope("supervisor", other, actor="乙主管"))) == []
    assert list(escalations.list_escalations(session, MANAGER)) == [row]


# A bypass


def test_a_bypass_is_recorded_with_whom_it_passed_and_by_when_they_are_told(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = report(session, supervisor_of(case), case, book, to_role="top", is_urgent=True)
    assert (row.is_bypass, row.skipped_roles) == (True, ["manager", "executive"])
    assert row.report_due_at == local(2026, 11, 23, 23, 59, 59)


def test_it_stays_open_until_they_are_told(session: Session, case: Complaint, book: Rulebook) -> None:
    own = supervisor_of(case)
    row = report(session, own, case, book, to_role="executive", is_urgent=True)
    answer(session, EXECUTIVE, row, book)
    assert list(escalations.list_escalations(session, own, open_only=True)) == [row]
    told = tell(session, own, row, book)
    assert (told.reported_at, told.reported_by, told.report_note) == (LATER, "主管", "电话告知")
    assert list(escalations.list_escalations(session, own, open_only=True)) == []
    assert not escalations.is_open(row)
    with pytest.raises(StaleCase):
        tell(session, own, row, book)


def test_the_minute_of_the_report_is_late_enough(session: Session, case: Complaint, book: Rulebook) -> None:
    at = NOW + timedelta(seconds=40)
    row = report(session, supervisor_of(case), case, book, to_role="executive", is_urgent=True, now=at)
    assert tell(session, supervisor_of(case), row, book, at=NOW).reported_at == at


@pytest.mark.parametrize(
    "at", [NOW - timedelta(seconds=1), LATER + timedelta(hours=1)], ids=["before the report", "in the future"]
)
def test_they_cannot_have_been_told_then(
    session: Session, case: Complaint, book: Rulebook, at: object
) -> None:
    row = report(session, supervisor_of(case), case, book, to_role="executive", is_urgent=True)
    with pytest.raises(Refused):
        tell(session, supervisor_of(case), row, book, at=at)
    assert row.reported_at is None


def test_there_is_nothing_to_tell_when_nobody_was_passed_over(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = report(session, supervisor_of(case), case, book, is_urgent=True)
    with pytest.raises(Refused, match="nobody was passed over"):
        tell(session, supervisor_of(case), row, book)


# Answering


def test_the_level_it_went_to_answers_and_nobody_else(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = report(session, supervisor_of(case), case, book)
    for who in (EXECUTIVE, scope("top"), supervisor_of(case, "另一主管")):
        assert not escalations.may_answer(who, row)
        with pytest.raises(Refused, match="answered by Department manager"):
            answer(session, who, row, book)
    assert escalations.may_answer(MANAGER, row)
    with pytest.raises(Refused, match="write the instruction"):
        answer(session, MANAGER, row, book, text="  ")
    done = answer(session, MANAGER, row, book, text="今日内回电,赔付 300 元")
    assert (done.answered_by, done.answered_at, done.instruction) == ("秦岚", LATER, "今日内回电,赔付 300 元")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "escalation.answered")).one()
    assert entry.detail["instruction"] == "今日内回电,赔付 300 元"


@pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
def test_other_roles_do_not_answer(session: Session, case: Complaint, book: Rulebook, role: str) -> None:
    row = report(session, supervisor_of(case), case, book)
    with pytest.raises(AccessRefused):
        answer(session, Scope(None, role, role, None), row, book)


def test_the_supervisor_answers_for_the_squad_leader_who_has_no_account(
    session: Session, case: Complaint
) -> None:
    book = load_rulebook(["telecom_call_centre"])
    agent = Scope(None, "K1", "agent", (case.team_id,), case.agent_id)
    row = report(session, agent, case, book, reason="difficult_customer", to_role="team_lead")
    assert list(escalations.list_escalations(session, supervisor_of(case), to_role="supervisor")) == [row]
    assert answer(session, supervisor_of(case), row, book).answered_by == "主管"


def test_the_second_of_two_is_told_by_whom(session: Session, case: Complaint, book: Rulebook) -> None:
    row = report(session, supervisor_of(case), case, book)
    seen = row.row_version
    answer(session, MANAGER, row, book)
    with pytest.raises(StaleCase, match="秦岚"):
        answer(session, scope("manager", actor="另一经理"), row, book, text="另办", seen=seen)
    assert row.instruction == "照此办理"


def test_a_version_that_was_not_seen_is_refused(session: Session, case: Complaint, book: Rulebook) -> None:
    row = report(session, supervisor_of(case), case, book, to_role="executive", is_urgent=True)
    seen = row.row_version
    tell(session, supervisor_of(case), row, book)
    with pytest.raises(StaleCase):
        answer(session, EXECUTIVE, row, book, seen=seen)


def test_another_teams_report_is_neither_seen_nor_told(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = report(session, supervisor_of(case), case, book, to_role="executive", is_urgent=True)
    stranger = scope("supervisor", make_team(session))
    assert list(escalations.list_escalations(session, stranger)) == []
    with pytest.raises(AccessRefused):
        tell(session, stranger, row, book)


# Reading


def test_the_unanswered_stand_first_the_longest_waiting_on_top(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    cases = [make_complaint(session, agent) for _ in range(3)]
    rows = [
        report(session, supervisor_of(c), c, book, now=NOW - timedelta(hours=h))
        for c, h in zip(cases, (1, 3, 2), strict=True)
    ]
    answer(session, MANAGER, rows[1], book)
    found = [r.id for r in escalations.list_escalations(session, MANAGER)]
    assert found == [rows[2].id, rows[0].id, rows[1].id]
    of_case = escalations.list_escalations(session, MANAGER, complaint_id=cases[0].id)
    assert [r.id for r in of_case] == [rows[0].id]


def test_an_agent_sees_his_own_reports_only(session: Session, case: Complaint, book: Rulebook) -> None:
    agent = Scope(None, "K1", "agent", (case.team_id,), case.agent_id)
    own = report(session, agent, case, book, to_role="supervisor")
    report(session, supervisor_of(case), case, book)
    assert list(escalations.list_escalations(session, agent)) == [own]
