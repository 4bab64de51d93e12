"""What the machine found in a call (inspection) and what people made of it (review)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.calls import Call, Transcript
from db.models.people import User


class Inspection(Base):
    """One transcript under one rulebook and one version of the code. Another makes a new row, never changes an old one."""

    __tablename__ = "inspections"
    __table_args__ = (
        UniqueConstraint("transcript_id", "rulebook_version", "matching"),
        Index("ix_inspections_day", "started_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcripts.id"))
    started_on: Mapped[date]  # the call's local date, so that figures by period need no join
    rulebook_version: Mapped[str] = mapped_column(String(64))
    matching: Mapped[str] = mapped_column(
        String(12), default="", server_default=""
    )  # version of the code's rules
    machine_score: Mapped[Decimal] = mapped_column(Numeric(5, 1))  # 0..100, before any review
    measures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    suppressed: Mapped[list[Any]]  # text taken for a hallucination, kept for the record
    checks: Mapped[list[Any]]  # every required phrase owed: [{"rule","category","verdict"}]
    created_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(default=True, index=True)

    call: Mapped[Call] = relationship(lazy="joined")
    transcript: Mapped[Transcript] = relationship()
    findings: Mapped[list[Finding]] = relationship(
        back_populates="inspection", order_by="Finding.start_seconds"
    )


class Finding(Base):
    """Something found automatically: a proposal until a person confirms it. contract.md's shape."""

    __tablename__ = "findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspections.id", ondelete="CASCADE"), index=True)
    rule: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))  # banned missing measure
    category: Mapped[str] = mapped_column(String(40), index=True)
    verdict: Mapped[str] = mapped_column(String(12))  # hit absent cannot_tell
    phase: Mapped[str] = mapped_column(String(10))
    segment: Mapped[int | None]  # ordinal of the segment
    start_seconds: Mapped[float | None] = mapped_column(Float)
    end_seconds: Mapped[float | None] = mapped_column(Float)
    quote: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]]
    severity: Mapped[str] = mapped_column(String(10))
    points: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    stake: Mapped[Decimal] = mapped_column(
        Numeric(5, 1), default=Decimal(0), server_default="0"
    )  # once confirmed
    needs_review: Mapped[bool] = mapped_column(default=True)
    steps: Mapped[list[Any]]
    layer: Mapped[str] = mapped_column(String(12), default="exact", server_default="exact")  # what found it
    probability: Mapped[float | None] = mapped_column(Float)  # the classifier's own, 0..1
    decision: Mapped[str | None] = mapped_column(String(12))  # latest review's decision, for lists

    inspection: Mapped[Inspection] = relationship(back_populates="findings")
    reviews: Mapped[list[FindingReview]] = relationship(back_populates="finding", order_by="FindingReview.at")


class FindingReview(Base):
    """A person's decision on a finding. Append-only; the latest counts."""

    __tablename__ = "finding_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reviewer: Mapped[str] = mapped_column(String(80))
    decision: Mapped[str] = mapped_column(String(12))  # confirmed overturned
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]

    finding: Mapped[Finding] = relationship(back_populates="reviews")
    user: Mapped[User | None] = relationship()
