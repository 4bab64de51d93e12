"""Which workers are running. They say so themselves; one that fell silent is not running.

No viewer is involved in writing. That a worker runs is no secret to anybody who may see the queue.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Worker

SILENT_AFTER = timedelta(minutes=2)  # a worker renews its row several times a minute
_FORGOTTEN_AFTER = timedelta(days=1)


def note_alive(session: Session, name: str, processes: int, now: datetime) -> None:
    """The worker of this name runs and transcribes so many recordings at once."""
    row = session.get(Worker, name[:80])
    if row is None:
        session.execute(delete(Worker).where(Worker.seen_at < now - _FORGOTTEN_AFTER))
        session.add(Worker(name=name[:80], processes=processes, started_at=now, seen_at=now))
    else:
        row.processes, row.seen_at = processes, now


def note_stopped(session: Session, name: str) -> None:
    """The worker of this name has stopped."""
    session.execute(delete(Worker).where(Worker.name == name[:80]))


def list_alive(session: Session, now: datetime) -> list[Worker]:
    """The workers that gave a sign of life lately; one whose clock is somewhat ahead counts."""
    since = (Worker.seen_at >= now - SILENT_AFTER, Worker.seen_at <= now + SILENT_AFTER)
    return list(session.scalars(select(Worker).where(*since).order_by(Worker.started_at, Worker.name)))


def last_seen(session: Session) -> datetime | None:
    """When any worker gave its last sign of life; None when none ever did, or the last one stopped properly."""
    return session.scalar(select(Worker.seen_at).order_by(Worker.seen_at.desc()).limit(1))
