"""What the pages read. The viewer's scope is an argument of every cached read, because all viewers
share one cache; what is kept is short-lived, and `forget()` clears it after every write.

Nothing that answers "is it overdue now" is kept here longer than a minute.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from dashboard.desk import now, open_session
from dashboard.i18n import _, lang
from db import metrics, people, rulebooks
from db.metrics import Figure
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import get_settings

__all__ = [
    "TTL_SECONDS",
    "Where",
    "figure",
    "figures_across",
    "figures_by",
    "forget",
    "forget_rulebook",
    "metric_rows",
    "minute",
    "now",
    "open_session",
    "person",
    "rulebook",
    "rulebook_of",
    "today",
    "work_calendar",
]

TTL_SECONDS = 60
Where = tuple[tuple[str, str], ...]
"""Breakdowns with the group that is kept of each, sorted: (("category", "refund"),)."""


_written: list[datetime] = []  # the last write of this process


def minute() -> datetime:
    """Now, to the whole minute: what the cached reads are asked with, so that they can be shared.

    After a write the instant of the write for the rest of its minute: whoever wrote sees what he wrote counted.
    """
    at = now()
    start = at.replace(second=0, microsecond=0)
    return _written[0] if _written and start < _written[0] <= at else start


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


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False)
def _people(database: str) -> dict[str, str]:
    with open_session() as session:
        return people.display_names(session)


def person(actor: str) -> str:
    """What colleagues call whoever did something: rows keep the name of the account, or what a file said."""
    return _("The desk") if actor == SYSTEM.actor else _people(get_settings().database).get(actor, actor)


@st.cache_resource(ttl=TTL_SECONDS, show_spinner=False)
def _calendar(database: str, version: str) -> WorkCalendar:
    return WorkCalendar.from_rulebook(rulebook())


def rulebook_of(version: str) -> Rulebook:
    """The rulebook something was decided under: its titles, not those of today."""
    if version == rulebook().version:
        return rulebook()
    with open_session() as session:
        return rulebooks.made_under(session, version, rulebook())


def work_calendar() -> WorkCalendar:
    """The working calendar of the rulebook in force: time zone, working days, holidays."""
    book = rulebook()
    return _calendar(get_settings().database, book.version)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=2000)
def _figure(
    database: str,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    at: datetime,
    team_id: int | None,
    where: Where,
) -> Figure:
    with open_session() as session:
        return metrics.figure(
            session, scope, key, from_on, to_on, rulebook(), at, team_id=team_id, where=dict(where)
        )


def figure(
    scope: Scope, key: str, from_on: date, to_on: date, team_id: int | None = None, where: Where = ()
) -> Figure:
    """A metric over a period (both days included), as `db.metrics` defines it, for some of its groups."""
    return _figure(get_settings().database, scope, key, from_on, to_on, minute(), team_id, where)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=1000)
def _figures_across(
    database: str,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    at: datetime,
    by: tuple[str, ...],
    team_id: int | None,
    language: str,
    where: Where,
) -> list[tuple[tuple[str, ...], tuple[str, ...], Figure]]:
    with open_session() as session:
        return list(
            metrics.figures_across(
                session, scope, key, from_on, to_on, rulebook(), at, by, team_id=team_id, lang=language,
                where=dict(where),
            )
        )  # fmt: skip


def figures_across(
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    by: tuple[str, ...],
    team_id: int | None = None,
    where: Where = (),
) -> list[tuple[tuple[str, ...], tuple[str, ...], Figure]]:
    """A metric by several breakdowns at once: (codes, names, figure) of each combination with cases."""
    return _figures_across(
        get_settings().database, scope, key, from_on, to_on, minute(), by, team_id, lang(), where
    )


def figures_by(
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    by: str,
    team_id: int | None = None,
    where: Where = (),
) -> list[tuple[str, str, Figure]]:
    """A metric by month, team, agent, day or category: (code, name, figure)."""
    found = figures_across(scope, key, from_on, to_on, (by,), team_id, where)
    return [(codes[0], names[0], one) for codes, names, one in found]


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _metric_rows(
    database: str,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    at: datetime,
    team_id: int | None,
    where: Where,
    only: metrics.Only,
) -> list[dict[str, Any]]:
    with open_session() as session:
        return metrics.rows(
            session, scope, key, from_on, to_on, rulebook(), at, team_id=team_id, where=dict(where), only=only
        )


def metric_rows(
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    where: Where = (),
    only: metrics.Only = "all",
) -> list[dict[str, Any]]:
    """The cases behind a figure: as many as its denominator, or those that count, or the rest."""
    return _metric_rows(get_settings().database, scope, key, from_on, to_on, minute(), team_id, where, only)


def forget() -> None:
    """Drop everything that is kept: called after every write."""
    st.cache_data.clear()
    _written[:] = [now()]


def forget_rulebook() -> None:
    """Drop the rulebook too: called after another one was published."""
    forget()
    _rulebook.clear()
    _calendar.clear()
