"""Late, early, and severe: how far the punches of a shift lie from what was owed.

Clauses: E3.10 late and early from the first moment, no grace; A1.28, A2.58 and E3.19 twenty minutes and more,
that number included, when no leave was filed before the shift, or off the post as long without approval. Leave that was
filed before the shift and is not decided yet was filed all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulations import attendance_leave_steps as words
from regulations.attendance_terms import Terms, span
from regulations.intervals import Interval, clip, merge, subtract, total
from regulations.notes import Note
from regulations.punches import LeaveFact, OffPostFact, ShiftFacts

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

AT_THE_POST = ("private_call", "visitor")
"""Kinds of time off the post that have limits of their own and are no leaving of the post."""


def span_of(book: Rulebook, key: str) -> timedelta | None:
    """A parameter in minutes or hours as a length of time; None when it is off.

    Raises WorktimeError for other units, which have no length without a date.
    """
    return span(book.duration(key), key)


def minutes_over(over: timedelta) -> int:
    """Whole minutes; any time at all is at least one, because nobody is late by nothing."""
    seconds = int(over.total_seconds())
    return max(1, seconds // 60) if seconds > 0 else 0


def whole_minutes(length: timedelta) -> int:
    """Whole minutes; what is left over falls away."""
    return int(length.total_seconds()) // 60


def late_by(came_at: datetime, owed_from: datetime, terms: Terms) -> timedelta:
    """How long after the start somebody came; nothing up to and including the grace."""
    over = came_at - owed_from
    return over if over > terms.grace else timedelta()


@dataclass(frozen=True, slots=True)
class Severity:
    """Whether a shift is severe, and why or why not. `is_undecided`: leave that waits for its decision keeps it from that."""

    is_severe: bool
    notes: tuple[Note, ...]
    is_undecided: bool = False


NOT_SEVERE = Severity(False, ())
APPROVED, REQUESTED, TOO_LATE, REFUSED, ELSEWHERE, NONE = (
    "approved",
    "requested",
    "too_late",
    "refused",
    "elsewhere",
    "",
)
"""How leave stands to a stretch of a shift; `too_late`: asked for when the shift had begun, and not decided yet."""
_EXCUSES = (APPROVED, REQUESTED)


def severity(
    late: timedelta,
    early: timedelta,
    due: Sequence[Interval],
    shift: ShiftFacts,
    leave: Sequence[LeaveFact],
    unapproved: Sequence[Interval],
    terms: Terms,
) -> Severity:
    """Whether lateness, leaving early, or a stretch off the post without approval makes the shift severe.

    `due` is the owed time and is not empty; `unapproved` are the stretches off the post, of which only the
    part in owed time counts. Leaving before the end is such a stretch where the rulebook counts it so.
    """
    is_severe = is_undecided = False
    notes: list[Note] = []
    values: tuple[Any, ...]
    begin, end = due[0][0], due[-1][1]
    for over, stretch, is_late in ((late, (begin, begin + late), True), (early, (end - early, end), False)):
        key = "attendance.severe_after" if is_late else "attendance.off_post_severe_after"
        limit = terms.severe_after if is_late else terms.off_post_severe_after
        if limit is None or not over or over < limit:
            continue
        if not is_late:
            values = (
                minutes_over(over),
                minutes_over(limit),
                terms.early_counts_off_post,
                terms.early_status,
            )
            notes.append(Note(words.early_counts, values, terms.clauses["attendance.early_counts_off_post"]))
            if not terms.early_counts_off_post:
                continue
        stands = leave_for(stretch, stretch[0 if is_late else 1], shift, leave)
        is_excused = terms.needs_no_leave_filed and stands in _EXCUSES
        is_severe = is_severe or not is_excused
        is_undecided = is_undecided or (is_excused and stands == REQUESTED)
        named = None if is_excused else terms.severe_names
        why = stands if terms.needs_no_leave_filed else None
        values = (is_late, minutes_over(over), minutes_over(limit), named, why)
        notes.append(Note(words.severe, values, terms.clauses[key]))
    limit = terms.off_post_severe_after
    for start, over_at in unapproved if limit is not None else ():
        parts = [part for a, b in due for part in clip([(start, over_at)], a, b)]
        length = total(parts)
        if limit is None or not length or length < limit:
            continue
        is_excused = (
            terms.needs_no_leave_filed and total(subtract(parts, _asked_in_time(shift, leave))) < limit
        )
        is_severe = is_severe or not is_excused
        is_undecided = is_undecided or is_excused
        named = None if is_excused else terms.severe_names
        values = (start, over_at, minutes_over(length), minutes_over(limit), named, terms.zone)
        notes.append(Note(words.severe_off_post, values, terms.clauses["attendance.off_post_severe_after"]))
    return Severity(is_severe, tuple(notes), is_undecided)


def unapproved_stretches(shift: ShiftFacts, off_post: Sequence[OffPostFact], now: datetime) -> list[Interval]:
    """Each stretch off the post that nobody approved; private calls and visitors have limits of their own."""
    horizon = min(now, shift.ends_at)
    left = [
        (f.starts_at, min(f.ends_at or horizon, horizon), f) for f in off_post if f.kind not in AT_THE_POST
    ]
    approved = [(a, b) for a, b, fact in left if fact.is_approved]
    return subtract(merge((a, b) for a, b, fact in left if not fact.is_approved), approved)


def leave_for(stretch: Interval, edge: datetime, shift: ShiftFacts, leave: Sequence[LeaveFact]) -> str:
    """How leave stands to a stretch at an end of the shift; of several, what is best for the person.

    Leave that overlaps it or reaches its `edge`, from which the minutes are counted, stands for it; a break between the two
    does not part them.
    """
    touching = [f for f in leave if f.starts_at < shift.ends_at and f.ends_at > shift.starts_at]
    if not touching:
        return NONE
    edges = {edge, *(t for pause in shift.breaks if pause[0] <= edge <= pause[1] for t in pause)}
    here = [f for f in touching if any(f.starts_at <= e <= f.ends_at for e in edges)]
    here += [f for f in touching if f.starts_at < stretch[1] and f.ends_at > stretch[0]]
    if any(f.is_approved for f in here):
        return APPROVED
    if any(f.is_undecided and _is_in_time(f, shift) for f in here):
        return REQUESTED
    if any(f.is_undecided for f in here):
        return TOO_LATE
    return REFUSED if here else ELSEWHERE


def _is_in_time(fact: LeaveFact, shift: ShiftFacts) -> bool:
    return fact.filed_at is None or fact.filed_at < shift.starts_at


def _asked_in_time(shift: ShiftFacts, leave: Sequence[LeaveFact]) -> list[Interval]:
    """Leave that was asked for before the shift and is not decided yet."""
    return [(f.starts_at, f.ends_at) for f in leave if f.is_undecided and _is_in_time(f, shift)]
