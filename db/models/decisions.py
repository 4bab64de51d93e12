"""What people decide on a case: approvals, reports up the ladder, proposed penalties."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.complaints import Complaint


class Approval(Base):
    """A request for something that needs a signature, and who gave or refused it (C4.27 to C4.29)."""

    __tablename__ = "approvals"
    __table_args__ = (Index("ix_approvals_open", "state", "required_role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaints.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(30))  # names.NAMES["approval_kind"]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))  # CNY; None where no amount decides
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    requested_on: Mapped[date] = mapped_column(index=True)
    required_role: Mapped[str] = mapped_column(String(20))  # the abstract level that may decide
    state: Mapped[str] = mapped_column(String(20), default="pending")  # names.NAMES["approval_state"]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_role: Mapped[str] = mapped_column(String(20), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    complaint: Mapped[Complaint | None] = relationship()

    __mapper_args__ = {"version_id_col": row_version}


class Escalation(Base):
    """A report up the ladder with its proposed handling, and the instruction it got (A2.2, A2.3)."""

    __tablename__ = "escalations"
    __table_args__ = (Index("ix_escalations_open", "answered_at", "to_role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaints.id", ondelete="CASCADE"), index=True
    )
    handover_id: Mapped[int | None] = mapped_column(
        ForeignKey("handovers.id", ondelete="SET NULL"), index=True
    )  # the handover that was refused (B1.13)
    reason: Mapped[str] = mapped_column(String(30))  # names.NAMES["escalation_reason"]
    detail: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text)  # a report carries a proposed handling (A2.3)
    from_role: Mapped[str] = mapped_column(String(20))
    to_role: Mapped[str] = mapped_column(String(20))
    raised_by: Mapped[str] = mapped_column(String(80))
    raised_at: Mapped[datetime]
    raised_on: Mapped[date] = mapped_column(index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)  # whose it is; None: all
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_bypass: Mapped[bool] = mapped_column(default=False)  # whether levels were passed over (A2.2)
    skipped_roles: Mapped[list[Any]]  # levels passed over; empty: level by level
    report_due_at: Mapped[datetime | None]  # by when the skipped superior is to be told
    reported_at: Mapped[datetime | None]  # when he was
    reported_by: Mapped[str] = mapped_column(String(80), default="")
    report_note: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None]
    instruction: Mapped[str] = mapped_column(Text, default="")  # recorded in detail and carried out (A2.3)
    settled_at: Mapped[
        datetime | None
    ]  # when no instruction was needed any more: it was taken over after all
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    complaint: Mapped[Complaint | None] = relationship()

    __mapper_args__ = {"version_id_col": row_version}


class LedgerEntry(Base):
    """Money or points that the regulations attach to an event: proposed by the desk, imposed by a person.

    Never changed but for the decision; a correction is a new row that names the old one.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_state", "state", "proposed_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaints.id", ondelete="CASCADE"), index=True
    )
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"))
    trigger: Mapped[str] = mapped_column(String(60))  # PenaltyRule.trigger
    subject_kind: Mapped[str] = mapped_column(String(20))  # names.NAMES["ledger_subject"]
    subject: Mapped[str] = mapped_column(String(80))  # the department's name, or the staff number
    kind: Mapped[str] = mapped_column(String(20))  # names.NAMES["ledger_kind"]
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))  # CNY or points, positive: taken off
    factor: Mapped[Decimal] = mapped_column(Numeric(6, 2), default=Decimal(1))  # 2: doubled (A6.29)
    cause: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="proposed")  # names.NAMES["ledger_state"]
    proposed_at: Mapped[datetime]
    proposed_on: Mapped[date]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    complaint: Mapped[Complaint | None] = relationship()

    __mapper_args__ = {"version_id_col": row_version}
