"""What the pages read. The viewer's scope is an argument of every cached read, because all viewers
share one cache; what is kept is short-lived, and `forget()` clears it after every write.

Nothing that answers "is it overdue now" is kept here longer than a minute.
"""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from dashboard.desk import now, open_session
from dashboard.i18n import lang
from db import metrics, rulebooks
from db.metrics import Figure
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import get_settings

__all__ = [
    "TTL_SECONDS",
    "figure",
    "figures_by",
    "forget",
    "forget_rulebook",
    "minute",
    "now",
    "open_session",
    "rulebook",
    "today",
    "work_calendar",
]

TTL_SECONDS = 60


def minute() -> datetime:
    """Now, to the whole minute: what the cached reads are asked with, so that they can be shared."""
    return now().replace(second=0, microsecond=0)


def today() -> date:
    """The local date at the site."""
    return work_calendar().day_of(now())


@st.cache_resource(ttl=TTL_SECONDS, show_spinner=False)
def _rulebook(database: str) -> Rulebook:
    with open_session() as session:
        return rulebooks.in_force(session)


def rulebook() -> Rulebook:
    """The rulebook in force."""
    return _rulebook(get_settings().database)


@st.cache_resource(ttl=TTL_SECONDS, show_spinner=False)
def _calendar(database: str, version: str) -> WorkCalendar:
    return WorkCalendar.from_rulebook(rulebook())


def work_calendar() -> WorkCalendar:
    """The working calendar of the rulebook in force: time zone, working days, holidays."""
    book = rulebook()
    return _calendar(get_settings().database, book.version)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=2000)
def _figure(
    database: str, scope: Scope, key: str, from_on: date, to_on: date, at: datetime, team_id: int | None
) -> Figure:
    with open_session() as session:
        return metrics.figure(session, scope, key, from_on, to_on, rulebook(), at, team_id=team_id)


def figure(scope: Scope, key: str, from_on: date, to_on: date, team_id: int | None = None) -> Figure:
    """A metric over a period (both days included), as `db.metrics` defines it."""
    return _figure(get_settings().database, scope, key, from_on, to_on, minute(), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=1000)
def _figures_by(
    database: str,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    at: datetime,
    by: str,
    team_id: int | None,
    language: str,
) -> list[tuple[str, str, Figure]]:
    with open_session() as session:
        return list(
            metrics.figures_by(
                session, scope, key, from_on, to_on, rulebook(), at, by=by, team_id=team_id, lang=language
            )
        )


def figures_by(
    scope: Scope, key: str, from_on: date, to_on: date, by: str, team_id: int | None = None
) -> list[tuple[str, str, Figure]]:
    """A metric by month, team, agent, day or category: (code, name, figure)."""
    return _figures_by(get_settings().database, scope, key, from_on, to_on, minute(), by, team_id, lang())


def forget() -> None:
    """Drop everything that is kept: called after every write."""
    st.cache_data.clear()


def forget_rulebook() -> None:
    """Drop the rulebook too: called after another one was published."""
    forget()
    _rulebook.clear()
    _calendar.clear()
