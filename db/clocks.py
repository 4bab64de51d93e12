"""The clocks of complaints as they are kept: set once, met when the event happened, never moved.

The truth about lateness is `due_at` against `met_at` or now. The sweep (db.clock_states) only notes that a breach was
seen; a case answered late between two sweeps is late all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.models import Complaint, ComplaintClock
from regulations import complaints as rules
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar


def whole_second(at: datetime) -> datetime:
    """The instant without its fraction: deadlines compare at whole seconds."""
    return at.replace(microsecond=0)


def facts_of(complaint: Complaint) -> rules.CaseFacts:
    """What the rules need to know of a case: as it came in, and what happened since."""
    return rules.CaseFacts(
        received_at=complaint.received_at,
        channel=complaint.channel,
        kind=complaint.kind,
        severity=complaint.severity_at_receipt or complaint.severity,
        events=tuple(
            rules.CaseEvent(event.kind, event.at, event.department or "", event.value or "", event.due_on)
            for event in complaint.events
        ),
        is_incident=bool(complaint.is_incident),
        category=complaint.category_at_receipt or complaint.category,
    )


def explained_clocks(
    session: Session, complaint: Complaint, book: Rulebook, now: datetime
) -> tuple[rules.Clock, ...]:
    """The case's clocks worded for `now`, under the rulebook of the case; deadlines and rounds are the kept ones.

    For showing; the kept clocks are `complaint.clocks`.
    """
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    ruled = rules.clocks(facts_of(complaint), book, now)
    shown = []
    for clock, stored in zip(ruled, _matched(complaint.clocks, ruled), strict=True):
        if stored is not None:
            # An open pause goes on: until it ends, what is kept is only how far it had got.
            due_at = clock.due_at if clock.state == "on_hold" and clock.due_at else stored.due_at
            clock = _as_kept(clock, stored, due_at, now)
        shown.append(clock)
    return tuple(shown)


def steps_of(
    session: Session, complaint: Complaint, clock: ComplaintClock, book: Rulebook, now: datetime
) -> list[Any]:
    """The reasoning of a kept clock, as records of steps. A clock taken in with a spreadsheet kept none: it is
    worded now, under the rulebook of the case.
    """
    if clock.steps:
        return clock.steps
    for told in explained_clocks(session, complaint, book, now):
        if (told.clock, told.ordinal) == (clock.clock, clock.ordinal):
            return [step.as_record() for step in told.steps]
    return []


def set_clocks(
    session: Session, complaint: Complaint, book: Rulebook, now: datetime, *, is_explained: bool = True
) -> int:
    """Bring the case's clocks in line with its events; how many were made or changed.

    Missing clocks are made; `met_at` follows the events, also when one is recorded late. A deadline once
    set stays, under the rulebook the case was received under, which is used even when `book` is newer;
    only a pause that this rulebook allows (waiting for the customer) moves it, by as long as the pause
    was. A kept clock is the run that began at the same moment; its ordinal goes on meaning that run in
    whatever order events are recorded. A run that a late record shows never to have been owed is
    withdrawn, and the log says so. Without `is_explained` no words are kept: only for a case that has kept none,
    whose clocks are worded when somebody opens it.
    """
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    calendar = WorkCalendar.from_rulebook(book)
    may_pause = bool(book.flag("complaint.pause_clock_when_waiting_customer"))
    was_paused = may_pause and any(event.kind == "waiting_customer" for event in complaint.events)
    ruled = [
        c
        for c in rules.clocks(facts_of(complaint), book, now, is_explained=is_explained)
        if c.due_at is not None
    ]
    kept = list(complaint.clocks)
    followed: set[int] = set()
    changed = 0
    for clock, stored in zip(ruled, _matched(kept, ruled), strict=True):
        if stored is None:
            complaint.clocks.append(_new_clock(clock, _free_ordinal(clock, complaint.clocks), book, calendar))
            changed += 1
        else:
            followed.add(id(stored))
            changed += _follow(stored, clock, calendar, was_paused, now)
    for stored in kept:
        if id(stored) not in followed and stored.rulebook_version == book.version:
            detail = {"clock": stored.clock, "ordinal": stored.ordinal, "due_at": stored.due_at.isoformat()}
            audit.record(session, SYSTEM, "clock.withdrawn", "complaint", complaint.id, detail, at=now)
            complaint.clocks.remove(stored)
            session.delete(stored)
            changed += 1
    return changed


def _matched(kept: Sequence[ComplaintClock], ruled: Sequence[rules.Clock]) -> list[ComplaintClock | None]:
    """For each ruled clock the kept one that is the same run.

    The same clock of the same department that began at the same moment. Where a late record moves a
    beginning, those left over are taken in their order, so that the deadline that was set stays; an interval
    of progress contacts is nothing but its beginning and is another one then.
    """
    free: dict[tuple[str, str], list[ComplaintClock]] = {}
    for stored in sorted(kept, key=lambda clock: clock.started_at):
        free.setdefault((stored.clock, stored.department or ""), []).append(stored)
    found: list[ComplaintClock | None] = [None] * len(ruled)
    for i, clock in enumerate(ruled):
        same = free.get((clock.clock, clock.department), [])
        match = next((c for c in same if clock.started_at == whole_second(c.started_at)), None)
        if match is not None:
            found[i] = match
            same.remove(match)
    for i, clock in enumerate(ruled):
        left = free.get((clock.clock, clock.department), [])
        if found[i] is None and left and clock.due_at is not None and clock.clock != "progress":
            found[i] = left.pop(0)
    return found


def _free_ordinal(ruled: rules.Clock, kept: Sequence[ComplaintClock]) -> int:
    """The run's place in the order, unless that number means another run already."""
    taken = {clock.ordinal for clock in kept if clock.clock == ruled.clock}
    return ruled.ordinal if ruled.ordinal not in taken else max(taken) + 1


