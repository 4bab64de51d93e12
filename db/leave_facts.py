"""What the check of a leave request rests on: the roster, the person's other requests, swaps, and the account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import leave_account
from db.models import Leave, Shift
from db.swap_facts import swap_days
from regulations.leave import LeaveRequestFacts, LeaveShift, OtherLeave, is_account_type
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

STANDING = ("requested", "approved")
_DAY = timedelta(days=1)
_HOLE = timedelta(days=14)  # no rest is as long: a roster with such a hole is not drawn up beyond it


def gather(
    session: Session, agent_id: int, facts: LeaveRequestFacts, book: Rulebook, leave_out: Collection[int] = ()
) -> LeaveRequestFacts:
    """The request with what it meets; `leave_out` are requests it takes the place of, and itself."""
    calendar = WorkCalendar.from_rulebook(book)
    first, last = calendar.day_of(facts.starts_at), calendar.day_of(facts.ends_at)
    others = select(Leave).where(
        Leave.agent_id == agent_id,
        Leave.status.in_(STANDING),
        Leave.starts_at < facts.ends_at,
        Leave.ends_at > facts.starts_at,
        Leave.id.not_in(leave_out),
    )
    balance = None
    if is_account_type(facts.type, book):
        balance = leave_account.available(session, agent_id, facts.type, first, leave_out=leave_out)
    return replace(
        facts,
        shifts=_shifts(session, agent_id, first - _DAY, last),
        rostered_until=_rostered_until(session, agent_id, first, last),
        others=tuple(
            OtherLeave(row.starts_at, row.ends_at, row.type, row.status)
            for row in session.scalars(others.order_by(Leave.starts_at))
        ),
        swap_days=frozenset(swap_days(session, [agent_id], first - _DAY, last).get(agent_id, ())),
        balance=balance,
    )


def _rostered_until(session: Session, agent_id: int, first: date, last: date) -> date | None:
    """The last date up to which the person's roster is drawn up without a long hole; None where it is not at all.

    One shift somewhere in the future does not make rest days of all the days before it.
    """
    dates = session.scalars(
        select(Shift.work_on)
        .where(Shift.agent_id == agent_id, Shift.work_on >= first - _HOLE, Shift.work_on <= last + _HOLE)
        .order_by(Shift.work_on)
    )
    until, before = None, first - _HOLE
    for on in dates:
        if on - before > _HOLE:
            break
        until = before = on
    return until


def _shifts(session: Session, agent_id: int, first: date, last: date) -> tuple[LeaveShift, ...]:
    query = (
        select(Shift.work_on, Shift.starts_at, Shift.ends_at, Shift.breaks)
        .where(Shift.agent_id == agent_id, Shift.work_on >= first, Shift.work_on <= last)
        .order_by(Shift.starts_at)
    )
    return tuple(
        LeaveShift(
            row.work_on,
            row.starts_at,
            row.ends_at,
            tuple(
                (datetime.fromisoformat(pause["start"]), datetime.fromisoformat(pause["end"]))
                for pause in row.breaks
            ),
        )
        for row in session.execute(query)
    )


def stated(session: Session, row: Leave, book: Rulebook) -> LeaveRequestFacts:
    """What a request that was filed says itself, with what it meets now."""
    facts = LeaveRequestFacts(
        type=row.type,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        filed_at=row.filed_at,
        is_emergency=row.is_emergency,
        proxy=row.proxy,
        told_at=row.told_at,
        has_certificate=True if row.has_certificate else None,
        certificates=certificates_of(row),
        slip_received_on=row.slip_received_on,
        returned_at=row.returned_at,
        is_approved=row.status == "approved",
    )
    before = None if row.amends_id is None else session.get(Leave, row.amends_id)
    if before is not None:
        facts = as_amendment(facts, before)
    leave_out = [row.id] if before is None else [row.id, before.id]
    return gather(session, row.agent_id, facts, book, leave_out)


def as_amendment(facts: LeaveRequestFacts, before: Leave) -> LeaveRequestFacts:
    """What was granted keeps its notice; what was asked for in time is still in time when it becomes shorter."""
    is_shorter = before.starts_at <= facts.starts_at and facts.ends_at <= before.ends_at
    if before.decided_at is not None and before.status in ("approved", "amended"):
        return replace(facts, granted=(before.starts_at, before.ends_at))
    return replace(facts, filed_at=before.filed_at) if is_shorter else facts


def certificates_of(row: Leave) -> tuple[tuple[date, date], ...]:
    """The dates of its certificate, if they were told."""
    if row.certificate_from_on is None or row.certificate_to_on is None:
        return ()
    return ((row.certificate_from_on, row.certificate_to_on),)
