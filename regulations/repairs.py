"""Repairs (维修): how a work order stands, what was owed on it, and which order goes first.

Clauses: E1.45 to E1.49 from the call to the customer's signature, E1.62 the price is told first, C4.5 to C4.10 types
of service, dispatch and what was left undispatched. Our readings: the arrival counts from the appointment where
the customer agreed to one (E1.48), also before the form went out; "that day" is the calendar day of the call or of the
appointment, weekend or not; a price confirmed in the very second in which the work began was confirmed before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from regulations import repair_steps as words
from regulations.names import NAMES
from regulations.verdict import Step, distinct_clauses
from regulations.worktime import WorkCalendar, add, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

FLAGS: Mapping[str, tuple[str, str]] = MappingProxyType(NAMES["work_order_flag"])
"""What may be wrong with an order, what hurts most first."""

_WITHIN, _START = "repair.arrival_within", "repair.clock_start"
_PRICE, _APOLOGY = "repair.price_confirmed_before", "repair.apology_when_late"
_AGAIN, _SIGNED = "repair.appointment_when_unfinished", "repair.signature_required"
_PRIORITY = "repair.undispatched_next_day_priority"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is recorded of one work order. `form_at`: the engineer got the notice form, that is, dispatch."""

    notified_at: datetime
    form_at: datetime | None = None
    appointment_at: datetime | None = None  # agreed with the customer for the first visit
    arrived_at: datetime | None = None
    is_charged: bool = False
    price_confirmed_at: datetime | None = None
    work_started_at: datetime | None = None
    finished_at: datetime | None = None
    signed_at: datetime | None = None
    unfinished_reason: str = ""
    next_appointment_at: datetime | None = None
    returned_at: datetime | None = None  # on site again, at the next appointment
    apologised_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def there_at(self) -> datetime | None:
        """When somebody was there: the arrival, or at the latest when the work was finished."""
        return self.arrived_at or self.finished_at


@dataclass(frozen=True, slots=True)
class ArrivalDeadline:
    """Until when somebody has to be there. `due_at` None: no limit, or it is not dispatched yet."""

    started_at: datetime | None
    due_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """How one order stands.

    `state`, `arrival` and `price` are codes of names.NAMES: work_order_state, arrival_state, price_state.
    `late_seconds` is how long after the deadline somebody came, or how long it is past while nobody did;
    0 in time; None where nothing is counted. `is_dispatched_in_time` None: not counted (yet). `flags` are FLAGS.
    """

    state: str
    arrival: str
    due_at: datetime | None
    late_seconds: int | None
    dispatch_due_at: datetime
    is_dispatched_in_time: bool | None
    price: str
    has_begun: bool  # the work, by its recorded start or its finish
    is_signed: bool | None  # None: no signature is owed (yet)
    return_due_at: datetime | None
    flags: tuple[str, ...]
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def is_open(self) -> bool:
        """Whether work is still to be done on it."""
        return self.state not in ("finished", "cancelled")


def arrival_deadline(facts: OrderFacts, book: Rulebook) -> ArrivalDeadline:
    """The limit for the first arrival, from the appointment, the form or the notice.

    Raises WorktimeError where it leaves the calendar.
    """
    calendar = WorkCalendar.from_rulebook(book)
    limit = book.duration(_WITHIN)
    if limit is None:
        return ArrivalDeadline(None, None, (words.no_limit(book),))
    from_form = book.choice(_START) == "form"
    start = facts.appointment_at or (facts.form_at if from_form else facts.notified_at)
    if start is None:
        return ArrivalDeadline(None, None, (words.not_dispatched(limit, book),))
    begun = words.clock_begun(facts, start, from_form, book, calendar.timezone)
    due = add(start, limit, calendar, book.clause(_WITHIN))
    return ArrivalDeadline(
        start, due.at, (begun, *due.steps, words.arrive_by(due.at, book, calendar.timezone))
    )


