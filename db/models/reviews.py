"""What a person makes of a whole call: the review with its answers, what the machine missed, notes to the agent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.calls import Call
from db.models.people import Agent, User
from db.models.quality import Inspection

_OPEN = text("state = 'claimed' AND round_id IS NULL")
_ONE_EACH = text("round_id IS NOT NULL")
_STANDS = text("stands")


class Scorecard(Base):
    """One version of a scorecard. A published one never changes; another edit makes the next version."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("code", "version"), UniqueConstraint("code", "valid_from"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]  # from 1
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    definition: Mapped[dict[str, Any]]  # quality.scorecards.to_record
    state: Mapped[str] = mapped_column(String(12), default="draft")  # draft published retired
    valid_from: Mapped[date | None]  # calls from this local date on; None while it is a draft
    retired_from: Mapped[date | None]  # calls from this local date on are judged by another card
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(Text, default="")  # why it was changed
    row_version: Mapped[int] = mapped_column(default=1)


class CallReview(Base):
    """One person's review of one call. Claimed by one reviewer at a time; a finished one is kept, and a later one may stand instead."""

    __tablename__ = "call_reviews"
    __table_args__ = (
        # Two reviewers racing for a call: the database lets one of them have it.
        Index("uq_call_reviews_claimed", "call_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "uq_call_reviews_stands", "call_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
        Index(
            "uq_call_reviews_round",
            "round_id",
            "call_id",
            "reviewer_id",
            unique=True,
            sqlite_where=_ONE_EACH,
            postgresql_where=_ONE_EACH,
        ),
        Index("ix_call_reviews_state", "state", "claimed_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspections.id", ondelete="SET NULL"))
    sample_call_id: Mapped[int | None] = mapped_column(ForeignKey("sample_calls.id", ondelete="SET NULL"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("calibration_rounds.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(12))  # sample flag chosen dispute calibration
    is_blind: Mapped[bool] = mapped_column(
        default=False
    )  # the machine's findings stayed hidden until it was finished
    state: Mapped[str] = mapped_column(String(12), default="claimed")  # claimed finished released
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reviewer: Mapped[str] = mapped_column(String(80))  # name as it was
    claimed_at: Mapped[datetime]
    claimed_until: Mapped[datetime]  # renewed by work; who is silent longer loses the call
    judged_at: Mapped[
        datetime | None
    ]  # blind: the first judgement was closed, answers and added findings are frozen, the findings shown
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    scorecard_id: Mapped[int | None] = mapped_column(ForeignKey("scorecards.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # criterion code -> {"answer","note"}
    machine_score: Mapped[Decimal | None] = mapped_column(
        Numeric(5, 1)
    )  # 0..100 when the review was finished; kept
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))  # 0..100, derived; never typed
    is_failed: Mapped[bool] = mapped_column(default=False)  # by an auto-fail criterion
    receipt: Mapped[list[Any]] = mapped_column(default=list)  # the score line by line, as steps
    comment: Mapped[str] = mapped_column(Text, default="")
    stands: Mapped[bool] = mapped_column(default=False)  # the finished review that counts for its call
    row_version: Mapped[int] = mapped_column(default=1)

    call: Mapped[Call] = relationship()
    inspection: Mapped[Inspection | None] = relationship()
    user: Mapped[User | None] = relationship()
    scorecard: Mapped[Scorecard | None] = relationship()
    added: Mapped[list[AddedFinding]] = relationship(
        back_populates="review", order_by="AddedFinding.start_seconds"
    )


class AddedFinding(Base):
    """What the machine missed, added by a person at its second of the call. Withdrawn by a date, never deleted."""

    __tablename__ = "added_findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("call_reviews.id", ondelete="CASCADE"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # banned missing
    category: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(
        String(80), default=""
    )  # the rulebook's phrase it offends, where there is one
    segment: Mapped[int | None]  # ordinal of the segment
    start_seconds: Mapped[float | None] = mapped_column(Float)
    end_seconds: Mapped[float | None] = mapped_column(Float)
    quote: Mapped[str] = mapped_column(Text, default="")
    clauses: Mapped[list[Any]] = mapped_column(default=list)
    points: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    note: Mapped[str] = mapped_column(Text, default="")
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    review: Mapped[CallReview] = relationship(back_populates="added")


class CallNote(Base):
    """A comment among QA staff, or coaching that the agent reads and acknowledges. Append-only."""

    __tablename__ = "call_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # comment coaching
    text: Mapped[str] = mapped_column(Text)
    start_seconds: Mapped[float | None] = mapped_column(Float)  # the second it speaks of
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # coaching: when the agent acknowledged it

    agent: Mapped[Agent] = relationship()


class Dispute(Base):
    """An agent objects to a finding, an answer or a score of his; another reviewer decides, once and for all."""

    __tablename__ = "disputes"
    __table_args__ = (UniqueConstraint("call_id", "target"), Index("ix_disputes_state", "state", "filed_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("call_reviews.id", ondelete="SET NULL"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    # What it is about: "finding:<id>", "added:<id>" or "criterion:<code>". One dispute each: the decision is final.
    target: Mapped[str] = mapped_column(String(80))
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("findings.id", ondelete="SET NULL"))
    added_finding_id: Mapped[int | None] = mapped_column(ForeignKey("added_findings.id", ondelete="SET NULL"))
    criterion: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    filed_on: Mapped[date] = mapped_column(index=True)  # the local date of filed_at
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    due_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="open")  # open decided withdrawn
    decision: Mapped[str] = mapped_column(String(12), default="")  # accepted rejected
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    call: Mapped[Call] = relationship()
    agent: Mapped[Agent] = relationship()


class CalibrationRound(Base):
    """Several people review the same calls without seeing each other; then their answers are compared."""

    __tablename__ = "calibration_rounds"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecards.id"))
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(Text, default="")  # what was agreed when it was discussed
    row_version: Mapped[int] = mapped_column(default=1)

    calls: Mapped[list[CalibrationCall]] = relationship(order_by="CalibrationCall.ordinal")
    members: Mapped[list[CalibrationMember]] = relationship()


class CalibrationCall(Base):
    """One of a round's calls."""

    __tablename__ = "calibration_calls"

    round_id: Mapped[int] = mapped_column(
        ForeignKey("calibration_rounds.id", ondelete="CASCADE"), primary_key=True
    )
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int]

    call: Mapped[Call] = relationship()


class CalibrationMember(Base):
    """One of a round's reviewers, the expert among them."""

    __tablename__ = "calibration_members"

    round_id: Mapped[int] = mapped_column(
        ForeignKey("calibration_rounds.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)

    user: Mapped[User] = relationship()
