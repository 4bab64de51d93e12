"""A rulebook in the making: what somebody wants changed, before it is published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base

_OPEN = text("status = 'open'")


class RulebookDraft(Base):
    """The edits against a published rulebook (regulations.editing). One is open at a time; a finished one is kept."""

    __tablename__ = "rulebook_drafts"
    __table_args__ = (
        Index("uq_rulebook_drafts_open", "status", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    base_version: Mapped[str] = mapped_column(String(64))
    edits: Mapped[list[Any]]
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(12), default="open")  # open published discarded
    published_version: Mapped[str | None] = mapped_column(String(64))
    valid_from: Mapped[date | None]  # of the published version
    note: Mapped[str] = mapped_column(Text, default="")  # why, for those who look later
