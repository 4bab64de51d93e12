"""Time at the post on a day without a shift: nothing was owed, all of it is beyond a shift (A1.5, E3.14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulations import presence_steps as words
from regulations.attendance_steps import Pair, lasting
from regulations.attendance_terms import terms_of
from regulations.attendance_verdict import DayVerdict, made
from regulations.intervals import Interval, clip, merge, total
from regulations.lateness import whole_minutes
from regulations.notes import Note
from regulations.punches import PunchFact, ShiftFacts, read_punches
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_ZERO = timedelta()


def _nobody_approved(minutes: int, limit: timedelta, approver: Pair | None) -> Pair:
    """Time on a day without a shift that nobody approved: there is no shift that it could be beyond."""
    zh, en = lasting(limit)
    by = words.approved_by(approver)
    return (
        f"其中 {minutes} 分钟没有获批的加班，达到 {zh}{by[0]}",
        f"Of it {minutes} min without approved overtime, {en} or more{by[1]}",
    )


def judge_rest_day(
    punches: Sequence[PunchFact],
    book: Rulebook,
    now: datetime,
    *,
    overtime: Sequence[Interval] = (),
) -> DayVerdict:
    """What punches on a day without a shift come to: class "rest", all time is beyond a shift (A1.5, E3.14).

    Time outside approved overtime is pointed out from `overtime.counts_from` on. Punches that are none: nothing is owed.
    """
    terms = terms_of(book)
    known = sorted(p for p in ((whole_seconds(p.at), p.kind) for p in punches) if p[0] <= whole_seconds(now))
    if not known:
        return made("rest", terms, [], [])
    first, last = known[0][0], known[-1][0]
    span = ShiftFacts(first, max(last, first + timedelta(seconds=1)))
    readings = read_punches(
        span, (first, last + timedelta(seconds=1)), punches, _ZERO, terms.double_punch, now
    )
    stays = [(a, b) for a, b in readings.stays if readings.last_out_at is None or a < readings.last_out_at]
    there = total(stays) if readings.last_out_at is not None else _ZERO
    worked = tuple(merge(i for start, end in overtime for i in clip(stays, start, end))) if there else ()
    approved = total(worked)
    known_stays = tuple(stays) if readings.last_out_at is not None else ()
    values: tuple[Any, ...] = (first, known_stays, whole_minutes(there), terms.zone)
    notes = [Note(words.rest_day_worked, values, terms.clauses["shift.rest_days_per_week"])]
    remarks = ["rest_day_worked"]
    if approved:
        values = (whole_minutes(approved), worked, terms.zone)
        notes.append(Note(words.overtime, values, terms.clauses["overtime.approver"]))
    if there - approved >= max(terms.counts_from, timedelta(seconds=1)):
        values = (whole_minutes(there - approved), terms.counts_from, terms.overtime_approver)
        notes.append(Note(_nobody_approved, values, terms.clauses["overtime.approver"]))
        remarks.append("unapproved_extra")
    return made(
        "rest",
        terms,
        notes,
        remarks,
        first_in_at=readings.first_in_at,
        last_out_at=readings.last_out_at,
        extra_minutes=whole_minutes(there),
        approved_extra_minutes=whole_minutes(approved),
    )
