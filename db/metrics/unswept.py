"""Rounds of progress contact that are owed and missed but that no sweep has written down yet.

Every interval without contact is a deadline of its own (E1.20). The sweep writes a round down when the one before it
ran out; where it stood still for a week, the figures would lack the rounds of that week and look better than they
are. So they are worked out here, by the same rules, from the recorded events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, cast, column, exists, literal, null, select, union_all, values
from sqlalchemy.orm import Session, aliased, selectinload

from db import rulebooks
from db.clocks import facts_of, whole_second
from db.models import Complaint, ComplaintClock
from regulations import complaints as rules
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_PROGRESS = "progress"
_MOST = 7000  # a statement holds no more values; the desk stood still for months then


@dataclass(frozen=True, slots=True)
class Round:
    """A missed interval: of which case, the how many-th, when it ran out."""

    complaint_id: int
    ordinal: int
    due_at: datetime
    due_on: date


def missing_rounds(session: Session, book: Rulebook, now: datetime) -> list[Round]:
    """The rounds that ran out before `now` and are not kept. None where the sweep runs."""
    later = aliased(ComplaintClock)
    ran_out = select(ComplaintClock.complaint_id).where(
        ComplaintClock.clock == _PROGRESS,
        ComplaintClock.met_at.is_(None),
        ComplaintClock.state != "on_hold",
        ComplaintClock.due_at < whole_second(now),
        ~exists().where(
            later.complaint_id == ComplaintClock.complaint_id,
            later.clock == ComplaintClock.clock,
            later.started_at > ComplaintClock.started_at,
        ),
    )
    cases = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ran_out))
        .order_by(Complaint.id)
        .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
    ).all()
    versions = {case.rulebook_version for case in cases}
    books = {version: rulebooks.made_under(session, version, book) for version in versions}
    found = [one for case in cases for one in _missing(case, books[case.rulebook_version], now)]
    return found[:_MOST]


def _missing(case: Complaint, book: Rulebook, now: datetime) -> list[Round]:
    calendar = WorkCalendar.from_rulebook(book)
    kept = [clock for clock in case.clocks if clock.clock == _PROGRESS]
    last = max(clock.started_at for clock in kept)
    ordinal = max(clock.ordinal for clock in kept)
    found: list[Round] = []
    for ruled in rules.clocks(facts_of(case), book, now):
        if ruled.clock != _PROGRESS or ruled.due_at is None or ruled.started_at is None:
            continue
        due_at = whole_second(ruled.due_at)
        if ruled.started_at > last and ruled.met_at is None and due_at < whole_second(now):
            ordinal += 1
            found.append(Round(case.id, ordinal, due_at, calendar.day_of(due_at)))
    return found


def clocks_with(rounds: Sequence[Round]) -> type[ComplaintClock]:
    """The kept clocks and these rounds, to be read like the kept ones (the columns that figures need)."""
    if not rounds:
        return ComplaintClock
    kept = ComplaintClock
    names = (kept.complaint_id, kept.ordinal, kept.due_at, kept.due_on)
    given = values(*(column(c.key, c.type) for c in names), name="unswept").data(
        [(one.complaint_id, one.ordinal, one.due_at, one.due_on) for one in rounds]
    )
    unswept = given.cte("unswept")
    both = union_all(
        select(*names, kept.clock, kept.department, kept.state, kept.met_at, kept.started_at),
        select(
            cast(unswept.c.complaint_id, Integer).label("complaint_id"),
            cast(unswept.c.ordinal, Integer).label("ordinal"),
            unswept.c.due_at,
            unswept.c.due_on,
            literal(_PROGRESS).label("clock"),
            literal("").label("department"),
            literal("on_track").label("state"),
            cast(null(), kept.met_at.type).label("met_at"),
            cast(null(), kept.started_at.type).label("started_at"),
        ),
    ).subquery("all_clocks")
    return aliased(ComplaintClock, both, adapt_on_names=True)
