"""New complaints from a file, written many at once: the case, its events, its deadlines.

A file of a hundred thousand cases means a million rows, so they go in as plain rows and not as objects. The words of
each deadline are left out: they follow from the case and its rulebook, and are said when somebody opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from db.clocks import whole_second
from db.complaints import status_after
from db.import_rows import Job
from db.models import Base, Complaint, ComplaintClock, ComplaintEvent, DepartmentAssignment
from regulations import complaints as rules
from regulations.departments import assignments_of

_STAY = (
    "department", "sent_at", "answer_due_on", "signed_at", "returned_at", "cause", "rectify_due_on", "rectified_at",
    "verified_at", "is_sufficient", "recalled_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event of a case, as regulations.departments and the clocks read it. `field` is the column it came from."""

    kind: str
    at: datetime
    field: str = ""
    department: str = ""
    value: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that is not there yet: its columns and its events."""

    values: dict[str, Any]
    events: Sequence[NewEvent]


def insert_cases(job: Job, cases: Sequence[NewCase]) -> None:
    """Write new cases with their events and clocks; status and closing follow from the events."""
    if not cases:
        return
    session = job.session
    rows = []
    for case in cases:
        status, closed_at = status_after(case.events)
        rows.append({**case.values, "status": status, "closed_at": closed_at})
    _insert(session, Complaint, rows)
    numbers = [row["number"] for row in rows]
    found = session.execute(select(Complaint.number, Complaint.id).where(Complaint.number.in_(numbers)))
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
    _insert(session, ComplaintEvent, events)
    _insert(session, ComplaintClock, clocks)
    _insert(session, DepartmentAssignment, stays)


def _insert(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Plain rows in one statement; through the objects' own insert each would be a statement of its own."""
    table = model.__table__
    assert isinstance(table, Table)
    if rows:
        session.execute(table.insert(), rows)


def _clock_rows(job: Job, complaint_id: int, case: NewCase) -> list[dict[str, Any]]:
    values = case.values
    facts = rules.CaseFacts(
        received_at=values["received_at"],
        channel=values["channel"],
        kind=values["kind"],
        severity=values["severity"],
        events=tuple(
            rules.CaseEvent(event.kind, event.at, event.department, event.value, event.due_on)
            for event in case.events
        ),
        is_incident=values["is_incident"],
        category=values["category"],
    )
    rows = []
    for clock in rules.clocks(facts, job.book, job.now):
        if clock.due_at is None or clock.warn_at is None:
            continue
        due_at = whole_second(clock.due_at)
        rows.append(
            {
                "complaint_id": complaint_id,
                "clock": clock.clock,
                "ordinal": clock.ordinal,
                "department": clock.department,
                "started_at": clock.started_at,
                "due_at": due_at,
                "due_on": job.calendar.day_of(due_at),
                "warn_at": whole_second(clock.warn_at),
                "met_at": whole_second(clock.met_at) if clock.met_at else None,
                "state": clock.state,
                "clauses": list(clock.clauses),
                "steps": [],
                "limit": clock.limit.as_json() if clock.limit else {},
                "is_provisional": clock.is_provisional,
                "rulebook_version": job.book.version,
            }
        )
    return rows
