"""Shifts, punches, leave, time off the post, and the day's verdict."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
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
    source: Mapped[str] = mapped_column(String(20), default="import", server_default="import")  # punch_source
    recorded_by: Mapped[str] = mapped_column(String(80), default="", server_default="")


class Leave(Base):
    """A leave request and its decision. `status`: names.NAMES["request_state"].

    An amended request is a new row that names the one it takes the place of. `reason` may be about somebody's
    health: only those who decide on the request read it.
    """

    __tablename__ = "leave"
    __table_args__ = (
        UniqueConstraint("agent_id", "starts_at", "type", "revision"),
        Index("ix_leave_days", "agent_id", "starts_at"),
        Index("ix_leave_open", "status", "required_role"),
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
    is_emergency: Mapped[bool] = mapped_column(default=False, server_default="0")  # treated at once (A2.55)
    proxy: Mapped[str] = mapped_column(String(80), default="", server_default="")  # who filed for the person
    told_at: Mapped[datetime | None]  # when it was told by telephone, before it was filed (A2.55)
    certificate_from_on: Mapped[date | None]
    certificate_to_on: Mapped[date | None]
    slip_received_on: Mapped[date | None]  # when the slip was handed in (A2.55)
    returned_at: Mapped[datetime | None]  # when the person reported back (A1.23)
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("leave.id"))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")  # of requests with the same start
    required_role: Mapped[str] = mapped_column(String(20), default="", server_default="")
    decided_role: Mapped[str] = mapped_column(String(20), default="", server_default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    exceptions: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # clauses it was approved against
    days: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))  # its length as it was counted then
    violations: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    clauses: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    steps: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    rulebook_version: Mapped[str] = mapped_column(String(64), default="", server_default="")
    row_version: Mapped[int] = mapped_column(default=1, server_default="1")

    agent: Mapped[Agent] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": row_version}


class ShiftChange(Base):
    """A change to the roster that people had seen: what it was, what it became, who and why. Never changed."""

    __tablename__ = "shift_changes"
    __table_args__ = (Index("ix_shift_changes_day", "work_on", "agent_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))  # whose shift it was before
    work_on: Mapped[date]
    before: Mapped[dict[str, Any]]  # empty for a shift that was added
    after: Mapped[dict[str, Any]]  # empty for a shift that was taken off
    source: Mapped[str] = mapped_column(String(20))  # names.NAMES["shift_change_source"]
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


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
    kind: Mapped[str] = mapped_column(String(20), default="off_post", server_default="off_post")
    approved_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    replacement: Mapped[str] = mapped_column(
        String(80), default="", server_default=""
    )  # staff number (B1.17)
    recorded_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    recorded_at: Mapped[datetime | None]


class DeviceCorrection(Base):
    """That a device's clock was wrong between two instants of its own: its readings count `offset_seconds` later.

    Kept so that readings which arrive afterwards are put right as well. `team_ids` and `agent_id` are whose readings
    whoever made it was responsible for; both None: everybody's. Never changed.
    """

    __tablename__ = "device_corrections"
    __table_args__ = (Index("ix_device_corrections_device", "device", "from_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(String(60))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    offset_seconds: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    team_ids: Mapped[list[Any] | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime]


class AttendanceDay(Base):
    """The verdict on one shift for one person, kept for lists and figures; always re-derivable from its facts.

    There is one a shift, and a second for the other person of a swap that failed (A1.32, A3.5).
    """

    __tablename__ = "attendance_days"
    __table_args__ = (
        UniqueConstraint("shift_id", "agent_id"),
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
    off_post_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    extra_minutes: Mapped[int] = mapped_column(default=0, server_default="0")  # beyond the shift
    approved_extra_minutes: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # of these, as overtime
    month_count: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # which lateness of the month it is
    remarks: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # attendance_remark codes
    first_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    judged_at: Mapped[datetime]

    agent: Mapped[Agent] = relationship(lazy="joined")
    shift: Mapped[Shift] = relationship()
