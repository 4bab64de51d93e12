"""Who did what, when. Rows are only ever added, in the transaction of the change they tell of (A9.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import AuditEntry
from db.visibility import demand
from regulations.access import Scope

DEFAULT_LIMIT = 200  # a page of the log; nobody reads more at once


def record(
    session: Session,
    scope: Scope,
    action: str,
    object_kind: str,
    object_id: object = "",
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Add one line to the log. `at` None: now. `detail` must be JSON-able and holds no secret."""
    entry = AuditEntry(
        at=at or datetime.now(UTC),
        actor_id=scope.user_id,
        actor=scope.actor[:80],
        action=action,
        object_kind=object_kind,
        object_id=str(object_id)[:80],
        detail=detail or {},
    )
    session.add(entry)
    return entry


def list_entries(
    session: Session,
    scope: Scope,
    *,
    object_kind: str | None = None,
    object_id: object | None = None,
    action: str | None = None,
    since: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Sequence[AuditEntry]:
    """Lines of the log, newest first. Needs users.manage: the log tells of everybody.

    Raises AccessRefused.
    """
    demand(scope, "users.manage")
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    if object_kind is not None:
        query = query.where(AuditEntry.object_kind == object_kind)
    if object_id is not None:
        query = query.where(AuditEntry.object_id == str(object_id))
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    return session.scalars(query).all()
