"""Obligatory follow-up contacts (回访) and the attempts made at them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.complaints import Complaint
from db.models.people import Agent, Team


class Callback(Base):
    """One obligation. Two callers on one obligation are two attempts, never two obligations."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_due", "due_on", "team_id"),
        Index("ix_callbacks_open", "completed_at", "due_at"),
        Index("ix_callbacks_retry", "completed_at", "next_attempt_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(40))  # names.NAMES["callback_kind"]
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"), index=True)
    customer_name: Mapped[str] = mapped_column(String(80), default="")
    customer_phone: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")  # discharge, work order, case summary
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)  # who is to call
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))  # who handled the case
    arisen_at: Mapped[datetime]  # resolution, discharge, visit
    due_at: Mapped[datetime]
    due_on: Mapped[date]
    completed_at: Mapped[datetime | None]
    satisfaction: Mapped[str | None] = mapped_column(String(20))
    next_attempt_at: Mapped[
        datetime | None
    ]  # when to try again; None: nothing was tried, or nothing is left to try
    settled_at: Mapped[datetime | None]  # ended without being completed, by a refusal or a person's decision
    settled_reason: Mapped[str] = mapped_column(
        String(40), default=""
    )  # refused unreachable wrong_number cancelled
    resumed_at: Mapped[
        datetime | None
    ]  # the last decision to try again: what was tried before no longer counts
    given_up_at: Mapped[datetime | None]  # the decision to call no more; settled_reason says why
    decided_by: Mapped[str] = mapped_column(
        String(80), default=""
    )  # whose decision the ending or resuming was
    decision_note: Mapped[str] = mapped_column(Text, default="")
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_orders.id"), index=True)
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)  # moves on with every attempt and decision

    complaint: Mapped[Complaint | None] = relationship()
    team: Mapped[Team] = relationship(lazy="joined")
    agent: Mapped[Agent] = relationship(lazy="joined", foreign_keys=[agent_id])
    handler: Mapped[Agent | None] = relationship(foreign_keys=[handler_id])
    attempts: Mapped[list[CallbackAttempt]] = relationship(
        back_populates="callback", order_by="CallbackAttempt.at"
    )


class CallbackAttempt(Base):
    """One try at reaching the customer. Append-only."""

    __tablename__ = "callback_attempts"
    __table_args__ = (UniqueConstraint("callback_id", "at", "agent_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callbacks.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    channel: Mapped[str] = mapped_column(String(20), default="phone")
    outcome: Mapped[str] = mapped_column(String(20))  # names.NAMES["attempt_outcome"]
    is_complete: Mapped[bool] = mapped_column(default=False)  # the callback's content was covered
    satisfaction: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")

    callback: Mapped[Callback] = relationship(back_populates="attempts")
    agent: Mapped[Agent] = relationship(lazy="joined")
