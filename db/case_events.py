"""Recording what happened to a case: one lock, one check, the clocks that follow from it, one line in the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, attributes, object_session, selectinload

from db import audit, ledger, rulebooks
from db.accounts import display_name
from db.assignments import follow_events
from db.callback_obligations import RESOLVING, owe_after_resolution
from db.clocks import set_clocks
from db.engine import take_write_lock
from db.event_checks import check_event
from db.models import Agent, Complaint, ComplaintEvent
from db.refusals import Refused, StaleCase
from db.visibility import demand, demand_row
from regulations import departments as rules
from regulations.access import Scope
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook

_BY_HAND = frozenset(NAMES["complaint_event"]) - {"received", "handler_changed"}
_VERIFIED = ("rectification_passed", "rectification_failed")


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
    value: str = "",
    due_on: date | None = None,
) -> ComplaintEvent:
    """Record what happened, when it happened; status, departments and clocks follow from all events.

    `expected_version` is the `row_version` the viewer saw. `department` is whose event it is; `value` is what
    a change was to, or the cause a department found; `due_on` the local date that a form names. Raises
    AccessRefused, StaleCase when somebody else was quicker, Refused when the event cannot have happened.
    """
    if kind != "instructed" or not scope.may("escalations.answer"):  # leadership instructs (A6.23)
        demand(scope, "complaints.act")
    demand_row(scope, complaint)
    case = locked(session, complaint.id)
    refuse_stale(case, expected_version)
    if kind not in _BY_HAND:
        raise Refused(f"不能记录“{kind}”这种事项。", f"{kind!r} is no event that can be recorded")
    event = ComplaintEvent(
        kind=kind,
        at=at,
        recorded_at=now,
        actor=scope.actor,
        department=_department_of(case, kind, department),
        value=value,
        due_on=due_on,
        note=note.replace("\x00", ""),
    )
    check_event(case, event, rulebooks.made_under(session, case.rulebook_version, book), now)
    return add_event(session, scope, case, event, book, now)


def add_event(
    session: Session, scope: Scope, case: Complaint, event: ComplaintEvent, book: Rulebook, now: datetime
) -> ComplaintEvent:
    """Write an event that was checked, on a locked case, with everything that follows from it."""
    try:
        with session.begin_nested():
            case.events.append(event)
            session.flush()
    except IntegrityError:
        raise Refused("同一时间的同一事项已经记录过。", "this event is already recorded") from None
    _follow(case, event)
    case.status, case.closed_at = status_after(case.events)
    attributes.flag_modified(case, "status")  # every event moves row_version on, also a mere note
    follow_events(case)
    if event.kind in _VERIFIED:
        for row in case.assignments:
            if row.verified_at == event.at and event.department in ("", row.department):
                row.verified_by = event.actor
    set_clocks(session, case, book, now)
    if event.kind in RESOLVING:
        owe_after_resolution(session, scope, case, event.at, book, now)
    session.flush()
    ledger.propose_for_case(session, case, book, now)
    detail: dict[str, object] = {
        "number": case.number,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "department": event.department,
    }
    if event.value or event.due_on:
        detail |= {"value": event.value, "due_on": event.due_on.isoformat() if event.due_on else None}
    audit.record(session, scope, "complaint.event", "complaint", case.id, detail, at=now)
    return event


def _department_of(case: Complaint, kind: str, department: str) -> str:
    """The department as named; for its own events, when it is the only one that has the case, also unnamed."""
    named = " ".join(department.replace("\x00", "").split())[:80]
    if not named and kind in rules.DEPARTMENT_EVENTS and kind != "forwarded":
        having = [stay.department for stay in rules.assignments_of(case.events) if stay.recalled_at is None]
        named = having[0] if len(having) == 1 else ""
    return named


def _follow(case: Complaint, event: ComplaintEvent) -> None:
    """The facts of the case that an event changes: what happened last counts, not what was recorded last."""
    if event.kind == "forwarded" and event.department:
        case.department = _last(case, "forwarded").department or event.department
    elif event.kind == "severity_changed":
        case.severity = _last(case, "severity_changed").value
    elif event.kind == "incident":
        case.is_incident = True
    elif event.kind in ("upheld", "not_upheld"):
        case.upheld = "yes" if _last(case, "upheld", "not_upheld").kind == "upheld" else "no"
    elif event.kind == "kind_changed":
        categories = NAMES["complaint_category"]
        changes = [e for e in case.events if (e.value in categories) == (event.value in categories)]
        value = _last(case, "kind_changed", among=changes).value
        if value in categories:
            case.category = value
        else:
            case.kind = value


def _last(case: Complaint, *kinds: str, among: Iterable[ComplaintEvent] | None = None) -> ComplaintEvent:
    """The last of these events; of those of one instant, what was recorded last."""
    events = [e for e in (case.events if among is None else among) if e.kind in kinds]
    return max(events, key=lambda e: (e.at, e.recorded_at, e.id))


def change_handler(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    handler: Agent,
    *,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> ComplaintEvent:
    """Give the work on the case to somebody else. Who was asked first stays responsible (D1.5).

    Raises AccessRefused for a case or a handler out of scope, StaleCase, Refused when nothing would change.
    """
    demand(scope, "complaints.act")
    demand_row(scope, complaint)
    if not scope.sees_team(handler.team_id):
        demand_row(scope, handler)
    case = locked(session, complaint.id)
    refuse_stale(case, expected_version)
    if case.status == "closed":
        raise Refused("这件投诉已经结案，请先重新受理。", "the case is closed: reopen it first")
    if not handler.is_active:
        raise Refused(
            f"{handler.name}已停用，请另选一人。", f"{handler.name} is no longer active: choose somebody else"
        )
    if handler.id == (case.handler_id or case.agent_id):
        raise Refused(f"现在就由{handler.name}处理。", f"{handler.name} handles the case already")
    case.handler_id = None if handler.id == case.agent_id else handler.id
    event = ComplaintEvent(
        kind="handler_changed", at=now, recorded_at=now, actor=scope.actor, value=f"{handler.name} ({handler.number})"[:80],
        note=note.replace("\x00", ""),
    )  # fmt: skip
    return add_event(session, scope, case, event, book, now)


def status_after(events: Iterable[rules.Happened]) -> tuple[str, datetime | None]:
    """Status and time of closing that follow from the events, in the order in which they happened."""
    status, closed_at = "open", None
    for event in rules.in_order(events):
        if event.kind == "closed":
            status, closed_at = "closed", event.at
        elif event.kind == "reopened":
            status, closed_at = "open", None
        elif event.kind == "final_feedback" and status == "open":
            status = "answered"
    return status, closed_at


def refuse_stale(case: Complaint, expected_version: int) -> None:
    """Raises StaleCase, naming who was quicker with what, when the case is no longer the one that was seen."""
    if case.row_version == expected_version:
        return
    last = max(case.events, key=lambda event: (event.recorded_at, event.id), default=None)
    if last is None:
        raise StaleCase("刚才有人更新了这件投诉。", "somebody else has just changed this case")
    zh, en = name_of("complaint_event", last.kind, "zh"), name_of("complaint_event", last.kind, "en")
    who = display_name(object_session(case), last.actor)
    raise StaleCase(
        f"刚才{who}记录了“{zh}”。请看过最新内容，再决定是否登记。",
        f"{who} has just recorded “{en}”. Look at the case again, then decide whether to record yours.",
    )


def locked(session: Session, complaint_id: int) -> Complaint:
    """The case as it is in the database now, with nobody else able to change it until we are done."""
    take_write_lock(session.connection())
    session.execute(select(Complaint.id).where(Complaint.id == complaint_id).with_for_update())
    complaint = session.get(
        Complaint,
        complaint_id,
        populate_existing=True,
        options=[
            selectinload(Complaint.events),
            selectinload(Complaint.clocks),
            selectinload(Complaint.assignments),
        ],
    )
    if complaint is None:
        raise LookupError(complaint_id)
    return complaint
