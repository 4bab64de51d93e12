"""Requests for a signature (compensation and other notes), and the one decision each of them gets (C4.27 to C4.29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from db import audit
from db.accounts import display_name
from db.approval_levels import approved_sum, may_decide_now, preview
from db.engine import take_write_lock
from db.freshness import demand_fresh
from db.models import Approval, Complaint
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS, demand, demand_row, within
from db.waiting_lists import only, waiting_first, waiting_for
from regulations.access import AccessRefused, Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

__all__ = [
    "StaleCase",
    "approved_sum",
    "decide_approval",
    "get_approval",
    "list_approvals",
    "may_decide_now",
    "preview",
    "request_approval",
    "withdraw_approval",
]

LONGEST_REASON = 2000


def request_approval(
    session: Session,
    scope: Scope,
    complaint: Complaint | None,
    *,
    kind: str,
    amount: Decimal | None,
    reason: str,
    book: Rulebook,
    now: datetime,
) -> Approval:
    """Ask for a signature; who must give it follows from the rulebook in force.

    Compensation is judged by the whole sum of the case: what was approved before counts (C4.27 goes by the amount of
    the complaint). Raises AccessRefused without complaints.act or for a case out of scope, Refused for an amount that
    is none, without a reason, where the rulebook asks for no approval, and while the same is pending.
    """
    demand(scope, "complaints.act")
    if complaint is not None:
        demand_row(scope, complaint)
        _lock_case(session, complaint)
    reason = _tidy(reason)
    if not reason:
        raise Refused("请写明申请理由。", "say why it is asked for")
    ruling = preview(session, complaint, kind=kind, amount=amount, book=book)
    if not ruling.is_allowed:
        raise Refused(ruling.violations[0].zh, ruling.violations[0].en)
    if ruling.required_role is None:
        raise Refused(f"{ruling.steps[-1].zh}。", f"{ruling.steps[-1].en}.")
    _refuse_second(session, complaint, kind)
    row = Approval(
        complaint_id=complaint.id if complaint is not None else None,
        complaint=complaint,
        kind=kind,
        amount=amount,
        reason=reason,
        requested_by=scope.actor,
        requested_at=now,
        requested_on=WorkCalendar.from_rulebook(book).day_of(now),
        required_role=ruling.required_role,
        clauses=list(ruling.clauses),
        steps=[step.as_record() for step in ruling.steps],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    _log(session, scope, row, "approval.requested", now, reason=reason)
    return row


def decide_approval(
    session: Session,
    scope: Scope,
    approval_id: int,
    *,
    is_approved: bool,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Approval:
    """Approve or reject, under the rulebook the request was made under. A rejection says why.

    Raises AccessRefused without approvals.decide or out of scope, StaleCase when somebody else was quicker, Refused
    for the wrong level (naming the right one and the clause), for one's own request, and for a rejection without a note.
    """
    demand(scope, "approvals.decide")
    row = _locked(session, scope, approval_id, expected_version)
    ruling = may_decide_now(session, scope, row, book)
    if not ruling.is_allowed:
        first = ruling.violations[0]
        clause = f" ({first.clause})" if first.clause else ""
        raise Refused(first.zh + clause, first.en + clause)
    note = _tidy(note)
    if not is_approved and not note:
        raise Refused("驳回时请写明理由。", "say why it is rejected")
    row.state = "approved" if is_approved else "rejected"
    row.decided_by, row.decided_role, row.decided_at = scope.actor, scope.role, now
    row.decision_note = note
    row.clauses = list(ruling.clauses)
    row.steps = [step.as_record() for step in ruling.steps]
    session.flush()
    _log(session, scope, row, f"approval.{row.state}", now, note=note)
    return row


def withdraw_approval(
    session: Session, scope: Scope, approval_id: int, *, expected_version: int, now: datetime, note: str = ""
) -> Approval:
    """Take one's own request back while nobody has decided. Raises AccessRefused, StaleCase, Refused for another's."""
    demand(scope, "complaints.act")
    row = _locked(session, scope, approval_id, expected_version)
    if row.requested_by != scope.actor:
        who = display_name(session, row.requested_by)
        raise Refused(f"只有申请人{who}可以撤回。", f"only {who}, who asked for it, may withdraw it")
    row.state, row.decided_by, row.decided_at = "withdrawn", scope.actor, now
    row.decided_role, row.decision_note = scope.role, _tidy(note)
    session.flush()
    _log(session, scope, row, "approval.withdrawn", now, note=row.decision_note)
    return row


def get_approval(session: Session, scope: Scope, approval_id: int) -> Approval:
    """The request. Raises LookupError when none is in scope."""
    demand(scope, "complaints.view")
    row: Approval | None = session.scalar(_visible(scope).where(Approval.id == approval_id))
    if row is None:
        raise LookupError(approval_id)
    return row


def list_approvals(
    session: Session,
    scope: Scope,
    *,
    state: str | None = None,
    complaint_id: int | None = None,
    waits_for_role: str | None = None,
    decided: tuple[datetime, datetime] | None = None,
) -> Sequence[Approval]:
    """Requests in scope: those that wait first, the longest waiting on top, then the decided, latest first.

    `waits_for_role` is a role of accounts and keeps what waits for it; `decided` keeps what was settled between two
    instants, both included. Raises AccessRefused without complaints.view.
    """
    demand(scope, "complaints.view")
    pending = Approval.state == "pending"
    query = only(_visible(scope), (Approval.state, state), (Approval.complaint_id, complaint_id))
    query = waiting_for(query, pending, Approval.required_role, waits_for_role)
    query = waiting_first(query, pending, Approval.requested_at, Approval.decided_at.desc(), Approval.id)
    if decided is not None:
        query = query.where(Approval.decided_at.between(*decided))
    return session.scalars(query).all()


def _visible(scope: Scope) -> Select[Approval]:
    """Requests on cases in scope; one without a case is seen by whoever made it and by those who see every team."""
    query = select(Approval).outerjoin(Approval.complaint).options(contains_eager(Approval.complaint))
    conditions = within(scope, team=Complaint.team_id, agent=Complaint.agent_id)
    if not conditions:
        return query
    own = and_(Approval.complaint_id.is_(None), Approval.requested_by == scope.actor)
    return query.where(or_(and_(Approval.complaint_id.is_not(None), *conditions), own))


def _refuse_second(session: Session, complaint: Complaint | None, kind: str) -> None:
    if complaint is None:
        return
    waiting = session.scalar(
        select(Approval.requested_by).where(
            Approval.complaint_id == complaint.id, Approval.kind == kind, Approval.state == "pending"
        )
    )
    if waiting is not None:
        waiting = display_name(session, waiting)
        zh, en = name_of("approval_kind", kind), name_of("approval_kind", kind, "en").lower()
        raise Refused(
            f"{waiting}提出的{zh}申请还在等待审批，请先等其办结或撤回。",
            f"a request for {en} by {waiting} is still waiting: let it be decided or withdrawn first",
        )


def _lock_case(session: Session, complaint: Complaint) -> None:
    """Two requests for one case at once are made one after the other."""
    take_write_lock(session.connection())
    session.execute(select(Complaint.id).where(Complaint.id == complaint.id).with_for_update())


def _locked(session: Session, scope: Scope, approval_id: int, expected_version: int) -> Approval:
    """The pending request as it is now, with nobody else able to decide on it until we are done."""
    take_write_lock(session.connection())
    row = session.get(Approval, approval_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(approval_id)
    if row.complaint is not None:
        demand_row(scope, row.complaint)
    elif scope.team_ids is not None and row.requested_by != scope.actor:
        raise AccessRefused(NOT_YOURS)
    demand_fresh(
        session,
        row.state,
        ("pending",),
        row.decided_by,
        row.row_version,
        expected_version,
        kind="approval_state",
    )
    return row


def _tidy(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_REASON]


def _log(session: Session, scope: Scope, row: Approval, action: str, now: datetime, **words: str) -> None:
    detail = {
        "complaint_id": row.complaint_id,
        "kind": row.kind,
        "amount": None if row.amount is None else str(row.amount),
        "required_role": row.required_role,
        **words,
    }
    audit.record(session, scope, action, "approval", row.id, detail, at=now)
