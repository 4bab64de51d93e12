"""What departments do with a case, as people record it: each write is one event and one row, in one transaction.

Clauses: A5.2 sent and signed for, A6.24 answered with cause and measures, A6.23 ordered to rectify, A6.27 verified.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from db import rulebooks
from db.assignments import current, list_departments
from db.case_events import record_event
from db.models import Complaint, DepartmentAssignment
from db.refusals import Refused
from db.registering import tidy
from regulations.access import Scope
from regulations.departments import open_rectifications
from regulations.rulebook import Rulebook
from regulations.similar_cases import folded

__all__ = [
    "answer",
    "assign",
    "list_departments",
    "order_rectification",
    "recall",
    "report_rectified",
    "sign",
    "verify_rectification",
]


def assign(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    answer_due_on: date | None = None,
    note: str = "",
) -> DepartmentAssignment:
    """Send the case to a department, with the date by which it is to answer when the form names one (C4.23, E1.54).

    Raises as record_event; Refused without a department, or when it has the case already.
    """
    name = " ".join(department.split())[:80]
    if not name:
        raise Refused("请填写责任部门。", "name the department")
    known = {folded(one): one for one in list_departments(session, scope)}
    name = known.get(folded(name), name)  # one department, however it is typed
    if answer_due_on is not None and answer_due_on < complaint.received_on:
        raise Refused(
            "反馈期限不能早于受理日期。", "the answer cannot be due before the complaint was received"
        )
    record_event(
        session,
        scope,
        complaint,
        "forwarded",
        at,
        note,
        expected_version,
        book,
        now,
        name,
        due_on=answer_due_on,
    )
    return current(complaint, name)


def sign(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    signed_by: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    note: str = "",
) -> DepartmentAssignment:
    """The department's head signs for the case (A5.2). Raises as record_event; Refused without a name."""
    if not tidy(signed_by):
        raise Refused("请填写签收人（责任部门负责人）。", "name who signed: the department's head")
    event = record_event(
        session,
        scope,
        complaint,
        "acknowledged",
        at,
        note,
        expected_version,
        book,
        now,
        department,
        tidy(signed_by)[:80],
    )
    return current(complaint, event.department)


def answer(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    cause: str,
    findings: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    measures: str = "",
    rectify_due_on: date | None = None,
    note: str = "",
) -> DepartmentAssignment:
    """The form comes back: own fault with measures and the date they will be done, else suggestions (A6.24).

    Raises as record_event; Refused when something that the clause asks for is missing.
    """
    if cause not in ("own_fault", "other_cause"):
        raise Refused(
            "请选择原因：本部门责任或其他原因。",
            "choose the cause: the department's own fault or another one",
        )
    if not findings.strip():
        raise Refused("请填写调查结果。", "write down what the department found")
    if cause == "own_fault" and not measures.strip():
        raise Refused("本部门责任须写明整改措施。(A6.24)", "own fault needs corrective measures. (A6.24)")
    if cause == "other_cause" and rectify_due_on is not None:
        raise Refused(
            "原因不在本部门的填写建议，不填整改期限；确需整改的，请另下整改通知。(A6.24)",
            "another cause is answered with suggestions and no date: if it is to rectify all the same, order it. (A6.24)",
        )
    terms = rulebooks.made_under(session, complaint.rulebook_version, book)
    has_date = rectify_due_on is not None or any(
        stay.rectify_due_on
        for stay in open_rectifications(complaint.events)
        if department in ("", stay.department)
    )
    if cause == "own_fault" and not has_date and terms.flag("complaint.rectification_by_schedule"):
        raise Refused(
            "本部门责任须填写整改完成日期。(A6.24)",
            "own fault needs the date by which the measures will be done. (A6.24)",
        )
    event = record_event(
        session,
        scope,
        complaint,
        "returned",
        at,
        note,
        expected_version,
        book,
        now,
        department,
        cause,
        rectify_due_on,
    )
    row = current(complaint, event.department)
    row.findings, row.measures = findings.replace("\x00", "").strip(), measures.replace("\x00", "").strip()
    return row


def recall(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> DepartmentAssignment:
    """Take the case back from a department that is not the one responsible. Raises as record_event; a reason is due."""
    if not note.strip():
        raise Refused("请写明收回的原因。", "say why the case is taken back")
    event = record_event(
        session, scope, complaint, "recalled", at, note, expected_version, book, now, department
    )
    return current(complaint, event.department)


def order_rectification(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    due_on: date | None,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> DepartmentAssignment:
    """Issue the rectification notice, with the date when it names one (A6.23). Raises as record_event."""
    event = record_event(
        session, scope, complaint, "rectification_ordered", at, note, expected_version, book, now, department,
        due_on=due_on,
    )  # fmt: skip
    return current(complaint, event.department)


def report_rectified(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> DepartmentAssignment:
    """The department reports its measures done. Raises as record_event; Refused when none was declared or ordered."""
    event = record_event(
        session, scope, complaint, "rectified", at, note, expected_version, book, now, department
    )
    return current(complaint, event.department)


def verify_rectification(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    department: str,
    *,
    at: datetime,
    is_sufficient: bool,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    due_on: date | None = None,
) -> DepartmentAssignment:
    """The receiving department checks the measures (A6.27); insufficient ones go on, by a new date when it is named.

    Raises as record_event; Refused when nothing was reported and nothing is overdue, or without a reason for "no".
    """
    if not is_sufficient and not note.strip():
        raise Refused("核查不通过须写明原因。", "say what is found wanting")
    if is_sufficient and due_on is not None:
        raise Refused("核查通过后没有新的期限。", "what is sufficient has no new date")
    kind = "rectification_passed" if is_sufficient else "rectification_failed"
    event = record_event(
        session, scope, complaint, kind, at, note, expected_version, book, now, department, due_on=due_on
    )
    return current(complaint, event.department)
