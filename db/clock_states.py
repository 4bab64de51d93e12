"""How the kept clocks stand, asked of the database: by state, what is due, and the sweep that notes every breach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from db import rulebooks
from db.clocks import set_clocks, whole_second
from db.engine import take_write_lock
from db.models import AuditEntry, Complaint, ComplaintClock
from db.visibility import within
from regulations.access import SYSTEM, Scope


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The SQL condition that a clock is `met`, `breached`, `due_soon`, `on_track` or `on_hold` at `now`.

    Raises KeyError for a state that is none of these.
    """
    clock, moment = ComplaintClock, whole_second(now)
    running = and_(clock.met_at.is_(None), clock.state != "on_hold")
    return {
        "met": and_(clock.met_at.is_not(None), clock.met_at <= clock.due_at),
        "breached": or_(clock.met_at > clock.due_at, and_(running, clock.due_at < moment)),
        "due_soon": and_(running, clock.due_at >= moment, clock.warn_at <= moment),
        "on_track": and_(running, clock.due_at >= moment, clock.warn_at > moment),
        "on_hold": and_(clock.met_at.is_(None), clock.state == "on_hold"),
    }[state]


def list_clocks_due(
    session: Session, scope: Scope, *, now: datetime, until: datetime, team_id: int | None = None
) -> Sequence[ComplaintClock]:
    """Clocks still running whose deadline has passed or falls up to `until`, the oldest first.

    Each comes with its complaint, team and agent. A clock that a closed case never met stays breached in
    every figure, but nothing can be done about it any more: it is not listed. A rectification is tracked
    beyond the closing of the case (A6.27).
    """
    query = (
        select(ComplaintClock)
        .join(ComplaintClock.complaint)
        .options(contains_eager(ComplaintClock.complaint))
        .where(
            ComplaintClock.met_at.is_(None),
            ComplaintClock.state != "on_hold",
            ComplaintClock.due_at <= max(until, now),
            or_(Complaint.status != "closed", ComplaintClock.clock == "rectification"),
            *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
        )
        .order_by(ComplaintClock.due_at, ComplaintClock.id)
    )
    if team_id is not None:
        query = query.where(Complaint.team_id == team_id)
    return session.scalars(query).all()


def sweep(session: Session, now: datetime) -> int:
    """Note every breach that was not noted yet; how many. Each is logged as of its deadline.

    Each clock is compared and set in one statement and by one sweep, so that two at once note a breach
    once; one that somebody is working on is left to the next sweep. Where a customer went without the
    contact he was owed, the next round of it begins.
    """
    take_write_lock(session.connection())
    _start_next_rounds(session, now)
    clock, moment = ComplaintClock, whole_second(now)
    breached = session.execute(
        _update_free(clock.breach_recorded_at.is_(None), in_state("breached", moment))
        .values(breach_recorded_at=now, state="breached")
        .returning(clock.complaint_id, clock.clock, clock.ordinal, clock.department, clock.due_at)
    ).all()
    if breached:
        session.execute(
            insert(AuditEntry),
            [
                {
                    "at": row.due_at,
                    "actor": SYSTEM.actor,
                    "action": "clock.breached",
                    "object_kind": "complaint",
                    "object_id": str(row.complaint_id),
                    "detail": {
                        "clock": row.clock,
                        "ordinal": row.ordinal,
                        **({"department": row.department} if row.department else {}),
                        "seen_at": now.isoformat(),
                    },
                }
                for row in breached
            ],
        )
    session.execute(
        _update_free(in_state("due_soon", moment), clock.state != "due_soon").values(state="due_soon")
    )
    return len(breached)


def _update_free(*conditions: ColumnElement[bool]) -> Update:
    """An UPDATE of the clocks that meet the conditions and that no other transaction has in hand."""
    free = select(ComplaintClock.id).where(*conditions).with_for_update(skip_locked=True)
    return (
        update(ComplaintClock)
        .where(ComplaintClock.id.in_(free), *conditions)
        .execution_options(synchronize_session=False)
    )


def _start_next_rounds(session: Session, now: datetime) -> None:
    """Progress contacts come round again: a round that ran out makes the next one."""
    later = aliased(ComplaintClock)
    ran_out = (
        select(ComplaintClock.complaint_id)
        .where(
            ComplaintClock.clock == "progress",
            ComplaintClock.met_at.is_(None),
            ComplaintClock.due_at < whole_second(now),
            ~exists().where(
                later.complaint_id == ComplaintClock.complaint_id,
                later.clock == ComplaintClock.clock,
                later.started_at > ComplaintClock.started_at,
            ),
        )
        .distinct()
    )
    cases = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ran_out))
        .order_by(Complaint.id)
        .with_for_update(of=Complaint, skip_locked=True)  # whoever has a case in hand sets its clocks
        .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
        .execution_options(populate_existing=True)
    ).all()
    if cases:
        book = rulebooks.in_force(session, on=now.date())
        for complaint in cases:
            set_clocks(session, complaint, book, now)
        session.flush()
