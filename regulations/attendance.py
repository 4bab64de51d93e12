"""The verdict on one shift: present, late, left early, severe, absent, on leave, or a punch is missing.

Clauses: E3.10 late and early from the first moment; A1.28, A2.58 and E3.19 twenty minutes and more without leave;
A1.24 absence without leave. The verdict is about punches: what follows from it, a person decides. What is beside it
(limits off the post, handover, time beyond the shift) is remarks, in `presence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulations import attendance_steps as words
from regulations.attendance_notes import count_lateness, note_punches, opening_notes
from regulations.attendance_terms import Terms, terms_of
from regulations.day_context import CorrectedReading, DayContext, RosterChange
from regulations.intervals import Interval, clip, total
from regulations.lateness import NOT_SEVERE, late_by, minutes_over, severity, unapproved_stretches
from regulations.notes import Note, clauses_named
from regulations.presence import beyond_the_shift, early_arrival, off_post_limits, relieved
from regulations.punches import (
    LeaveFact,
    OffPostFact,
    PunchFact,
    Readings,
    ShiftFacts,
    away_from_post,
    owed,
    read_punches,
    worked,
)
from regulations.verdict import Lang, Step
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CorrectedReading",
    "DayContext",
    "DayVerdict",
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


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """The verdict on one shift at one moment. `class_` is a code of names.NAMES["attendance_class"].

    Minutes are whole; any lateness at all is at least one. `worked_minutes` are minutes within the owed time
    (the shift without breaks, leave and time off the post), `extra_minutes` those beyond the shift, of which
    `approved_extra_minutes` were approved or belong to the shift by rule. `grace_minutes`: how much of the grace was
    used. `month_count`: which lateness of the month it is, 0 for none or where that is not known. `remarks` are codes of
    names.NAMES["attendance_remark"]. `class_label` is what this rulebook calls a severe shift or an absence (缺勤,
    违纪, 旷工), "" otherwise. While the shift runs the class is "pending" until something is certain: who is late now
    stays late. `notes` are the reasoning; `steps` says it in words.
    """

    class_: str
    late_minutes: int
    early_minutes: int
    worked_minutes: int
    first_in_at: datetime | None
    last_out_at: datetime | None
    clauses: tuple[str, ...]
    notes: tuple[Note, ...]
    class_label: str = ""
    off_post_minutes: int = 0
    extra_minutes: int = 0
    approved_extra_minutes: int = 0
    month_count: int = 0
    grace_minutes: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The reasoning in both languages. Worded anew at each call: keep it if you need it twice."""
        return tuple(note.step() for note in self.notes)


def class_label(class_: str, book: Rulebook, lang: Lang = "zh") -> str:
    """What the rulebook calls a severe shift (缺勤 or 违纪) or an absence (旷工); "" for the other classes."""
    return _label(class_, terms_of(book), lang)


