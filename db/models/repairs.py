"""Work orders of repairs, and what customers answered when they were asked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.callbacks import Callback
from db.models.complaints import Complaint
from db.models.people import Agent, Team


class WorkOrder(Base):
    """One repair (维修单), from the call to the customer's signature (E1.45 to E1.49)."""

    __tablename__ = "work_orders"
    __table_args__ = (
        Index("ix_work_orders_notified", "notified_on", "team_id"),
        Index("ix_work_orders_open", "finished_at", "arrival_due_at"),
        Index("ix_work_orders_finished", "finished_on", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)  # who took the call
    service_type: Mapped[str] = mapped_column(String(40), default="")  # repair.service_types
    customer_name: Mapped[str] = mapped_column(String(80), default="")
    customer_phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text)
    engineer: Mapped[str] = mapped_column(String(80), default="")
    notified_at: Mapped[datetime]  # the customer's call
    notified_on: Mapped[date]
    dispatch_due_at: Mapped[datetime]  # the end of the local day it is to be dispatched on (C4.10)
    form_at: Mapped[datetime | None]  # the engineer got the notice form: dispatched
    appointment_at: Mapped[datetime | None]  # agreed with the customer; then the clock runs from there
    arrived_at: Mapped[datetime | None]
    is_charged: Mapped[bool] = mapped_column(default=False)
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_confirmed_at: Mapped[datetime | None]
    work_started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    finished_on: Mapped[date | None]
    signed_at: Mapped[datetime | None]  # the customer accepted it
    unfinished_reason: Mapped[str] = mapped_column(Text, default="")
    next_appointment_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]  # on site again, at the next appointment
    apologised_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    arrival_due_at: Mapped[datetime | None]  # set once it is dispatched; None: the rulebook sets no limit
    arrival_due_on: Mapped[date | None] = mapped_column(index=True)
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    complaint: Mapped[Complaint | None] = relationship()
    team: Mapped[Team] = relationship(lazy="joined")
    agent: Mapped[Agent] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": row_version}


class SurveyResponse(Base):
    """One customer's grades, one row for each dimension (C4.16: four dimensions, four grades)."""

    __tablename__ = "survey_responses"
    __table_args__ = (
        UniqueConstraint("number", "dimension"),
        Index("ix_survey_responses_answered", "answered_on", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))  # of the form: the same for all its dimensions
    dimension: Mapped[str] = mapped_column(String(40))  # survey.dimensions
    grade: Mapped[str] = mapped_column(String(40))  # survey.grades
    points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))  # survey.grade_values, as of that day
    answered_at: Mapped[datetime]
    answered_on: Mapped[date]
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)  # whose service is graded
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"), index=True)
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_orders.id"), index=True)
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callbacks.id"), index=True)
    comment: Mapped[str] = mapped_column(Text, default="")
    rulebook_version: Mapped[str] = mapped_column(String(64))

    team: Mapped[Team] = relationship(lazy="joined")
    agent: Mapped[Agent] = relationship(lazy="joined")
    complaint: Mapped[Complaint | None] = relationship()
    work_order: Mapped[WorkOrder | None] = relationship()
    callback: Mapped[Callback | None] = relationship()
