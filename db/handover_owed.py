"""The handovers that the roster owes, made as rows while their shift runs; kept in step until somebody signs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.models import Agent, Handover, Leave, Shift
from regulations.access import SYSTEM
from regulations.handover_pairs import Owed, PostShift, owed_handovers
from regulations.intervals import Interval, subtract
from regulations.rulebook import Rulebook

_LOOK_BACK = timedelta(
    hours=24
)  # a worker that stood still for a day misses none; older days had no desk to keep them
_AHEAD = timedelta(days=2)  # whoever follows begins by then
_LONGEST_SHIFT = timedelta(days=1)


def open_due(session: Session, book: Rulebook, now: datetime) -> int:
    """Make the rows of handovers whose outgoing shift has begun; how many were made.

    A row follows the roster until its shift is over or somebody signs: another person may follow after a change. None is
    owed by somebody who is on leave; one that nobody has begun is then taken back, and that is logged. Whoever was to take
    over and is on approved leave by now is replaced by whoever follows, after the end too. May run at any time and twice at once.
    """
    take_write_lock(session.connection())
    shifts, days = _post_shifts(session, now)
    owed_by_shift = {one.outgoing.shift_id: one for one in owed_handovers(shifts, book)}
    kept = _kept(session, owed_by_shift, now)
    there = {shift.shift_id for shift in shifts}
    for shift_id, row in kept.items():
        _follow(session, row, owed_by_shift.get(shift_id), there, now)
    made = 0
    for shift_id, one in owed_by_shift.items():
        is_begun = one.outgoing.starts_at <= now and one.outgoing.ends_at > now - _LOOK_BACK
        if is_begun and shift_id not in kept:
            made += _make(session, one, days[shift_id], book)
    session.flush()
    return made


def _kept(session: Session, shift_ids: Collection[int], now: datetime) -> dict[int, Handover]:
    """The rows there are of these shifts, and those that are not over yet, by shift; without a shift by a negative id."""
    rows = session.scalars(
        select(Handover)
        .where(or_(Handover.outgoing_shift_id.in_(list(shift_ids)), Handover.due_at > now))
        .with_for_update(of=Handover)
    )
    return {row.outgoing_shift_id or -row.id: row for row in rows}


def _follow(session: Session, row: Handover, one: Owed | None, there: Collection[int], now: datetime) -> None:
    """Keep a row in step with the roster while its shift runs, until somebody has signed, refused or been sent."""
    if any((row.signed_in_at, row.refused_at, row.reviewed_at, row.relief_named_by)):
        return
    if row.signed_out_at is not None or row.due_at <= now:
        _relieve_on_leave(session, row, one, there, now)
        return
    is_begun = row.written_at is not None or any(row.entries.values())
    detail: dict[str, object] = {"work_on": row.work_on.isoformat(), "outgoing_id": row.outgoing_id}
    if one is None:
        if is_begun:  # what somebody wrote is kept, whoever reads it
            return
        audit.record(session, SYSTEM, "handover.withdrawn", "handover", row.id, detail, at=now)
        session.delete(row)
        return
    by_roster = (one.outgoing.agent_id, one.incoming.shift_id, one.incoming.agent_id, one.outgoing.ends_at)
    if (row.outgoing_id, row.incoming_shift_id, row.incoming_id, row.due_at) != by_roster:
        row.outgoing_id, row.incoming_shift_id, row.incoming_id, row.due_at = by_roster
        detail |= {"outgoing_id": one.outgoing.agent_id, "incoming_id": one.incoming.agent_id}
        audit.record(session, SYSTEM, "handover.follows", "handover", row.id, detail, at=now)


def _relieve_on_leave(
    session: Session, row: Handover, one: Owed | None, there: Collection[int], now: datetime
) -> None:
    """Nobody takes over while he is on leave: once the handover is due, only that still changes who follows."""
    is_on_leave = row.incoming_shift_id is not None and row.incoming_shift_id not in there
    if not is_on_leave or one is None or one.incoming.ends_at <= now:
        return
    row.incoming_shift_id, row.incoming_id = one.incoming.shift_id, one.incoming.agent_id
    detail = {
        "work_on": row.work_on.isoformat(),
        "outgoing_id": row.outgoing_id,
        "incoming_id": row.incoming_id,
    }
    audit.record(session, SYSTEM, "handover.follows", "handover", row.id, detail, at=now)


def _make(session: Session, one: Owed, work_on: date, book: Rulebook) -> int:
    """The row of one handover; 0 when another worker has just made it."""
    row = Handover(
        team_id=one.outgoing.team_id,
        work_on=work_on,
        post=one.outgoing.post,
        outgoing_shift_id=one.outgoing.shift_id,
        incoming_shift_id=one.incoming.shift_id,
        outgoing_id=one.outgoing.agent_id,
        incoming_id=one.incoming.agent_id,
        due_at=one.outgoing.ends_at,
        entries={},
        rulebook_version=book.version,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return 0
    return 1


def _post_shifts(session: Session, now: datetime) -> tuple[list[PostShift], Mapping[int, date]]:
    """The shifts around now with the time that is owed of each after approved leave, and the days they belong to."""
    rows = session.execute(
        select(
            Shift.id, Shift.agent_id, Agent.team_id, Shift.post, Shift.work_on, Shift.starts_at, Shift.ends_at
        )
        .join(Agent, Agent.id == Shift.agent_id)
        .where(
            # By day first, because that has an index.
            Shift.work_on >= (now - _LOOK_BACK - _LONGEST_SHIFT).date() - timedelta(days=1),
            Shift.work_on <= (now + _AHEAD).date() + timedelta(days=1),
            Shift.ends_at > now - _LOOK_BACK,
        )
    ).all()
    if not rows:
        return [], {}
    leave = _leave(session, min(row.starts_at for row in rows), max(row.ends_at for row in rows))
    found = []
    for row in rows:
        due = subtract([(row.starts_at, row.ends_at)], leave.get(row.agent_id, ()))
        if due:
            found.append(PostShift(row.id, row.agent_id, row.team_id, row.post, due[0][0], due[-1][1]))
    return found, {row.id: row.work_on for row in rows}


def _leave(session: Session, begin: datetime, end: datetime) -> Mapping[int, list[Interval]]:
    """Approved leave by person."""
    found: dict[int, list[Interval]] = defaultdict(list)
    query = select(Leave.agent_id, Leave.starts_at, Leave.ends_at).where(
        Leave.status == "approved", Leave.starts_at < end, Leave.ends_at > begin
    )
    for agent_id, starts_at, ends_at in session.execute(query):
        found[agent_id].append((starts_at, ends_at))
    return found
