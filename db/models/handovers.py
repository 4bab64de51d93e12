"""Handovers between shifts, and months of attendance that were fixed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.attendance import Shift
from db.models.base import Base
from db.models.people import Agent, Team


class Handover(Base):
    """What one shift leaves to the next: written, signed by both, or refused; reviewed the same day (A2.45–50, B1.9–15).

    `entries` holds the fields that `handover.fields` names. The outgoing stays until the incoming is there (A2.48).
    """

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("outgoing_shift_id"),
        Index("ix_handovers_day", "work_on", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    work_on: Mapped[date]
    post: Mapped[str] = mapped_column(String(40), default="")
    outgoing_shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    incoming_shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    outgoing_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    incoming_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    relief_named_by: Mapped[str] = mapped_column(
        String(80), default=""
    )  # who sent somebody else to take over
    due_at: Mapped[datetime]  # the end of the outgoing shift
    entries: Mapped[dict[str, Any]]  # field name as in the rulebook -> text
    written_by: Mapped[str] = mapped_column(String(80), default="")
    written_at: Mapped[datetime | None]  # when its text was last written
    first_written_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    first_written_at: Mapped[datetime | None]  # when it was first complete, where it was rewritten since
    signed_out_by: Mapped[str] = mapped_column(String(80), default="")
    signed_out_at: Mapped[datetime | None]
    signed_in_by: Mapped[str] = mapped_column(String(80), default="")
    signed_in_at: Mapped[datetime | None]
    signed_in_reason: Mapped[str] = mapped_column(
        Text, default="", server_default=""
    )  # why the supervisor signed for whoever was to take over; empty: he signed himself
    refused_by: Mapped[str] = mapped_column(String(80), default="")
    refused_at: Mapped[datetime | None]
    refused_reason: Mapped[str] = mapped_column(Text, default="")
    reviewed_by: Mapped[str] = mapped_column(String(80), default="")
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(Text, default="")
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    team: Mapped[Team] = relationship(lazy="joined")
    outgoing: Mapped[Agent] = relationship(lazy="joined", foreign_keys=[outgoing_id])
    incoming: Mapped[Agent | None] = relationship(lazy="joined", foreign_keys=[incoming_id])
    outgoing_shift: Mapped[Shift | None] = relationship(foreign_keys=[outgoing_shift_id])
    incoming_shift: Mapped[Shift | None] = relationship(foreign_keys=[incoming_shift_id])

    __mapper_args__ = {"version_id_col": row_version}


class AttendanceMonth(Base):
    """A team's month of attendance as it was fixed, by whom and when; what changes later shows as a difference."""

    __tablename__ = "attendance_months"
    __table_args__ = (UniqueConstraint("team_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    month: Mapped[date]  # its first day
    locked_by: Mapped[str] = mapped_column(String(80))
    locked_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    rulebook_version: Mapped[str] = mapped_column(String(64))

    team: Mapped[Team] = relationship(lazy="joined")
    rows: Mapped[list[AttendanceMonthRow]] = relationship(
        back_populates="month_row", cascade="all, delete-orphan"
    )


class AttendanceMonthRow(Base):
    """One person's totals and days as the month was fixed."""

    __tablename__ = "attendance_month_rows"
    __table_args__ = (UniqueConstraint("month_id", "agent_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month_id: Mapped[int] = mapped_column(ForeignKey("attendance_months.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    totals: Mapped[dict[str, Any]]  # name of the total -> number
    days: Mapped[list[Any]]  # [{"shift_id", "work_on", "class", "late_minutes", …}], one per shift

    month_row: Mapped[AttendanceMonth] = relationship(back_populates="rows")
    agent: Mapped[Agent] = relationship(lazy="joined")
