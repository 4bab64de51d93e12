"""What was changed on the roster: each change kept with what it was, what it became, who and why. Never changed itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Agent, Shift, ShiftChange
from db.visibility import demand, within
from regulations.access import Scope

MOST_CHANGES = 200  # of a list


def snapshot(shift: Shift) -> dict[str, Any]:
    """A shift as it is kept in its history: person, day, times (UTC), name, post and breaks."""
    return {
        "agent_id": shift.agent_id,
        "work_on": shift.work_on.isoformat(),
        "starts_at": shift.starts_at.astimezone(UTC).isoformat(),
        "ends_at": shift.ends_at.astimezone(UTC).isoformat(),
        "code": shift.code,
        "post": shift.post,
        "breaks": list(shift.breaks),
    }


def record_shift_change(
    session: Session,
    *,
    shift_id: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    source: str,
    reason: str,
    actor: str,
    now: datetime,
) -> ShiftChange:
    """Keep a change; `before` is empty for a shift that was added, `after` for one that was taken off.

    `source` is a code of names.NAMES["shift_change_source"].
    """
    known = before or after
    change = ShiftChange(
        shift_id=shift_id,
        agent_id=known["agent_id"],
        work_on=date.fromisoformat(known["work_on"]),
        before=dict(before),
        after=dict(after),
        source=source,
        reason=reason,
        changed_by=actor[:80],
        changed_at=now,
    )
    session.add(change)
    return change


def list_changes(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> Sequence[ShiftChange]:
    """The changes to shifts of these days in scope, the latest first. Raises AccessRefused without roster.view."""
    demand(scope, "roster.view")
    query = (
        select(ShiftChange)
        .join(Agent, Agent.id == ShiftChange.agent_id)
        .where(
            ShiftChange.work_on.between(from_on, to_on),
            *within(scope, team=Agent.team_id, agent=Agent.id),
        )
        .order_by(ShiftChange.changed_at.desc(), ShiftChange.id.desc())
        .limit(MOST_CHANGES)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    return session.scalars(query).all()
