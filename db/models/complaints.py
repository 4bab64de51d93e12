"""Complaints, what happened to them, and the clocks that run on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.people import Agent, Team


def _category(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return str(given.get("category", ""))


def _severity(context: DefaultExecutionContext) -> str:
    given = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return str(given.get("severity") or "ordinary")


class Complaint(Base):
    """A case. Its facts are here, its history in `events`, its deadlines in `clocks`."""

    __tablename__ = "complaints"
    __table_args__ = (
        Index("ix_complaints_team_received", "team_id", "received_on"),
        Index("ix_complaints_open", "status", "received_on"),
        Index(
            "ix_complaints_closed", "closed_at"
        ),  # what was open at an instant: never closed, or closed later
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    received_at: Mapped[datetime]
    received_on: Mapped[date] = mapped_column(index=True)  # local date of received_at
    channel: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(40), default="一般投诉")
    category: Mapped[str] = mapped_column(String(40))
    product: Mapped[str] = mapped_column(String(80), default="")
    severity: Mapped[str] = mapped_column(String(20), default="ordinary")
    # As it came in, filled in by itself: a change in mid-course leaves the clocks already running alone.
    category_at_receipt: Mapped[str] = mapped_column(String(40), default=_category)
    severity_at_receipt: Mapped[str] = mapped_column(String(20), default=_severity)
    summary: Mapped[str] = mapped_column(Text)
    customer_name: Mapped[str] = mapped_column(String(80), default="")
    customer_phone: Mapped[str] = mapped_column(String(40), default="")
    customer_demand: Mapped[str] = mapped_column(Text, default="")  # what the customer asks for (C4.23)
    document_ref: Mapped[str] = mapped_column(String(80), default="")  # number of the original (E3.26)
    order_ref: Mapped[str] = mapped_column(String(80), default="")  # order, batch or room number (C4.22)
    source_operator: Mapped[str] = mapped_column(String(20), default="")  # names.NAMES["operator"] (D1.6)
    cause_class: Mapped[str] = mapped_column(String(40), default="")  # complaint.cause_classes (C4.21)
    upheld: Mapped[str] = mapped_column(String(10), default="open")  # names.NAMES["upheld"]
    is_incident: Mapped[bool] = mapped_column(default=False)  # its detailed report is owed (E1.4)
    is_service_caused: Mapped[bool] = mapped_column(default=False)  # about an agent's service (A1.19)
    about_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))  # whom it is about
    department: Mapped[str] = mapped_column(String(80), default="")  # responsible department
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    agent_id: Mapped[int] = mapped_column(
        ForeignKey("agents.id"), index=True
    )  # first asked (D1.5): never changes
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))  # who works on it now, if another
    status: Mapped[str] = mapped_column(String(20), default="open")  # open answered closed
    closed_at: Mapped[datetime | None]
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"))
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)  # optimistic lock: two people, one case

    team: Mapped[Team] = relationship(lazy="joined")
    agent: Mapped[Agent] = relationship(lazy="joined", foreign_keys=[agent_id])
    handler: Mapped[Agent | None] = relationship(foreign_keys=[handler_id])
    about_agent: Mapped[Agent | None] = relationship(foreign_keys=[about_agent_id])
    previous: Mapped[Complaint | None] = relationship(remote_side="Complaint.id")
    events: Mapped[list[ComplaintEvent]] = relationship(
        back_populates="complaint", order_by="ComplaintEvent.at, ComplaintEvent.id"
    )
    clocks: Mapped[list[ComplaintClock]] = relationship(
        back_populates="complaint", order_by="ComplaintClock.due_at"
    )
    assignments: Mapped[list[DepartmentAssignment]] = relationship(
        back_populates="complaint", order_by="DepartmentAssignment.sent_at, DepartmentAssignment.id"
    )

    __mapper_args__ = {"version_id_col": row_version}


class ComplaintEvent(Base):
    """Something that happened, at the time it happened (`at`) and when we learned of it. Append-only."""

    __tablename__ = "complaint_events"
    __table_args__ = (UniqueConstraint("complaint_id", "kind", "at", "department"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))  # names.NAMES["complaint_event"]
    actor: Mapped[str] = mapped_column(String(80), default="")
    department: Mapped[str] = mapped_column(String(80), default="")
    value: Mapped[str] = mapped_column(
        String(80), default=""
    )  # what a change was to; own_fault or other_cause
    due_on: Mapped[date | None]  # local date by which the department is to answer or rectify
    note: Mapped[str] = mapped_column(Text, default="")

    complaint: Mapped[Complaint] = relationship(back_populates="events")


class ComplaintClock(Base):
    """A deadline once set: it stays as it was set, with the rulebook and the reasoning of that day.

    The truth about lateness is `due_at` against `met_at` or now; `state` is only a cache for lists.
    """

    __tablename__ = "complaint_clocks"
    __table_args__ = (
        UniqueConstraint("complaint_id", "clock", "ordinal"),
        Index("ix_complaint_clocks_due", "met_at", "due_at"),
        Index("ix_complaint_clocks_due_on", "due_on", "clock"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id", ondelete="CASCADE"))
    clock: Mapped[str] = mapped_column(String(40))
    ordinal: Mapped[int] = mapped_column(default=1)  # progress contacts come round again
    department: Mapped[str] = mapped_column(String(80), default="")  # whose clock: sign_off, rectification
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_on: Mapped[date]  # local date of due_at: the period the deadline counts in
    warn_at: Mapped[datetime]  # when it turns `due_soon`
    met_at: Mapped[datetime | None]
    breach_recorded_at: Mapped[datetime | None]  # when the sweep saw it; the breach itself is at due_at
    state: Mapped[str] = mapped_column(String(20))
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]  # Step.as_record, in order
    limit: Mapped[dict[str, Any]]  # Duration.as_json
    is_provisional: Mapped[bool] = mapped_column(default=False)  # the year's calendar is not published
    rulebook_version: Mapped[str] = mapped_column(String(64))

    complaint: Mapped[Complaint] = relationship(back_populates="clocks")


class DepartmentAssignment(Base):
    """A case in the hands of one department: sent, signed for, answered, rectified, verified (A5.2, A6.24, A6.27).

    The instants repeat what the case's events say, so that lists need not read every history; the words
    (findings, measures) are kept here. A department that gets the case back after it was recalled has a new row.
    """

    __tablename__ = "department_assignments"
    __table_args__ = (
        UniqueConstraint("complaint_id", "department", "sent_at"),
        Index("ix_department_assignments_open", "department", "returned_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id", ondelete="CASCADE"), index=True)
    department: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[datetime]
    answer_due_on: Mapped[date | None]  # the department's own limit, when the form names one (C4.23, E1.54)
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(String(80), default="")  # the department's head (A5.2)
    returned_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(20), default="")  # names.NAMES["complaint_cause"] (A6.24)
    findings: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")  # or suggestions, when the cause lies elsewhere
    rectify_due_on: Mapped[date | None]  # declared by the department or ordered (A6.23, A6.24)
    rectified_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str] = mapped_column(String(80), default="")
    is_sufficient: Mapped[bool | None]  # what the verification found (A6.27)
    recalled_at: Mapped[datetime | None]

    complaint: Mapped[Complaint] = relationship(back_populates="assignments")
