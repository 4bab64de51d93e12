"""Requests for overtime as they are read: which are in scope, how they stand by the rules of today, who may decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from db import rulebooks
from db.models import Agent, Overtime, User
from db.overtime_facts import facts_of
from db.overtime_hours import demand_view
from db.visibility import within
from db.waiting_lists import only, waiting_first, waiting_for
from regulations import overtime as rules
from regulations.access import Scope
from regulations.levels import account_for
from regulations.overtime import OvertimeRuling
from regulations.rulebook import Rulebook
from regulations.ruling import Violation
from regulations.values import Role


def get_overtime(session: Session, scope: Scope, overtime_id: int) -> Overtime:
    """The request. Raises LookupError when none is in scope, AccessRefused for a role that sees none."""
    demand_view(scope)
    row = session.scalar(
        select(Overtime)
        .join(Overtime.agent)
        .options(contains_eager(Overtime.agent))
        .where(Overtime.id == overtime_id, *within(scope, team=Agent.team_id, agent=Overtime.agent_id))
    )
    if row is None:
        raise LookupError(overtime_id)
    return row


def list_overtime(
    session: Session,
    scope: Scope,
    *,
    state: str | None = None,
    agent_id: int | None = None,
    team_id: int | None = None,
    waits_for_role: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Sequence[Overtime]:
    """Requests in scope: those that wait first, the longest waiting on top, then the others, latest first.

    The dates are those the overtime belongs to, both included; `waits_for_role` is a role of accounts. Raises
    AccessRefused.
    """
    demand_view(scope)
    waits = Overtime.state == "requested"
    query = (
        select(Overtime)
        .join(Overtime.agent)
        .options(contains_eager(Overtime.agent))
        .where(*within(scope, team=Agent.team_id, agent=Overtime.agent_id))
    )
    query = waiting_first(query, waits, Overtime.requested_at, Overtime.starts_at.desc(), Overtime.id)
    query = only(query, (Overtime.state, state), (Overtime.agent_id, agent_id), (Agent.team_id, team_id))
    query = waiting_for(query, waits, Overtime.required_role, waits_for_role)
    if from_on is not None:
        query = query.where(Overtime.work_on >= from_on)
    if to_on is not None:
        query = query.where(Overtime.work_on <= to_on)
    return session.scalars(query).all()


def ruling_of(session: Session, row: Overtime, book: Rulebook, now: datetime) -> OvertimeRuling:
    """The check of a request as it stands now: the roster, the leave and the other requests of today.

    It is judged under the rulebook it was asked for under, and by the moment it was asked for.
    """
    facts = facts_of(
        session, row.agent_id, row.starts_at, row.ends_at, row.compensation, row.requested_at, without=row.id
    )
    return rules.check(facts, rulebooks.made_under(session, row.rulebook_version, book), now)


def may_decide_now(session: Session, scope: Scope, row: Overtime, book: Rulebook) -> Violation | None:
    """Why this viewer may not decide on the request, by level; None when he may. Whether he sees it is asked elsewhere."""
    book = rulebooks.made_under(session, row.rulebook_version, book)
    role: Role = row.required_role or "manager"  # type: ignore[assignment]
    asked = session.execute(
        select(User.role, User.agent_id).where(User.username == row.requested_by)
    ).one_or_none()
    is_himself = scope.user_id is not None and row.agent_id == session.scalar(
        select(User.agent_id).where(User.id == scope.user_id)
    )
    return rules.decide_violation(
        scope.role,
        role,
        book,
        is_own=row.requested_by == scope.actor or is_himself,
        is_from_that_level=asked is not None and asked.role == account_for(role),
    )
