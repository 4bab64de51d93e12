"""Closed months: figures fixed with who and when, so that what a meeting decided on stays as it was."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, metrics
from db.models import ClosedMonth
from db.visibility import demand
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook


class MonthAlreadyClosed(Exception):
    """Somebody closed the month before."""


def closed_month(session: Session, month: str) -> ClosedMonth | None:
    """The closing of a month "YYYY-MM", or None while it is open."""
    return session.scalar(select(ClosedMonth).where(ClosedMonth.month == month))


def close_month(session: Session, scope: Scope, month: str, book: Rulebook, now: datetime) -> ClosedMonth:
    """Fix every figure of the month for the whole department as it stands now.

    Raises AccessRefused without meeting.close, MonthAlreadyClosed, ValueError for a month that is not over.
    """
    demand(scope, "meeting.close")
    if closed_month(session, month) is not None:
        raise MonthAlreadyClosed(month)
    year, number = (int(part) for part in month.split("-"))
    first, last = date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])
    zone = ZoneInfo(book.text("calendar.timezone") or "Asia/Shanghai")
    if now.astimezone(zone).date() <= last:
        raise ValueError(f"{month} is not over yet")
    figures = {}
    for key in metrics.METRICS:
        figure = metrics.figure(session, SYSTEM, key, first, last, book, now)
        figures[key] = {
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "value": figure.value,
            "target": figure.target,
        }
    closed = ClosedMonth(month=month, closed_at=now, closed_by=scope.actor, figures=figures)
    session.add(closed)
    audit.record(session, scope, "close_month", "month", month, {"rulebook": book.version}, at=now)
    return closed
