"""Which calls of a month are drawn for people to hear, and with which probability each could have been."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.calls import Call


class Sample(Base):
    """A month's sample. Topping it up adds a draw; nothing that was drawn ever leaves it."""

    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(unique=True)  # its first day
    seed: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    row_version: Mapped[int] = mapped_column(default=1)

    draws: Mapped[list[SampleDraw]] = relationship(back_populates="sample", order_by="SampleDraw.ordinal")


class SampleDraw(Base):
    """One drawing: who drew when, under which rules, and how many were wanted and taken in each stratum. Append-only."""

    __tablename__ = "sample_draws"
    __table_args__ = (UniqueConstraint("sample_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"))
    ordinal: Mapped[int]  # from 1
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str] = mapped_column(String(80))
    rulebook_version: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]]  # db.samples.Settings as they were
    strata: Mapped[list[Any]]  # quality.sampling.Taken of every wave as it stood then

    sample: Mapped[Sample] = relationship(back_populates="draws")


class SampleCall(Base):
    """One call of the month's frame, drawn or not: its permanent random number, its weight and its probability."""

    __tablename__ = "sample_calls"
    __table_args__ = (
        UniqueConstraint("sample_id", "call_id"),
        Index("ix_sample_calls_drawn", "sample_id", "is_drawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"))
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    stratum: Mapped[str] = mapped_column(String(60))  # agent's number and channel
    wave: Mapped[int]  # ordinal of the draw with which it came into the frame
    number: Mapped[float] = mapped_column(Float)  # permanent random number, 0..1 exclusive
    weight: Mapped[float] = mapped_column(
        Float
    )  # risk weight when the call came into the frame; never changes
    probability: Mapped[float] = mapped_column(Float)  # of being drawn, 0 < p <= 1, as of the latest draw
    is_drawn: Mapped[bool] = mapped_column(default=False)
    is_blind: Mapped[bool] = mapped_column(
        default=False
    )  # drawn, and reviewed without the machine's findings
    blind_probability: Mapped[float] = mapped_column(
        Float, default=0.0
    )  # of being blind, given that it is drawn
    reason: Mapped[str] = mapped_column(
        String(20), default=""
    )  # names.NAMES["sample_reason"]; "" where not drawn
    draw_id: Mapped[int | None] = mapped_column(ForeignKey("sample_draws.id"))  # the draw that took it

    call: Mapped[Call] = relationship()
