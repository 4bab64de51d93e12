"""Cases that may be the same matter as the one being registered, found while the customer is still speaking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Complaint
from regulations.access import Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.similar_cases import Likeness, Traits, age_step, likeness, weights_of
from regulations.values import Unit
from regulations.verdict import Step
from regulations.work_calendar import WorkCalendar
from regulations.worktime import add

MOST_SHOWN = 5
_WINDOW = "complaint.duplicate_window"
# At least as long as any such unit lasts: the database looks no further back, the calendar decides.
_LONGEST = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.CALENDAR_DAY: timedelta(days=1),
    Unit.WORKING_DAY: timedelta(days=2),
    Unit.WEEK: timedelta(weeks=1),
    Unit.MONTH: timedelta(days=31),
}
_LONGEST_HOLIDAY = timedelta(days=15)

_COLUMNS = (
    Complaint.number, Complaint.received_at, Complaint.status, Complaint.summary, Complaint.category, Complaint.product,
    Complaint.customer_name, Complaint.customer_phone, Complaint.order_ref, Complaint.team_id, Complaint.agent_id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A case that may be the same matter: what it shares with the new one, in words, and how much that says."""

    number: str
    received_at: datetime
    status: str
    summary: str
    score: int
    reasons: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SimilarCases:
    """Those in the viewer's scope, the most alike first, and how many lie outside it (of which nothing is told)."""

    cases: tuple[SimilarCase, ...]
    elsewhere: int


def find_similar(
    session: Session,
    scope: Scope,
    *,
    book: Rulebook,
    now: datetime,
    phone: str = "",
    customer_name: str = "",
    order_ref: str = "",
    category: str = "",
    product: str = "",
    text: str = "",
) -> SimilarCases:
    """Cases received within the window (complaint.duplicate_window) that share something telling.

    Telephones are compared by their digits, names and order numbers without regard to width and case.
    Nothing identifying given, or the rulebook turns it off: nothing is similar.
    """
    new = Traits(phone, customer_name, order_ref, category, product, text)
    within, weights = book.duration(_WINDOW), weights_of(book)
    calendar = WorkCalendar.from_rulebook(book)
    if within is None or weights is None or not (new.dialled or new.name or new.order):
        return SimilarCases((), 0)
    oldest = now - _LONGEST[within.unit] * float(within.value) - _LONGEST_HOLIDAY
    rows = session.execute(select(*_COLUMNS).where(Complaint.received_on >= calendar.day_of(oldest)))
    found, elsewhere = [], 0
    for row in rows:
        like = likeness(new, _traits(row), weights)
        if not like.is_enough or add(row.received_at, within, calendar).at < now:
            continue
        if _is_visible(row, scope):
            found.append(_similar(row, like, now, calendar))
        else:
            elsewhere += 1
    found.sort(key=lambda case: (-case.score, -case.received_at.timestamp()))
    return SimilarCases(tuple(found[:MOST_SHOWN]), elsewhere)


def similar_to(
    session: Session,
    scope: Scope,
    complaint: Complaint,
    book: Rulebook,
    now: datetime,
) -> SimilarCases:
    """Cases like an existing one, without itself and the ones it is linked to already."""
    found = find_similar(
        session, scope, book=book, now=now, phone=complaint.customer_phone,
        customer_name=complaint.customer_name, order_ref=complaint.order_ref, category=complaint.category,
        product=complaint.product, text=complaint.summary,
    )  # fmt: skip
    linked = {complaint.number, complaint.previous.number if complaint.previous else ""}
    return SimilarCases(tuple(case for case in found.cases if case.number not in linked), found.elsewhere)


def _traits(row: Any) -> Traits:
    return Traits(
        row.customer_phone, row.customer_name, row.order_ref, row.category, row.product, row.summary
    )


def _is_visible(row: Any, scope: Scope) -> bool:
    if scope.role == "agent":
        return scope.agent_id is not None and row.agent_id == scope.agent_id
    return scope.sees_team(row.team_id)


def _similar(row: Any, like: Likeness, now: datetime, calendar: WorkCalendar) -> SimilarCase:
    zh, en = name_of("complaint_status", row.status, "zh"), name_of("complaint_status", row.status, "en")
    status = Step(
        "仍在处理" if row.status == "open" else zh, "still open" if row.status == "open" else en.lower()
    )
    reasons = (*like.reasons, age_step(row.received_at, now, calendar.timezone), status)
    return SimilarCase(row.number, row.received_at, row.status, row.summary, like.score, reasons)
