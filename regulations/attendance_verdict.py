"""What the verdict on a shift is made of, and what a rulebook calls it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations import attendance_steps as words
from regulations.attendance_terms import SEVERE_NAMES, UNFILED_NAMES, Terms, terms_of
from regulations.lent import lent_words, set_of
from regulations.notes import Note, clauses_named
from regulations.verdict import Lang, Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

FAILED_SWAP = "swap_failed"
LEAVE_UNDECIDED = "leave_undecided"


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """The verdict on one shift at one moment. `class_` is a code of names.NAMES["attendance_class"].

    Minutes are whole; any lateness at all is at least one. `worked_minutes` are minutes within the owed time
    (the shift without breaks, leave and time off the post), `extra_minutes` those beyond the shift, of which
    `approved_extra_minutes` were approved or belong to the shift by rule. `grace_minutes`: how much of the grace was
    used. `month_count`: which lateness of the month it is, 0 for none or where that is not known. `remarks` are codes of
    names.NAMES["attendance_remark"]. `class_label` is what this rulebook calls a severe shift or an absence (缺勤,
    违纪, 旷工), "" otherwise. While the shift runs the class is "pending" until something is certain: who is late now
    stays late; and so it is while leave that would cover the whole shift waits for its decision. `notes` are the
    reasoning; `steps` says it in words.
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

    def label(self, lang: Lang = "zh") -> str:
        """`class_label` in the language asked for."""
        pairs = dict([*SEVERE_NAMES.values(), *UNFILED_NAMES.values(), ("严重", "severe")])
        return pairs.get(self.class_label, self.class_label) if lang == "en" else self.class_label


def class_label(class_: str, book: Rulebook, lang: Lang = "zh") -> str:
    """What the rulebook calls a severe shift (缺勤 or 违纪) or an absence (旷工); "" for the other classes."""
    return _label(class_, terms_of(book), lang)


def _label(class_: str, terms: Terms, lang: Lang = "zh") -> str:
    named = {"severe": terms.severe_names, "absent": terms.unfiled_names}.get(class_)
    return "" if named is None else named[1 if lang == "en" else 0]


def made(
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
    """The verdict with its last note and the clauses that its notes name; instants are told in local time."""
    waits = class_ == "pending" and LEAVE_UNDECIDED in remarks
    called = terms.severe_names if class_ == "severe" else None
    notes.append(Note(words.verdict, (class_, LEAVE_UNDECIDED if waits else "", called)))
    clauses = clauses_named(notes)
    lent = _lent(clauses, terms)
    if lent is not None:
        notes.append(lent)
    return DayVerdict(
        class_,
        late_minutes,
        early_minutes,
        worked_minutes,
        None if first_in_at is None else first_in_at.astimezone(terms.zone),
        None if last_out_at is None else last_out_at.astimezone(terms.zone),
        clauses,
        tuple(notes),
        UNFILED_NAMES["absence"][0] if FAILED_SWAP in remarks else _label(class_, terms),
        off_post_minutes,
        extra_minutes,
        approved_extra_minutes,
        month_count,
        grace_minutes,
        tuple(remarks),
    )


def _lent(clauses: tuple[str, ...], terms: Terms) -> Note | None:
    """Which of the clauses the base lends, as `lent.lent_step` says it; made once for all verdicts with these clauses."""
    if clauses not in terms.lent:
        found = tuple(clause for clause in clauses if set_of(clause) not in terms.own_sets)
        is_lent = bool(found and terms.own_sets)
        terms.lent[clauses] = Note(lent_words, (found, *terms.titles)) if is_lent else None
    return terms.lent[clauses]
