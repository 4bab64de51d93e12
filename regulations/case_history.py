"""What happened to a complaint, put in order: which events count, in which round, and when it was on hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from regulations.intervals import Interval
from regulations.names import NAMES, name_of
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.work_calendar import WorkCalendar

# Two events of one instant are taken in the order in which a case goes through them.
_ORDER: Mapping[str, int] = MappingProxyType({kind: i for i, kind in enumerate(NAMES["complaint_event"])})

ANSWERING = frozenset({"final_feedback", "closed"})
"""The events after which the customer waits for nothing more."""

WAITING, RESUMED, REOPENED, FORWARDED = "waiting_customer", "resumed", "reopened", "forwarded"

_OF_DEPARTMENT = frozenset(
    {
        "acknowledged",
        "recalled",
        "returned",
        "rectification_ordered",
        "rectified",
        "rectification_passed",
        "rectification_failed",
    }
)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to the case: a code of names.NAMES["complaint_event"] and its instant.

    `department` is whose it is, or to whom the case goes; `value` what a change was to; `due_on` the local
    date by which the department is to answer or to rectify, where the event names one.
    """

    kind: str
    at: datetime
    department: str = ""
    value: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that a complaint's clocks depend on. `events` may come in any order and more than once.

    `severity` and `category` are those of the receipt: later ones are told by severity_changed and
    kind_changed. `is_incident` without an event `incident` says that it came in as an emergency.
    """

    received_at: datetime
    channel: str
    kind: str
    severity: str
    events: tuple[CaseEvent, ...]
    is_incident: bool = False
    category: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """From receipt, or from a reopening, to the next. `position` is where it begins in the history."""

    ordinal: int
    started_at: datetime
    position: int  # index of the reopening in the events; -1 for receipt


@dataclass(frozen=True, slots=True)
class History:
    """The events that count, oldest first, and why the others do not."""

    events: tuple[CaseEvent, ...]
    ignored: tuple[tuple[CaseEvent, str], ...]  # reason: before_receipt, not_yet, not_answered
    rounds: tuple[Round, ...]
    holds: tuple[Interval, ...]  # waiting for the customer; an open one ends now
    is_waiting: bool

    def first(
        self, kinds: Iterable[str], after: int, before: int | None = None, department: str = ""
    ) -> int | None:
        """The position of the first event of `kinds` behind position `after`, if there is one.

        With `department` only that department's events count.
        """
        return next(self.all_of(kinds, after, before, department), None)

    def all_of(
        self, kinds: Iterable[str], after: int, before: int | None = None, department: str = ""
    ) -> Iterator[int]:
        """The positions of the events of `kinds` between `after` and `before`, both left out."""
        wanted = frozenset(kinds)
        stop = len(self.events) if before is None else before
        for i in range(after + 1, stop):
            event = self.events[i]
            if event.kind in wanted and (not department or event.department == department):
                yield i

    def end_of(self, round_: Round) -> int:
        """The position behind the round's last event."""
        following = [r.position for r in self.rounds if r.ordinal == round_.ordinal + 1]
        return following[0] if following else len(self.events)

    def category_at(self, at: datetime, on_receipt: str, levels: Collection[str]) -> str:
        """The category in force at an instant; a change to one of `levels` changed the level instead."""
        category = on_receipt
        for event in self.events:
            if event.kind == "kind_changed" and event.at <= at and event.value and event.value not in levels:
                category = event.value
        return category


def history_of(facts: CaseFacts, now: datetime) -> History:
    """The case's history as it was known at `now`.

    An event told twice counts once; one dated before the receipt belongs to no case and is ignored, as is
    one that has not happened yet; a reopening counts only after a final answer or a closure. What a
    department did without being named was done by the one the case was last forwarded to.
    """
    ignored: list[tuple[CaseEvent, str]] = []
    events: list[CaseEvent] = []
    answered, rounds, holder = False, [Round(1, facts.received_at, -1)], ""
    for event in sorted(set(facts.events), key=_in_order):
        if event.at < facts.received_at:
            if event.kind != "received":
                ignored.append((event, "before_receipt"))
            continue
        if event.at > now:
            ignored.append((event, "not_yet"))
            continue
        if event.kind == REOPENED and not answered:
            ignored.append((event, "not_answered"))
            continue
        if event.kind == FORWARDED:
            holder = event.department
        elif event.kind in _OF_DEPARTMENT and not event.department and holder:
            event = replace(event, department=holder)
        events.append(event)
        if event.kind == REOPENED:
            rounds.append(Round(len(rounds) + 1, event.at, len(events) - 1))
            answered = False
        elif event.kind in ANSWERING:
            answered = True
    holds, is_waiting = _holds(events, now)
    return History(tuple(events), tuple(ignored), tuple(rounds), holds, is_waiting)


def _in_order(event: CaseEvent) -> tuple[datetime, int, str, str, str, date]:
    place = _ORDER.get(event.kind, len(_ORDER))
    return event.at, place, event.kind, event.department, event.value, event.due_on or date.min


def _holds(events: Iterable[CaseEvent], now: datetime) -> tuple[tuple[Interval, ...], bool]:
    """A hold lasts from the first waiting to the resumption, or until the case is answered or reopened."""
    holds: list[Interval] = []
    since: datetime | None = None
    for event in events:
        if event.kind == WAITING:
            since = since or event.at
        elif since is not None and (event.kind in (RESUMED, REOPENED) or event.kind in ANSWERING):
            holds.append((since, event.at))
            since = None
    if since is not None:
        holds.append((since, now))
    return tuple(holds), since is not None


_REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "before_receipt": ("早于受理时间，不计", "dated before the receipt, not counted"),
        "not_yet": ("晚于当前时刻，尚不计", "lies after the present moment, not counted yet"),
        "not_answered": (
            "此前尚未答复或结案，不另起一轮",
            "the case was neither answered nor closed before, so no new round begins",
        ),
    }
)


def ignored_steps(
    history: History, kinds: Iterable[str], calendar: WorkCalendar, department: str = ""
) -> list[Step]:
    """Why events of `kinds` that are on record do not count; of one department if it is named."""
    wanted = frozenset(kinds)
    steps = []
    for event, reason in history.ignored:
        if event.kind in wanted and department in ("", event.department):
            at = instant_text(event.at, calendar.timezone)
            zh, en = _REASONS[reason]
            zh_name, en_name = (name_of("complaint_event", event.kind, lang) for lang in ("zh", "en"))
            steps.append(Step(f"{at} 的“{zh_name}”{zh}", f"{en_name} at {at}: {en}"))
    return steps
