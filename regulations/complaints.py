"""The clocks of a complaint: when each runs out, what stopped it, and whether that was in time.

Clauses: A6.22 forwarding, A6.23 leadership, E3.22 verification, A6.28 feedback, C4.26a closure, C4.24
investigation report, E1.20 progress, E1.4 incident report, A5.2 sign-off, A6.24 and A6.27 rectification;
the limits themselves come from the rulebook. `clock_runs` says what starts and stops each clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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
# An interval of minutes on a case left open for years would give hundreds of thousands of rounds.
_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of one case and its verdict at `now`.

    `due_at`, `warn_at`, `started_at`, `met_at` are None where there is nothing to tell; `limit` is None
    where a date was named instead. `state` is a code of names.NAMES["clock_state"]; what was met late or is
    open past its due instant is breached, by `overdue_seconds`. `ordinal` counts the runs of one clock in
    the order in which they started: reopened rounds, progress contacts, departments (`department` says which).
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
    department: str = ""


def state_at(due_at: datetime, warn_at: datetime | None, met_at: datetime | None, now: datetime) -> str:
    """on_track, due_soon, met or breached at `now`, at whole seconds; the due second itself is in time."""
    if met_at is not None:
        return "met" if whole_seconds(met_at) <= due_at else "breached"
    if whole_seconds(now) > due_at:
        return "breached"
    return "due_soon" if warn_at is not None and now >= warn_at else "on_track"


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
    case = _Case(facts, history, book, WorkCalendar.from_rulebook(book), now, may_pause, held, is_explained)
    known = frozenset(book.keys())
    found: list[Clock] = []
    for rule in CLOCKS:
        if rule.parameter in known:
            found += case.run(rule) or (case.off(rule) if is_explained else ())
    return tuple(found)


def as_set(
    counted: Clock,
    now: datetime,
    *,
    ordinal: int,
    started_at: datetime,
    due_at: datetime,
    warn_at: datetime,
    is_provisional: bool,
) -> Clock:
    """The clock with the deadline that was set before, which a later record or calendar does not move.

    What stopped it is as counted now; the state follows from the deadline that was set.
    """
    assert counted.due_at is not None
    zone = counted.due_at.tzinfo
    assert zone is not None
    if due_at == counted.due_at:
        return replace(counted, ordinal=ordinal, is_provisional=is_provisional)
    state = "on_hold" if counted.state == "on_hold" else state_at(due_at, warn_at, counted.met_at, now)
    overdue = _overdue(state, due_at, counted.met_at, now)
    clause = counted.steps[-1].clause
    verdict = words.verdict_step(due_at, counted.met_at, now, state, overdue, clause)
    return replace(
        counted,
        ordinal=ordinal,
        is_provisional=is_provisional,
        started_at=started_at.astimezone(zone),
        due_at=due_at.astimezone(zone),
        warn_at=warn_at.astimezone(zone),
        state=state,
        overdue_seconds=overdue,
        steps=(*counted.steps[:-1], words.kept_step(due_at, counted.due_at, zone), verdict),
    )


def _overdue(state: str, due_at: datetime, met_at: datetime | None, now: datetime) -> int:
    over = whole_seconds(met_at or now) - due_at
    return int(over.total_seconds()) if state == "breached" else 0


@dataclass(frozen=True, slots=True)
class _Case:
    facts: CaseFacts
    history: History
    book: Rulebook
    calendar: WorkCalendar
    now: datetime
    may_pause: bool
    held: Sequence[Interval]  # the holds that the rulebook lets the clocks rest in
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
        return self.history.category_at(at, self.facts.category, self.book.items(_LEVELS) or ())

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

    def _due(self, rule: ClockRule, run: Run, limit: Duration | None, clause: str | None) -> Due:
        if limit is None:
            assert run.due_on is not None
            return Due(self.calendar.end_of_day(run.due_on), ())
        begun = whole_seconds(run.begun).astimezone(UTC)
        if limit.unit in (Unit.MINUTE, Unit.HOUR) and self.book.choice(_HOURS) == "service_hours":
            return add_service_hours(begun, limit, self.calendar, self.book, clause, self.held)
        if rule.first_day_is_today and limit.unit in (Unit.CALENDAR_DAY, Unit.WORKING_DAY):
            after_today = Duration(max(limit.value - 1, Decimal(0)), limit.unit)
            return add(begun, after_today, self.calendar, clause, self.held)
        return add(begun, limit, self.calendar, clause, self.held)

    def _clock(self, rule: ClockRule, run: Run, ordinal: int) -> Clock | None:
        """The clock of one run; None where the rulebook sets no limit for the category it started under."""
        book, zone, history = self.book, self.calendar.timezone, self.history
        category = self._category_at(run.begun)
        limit = None if run.due_on is not None else book.duration(rule.parameter, category)
        if limit is None and run.due_on is None:
            return None
        clauses = tuple(book.clauses(rule.parameter, category))
        clause = next(iter(clauses), None)
        due = self._due(rule, run, limit, clause)
        begun = whole_seconds(run.begun).astimezone(UTC)
        warn_at = self._warn_at(begun, due.at)
        stopped_by = None if run.stop is None else history.events[run.stop]
        met_at = None if stopped_by is None else stopped_by.at
        state = state_at(due.at, warn_at, met_at, self.now)
        is_resting = self.may_pause and history.is_waiting and run.due_on is None
        if is_resting and state in ("on_track", "due_soon"):
            state = "on_hold"
        overdue = _overdue(state, due.at, met_at, self.now)
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
            clauses=distinct_clauses(steps, *clauses),
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
            limit_step = words.schedule_step(rule.clock, start, status, clause)
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

    def _warn_at(self, begun: datetime, due_at: datetime) -> datetime:
        """The instant at which the share of the limit that the rulebook names has passed."""
        percent = self.book.percent(_WARN)
        seconds = max(0, int((due_at - begun).total_seconds()))
        passed = seconds if percent is None else int(seconds * percent / 100)
        return (begun + timedelta(seconds=passed)).astimezone(self.calendar.timezone)

    def _pause_steps(self, *, is_named: bool) -> tuple[Step, ...]:
        if not any(e.kind == WAITING for e in self.history.events):
            return ()
        if not self.may_pause:
            return (words.no_pause_step(self.book.clause(_PAUSE)),)
        return (words.named_date_step(),) if is_named else ()
