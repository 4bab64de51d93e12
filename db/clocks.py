"""The clocks of complaints as they are kept: set once, met when the event happened, never moved.

The truth about lateness is `due_at` against `met_at` or now. The sweep only notes that a breach was
seen; a case answered late between two sweeps is late all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from db import audit, rulebooks
from db.models import AuditEntry, Complaint, ComplaintClock
from db.visibility import within
from regulations import complaints as rules
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar


def whole_second(at: datetime) -> datetime:
    """The instant without its fraction: deadlines compare at whole seconds."""
    return at.replace(microsecond=0)


def facts_of(complaint: Complaint) -> rules.CaseFacts:
    """What the rules need to know of a case."""
    events = sorted(complaint.events, key=lambda event: event.at)
    return rules.CaseFacts(
        received_at=complaint.received_at,
        channel=complaint.channel,
        kind=complaint.kind,
        severity=complaint.severity,
        events=tuple(rules.CaseEvent(event.kind, event.at) for event in events),
    )


def explained_clocks(
    session: Session, complaint: Complaint, book: Rulebook, now: datetime
) -> tuple[rules.Clock, ...]:
    """The case's clocks as the rules see them at `now`, worded for now, under the rulebook of the case.

    For showing; the kept clocks are `complaint.clocks`.
    """
    return rules.clocks(
        facts_of(complaint), rulebooks.made_under(session, complaint.rulebook_version, book), now
    )


def set_clocks(session: Session, complaint: Complaint, book: Rulebook, now: datetime) -> int:
    """Bring the case's clocks in line with its events; how many were made or changed.

    Missing clocks are made; `met_at` follows the events, also when one is recorded late. A deadline once
    set stays, under the rulebook the case was received under, which is used even when `book` is newer;
    only a pause that this rulebook allows (waiting for the customer) extends it. A round of progress
    contacts that a late record shows never to have been owed is withdrawn, and the log says so.
    """
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    calendar = WorkCalendar.from_rulebook(book)
    may_pause = bool(book.flag("complaint.pause_clock_when_waiting_customer"))
    kept = {(clock.clock, clock.ordinal): clock for clock in complaint.clocks}
    owed: set[tuple[str, int]] = set()
    changed = 0
    for ruled in rules.clocks(facts_of(complaint), book, now):
        if ruled.due_at is None:
            continue
        owed.add((ruled.clock, ruled.ordinal))
        stored = kept.get((ruled.clock, ruled.ordinal))
        if stored is None:
            complaint.clocks.append(_new_clock(ruled, book, calendar))
            changed += 1
        else:
            changed += _follow(stored, ruled, calendar, may_pause, now)
    for key, stored in kept.items():
        if key not in owed and stored.rulebook_version == book.version:
            detail = {"clock": stored.clock, "ordinal": stored.ordinal, "due_at": stored.due_at.isoformat()}
            audit.record(session, SYSTEM, "clock.withdrawn", "complaint", complaint.id, detail, at=now)
            complaint.clocks.remove(stored)
            session.delete(stored)
            changed += 1
    return changed


def _follow(
    stored: ComplaintClock, ruled: rules.Clock, calendar: WorkCalendar, may_pause: bool, now: datetime
) -> bool:
    assert ruled.due_at is not None and ruled.warn_at is not None
    due_at, met_at = whole_second(ruled.due_at), whole_second(ruled.met_at) if ruled.met_at else None
    before = (stored.due_at, stored.met_at, stored.state)
    if may_pause and due_at > stored.due_at:
        stored.due_at, stored.due_on = due_at, calendar.day_of(due_at)
        stored.warn_at, stored.breach_recorded_at = whole_second(ruled.warn_at), None
    stored.met_at = met_at
    on_hold = ruled.state == "on_hold"
    stored.state = "on_hold" if on_hold else rules.state_at(stored.due_at, stored.warn_at, met_at, now)
    if stored.state != "breached" and stored.breach_recorded_at is not None:
        stored.breach_recorded_at = None  # a record that came late shows that it was met in time
    if (stored.due_at, stored.met_at, stored.state) == before:
        return False
    if stored.due_at == due_at:  # else the words would explain another deadline than the one that holds
        stored.steps = [step.as_record() for step in ruled.steps]
    return True


def _new_clock(ruled: rules.Clock, book: Rulebook, calendar: WorkCalendar) -> ComplaintClock:
    assert ruled.due_at is not None and ruled.started_at is not None and ruled.warn_at is not None
    due_at = whole_second(ruled.due_at)
    return ComplaintClock(
        clock=ruled.clock,
        ordinal=ruled.ordinal,
        started_at=ruled.started_at,
        due_at=due_at,
        due_on=calendar.day_of(due_at),
        warn_at=whole_second(ruled.warn_at),
        met_at=whole_second(ruled.met_at) if ruled.met_at else None,
        state=ruled.state,
        clauses=list(ruled.clauses),
        steps=[step.as_record() for step in ruled.steps],
        limit=ruled.limit.as_json() if ruled.limit else {},
        is_provisional=ruled.is_provisional,
        rulebook_version=book.version,
    )


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
    every figure, but nothing can be done about it any more: it is not listed.
    """
    query = (
        select(ComplaintClock)
        .join(ComplaintClock.complaint)
        .options(contains_eager(ComplaintClock.complaint))
        .where(
            ComplaintClock.met_at.is_(None),
            ComplaintClock.state != "on_hold",
            ComplaintClock.due_at <= max(until, now),
            Complaint.status != "closed",
            *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
        )
        .order_by(ComplaintClock.due_at, ComplaintClock.id)
    )
    if team_id is not None:
        query = query.where(Complaint.team_id == team_id)
    return session.scalars(query).all()


def sweep(session: Session, now: datetime) -> int:
    """Note every breach that was not noted yet; how many. Each is logged as of its deadline.

    One UPDATE compares and sets, so two sweeps at once note a breach once. Where a customer went without
    the contact he was owed, the next round of it begins.
    """
    _start_next_rounds(session, now)
    clock, moment = ComplaintClock, whole_second(now)
    breached = session.execute(
        update(clock)
        .where(clock.breach_recorded_at.is_(None), in_state("breached", moment))
        .values(breach_recorded_at=now, state="breached")
        .returning(clock.id, clock.complaint_id, clock.clock, clock.due_at)
        .execution_options(synchronize_session=False)
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
                    "detail": {"clock": row.clock, "seen_at": now.isoformat()},
                }
                for row in breached
            ],
        )
    due_soon = update(clock).where(in_state("due_soon", moment), clock.state != "due_soon")
    session.execute(due_soon.values(state="due_soon").execution_options(synchronize_session=False))
    return len(breached)


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
                later.ordinal > ComplaintClock.ordinal,
            ),
        )
        .distinct()
    )
    cases = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ran_out))
        .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
    ).all()
    if cases:
        book = rulebooks.in_force(session, on=now.date())
        for complaint in cases:
            set_clocks(session, complaint, book, now)
        session.flush()
