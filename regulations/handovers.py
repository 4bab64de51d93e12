"""One handover between two shifts: where it stands at a moment, what is wrong with it, and why.

Clauses: the incoming person is there ten minutes early (A1.21, A2.45); what is handed over is written down (A1.22, A2.12,
A2.50, B1.10); nobody leaves before he is relieved (A2.48); the incoming person may refuse, with a reason, and it goes
upward (B1.13); it ends when no doubts remain, both have signed and the supervisor has reviewed it the same day (B1.14,
B1.15). Instants compare at whole seconds; an edge belongs to the good side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from regulations import handover_steps as say
from regulations.handover_pairs import is_direct
from regulations.lateness import span_of
from regulations.lent import lent_step
from regulations.names import NAMES
from regulations.verdict import Step, distinct_clauses
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

STATES: tuple[str, ...] = tuple(NAMES["handover_state"])
FLAGS: tuple[str, ...] = tuple(NAMES["handover_flag"])
"""What is wrong, what hurts most first."""

HURTS: tuple[str, ...] = (
    "missing",
    "refused",
    "review_late",
    "due",
    "written",
    "signed",
    "not_due",
    "reviewed",
)
"""The states in the order in which somebody should look at them."""

_EARLY, _SEARCH = "attendance.early_arrival", "attendance.punch_search"
_WAIT, _REVIEW, _REFUSAL = (
    "handover.wait_for_relief",
    "handover.supervisor_review",
    "handover.refusal_allowed",
)
_FIELDS = "handover.fields"
_RULE_OF = {
    "unrelieved": _WAIT,
    "left_unrelieved": _WAIT,
    "missing": "handover.record_form",
    "late": "handover.record_form",
    "unsigned": _REVIEW,
    "incomplete": _FIELDS,
    "not_early": _EARLY,
    "refused": _REFUSAL,
    "refused_before": _REFUSAL,
    "review_late": _REVIEW,
}


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """What is known of a handover. Instants are None for what has not happened, or nobody recorded.

    `incoming_starts_at` None: nobody follows on the roster any more. `written_at`: when the text was last written;
    `first_written_at`: when it was first complete, None where it was not rewritten. `came_at`, `left_at`: the outgoing
    person's clock readings; `relief_came_at`: the incoming person's. `is_relief_named`: somebody else was sent.
    """

    outgoing_ends_at: datetime
    incoming_starts_at: datetime | None
    entries: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    signed_out_at: datetime | None = None
    signed_in_at: datetime | None = None
    refused_at: datetime | None = None
    refused_reason: str = ""
    reviewed_at: datetime | None = None
    came_at: datetime | None = None
    left_at: datetime | None = None
    relief_came_at: datetime | None = None
    incoming_ends_at: datetime | None = None
    first_written_at: datetime | None = None
    is_relief_named: bool = False

    @property
    def completed_at(self) -> datetime | None:
        """When it counts as written: when it was first complete, or when it was put right after a refusal.

        A word corrected later does not make it late.
        """
        if self.written_at is None or self.first_written_at is None:
            return self.written_at
        is_put_right = (
            self.refused_at is not None and self.first_written_at < self.refused_at < self.written_at
        )
        return self.written_at if is_put_right else self.first_written_at


@dataclass(frozen=True, slots=True)
class HandoverVerdict:
    """Where a handover stands. `state` is a code of names.NAMES["handover_state"], `flags` of "handover_flag".

    `due_at`: until when it was to be written and handed over. `review_due_at` None: no review is asked for. A review
    settles the state, never the flags: what was missing stays missing in every figure. `falls_on` is the local day it
    falls on: of its end, or of the next shift's start where that reads it later.
    """

    state: str
    flags: tuple[str, ...]
    due_at: datetime
    falls_on: date
    review_due_at: datetime | None
    missing_fields: tuple[str, ...]
    is_direct: bool
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def waits_for_review(self) -> bool:
        """Whether the supervisor's word is what it waits for: both have signed, or it went wrong."""
        if self.state in ("refused", "missing"):
            return True
        return self.review_due_at is not None and self.state in ("signed", "review_late")

    @property
    def may_be_reviewed(self) -> bool:
        """Whether it can be reviewed now; what only lacks a signature that is overdue can be settled too."""
        return self.waits_for_review or (self.state == "written" and "unsigned" in self.flags)


