"""The work on recordings. A recording's row is the truth about it.

A worker claims a row by compare-and-set, extends the claim as it makes progress, and finishes, fails or gives
it back; whatever a dead worker left is put back by a sweep. No viewer is involved: these are the worker's own.

Two counts say how often the work broke off. `attempts`: the recording itself may be the cause, since its process
ended while the worker around it lived on, or it raised an error. `interruptions`: the whole worker vanished (power,
restart, a kill of both), which accuses no recording; only many of them do. What broke off goes behind the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.orm import Session

from db.models import Recording

MAX_ATTEMPTS = 3
MAX_INTERRUPTIONS = 10  # a file that takes the whole machine down each time must stop as well
# Without a sign of progress a worker counts as dead after this: hours of sound are listened to in one go.
CLAIM_LASTS = timedelta(minutes=30)


class ClaimLost(Exception):
    """The recording is no longer this worker's: the claim ran out and somebody else took it."""


def _claimable(now: datetime) -> ColumnElement[bool]:
    waits = and_(Recording.status == "queued", Recording.attempts < MAX_ATTEMPTS)
    ran_out = and_(Recording.status == "claimed", Recording.claimed_until < now)
    return or_(waits, and_(ran_out, Recording.interruptions + 1 < MAX_INTERRUPTIONS))


def in_turn() -> tuple[Any, ...]:
    """The order in which waiting recordings are claimed: what broke off before after all others, then the oldest."""
    return Recording.attempts + Recording.interruptions, Recording.uploaded_at, Recording.id


def claim_next(
    session: Session, worker: str, now: datetime, recording_id: int | None = None
) -> Recording | None:
    """Claim the next waiting recording (or the one named) for this worker; None when there is none.

    One UPDATE decides, so of two workers at the same row exactly one gets it. The caller commits.
    """
    wanted = select(Recording.id).where(_claimable(now))
    if recording_id is not None:
        wanted = wanted.where(Recording.id == recording_id)
    first = wanted.order_by(*in_turn()).limit(1).with_for_update(skip_locked=True)
    claimed = session.scalar(
        update(Recording)
        .where(Recording.id == first.scalar_subquery(), _claimable(now))
        .values(
            status="claimed",
            claimed_by=worker[:80],
            claimed_at=now,
            claimed_until=now + CLAIM_LASTS,
            # Of a claim that ran out the attempt does not count, the interruption does.
            attempts=Recording.attempts + case((Recording.status == "queued", 1), else_=0),
            interruptions=Recording.interruptions + case((Recording.status == "claimed", 1), else_=0),
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


def process_died(session: Session, worker: str, now: datetime, how: str) -> list[int]:
    """A transcribing process ended in the middle while the worker around it lives: what it held, queued again.

    The attempt counts, since the recording may be the cause; after MAX_ATTEMPTS it has failed with the reason.
    `how` says how the process ended ("signal 9").
    """
    held = (Recording.status == "claimed", Recording.claimed_by == worker[:80])
    zh = f"转写到一半，转写进程意外退出（{how}）。可能是录音有问题，也可能是内存不足或进程被人终止"
    en = (
        f"The transcribing process ended in the middle ({how}): the recording may be the cause, or too little"
        " memory, or somebody ended the process"
    )
    _give_up(session, now, and_(*held, Recording.attempts >= MAX_ATTEMPTS), "crashed", zh, en)
    return _put_back(session, and_(*held), failure_code="crashed", failure_reason=f"{zh}\n{en}")


def requeue_abandoned(session: Session, now: datetime) -> list[int]:
    """Recordings whose worker went silent, nobody knows why: queued again. The requeued ids.

    The attempt does not count, the interruption does; after MAX_INTERRUPTIONS the recording has failed. A claim that
    reaches further into the future than any claim does was made before the clock was put back: it begins to run now.
    """
    session.execute(
        update(Recording)
        .where(Recording.status == "claimed", Recording.claimed_until > now + CLAIM_LASTS)
        .values(claimed_until=now + CLAIM_LASTS)
    )
    abandoned = and_(Recording.status == "claimed", Recording.claimed_until < now)
    zh = f"转写被打断了 {MAX_INTERRUPTIONS} 次：每次都是整个处理程序停止（断电、重启或被终止），不一定是录音的问题"
    en = (
        f"Transcription was interrupted {MAX_INTERRUPTIONS} times: each time the whole worker stopped (power,"
        " restart, or it was ended), which need not be the recording's fault"
    )
    worn_out = and_(abandoned, Recording.interruptions + 1 >= MAX_INTERRUPTIONS)
    _give_up(session, now, worn_out, "abandoned", zh, en)
    return _put_back(
        session,
        abandoned,
        attempts=case((Recording.attempts > 0, Recording.attempts - 1), else_=0),
        interruptions=Recording.interruptions + 1,
    )


def _give_up(
    session: Session, now: datetime, which: ColumnElement[bool], code: str, zh: str, en: str
) -> None:
    session.execute(
        update(Recording)
        .where(which)
        .values(
            status="failed",
            claimed_until=None,
            finished_at=now,
            failure_code=code,
            failure_reason=f"{zh}\n{en}",
        )
    )


def _put_back(session: Session, which: ColumnElement[bool], **values: Any) -> list[int]:
    back = (
        update(Recording)
        .where(which)
        .values(status="queued", claimed_until=None, progress=0.0, **values)
        .returning(Recording.id)
    )
    return sorted(session.scalars(back))


def held_by(session: Session, worker: str) -> tuple[int, datetime | None] | None:
    """What this worker holds and until when: unchanged for long, it hangs. None when it holds nothing."""
    row = session.execute(
        select(Recording.id, Recording.claimed_until).where(
            Recording.status == "claimed", Recording.claimed_by == worker[:80]
        )
    ).first()
    return None if row is None else row._tuple()


def queued_ids(session: Session, limit: int = 1000) -> list[int]:
    """Recordings that wait for a worker, in their turn. For the worker itself: no viewer is involved."""
    return list(
        session.scalars(
            select(Recording.id)
            .where(Recording.status == "queued", Recording.attempts < MAX_ATTEMPTS)
            .order_by(*in_turn())
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
