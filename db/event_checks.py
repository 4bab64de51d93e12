"""What cannot have happened to a case: each event is weighed against its history before it is written."""

from __future__ import annotations

from datetime import datetime

from db.callback_obligations import RESOLVING
from db.models import Complaint, ComplaintEvent
from db.refusals import Refused, refuse_future
from regulations import departments as rules
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_AFTER_CLOSING = frozenset({"reopened", "note", *rules.TRACKING})


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
        raise Refused("这件投诉已经结案，请先重新受理。", "the case is closed: reopen it first")
    if kind == "reopened":
        _check_reopening(complaint, at)
    if kind in RESOLVING and any(e.kind == "reopened" and e.at == at for e in complaint.events):
        raise Refused(
            "这件投诉就在这一时刻重新受理，请填写其后的时间。",
            "the case was reopened at that very moment: give a later time",
        )
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
            "当时并未在等待客户，无须恢复。", "the case was not waiting for the customer at that time"
        )
    if event.kind == "waiting_customer" and is_waiting:
        raise Refused("已经在等待客户。", "the case is waiting for the customer already")
    if event.kind == "incident_reported" and not complaint.is_incident:
        raise Refused(
            "这件投诉没有认定为突发事件，请先认定。", "the case is no incident: declare it one first"
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
                f"{zh}的整改尚未核查通过。要先行结案，请写明原因；整改继续跟踪。(A6.27)",
                f"the rectification by {en} is not verified yet. To close all the same, say why in the note; "
                "the rectification is tracked on. (A6.27)",
            )


def _clause(clause: str | None) -> str:
    return f" ({clause})" if clause else ""
