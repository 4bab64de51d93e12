"""Requests of all four kinds at once: one by its number, those that wait, and what became of the others.

The kinds themselves (db.leave, db.swaps, db.punch_corrections, db.overtime) check, write and decide; here they are read
together, because for whoever decides they are one pile. A swap belongs to the teams of both people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from db.models import Agent, Leave, Overtime, PunchCorrection, SwapRequest
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope

KINDS: tuple[str, ...] = ("leave", "swap", "correction", "overtime")
WAITING = "requested"
Row = Leave | SwapRequest | PunchCorrection | Overtime

_MODELS: dict[str, Any] = {
    "leave": Leave,
    "swap": SwapRequest,
    "correction": PunchCorrection,
    "overtime": Overtime,
}


def kind_of(row: Row) -> str:
    """Which of KINDS a row is."""
    return next(kind for kind, model in _MODELS.items() if isinstance(row, model))


def get_request(session: Session, scope: Scope, kind: str, number: int) -> Row:
    """The request. Raises LookupError when none is in scope, AccessRefused for who sees no requests."""
    query = _visible(scope, kind).where(_MODELS[kind].id == number)
    row: Row | None = session.scalar(query)
    if row is None:
        raise LookupError(number)
    return row


def list_waiting(session: Session, scope: Scope, kind: str, *, agent_id: int | None = None) -> Sequence[Row]:
    """What nobody has decided on yet, the longest waiting first; of one person where asked for (a swap is of two)."""
    model = _MODELS[kind]
    query = _visible(scope, kind).where(_state(model) == WAITING).order_by(_asked_at(model), model.id)
    return _of_person(session, query, kind, agent_id)


def list_settled(
    session: Session,
    scope: Scope,
    kind: str,
    *,
    from_at: datetime,
    to_at: datetime,
    agent_id: int | None = None,
) -> Sequence[Row]:
    """What was decided, withdrawn or amended between two instants, both included, the latest first."""
    model = _MODELS[kind]
    settled_at = func.coalesce(model.decided_at, _asked_at(model))
    query = (
        _visible(scope, kind)
        .where(_state(model) != WAITING, settled_at.between(from_at, to_at))
        .order_by(settled_at.desc(), model.id.desc())
    )
    return _of_person(session, query, kind, agent_id)


def list_unreturned(session: Session, scope: Scope, *, from_at: datetime, now: datetime) -> Sequence[Leave]:
    """Approved leave that ended between `from_at` and now and is not reported back from, the earliest end first.

    With it leave whose slip has not been handed in. Leave that another system decided on is not followed up here.
    """
    query = (
        _visible(scope, "leave")
        .where(
            Leave.status == "approved",
            Leave.required_role != "",
            Leave.ends_at.between(from_at, now),
            or_(Leave.returned_at.is_(None), Leave.slip_received_on.is_(None)),
        )
        .order_by(Leave.ends_at, Leave.id)
    )
    return session.scalars(query).all()


def _visible(scope: Scope, kind: str) -> Select[Any]:
    if not (scope.may("requests.view") or scope.may("requests.file")):
        raise AccessRefused(NOT_YOURS)
    if kind == "swap":
        return _visible_swaps(scope)
    model = _MODELS[kind]
    query = select(model).join(Agent, Agent.id == model.agent_id)
    return query.where(*_conditions(scope, Agent.team_id, model.agent_id))


def _visible_swaps(scope: Scope) -> Select[Any]:
    requester, partner = aliased(Agent), aliased(Agent)
    query = (
        select(SwapRequest)
        .join(requester, requester.id == SwapRequest.requester_id)
        .join(partner, partner.id == SwapRequest.partner_id)
        .options(selectinload(SwapRequest.shift), selectinload(SwapRequest.payback_shift))
    )
    return query.where(
        or_(
            and_(True, *_conditions(scope, requester.team_id, SwapRequest.requester_id)),
            and_(True, *_conditions(scope, partner.team_id, SwapRequest.partner_id)),
        )
    )


def _conditions(scope: Scope, team: Any, agent: Any) -> list[ColumnElement[bool]]:
    """As db.visibility.within, for columns of an alias."""
    if scope.role == "agent" and scope.agent_id is None:
        return [false()]
    found: list[ColumnElement[bool]] = []
    if scope.team_ids is not None:
        found.append(team.in_(scope.team_ids) if scope.team_ids else false())
    if scope.agent_id is not None:
        found.append(agent == scope.agent_id)
    return found


def _of_person(session: Session, query: Select[Any], kind: str, agent_id: int | None) -> Sequence[Row]:
    if agent_id is not None:
        model = _MODELS[kind]
        is_his = (
            or_(model.requester_id == agent_id, model.partner_id == agent_id)
            if kind == "swap"
            else model.agent_id == agent_id
        )
        query = query.where(is_his)
    return session.scalars(query).all()


def _state(model: Any) -> Any:
    return model.status if model is Leave else model.state


def _asked_at(model: Any) -> Any:
    return model.filed_at if model is Leave else model.requested_at