def _label(class_: str, terms: Terms, lang: Lang = "zh") -> str:
    named = {"severe": terms.severe_names, "absent": terms.unfiled_names}.get(class_)
    return "" if named is None else named[1 if lang == "en" else 0]


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
    stretch, it is severe. No punch and no leave is absence; a punch without its counterpart is missing.
    `context` adds what lies around the shift: without it nothing is said about the month, the relief or overtime.
    """
    terms = terms_of(book)
    around = context or ALONE
    now = whole_seconds(now)
    shift = _in_utc(shift)
    due = owed(shift, leave)
    notes, remarks = opening_notes(shift, leave, due, around, terms)
    if not due:
        return _verdict("on_leave", terms, notes, remarks)
    owed_from, owed_to = due[0][0], due[-1][1]
    if around.stayed_from:
        punches = [*punches, PunchFact(shift.starts_at, "in")]
    if around.stays_on:
        punches = [*punches, PunchFact(shift.ends_at, "out")]
    readings = read_punches(shift, (owed_from, owed_to), punches, terms.search, terms.double_punch, now)
    note_punches(notes, remarks, shift, readings, around, terms)

    came_at, left_at = readings.first_in_at, readings.last_out_at
    is_over, is_awaited = now >= shift.ends_at, now <= shift.ends_at + terms.search
    late = early = grace_used = _ZERO
    values: tuple[Any, ...]
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
    done = _minutes(worked(readings, due, away))
    off_minutes = _minutes(away)
    extra = approved = _ZERO
    if came_at is None and left_at is None and is_over:
        class_ = "absent"
        notes.append(Note(words.absent, (terms.unfiled_names,), terms.clauses["leave.unfiled_class"]))
    else:
        severe = NOT_SEVERE
        if late or early or unapproved:
            severe = severity(late, early, due, shift, leave, unapproved, terms)
            notes += severe.notes
        notes.append(Note(words.worked, (done, off_minutes, bool(away))))
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
    return _verdict(
        class_,
        terms,
        notes,
        remarks,
        late_minutes=minutes_over(late),
        early_minutes=minutes_over(early),
        worked_minutes=done,
        first_in_at=None if came_at is None else came_at.astimezone(terms.zone),
        last_out_at=None if left_at is None else left_at.astimezone(terms.zone),
        off_post_minutes=off_minutes,
        extra_minutes=_whole(extra),
        approved_extra_minutes=_whole(approved),
        month_count=month_count,
        grace_minutes=minutes_over(grace_used),
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
        return _verdict("rest", terms, [], [])
    first, last = known[0][0], known[-1][0]
    span = ShiftFacts(first, max(last, first + timedelta(seconds=1)))
    readings = read_punches(
        span, (first, last + timedelta(seconds=1)), punches, _ZERO, terms.double_punch, now
    )
    stays = [(a, b) for a, b in readings.stays if readings.last_out_at is None or a < readings.last_out_at]
    there = total(stays) if readings.last_out_at is not None else _ZERO
    approved = total([i for start, end in overtime for i in clip(stays, start, end)]) if there else _ZERO
    values: tuple[Any, ...] = (first, readings.last_out_at, _whole(there), terms.zone)
    notes = [Note(words.rest_day_worked, values, terms.clauses["shift.rest_days_per_week"])]
    remarks = ["rest_day_worked"]
    if approved:
        notes.append(Note(words.overtime, (_whole(approved),), terms.clauses["overtime.approver"]))
    if there - approved >= max(terms.counts_from, timedelta(seconds=1)):
        values = (_whole(there - approved), terms.counts_from, terms.overtime_approver)
        notes.append(Note(words.unapproved_extra, values, terms.clauses["overtime.approver"]))
        remarks.append("unapproved_extra")
    return _verdict(
        "rest",
        terms,
        notes,
        remarks,
        first_in_at=None if readings.first_in_at is None else readings.first_in_at.astimezone(terms.zone),
        last_out_at=None if readings.last_out_at is None else readings.last_out_at.astimezone(terms.zone),
        extra_minutes=_whole(there),
        approved_extra_minutes=_whole(approved),
    )


def _verdict(
    class_: str,
    terms: Terms,
    notes: list[Note],
    remarks: list[str],
    *,
    late_minutes: int = 0,
    early_minutes: int = 0,
    worked_minutes: int = 0,
    first_in_at: datetime | None = None,
    last_out_at: datetime | None = None,
    off_post_minutes: int = 0,
    extra_minutes: int = 0,
    approved_extra_minutes: int = 0,
    month_count: int = 0,
    grace_minutes: int = 0,
) -> DayVerdict:
    """The verdict with its last note and the clauses that its notes name."""
    notes.append(Note(words.verdict, (class_,)))
    return DayVerdict(
        class_,
        late_minutes,
        early_minutes,
        worked_minutes,
        first_in_at,
        last_out_at,
        clauses_named(notes),
        tuple(notes),
        _label(class_, terms),
        off_post_minutes,
        extra_minutes,
        approved_extra_minutes,
        month_count,
        grace_minutes,
        tuple(remarks),
    )


def _in_utc(shift: ShiftFacts) -> ShiftFacts:
    """The shift in UTC: times of one zone are compared and subtracted by the clock on the wall."""
    if shift.starts_at.tzinfo is UTC and shift.ends_at.tzinfo is UTC:
        return shift
    breaks = tuple((a.astimezone(UTC), b.astimezone(UTC)) for a, b in shift.breaks)
    return ShiftFacts(shift.starts_at.astimezone(UTC), shift.ends_at.astimezone(UTC), breaks)


def _minutes(intervals: Sequence[Interval]) -> int:
    return _whole(total(intervals)) if intervals else 0


def _whole(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


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
