"""How callbacks come to be owed: by themselves, or because a complaint was resolved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit
from db.models import Agent, Callback, Complaint
from db.numbering import add_numbered
from db.visibility import demand, demand_row
from regulations import callbacks as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

NUMBER_PREFIX = "HF"  # 回访
RESOLVING = ("final_feedback", "closed")  # the events at which a complaint counts as resolved


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
