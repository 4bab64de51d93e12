"""Which department has a case: rows that repeat what the case's events say, for lists and for the words."""

from __future__ import annotations

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from db.models import Complaint, DepartmentAssignment
from db.visibility import within
from regulations.access import Scope
from regulations.departments import Assignment, assignments_of

_FACTS = (
    "answer_due_on", "signed_at", "signed_by", "returned_at", "cause", "rectify_due_on", "rectified_at", "verified_at",
    "is_sufficient", "recalled_at",
)  # fmt: skip


def follow_events(complaint: Complaint) -> None:
    """Bring the rows of the case in line with its events. The words on them (findings, measures) stay."""
    kept = {(row.department, row.sent_at): row for row in complaint.assignments}
    for stay in assignments_of(complaint.events):
        row = kept.get((stay.department, stay.sent_at))
        if row is None:
            row = DepartmentAssignment(department=stay.department, sent_at=stay.sent_at)
            complaint.assignments.append(row)
        _copy(stay, row)


def _copy(stay: Assignment, row: DepartmentAssignment) -> None:
    for fact in _FACTS:
        setattr(row, fact, getattr(stay, fact))


def current(complaint: Complaint, department: str) -> DepartmentAssignment:
    """The last stay of the case with the department. Raises LookupError when it never got it."""
    rows = [row for row in complaint.assignments if row.department == department]
    if not rows:
        raise LookupError(department)
    return max(rows, key=lambda row: row.sent_at)


def list_departments(session: Session, scope: Scope) -> list[str]:
    """Every department that cases in scope were ever sent to, by name: what the forms offer."""
    visible = within(scope, team=Complaint.team_id, agent=Complaint.agent_id)
    named = select(Complaint.department).where(Complaint.department != "", *visible)
    sent = select(DepartmentAssignment.department).join(DepartmentAssignment.complaint).where(*visible)
    return sorted(session.scalars(union(named, sent)))
