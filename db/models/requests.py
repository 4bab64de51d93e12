"""What people ask for about their hours, and who decided: swaps, forgotten punches, overtime. Leave is in attendance.

Each request keeps the rule check it was decided on: its clauses and steps as they were then.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.attendance import Punch, Shift
from db.models.base import Base
from db.models.people import Agent


class SwapRequest(Base):
    """Two people who exchange a shift now and, where agreed, one back later (A1.29 to A1.32, A3.1 to A3.9).

    `shift` is the requester's, worked by `partner`; `payback_shift` is the partner's, worked by the requester. The
    dates are kept beside the shifts: they stand in the request even if the roster is drawn up anew. When it is
    approved each shift goes to the other person; until the pay-back has been worked the swap is not settled.
    """

    __tablename__ = "swap_requests"
    __table_args__ = (
        Index("ix_swap_requests_state", "state", "swap_on"),
        Index("ix_swap_requests_requester", "requester_id", "swap_on"),
        Index("ix_swap_requests_partner", "partner_id", "swap_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    payback_shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    swap_on: Mapped[date]
    payback_on: Mapped[date | None]
    form_number: Mapped[str] = mapped_column(String(60), default="")  # of the registered form (A3.2)
    reason: Mapped[str] = mapped_column(Text, default="")
    briefing: Mapped[str] = mapped_column(Text, default="")  # what each told the other (A1.32)
    consents: Mapped[list[Any]]  # [{"who": names.NAMES["swap_consent"], "by": …, "at": ISO}]
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="requested")  # names.NAMES["swap_state"]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_role: Mapped[str] = mapped_column(String(20), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    failed_shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    settled_at: Mapped[datetime | None]  # both ways worked, or what went wrong established
    settled_by: Mapped[str] = mapped_column(String(80), default="", server_default="")  # by whom
    outcome_note: Mapped[str] = mapped_column(Text, default="")  # each party's share of responsibility (A3.5)
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    requester: Mapped[Agent] = relationship(lazy="joined", foreign_keys=[requester_id])
    partner: Mapped[Agent] = relationship(lazy="joined", foreign_keys=[partner_id])
    shift: Mapped[Shift | None] = relationship(foreign_keys=[shift_id])
    payback_shift: Mapped[Shift | None] = relationship(foreign_keys=[payback_shift_id])

    __mapper_args__ = {"version_id_col": row_version}


class PunchCorrection(Base):
    """A request to put a clock reading right: one that is missing, or one that says the wrong time.

    Approved, it makes a new punch row; the row it replaces, if any, is named by that punch's `corrects_id`.
    """

    __tablename__ = "punch_corrections"
    __table_args__ = (
        Index("ix_punch_corrections_state", "state", "work_on"),
        Index("ix_punch_corrections_agent", "agent_id", "work_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    work_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))  # in out
    at: Mapped[datetime]  # the time that is claimed
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("punches.id"))
    punch_id: Mapped[int | None] = mapped_column(ForeignKey("punches.id"))  # the row it made
    reason: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")  # who saw it, which record shows it
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    required_role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="requested")  # names.NAMES["request_state"]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_role: Mapped[str] = mapped_column(String(20), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    agent: Mapped[Agent] = relationship(lazy="joined")
    shift: Mapped[Shift | None] = relationship()
    replaces: Mapped[Punch | None] = relationship(foreign_keys=[replaces_id])

    __mapper_args__ = {"version_id_col": row_version}


class Overtime(Base):
    """Work beyond the roster: asked for, approved by the level that may, paid or given back as time off (E3.14)."""

    __tablename__ = "overtime"
    __table_args__ = (
        Index("ix_overtime_state", "state", "work_on"),
        Index("ix_overtime_agent", "agent_id", "work_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    work_on: Mapped[date]  # the local date it belongs to, also past midnight
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    compensation: Mapped[str] = mapped_column(String(20), default="pay")  # names.NAMES["compensation"]
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    required_role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="requested")  # names.NAMES["request_state"]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_role: Mapped[str] = mapped_column(String(20), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    agent: Mapped[Agent] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": row_version}


class LeaveEntry(Base):
    """One line of a person's leave account; never changed. The balance of a type is the sum of its days."""

    __tablename__ = "leave_entries"
    __table_args__ = (
        Index("ix_leave_entries_account", "agent_id", "type", "effective_on"),
        UniqueConstraint("agent_id", "import_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    type: Mapped[str] = mapped_column(String(20))  # names.NAMES["leave_type"]
    kind: Mapped[str] = mapped_column(String(20))  # names.NAMES["leave_entry"]
    days: Mapped[Decimal] = mapped_column(Numeric(10, 4))  # positive: added to the account
    effective_on: Mapped[date]
    leave_id: Mapped[int | None] = mapped_column(ForeignKey("leave.id"), index=True)
    overtime_id: Mapped[int | None] = mapped_column(ForeignKey("overtime.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("leave_entries.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    import_key: Mapped[str | None] = mapped_column(String(160))  # which line of a file it is; none by hand
    entered_by: Mapped[str] = mapped_column(String(80))
    entered_at: Mapped[datetime]
    steps: Mapped[list[Any]]  # how the days were counted, as it was explained then
    rulebook_version: Mapped[str] = mapped_column(String(64))

    agent: Mapped[Agent] = relationship(lazy="joined")


class CoverageNeed(Base):
    """How many people a team needs at a post at a time of day; on one day of the week, or on all."""

    __tablename__ = "coverage_needs"
    __table_args__ = (UniqueConstraint("team_id", "post", "weekday", "starts_minute"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    post: Mapped[str] = mapped_column(String(40), default="")  # "": any post of the team
    weekday: Mapped[int] = mapped_column(default=-1)  # 0 Monday … 6 Sunday, 7 public holidays, -1 every day
    starts_minute: Mapped[int]  # minutes after local midnight
    ends_minute: Mapped[int]  # up to 1440; may lie beyond it for a need across midnight
    required: Mapped[int]  # persons
    set_by: Mapped[str] = mapped_column(String(80), default="")
    set_at: Mapped[datetime]
