"""Who did what, which rulebook was in force, which files came in, which months are closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AuditEntry(Base):
    """One change, export, playback or sign-in. Append-only; written in the change's own transaction."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor: Mapped[str] = mapped_column(String(80))  # the name stays readable after the account is gone
    action: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(80), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RulebookVersion(Base):
    """A rulebook that was in force from a day on. `version` is its content hash; rows refer to it by that hash.

    A rulebook that comes into force again has a row for each time.
    """

    __tablename__ = "rulebook_versions"
    __table_args__ = (UniqueConstraint("version", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(64))
    presets: Mapped[list[Any]]
    content: Mapped[dict[str, Any]]  # the resolved parameters, as Rulebook.as_record gives them
    valid_from: Mapped[date]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(80), default="")


class ImportRun(Base):
    """One file that came in, with what was refused row by row."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    accepted: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)  # rows; `rejected` keeps the first thousand of them
    rejected: Mapped[list[Any]]  # [{"row","field","value","reason"}]


class ClosedMonth(Base):
    """A month whose figures were fixed. `figures` holds each metric as it stood: {key: {...}}."""

    __tablename__ = "closed_months"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7), unique=True)  # "2026-10"
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(80))
    figures: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")


class ColumnMapping(Base):
    """Which column of a spreadsheet holds which of our fields, remembered for files with the same header."""

    __tablename__ = "column_mappings"
    __table_args__ = (UniqueConstraint("kind", "header_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # what is imported
    header_hash: Mapped[str] = mapped_column(String(64))  # of the file's column titles
    titles: Mapped[list[Any]]
    mapping: Mapped[dict[str, Any]]  # {"their column": "our field"}
    saved_by: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[datetime]
