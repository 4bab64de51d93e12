"""Reports up the ladder, the instructions they got, and what is still owed to a superior who was passed over (A2.2, A2.3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.accounts import display_name
from db.engine import take_write_lock
from db.escalation_lists import (
    get_escalation,
    is_open,
    is_waiting,
    list_escalations,
    may_answer,
    may_raise,
    visible,
)
from db.models import Complaint, Escalation
from db.refusals import Refused, StaleCase, refuse_future
from db.visibility import NOT_YOURS, demand, demand_row
from regulations import escalation as rules
from regulations.access import AccessRefused, Scope
from regulations.levels import account_for, titles
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.values import Role
from regulations.worktime import WorkCalendar

__all__ = [
    "StaleCase",
    "answer_escalation",
    "get_escalation",
    "is_open",
    "is_waiting",
    "list_escalations",
    "may_answer",
    "may_raise",
    "raise_escalation",
    "report_to_skipped",
]

LONGEST = 4000


def raise_escalation(
    session: Session,
    scope: Scope,
    complaint: Complaint | None,
    *,
    reason: str,
    to_role: str,
    detail: str,
    proposal: str,
    is_urgent: bool,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
) -> Escalation:
    """Report upward with a proposed handling. Where it may go and what a bypass owes is `regulations.escalation.route`.

    `team_id` says whose matter it is when there is no case. Raises AccessRefused for a role that stands on no ladder
    and for a case or team out of scope; Refused for a route or a report that the rules do not allow.
    """
    if not may_raise(scope):
        raise AccessRefused(NOT_YOURS)
    if complaint is not None:
        demand_row(scope, complaint)
        team_id = complaint.team_id
        take_write_lock(session.connection())
        session.execute(select(Complaint.id).where(Complaint.id == complaint.id).with_for_update())
    elif team_id is not None and not scope.sees_team(team_id):
        raise AccessRefused(NOT_YOURS)
    _refuse_mild(reason, complaint, book)
    from_role: Role = scope.role  # type: ignore[assignment]
    found = rules.route(reason, from_role, to_role, is_urgent, proposal, book, now)  # type: ignore[arg-type]
    if not found.is_allowed or found.to_role is None:
        first = found.violations[0]
        clause = f" ({first.clause})" if first.clause else ""
        raise Refused(first.zh + clause, first.en + clause)
    _refuse_second(session, complaint, reason, found.to_role, book)
    row = Escalation(
        complaint_id=complaint.id if complaint is not None else None,
        complaint=complaint,
        team_id=team_id,
        reason=reason,
        detail=_tidy(detail),
        proposal=_tidy(proposal),
        from_role=from_role,
        to_role=found.to_role,
        raised_by=scope.actor,
        raised_at=now,
        raised_on=WorkCalendar.from_rulebook(book).day_of(now),
        is_urgent=is_urgent,
        is_bypass=bool(found.skipped_roles),
        skipped_roles=list(found.skipped_roles),
        report_due_at=found.report_due_at,
        clauses=list(found.clauses),
        steps=[step.as_record() for step in found.steps],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    _log(session, scope, row, "escalation.raised", now, reason=reason, skipped=list(found.skipped_roles))
    return row


def report_to_skipped(
    session: Session,
    scope: Scope,
    escalation_id: int,
    *,
    at: datetime,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Escalation:
    """Record that the superior who was passed over has been told, and when (A2.2).

    Raises AccessRefused, StaleCase when it was recorded already, Refused when nobody was passed over or the time cannot be.
    """
    if not may_raise(scope):
        raise AccessRefused(NOT_YOURS)
    row = _locked(session, scope, escalation_id)
    if not row.is_bypass:
        raise Refused(
            "这次上报没有越级，无须补报。", "nobody was passed over: there is nothing to report afterwards"
        )
    if row.reported_at is not None:
        who = display_name(session, row.reported_by)
        raise StaleCase(f"{who}刚才已登记补报。", f"{who} has recorded the report already")
    _refuse_changed(row, expected_version)
    refuse_future(at, now)
    if at < row.raised_at.replace(second=0, microsecond=0):  # people give the minute
        raise Refused("补报时间不能早于上报时间。", "the time is before the report was made")
    row.reported_at = max(at, row.raised_at)
    row.reported_by, row.report_note = scope.actor, _tidy(note)
    session.flush()
    _log(session, scope, row, "escalation.reported", now, at=at.isoformat(), note=row.report_note)
    return row


def answer_escalation(
    session: Session,
    scope: Scope,
    escalation_id: int,
    *,
    instruction: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Escalation:
    """Record the instruction in detail (A2.3), by the level the report went to.

    Raises AccessRefused without escalations.answer or out of scope, StaleCase when somebody else was quicker, Refused
    for another level, for one's own report, and for an empty instruction.
    """
    demand(scope, "escalations.answer")
    row = _locked(session, scope, escalation_id)
    if row.answered_at is not None:
        who = display_name(session, row.answered_by)
        raise StaleCase(f"{who}刚才已作批示。", f"{who} has answered it already")
    _refuse_changed(row, expected_version)
    if row.settled_at is not None:
        raise StaleCase(
            "已接班或已审阅，无须再批示。", "it was taken over or reviewed: no instruction is needed"
        )
    if account_for(row.to_role) != scope.role:
        zh, en = titles(row.to_role, book)  # type: ignore[arg-type]
        raise Refused(f"这次上报由{zh}批示。", f"this report is answered by {en}")
    if row.raised_by == scope.actor:
        raise Refused("不能批示自己的上报。", "nobody answers his own report")
    instruction = _tidy(instruction)
    if not instruction:
        raise Refused("请写明批示内容。", "write the instruction")
    row.answered_by, row.answered_at, row.instruction = scope.actor, now, instruction
    session.flush()
    _log(session, scope, row, "escalation.answered", now, instruction=instruction)
    return row


def _refuse_mild(reason: str, complaint: Complaint | None, book: Rulebook) -> None:
    """Only a serious case takes the way of serious cases: it passes levels over (C4.17, E1.54)."""
    if reason != "serious_complaint":
        return
    levels = book.items("complaint.severity_levels") or ()
    if complaint is None:
        raise Refused(
            "以重大投诉为由上报，须在该投诉中办理。", "report a serious complaint from its own case"
        )
    if levels and complaint.severity == levels[0]:
        clause = book.clause("complaint.severe_route") or ""
        zh = name_of("severity", complaint.severity)
        raise Refused(
            f"这件投诉的严重程度是“{zh}”。确属重大的，请先变更严重程度。({clause})",
            f"this case is {name_of('severity', complaint.severity, 'en').lower()}: change its severity first if it"
            f" is serious ({clause})",
        )


def _refuse_second(
    session: Session, complaint: Complaint | None, reason: str, to_role: Role, book: Rulebook
) -> None:
    if complaint is None:
        return
    waiting = session.scalar(
        select(Escalation.raised_by).where(
            Escalation.complaint_id == complaint.id,
            Escalation.reason == reason,
            Escalation.to_role == to_role,
            Escalation.answered_at.is_(None),
        )
    )
    if waiting is not None:
        waiting, (zh, en) = display_name(session, waiting), titles(to_role, book)
        raise Refused(
            f"{waiting}已就此事上报{zh}，正在等待批示。",
            f"{waiting} has reported this to {en}: it waits for an answer",
        )


def _locked(session: Session, scope: Scope, escalation_id: int) -> Escalation:
    take_write_lock(session.connection())
    row = session.get(Escalation, escalation_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(escalation_id)
    if session.scalar(visible(scope).with_only_columns(Escalation.id).where(Escalation.id == row.id)) is None:
        raise AccessRefused(NOT_YOURS)
    return row


def _refuse_changed(row: Escalation, expected_version: int) -> None:
    if row.row_version != expected_version:
        raise StaleCase(
            "这次上报刚才有变动，请查看最新内容后再处理。",
            "the report has just changed: look at it again, then act",
        )


def _tidy(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST]


def _log(
    session: Session, scope: Scope, row: Escalation, action: str, now: datetime, **words: object
) -> None:
    detail = {"complaint_id": row.complaint_id, "to_role": row.to_role, "is_urgent": row.is_urgent, **words}
    audit.record(session, scope, action, "escalation", row.id, detail, at=now)
