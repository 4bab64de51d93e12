"""Callbacks (回访): what is owed to whom until when. Attempts, decisions and the work list are offered here too."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, selectinload

from db.callback_attempts import (
    attempts_of,
    check_attempt,
    follow_attempts,
    next_attempt_of,
    obligation_of,
    record_attempt,
    reopening_of,
)
from db.callback_callers import list_callers
from db.callback_decisions import decide_unreachable, reassign
from db.callback_obligations import add_callback, owe_after_resolution
from db.callback_work import ToCall, list_to_call
from db.models import Callback
from db.visibility import within
from regulations.access import Scope

__all__ = [
    "ToCall",
    "add_callback",
    "attempts_of",
    "check_attempt",
    "decide_unreachable",
    "follow_attempts",
    "get_callback",
    "list_callbacks",
    "list_callers",
    "list_to_call",
    "list_work",
    "next_attempt_of",
    "obligation_of",
    "owe_after_resolution",
    "reassign",
    "record_attempt",
    "reopening_of",
    "state_of",
]


def list_callbacks(
    session: Session,
    scope: Scope,
    *,
    now: datetime,
    from_on: date | None = None,
    to_on: date | None = None,
    team_id: int | None = None,
    open_only: bool = False,
    kind: str | None = None,
    limit: int | None = None,
) -> list[Callback]:
    """Callbacks in scope with their attempts, the earliest due first.

    `from_on` and `to_on` are the local dates they are due, both included. `open_only` keeps what is neither
    completed nor ended. `now` is there for callers that word the state; what is listed does not depend on it.
    """
    query = (
        select(Callback)
        .options(selectinload(Callback.attempts), selectinload(Callback.complaint))
        .where(*within(scope, team=Callback.team_id, agent=Callback.agent_id))
        .order_by(Callback.due_at, Callback.id)
    )
    if from_on is not None:
        query = query.where(Callback.due_on >= from_on)
    if to_on is not None:
        query = query.where(Callback.due_on <= to_on)
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    if kind is not None:
        query = query.where(Callback.kind == kind)
    if open_only:
        query = query.where(is_open())
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def list_work(
    session: Session, scope: Scope, now: datetime, until: datetime, team_id: int | None = None
) -> list[Callback]:
    """Callbacks that are open (not completed, not ended) and overdue or due up to `until`, the earliest first."""
    query = (
        select(Callback)
        .options(selectinload(Callback.attempts), selectinload(Callback.complaint))
        .where(
            is_open(),
            Callback.due_at <= max(now, until),
            *within(scope, team=Callback.team_id, agent=Callback.agent_id),
        )
        .order_by(Callback.due_at, Callback.id)
    )
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    return list(session.scalars(query))


def is_open() -> ColumnElement[bool]:
    """Whether there is still something to do about a callback: neither completed nor ended."""
    return and_(Callback.completed_at.is_(None), Callback.settled_at.is_(None))


def get_callback(session: Session, scope: Scope, number: str) -> Callback:
    """The callback of that number with its attempts. Raises LookupError when none is in scope."""
    callback = session.scalar(
        select(Callback)
        .options(selectinload(Callback.attempts), selectinload(Callback.complaint))
        .where(
            Callback.number == number.strip(), *within(scope, team=Callback.team_id, agent=Callback.agent_id)
        )
    )
    if callback is None:
        raise LookupError(number)
    return callback


def state_of(callback: Callback, now: datetime, today: date | None = None) -> str:
    """The code of names.NAMES["callback_state"] that follows from the kept deadline, without the rules.

    `today` is the local date of `now`: a callback is due soon on the day it is due. Without it there is no
    due_soon.
    """
    if callback.completed_at is not None:
        return "completed" if callback.completed_at <= callback.due_at else "completed_late"
    if callback.settled_at is not None and callback.settled_at <= now:
        return "settled"
    if now.replace(microsecond=0) > callback.due_at:
        return "missed"
    return "due_soon" if today is not None and callback.due_on <= today else "not_due"
