"""The work on recordings. A recording's row is the truth about it.

A worker claims a row by compare-and-set, extends the claim as it makes progress, and finishes, fails or gives
it back; whatever a dead worker left is put back by a sweep. No viewer is involved: these are the worker's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.orm import Session

from db.models import Recording

MAX_ATTEMPTS = 3
CLAIM_LASTS = timedelta(minutes=10)  # without a sign of progress a worker counts as dead after this


class ClaimLost(Exception):
    """The recording is no longer this worker's: the claim ran out and somebody else took it."""


def _claimable(now: datetime) -> ColumnElement[bool]:
    free = or_(
        Recording.status == "queued", and_(Recording.status == "claimed", Recording.claimed_until < now)
    )
    return and_(free, Recording.attempts < MAX_ATTEMPTS)


def claim_next(
    session: Session, worker: str, now: datetime, recording_id: int | None = None
) -> Recording | None:
    """Claim the oldest waiting recording (or the one named) for this worker; None when there is none.

    One UPDATE decides, so of two workers at the same row exactly one gets it. The caller commits.
    """
    wanted = select(Recording.id).where(_claimable(now))
    if recording_id is not None:
        wanted = wanted.where(Recording.id == recording_id)
    oldest = wanted.order_by(Recording.uploaded_at, Recording.id).limit(1).with_for_update(skip_locked=True)
    claimed = session.scalar(
        update(Recording)
        .where(Recording.id == oldest.scalar_subquery(), _claimable(now))
        .values(
            status="claimed",
            claimed_by=worker[:80],
            claimed_until=now + CLAIM_LASTS,
            attempts=Recording.attempts + 1,
            progress=0.0,
        )
        .returning(Recording.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return None
    return session.get(Recording, claimed, populate_existing=True)


def set_progress(session: Session, recording_id: int, worker: str, fraction: float, now: datetime) -> None:
    """Note the progress (0..1) and extend the claim. Raises ClaimLost when it is not this worker's."""
    _as_owner(
        session,
        recording_id,
        worker,
        {"progress": min(max(fraction, 0.0), 1.0), "claimed_until": now + CLAIM_LASTS},
    )


def finish(session: Session, recording_id: int, worker: str, now: datetime) -> None:
    """The work is done and stored. Raises ClaimLost when the recording is not this worker's any more."""
    _as_owner(
        session,
        recording_id,
        worker,
        {
            "status": "done",
            "progress": 1.0,
            "claimed_until": None,
            "finished_at": now,
            "failure_code": "",
            "failure_reason": "",
        },
    )


def fail(
    session: Session, recording_id: int, worker: str, now: datetime, code: str, zh: str, en: str
) -> None:
    """The recording cannot be inspected, and trying again would not help."""
    _as_owner(
        session,
        recording_id,
        worker,
        {
            "status": "failed",
            "claimed_until": None,
            "finished_at": now,
            "failure_code": code[:40],
            "failure_reason": f"{zh}\n{en}",
        },
    )


def give_back(
    session: Session, recording_id: int, worker: str, now: datetime, code: str, zh: str, en: str
) -> None:
    """This attempt failed; another may not. After MAX_ATTEMPTS the recording has failed."""
    is_last = Recording.attempts >= MAX_ATTEMPTS
    _as_owner(
        session,
        recording_id,
        worker,
        {
            "status": case((is_last, "failed"), else_="queued"),
            "finished_at": case((is_last, now), else_=None),
            "claimed_until": None,
            "progress": 0.0,
            "failure_code": code[:40],
            "failure_reason": f"{zh}\n{en}",
        },
    )


def release(
    session: Session,
    worker: str,
    *,
    recording_id: int | None = None,
    code: str = "",
    zh: str = "",
    en: str = "",
) -> int:
    """Put back what this worker holds, without counting the attempt; the number of recordings put back.

    For a worker that stops, and for a speech model that cannot be used: neither is the recording's fault.
    """
    held = update(Recording).where(Recording.status == "claimed", Recording.claimed_by == worker[:80])
    if recording_id is not None:
        held = held.where(Recording.id == recording_id)
    reason = f"{zh}\n{en}" if zh else ""
    result = session.execute(
        held.values(
            status="queued",
            claimed_until=None,
            progress=0.0,
            attempts=case((Recording.attempts > 0, Recording.attempts - 1), else_=0),
            failure_code=code[:40],
            failure_reason=reason,
        ).returning(Recording.id)
    )
    return len(result.all())


def requeue_abandoned(session: Session, now: datetime) -> list[int]:
    """Recordings whose worker went silent: queued again, or failed after MAX_ATTEMPTS. The requeued ids."""
    abandoned = and_(Recording.status == "claimed", Recording.claimed_until < now)
    zh = f"转写了 {MAX_ATTEMPTS} 次都没有完成，处理程序每次都中断了。请检查机器的内存后重试"
    en = (
        f"Transcription was tried {MAX_ATTEMPTS} times and the worker stopped each time."
        " Check the machine's memory, then try again"
    )
    session.execute(
        update(Recording)
        .where(abandoned, Recording.attempts >= MAX_ATTEMPTS)
        .values(
            status="failed",
            claimed_until=None,
            finished_at=now,
            failure_code="abandoned",
            failure_reason=f"{zh}\n{en}",
        )
    )
    requeued = session.scalars(
        update(Recording)
        .where(abandoned)
        .values(status="queued", claimed_until=None, progress=0.0)
        .returning(Recording.id)
    )
    return sorted(requeued)


def queued_ids(session: Session, limit: int = 1000) -> list[int]:
    """Recordings that wait for a worker, oldest first. For the worker itself: no viewer is involved."""
    return list(
        session.scalars(
            select(Recording.id)
            .where(Recording.status == "queued", Recording.attempts < MAX_ATTEMPTS)
            .order_by(Recording.uploaded_at, Recording.id)
            .limit(limit)
        )
    )


def _as_owner(session: Session, recording_id: int, worker: str, values: Mapping[str, Any]) -> None:
    """Change the row only while it is this worker's; ClaimLost otherwise."""
    changed = session.execute(
        update(Recording)
        .where(
            Recording.id == recording_id,
            Recording.status == "claimed",
            Recording.claimed_by == worker[:80],
        )
        .values(**values)
        .returning(Recording.id)
    ).all()
    if not changed:
        raise ClaimLost(f"recording {recording_id} is no longer held by {worker}")


def expire_dead(session: Session, now: datetime, is_alive: Callable[[str], bool]) -> int:
    """Let the claims of workers that are known to be dead run out at once; how many there were.

    `is_alive` answers for a worker's name. What becomes of the recordings is `requeue_abandoned`'s affair.
    """
    names = session.scalars(
        select(Recording.claimed_by).where(Recording.status == "claimed", Recording.claimed_until >= now)
    )
    dead = sorted({name for name in names if not is_alive(name)})
    if not dead:
        return 0
    expired = session.execute(
        update(Recording)
        .where(Recording.status == "claimed", Recording.claimed_by.in_(dead))
        .values(claimed_until=now - timedelta(seconds=1))
        .returning(Recording.id)
    )
    return len(expired.all())
