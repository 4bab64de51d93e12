"""How callbacks come to be owed: by themselves, or because a complaint was resolved or a repair finished.

One resolution makes one callback owed, also when two people record it at the same moment: the case is locked, and who
comes second is given the one that is there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.callback_callers import caller_for
from db.engine import take_write_lock
from db.models import Agent, Callback, Complaint, ComplaintEvent, WorkOrder
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
    work_order_id: int | None = None,
) -> Callback | None:
    """A callback that is owed from now on; the one that is owed already for the same resolution.

    None when the rulebook does not oblige to this kind, and for telling the customer of a case how it stands where
    the case's progress clock asks for the same contact (E1.20): no contact is owed twice. `agent` is to call,
    `handler` handled the case (A5.5: better somebody else). Raises AccessRefused without callbacks.act or for an
    agent of another team.
    """
    if not scope.may("complaints.act"):  # answering a complaint makes its callback owed
        demand(scope, "callbacks.act")
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    owed = rules.obligation(kind, arisen_at, (), book, now, handler=handler.number if handler else None)
    if owed.due_at is None or _is_kept_by_the_clock(session, kind, complaint, book):
        return None
    already = _owed_already(session, kind, arisen_at, complaint, work_order_id)
    if already is not None:
        return already
    due_at, calendar = owed.due_at.replace(microsecond=0), WorkCalendar.from_rulebook(book)

    def make(number: str) -> Callback:
        return Callback(
            number=number,
            kind=kind,
            complaint_id=complaint.id if complaint else None,
            work_order_id=work_order_id,
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
    if _owed_already(session, "complaint", arisen_at, complaint, None) is not None:
        return None
    return add_callback(
        session,
        scope,
        kind="complaint",
        arisen_at=arisen_at,
        agent=caller_for(session, complaint, book),
        book=book,
        now=now,
        complaint=complaint,
        handler=complaint.handler or complaint.agent,
    )


def _is_kept_by_the_clock(session: Session, kind: str, complaint: Complaint | None, book: Rulebook) -> bool:
    if kind != rules.UNRESOLVED or complaint is None:
        return False
    made_under = rulebooks.made_under(session, complaint.rulebook_version, book)
    return made_under.duration("complaint.progress_interval") is not None


def _owed_already(
    session: Session, kind: str, arisen_at: datetime, complaint: Complaint | None, work_order_id: int | None
) -> Callback | None:
    """The callback of the same resolution, looked for while nobody else can add one.

    Of a case: of this kind, since it was reopened last. Of a work order: of this kind and finish.
    """
    take_write_lock(session.connection())
    if work_order_id is not None:
        session.execute(select(WorkOrder.id).where(WorkOrder.id == work_order_id).with_for_update())
        same = [Callback.work_order_id == work_order_id, Callback.arisen_at == arisen_at]
    elif complaint is not None and kind == "complaint":
        session.execute(select(Complaint.id).where(Complaint.id == complaint.id).with_for_update())
        reopened = session.scalar(
            select(func.max(ComplaintEvent.at)).where(
                ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.kind == "reopened"
            )
        )
        since = reopened or complaint.received_at
        same = [Callback.complaint_id == complaint.id, Callback.arisen_at >= since]
    else:
        return None
    return session.scalar(select(Callback).where(Callback.kind == kind, *same).order_by(Callback.id).limit(1))
