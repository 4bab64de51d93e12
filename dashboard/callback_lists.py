"""Callbacks as lists of plain values, cached with the viewer's scope in the key."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_duration, fmt_instant, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, figures_by, minute, open_session, today, work_calendar
from dashboard.tables import state_label
from db import callbacks
from db.models import Callback
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

MOST_CALLBACKS = 500
WEEK = timedelta(days=7)
OLD_DAYS = (
    30  # overdue longer than this stands apart, so that it does not bury what can still be done in time
)

CALLBACK_VIEWS = {
    "today": N_("Overdue and due today"),
    "week": N_("Due within 7 days"),
    "old": N_("Overdue for over 30 days"),
    "period": N_("Fallen due in the period"),
}
RATES = ("callback.rate", "callback.punctuality", "callback.connect_rate", "callback.satisfaction")
_COLUMNS = (
    "number", "kind", "customer", "phone", "subject", "person", "team", "state", "state_code", "due", "due_at",
    "left", "attempts", "last", "satisfaction",
)  # fmt: skip


def callback_rows(
    scope: Scope, view: str, from_on: date, to_on: date, team_id: int | None = None
) -> pd.DataFrame:
    """Callbacks of a view of CALLBACK_VIEWS, the oldest deadline first; open ones before completed ones."""
    return _callback_rows(get_settings().database, scope, view, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=500)
def _callback_rows(
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
        if view == "period":
            found = callbacks.list_callbacks(
                session, scope, now=at, from_on=from_on, to_on=to_on, team_id=team_id, limit=MOST_CALLBACKS
            )
        else:
            until = work_calendar().end_of_day(today()) + (WEEK if view == "week" else timedelta())
            found = callbacks.list_work(session, scope, at, until, team_id=team_id)
            found = [c for c in found if is_old(c.due_at, at) == (view == "old")]
        rows = [callback_row(callback, at) for callback in found]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["is_done"] = frame["state_code"].isin(["completed", "completed_late"])
    return frame.sort_values(["is_done", "due_at"]).reset_index(drop=True)


def is_old(due_at: datetime, at: datetime) -> bool:
    """Whether a callback has been overdue for more than OLD_DAYS."""
    return at - due_at > timedelta(days=OLD_DAYS)


def shown_state(callback: Callback, at: datetime) -> str:
    """The state of a callback, with "due soon" for what falls due within a day."""
    state = callbacks.state_of(callback, at)
    return "due_soon" if state == "not_due" and callback.due_at - at <= timedelta(days=1) else state


def callback_row(callback: Callback, at: datetime) -> dict[str, object]:
    """One callback as a row."""
    state = shown_state(callback, at)
    last = callback.attempts[-1] if callback.attempts else None
    if callback.completed_at is None:
        left = fmt_time_left(callback.due_at, at)
    else:
        late = (callback.completed_at - callback.due_at).total_seconds()
        left = _("{duration} late", duration=fmt_duration(late)) if late > 0 else _("in time")
    return {
        "number": callback.number,
        "kind": name("callback_kind", callback.kind),
        "customer": callback.customer_name or NOTHING,
        "phone": callback.customer_phone or NOTHING,
        "subject": callback.subject or NOTHING,
        "person": callback.agent.name,
        "team": callback.team.name,
        "state": state_label("callback_state", state),
        "state_code": state,
        "due": fmt_instant(callback.due_at),
        "due_at": pd.Timestamp(callback.due_at),
        "left": left,
        "attempts": len(callback.attempts),
        "last": f"{fmt_instant(last.at)[5:]} {name('attempt_outcome', last.outcome)}"
        if last
        else _("not tried"),
        "satisfaction": name("satisfaction", callback.satisfaction) if callback.satisfaction else NOTHING,
    }


def rates_by(scope: Scope, from_on: date, to_on: date, by: str, team_id: int | None = None) -> pd.DataFrame:
    """The four rates of every group, each with its own denominator; the lowest callback rate first.

    Columns: name, then for each of RATES its short name (percent) and "<short>_n", "<short>_d".
    """
    records: dict[str, dict[str, object]] = {}
    for key in RATES:
        short = key.partition(".")[2]
        for code, title, figure in figures_by(scope, key, from_on, to_on, by, team_id):
            record = records.setdefault(code, {"code": code, "name": title})
            record[short] = figure.value
            record[f"{short}_n"], record[f"{short}_d"] = figure.numerator, figure.denominator
    shorts = [key.partition(".")[2] for key in RATES]
    columns = ["code", "name", *(f"{short}{part}" for short in shorts for part in ("", "_n", "_d"))]
    frame = pd.DataFrame(list(records.values()), columns=columns)
    return frame.sort_values(["rate", "name"], na_position="last").reset_index(drop=True)
