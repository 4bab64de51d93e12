"""Handovers as they are read: rows in scope, and where each of them stands at a moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from db import rulebooks
from db.models import AttendanceDay, Handover, Shift
from db.visibility import demand
from regulations import handovers as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Judged:
    """A handover with the verdict on it."""

    row: Handover
    verdict: rules.HandoverVerdict


def get_handover(session: Session, scope: Scope, handover_id: int) -> Handover:
    """The handover. Raises LookupError when none is in scope."""
    demand(scope, "handovers.view")
    row = session.scalar(_visible(scope).where(Handover.id == handover_id))
    if row is None:
        raise LookupError(handover_id)
    return row


def list_handovers(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    state: str | None = None,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> Sequence[Handover]:
    """Handovers of outgoing shifts of these local dates, both included, by when they fall due; an agent's own only.

    A `state` is where it stands at `now`, which then has to be given. Raises AccessRefused without handovers.view.
    """
    if state is not None:
        if now is None:
            raise ValueError("a state needs the moment at which it is asked")
        book = book or rulebooks.in_force(session)
        found = list_judged(
            session, scope, from_on=from_on, to_on=to_on, team_id=team_id, states=(state,), book=book, now=now
        )
        return [one.row for one in found]
    demand(scope, "handovers.view")
    query = (
        _visible(scope)
        .where(Handover.work_on >= from_on, Handover.work_on <= to_on)
        .order_by(Handover.due_at, Handover.id)
    )
    if team_id is not None:
        query = query.where(Handover.team_id == team_id)
    return session.scalars(query).all()


def list_judged(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
    states: Collection[str] | None = None,
) -> list[Judged]:
    """The same with the verdict on each, what hurts most first, then the earliest due. Raises AccessRefused."""
    rows = list_handovers(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
    found = judged(session, rows, book, now)
    if states is not None:
        found = [one for one in found if one.verdict.state in states]
    return sorted(found, key=_hurts)


def judged(session: Session, rows: Sequence[Handover], book: Rulebook, now: datetime) -> list[Judged]:
    """The verdict on each row, under the rulebook it was made under."""
    facts = facts_of(session, rows)
    return [
        Judged(
            row, rules.judge(facts[row.id], rulebooks.made_under(session, row.rulebook_version, book), now)
        )
        for row in rows
    ]


def facts_of(session: Session, rows: Sequence[Handover]) -> dict[int, rules.HandoverFacts]:
    """What the rules need of each row, by its id: read with two queries however many rows there are."""
    shift_ids = {i for row in rows for i in (row.outgoing_shift_id, row.incoming_shift_id) if i is not None}
    times: dict[int, tuple[datetime, datetime]] = {}
    readings: dict[int, tuple[datetime | None, datetime | None]] = {}
    for ids in _batches(sorted(shift_ids)):
        for shift_id, begin, end in session.execute(
            select(Shift.id, Shift.starts_at, Shift.ends_at).where(Shift.id.in_(ids))
        ):
            times[shift_id] = (begin, end)
        days = select(AttendanceDay.shift_id, AttendanceDay.first_in_at, AttendanceDay.last_out_at).join(
            Shift, (Shift.id == AttendanceDay.shift_id) & (Shift.agent_id == AttendanceDay.agent_id)
        )
        for shift_id, came_at, left_at in session.execute(days.where(AttendanceDay.shift_id.in_(ids))):
            readings[shift_id] = (came_at, left_at)
    return {row.id: _facts(row, times, readings) for row in rows}


def _facts(
    row: Handover,
    times: dict[int, tuple[datetime, datetime]],
    readings: dict[int, tuple[datetime | None, datetime | None]],
) -> rules.HandoverFacts:
    came_at, left_at = readings.get(row.outgoing_shift_id or 0, (None, None))
    relief_came_at, _left = readings.get(row.incoming_shift_id or 0, (None, None))
    if row.relief_named_by:  # the rostered person's clock says nothing of whoever was sent instead
        relief_came_at = None
    incoming_starts_at, incoming_ends_at = times.get(row.incoming_shift_id or 0, (None, None))
    return rules.HandoverFacts(
        outgoing_ends_at=row.due_at,
        incoming_starts_at=incoming_starts_at,
        entries={str(name): str(text) for name, text in row.entries.items()},
        written_at=row.written_at,
        signed_out_at=row.signed_out_at,
        signed_in_at=row.signed_in_at,
        refused_at=row.refused_at,
        refused_reason=row.refused_reason,
        reviewed_at=row.reviewed_at,
        came_at=came_at,
        left_at=left_at,
        relief_came_at=relief_came_at,
        incoming_ends_at=incoming_ends_at,
        first_written_at=row.first_written_at,
        is_relief_named=bool(row.relief_named_by),
    )


def _hurts(one: Judged) -> tuple[int, int, datetime, int]:
    """What is wrong now first: nobody there to relieve, then the state, then whatever else is wrong with it."""
    flags = one.verdict.flags
    first = 0 if "unrelieved" in flags else 1 + rules.HURTS.index(one.verdict.state)
    worst = min((rules.FLAGS.index(flag) for flag in flags), default=len(rules.FLAGS))
    return first, worst, one.row.due_at, one.row.id


def _visible(scope: Scope) -> Select[Handover]:
    """Handovers in the viewer's teams; for an agent those he is one of the two of."""
    query = select(Handover)
    if scope.team_ids is not None:
        query = query.where(Handover.team_id.in_(scope.team_ids) if scope.team_ids else false())
    if scope.role == "agent":
        if scope.agent_id is None:
            return query.where(false())
        query = query.where(
            or_(Handover.outgoing_id == scope.agent_id, Handover.incoming_id == scope.agent_id)
        )
    return query


def _batches(ids: Sequence[int], size: int = 500) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
