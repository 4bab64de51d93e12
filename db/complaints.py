"""Complaints: lists, one case, registering one, and recording what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, attributes, selectinload

from db import audit
from db.callback_obligations import RESOLVING, owe_after_resolution
from db.clocks import explained_clocks, in_state, list_clocks_due, set_clocks, sweep
from db.engine import take_write_lock
from db.models import Agent, Complaint, ComplaintClock, ComplaintEvent
from db.numbering import add_numbered
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations.access import Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

__all__ = [
    "StaleCase",
    "explained_clocks",
    "get_complaint",
    "list_clocks_due",
    "list_complaints",
    "record_event",
    "register",
    "set_clocks",
    "status_after",
    "sweep",
]

NUMBER_PREFIX = "TS"  # 投诉


class StaleCase(Refused):
    """Somebody else has changed the case since it was read."""


def list_complaints(
    session: Session,
    scope: Scope,
    *,
    now: datetime,
    status: str | None = None,
    team_id: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    clock: str | None = None,
    state: str | None = None,
    department: str | None = None,
    category: str | None = None,
    limit: int | None = None,
) -> list[Complaint]:
    """Complaints in scope with their clocks, the latest received first.

    `from_on` and `to_on` are local dates of receipt, both included. `clock` and `state` keep the cases
    that have such a clock (of that name, in that state at `now`). Raises KeyError for an unknown state.
    """
    query = (
        select(Complaint)
        .options(selectinload(Complaint.clocks))
        .where(*within(scope, team=Complaint.team_id, agent=Complaint.agent_id))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
    )
    for column, value in (
        (Complaint.status, status),
        (Complaint.team_id, team_id),
        (Complaint.department, department),
        (Complaint.category, category),
    ):
        if value is not None:
            query = query.where(column == value)
    if from_on is not None:
        query = query.where(Complaint.received_on >= from_on)
    if to_on is not None:
        query = query.where(Complaint.received_on <= to_on)
    if clock is not None or state is not None:
        clocks = select(ComplaintClock.complaint_id)
        if clock is not None:
            clocks = clocks.where(ComplaintClock.clock == clock)
        if state is not None:
            clocks = clocks.where(in_state(state, now))
        query = query.where(Complaint.id.in_(clocks))
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def get_complaint(session: Session, scope: Scope, number: str) -> Complaint:
    """The case of that number with its events and clocks. Raises LookupError when none is in scope."""
    complaint = session.scalar(
        select(Complaint)
        .options(selectinload(Complaint.clocks), selectinload(Complaint.events))
        .where(
            Complaint.number == number.strip(),
            *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
        )
    )
    if complaint is None:
        raise LookupError(number)
    return complaint


def register(
    session: Session,
    scope: Scope,
    *,
    received_at: datetime,
    channel: str,
    category: str,
    summary: str,
    agent: Agent,
    book: Rulebook,
    now: datetime,
    kind: str | None = None,
    severity: str = "ordinary",
    product: str = "",
    customer_name: str = "",
    customer_phone: str = "",
    department: str = "",
    previous: Complaint | None = None,
) -> Complaint:
    """Take a complaint in: its number, its first event, its clocks. `agent` stays responsible (D1.5).

    `previous` links a case taken up again to the one before it (C4.25). Raises AccessRefused without
    complaints.act or for an agent of another team, Refused when something in it cannot be accepted.
    """
    demand(scope, "complaints.act")
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    check_facts(received_at, channel, severity, summary, book, now)
    received_on = WorkCalendar.from_rulebook(book).day_of(received_at)
    kinds = book.items("complaint.kinds")

    def make(number: str) -> Complaint:
        return Complaint(
            number=number,
            received_at=received_at,
            received_on=received_on,
            channel=channel,
            kind=kind or (kinds[0] if kinds else ""),
            category=category,
            product=product,
            severity=severity,
            summary=summary.strip(),
            customer_name=customer_name,
            customer_phone=customer_phone,
            department=department,
            team_id=agent.team_id,
            agent_id=agent.id,
            previous_id=previous.id if previous else None,
            rulebook_version=book.version,
        )

    complaint = add_numbered(session, make, Complaint.number, NUMBER_PREFIX, received_on)
    complaint.events = [ComplaintEvent(kind="received", at=received_at, recorded_at=now, actor=scope.actor)]
    complaint.clocks = []
    set_clocks(session, complaint, book, now)
    session.flush()
    detail = {"number": complaint.number, "channel": channel, "category": category, "severity": severity}
    audit.record(session, scope, "complaint.registered", "complaint", complaint.id, detail, at=now)
    return complaint


def check_facts(
    received_at: datetime, channel: str, severity: str, summary: str, book: Rulebook, now: datetime
) -> None:
    """Raises Refused for facts that no complaint can have."""
    refuse_future(received_at, now)
    if channel not in (book.items("complaint.channels") or ()):
        raise Refused(f"没有“{channel}”这个受理渠道。", f"there is no channel {channel!r} in the rulebook")
    if severity not in (book.items("complaint.severity_levels") or ()):
        raise Refused(f"没有“{severity}”这个严重程度。", f"there is no severity {severity!r} in the rulebook")
    if not summary.strip():
        raise Refused("投诉内容不能为空。", "the summary is empty")


def record_event(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    kind: str,
    at: datetime,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    department: str = "",
) -> ComplaintEvent:
    """Record what happened, when it happened; status and clocks follow from all events of the case.

    `expected_version` is the `row_version` the viewer saw. `department` with `forwarded` names the one
    that is responsible from then on. Raises AccessRefused, StaleCase when somebody else was quicker,
    Refused when the event cannot have happened.
    """
    demand(scope, "complaints.act")
    demand_row(scope, complaint)
    case = _locked(session, complaint.id)
    if case.row_version != expected_version:
        raise StaleCase(
            "刚才有人更新了这件投诉,请查看最新内容后再记录。",
            "somebody else has just changed this case: look at it again, then record",
        )
    check_event(case, kind, at, now)
    event = ComplaintEvent(
        kind=kind, at=at, recorded_at=now, actor=scope.actor, department=department[:80], note=note
    )
    try:
        with session.begin_nested():
            case.events.append(event)
            session.flush()
    except IntegrityError:
        raise Refused("同一时间的同一事项已经记录过。", "this event is already recorded") from None
    if kind == "forwarded" and department:
        case.department = department[:80]
    case.status, case.closed_at = status_after(case.events)
    attributes.flag_modified(case, "status")  # every event moves row_version on, also a mere note
    set_clocks(session, case, book, now)
    if kind in RESOLVING:
        owe_after_resolution(session, scope, case, at, book, now)
    session.flush()
    detail = {"number": case.number, "kind": kind, "at": at.isoformat(), "department": department}
    audit.record(session, scope, "complaint.event", "complaint", case.id, detail, at=now)
    return event


def check_event(complaint: Complaint, kind: str, at: datetime, now: datetime) -> None:
    """Raises Refused for an event that cannot have happened to this case at this time."""
    if kind not in NAMES["complaint_event"] or kind == "received":
        raise Refused(f"不能记录“{kind}”这种事项。", f"{kind!r} is no event that can be recorded")
    refuse_future(at, now)
    if at < complaint.received_at:
        raise Refused("时间不能早于受理时间。", "the time is before the complaint was received")
    closed = complaint.status == "closed" and complaint.closed_at is not None
    if closed and kind == "closed":
        raise Refused("这件投诉已经结案。", "the case is closed already")
    if closed and kind not in ("reopened", "note") and complaint.closed_at and at > complaint.closed_at:
        raise Refused("这件投诉已经结案,请先重新受理。", "the case is closed: reopen it first")
    if kind == "reopened" and (not closed or (complaint.closed_at and at < complaint.closed_at)):
        raise Refused("只有已结案的投诉才能重新受理。", "only a closed case can be reopened")


def status_after(events: Iterable[ComplaintEvent]) -> tuple[str, datetime | None]:
    """Status and time of closing that follow from the events, in the order in which they happened."""
    status, closed_at = "open", None
    for event in sorted(events, key=lambda event: event.at):
        if event.kind == "closed":
            status, closed_at = "closed", event.at
        elif event.kind == "reopened":
            status, closed_at = "open", None
        elif event.kind == "final_feedback" and status == "open":
            status = "answered"
    return status, closed_at


def _locked(session: Session, complaint_id: int) -> Complaint:
    """The case as it is in the database now, with nobody else able to change it until we are done."""
    take_write_lock(session.connection())
    session.execute(select(Complaint.id).where(Complaint.id == complaint_id).with_for_update())
    complaint = session.get(
        Complaint,
        complaint_id,
        populate_existing=True,
        options=[selectinload(Complaint.events), selectinload(Complaint.clocks)],
    )
    if complaint is None:
        raise LookupError(complaint_id)
    return complaint
