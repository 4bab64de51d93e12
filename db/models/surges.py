"""Alerts of complaints of one type that come close together (D1.10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class SurgeAlert(Base):
    """One alert, from the complaint that tipped it until a person closes it.

    `group` holds the values that make complaints the same type, e.g. {"category": "delivery", "product": "X3"};
    a value of "" stands for any; `group_key` is its canonical text. An alert that goes on is the same row: `last_at`
    and the peak move on, without touching `row_version`, which guards what people decide. One is open per group.
    """

    __tablename__ = "surge_alerts"
    __table_args__ = (
        UniqueConstraint("group_key", "started_at"),
        Index("ix_surge_alerts_open", "closed_at", "raised_at"),
        Index(
            "uq_surge_alerts_open_group",
            "group_key",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_key: Mapped[str] = mapped_column(String(240))
    group: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]  # receipt of the complaint that tipped it
    started_on: Mapped[date] = mapped_column(index=True)
    last_at: Mapped[datetime]  # receipt of the last complaint that kept it up
    peak_at: Mapped[datetime]  # end of its fullest window
    window_seconds: Mapped[int]  # how long a window was when it was raised
    raised_at: Mapped[datetime]  # when the desk raised it
    tipped_by_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id", ondelete="SET NULL"))
    count: Mapped[int]  # complaints in its fullest window
    baseline: Mapped[float | None] = mapped_column(Float)  # mean of the same hours of the weeks before
    probability: Mapped[float | None] = mapped_column(Float)  # of as many or more by chance
    acknowledge_due_at: Mapped[datetime | None]  # by when somebody must have acknowledged it
    acknowledged_by: Mapped[str] = mapped_column(String(80), default="")
    acknowledged_at: Mapped[datetime | None]
    plan: Mapped[str] = mapped_column(Text, default="")  # what is done about it, the agreed wording (D1.9)
    closed_by: Mapped[str] = mapped_column(String(80), default="")
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(Text, default="")  # what it was
    clauses: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    rulebook_version: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}


class SurgeCase(Base):
    """A complaint that an alert is about. Stays one when the complaint is put into another category later."""

    __tablename__ = "surge_cases"

    alert_id: Mapped[int] = mapped_column(ForeignKey("surge_alerts.id", ondelete="CASCADE"), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True, index=True
    )
