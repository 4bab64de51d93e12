"""Time off the post, early for the handover, relieved before leaving, and time beyond the shift.

Clauses: A1.7, A2.37 and E3.10 nobody leaves the post unasked, however short; A1.8 away for ten minutes at most; B1.8 Q9, B1.20 and A4.28 private calls by post, B1.8 Q9 and A4.25 visitors,
all strictly over; B1.17 nobody leaves the desk without a replacement; A1.21 and A2.45 ten minutes early; A2.48 no leaving
before the relief is there; A1.6 the late shift extends itself; E3.14 overtime is approved. What is found here is a
remark beside the verdict and changes no class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from regulations import presence_steps as words
from regulations.attendance_terms import Terms, is_post
from regulations.day_context import DayContext
from regulations.intervals import Interval, clip, merge, subtract, total
from regulations.lateness import whole_minutes
from regulations.notes import Note
from regulations.punches import OffPostFact, Readings, ShiftFacts

_REMARK_OF = {
    "off_post": "away_over",
    "away": "away_over",
    "private_call": "call_over",
    "visitor": "visitor_over",
}
_KEY_OF = {
    "off_post": "attendance.away_limit",
    "away": "attendance.away_limit",
    "private_call": "attendance.private_call_limit",
    "visitor": "attendance.private_visitor_limit",
}
_EXCUSED_BY_APPROVAL = ("off_post", "away")  # a limit on calls and visitors holds whoever was told
_LEAVES_THE_POST = ("off_post", "private_call", "visitor")
NOTHING = timedelta()
_ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """Remarks (codes of names.NAMES["attendance_remark"]) with the reasoning behind them."""

    remarks: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """Time at the post beyond the shift, in all and as far as it was approved or is part of the shift by rule."""

    extra: timedelta = NOTHING
    approved: timedelta = NOTHING
    found: Found = Found()


NONE, NO_EXTRA = Found(), Extra()


def off_post_limits(
    shift: ShiftFacts,
    due: Sequence[Interval],
    off_post: Sequence[OffPostFact],
    post: str,
    now: datetime,
    terms: Terms,
) -> Found:
    """Each stretch off the post within owed time against the limit of its kind; strictly over is over.

    Stretches of one kind that touch are one. Away and off the post are excused by approval (A1.8: other matters are
    announced beforehand), calls and visitors are not. Leaving the post itself is asked for (A1.7, A2.37, E3.10): unasked it is
    remarked from its first second.
    """
    horizon = min(now, shift.ends_at)
    remarks: list[str] = []
    notes: list[Note] = []
    values: tuple[Any, ...]
    limits = {
        "off_post": terms.away_limit,
        "away": terms.away_limit,
        "private_call": terms.call_limit(post)[0],
        "visitor": terms.visitor_limit,
    }
    for kind in _REMARK_OF:
        facts = [f for f in off_post if f.kind == kind]
        approved = merge(_closed(f, horizon) for f in facts if f.is_approved)
        plain = merge(_closed(f, horizon) for f in facts if not f.is_approved)
        if kind not in _EXCUSED_BY_APPROVAL:
            plain, approved = merge([*plain, *approved]), []
        for span, length in _owed_lengths(approved, due):
            is_long = limits[kind] is not None and length > (limits[kind] or NOTHING)
            values = (span, kind, length, limits[kind] if is_long else None, terms.zone)
            notes.append(
                Note(words.off_post_approved, values, terms.clauses[_KEY_OF[kind]] if is_long else None)
            )
        limit = limits[kind]
        rule = terms.call_limit(post)[1] if kind == "private_call" else terms.clauses[_KEY_OF[kind]]
        for span, length in _owed_lengths(subtract(plain, approved), due):
            values = (span, kind, length, limit, terms.zone)
            notes.append(Note(words.off_post, values, None if limit is None else rule))
            if limit is not None and length > limit:
                remarks.append(_REMARK_OF[kind])
        if kind == "off_post" and terms.leave_post_approver is not None:
            for span, _ in _owed_lengths(subtract(plain, approved), due):
                clause = terms.clauses["attendance.leave_post_approver"]
                notes.append(Note(words.left_unasked, (span, terms.leave_post_approver, terms.zone), clause))
                remarks.append("left_unasked")
    if terms.is_replacement_required and is_post(post, "desk"):  # an unknown post is not taken for the desk
        away = [f for f in off_post if f.kind in _LEAVES_THE_POST]
        empty = subtract(
            [_closed(f, horizon) for f in away if not f.is_relieved],
            [_closed(f, horizon) for f in away if f.is_relieved],
        )
        for span, _ in _owed_lengths(empty, due):
            clause = terms.clauses["attendance.replacement_required"]
            notes.append(Note(words.not_relieved, (span, terms.zone), clause))
            remarks.append("not_relieved")
    return Found(tuple(dict.fromkeys(remarks)), tuple(notes))


def _closed(fact: OffPostFact, horizon: datetime) -> Interval:
    return fact.starts_at, min(fact.ends_at or horizon, horizon)


def _owed_lengths(stretches: Sequence[Interval], due: Sequence[Interval]) -> list[tuple[Interval, timedelta]]:
    """Each stretch with how much of it was owed; those outside owed time fall away."""
    found = []
    for stretch in stretches:
        length = sum((total(clip([stretch], a, b)) for a, b in due), NOTHING)
        if length:
            found.append((stretch, length))
    return found


def gaps_in_punches(missing: Sequence[Interval], terms: Terms) -> Found:
    """Owed time between an out and the next in, which no record of time off the post explains (`punches.gaps`).

    Whether it was approved, punches cannot tell: it is no work, is pointed out, and changes no class (A1.7, A2.37).
    """
    if not missing:
        return NONE
    clause = terms.clauses["attendance.leave_post_approver"] if terms.leave_post_approver else None
    notes = tuple(
        Note(words.gap, ((a, b), b - a, terms.leave_post_approver, terms.zone), clause) for a, b in missing
    )
    return Found(("gap_in_punches",), notes)


def early_arrival(
    shift: ShiftFacts, owed_from: datetime, came_at: datetime | None, context: DayContext, terms: Terms
) -> Found:
    """Whether the person was there as early as the handover asks.

    Not asked of who has leave at the start of the shift, or comes straight from a shift of his own.
    """
    if not terms.early_arrival or came_at is None or owed_from != shift.starts_at or context.stayed_from:
        return NONE
    wanted = shift.starts_at - terms.early_arrival
    if came_at <= wanted or (context.previous_ends_at is not None and context.previous_ends_at > wanted):
        return NONE
    clause = terms.clauses["attendance.early_arrival"]
    return Found(("not_early",), (Note(words.not_early, (wanted, terms.early_arrival, terms.zone), clause),))


def relieved(left_at: datetime, early: timedelta, context: DayContext, terms: Terms) -> Found:
    """Whether whoever takes over was there before the person left; one who is rostered to stay on is there himself."""
    if not context.awaits_relief or not terms.waits_for_relief or early or context.stays_on:
        return NONE
    if context.relief is not None and context.relief <= left_at:
        return NONE
    clause = terms.clauses["handover.wait_for_relief"]
    return Found(
        ("left_unrelieved",), (Note(words.left_unrelieved, (left_at, context.relief, terms.zone), clause),)
    )


def beyond_the_shift(shift: ShiftFacts, readings: Readings, context: DayContext, terms: Terms) -> Extra:
    """Time at the post beyond the shift, once the person has left.

    Approved overtime counts to the minute, before the shift, after it, and after a pause. So does a late shift that
    extends itself (A1.6). Other time after the end counts from `overtime.counts_from`; waiting for the relief needs no
    approval.
    Coming early is no overtime unless it was approved.
    """
    left_at = readings.last_out_at
    over = NOTHING if left_at is None else left_at - shift.ends_at
    if left_at is None or (not context.overtime and over <= NOTHING):
        return NO_EXTRA
    extends = over > NOTHING and terms.extends_itself and _is_night(shift.starts_at, shift.ends_at, terms)
    counts_from = _ONE_MINUTE if extends else terms.counts_from
    if not context.overtime and over < counts_from:
        return NO_EXTRA
    worked: list[Interval] = []
    if context.overtime:
        outside = subtract([*readings.stays, *readings.later], [(shift.starts_at, shift.ends_at)])
        worked = merge(i for start, end in context.overtime for i in clip(outside, start, end))
    approved = total(worked) if worked else NOTHING
    notes: list[Note] = []
    values: tuple[Any, ...]
    if approved:
        clause = terms.clauses["overtime.approver"]
        values = (whole_minutes(approved), tuple(worked), terms.zone)
        notes.append(Note(words.overtime, values, clause))
    rest = clip(readings.stays, shift.ends_at, max(left_at, shift.ends_at))
    rest = subtract(rest, worked) if worked else rest
    length = total(rest)
    if not length or length < counts_from:
        return Extra(approved, approved, Found((), tuple(notes))) if approved else NO_EXTRA
    if extends:
        values = (shift.ends_at, whole_minutes(length), terms.zone)
        notes.append(Note(words.extends_itself, values, terms.clauses["shift.auto_extend"]))
        return Extra(approved + length, approved + length, Found((), tuple(notes)))
    if context.awaits_relief and terms.waits_for_relief and context.relief is not None:
        waiting = total(clip(rest, shift.ends_at, max(context.relief, shift.ends_at)))
        if waiting:
            values = (context.relief, whole_minutes(waiting), terms.zone)
            notes.append(Note(words.waited_for_relief, values, terms.clauses["handover.wait_for_relief"]))
            approved, length = approved + waiting, length - waiting
    if not length or length < terms.counts_from:
        return Extra(approved, approved, Found((), tuple(notes)))
    values = (whole_minutes(length), terms.counts_from, terms.overtime_approver)
    notes.append(Note(words.unapproved_extra, values, terms.clauses["overtime.approver"]))
    return Extra(approved + length, approved, Found(("unapproved_extra",), tuple(notes)))


@lru_cache(maxsize=4096)
def _is_night(starts_at: datetime, ends_at: datetime, terms: Terms) -> bool:
    """Whether the shift is still running at `shift.night_after`: the late shift of A1.4 and A1.6."""
    if terms.night_after is None:
        return False
    day, last = starts_at.astimezone(terms.zone).date(), ends_at.astimezone(terms.zone).date()
    while day <= last:
        if starts_at <= datetime.combine(day, terms.night_after, terms.zone) < ends_at:
            return True
        day += timedelta(days=1)
    return False