def clause_of(code: str, book: Rulebook) -> str | None:
    """The clause that a flag or a state rests on; None for one that breaks no rule."""
    rule = _RULE_OF.get(code)
    return None if rule is None else book.clause(rule)


def fields_of(book: Rulebook) -> tuple[str, ...]:
    """What a handover records, in the rulebook's order; empty where it names no fields."""
    return tuple(book.items(_FIELDS) or ())


def missing_fields(entries: Mapping[str, str], book: Rulebook) -> tuple[str, ...]:
    """The fields that nobody has filled in; "nothing" is an answer, an empty field is none (A2.50)."""
    return tuple(name for name in fields_of(book) if not str(entries.get(name, "")).strip())


def must_wait(facts: HandoverFacts, book: Rulebook) -> bool:
    """Whether the outgoing person may not sign and leave yet: nobody has taken over from him (A2.48)."""
    if not book.flag(_WAIT) or facts.signed_in_at is not None:
        return False
    return is_direct(facts.outgoing_ends_at, facts.incoming_starts_at)


def may_refuse(book: Rulebook) -> bool:
    """Whether the incoming person may refuse to take over (B1.13)."""
    return bool(book.flag(_REFUSAL))


def is_reviewed_daily(book: Rulebook) -> bool:
    """Whether the supervisor reviews every handover on its day (B1.15)."""
    return book.choice(_REVIEW) == "daily"


def is_refused(facts: HandoverFacts) -> bool:
    """Whether a refusal stands: nothing was written anew and nobody has taken over since."""
    if facts.refused_at is None:
        return False
    since = [at for at in (facts.written_at, facts.signed_in_at) if at is not None and at > facts.refused_at]
    return not since


def judge(facts: HandoverFacts, book: Rulebook, now: datetime) -> HandoverVerdict:
    """Where the handover stands at `now`.

    Written late, missing, unsigned: against the end of the outgoing shift, or the moment its person left when he stayed
    longer (A1.6, A2.48). The review is due at the end of the local day on which the handover falls; for one that is read
    the next morning, that morning's.
    """
    calendar = WorkCalendar.from_rulebook(book)
    now = whole_seconds(now)
    direct = is_direct(facts.outgoing_ends_at, facts.incoming_starts_at)
    until = _until(facts, book, now)
    falls_at = max(until, facts.incoming_starts_at or until) if not direct else until
    falls_on = calendar.day_of(falls_at)
    review_due = calendar.end_of_day(falls_on) if is_reviewed_daily(book) else None
    lacking = missing_fields(facts.entries, book)
    flags = _flags(facts, book, now, until, review_due, direct, lacking)
    state = _state(facts, book, now, until, review_due, flags)
    steps = say.all_steps(facts, book, now, until, review_due, direct, lacking, flags, state)
    clauses = distinct_clauses(steps)
    last = lent_step(clauses, book)
    return HandoverVerdict(
        state=state,
        flags=flags,
        due_at=until,
        falls_on=falls_on,
        review_due_at=review_due,
        missing_fields=lacking,
        is_direct=direct,
        clauses=clauses,
        steps=steps if last is None else (*steps, last),
    )


def _until(facts: HandoverFacts, book: Rulebook, now: datetime) -> datetime:
    """The end of the outgoing shift, or of the time its person stayed after it."""
    end = whole_seconds(facts.outgoing_ends_at)
    if facts.left_at is not None:
        return max(end, whole_seconds(facts.left_at))
    if facts.came_at is None:
        return end
    search = span_of(book, _SEARCH) or timedelta()
    # Still clocked in: he is there until he leaves. Later than this the clock-out is missing, not the person there.
    return now if end < now <= end + search else end


def _opens_at(facts: HandoverFacts, book: Rulebook) -> datetime:
    """From when it can be called due: as long before the end as the incoming person has to be there early."""
    return whole_seconds(facts.outgoing_ends_at) - (span_of(book, _EARLY) or timedelta())


