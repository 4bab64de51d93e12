"""What the page of decisions reads: what was decided between two instants, and one matter by its number, in scope."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from db import approvals, escalations, ledger
from db.models import Complaint, LedgerEntry, Team
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, make_complaint, make_team, scope

MANAGER = scope("manager", actor="秦岚")
SECOND = timedelta(seconds=1)
EDGES = [
    ((NOW, NOW), True),  # both ends are included
    ((NOW - SECOND, NOW), True),
    ((NOW, NOW + SECOND), True),
    ((NOW - 5 * SECOND, NOW - SECOND), False),
    ((NOW + SECOND, NOW + 5 * SECOND), False),
]


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


@pytest.fixture
def case(session: Session) -> Complaint:
    return make_complaint(session)


def asking(case: Complaint) -> Scope:
    return Scope(None, "主管", "supervisor", (case.team_id,))


def a_stranger(session: Session) -> Scope:
    """The supervisor of another team."""
    team: Team = make_team(session)
    return Scope(None, "别组主管", "supervisor", (team.id,))


def entry(session: Session, case: Complaint) -> LedgerEntry:
    row = LedgerEntry(
        complaint_id=case.id, trigger="t", subject_kind="department", subject="物流部", kind="money", amount=Decimal(200),
        cause="…", proposed_at=NOW - timedelta(days=1), proposed_on=NOW.date(), clauses=[], steps=[],
        rulebook_version="test",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize(("between", "is_in"), EDGES)
def test_requests_decided_between_two_instants(
    session: Session, case: Complaint, book: Rulebook, between: tuple[object, object], is_in: bool
) -> None:
    row = approvals.request_approval(
        session,
        asking(case),
        case,
        kind="compensation",
        amount=Decimal(800),
        reason="运费",
        book=book,
        now=NOW,
    )
    assert approvals.list_approvals(session, MANAGER, decided=between) == []  # type: ignore[arg-type]
    approvals.decide_approval(
        session, MANAGER, row.id, is_approved=True, note="", expected_version=1, book=book, now=NOW
    )
    found = approvals.list_approvals(session, MANAGER, decided=between)  # type: ignore[arg-type]
    assert [one.id for one in found] == ([row.id] if is_in else [])


@pytest.mark.parametrize(("between", "is_in"), EDGES)
def test_reports_settled_between_two_instants(
    session: Session, case: Complaint, book: Rulebook, between: tuple[object, object], is_in: bool
) -> None:
    """The instruction and the report to whom was passed over both settle something."""
    answered, told = (
        escalations.raise_escalation(
            session, asking(case), None, reason="other", to_role=to_role, detail="现场", proposal="回电",
            is_urgent=True, book=book, now=NOW - timedelta(hours=1), team_id=case.team_id,
        )
        for to_role in ("manager", "executive")
    )  # fmt: skip
    assert escalations.list_escalations(session, MANAGER, settled=between) == []  # type: ignore[arg-type]
    escalations.answer_escalation(
        session, MANAGER, answered.id, instruction="同意", expected_version=1, book=book, now=NOW
    )
    escalations.report_to_skipped(
        session, asking(case), told.id, at=NOW, note="", expected_version=1, book=book, now=NOW
    )
    found = escalations.list_escalations(session, MANAGER, settled=between)  # type: ignore[arg-type]
    assert {one.id for one in found} == ({answered.id, told.id} if is_in else set())


@pytest.mark.parametrize(("between", "is_in"), EDGES)
def test_penalties_decided_between_two_instants(
    session: Session, case: Complaint, between: tuple[object, object], is_in: bool
) -> None:
    row = entry(session, case)
    assert ledger.list_entries(session, MANAGER, decided=between) == []  # type: ignore[arg-type]
    ledger.decide_entry(session, MANAGER, row.id, is_confirmed=True, note="", expected_version=1, now=NOW)
    found = ledger.list_entries(session, MANAGER, decided=between)  # type: ignore[arg-type]
    assert [one.id for one in found] == ([row.id] if is_in else [])


def test_one_matter_is_found_by_its_number_and_only_in_scope(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    report = escalations.raise_escalation(
        session, asking(case), case, reason="other", to_role="manager", detail="", proposal="回电", is_urgent=False,
        book=book, now=NOW,
    )  # fmt: skip
    row = entry(session, case)
    for viewer in (MANAGER, asking(case)):
        assert escalations.get_escalation(session, viewer, report.id) is report
        assert ledger.get_entry(session, viewer, row.id) is row
    stranger = a_stranger(session)
    for get, number in ((escalations.get_escalation, report.id), (ledger.get_entry, row.id)):
        with pytest.raises(LookupError):
            get(session, stranger, number)
        with pytest.raises(LookupError):
            get(session, MANAGER, 10**6)
        with pytest.raises(AccessRefused):
            get(session, scope("administrator"), number)
