"""Reports up the ladder as they are read: who may make and answer them, and which somebody sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from db.models import Escalation
from db.visibility import NOT_YOURS
from db.waiting_lists import only, waiting_first
from regulations.access import AccessRefused, Scope
from regulations.levels import account_for, acts_for
from regulations.values import ROLES


def may_raise(scope: Scope) -> bool:
    """Whether somebody may report upward: whoever works on complaints or answers reports himself."""
    return scope.role in ROLES and (scope.may("complaints.register") or scope.may("escalations.answer"))


def may_answer(scope: Scope, row: Escalation) -> bool:
    """Whether the report waits for the viewer: the level it went to, and not whoever raised it."""
    return (
        is_waiting(row)
        and scope.may("escalations.answer")
        and account_for(row.to_role) == scope.role
        and row.raised_by != scope.actor
    )


def is_waiting(row: Escalation) -> bool:
    """Whether it waits for an instruction; what settled itself (a handover taken over after all) does not."""
    return row.answered_at is None and row.settled_at is None


def is_open(row: Escalation) -> bool:
    """Whether something is still owed: the instruction, or the report to whom was passed over."""
    return is_waiting(row) or (row.is_bypass and row.reported_at is None)


def get_escalation(session: Session, scope: Scope, escalation_id: int) -> Escalation:
    """The report. Raises AccessRefused for a role that stands on no ladder, LookupError when none is in scope."""
    if not may_raise(scope):
        raise AccessRefused(NOT_YOURS)
    row = session.scalar(
        visible(scope).where(Escalation.id == escalation_id).options(selectinload(Escalation.complaint))
    )
    if row is None:
        raise LookupError(escalation_id)
    return row


def list_escalations(
    session: Session,
    scope: Scope,
    *,
    complaint_id: int | None = None,
    open_only: bool = False,
    to_role: str | None = None,
    settled: tuple[datetime, datetime] | None = None,
) -> Sequence[Escalation]:
    """Reports in scope, the unanswered first, the longest waiting on top; an agent sees his own.

    `open_only` keeps what still owes something (`is_open`); `to_role` is a role of accounts and keeps what went to
    it; `settled` keeps what was answered, or told to whom was passed over, between two instants, both included.
    Raises AccessRefused for a role that stands on no ladder.
    """
    if not may_raise(scope):
        raise AccessRefused(NOT_YOURS)
    waits = and_(Escalation.answered_at.is_(None), Escalation.settled_at.is_(None))
    query = only(visible(scope), (Escalation.complaint_id, complaint_id))
    query = waiting_first(query, waits, Escalation.raised_at, Escalation.raised_at.desc(), Escalation.id)
    if open_only:
        owed = and_(Escalation.is_bypass.is_(True), Escalation.reported_at.is_(None))
        query = query.where(or_(waits, owed))
    if to_role is not None:
        query = query.where(Escalation.to_role.in_(acts_for(to_role)))
    if settled is not None:
        query = query.where(
            or_(Escalation.answered_at.between(*settled), Escalation.reported_at.between(*settled))
        )
    return session.scalars(query.options(selectinload(Escalation.complaint))).all()


def visible(scope: Scope) -> Select[Escalation]:
    """The reports that somebody may see: of his teams, and his own."""
    query = select(Escalation)
    if scope.agent_id is not None or scope.role == "agent":
        return query.where(Escalation.raised_by == scope.actor)
    if scope.team_ids is not None:
        query = query.where(or_(Escalation.team_id.in_(scope.team_ids), Escalation.raised_by == scope.actor))
    return query
