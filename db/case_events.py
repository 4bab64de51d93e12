"""Recording what happened to a case: one lock, one check, the clocks that follow from it, one line in the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, attributes, selectinload

from db import audit, ledger, rulebooks
from db.assignments import current, follow_events
from db.callback_obligations import RESOLVING, owe_after_resolution
from db.clocks import set_clocks
from db.engine import take_write_lock
from db.models import Agent, Complaint, ComplaintEvent
from db.refusals import Refused, StaleCase, refuse_future
from db.visibility import demand, demand_row
from regulations import departments as rules
from regulations.access import Scope
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_BY_HAND = frozenset(NAMES["complaint_event"]) - {"received", "handler_changed"}
_VERIFIED = ("rectification_passed", "rectification_failed")
_AFTER_CLOSING = frozenset({"reopened", "note", *rules.TRACKING})


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
        current(case, event.department).verified_by = event.actor
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
    """The facts of the case that an event changes."""
    if event.kind == "forwarded" and event.department:
        case.department = event.department
    elif event.kind == "severity_changed":
        case.severity = event.value
    elif event.kind == "incident":
        case.is_incident = True
    elif event.kind == "upheld":
        case.upheld = "yes"
    elif event.kind == "not_upheld":
        case.upheld = "no"
    elif event.kind == "kind_changed":
        if event.value in NAMES["complaint_category"]:
            case.category = event.value
        else:
            case.kind = event.value


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
        raise Refused("这件投诉已经结案,请先重新受理。", "the case is closed: reopen it first")
    if not handler.is_active:
        raise Refused(
            f"{handler.name}已停用,请另选一人。", f"{handler.name} is no longer active: choose somebody else"
        )
    if handler.id == (case.handler_id or case.agent_id):
        raise Refused(f"现在就由{handler.name}处理。", f"{handler.name} handles the case already")
    case.handler_id = None if handler.id == case.agent_id else handler.id
    event = ComplaintEvent(
        kind="handler_changed", at=now, recorded_at=now, actor=scope.actor, value=f"{handler.name} ({handler.number})"[:80],
        note=note.replace("\x00", ""),
    )  # fmt: skip
    return add_event(session, scope, case, event, book, now)


def check_event(complaint: Complaint, event: ComplaintEvent, book: Rulebook, now: datetime) -> None:
    """Raises Refused for an event that cannot have happened to this case at this time."""
    kind, at = event.kind, event.at
    refuse_future(at, now)
    if at < complaint.received_at:
        raise Refused("时间不能早于受理时间。", "the time is before the complaint was received")
    closed_at = complaint.closed_at if complaint.status == "closed" else None
    if closed_at is not None and kind == "closed":
        raise Refused("这件投诉已经结案。", "the case is closed already")
    if closed_at is not None and kind not in _AFTER_CLOSING and at > closed_at:
        raise Refused("这件投诉已经结案,请先重新受理。", "the case is closed: reopen it first")
    if kind == "reopened":
        _check_reopening(complaint, at)
    _check_value(event, book)
    _check_pairs(complaint, event)
    _check_departments(complaint, event, book)


def _check_reopening(complaint: Complaint, at: datetime) -> None:
    answered = [e.at for e in complaint.events if e.kind in RESOLVING]
    if complaint.status == "open" or not answered or at < max(answered):
        raise Refused(
            "只有已答复或已结案的投诉才能重新受理。", "only an answered or closed case can be reopened"
        )


def _check_value(event: ComplaintEvent, book: Rulebook) -> None:
    """A change is to something that the rulebook has (C4.21, D1.4); a cause is one of two (A6.24)."""
    allowed = {
        "kind_changed": (*NAMES["complaint_category"], *(book.items("complaint.kinds") or ())),
        "severity_changed": book.items("complaint.severity_levels") or (),
        "returned": ("", *NAMES["complaint_cause"]),
        "acknowledged": (event.value,),  # who signed
    }.get(event.kind)
    if allowed is None and event.value:
        raise Refused("这种事项不带取值。", f"{event.kind!r} takes no value")
    if allowed is not None and event.value not in allowed:
        raise Refused(f"规定里没有“{event.value}”这一项。", f"the rulebook knows no {event.value!r} for this")


def _check_pairs(complaint: Complaint, event: ComplaintEvent) -> None:
    before = [e.kind for e in sorted(complaint.events, key=lambda e: e.at) if e.at <= event.at]
    waiting = [kind for kind in before if kind in ("waiting_customer", "resumed", "reopened", *RESOLVING)]
    is_waiting = bool(waiting) and waiting[-1] == "waiting_customer"
    if event.kind == "resumed" and not is_waiting:
        raise Refused(
            "当时并未在等待客户,无须恢复。", "the case was not waiting for the customer at that time"
        )
    if event.kind == "waiting_customer" and is_waiting:
        raise Refused("已经在等待客户。", "the case is waiting for the customer already")
    if event.kind == "incident_reported" and not complaint.is_incident:
        raise Refused(
            "这件投诉没有认定为突发事件,请先认定。", "the case is no incident: declare it one first"
        )


def _check_departments(complaint: Complaint, event: ComplaintEvent, book: Rulebook) -> None:
    """What the departments can and cannot have done (A5.2, A5.4, A6.24 to A6.27)."""
    if event.kind not in rules.DEPARTMENT_EVENTS and event.kind != "closed":
        return
    needs_signature = bool(book.flag("complaint.require_department_signature"))
    zone = WorkCalendar.from_rulebook(book).timezone
    known = set(rules.faults_of(complaint.events, needs_signature=needs_signature, zone=zone))
    with_it = rules.faults_of([*complaint.events, event], needs_signature=needs_signature, zone=zone)
    for fault in with_it:
        is_this = (fault.kind, fault.at) == (event.kind, event.at)
        if fault not in known and (is_this or fault.kind != "closed"):
            raise Refused(
                fault.reason.zh + _clause(fault.reason.clause), fault.reason.en + _clause(fault.reason.clause)
            )
    if event.kind == "closed" and not event.note.strip():
        unfinished = rules.open_rectifications(e for e in complaint.events if e.at <= event.at)
        if unfinished:
            zh, en = "、".join(a.department for a in unfinished), ", ".join(a.department for a in unfinished)
            raise Refused(
                f"{zh}的整改尚未核查通过。要先行结案,请写明原因;整改继续跟踪。(A6.27)",
                f"the rectification by {en} is not verified yet. To close all the same, say why in the note; "
                "the rectification is tracked on. (A6.27)",
            )


def _clause(clause: str | None) -> str:
    return f" ({clause})" if clause else ""


def status_after(events: Iterable[rules.Happened]) -> tuple[str, datetime | None]:
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


def refuse_stale(case: Complaint, expected_version: int) -> None:
    """Raises StaleCase, naming who was quicker with what, when the case is no longer the one that was seen."""
    if case.row_version == expected_version:
        return
    last = max(case.events, key=lambda event: (event.recorded_at, event.id), default=None)
    if last is None:
        raise StaleCase("刚才有人更新了这件投诉。", "somebody else has just changed this case")
    zh, en = name_of("complaint_event", last.kind, "zh"), name_of("complaint_event", last.kind, "en")
    raise StaleCase(
        f"刚才{last.actor}记录了“{zh}”。请看过最新内容,再决定是否登记。",
        f"{last.actor} has just recorded “{en}”. Look at the case again, then decide whether to record yours.",
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
