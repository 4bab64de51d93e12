"""Recording what was tried at a callback, and everything that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from db import audit, rulebooks
from db.callback_callers import refuse_caller, role_of
from db.case_events import locked as locked_case
from db.case_events import record_event
from db.engine import take_write_lock
from db.models import Agent, Callback, CallbackAttempt
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row
from regulations import callbacks as rules
from regulations.access import Scope
from regulations.callback_reopening import Reopening, reopening
from regulations.names import NAMES
from regulations.rulebook import Rulebook


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

    Completion, ending, the next try and, for a dissatisfied customer, the reopening of the case follow from the
    rules, in the same transaction. Raises AccessRefused, Refused when the attempt cannot have happened or its caller
    may not call.
    """
    demand(scope, "callbacks.act")
    demand_row(scope, callback)
    check_attempt(callback.arisen_at, at, outcome, is_complete, satisfaction, now)
    owed = locked(session, callback.id)
    caller = caller or owed.agent
    if not scope.sees_team(caller.team_id):
        demand_row(scope, caller)
    refuse_caller(session, owed, caller, rulebooks.made_under(session, owed.rulebook_version, book))
    attempt = CallbackAttempt(
        at=at,
        agent_id=caller.id,
        agent=caller,
        channel=channel,
        outcome=outcome,
        is_complete=is_complete,
        satisfaction=satisfaction,
        note=note.replace("\x00", ""),
    )
    try:
        with session.begin_nested():
            owed.attempts.append(attempt)
            session.flush()
    except IntegrityError:
        session.refresh(owed, ["attempts"])
        raise Refused("这次回访已经记录过。", "this attempt is already recorded") from None
    follow_attempts(session, owed, book, now)
    session.flush()
    detail = {"number": owed.number, "outcome": outcome, "at": at.isoformat(), "is_complete": is_complete}
    audit.record(session, scope, "callback.attempted", "callback", owed.id, detail, at=now)
    _reopen(session, scope, owed, attempt, book, now)
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
        raise Refused("没有接通的回访不能算完成，也没有满意度。", "who was not reached told nothing")


def follow_attempts(session: Session, callback: Callback, book: Rulebook, now: datetime) -> None:
    """Bring completion, ending, the next try and satisfaction in line with what was tried and decided.

    The deadline stays as it was set. The satisfaction is that of the completing contact, else the last one told.
    """
    owed = obligation_of(session, callback, book, now)
    callback.completed_at = owed.completed_at.replace(microsecond=0) if owed.completed_at else None
    callback.settled_at = owed.settled_at.replace(microsecond=0) if owed.settled_at else None
    callback.settled_reason = owed.settled_reason
    callback.next_attempt_at = None
    if owed.completed_at is None and (callback.attempts or callback.resumed_at):
        callback.next_attempt_at = next_attempt_of(session, callback, book, now).at
    if owed.due_at is not None and owed.due_at.replace(microsecond=0) == callback.due_at:
        callback.clauses, callback.steps = list(owed.clauses), [step.as_record() for step in owed.steps]
    told = [
        attempt.satisfaction
        for attempt in sorted(callback.attempts, key=lambda attempt: attempt.at)
        if attempt.satisfaction is not None
    ]
    callback.satisfaction = owed.satisfaction if owed.completed_at else told[-1] if told else None
    callback.row_version = (callback.row_version or 1) + 1


def obligation_of(session: Session, callback: Callback, book: Rulebook, now: datetime) -> rules.Obligation:
    """The callback as the rules see it at `now`, explained, under the rulebook it arose under."""
    book = rulebooks.made_under(session, callback.rulebook_version, book)
    return rules.obligation(
        callback.kind,
        callback.arisen_at,
        attempts_of(callback.attempts, book),
        book,
        now,
        handler=callback.handler.number if callback.handler else None,
        decisions=decisions_of(callback),
    )


def next_attempt_of(session: Session, callback: Callback, book: Rulebook, now: datetime) -> rules.NextAttempt:
    """When the customer is to be called next, explained, under the rulebook the callback arose under."""
    book = rulebooks.made_under(session, callback.rulebook_version, book)
    return rules.next_attempt(
        callback.kind,
        callback.arisen_at,
        attempts_of(callback.attempts, book),
        book,
        now,
        decisions_of(callback),
    )


def attempts_of(attempts: Iterable[CallbackAttempt], book: Rulebook) -> tuple[rules.Attempt, ...]:
    """The attempts as the rules take them; the caller is his staff number."""
    return tuple(
        rules.Attempt(
            at=attempt.at,
            outcome=attempt.outcome,
            is_complete=attempt.is_complete,
            caller=attempt.agent.number,
            satisfaction=attempt.satisfaction,
            caller_role=role_of(attempt.agent, book),
        )
        for attempt in attempts
    )


def decisions_of(callback: Callback) -> tuple[rules.Decision, ...]:
    """What was decided when calling on led nowhere; an ending nobody decided follows from the attempts."""
    found = []
    if callback.resumed_at is not None:
        found.append(rules.Decision(callback.resumed_at, "retry"))
    if callback.given_up_at is not None:
        found.append(rules.Decision(callback.given_up_at, "give_up", callback.settled_reason))
    return tuple(found)


def reopening_of(
    session: Session,
    callback: Callback,
    satisfaction: str | None,
    at: datetime,
    book: Rulebook,
    now: datetime,
) -> Reopening | None:
    """What that satisfaction does to the case of the callback; None where it has no case."""
    if callback.complaint is None:
        return None
    events = [(event.kind, event.at) for event in callback.complaint.events]
    book = rulebooks.made_under(session, callback.rulebook_version, book)
    return reopening(callback.kind, satisfaction, at, events, book, now)


def _reopen(
    session: Session, scope: Scope, owed: Callback, attempt: CallbackAttempt, book: Rulebook, now: datetime
) -> None:
    """Reopen the case of a dissatisfied customer, unless somebody else has done it already (E1.55)."""
    if attempt.satisfaction != "dissatisfied" or owed.complaint_id is None:
        return
    case = locked_case(session, owed.complaint_id)
    found = reopening_of(session, owed, attempt.satisfaction, attempt.at, book, now)
    if found is None or found.at is None:
        return
    said = f"：{attempt.note}" if attempt.note else ""
    note = f"{owed.number} 回访时客户不满意{said}"
    # It follows from what the customer said, so it happens whatever team the case is with.
    rule = replace(scope, team_ids=None, agent_id=None)
    record_event(session, rule, case, "reopened", found.at, note, case.row_version, book, now)


def locked(session: Session, callback_id: int) -> Callback:
    """The callback as it is in the database now, with nobody else able to change it until we are done."""
    take_write_lock(session.connection())
    session.execute(select(Callback.id).where(Callback.id == callback_id).with_for_update())
    callback = session.get(
        Callback, callback_id, populate_existing=True, options=[selectinload(Callback.attempts)]
    )
    if callback is None:
        raise LookupError(callback_id)
    return callback
