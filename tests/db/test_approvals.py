"""Approvals: who may ask, who decides, what earlier sums do, and two people at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import approvals, escalations, rulebooks
from db.models import Approval, AuditEntry, Complaint
from db.refusals import Refused, StaleCase
from regulations.access import ACCOUNT_ROLES, SYSTEM, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, make_agent, make_complaint, make_team, scope
from tests.regulations.site_books import book_of

MANAGER = scope("manager", actor="秦岚")
EXECUTIVE = scope("executive", actor="director")
TOP = scope("top", actor="gm")
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["product_after_sales"])


@pytest.fixture
def case(session: Session) -> Complaint:
    return make_complaint(session)


def supervisor_of(case: Complaint, actor: str = "主管") -> Scope:
    return Scope(None, actor, "supervisor", (case.team_id,))


def ask(
    session: Session,
    case: Complaint,
    book: Rulebook,
    amount: str | None = "800",
    kind: str = "compensation",
    who: Scope | None = None,
    reason: str = "客户损失属实",
) -> Approval:
    return approvals.request_approval(
        session,
        who or supervisor_of(case),
        case,
        kind=kind,
        amount=None if amount is None else Decimal(amount),
        reason=reason,
        book=book,
        now=NOW,
    )


def decide(
    session: Session,
    who: Scope,
    row: Approval,
    book: Rulebook,
    *,
    is_approved: bool = True,
    note: str = "",
    seen: int | None = None,
) -> Approval:
    return approvals.decide_approval(
        session,
        who,
        row.id,
        is_approved=is_approved,
        note=note,
        expected_version=row.row_version if seen is None else seen,
        book=book,
        now=SOON,
    )


# Asking


def test_a_request_knows_who_must_sign_and_why(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book, "1000.01")
    session.commit()
    session.expire_all()
    stored = session.get_one(Approval, row.id)
    assert (stored.state, stored.required_role, stored.amount) == ("pending", "executive", Decimal("1000.01"))
    assert stored.clauses[0] == "C4.27" and stored.rulebook_version == book.version
    assert any("副总经理" in step["zh"] for step in stored.steps)
    assert session.scalars(select(AuditEntry.action)).all() == ["approval.requested"]


@pytest.mark.parametrize("amount", ["0", "-5", "NaN", "Infinity", "12.345", "1e20", None])
def test_no_amount_is_refused_and_leaves_nothing(
    session: Session, case: Complaint, book: Rulebook, amount: str | None
) -> None:
    with pytest.raises(Refused):
        ask(session, case, book, amount)
    assert session.scalars(select(Approval)).all() == []
    assert session.scalars(select(AuditEntry)).all() == []


def test_a_reason_is_needed(session: Session, case: Complaint, book: Rulebook) -> None:
    with pytest.raises(Refused, match="why"):
        ask(session, case, book, reason=" \x00 ")


def test_what_needs_no_approval_is_said_and_not_kept(session: Session, case: Complaint) -> None:
    with pytest.raises(Refused) as refused:
        ask(session, case, load_rulebook(["goods_sales"]), None, "discount_note")
    assert "不设审批" in refused.value.zh


def test_the_same_is_not_asked_twice_while_it_waits(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    ask(session, case, book)
    with pytest.raises(Refused, match="still waiting"):
        ask(session, case, book, "900")
    assert ask(session, case, book, None, "return_note").state == "pending"


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_only_who_works_on_complaints_asks(
    session: Session, case: Complaint, book: Rulebook, role: str
) -> None:
    who = Scope(None, role, role, None)
    if role in ("supervisor", "manager"):
        assert ask(session, case, book, who=who).requested_by == role
    else:
        with pytest.raises(AccessRefused):
            ask(session, case, book, who=who)


def test_another_teams_case_is_out_of_reach(session: Session, case: Complaint, book: Rulebook) -> None:
    stranger = scope("supervisor", make_team(session))
    with pytest.raises(AccessRefused):
        ask(session, case, book, who=stranger)
    row = ask(session, case, book)
    with pytest.raises(AccessRefused):
        decide(session, stranger, row, book)
    assert list(approvals.list_approvals(session, stranger)) == []
    with pytest.raises(LookupError):
        approvals.get_approval(session, stranger, row.id)


def test_sums_add_up_so_that_splitting_does_not_stay_under_a_tier(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    first = ask(session, case, book, "800")
    decide(session, MANAGER, first, book)
    second = ask(session, case, book, "300")
    assert second.required_role == "executive"
    assert "合计 1,100 元" in second.steps[0]["zh"]
    with pytest.raises(Refused, match="Deputy general manager"):
        decide(session, MANAGER, second, book)
    assert decide(session, EXECUTIVE, second, book).state == "approved"
    assert approvals.approved_sum(session, case, "compensation") == 1100


def test_neither_does_taking_the_matter_up_again_under_a_new_number(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    decide(session, scope("manager"), ask(session, case, book, "900"), book)
    again = make_complaint(session, case.agent, previous_id=case.id)
    third = make_complaint(session, case.agent, previous_id=again.id)
    other = make_complaint(session, case.agent)
    assert ask(session, third, book, "900").required_role == "executive"
    assert ask(session, other, book, "900").required_role == "manager"
    assert approvals.approved_sum(session, third, "compensation") == 900


def test_what_was_rejected_or_withdrawn_does_not_add_up(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    decide(session, MANAGER, ask(session, case, book, "900"), book, is_approved=False, note="证据不足")
    row = ask(session, case, book, "900")
    approvals.withdraw_approval(
        session, supervisor_of(case), row.id, expected_version=row.row_version, now=SOON
    )
    assert ask(session, case, book, "900").required_role == "manager"


# Deciding


@pytest.mark.parametrize(
    ("amount", "right"),
    [("1000", "manager"), ("1000.01", "executive"), ("5000", "executive"), ("5000.01", "top")],
)
def test_exactly_one_role_decides(
    session: Session, case: Complaint, book: Rulebook, amount: str, right: str
) -> None:
    row = ask(session, case, book, amount)
    for who in (supervisor_of(case, "另一主管"), MANAGER, EXECUTIVE, TOP):
        if who.role != right:
            with pytest.raises(Refused, match=r"C4\.27"):
                decide(session, who, row, book)
    assert row.state == "pending"
    who = next(w for w in (MANAGER, EXECUTIVE, TOP) if w.role == right)
    done = decide(session, who, row, book, note="同意")
    assert (done.state, done.decided_by, done.decided_role, done.decision_note) == (
        "approved",
        who.actor,
        right,
        "同意",
    )
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.approved")).one()
    assert (entry.actor, entry.detail["amount"]) == (who.actor, str(row.amount))


@pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
def test_other_roles_do_not_decide(session: Session, case: Complaint, book: Rulebook, role: str) -> None:
    row = ask(session, case, book)
    with pytest.raises(AccessRefused):
        decide(session, Scope(None, role, role, None), row, book)


def test_nobody_decides_his_own_request(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book, who=MANAGER)
    with pytest.raises(Refused, match="his own request"):
        decide(session, MANAGER, row, book)
    assert decide(session, scope("manager", actor="另一经理"), row, book).state == "approved"


def test_a_rejection_says_why(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book)
    with pytest.raises(Refused, match="say why"):
        decide(session, MANAGER, row, book, is_approved=False, note="  ")
    assert decide(session, MANAGER, row, book, is_approved=False, note="证据不足").state == "rejected"


def report(session: Session, who: Scope, case: Complaint, to_role: str, book: Rulebook, urgent: bool) -> None:
    escalations.raise_escalation(
        session,
        who,
        case,
        reason="other",
        to_role=to_role,
        detail="客户在现场",
        proposal="先行赔付",
        is_urgent=urgent,
        book=book,
        now=NOW,
    )


def test_an_urgent_report_lets_the_higher_level_decide(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = ask(session, case, book, "800")
    report(session, supervisor_of(case), case, "executive", book, urgent=True)
    with pytest.raises(Refused):  # not to this level
        decide(session, TOP, row, book)
    assert decide(session, EXECUTIVE, row, book).decided_role == "executive"
    assert any("越级" in step["zh"] for step in row.steps)


def test_a_report_that_was_settled_before_the_request_lends_nothing(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    report(session, supervisor_of(case), case, "executive", book, urgent=True)
    (raised,) = escalations.list_escalations(session, EXECUTIVE)
    escalations.answer_escalation(
        session,
        EXECUTIVE,
        raised.id,
        instruction="照办",
        expected_version=raised.row_version,
        book=book,
        now=NOW - timedelta(seconds=1),
    )
    row = ask(session, case, book, "800")
    with pytest.raises(Refused):
        decide(session, EXECUTIVE, row, book)


def test_a_manager_hands_his_own_request_up_and_it_is_decided_there(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    row = ask(session, case, book, "800", who=MANAGER)
    with pytest.raises(Refused):
        decide(session, EXECUTIVE, row, book)
    report(session, MANAGER, case, "executive", book, urgent=False)
    assert decide(session, EXECUTIVE, row, book).state == "approved"


def test_it_is_judged_by_the_rulebook_it_was_made_under(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    rulebooks.publish(session, SYSTEM, book, NOW.date(), NOW)
    row = ask(session, case, book, None, "discount_note")
    newer = load_rulebook(["goods_sales"])  # needs no approval for it at all
    with pytest.raises(Refused):
        decide(session, MANAGER, row, newer)
    assert decide(session, EXECUTIVE, row, newer).state == "approved"


def test_the_supervisor_decides_for_levels_without_an_account(session: Session, case: Complaint) -> None:
    book = book_of("telecom_call_centre", site='approval.remote_trip = "team_lead"')
    row = ask(session, case, book, None, "remote_trip", who=MANAGER)
    assert row.required_role == "team_lead"
    assert list(approvals.list_approvals(session, supervisor_of(case), waits_for_role="supervisor")) == [row]
    assert decide(session, supervisor_of(case), row, book).state == "approved"


# Withdrawing


def test_only_whoever_asked_withdraws(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book)
    with pytest.raises(Refused, match="主管"):
        approvals.withdraw_approval(session, MANAGER, row.id, expected_version=row.row_version, now=SOON)
    own = supervisor_of(case)
    assert (
        approvals.withdraw_approval(session, own, row.id, expected_version=row.row_version, now=SOON).state
        == "withdrawn"
    )
    with pytest.raises(StaleCase):
        decide(session, MANAGER, row, book)


# Two at once


def test_the_second_of_two_is_told_by_whom(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book)
    seen = row.row_version
    decide(session, MANAGER, row, book)
    with pytest.raises(StaleCase, match="秦岚"):
        decide(
            session, scope("manager", actor="另一经理"), row, book, is_approved=False, note="不", seen=seen
        )
    assert row.state == "approved"


def test_a_version_that_was_not_seen_is_refused(session: Session, case: Complaint, book: Rulebook) -> None:
    row = ask(session, case, book)
    with pytest.raises(StaleCase):
        decide(session, MANAGER, row, book, seen=row.row_version + 1)


def test_of_two_deciding_at_the_same_time_one_wins(engine: Engine, book: Rulebook) -> None:
    with Session(engine, expire_on_commit=False) as session:
        row = ask(session, make_complaint(session), book)
        session.commit()
    gate, told = threading.Barrier(2), []

    def go(actor: str, is_approved: bool) -> None:
        with Session(engine) as own:
            gate.wait()
            try:
                decide(own, scope("manager", actor=actor), row, book, is_approved=is_approved, note="定")
                own.commit()
            except StaleCase:
                told.append(actor)

    threads = [threading.Thread(target=go, args=args) for args in (("甲", True), ("乙", False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    with Session(engine) as session:
        stored = session.get_one(Approval, row.id)
        assert stored.decided_by in {"甲", "乙"} - set(told)
        decided = select(AuditEntry).where(AuditEntry.action.in_(("approval.approved", "approval.rejected")))
        assert len(session.scalars(decided).all()) == 1


def test_of_two_asking_at_the_same_time_one_request_is_made(engine: Engine, book: Rulebook) -> None:
    with Session(engine, expire_on_commit=False) as session:
        case = make_complaint(session)
        session.commit()
    gate, told = threading.Barrier(2), []

    def go(actor: str) -> None:
        with Session(engine) as own:
            gate.wait()
            try:
                ask(own, own.get_one(Complaint, case.id), book, who=scope("manager", actor=actor))
                own.commit()
            except Refused:
                told.append(actor)

    threads = [threading.Thread(target=go, args=(actor,)) for actor in ("甲", "乙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1


# Reading


def test_what_waits_stands_first_the_longest_waiting_on_top(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    rows = [ask(session, make_complaint(session, agent), book, amount) for amount in ("100", "2000", "300")]
    rows[0].requested_at = NOW - timedelta(hours=1)
    decide(session, MANAGER, rows[2], book)
    session.flush()
    assert [r.id for r in approvals.list_approvals(session, MANAGER)] == [rows[0].id, rows[1].id, rows[2].id]
    waiting = approvals.list_approvals(session, MANAGER, waits_for_role="manager")
    assert [r.id for r in waiting] == [rows[0].id]
    assert [r.id for r in approvals.list_approvals(session, EXECUTIVE, waits_for_role="executive")] == [
        rows[1].id
    ]
    assert [r.id for r in approvals.list_approvals(session, MANAGER, state="approved")] == [rows[2].id]
    case_id = rows[1].complaint_id
    assert [r.id for r in approvals.list_approvals(session, TOP, complaint_id=case_id)] == [rows[1].id]


def test_a_request_without_a_case_is_seen_by_its_maker_and_by_who_sees_all(
    session: Session, book: Rulebook
) -> None:
    team = make_team(session)
    own = scope("supervisor", team, actor="甲主管")
    row = approvals.request_approval(
        session, own, None, kind="remote_trip", amount=None, reason="赴外地", book=book, now=NOW
    )
    assert list(approvals.list_approvals(session, own)) == [row]
    assert list(approvals.list_approvals(session, scope("supervisor", team, actor="乙主管"))) == []
    assert list(approvals.list_approvals(session, MANAGER)) == [row]
    assert decide(session, MANAGER, row, book).state == "approved"


@pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
def test_who_does_not_see_complaints_sees_no_requests(session: Session, role: str) -> None:
    with pytest.raises(AccessRefused):
        approvals.list_approvals(session, Scope(None, role, role, None))
