"""The notes that a verdict begins with: the shift, changes of it, leave, the readings, and which lateness it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from regulations import attendance_leave_steps as of_leave
from regulations import attendance_steps as words
from regulations import changed_shift_steps as changed
from regulations.attendance_terms import UNFILED_NAMES, Terms
from regulations.attendance_verdict import FAILED_SWAP
from regulations.day_context import DayContext, FailedSwap
from regulations.intervals import Interval
from regulations.notes import Note
from regulations.punches import LeaveFact, Readings, ShiftFacts


def opening_notes(
    shift: ShiftFacts,
    leave: Sequence[LeaveFact],
    due: Sequence[Interval],
    around: DayContext,
    terms: Terms,
) -> tuple[list[Note], list[str]]:
    """The shift, changes of it, the leave, and what time was owed after both."""
    zone = terms.zone
    notes = [Note(words.shift_is, ((shift.starts_at, shift.ends_at), zone))]
    remarks: list[str] = []
    for pause in shift.breaks:
        notes.append(Note(words.break_is, (pause, zone)))
    values: tuple[Any, ...]
    if around.changes:
        remarks.append("shift_changed")
        for change in sorted(set(around.changes), key=lambda c: (c.changed_at, c.source, str(c.before))):
            spans = (change.before, change.after)
            values = (change.changed_at, *spans, change.source, change.is_handed_over, zone)
            notes.append(Note(changed.roster_changed, values))
    if around.is_rest_day:
        notes.append(Note(changed.rest_day, (zone,), terms.clauses["shift.rest_days_per_week"]))
        remarks.append("rest_day_worked")
    if leave:
        touching = {f for f in leave if f.starts_at < shift.ends_at and f.ends_at > shift.starts_at}
        for fact in sorted(touching, key=lambda f: (f.starts_at, f.ends_at, f.type, str(f.is_approved))):
            values = ((fact.starts_at, fact.ends_at), fact.type, fact.is_approved, zone)
            notes.append(Note(of_leave.leave_is, values))
        if due and any(f.is_approved for f in touching):
            notes.append(Note(of_leave.owed_is, (due[0][0], due[-1][1], zone)))
    if not due:
        notes.append(Note(of_leave.all_on_leave))
    return notes, remarks


def note_punches(
    notes: list[Note],
    remarks: list[str],
    shift: ShiftFacts,
    readings: Readings,
    around: DayContext,
    terms: Terms,
) -> None:
    """First in, last out, what was corrected, and the punches that were left aside."""
    zone = terms.zone
    for punch in readings.outside:
        notes.append(Note(words.too_far, (punch.at, punch.kind, zone)))
    if readings.doubled:
        notes.append(Note(words.doubled, (readings.doubled, terms.double_punch)))
    if around.corrected:
        remarks.append("clock_corrected")
        for fix in sorted(set(around.corrected), key=lambda c: (c.at, c.kind, c.source, str(c.before_at))):
            notes.append(Note(words.corrected, (fix.kind, fix.at, fix.before_at, fix.source, zone)))
    if around.stayed_from:
        notes.append(Note(words.stayed_from, (shift.starts_at, zone)))
    else:
        notes.append(Note(words.came, (readings.first_in_at, zone)))
    if around.stays_on and readings.last_out_at == shift.ends_at:
        notes.append(Note(words.stays_on, (shift.ends_at, zone)))
    else:
        notes.append(Note(words.left, (readings.last_out_at, zone)))


def count_lateness(
    late: timedelta, around: DayContext, notes: list[Note], remarks: list[str], terms: Terms
) -> int:
    """Which lateness of the month this one is; 0 for none, and where the month is not known."""
    if not late or around.month_count_before is None:
        return 0
    count = around.month_count_before + 1
    clause = None if terms.allowance is None else terms.clauses["attendance.lateness_allowance"]
    notes.append(Note(words.month_count, (count, terms.allowance), clause))
    if terms.allowance is not None and count > terms.allowance:
        remarks.append("over_allowance")
    return count


def note_failed_swap(notes: list[Note], remarks: list[str], failed: FailedSwap, terms: Terms) -> None:
    """That a person established the shift of a swap as wrong or empty, which is absence for both (A1.32, A3.5)."""
    persons = (failed.requester, failed.partner)
    if not failed.is_rostered:
        notes.append(Note(changed.others_shift, persons))
    told = (failed.recorded_by, failed.recorded_at, failed.briefing, failed.note)
    values = (*persons, *told, UNFILED_NAMES["absence"], terms.zone)
    notes.append(Note(changed.swap_failed, values, terms.clauses["swap.failure_class"]))
    remarks.append(FAILED_SWAP)
