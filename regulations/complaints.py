"""The clocks of a complaint: when each runs out, what stopped it, and whether that was in time.

Clauses: A6.22 forwarding, A6.23 leadership, E3.22 verification, A6.28 feedback, C4.26a closure, C4.24
investigation report, E1.20 progress, E1.4 incident report; the limits themselves come from the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations import complaint_steps as words
from regulations.case_history import (
    ANSWERING,
    REOPENED,
    WAITING,
    CaseEvent,
    CaseFacts,
    History,
    history_of,
    ignored_steps,
)
from regulations.service_hours import add_service_hours
from regulations.values import Duration, Unit
from regulations.verdict import Step, distinct_clauses
from regulations.worktime import Due, WorkCalendar, add, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = ["CLOCKS", "CaseEvent", "CaseFacts", "Clock", "ClockRule", "clocks", "state_at"]

_PAUSE = "complaint.pause_clock_when_waiting_customer"
_WARN = "complaint.warn_at_fraction"
_HOURS = "complaint.hours_clock"
# An interval of minutes on a case left open for years would give hundreds of thousands of rounds.
_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Which parameter limits a clock and which events start and stop it."""

    clock: str
    parameter: str
    start: str
    stops: tuple[str, ...]
    restarts: bool = False  # a reopening starts it again
    first_day_is_today: bool = False  # "the same day": day 1 is the day of the start itself


CLOCKS: tuple[ClockRule, ...] = (
    ClockRule("register", "complaint.register_within", "received", ("registered",)),
    ClockRule("forward", "complaint.forward_within", "received", ("forwarded",)),
    ClockRule("leadership_submit", "complaint.leadership_submit_within", "received", ("submitted",)),
    ClockRule("verify", "complaint.verify_within", "received", ("verified",), first_day_is_today=True),
    ClockRule(
        "first_feedback",
        "complaint.first_feedback_within",
        "received",
        ("first_feedback", "final_feedback"),
        restarts=True,
    ),
    ClockRule(
        "final_feedback", "complaint.final_feedback_within", "received", ("final_feedback",), restarts=True
    ),
    ClockRule("close", "complaint.close_within", "received", ("closed",), restarts=True),
    ClockRule(
        "investigation_report",
        "complaint.investigation_report_within",
        "investigated",
        ("reported",),
        restarts=True,
    ),
    ClockRule(
        "progress",
        "complaint.progress_interval",
        "contact",
        ("first_feedback", "progress_contact", "final_feedback", "closed"),
        restarts=True,
    ),
    ClockRule("incident_report", "complaint.incident_report_within", "received", ("reported",)),
)
"""The clocks in the order in which a case meets them."""

