"""The clocks of a complaint: when each runs out, what stopped it, and whether that was in time.

Clauses: A6.22 forwarding, A6.23 leadership, E3.22 verification, A6.28 feedback, C4.26a closure, C4.24
investigation report, E1.20 progress, E1.4 incident report, A5.2 sign-off, A6.24 and A6.27 rectification;
the limits themselves come from the rulebook. `clock_runs` says what starts and stops each clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from regulations import complaint_notes as notes
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
from regulations.clock import Clock, as_set, overdue_seconds, state_at
from regulations.clock_runs import CLOCKS, ClockRule, Run, runs_of
from regulations.intervals import Interval
from regulations.service_hours import add_service_hours
from regulations.values import Duration, Unit
from regulations.verdict import Step, distinct_clauses
from regulations.worktime import Due, WorkCalendar, add, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = ["CLOCKS", "CaseEvent", "CaseFacts", "Clock", "ClockRule", "as_set", "clocks", "state_at"]

_PAUSE = "complaint.pause_clock_when_waiting_customer"
_WARN = "complaint.warn_at_fraction"
_HOURS = "complaint.hours_clock"
_LEVELS = "complaint.kinds"
_CONTACTS = ("first_feedback", "progress_contact")
_HOUR_UNITS = (Unit.MINUTE, Unit.HOUR)
# An interval of minutes on a case left open for years would give hundreds of thousands of rounds.
_MOST_ROUNDS = 1000


def clocks(
    facts: CaseFacts, book: Rulebook, now: datetime, *, is_explained: bool = True
) -> tuple[Clock, ...]:
    """Every clock of the case as it stands at `now`, each with its reasoning.

    A clock that the rulebook turns off has the state "off"; one whose parameter it does not know, one that
    nothing has started yet, and the incident report of a case that is no incident are left out. A
    reopening starts the clocks that the customer waits for again, as a further round; the verdicts of the
    rounds before it stay. The limit of a run is the one for the category in force when it started (A7.9).
    Without `is_explained` the running clocks alone, without steps and with the limit's own clauses: a file of
    a hundred thousand cases needs no words. Raises WorktimeError where a limit cannot be computed.
    """
    history, may_pause = history_of(facts, now), bool(book.flag(_PAUSE))
    held = history.holds if may_pause else ()
    levels = book.items(_LEVELS) or ()
    calendar = WorkCalendar.from_rulebook(book)
    case = _Case(facts, history, book, calendar, now, may_pause, held, levels, is_explained)
    found: list[Clock] = []
    for rule in _known_rules(book) if is_explained else _limiting_rules(book):
        found += case.run(rule) or (case.off(rule) if is_explained else ())
    return tuple(found)


def _known_rules(book: Rulebook) -> tuple[ClockRule, ...]:
    known = frozenset(book.keys())
    return tuple(rule for rule in CLOCKS if rule.parameter in known)


@lru_cache(maxsize=1024)
def _terms(
    book: Rulebook, parameter: str, category: str, is_named: bool
) -> tuple[Duration | None, tuple[str, ...], str | None]:
    """The limit, its clauses and the first of them; no limit where a date was named."""
    clauses = tuple(dict.fromkeys(book.clauses(parameter, category)))
    return None if is_named else book.duration(parameter, category), clauses, next(iter(clauses), None)


@lru_cache(maxsize=16)
def _limiting_rules(book: Rulebook) -> tuple[ClockRule, ...]:
    """The clocks that run on any case at all under the rulebook."""
    return tuple(
        rule
        for rule in _known_rules(book)
        if not book.is_off(rule.parameter) or book.kinds_of(rule.parameter)
    )


@dataclass(frozen=True, slots=True)
class _Case:
    facts: CaseFacts
    history: History
    book: Rulebook
    calendar: WorkCalendar
    now: datetime
    may_pause: bool
    held: Sequence[Interval]  # the holds that the rulebook lets the clocks rest in
    levels: Sequence[str]
    is_explained: bool

    def run(self, rule: ClockRule) -> list[Clock]:
        """The clocks of one rule, run by run."""
        if rule.start == "contact":
            return list(self._progress(rule))
        found: list[Clock] = []
        for run in runs_of(rule, self.facts, self.history, self.book):
            clock = self._clock(rule, run, len(found) + 1)
            if clock is not None:
                found.append(clock)
        return found

    def off(self, rule: ClockRule) -> list[Clock]:
        """The clock that says that there is no limit; nothing where there is one that has not begun."""
        category = self._category_at(self.now)
        is_owed = rule.start != "incident" or next(runs_of(rule, self.facts, self.history, self.book), None)
        is_off = self.book.is_off(rule.parameter, category) or (
            rule.start == "scheduled" and not self.book.flag(rule.parameter)
        )
        if not is_off or not is_owed:
            return []
        clauses = tuple(self.book.clauses(rule.parameter, category))
        steps = (words.no_limit_step(rule.clock, next(iter(clauses), None)),)
        return [Clock(rule.clock, 1, None, None, None, None, "off", None, 0, clauses, steps)]

    def _category_at(self, at: datetime) -> str:
        return self.history.category_at(at, self.facts.category, self.levels)

    def _progress(self, rule: ClockRule) -> Iterator[Clock]:
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
                stop = self.history.first(rule.stops, position)
                clock = self._clock(rule, Run(begun, position, stop, rule.stops, since=position), ordinal + 1)
                if clock is None:
                    break
                ordinal += 1
                yield clock
                begun, position = self._next_round(clock, position, stop)

    def _next_round(self, clock: Clock, position: int, stop: int | None) -> tuple[datetime | None, int]:
        """Where the next interval begins: at the contact, or where the missed one ran out; None: nowhere."""
        event = None if stop is None else self.history.events[stop]
        assert clock.due_at is not None
        assert clock.started_at is not None
        if event is not None and stop is not None and whole_seconds(event.at) <= clock.due_at:
            at_once = (e.kind for e in self.history.events[stop:] if e.at == event.at)
            return (None, stop) if ANSWERING.intersection(at_once) else (event.at, stop)
        if whole_seconds(self.now) <= clock.due_at or clock.due_at <= clock.started_at:
            return None, position
        return clock.due_at, position

    def _due(
        self, rule: ClockRule, run: Run, begun: datetime, limit: Duration | None, clause: str | None
    ) -> Due:
        if limit is None:
            assert run.due_on is not None
            return Due(self.calendar.end_of_day(run.due_on), ())
        if self._is_served(limit):
            return add_service_hours(begun, limit, self.calendar, self.book, clause, self.held)
        if rule.first_day_is_today and limit.unit in (Unit.CALENDAR_DAY, Unit.WORKING_DAY):
            after_today = Duration(max(limit.value - 1, Decimal(0)), limit.unit)
            return add(begun, after_today, self.calendar, clause, self.held)
        return add(begun, limit, self.calendar, clause, self.held, is_explained=self.is_explained)

    def _is_served(self, limit: Duration) -> bool:
        """Whether the limit stands still outside service hours."""
        return limit.unit in _HOUR_UNITS and self.book.choice(_HOURS) == "service_hours"

    def _clock(self, rule: ClockRule, run: Run, ordinal: int) -> Clock | None:
        """The clock of one run; None where the rulebook sets no limit for the category it started under."""
        book, zone, history = self.book, self.calendar.timezone, self.history
        category = self._category_at(run.begun)
        limit, clauses, clause = _terms(book, rule.parameter, category, run.due_on is not None)
        if limit is None and run.due_on is None:
            return None
        begun = whole_seconds(run.begun).astimezone(UTC)
        due = self._due(rule, run, begun, limit, clause)
        warn_at = self._warn_at(rule, run, limit, begun, due.at)
        stopped_by = None if run.stop is None else history.events[run.stop]
        met_at = None if stopped_by is None else stopped_by.at
        state = state_at(due.at, warn_at, met_at, self.now)
        is_resting = self.may_pause and history.is_waiting and run.due_on is None
        if is_resting and state in ("on_track", "due_soon"):
            state = "on_hold"
        overdue = overdue_seconds(state, due.at, met_at, self.now)
        steps: tuple[Step, ...] = ()
        if self.is_explained:
            steps = self._steps(rule, run, limit, due, (begun, warn_at), stopped_by, state, overdue)
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
            clauses=distinct_clauses(steps, *clauses) if steps else clauses,
            steps=steps,
            is_provisional=due.is_provisional,
            department=run.department,
        )

    def _steps(
        self,
        rule: ClockRule,
        run: Run,
        limit: Duration | None,
        due: Due,
        begun_and_warn: tuple[datetime, datetime],
        stopped_by: CaseEvent | None,
        state: str,
        overdue: int,
    ) -> tuple[Step, ...]:
        """The reasoning of one clock, from what started it to the comparison that decides its state."""
        book, zone, history = self.book, self.calendar.timezone, self.history
        begun, warn_at = begun_and_warn
        category = self._category_at(run.begun)
        clause = next(iter(book.clauses(rule.parameter, category)), None)
        start = history.events[run.position] if run.position >= 0 else None
        met_at = None if stopped_by is None else stopped_by.at
        status = book.status(rule.parameter, category)
        if limit is None:
            assert start is not None
            assert run.due_on is not None
            limit_step = words.schedule_step(rule.clock, start, run.due_on, status, clause)
        else:
            own = category if category in book.kinds_of(rule.parameter) else None
            limit_step = words.limit_step(rule.clock, limit, status, clause, rule.first_day_is_today, own)
        return (
            words.start_step(self.facts, start, begun, zone),
            *notes.before_the_start(run, history, zone),
            limit_step,
            *self._pause_steps(is_named=limit is None),
            *due.steps,
            words.due_step(due.at, warn_at, zone, clause),
            *ignored_steps(history, (*run.stops, REOPENED), self.calendar, run.department),
            *notes.after_the_start(rule, run, history, book, zone),
            words.stop_step(run.stops, stopped_by, self.now, zone),
            words.verdict_step(due.at, met_at, self.now, state, overdue, clause),
        )

    def _warn_at(
        self, rule: ClockRule, run: Run, limit: Duration | None, begun: datetime, due_at: datetime
    ) -> datetime:
        """The instant at which the share of the limit that the rulebook names has passed.

        Hours that stood still, outside service or waiting for the customer, are no part of the share.
        """
        percent = self.book.percent(_WARN)
        if (
            percent is not None
            and limit is not None
            and limit.unit in _HOUR_UNITS
            and (self.held or self._is_served(limit))
        ):
            share = Duration(limit.value * percent / 100, limit.unit)
            return min(due_at, self._due(rule, run, begun, share, None).at)
        seconds = max(0, int((due_at - begun).total_seconds()))
        passed = seconds if percent is None else int(seconds * percent / 100)
        return (begun + timedelta(seconds=passed)).astimezone(self.calendar.timezone)

    def _pause_steps(self, *, is_named: bool) -> tuple[Step, ...]:
        if not any(e.kind == WAITING for e in self.history.events):
            return ()
        if not self.may_pause:
            return (words.no_pause_step(self.book.clause(_PAUSE)),)
        return (words.named_date_step(),) if is_named else ()
