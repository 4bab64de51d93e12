"""Whose a request is: the level that must sign it, and whether this viewer may, with what was approved before counted in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db import rulebooks
from db.models import Approval, Complaint, Escalation
from regulations import approvals as rules
from regulations.access import Scope
from regulations.levels import account_for
from regulations.rulebook import Rulebook
from regulations.values import Role
from regulations.verdict import Step
from regulations.wording import money_text


def preview(
    session: Session, complaint: Complaint | None, *, kind: str, amount: Decimal | None, book: Rulebook
) -> rules.Ruling:
    """Who would have to sign, with what was already approved for the case counted in."""
    ruling = rules.required_level(kind, amount, book)
    before = approved_sum(session, complaint, kind)
    if not ruling.is_allowed or amount is None or not before:
        return ruling
    return _with_earlier(rules.required_level(kind, before + amount, book), before, amount)


def approved_sum(session: Session, complaint: Complaint | None, kind: str) -> Decimal:
    """CNY of this kind that were approved for the case, and for the cases in which the same matter was taken up."""
    if complaint is None:
        return Decimal(0)
    found = session.scalar(
        select(func.sum(Approval.amount)).where(
            Approval.complaint_id.in_(_same_matter(session, complaint)),
            Approval.kind == kind,
            Approval.state == "approved",
        )
    )
    return Decimal(found or 0).quantize(Decimal("0.01"))


def _same_matter(session: Session, complaint: Complaint) -> set[int]:
    """The case with those it takes up again and those that take it up (C4.25): one complaint, by its amount."""
    found, more = {complaint.id}, True
    while more:
        linked = session.execute(
            select(Complaint.id, Complaint.previous_id).where(
                or_(Complaint.previous_id.in_(found), Complaint.id.in_(found))
            )
        )
        reached = {case_id for row in linked for case_id in row if case_id is not None}
        more, found = bool(reached - found), found | reached
    return found


def may_decide_now(session: Session, scope: Scope, row: Approval, book: Rulebook) -> rules.Ruling:
    """Whether this viewer may decide on the request, by level alone; whether he sees it is asked elsewhere."""
    book = rulebooks.made_under(session, row.rulebook_version, book)
    required: Role = row.required_role  # type: ignore[assignment]
    level: Role = scope.role  # type: ignore[assignment]
    if account_for(required) == scope.role:
        level = required
    before = approved_sum(session, row.complaint, row.kind) if row.amount is not None else Decimal(0)
    is_urgent, is_handed_up = _ways_up(session, scope.role, row)
    ruling = rules.may_decide(
        row.kind,
        None if row.amount is None else row.amount + before,
        level,
        book,
        is_urgent=is_urgent,
        is_handed_up=is_handed_up,
        is_requester=row.requested_by == scope.actor,
    )
    return _with_earlier(ruling, before, row.amount) if before and row.amount is not None else ruling


def _ways_up(session: Session, role: str, row: Approval) -> tuple[bool, bool]:
    """Whether the case came to this level urgently past the one that must decide, and whether that one handed it up.

    A report that was answered before the request was made is settled and lends nobody anything.
    """
    if row.complaint_id is None:
        return False, False
    reports = session.scalars(
        select(Escalation).where(
            Escalation.complaint_id == row.complaint_id,
            Escalation.to_role == role,
            or_(Escalation.answered_at.is_(None), Escalation.answered_at >= row.requested_at),
        )
    ).all()
    is_past = any(report.is_urgent and row.required_role in report.skipped_roles for report in reports)
    return is_past, any(report.from_role == row.required_role for report in reports)


def _with_earlier(ruling: rules.Ruling, before: Decimal, amount: Decimal) -> rules.Ruling:
    total = before + amount
    step = Step(
        f"此前已批准 {money_text(before, 'zh')}，本次 {money_text(amount, 'zh')}，按合计 {money_text(total, 'zh')} 判断",
        f"{money_text(before, 'en')} was approved before, {money_text(amount, 'en')} now: judged by"
        f" {money_text(total, 'en')} in all",
        next(iter(ruling.clauses), None),
    )
    return replace(ruling, steps=(step, *ruling.steps))
