"""New complaints from a file, written many at once: the case, its events, its deadlines.

A file of a hundred thousand cases means a million rows, so they go in as plain rows and not as objects. The words of
each deadline are left out: they follow from the case and its rulebook, and are said when somebody opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from db.assignments import follow_events
from db.clocks import set_clocks
from db.complaints import status_after
from db.import_inserts import insert_rows
from db.import_lookups import among, rows_with
from db.import_rows import Job
from db.models import Complaint, ComplaintClock, ComplaintEvent, DepartmentAssignment
from regulations import complaints as rules
from regulations.departments import assignments_of
from regulations.worktime import whole_seconds

# What of a case a file may change; `received_at` is compared, never changed.
COMPARED = (
    "id", "number", "received_at", "agent_id", "team_id", "channel", "kind", "category", "product", "severity", "summary",
    "customer_name", "customer_phone", "department", "customer_demand", "order_ref", "document_ref", "source_operator",
    "cause_class", "is_incident",
)  # fmt: skip
DECIDES_CLOCKS = {"channel", "kind", "category", "severity", "is_incident"}
CHANGED_AT_ONCE = 200
_STAY = (
    "department", "sent_at", "answer_due_on", "signed_at", "returned_at", "cause", "rectify_due_on", "rectified_at",
    "verified_at", "is_sufficient", "recalled_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewEvent(rules.CaseEvent):
    """An event that a file tells of. `field` is the column it came from."""

    field: str = ""


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that is not there yet: its columns and its events."""

    values: dict[str, Any]
    events: Sequence[NewEvent]


@dataclass(slots=True)
class KeptCase:
    """A case that is there, as far as a file can speak of it. `events`: kind to the instants on record."""

    id: int
    values: dict[str, Any]
    events: dict[str, list[datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What a file changes in a case that is there."""

    id: int
    values: dict[str, Any]
    events: Sequence[NewEvent]


def kept_cases(job: Job, column: Any, wanted: Sequence[Any]) -> Iterator[KeptCase]:
    """The cases whose column has one of the values, with their events."""
    query = select(*(getattr(Complaint, name) for name in COMPARED))
    found = {row.id: KeptCase(row.id, dict(row._mapping)) for row in rows_with(job, query, column, wanted)}
    events = select(ComplaintEvent.complaint_id, ComplaintEvent.kind, ComplaintEvent.at)
    for event in rows_with(job, events, ComplaintEvent.complaint_id, list(found)):
        found[event.complaint_id].events.setdefault(event.kind, []).append(event.at)
    yield from found.values()


def change_cases(job: Job, changes: Sequence[CaseChange]) -> None:
    """Write what a file changes; status, departments and clocks follow where they depend on it."""
    by_id: dict[int, list[CaseChange]] = {}
    for change in changes:
        by_id.setdefault(change.id, []).append(change)
    ids = list(by_id)
    for first in range(0, len(ids), CHANGED_AT_ONCE):
        # Locked and read anew: whoever works on a case at this moment comes before or after us.
        cases = job.session.scalars(
            select(Complaint)
            .where(among(job.session, Complaint.id, ids[first : first + CHANGED_AT_ONCE]))
            .options(
                selectinload(Complaint.events),
                selectinload(Complaint.clocks),
                selectinload(Complaint.assignments),
            )
            .with_for_update(of=Complaint)
            .execution_options(populate_existing=True)
        ).all()
        for case in cases:
            for change in by_id[case.id]:
                _change(job, case, change)
        job.session.flush()


def _change(job: Job, case: Complaint, change: CaseChange) -> None:
    for name, value in change.values.items():
        setattr(case, name, value)
    case.events += [
        ComplaintEvent(
            kind=event.kind,
            at=event.at,
            recorded_at=job.now,
            actor=job.scope.actor,
            department=event.department,
            value=event.value,
            due_on=event.due_on,
            note="",
        )
        for event in change.events
    ]
    if change.events:
        case.status, case.closed_at = status_after(case.events)
        follow_events(case)
    if change.events or DECIDES_CLOCKS & change.values.keys():
        has_words = any(clock.steps for clock in case.clocks)
        set_clocks(job.session, case, job.book, job.now, is_explained=has_words)


def insert_cases(job: Job, cases: Sequence[NewCase]) -> None:
    """Write new cases with their events and clocks; status and closing follow from the events."""
    if not cases:
        return
    session = job.session
    rows = []
    for case in cases:
        status, closed_at = status_after(case.events)
        rows.append(
            {
                **case.values,
                "category_at_receipt": case.values["category"],
                "severity_at_receipt": case.values["severity"],
                "status": status,
                "closed_at": closed_at,
            }
        )
    insert_rows(session, Complaint, rows)
    numbers = [row["number"] for row in rows]
    found = rows_with(job, select(Complaint.number, Complaint.id), Complaint.number, numbers)
    ids = {row.number: row.id for row in found}
    events: list[dict[str, Any]] = []
    clocks: list[dict[str, Any]] = []
    stays: list[dict[str, Any]] = []
    for case in cases:
        complaint_id = ids[case.values["number"]]
        events += (
            {
                "complaint_id": complaint_id,
                "kind": event.kind,
                "at": event.at,
                "recorded_at": job.now,
                "actor": job.scope.actor,
                "department": event.department,
                "value": event.value,
                "due_on": event.due_on,
            }
            for event in case.events
        )
        clocks += _clock_rows(job, complaint_id, case)
        stays += (
            {"complaint_id": complaint_id, **{name: getattr(stay, name) for name in _STAY}}
            for stay in assignments_of(case.events)
        )
    insert_rows(session, ComplaintEvent, events)
    insert_rows(session, ComplaintClock, clocks)
    insert_rows(session, DepartmentAssignment, stays)


def _clock_rows(job: Job, complaint_id: int, case: NewCase) -> list[dict[str, Any]]:
    values = case.values
    facts = rules.CaseFacts(
        received_at=values["received_at"],
        channel=values["channel"],
        kind=values["kind"],
        severity=values["severity"],
        events=tuple(case.events),
        is_incident=values["is_incident"],
        category=values["category"],
    )
    rows = []
    for clock in rules.clocks(facts, job.book, job.now, is_explained=False):
        if clock.due_at is None or clock.warn_at is None:
            continue
        due_at = whole_seconds(clock.due_at)
        rows.append(
            {
                "complaint_id": complaint_id,
                "clock": clock.clock,
                "ordinal": clock.ordinal,
                "department": clock.department,
                "started_at": clock.started_at,
                "due_at": due_at,
                "due_on": job.calendar.day_of(due_at),
                "warn_at": whole_seconds(clock.warn_at),
                "met_at": whole_seconds(clock.met_at) if clock.met_at else None,
                "state": clock.state,
                "clauses": list(clock.clauses),
                "steps": [],
                "limit": clock.limit.as_json() if clock.limit else {},
                "is_provisional": clock.is_provisional,
                "rulebook_version": job.book.version,
            }
        )
    return rows
