"""Objections as they are read: by whoever filed them, by whoever decides, by those in charge."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from db.calls import in_scope
from db.models import Call, Dispute
from db.review_blind import hidden_from
from db.visibility import demand
from regulations.access import Scope


def list_disputes(
    session: Session,
    scope: Scope,
    *,
    team_id: int | None = None,
    state: str | None = None,
    filed: tuple[date, date] | None = None,
    limit: int | None = None,
) -> list[Dispute]:
    """Objections in scope: open ones by their deadline, then the others, the latest decided first.

    `state`: open decided withdrawn; `filed`: on local days from..to, both included. An agent reads his own; others need disputes.view.
    Who reviews does not get those about calls that he is still to hear blind: the manager decides them. Raises AccessRefused.
    """
    if scope.role != "agent":
        demand(scope, "disputes.view")
    query = (
        select(Dispute)
        .join(Call, Call.id == Dispute.call_id)
        .where(*in_scope(scope), *hidden_from(scope))
        .options(joinedload(Dispute.call).joinedload(Call.agent), joinedload(Dispute.agent))
        .order_by(
            case((Dispute.state == "open", 0), else_=1),
            case((Dispute.state == "open", Dispute.due_at)),
            Dispute.decided_at.desc(),
            Dispute.id,
        )
        .limit(limit)
    )
    if team_id is not None:
        query = query.where(Call.team_id == team_id)
    if state is not None:
        query = query.where(Dispute.state == state)
    if filed is not None:
        query = query.where(Dispute.filed_on.between(*filed))
    return list(session.scalars(query))


def list_of_call(session: Session, scope: Scope, call_id: str) -> list[Dispute]:
    """The objections in a call that were not withdrawn, the earliest first. Raises AccessRefused without disputes.view."""
    demand(scope, "disputes.view")
    return list(
        session.scalars(
            select(Dispute)
            .join(Call, Call.id == Dispute.call_id)
            .where(
                Call.call_id == call_id, Dispute.state != "withdrawn", *in_scope(scope), *hidden_from(scope)
            )
            .order_by(Dispute.filed_at, Dispute.id)
        )
    )


def get_dispute(session: Session, scope: Scope, dispute_id: int) -> Dispute:
    """The objection, if it is the viewer's to see. Raises LookupError otherwise, AccessRefused without disputes.view."""
    if scope.role != "agent":
        demand(scope, "disputes.view")
    found = session.scalar(
        select(Dispute)
        .join(Call, Call.id == Dispute.call_id)
        .where(Dispute.id == dispute_id, *in_scope(scope), *hidden_from(scope))
        .options(joinedload(Dispute.call).joinedload(Call.agent), joinedload(Dispute.agent))
    )
    if found is None:
        raise LookupError(f"dispute {dispute_id}")
    return found


def state_of(dispute: Dispute, now: datetime) -> str:
    """Where it stands: a code of names.NAMES["dispute_state"]."""
    if dispute.state == "decided":
        return dispute.decision
    if dispute.state == "open" and dispute.due_at is not None and dispute.due_at < now:
        return "overdue"
    return dispute.state
