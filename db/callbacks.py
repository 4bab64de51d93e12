"""Callbacks (回访): what is owed to whom until when, and the attempts made at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from db import audit, rulebooks
from db.engine import take_write_lock
from db.models import Agent, Callback, CallbackAttempt, Complaint
from db.numbering import add_numbered
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations import callbacks as rules
from regulations.access import Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

NUMBER_PREFIX = "HF"  # 回访
RESOLVING = ("final_feedback", "closed")  # the events at which a complaint counts as resolved


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


def add_callback(
    session: Session,
    scope: Scope,
    *,
    kind: str,
    arisen_at: datetime,
    agent: Agent,
    book: Rulebook,
    now: datetime,
    complaint: Complaint | None = None,
    handler: Agent | None = None,
    customer_name: str = "",
    customer_phone: str = "",
    subject: str = "",
) -> Callback | None:
    """A callback that is owed from now on; None when the rulebook does not oblige to this kind.

    `agent` is to call, `handler` handled the case (A5.5: better somebody else). Raises AccessRefused
    without callbacks.act or for an agent of another team.
    """
    if not scope.may("complaints.act"):  # answering a complaint makes its callback owed
        demand(scope, "callbacks.act")
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    owed = rules.obligation(kind, arisen_at, (), book, now, handler=handler.number if handler else None)
    if owed.due_at is None:
        return None
    due_at, calendar = owed.due_at.replace(microsecond=0), WorkCalendar.from_rulebook(book)

    def make(number: str) -> Callback:
        return Callback(
            number=number,
            kind=kind,
            complaint_id=complaint.id if complaint else None,
            customer_name=customer_name or (complaint.customer_name if complaint else ""),
            customer_phone=customer_phone or (complaint.customer_phone if complaint else ""),
            subject=(subject or (complaint.summary if complaint else ""))[:200],
            team_id=agent.team_id,
            agent_id=agent.id,
            handler_id=handler.id if handler else None,
            arisen_at=arisen_at,
            due_at=due_at,
            due_on=calendar.day_of(due_at),
            clauses=list(owed.clauses),
            steps=[step.as_record() for step in owed.steps],
            rulebook_version=book.version,
        )

    callback = add_numbered(session, make, Callback.number, NUMBER_PREFIX, calendar.day_of(arisen_at))
    detail = {"number": callback.number, "kind": kind, "due_at": due_at.isoformat()}
    audit.record(session, scope, "callback.owed", "callback", callback.id, detail, at=now)
    return callback


def owe_after_resolution(
    session: Session, scope: Scope, complaint: Complaint, arisen_at: datetime, book: Rulebook, now: datetime
) -> Callback | None:
    """The callback that a resolved complaint makes owed (E1.18 to E1.21), once for each time it is resolved.

    Given to the colleague of the team with the fewest open callbacks, and not to the one who handled
    the case where the rulebook wants another caller (A5.5).
    """
    if "complaint" not in {category.code for category in book.callback_categories()}:
        return None
    since = max(
        (event.at for event in complaint.events if event.kind == "reopened"), default=complaint.received_at
    )
    already = session.scalar(
        select(Callback.id).where(Callback.complaint_id == complaint.id, Callback.arisen_at >= since).limit(1)
    )
    if already is not None:
        return None
    return add_callback(
        session,
        scope,
        kind="complaint",
        arisen_at=arisen_at,
        agent=_caller_for(session, complaint, book),
        book=book,
        now=now,
        complaint=complaint,
        handler=complaint.agent,
    )


def _caller_for(session: Session, complaint: Complaint, book: Rulebook) -> Agent:
    if not book.flag("complaint.callback_by_other_than_handler"):
        return complaint.agent
    busy = (
        select(func.count())
        .where(Callback.agent_id == Agent.id, Callback.completed_at.is_(None))
        .scalar_subquery()
    )
    other = session.scalar(
        select(Agent)
        .where(Agent.team_id == complaint.team_id, Agent.id != complaint.agent_id, Agent.is_active.is_(True))
        .order_by(busy, Agent.number)
        .limit(1)
    )
    return other or complaint.agent


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
