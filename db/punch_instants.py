"""Where a corrected reading may stand: a person, an instant and a kind are one row, and no row is ever taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Punch

_MICROSECOND = timedelta(microseconds=1)
NUDGE = timedelta(microseconds=99)  # no reading is moved further than this to make room


def taken_readings(
    session: Session, agent_ids: Sequence[int], begin: datetime, end: datetime
) -> set[tuple[int, datetime, str]]:
    """The readings that are there, also those that no longer count: a person, an instant and a kind are one row."""
    found = session.execute(
        select(Punch.agent_id, Punch.at, Punch.kind).where(
            Punch.agent_id.in_(agent_ids), Punch.at.between(begin, end)
        )
    )
    return {(agent_id, at, kind) for agent_id, at, kind in found}


def as_read(at: datetime) -> datetime:
    """The instant that the device told, of a reading that may have been moved to make room."""
    moved = at - at.replace(microsecond=0)
    return at - moved if moved <= NUDGE else at


def free_instant(at: datetime, agent_id: int, kind: str, taken: set[tuple[int, datetime, str]]) -> datetime:
    """The instant, or some millionths of a second later where a kept reading stands: verdicts compare whole seconds."""
    while (agent_id, at, kind) in taken:
        at += _MICROSECOND
    return at