def _follow(
    stored: ComplaintClock, ruled: rules.Clock, calendar: WorkCalendar, was_paused: bool, now: datetime
) -> bool:
    assert ruled.due_at is not None and ruled.warn_at is not None and ruled.started_at is not None
    due_at, met_at = whole_second(ruled.due_at), whole_second(ruled.met_at) if ruled.met_at else None
    before = (stored.due_at, stored.met_at, stored.state)
    is_same_run = whole_second(stored.started_at) == ruled.started_at
    is_same_limit = stored.limit == (ruled.limit.as_json() if ruled.limit else {})
    if was_paused and due_at != stored.due_at and is_same_run and is_same_limit:
        stored.due_at, stored.due_on = due_at, calendar.day_of(due_at)
        stored.warn_at, stored.breach_recorded_at = whole_second(ruled.warn_at), None
    stored.met_at = met_at
    on_hold = ruled.state == "on_hold"
    stored.state = "on_hold" if on_hold else rules.state_at(stored.due_at, stored.warn_at, met_at, now)
    if stored.state != "breached" and stored.breach_recorded_at is not None:
        stored.breach_recorded_at = None  # a record that came late shows that it was met in time
    if (stored.due_at, stored.met_at, stored.state) == before:
        return False
    if stored.due_at == due_at:
        stored.steps = [step.as_record() for step in ruled.steps]
    elif stored.steps:  # how the deadline came about stays told; what has happened since is added
        stops, verdict = ruled.steps[-2], _as_kept(ruled, stored, stored.due_at, now).steps[-2:]
        added = [step.as_record() for step in (stops, *verdict)]
        stored.steps = [*stored.steps, *(step for step in added if step not in stored.steps)]
    return True


def _as_kept(ruled: rules.Clock, stored: ComplaintClock, due_at: datetime, now: datetime) -> rules.Clock:
    return rules.as_set(
        ruled,
        now,
        ordinal=stored.ordinal,
        started_at=stored.started_at,
        due_at=due_at,
        warn_at=stored.warn_at,
        is_provisional=stored.is_provisional,
    )


def _new_clock(ruled: rules.Clock, ordinal: int, book: Rulebook, calendar: WorkCalendar) -> ComplaintClock:
    assert ruled.due_at is not None and ruled.started_at is not None and ruled.warn_at is not None
    due_at = whole_second(ruled.due_at)
    return ComplaintClock(
        clock=ruled.clock,
        ordinal=ordinal,
        department=ruled.department,
        started_at=ruled.started_at,
        due_at=due_at,
        due_on=calendar.day_of(due_at),
        warn_at=whole_second(ruled.warn_at),
        met_at=whole_second(ruled.met_at) if ruled.met_at else None,
        state=ruled.state,
        clauses=list(ruled.clauses),
        steps=[step.as_record() for step in ruled.steps],
        limit=ruled.limit.as_json() if ruled.limit else {},
        is_provisional=ruled.is_provisional,
        rulebook_version=book.version,
    )
