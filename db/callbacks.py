"""Callbacks (回访): what is owed to whom until when, and the attempts made at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from db import audit, rulebooks
from db.callback_obligations import add_callback, owe_after_resolution
from db.engine import take_write_lock
from db.models import Agent, Callback, CallbackAttempt
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations import callbacks as rules
from regulations.access import Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook

__all__ = [
    "add_callback",
    "attempts_of",
    "check_attempt",
    "follow_attempts",
    "get_callback",
    "list_callbacks",
    "list_work",
    "obligation_of",
    "owe_after_resolution",
    "record_attempt",
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

    `from_on` and `to_on` are the local dates they are due, both included. `open_only` keeps what is not
    completed yet. `now` is there for callers that word the state; what is listed does not depend on it.
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
        query = query.where(Callback.completed_at.is_(None))
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def list_work(
    session: Session, scope: Scope, now: datetime, until: datetime, team_id: int | None = None
) -> list[Callback]:
    """Callbacks that are not completed and overdue or due up to `until`, the earliest first."""
    query = (
        select(Callback)
        .options(selectinload(Callback.attempts), selectinload(Callback.complaint))
        .where(
            Callback.completed_at.is_(None),
            Callback.due_at <= max(now, until),
            *within(scope, team=Callback.team_id, agent=Callback.agent_id),
        )
        .order_by(Callback.due_at, Callback.id)
    )
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    return list(session.scalars(query))


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
    if now.replace(microsecond=0) > callback.due_at:
        return "missed"
    return "due_soon" if today is not None and callback.due_on <= today else "not_due"


def obligation_of(session: Session, callback: Callback, book: Rulebook, now: datetime) -> rules.Obligation:
    """The callback as the rules see it at `now`, explained, under the rulebook it arose under."""
    handler = callback.handler.number if callback.handler else None
    return rules.obligation(
        callback.kind,
        callback.arisen_at,
        attempts_of(callback.attempts),
        rulebooks.made_under(session, callback.rulebook_version, book),
        now,
        handler=handler,
    )


def attempts_of(attempts: Iterable[CallbackAttempt]) -> tuple[rules.Attempt, ...]:
    """The attempts as the rules take them; the caller is his staff number."""
    return tuple(
        rules.Attempt(
            at=attempt.at,
            outcome=attempt.outcome,
            is_complete=attempt.is_complete,
            caller=attempt.agent.number,
            satisfaction=attempt.satisfaction,
        )
        for attempt in attempts
    )


def record_attempt(
    session: Session,
    scope: Scope,
    callback: Callback,
    *,
    at: datetime,
    outcome: str,
    book: Rulebook,
    now: datetime,
    is_complete: bool = False,
    satisfaction: str | None = None,
    note: str = "",
    channel: str = "phone",
    caller: Agent | None = None,
) -> CallbackAttempt:
    """Record one try at reaching the customer; `caller` None: the agent who was to call.

    Completion follows from the rules. Raises AccessRefused, Refused when the attempt cannot have happened.
    """
    demand(scope, "callbacks.act")
    demand_row(scope, callback)
    check_attempt(callback.arisen_at, at, outcome, is_complete, satisfaction, now)
    owed = _locked(session, callback.id)
    caller = caller or owed.agent
    if not scope.sees_team(caller.team_id):
        demand_row(scope, caller)
    attempt = CallbackAttempt(
        at=at,
        agent_id=caller.id,
        agent=caller,
        channel=channel,
        outcome=outcome,
        is_complete=is_complete,
        satisfaction=satisfaction,
        note=note,
    )
    try:
        with session.begin_nested():
            owed.attempts.append(attempt)
            session.flush()
    except IntegrityError:
        raise Refused("这次回访已经记录过。", "this attempt is already recorded") from None
    follow_attempts(session, owed, book, now)
    session.flush()
    detail = {"number": owed.number, "outcome": outcome, "at": at.isoformat(), "is_complete": is_complete}
    audit.record(session, scope, "callback.attempted", "callback", owed.id, detail, at=now)
    return attempt


def check_attempt(
    arisen_at: datetime,
    at: datetime,
    outcome: str,
    is_complete: bool,
    satisfaction: str | None,
    now: datetime,
) -> None:
    """Raises Refused for an attempt that cannot have happened."""
    if outcome not in NAMES["attempt_outcome"]:
        raise Refused(f"没有“{outcome}”这种回访结果。", f"there is no outcome {outcome!r}")
    if satisfaction is not None and satisfaction not in NAMES["satisfaction"]:
        raise Refused(f"没有“{satisfaction}”这种满意度。", f"there is no satisfaction {satisfaction!r}")
    refuse_future(at, now)
    if at < arisen_at:
        raise Refused("回访不能早于应回访事项发生。", "the attempt is before the callback was owed")
    if outcome != "connected" and (is_complete or satisfaction is not None):
        raise Refused("没有接通的回访不能算完成,也没有满意度。", "who was not reached told nothing")


def follow_attempts(session: Session, callback: Callback, book: Rulebook, now: datetime) -> None:
    """Bring completion and satisfaction in line with the attempts. The deadline stays as it was set."""
    owed = obligation_of(session, callback, book, now)
    callback.completed_at = owed.completed_at.replace(microsecond=0) if owed.completed_at else None
    if owed.due_at is not None and owed.due_at.replace(microsecond=0) == callback.due_at:
        callback.clauses, callback.steps = list(owed.clauses), [step.as_record() for step in owed.steps]
    told = [
        attempt.satisfaction
        for attempt in sorted(callback.attempts, key=lambda attempt: attempt.at)
        if attempt.satisfaction is not None
    ]
    callback.satisfaction = told[-1] if told else None


def _locked(session: Session, callback_id: int) -> Callback:
    take_write_lock(session.connection())
    session.execute(select(Callback.id).where(Callback.id == callback_id).with_for_update())
    callback = session.get(
        Callback, callback_id, populate_existing=True, options=[selectinload(Callback.attempts)]
    )
    if callback is None:
        raise LookupError(callback_id)
    return callback
