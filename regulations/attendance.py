"""The verdict on one shift: present, late, left early, severe, absent, on leave, or a punch is missing.

Clauses: E3.10 late and early from the first moment; A1.28, A2.58 and E3.19 twenty minutes and more without leave;
A1.24 absence without leave. The verdict is about punches: what follows from it, a person decides. What is beside it
(limits off the post, handover, time beyond the shift) is remarks, in `presence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulations import attendance_leave_steps as of_leave
from regulations import attendance_steps as words
from regulations.attendance_notes import count_lateness, note_failed_swap, note_punches, opening_notes
from regulations.attendance_terms import Terms, terms_of
from regulations.attendance_verdict import LEAVE_UNDECIDED, DayVerdict, class_label, made
from regulations.day_context import CorrectedReading, DayContext, FailedSwap, RosterChange
from regulations.intervals import Interval, clip, subtract, total
from regulations.lateness import (
    ELSEWHERE,
    NONE,
    NOT_SEVERE,
    REFUSED,
    late_by,
    minutes_over,
    severity,
    unapproved_stretches,
    whole_minutes,
)
from regulations.notes import Note
from regulations.presence import (
    beyond_the_shift,
    early_arrival,
    gaps_in_punches,
    off_post_limits,
    relieved,
)
from regulations.punches import (
    LeaveFact,
    OffPostFact,
    PunchFact,
    Readings,
    ShiftFacts,
    away_from_post,
    gaps,
    owed,
    read_punches,
    waits_for_leave,
    worked,
)
from regulations.rest_day_work import judge_rest_day
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CorrectedReading",
    "DayContext",
    "DayVerdict",
    "FailedSwap",
    "LeaveFact",
    "OffPostFact",
    "PunchFact",
    "RosterChange",
    "ShiftFacts",
    "class_label",
    "judge",
    "judge_rest_day",
]

ALONE = DayContext()
_ZERO = timedelta()


def judge(
    shift: ShiftFacts,
    punches: Sequence[PunchFact],
    leave: Sequence[LeaveFact],
    off_post: Sequence[OffPostFact],
    book: Rulebook,
    now: datetime,
    *,
    context: DayContext | None = None,
) -> DayVerdict:
    """The verdict on the shift from what is known at `now`.

    Late is who comes after start and grace, to the second; early is who leaves before the end. Approved
    leave moves the start or the end to where work was owed. From `attendance.severe_after` minutes (that
    number included) without leave for that end of the shift, or unapproved off the post as long at a
    stretch, it is severe; leave that was filed before the shift and waits for its decision keeps it from that. No punch and
    no leave is absence, but pending while leave for all of it waits; a punch without its counterpart is missing.
    `context` adds what lies around the shift: without it nothing is said about the month, the relief or overtime. A shift
    of a swap that failed is absence whatever the readings say, where `swap.failure_class` says so (A1.32, A3.5): a
    person decided it.
    """
    terms = terms_of(book)
    around = context or ALONE
    now = whole_seconds(now)
    shift = _in_utc(shift)
    due = owed(shift, leave)
    notes, remarks = opening_notes(shift, leave, due, around, terms)
    failed = around.failed_swap if terms.is_failed_swap_absence else None
    if failed is not None and (not due or not failed.is_rostered):
        note_failed_swap(notes, remarks, failed, terms)
        return made("absent", terms, notes, remarks)
    if not due:
        return _on_leave(shift, punches, around, notes, remarks, terms, now)
    owed_from, owed_to = due[0][0], due[-1][1]
    if around.stayed_from:
        punches = [*punches, PunchFact(shift.starts_at, "in")]
    if around.stays_on:
        punches = [*punches, PunchFact(shift.ends_at, "out")]
    readings = read_punches(shift, (owed_from, owed_to), punches, terms.search, terms.double_punch, now)
    note_punches(notes, remarks, shift, readings, around, terms)

    came_at, left_at = readings.first_in_at, readings.last_out_at
    if failed is not None:
        note_failed_swap(notes, remarks, failed, terms)
        return made("absent", terms, notes, remarks, first_in_at=came_at, last_out_at=left_at)
    is_over, is_awaited = now >= shift.ends_at, now <= shift.ends_at + terms.search
    late = early = grace_used = _ZERO
    values: tuple[Any, ...]
    if came_at is None and left_at is None and waits_for_leave(shift, leave):
        if now >= owed_from:
            remarks.append(LEAVE_UNDECIDED)
            notes.append(
                Note(of_leave.leave_waits, (terms.unfiled_names,), terms.clauses["leave.unfiled_class"])
            )
        else:
            notes.append(Note(words.pending, (now, owed_from, is_over, terms.zone)))
        return made("pending", terms, notes, remarks)
    if came_at is not None or not (is_over or left_at is not None):
        late = late_by(came_at or now, owed_from, terms)
        if came_at is not None:
            grace_used = max(came_at - owed_from, _ZERO) if not late else _ZERO
            values = (owed_from, minutes_over(late), minutes_over(grace_used), terms.grace_text, terms.zone)
            notes.append(Note(words.arrival, values, terms.clauses["attendance.late_grace"]))
        elif late:
            values = (owed_from, now, minutes_over(late), terms.grace_text, terms.zone)
            notes.append(Note(words.not_there, values, terms.clauses["attendance.late_grace"]))
    month_count = count_lateness(late, around, notes, remarks, terms)
    if left_at is not None and is_over:
        early = max(owed_to - left_at, _ZERO)
        values = (owed_to, minutes_over(early), terms.zone)  # E3.10 defines both ends of the shift
        notes.append(Note(words.departure, values, terms.clauses["attendance.late_grace"]))
    found = early_arrival(shift, owed_from, came_at, around, terms)
    _add(found.remarks, found.notes, notes, remarks)

    away: list[Interval] = []
    unapproved: list[Interval] = []
    if off_post:
        away = away_from_post(shift, due, off_post, now)
        unapproved = unapproved_stretches(shift, off_post, now)
        found = off_post_limits(shift, due, off_post, around.post, now, terms)
        _add(found.remarks, found.notes, notes, remarks)
    found = gaps_in_punches(gaps(readings, due, away), terms)
    _add(found.remarks, found.notes, notes, remarks)
    present = worked(readings, due, away)
    done = _minutes(present)
    off_minutes = _minutes(away)
    extra = approved = _ZERO
    if came_at is None and left_at is None and is_over:
        class_ = "absent"
        values = (terms.unfiled_names, _leave_of(shift, leave))
        notes.append(Note(of_leave.absent, values, terms.clauses["leave.unfiled_class"]))
    else:
        severe = NOT_SEVERE
        if late or early or unapproved:
            severe = severity(late, early, due, shift, leave, unapproved, terms)
            notes += severe.notes
            if severe.is_undecided:
                remarks.append(LEAVE_UNDECIDED)
        values = (done, off_minutes, bool(away), tuple(present), terms.zone)
        notes.append(Note(words.worked, values))
        if left_at is not None and is_over:
            found = relieved(left_at, early, around, terms)
            _add(found.remarks, found.notes, notes, remarks)
            beyond = beyond_the_shift(shift, readings, around, terms)
            extra, approved = beyond.extra, beyond.approved
            _add(beyond.found.remarks, beyond.found.notes, notes, remarks)
        class_, closing = _class_of(readings, late, early, severe.is_severe, is_over, is_awaited)
        if closing is not None:
            notes.append(closing)
        if class_ == "pending":
            notes.append(Note(words.pending, (now, owed_from, is_over, terms.zone)))
    return made(
        class_,
        terms,
        notes,
        remarks,
        late_minutes=minutes_over(late),
        early_minutes=minutes_over(early),
        worked_minutes=done,
        first_in_at=came_at,
        last_out_at=left_at,
        off_post_minutes=off_minutes,
        extra_minutes=whole_minutes(extra),
        approved_extra_minutes=whole_minutes(approved),
        month_count=month_count,
        grace_minutes=minutes_over(grace_used),
    )


def _on_leave(
    shift: ShiftFacts,
    punches: Sequence[PunchFact],
    around: DayContext,
    notes: list[Note],
    remarks: list[str],
    terms: Terms,
    now: datetime,
) -> DayVerdict:
    """Leave covers the whole shift: it is leave whatever the readings say, and they are named."""
    span = (shift.starts_at, shift.ends_at)
    readings = read_punches(shift, span, punches, terms.search, terms.double_punch, now)
    came_at, left_at = readings.first_in_at, readings.last_out_at
    if came_at is not None or left_at is not None:
        note_punches(
            notes, remarks, shift, readings, replace(around, stayed_from=False, stays_on=False), terms
        )
        stays = subtract(clip(readings.stays, *span), shift.breaks) if left_at is not None else []
        if stays or any(at is not None and span[0] <= at <= span[1] for at in (came_at, left_at)):
            remarks.append("worked_on_leave")
            notes.append(Note(of_leave.worked_on_leave, (tuple(stays), _minutes(stays), terms.zone)))
    return made("on_leave", terms, notes, remarks, first_in_at=came_at, last_out_at=left_at)


def _leave_of(shift: ShiftFacts, leave: Sequence[LeaveFact]) -> str:
    """How leave stands to a shift that nobody came to: there is none, it was refused, or it is for another part."""
    touching = [f for f in leave if f.starts_at < shift.ends_at and f.ends_at > shift.starts_at]
    if not touching:
        return NONE
    return REFUSED if all(f.is_approved is False for f in touching) else ELSEWHERE


def _in_utc(shift: ShiftFacts) -> ShiftFacts:
    """The shift in UTC: times of one zone are compared and subtracted by the clock on the wall."""
    if shift.starts_at.tzinfo is UTC and shift.ends_at.tzinfo is UTC:
        return shift
    breaks = tuple((a.astimezone(UTC), b.astimezone(UTC)) for a, b in shift.breaks)
    return ShiftFacts(shift.starts_at.astimezone(UTC), shift.ends_at.astimezone(UTC), breaks)


def _minutes(intervals: Sequence[Interval]) -> int:
    return whole_minutes(total(intervals)) if intervals else 0


def _add(found: tuple[str, ...], reasons: tuple[Note, ...], notes: list[Note], remarks: list[str]) -> None:
    remarks += found
    notes += reasons


def _class_of(
    readings: Readings,
    late: timedelta,
    early: timedelta,
    is_severe: bool,
    is_over: bool,
    is_awaited: bool,
) -> tuple[str, Note | None]:
    """The class of a shift that somebody came to, and the note that only the class explains.

    What is severe is so whatever else is missing; a missing punch stands before plain lateness, because
    without it the other end of the shift is unknown.
    """
    has_in, has_out = readings.first_in_at is not None, readings.last_out_at is not None
    if is_severe:
        return "severe", None
    if has_out and not has_in and is_over:
        return "missing_punch", Note(words.out_only)
    if has_in and not has_out and not is_awaited:
        return "missing_punch", Note(words.in_only)
    if late and early:
        return "late_and_early", None
    if late or early:
        return ("late" if late else "early"), None
    return ("present" if is_over and has_out else "pending"), None
