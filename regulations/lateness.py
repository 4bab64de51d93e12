"""Late, early, and severe: how far the punches of a shift lie from what was owed.

Clauses: E3.10 late and early from the first moment, no grace; A1.28, A2.58 and E3.19 twenty minutes and more,
that number included, when no leave was filed before the shift, or off the post as long without approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulations import attendance_steps as words
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


def late_by(came_at: datetime, owed_from: datetime, terms: Terms) -> timedelta:
    """How long after the start somebody came; nothing up to and including the grace."""
    over = came_at - owed_from
    return over if over > terms.grace else timedelta()


@dataclass(frozen=True, slots=True)
class Severity:
    """Whether a shift is severe, and why or why not."""

    is_severe: bool
    notes: tuple[Note, ...]


NOT_SEVERE = Severity(False, ())


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
    part in owed time counts.
    """
    is_severe, notes = False, list[Note]()
    values: tuple[Any, ...]
    limit = terms.severe_after
    if limit is not None:
        for over, edge, is_late in ((late, due[0][0], True), (early, due[-1][1], False)):
            if not over or over < limit:
                continue
            is_excused = terms.needs_no_leave_filed and _has_leave_up_to(edge, shift, leave)
            is_severe = is_severe or not is_excused
            named = None if is_excused else terms.severe_names
            values = (is_late, minutes_over(over), minutes_over(limit), named)
            notes.append(Note(words.severe, values, terms.clauses["attendance.severe_after"]))
    limit = terms.off_post_severe_after
    if limit is not None:
        for start, end in unapproved:
            length = sum((total(clip([(start, end)], a, b)) for a, b in due), timedelta())
            if not length or length < limit:
                continue
            is_severe = True
            values = (start, end, minutes_over(length), minutes_over(limit), terms.severe_names, terms.zone)
            clause = terms.clauses["attendance.off_post_severe_after"]
            notes.append(Note(words.severe_off_post, values, clause))
    return Severity(is_severe, tuple(notes))


def unapproved_stretches(shift: ShiftFacts, off_post: Sequence[OffPostFact], now: datetime) -> list[Interval]:
    """Each stretch off the post that nobody approved; private calls and visitors have limits of their own."""
    horizon = min(now, shift.ends_at)
    left = [
        (f.starts_at, min(f.ends_at or horizon, horizon), f) for f in off_post if f.kind not in AT_THE_POST
    ]
    approved = [(a, b) for a, b, fact in left if fact.is_approved]
    return subtract(merge((a, b) for a, b, fact in left if not fact.is_approved), approved)


def _has_leave_up_to(edge: datetime, shift: ShiftFacts, leave: Sequence[LeaveFact]) -> bool:
    """Whether approved leave within the shift reaches `edge`; a break between the two does not part them."""
    edges = {edge, *(t for pause in shift.breaks if pause[0] <= edge <= pause[1] for t in pause)}
    return any(
        fact.is_approved
        and clip([(fact.starts_at, fact.ends_at)], shift.starts_at, shift.ends_at)
        and any(fact.starts_at <= e <= fact.ends_at for e in edges)
        for fact in leave
    )
