"""Complaints as surges see them: when each was received and of which types it is. Only indexed days are read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Complaint, SurgeAlert
from regulations import surge as rules
from regulations.rulebook import Rulebook
from regulations.surge import Group, Terms
from regulations.worktime import WorkCalendar

_LONGEST_KEY = 240
_COLUMNS = {
    "category": Complaint.category,
    "product": Complaint.product,
    "channel": Complaint.channel,
    "department": Complaint.department,
}


def known_since(session: Session) -> datetime | None:
    """Receipt of the earliest complaint: from then on the records are taken to be complete."""
    first_on = select(func.min(Complaint.received_on)).scalar_subquery()
    earliest: datetime | None = session.scalar(
        select(Complaint.received_at)
        .where(Complaint.received_on == first_on)
        .order_by(Complaint.received_at)
        .limit(1)
    )
    return earliest


def key_of(group: Group) -> str:
    """The canonical text of a group."""
    text = "|".join(f"{name}={value}" for name, value in group)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[: _LONGEST_KEY - 65]}|{hashlib.sha256(text.encode()).hexdigest()}"


def group_of(alert: SurgeAlert) -> Group:
    """The group of an alert, as the rules have it."""
    return tuple((str(name), str(value)) for name, value in sorted(alert.group.items(), key=_field_order))


def _field_order(item: tuple[str, object]) -> int:
    return list(_COLUMNS).index(item[0]) if item[0] in _COLUMNS else len(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A complaint as far as surges need it."""

    id: int
    at: datetime
    groups: tuple[Group, ...]


def arrivals_of(
    session: Session, after: datetime, until: datetime, terms: Terms, book: Rulebook
) -> list[Arrival]:
    """Complaints received in (after, until], by time."""
    calendar = WorkCalendar.from_rulebook(book)
    columns = [_COLUMNS[name] for name in terms.fields]
    query = select(Complaint.id, Complaint.received_at, *columns).where(
        Complaint.received_on >= calendar.day_of(after),
        Complaint.received_on <= calendar.day_of(until),
        Complaint.received_at > after,
        Complaint.received_at <= until,
    )
    query = query.order_by(Complaint.received_at, Complaint.id)
    return [
        Arrival(row[0], row[1], rules.groups_of(dict(zip(terms.fields, row[2:], strict=True)), terms.fields))
        for row in session.execute(query)
    ]


def everything_received(session: Session, fields: Sequence[str]) -> list[tuple[datetime, dict[str, str]]]:
    """Receipt and the values of `fields` of every complaint there is: for replaying, never for watching."""
    columns = [_COLUMNS[name] for name in fields]
    return [
        (row[0], dict(zip(fields, row[1:], strict=True)))
        for row in session.execute(select(Complaint.received_at, *columns).order_by(Complaint.received_at))
    ]


def times_of(
    session: Session, group: Group, after: datetime, until: datetime, book: Rulebook
) -> list[datetime]:
    """Receipts of a group in (after, until], sorted."""
    calendar = WorkCalendar.from_rulebook(book)
    query = select(Complaint.received_at).where(
        Complaint.received_on >= calendar.day_of(after),
        Complaint.received_on <= calendar.day_of(until),
        Complaint.received_at > after,
        Complaint.received_at <= until,
    )
    for name, value in group:
        if value:
            query = query.where(func.trim(_COLUMNS[name]) == value)
    return list(session.scalars(query.order_by(Complaint.received_at)))
