"""The queue of recordings as people look at it: what failed, runs, waits and is done, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db import calls
from db.calls import WRITERS, in_scope
from db.claims import in_turn
from db.models import Recording
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope


@dataclass(frozen=True, slots=True)
class WaitingReason:
    """Why recordings wait although a worker looked at them, in both languages, and how many the viewer sees."""

    code: str
    zh: str
    en: str
    count: int


def list_in_state(
    session: Session, scope: Scope, status: str, *, since: datetime | None = None, limit: int = 100
) -> list[Recording]:
    """Recordings of one state: waiting ones in their turn, running ones as they began, others the latest first.

    `since` leaves out what was finished before.
    """
    conditions: list[ColumnElement[bool]] = [Recording.status == status, *in_scope(scope)]
    if since is not None:
        conditions.append(Recording.finished_at >= since)
    order: Sequence[ColumnElement[object]] = {
        "queued": in_turn(),
        "claimed": (Recording.claimed_at, Recording.id),
    }.get(status, (Recording.finished_at.desc(), Recording.id.desc()))
    return list(
        session.scalars(
            select(Recording).join(Recording.call).where(*conditions).order_by(*order).limit(limit)
        )
    )


def count_done_since(session: Session, scope: Scope, since: datetime) -> int:
    """How many recordings were finished well since then."""
    found = session.scalar(
        select(func.count())
        .select_from(Recording)
        .join(Recording.call)
        .where(Recording.status == "done", Recording.finished_at >= since, *in_scope(scope))
    )
    return found or 0


def places(session: Session) -> dict[int, int]:
    """The place of each waiting recording in the one queue, from 1: whoever looks, the worker knows only one."""
    waiting = session.scalars(select(Recording.id).where(Recording.status == "queued").order_by(*in_turn()))
    return {recording_id: place for place, recording_id in enumerate(waiting, 1)}


def count_failures(session: Session, scope: Scope) -> dict[str, int]:
    """How many recordings failed for each reason (its code), the most frequent first."""
    number = func.count()
    return dict(
        session.execute(
            select(Recording.failure_code, number)
            .join(Recording.call)
            .where(Recording.status == "failed", *in_scope(scope))
            .group_by(Recording.failure_code)
            .order_by(number.desc(), Recording.failure_code)
        )
        .tuples()
        .all()
    )


def waiting_reasons(session: Session, scope: Scope) -> list[WaitingReason]:
    """Why recordings wait that could have been worked on: the speech model, the disk. Each reason once."""
    number = func.count()
    rows = session.execute(
        select(Recording.failure_code, func.max(Recording.failure_reason), number)
        .join(Recording.call)
        .where(
            Recording.status == "queued",
            Recording.attempts == 0,  # what broke off has its reason on its own row
            Recording.failure_code != "",
            *in_scope(scope),
        )
        .group_by(Recording.failure_code)
        .order_by(number.desc())
    ).all()
    found = []
    for code, reason, count in rows:
        zh, _, en = str(reason).partition("\n")
        found.append(WaitingReason(str(code), zh, en or zh, int(count)))
    return found


def retry_all(session: Session, scope: Scope, code: str, *, now: datetime) -> list[int]:
    """A person asks for another try at everything that failed for this reason and is his to see; the ids.

    Raises AccessRefused without the capability.
    """
    if not any(scope.may(capability) for capability in WRITERS):
        raise AccessRefused(NOT_YOURS)
    failed = session.scalars(
        select(Recording)
        .join(Recording.call)
        .where(Recording.status == "failed", Recording.failure_code == code, *in_scope(scope))
        .order_by(Recording.id)
        .with_for_update(of=Recording)
    ).all()
    for recording in failed:
        calls.send_round(session, scope, recording, now=now)
    return [recording.id for recording in failed]