def _state(
    facts: HandoverFacts,
    book: Rulebook,
    now: datetime,
    until: datetime,
    review_due: datetime | None,
    flags: tuple[str, ...],
) -> str:
    if facts.reviewed_at is not None:
        return "reviewed"
    if is_refused(facts):
        return "refused"
    if facts.written_at is None:
        if now > until:
            return "missing"
        return "not_due" if now < _opens_at(facts, book) else "due"
    if review_due is not None and now > review_due:
        return "review_late"
    return "signed" if facts.signed_out_at is not None and facts.signed_in_at is not None else "written"


def _flags(
    facts: HandoverFacts,
    book: Rulebook,
    now: datetime,
    until: datetime,
    review_due: datetime | None,
    direct: bool,
    lacking: tuple[str, ...],
) -> tuple[str, ...]:
    """Everything that is or was wrong, in the order of FLAGS."""
    taken_over_by = until if direct else facts.incoming_starts_at
    found = set()
    if facts.written_at is None:
        if now > until:
            found.add("missing")
        if any(str(text).strip() for text in facts.entries.values()) and lacking:
            found.add("incomplete")
    elif whole_seconds(facts.completed_at or now) > until:
        found.add("late")
    is_taken_over_late = (
        facts.signed_in_at is not None
        and taken_over_by is not None
        and whole_seconds(facts.signed_in_at) > whole_seconds(taken_over_by)
    )
    if is_taken_over_late:
        found.add("late")
    if facts.written_at is not None:
        lacks_out = facts.signed_out_at is None and now > until
        lacks_in = facts.signed_in_at is None and taken_over_by is not None and now > taken_over_by
        if lacks_out or lacks_in:
            found.add("unsigned")
    if facts.refused_at is not None and not is_refused(facts):
        found.add("refused_before")
    if review_due is not None and whole_seconds(facts.reviewed_at or now) > review_due:
        found.add("review_late")
    if not came_early(facts, book):
        found.add("not_early")
    if direct and book.flag(_WAIT):
        relieved_at = relief_at(facts)
        if is_unrelieved(facts, now):
            found.add("unrelieved")
        has_left = facts.left_at is not None and now >= whole_seconds(facts.outgoing_ends_at)
        if has_left and (
            relieved_at is None or whole_seconds(relieved_at) > whole_seconds(facts.left_at or now)
        ):
            found.add("left_unrelieved")
    return tuple(flag for flag in FLAGS if flag in found)


def is_unrelieved(facts: HandoverFacts, now: datetime) -> bool:
    """Whether nobody is there now to take over in person: the relief's shift has begun and he has not come (A2.48).

    Before the outgoing shift ends that is said only where readings come in while it runs: the outgoing person's own did.
    Somebody who was sent instead is awaited until that end. Once the outgoing person has left, the post
    stays unrelieved until somebody comes or the incoming shift is over.
    """
    if relief_at(facts) is not None or facts.refused_at is not None or facts.reviewed_at is not None:
        return False
    is_over = now >= whole_seconds(facts.outgoing_ends_at)
    starts_at, ends_at = facts.incoming_starts_at, facts.incoming_ends_at
    if facts.left_at is not None and (ends_at is None or now >= whole_seconds(ends_at)):
        return False
    is_awaited = facts.came_at is None or facts.is_relief_named
    is_late = starts_at is not None and now > whole_seconds(starts_at) and not is_awaited
    return is_over or is_late


def relief_at(facts: HandoverFacts) -> datetime | None:
    """When the incoming person was there: clocked in, or took over by signature, whichever was first."""
    known = [at for at in (facts.relief_came_at, facts.signed_in_at) if at is not None]
    return min(known) if known else None


def came_early(facts: HandoverFacts, book: Rulebook) -> bool:
    """Whether the incoming person was there as early as he should; True while nothing is known of him (A1.21, A2.45)."""
    early = span_of(book, _EARLY)
    if not early or facts.incoming_starts_at is None or facts.relief_came_at is None:
        return True
    return whole_seconds(facts.relief_came_at) <= whole_seconds(facts.incoming_starts_at) - early