_CONTACTS = ("first_feedback", "progress_contact")


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of one case and its verdict at `now`.

    `due_at`, `warn_at`, `started_at`, `met_at` are None where there is nothing to tell. `state` is a code of
    names.NAMES["clock_state"]; what was met late or is open past its due instant is breached, by
    `overdue_seconds`. `ordinal` counts the rounds of a reopened case and of progress contacts.
    """

    clock: str
    ordinal: int
    limit: Duration | None
    started_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None
    state: str
    met_at: datetime | None
    overdue_seconds: int
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    is_provisional: bool = False


def state_at(due_at: datetime, warn_at: datetime | None, met_at: datetime | None, now: datetime) -> str:
    """on_track, due_soon, met or breached at `now`, at whole seconds; the due second itself is in time."""
    if met_at is not None:
        return "met" if whole_seconds(met_at) <= due_at else "breached"
    if whole_seconds(now) > due_at:
        return "breached"
    return "due_soon" if warn_at is not None and now >= warn_at else "on_track"


def clocks(facts: CaseFacts, book: Rulebook, now: datetime) -> tuple[Clock, ...]:
    """Every clock of the case as it stands at `now`, each with its reasoning.

    A clock that the rulebook turns off has the state "off"; one whose parameter it does not know, one that
    nothing has started yet, and the incident report of a case that is no incident are left out. A
    reopening starts the clocks that the customer waits for again, as a further round; the verdicts of the
    rounds before it stay. Raises WorktimeError where a limit cannot be computed.
    """
    case = _Case(facts, history_of(facts, now), book, WorkCalendar.from_rulebook(book), now)
    known = frozenset(book.keys())
    found: list[Clock] = []
    for rule in CLOCKS:
        if rule.parameter not in known or (rule.clock == "incident_report" and not facts.is_incident):
            continue
        limit = book.duration(rule.parameter)
        found += [_off(rule, book)] if limit is None else case.run(rule, limit)
    return tuple(found)


def _off(rule: ClockRule, book: Rulebook) -> Clock:
    clauses = tuple(book.clauses(rule.parameter))
    steps = (words.no_limit_step(rule.clock, clauses[0] if clauses else None),)
    return Clock(rule.clock, 1, None, None, None, None, "off", None, 0, clauses, steps)


@dataclass(frozen=True, slots=True)
class _Case:
    facts: CaseFacts
    history: History
    book: Rulebook
    calendar: WorkCalendar
    now: datetime

    def run(self, rule: ClockRule, limit: Duration) -> Iterator[Clock]:
        """The clocks of one rule, round by round."""
        if rule.clock == "progress":
            yield from self._progress(rule, limit)
            return
        rounds = self.history.rounds if rule.restarts else self.history.rounds[:1]
        ordinal = 0
        for round_ in rounds:
            begun, position = round_.started_at, round_.position
            if rule.start != "received":
                found = self.history.first((rule.start,), round_.position, self.history.end_of(round_))
                if found is None:
                    continue
                begun, position = self.history.events[found].at, found
            ordinal += 1
            stop = self.history.first(rule.stops, position)
            yield self._clock(rule, limit, ordinal, begun, position, stop)

    def _progress(self, rule: ClockRule, limit: Duration) -> Iterator[Clock]:
        """One clock for each interval since the last contact; an interval without contact is breached."""
        ordinal = 0
        for round_ in self.history.rounds:
            behind = self.history.end_of(round_)
            position = self.history.first(_CONTACTS, round_.position, behind)
            answered = self.history.first(ANSWERING, round_.position, behind)
            if position is None or (answered is not None and answered < position):
                continue
            begun: datetime | None = self.history.events[position].at
            while begun is not None and ordinal < _MOST_ROUNDS:
                ordinal += 1
                stop = self.history.first(rule.stops, position)
                clock = self._clock(rule, limit, ordinal, begun, position, stop)
                yield clock
                begun, position = self._next_round(clock, position, stop)

    def _next_round(self, clock: Clock, position: int, stop: int | None) -> tuple[datetime | None, int]:
        """Where the next interval begins: at the contact, or where the missed one ran out; None: nowhere."""
        event = None if stop is None else self.history.events[stop]
        assert clock.due_at is not None
        assert clock.started_at is not None
        if event is not None and stop is not None and whole_seconds(event.at) <= clock.due_at:
            return (None, stop) if event.kind in ANSWERING else (event.at, stop)
        if whole_seconds(self.now) <= clock.due_at or clock.due_at <= clock.started_at:
            return None, position
        return clock.due_at, position

    def _due(self, rule: ClockRule, limit: Duration, begun: datetime, clause: str | None) -> Due:
        held = self.history.holds if self.book.flag(_PAUSE) else ()
        if limit.unit in (Unit.MINUTE, Unit.HOUR) and self.book.choice(_HOURS) == "service_hours":
            return add_service_hours(begun, limit, self.calendar, self.book, clause, held)
        if rule.first_day_is_today and limit.unit in (Unit.CALENDAR_DAY, Unit.WORKING_DAY):
            after_today = Duration(max(limit.value - 1, Decimal(0)), limit.unit)
            return add(begun, after_today, self.calendar, clause, held)
        return add(begun, limit, self.calendar, clause, held)

    def _clock(
        self,
        rule: ClockRule,
        limit: Duration,
        ordinal: int,
        begun: datetime,
        position: int,
        stop: int | None,
    ) -> Clock:
        zone, events = self.calendar.timezone, self.history.events
        begun = whole_seconds(begun).astimezone(UTC)
        clauses = tuple(self.book.clauses(rule.parameter))
        clause = clauses[0] if clauses else None
        due = self._due(rule, limit, begun, clause)
        warn_at = self._warn_at(begun, due.at)
        stopped_by = None if stop is None else events[stop]
        met_at = None if stopped_by is None else stopped_by.at
        state = state_at(due.at, warn_at, met_at, self.now)
        if state in ("on_track", "due_soon") and self.history.is_waiting and self.book.flag(_PAUSE):
            state = "on_hold"
        over = whole_seconds(met_at or self.now) - due.at
        overdue = int(over.total_seconds()) if state == "breached" else 0
        status, is_today = self.book.status(rule.parameter), rule.first_day_is_today
        steps = (
            words.start_step(self.facts, events[position] if position >= 0 else None, begun, zone),
            words.limit_step(rule.clock, limit, status, clause, is_today),
            *self._pause_steps(),
            *due.steps,
            words.due_step(due.at, warn_at, zone, clause),
            *ignored_steps(self.history, (*rule.stops, REOPENED), self.calendar),
            words.stop_step(rule.stops, stopped_by, self.now, zone),
            words.verdict_step(due.at, met_at, self.now, state, overdue, clause),
        )
        return Clock(
            clock=rule.clock,
            ordinal=ordinal,
            limit=limit,
            started_at=begun.astimezone(zone),
            due_at=due.at,
            warn_at=warn_at,
            state=state,
            met_at=None if met_at is None else met_at.astimezone(zone),
            overdue_seconds=overdue,
            clauses=distinct_clauses(steps, *clauses),
            steps=steps,
            is_provisional=due.is_provisional,
        )

    def _warn_at(self, begun: datetime, due_at: datetime) -> datetime:
        """The instant at which the share of the limit that the rulebook names has passed."""
        percent = self.book.percent(_WARN)
        seconds = int((due_at - begun).total_seconds())
        passed = seconds if percent is None else int(seconds * percent / 100)
        return (begun + timedelta(seconds=passed)).astimezone(self.calendar.timezone)

    def _pause_steps(self) -> tuple[Step, ...]:
        if self.book.flag(_PAUSE) or not any(e.kind == WAITING for e in self.history.events):
            return ()
        return (words.no_pause_step(self.book.clause(_PAUSE)),)
