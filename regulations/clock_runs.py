"""Which clocks run on a complaint, and each run of them: the event that starts it, the one that stops it.

How a history is read, whatever order its events were recorded in:
- An event counts from its own instant. A stop dated before the start of its clock stops nothing.
- Taking the case from one department to another restarts nothing but that department's own clocks.
- A repeated start while the clock is open is the same run; it starts again after it has been stopped.
- A recall ends the rectification that was named in the stay it takes back, and no earlier one.
- Found wanting without a new date, a rectification goes on to the date that was named, if that day is not over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from regulations.case_history import FORWARDED, CaseFacts, History
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

SEVERITIES = "complaint.leadership_submit_severities"
FAILED = "rectification_failed"
NAMING = ("returned", "rectification_ordered", FAILED)
"""The events by which a department gets a date for its rectification (A6.23, A6.24, A6.27)."""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Which parameter limits a clock and which events start and stop it.

    `start` is "received", "grave" (the receipt or the change that made the severity one that goes to the
    leadership), "investigated", "contact", "incident", "forwarded", or "scheduled" (a date was named).
    """

    clock: str
    parameter: str
    start: str
    stops: tuple[str, ...]
    restarts: bool = False  # a reopening starts it again
    first_day_is_today: bool = False  # "the same day": day 1 is the day of the start itself


CLOCKS: tuple[ClockRule, ...] = (
    ClockRule("register", "complaint.register_within", "received", ("registered",)),
    ClockRule("forward", "complaint.forward_within", "received", ("forwarded",)),
    ClockRule("leadership_submit", "complaint.leadership_submit_within", "grave", ("submitted",)),
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
    ClockRule("incident_report", "complaint.incident_report_within", "incident", ("incident_reported",)),
    ClockRule("sign_off", "complaint.sign_off_within", "forwarded", ("acknowledged", "returned", "recalled")),
    ClockRule("rectification", "complaint.rectification_by_schedule", "scheduled", ("rectified", "recalled")),
)
"""The clocks in the order in which a case meets them; those of the departments come last."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock. Positions are indexes in the history's events; -1 is the receipt."""

    begun: datetime
    position: int
    stop: int | None
    stops: tuple[str, ...]
    department: str = ""
    due_on: date | None = None  # the local date that was named, where no limit is counted
    since: int = -1  # behind it a stop before the start is worth a word


def runs_of(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    """The runs of a clock, oldest first; those of the progress contacts depend on their deadlines."""
    return _RUNS[rule.start](rule, facts, history, book)


def _from_receipt(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    for round_ in history.rounds if rule.restarts else history.rounds[:1]:
        stop = history.first(rule.stops, round_.position)
        yield Run(round_.started_at, round_.position, stop, rule.stops, since=round_.position)


def _when_grave(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    severities = book.items(SEVERITIES)
    position: int | None = -1
    if severities is not None and facts.severity not in severities:
        changes = history.all_of(("severity_changed",), -1)
        position = next((i for i in changes if history.events[i].value in severities), None)
    if position is not None:
        begun = facts.received_at if position < 0 else history.events[position].at
        yield Run(begun, position, history.first(rule.stops, position), rule.stops)


def _when_investigated(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    for round_ in history.rounds:
        since, behind = round_.position, history.end_of(round_)
        while (position := history.first((rule.start,), since, behind)) is not None:
            stop = history.first(rule.stops, position)
            yield Run(history.events[position].at, position, stop, rule.stops, since=since)
            if stop is None:
                break
            since = stop


def _at_incident(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    position = history.first((rule.start,), -1)
    if position is not None:
        stop = history.first(rule.stops, position)
        yield Run(history.events[position].at, position, stop, rule.stops)
    elif facts.is_incident:
        # The first release knew one kind of report only.
        stops = (*rule.stops, "reported")
        yield Run(facts.received_at, -1, history.first(stops, -1), stops)


def _at_each_hand_over(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    last: dict[str, Run] = {}
    for position in history.all_of((FORWARDED,), -1):
        event = history.events[position]
        before = last.get(event.department)
        if before is not None and (before.stop is None or before.stop > position):
            continue  # sent once more while it waits for the signature
        last[event.department] = run = Run(
            begun=event.at,
            position=position,
            stop=history.first(rule.stops, position, department=event.department),
            stops=rule.stops,
            department=event.department,
            since=-1 if before is None or before.stop is None else before.stop,
        )
        yield run


def _at_each_date(rule: ClockRule, facts: CaseFacts, history: History, book: Rulebook) -> Iterator[Run]:
    if not book.flag(rule.parameter):
        return
    calendar = WorkCalendar.from_rulebook(book)
    last: dict[str, Run] = {}
    for position in history.all_of(NAMING, -1):
        event = history.events[position]
        before = last.get(event.department)
        is_open = before is not None and (before.stop is None or before.stop > position)
        due_on = event.due_on
        if event.kind == FAILED and due_on is None and before is not None and not is_open:
            due_on = before.due_on if before.due_on and calendar.day_of(event.at) <= before.due_on else None
        if due_on is None or (is_open and event.kind != FAILED):
            continue  # a later date does not move the one that was named
        last[event.department] = run = Run(
            begun=event.at,
            position=position,
            stop=_end_of_rectifying(rule, history, position, event.department),
            stops=rule.stops,
            department=event.department,
            due_on=due_on,
            since=-1 if before is None else max(before.position, before.stop or -1),
        )
        yield run


def _end_of_rectifying(rule: ClockRule, history: History, position: int, department: str) -> int | None:
    """The first stop that is the department's; a recall is one only of the stay in which the date was named."""
    again = history.first((FORWARDED,), position, department=department)
    for stop in history.all_of(rule.stops, position, department=department):
        if history.events[stop].kind != "recalled" or again is None or stop < again:
            return stop
    return None


_RUNS: Mapping[str, Callable[[ClockRule, CaseFacts, History, Rulebook], Iterator[Run]]] = MappingProxyType(
    {
        "received": _from_receipt,
        "grave": _when_grave,
        "investigated": _when_investigated,
        "incident": _at_incident,
        "forwarded": _at_each_hand_over,
        "scheduled": _at_each_date,
    }
)
