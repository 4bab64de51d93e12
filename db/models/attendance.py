"""Shifts, punches, leave, time off the post, and the day's verdict."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.people import Agent


class Shift(Base):
    """A person's rostered shift. `work_on` is the local date it belongs to, also past midnight."""

    __tablename__ = "shifts"
    __table_args__ = (UniqueConstraint("agent_id", "starts_at"), Index("ix_shifts_day", "work_on"))

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    work_on: Mapped[date]
    code: Mapped[str] = mapped_column(String(20), default="day")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    breaks: Mapped[list[Any]]  # [{"start": ISO, "end": ISO}]
    post: Mapped[str] = mapped_column(String(40), default="")

    agent: Mapped[Agent] = relationship(lazy="joined")


class Punch(Base):
    """A clock reading. Append-only: a correction is a new row that names the one it replaces."""

    __tablename__ = "punches"
    __table_args__ = (
        UniqueConstraint("agent_id", "at", "kind"),
        Index("ix_punches_day", "agent_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(10))  # in out
    device: Mapped[str] = mapped_column(String(60), default="")
    recorded_at: Mapped[datetime]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("punches.id"))


class Leave(Base):
    """A leave request and its decision. `status`: requested approved refused withdrawn."""

    __tablename__ = "leave"
    __table_args__ = (
        UniqueConstraint("agent_id", "starts_at", "type"),
        Index("ix_leave_days", "agent_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    type: Mapped[str] = mapped_column(String(20))  # names.NAMES["leave_type"]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    filed_at: Mapped[datetime]
    filed_by: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(20), default="approved")
    approver: Mapped[str] = mapped_column(String(80), default="")
    has_certificate: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")

    agent: Mapped[Agent] = relationship(lazy="joined")


class OffPost(Base):
    """Time away from the post during a shift."""

    __tablename__ = "off_post"
    __table_args__ = (UniqueConstraint("agent_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    is_approved: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")


class AttendanceDay(Base):
    """The verdict on one shift, kept for lists and figures; always re-derivable from its facts."""

    __tablename__ = "attendance_days"
    __table_args__ = (
        UniqueConstraint("shift_id"),
        Index("ix_attendance_days_day", "work_on", "class"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    work_on: Mapped[date]
    class_: Mapped[str] = mapped_column("class", String(20))
    late_minutes: Mapped[int] = mapped_column(default=0)
    early_minutes: Mapped[int] = mapped_column(default=0)
    worked_minutes: Mapped[int] = mapped_column(default=0)
    first_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    judged_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship(lazy="joined")
    shift: Mapped[Shift] = relationship()