def dispatch_due(facts: OrderFacts, book: Rulebook) -> datetime:
    """The end of the local day on which the order is to be dispatched: of the call, or of a later appointment."""
    calendar = WorkCalendar.from_rulebook(book)
    latest = max(facts.notified_at, facts.appointment_at or facts.notified_at)
    return calendar.end_of_day(calendar.day_of(latest))


def order_verdict(facts: OrderFacts, book: Rulebook, now: datetime) -> OrderVerdict:
    """The order as it stands at `now`; what was recorded for later than that is not known yet.

    Raises WorktimeError where a deadline leaves the calendar.
    """
    known = known_at(facts, now)
    calendar = WorkCalendar.from_rulebook(book)
    zone = calendar.timezone
    state = _state(known, calendar, now)
    deadline = arrival_deadline(known, book)
    arrival, late = _arrival(known, deadline.due_at, book, now)
    dispatch_due_at = dispatch_due(known, book)
    price = _price(known, book)
    return_due_at = _return_due(known, state, book, calendar)
    signed = None
    if state == "finished" and book.flag(_SIGNED):
        signed = known.signed_at is not None
    disorder = words.out_of_order(known, zone)
    found = {
        "undispatched_carried": state == "undispatched"
        and bool(book.flag(_PRIORITY))
        and whole_seconds(now) > dispatch_due_at,
        "arrival_overdue": arrival == "overdue" and state != "cancelled",
        "return_overdue": return_due_at is not None and whole_seconds(now) > return_due_at,
        "no_reason": state == "unfinished" and bool(book.flag(_AGAIN)) and not known.unfinished_reason,
        "no_appointment": state == "unfinished" and bool(book.flag(_AGAIN)) and _next_visit(known) is None,
        "arrived_late": arrival == "late",
        "price_missing": price == "missing",
        "price_late": price == "late",
        "not_apologised": bool(book.flag(_APOLOGY))
        and known.apologised_at is None
        and state != "cancelled"
        and (arrival in ("late", "overdue") or state == "unfinished"),
        "not_signed": signed is False,
        "out_of_order": bool(disorder),
    }
    flags = tuple(flag for flag in FLAGS if found[flag])
    steps = (
        *deadline.steps,
        words.arrival(arrival, late, known, now, book, zone),
        *words.dispatching(known, dispatch_due_at, found["undispatched_carried"], now, book, calendar),
        *words.pricing(price, known, book, zone),
        *words.unfinished(known, state, return_due_at, flags, book, zone),
        *words.apology(known, flags, arrival, state, book, zone),
        *words.signature(signed, known, book, zone),
        *disorder,
    )
    return OrderVerdict(
        state=state,
        arrival=arrival,
        due_at=deadline.due_at,
        late_seconds=late,
        dispatch_due_at=dispatch_due_at,
        is_dispatched_in_time=_dispatched_in_time(known, dispatch_due_at, now),
        price=price,
        has_begun=(known.work_started_at or known.finished_at) is not None,
        is_signed=signed,
        return_due_at=return_due_at,
        flags=flags,
        clauses=distinct_clauses(steps),
        steps=steps,
    )


def known_at(facts: OrderFacts, now: datetime) -> OrderFacts:
    """The facts without what had not happened yet at `now`; appointments lie ahead and stay."""
    kept = ("notified_at", "appointment_at", "next_appointment_at")
    later: dict[str, Any] = {
        field.name: None
        for field in fields(facts)
        if field.name not in kept
        and isinstance(value := getattr(facts, field.name), datetime)
        and value > now
    }
    return replace(facts, **later) if later else facts


