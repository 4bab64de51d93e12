"""Complaints as lists of plain values, cached with the viewer's scope in the key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_duration, fmt_instant, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session
from dashboard.tables import state_label
from db import complaints
from db.models import Complaint, ComplaintClock
from regulations.access import Scope
from regulations.complaints import state_at
from regulations.verdict import Lang
from settings import get_settings

MOST_CASES = 500

COMPLAINT_VIEWS = {
    "overdue": N_("Open and overdue"),
    "due_soon": N_("Due soon"),
    "open": N_("All open"),
    "received": N_("Received in the period"),
}
AGES = (
    (1, N_("up to 1 day")),
    (3, N_("2 to 3 days")),
    (7, N_("4 to 7 days")),
    (14, N_("8 to 14 days")),
    (None, N_("over 14 days")),
)
_SEVERITY_OF_STATE = {"breached": 0, "due_soon": 1, "on_track": 2, "on_hold": 3, "met": 4, "off": 5}


def clock_state(clock: ComplaintClock, at: datetime) -> str:
    """The state of a clock at an instant, from its deadline; the stored one is only a cache."""
    if clock.met_at is None and clock.state == "on_hold":
        return "on_hold"
    return state_at(clock.due_at, clock.warn_at, clock.met_at, at)


def clock_title(clock: ComplaintClock) -> str:
    """What a clock is called; one that comes round again carries its number."""
    title = name("clock", clock.clock)
    return f"{title} {clock.ordinal}" if clock.ordinal > 1 else title


def pressing_clock(clocks: Iterable[ComplaintClock], at: datetime) -> ComplaintClock | None:
    """The clock that hurts most: a running one before a finished one, the worst state, the oldest deadline."""
    return min(
        clocks,
        key=lambda c: (c.met_at is not None, _SEVERITY_OF_STATE[clock_state(c, at)], c.due_at),
        default=None,
    )


def complaint_rows(
    scope: Scope, view: str, from_on: date, to_on: date, team_id: int | None = None
) -> pd.DataFrame:
    """Cases of a view of COMPLAINT_VIEWS, what hurts most first.

    Columns: number, received, category, department, person, team, status, state (label), worst, clock, due,
    left, days_open, summary.
    """
    return _complaint_rows(get_settings().database, scope, view, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=500)
def _complaint_rows(
    database: str,
    scope: Scope,
    view: str,
    from_on: date,
    to_on: date,
    team_id: int | None,
    at: datetime,
    language: Lang,
) -> pd.DataFrame:
    with open_session() as session:
        if view == "received":
            cases = complaints.list_complaints(
                session, scope, now=at, team_id=team_id, from_on=from_on, to_on=to_on, limit=MOST_CASES
            )
        else:
            cases = [
                case
                for status in ("open", "answered")
                for case in complaints.list_complaints(
                    session, scope, now=at, status=status, team_id=team_id, limit=MOST_CASES
                )
            ]
        rows = [_complaint_row(case, at) for case in cases]
    if view in ("overdue", "due_soon"):
        wanted = "breached" if view == "overdue" else "due_soon"
        rows = [row for row in rows if row["worst"] == wanted and row["is_running"]]
    frame = pd.DataFrame(rows, columns=list(_EMPTY_ROW))
    return frame.sort_values(["is_closed", "rank", "due_at"], na_position="last").reset_index(drop=True)


_EMPTY_ROW = (
    "number", "received", "category", "department", "person", "team", "status", "state", "worst", "is_running",
    "is_closed", "rank", "clock", "due", "due_at", "left", "days_open", "summary",
)  # fmt: skip


def _complaint_row(case: Complaint, at: datetime) -> dict[str, object]:
    clock = pressing_clock(case.clocks, at)
    worst = "off" if clock is None else clock_state(clock, at)
    is_running = clock is not None and clock.met_at is None
    ended = case.closed_at or at
    if clock is None:
        left = NOTHING
    elif clock.met_at is None:
        left = fmt_time_left(clock.due_at, at)
    else:
        late = (clock.met_at - clock.due_at).total_seconds()
        left = _("{duration} late", duration=fmt_duration(late)) if late > 0 else _("in time")
    return {
        "number": case.number,
        "received": fmt_instant(case.received_at),
        "category": name("complaint_category", case.category),
        "department": case.department or NOTHING,
        "person": case.agent.name,
        "team": case.team.name,
        "status": name("complaint_status", case.status),
        "state": state_label("clock_state", worst),
        "worst": worst,
        "is_running": is_running,
        "is_closed": case.status == "closed",
        "rank": _SEVERITY_OF_STATE[worst] + (0 if is_running else 10),
        "clock": NOTHING if clock is None else clock_title(clock),
        "due": fmt_instant(clock.due_at) if clock else NOTHING,
        "due_at": pd.Timestamp(clock.due_at) if clock else pd.NaT,
        "left": left,
        "days_open": (ended - case.received_at).total_seconds() / 86_400,
        "summary": case.summary,
    }


def by_age(rows: pd.DataFrame) -> pd.DataFrame:
    """Open cases by age and by their worst clock. Columns: group, state (code), count."""
    counted: dict[tuple[str, str], int] = {}
    for age, state in zip(rows["days_open"], rows["worst"], strict=True):
        title = next(title for limit, title in AGES if limit is None or age <= limit)
        counted[(title, state)] = counted.get((title, state), 0) + 1
    records = [
        {"group": _(title), "state": state, "count": counted.get((title, state), 0)}
        for _limit, title in AGES
        for state in ("breached", "due_soon", "on_track", "on_hold", "met", "off")
        if counted.get((title, state), 0) or state == "on_track"
    ]
    return pd.DataFrame(records, columns=["group", "state", "count"])
