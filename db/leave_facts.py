"""What the check of a leave request rests on: the roster, the person's other requests, swaps, and the account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import leave_balances
from db.models import Leave, Shift, SwapRequest
from db.swap_facts import STANDING as BINDING
from regulations.leave import LeaveRequestFacts, LeaveShift, OtherLeave, SwappedShift, is_account_type
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

STANDING = ("requested", "approved")
_DAY = timedelta(days=1)
_AROUND = timedelta(days=31)  # other leave that may be one absence with it
_HOLE = timedelta(days=14)  # no rest is as long: a roster with such a hole is not drawn up beyond it


def gather(
    session: Session, agent_id: int, facts: LeaveRequestFacts, book: Rulebook, leave_out: Collection[int] = ()
) -> LeaveRequestFacts:
    """The request with what it meets; `leave_out` are requests it takes the place of, and itself."""
    calendar = WorkCalendar.from_rulebook(book)
    first, last = calendar.day_of(facts.starts_at), calendar.day_of(facts.ends_at)
    others = _others(session, agent_id, facts, leave_out)
    begin = calendar.day_of(min([facts.starts_at, *(one.starts_at for one in others)]))
    end = calendar.day_of(max([facts.ends_at, *(one.ends_at for one in others)]))
    balance = None
    if is_account_type(facts.type, book):
        balance = leave_balances.available(session, agent_id, facts.type, first, leave_out=leave_out)
    swap_days, swap_shifts = _swapped(session, agent_id, first - _DAY, last)
    return replace(
        facts,
        shifts=_shifts(session, agent_id, begin - _DAY, end + _HOLE),
        rostered_until=_rostered_until(session, agent_id, first, last),
        others=others,
        swap_days=swap_days,
        swap_shifts=swap_shifts,
        balance=balance,
    )


def _others(
    session: Session, agent_id: int, facts: LeaveRequestFacts, leave_out: Collection[int]
) -> tuple[OtherLeave, ...]:
    """The person's other leave around this one: what overlaps it, and what may adjoin it."""
    query = (
        select(Leave)
        .where(
            Leave.agent_id == agent_id,
            Leave.status.in_(STANDING),
            Leave.starts_at < facts.ends_at + _AROUND,
            Leave.ends_at > facts.starts_at - _AROUND,
            Leave.id.not_in(leave_out),
        )
        .order_by(Leave.starts_at)
    )
    return tuple(OtherLeave(r.starts_at, r.ends_at, r.type, r.status) for r in session.scalars(query))


def _swapped(
    session: Session, agent_id: int, first: date, last: date
) -> tuple[frozenset[date], tuple[SwappedShift, ...]]:
    """The shifts of these days that the person works because of a swap that was approved: the partner the requester's,
    the requester the one that pays it back. The date alone where the shift is no longer on the roster.
    """
    days, shifts = set[date](), list[SwappedShift]()
    for works, day, shift_id in (
        (SwapRequest.partner_id, SwapRequest.swap_on, SwapRequest.shift_id),
        (SwapRequest.requester_id, SwapRequest.payback_on, SwapRequest.payback_shift_id),
    ):
        rows = session.execute(
            select(day, Shift)
            .outerjoin(Shift, Shift.id == shift_id)
            .where(
                works == agent_id,
                SwapRequest.state.in_(BINDING),
                func.coalesce(Shift.work_on, day).between(first, last),
            )
        )
        for on, shift in rows:
            if shift is None:
                days.add(on)
            elif shift.agent_id == agent_id:  # else it has changed hands since
                shifts.append(SwappedShift(shift.work_on, shift.starts_at, shift.ends_at))
    return frozenset(days), tuple(sorted(shifts, key=lambda one: one.starts_at))


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