def work_order_rank(verdict: OrderVerdict, facts: OrderFacts) -> tuple[int, datetime]:
    """What sorts orders by what needs somebody first.

    Left from an earlier day (C4.10); arrival overdue; the next appointment passed; unfinished without reason or
    appointment; on their way, the nearest deadline first; not dispatched yet; being worked on; unfinished with an
    appointment; finished with something missing; done. Within each the oldest, or what is due first.
    """
    flags, due = set(verdict.flags), verdict.due_at or facts.notified_at
    if "undispatched_carried" in flags:
        return 0, facts.notified_at
    if "arrival_overdue" in flags:
        return 1, due
    if "return_overdue" in flags:
        return 2, verdict.return_due_at or due
    if flags & {"no_reason", "no_appointment"}:
        return 3, facts.notified_at
    if verdict.state == "dispatched":
        return 4, due
    if verdict.state == "undispatched":
        return 5, due
    if verdict.state == "on_site":
        return 6, facts.arrived_at or due
    if verdict.state == "unfinished":
        return 7, verdict.return_due_at or due
    return (8 if flags else 9), facts.finished_at or facts.cancelled_at or facts.notified_at


def _state(facts: OrderFacts, calendar: WorkCalendar, now: datetime) -> str:
    if facts.cancelled_at is not None:
        return "cancelled"
    if facts.finished_at is not None:
        return "finished"
    on_site = facts.returned_at or facts.arrived_at
    has_left = facts.returned_at is None and (facts.unfinished_reason or facts.next_appointment_at)
    # Nobody stays overnight: who came on an earlier day and did not finish has left it open (E1.48).
    if has_left or (on_site is not None and calendar.day_of(on_site) < calendar.day_of(now)):
        return "unfinished"
    if on_site is not None:
        return "on_site"
    return "dispatched" if facts.form_at is not None else "undispatched"


def _arrival(
    facts: OrderFacts, due_at: datetime | None, book: Rulebook, now: datetime
) -> tuple[str, int | None]:
    if book.is_off(_WITHIN):
        return "off", None
    there_at, cancelled_at = facts.there_at, facts.cancelled_at
    if there_at is None and cancelled_at is not None and (due_at is None or _over(cancelled_at, due_at) <= 0):
        return "void", None
    if due_at is None:
        return "not_started", None
    if there_at is not None:
        late = max(0, _over(there_at, due_at))
        return ("late" if late else "on_time"), late
    late = max(0, _over(cancelled_at or now, due_at))
    return ("overdue" if late else "pending"), late


def _over(at: datetime, due_at: datetime) -> int:
    """Seconds from the deadline, at whole seconds; negative before it."""
    return int((whole_seconds(at) - due_at).total_seconds())


def _dispatched_in_time(facts: OrderFacts, due_at: datetime, now: datetime) -> bool | None:
    if facts.form_at is not None:
        return whole_seconds(facts.form_at) <= due_at
    if facts.there_at is not None:  # somebody went, but when he was sent was not written down
        return None
    if facts.cancelled_at is not None and whole_seconds(facts.cancelled_at) <= due_at:
        return None
    return None if whole_seconds(now) <= due_at else False


def _price(facts: OrderFacts, book: Rulebook) -> str:
    if not facts.is_charged:
        return "not_charged"
    if not book.flag(_PRICE):
        return "off"
    begun_at, confirmed_at = facts.work_started_at or facts.finished_at, facts.price_confirmed_at
    if confirmed_at is None:
        return "pending" if begun_at is None else "missing"
    if begun_at is None or whole_seconds(confirmed_at) <= whole_seconds(begun_at):
        return "confirmed"
    return "late"


def _next_visit(facts: OrderFacts) -> datetime | None:
    """The appointment that is still ahead of the last visit; one that was kept is no appointment any more."""
    planned, kept_at = facts.next_appointment_at, facts.returned_at
    return None if planned is None or (kept_at is not None and planned <= kept_at) else planned


def _return_due(facts: OrderFacts, state: str, book: Rulebook, calendar: WorkCalendar) -> datetime | None:
    limit, planned = book.duration(_WITHIN), _next_visit(facts)
    if state != "unfinished" or planned is None or limit is None:
        return None
    return add(planned, limit, calendar).at
