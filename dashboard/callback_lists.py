"""Callbacks as lists of plain values, cached with the viewer's scope in the key."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant, fmt_time, fmt_time_left
from dashboard.i18n import N_, _, lang, listed, name, sentences
from dashboard.reads import TTL_SECONDS, figures_by, minute, now, open_session, rulebook, today, work_calendar
from dashboard.tables import state_label
from db import callbacks
from db.models import Callback
from regulations.access import Scope
from regulations.callbacks import NextAttempt
from regulations.verdict import Lang
from settings import get_settings

MOST_CALLBACKS = 500
WEEK = timedelta(days=7)
OLD_DAYS = (
    30  # overdue longer than this stands apart, so that it does not bury what can still be done in time
)

CALLBACK_VIEWS = {
    "window": N_("Coming window"),
    "today": N_("Overdue and due today"),
    "week": N_("Due within 7 days"),
    "waits": N_("Waiting for a decision"),
    "old": N_("Overdue for over 30 days"),
    "period": N_("Fallen due in the period"),
}
RATES = ("callback.rate", "callback.punctuality", "callback.connect_rate", "callback.satisfaction")
REASONS = {
    "overdue": N_("Overdue"),
    "retry": N_("To be tried again"),
    "due": N_("Due that day"),
    "planned": N_("Planned"),
    "waits": N_("Waits"),
}
_COLUMNS = (
    "number", "kind", "kind_code", "customer", "phone", "subject", "person", "team", "state", "state_code", "due",
    "due_at", "left", "attempts", "last", "satisfaction", "next", "reason", "opens", "shuts",
)  # fmt: skip


def callback_rows(
    scope: Scope, view: str, from_on: date, to_on: date, team_id: int | None = None
) -> pd.DataFrame:
    """Callbacks of a view of CALLBACK_VIEWS. Those of the coming window in the order to call in; of the other
    views the oldest deadline first, open ones before those that are done.
    """
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
    at = now()  # to the second: what was recorded within this minute is known already
    with open_session() as session:
        if view in ("window", "waits"):
            rows = [
                {
                    **callback_row(one.callback, at, one.next),
                    "reason": one.reason,
                    "opens": pd.Timestamp(one.window[0]),
                    "shuts": pd.Timestamp(one.window[1]),
                }
                for one in callbacks.list_to_call(session, scope, rulebook(), at, team_id)
                if (one.reason == "waits") == (view == "waits")
                and (view == "waits" or not is_old(one.callback.due_at, at))
            ]
        else:
            if view == "period":
                found = callbacks.list_callbacks(
                    session,
                    scope,
                    now=at,
                    from_on=from_on,
                    to_on=to_on,
                    team_id=team_id,
                    limit=MOST_CALLBACKS,
                )
            else:
                until = work_calendar().end_of_day(today()) + (WEEK if view == "week" else timedelta())
                found = callbacks.list_work(session, scope, at, until, team_id=team_id)
                found = [c for c in found if is_old(c.due_at, at) == (view == "old")]
            rows = [callback_row(c, at, callbacks.next_attempt_of(session, c, rulebook(), at)) for c in found]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["is_done"] = frame["state_code"].isin(["completed", "completed_late", "settled"])
    return (
        frame
        if view in ("window", "waits")
        else frame.sort_values(["is_done", "due_at"]).reset_index(drop=True)
    )


def window_sentence(rows: pd.DataFrame) -> str:
    """Which hours come next, how many callbacks they are for, why, and for how many people."""
    counts = rows["reason"].value_counts()
    parts = [
        _("{n} {what}", n=fmt_count(int(counts[reason])), what=_(title).lower())
        for reason, title in REASONS.items()
        if counts.get(reason)
    ]
    return sentences(
        *(_window_line(group) for _key, group in rows.groupby(["opens", "shuts"], sort=True)),
        _(
            "Callbacks: {n}; callers: {m}; {parts}.",
            n=fmt_count(len(rows)),
            m=fmt_count(rows["person"].nunique()),
            parts=listed(parts),
        ),
    )


def _window_line(group: pd.DataFrame) -> str:
    opens, shuts = group["opens"].iloc[0].to_pydatetime(), group["shuts"].iloc[0].to_pydatetime()
    kinds = sorted(set(group["kind"]))
    is_today = work_calendar().day_of(opens) == today()
    if is_any_time(set(group["kind_code"])):
        said = _("Any time today: {kinds}.", kinds=listed(kinds))
        return (
            said
            if is_today
            else _("From {day} on: {kinds}.", day=fmt_instant(opens)[:10], kinds=listed(kinds))
        )
    if is_today and opens <= minute():
        return _("Open now until {time}: {kinds}.", time=fmt_time(shuts), kinds=listed(kinds))
    hours = f"{fmt_time(opens)}–{fmt_time(shuts)}"
    if not is_today:
        hours = f"{fmt_instant(opens)[5:10]} {hours}"
    return _("Next window {hours}: {kinds}.", hours=hours, kinds=listed(kinds))


def is_any_time(kinds: set[str]) -> bool:
    """Whether none of the kinds has hours of its own (E5.8)."""
    return not any(rulebook().callback_windows(kind) for kind in kinds)


def is_old(due_at: datetime, at: datetime) -> bool:
    """Whether a callback has been overdue for more than OLD_DAYS."""
    return at - due_at > timedelta(days=OLD_DAYS)


def shown_state(callback: Callback, at: datetime) -> str:
    """The state of a callback, with "due soon" for what falls due within a day."""
    state = callbacks.state_of(callback, at)
    return "due_soon" if state == "not_due" and callback.due_at - at <= timedelta(days=1) else state


def callback_row(callback: Callback, at: datetime, later: NextAttempt) -> dict[str, object]:
    """One callback as a row."""
    state = shown_state(callback, at)
    last = callback.attempts[-1] if callback.attempts else None
    if callback.completed_at is not None:
        late = (callback.completed_at - callback.due_at).total_seconds()
        left = _("{duration} late", duration=fmt_duration(late)) if late > 0 else _("in time")
    elif state == "settled":
        left = name("settled_reason", callback.settled_reason)
    else:
        left = fmt_time_left(callback.due_at, at)
    return {
        "number": callback.number,
        "kind": name("callback_kind", callback.kind),
        "kind_code": callback.kind,
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
        "next": next_text(later, at),
        "reason": "",
    }


def next_text(later: NextAttempt, at: datetime) -> str:
    """When to call next, or what has to happen first."""
    if later.at is None:
        return name("next_attempt", later.reason)
    if later.at <= at:
        return _("now")
    is_today = work_calendar().day_of(later.at) == work_calendar().day_of(at)
    return fmt_time(later.at) if is_today else fmt_instant(later.at)[5:]


def rates_by(scope: Scope, from_on: date, to_on: date, by: str, team_id: int | None = None) -> pd.DataFrame:
    """The rates of every group, each with its own denominator; the lowest callback rate first.

    Columns: name, then for each of RATES and for what ended its short name (percent) and "<short>_n", "<short>_d".
    """
    records: dict[str, dict[str, object]] = {}
    for key in (*RATES, "callback.settled"):
        short = key.partition(".")[2]
        for code, title, figure in figures_by(scope, key, from_on, to_on, by, team_id):
            record = records.setdefault(code, {"code": code, "name": title})
            record[short] = figure.value
            record[f"{short}_n"], record[f"{short}_d"] = figure.numerator, figure.denominator
    shorts = [*(key.partition(".")[2] for key in RATES), "settled"]
    columns = ["code", "name", *(f"{short}{part}" for short in shorts for part in ("", "_n", "_d"))]
    frame = pd.DataFrame(list(records.values()), columns=columns)
    return frame.sort_values(["rate", "name"], na_position="last").reset_index(drop=True)
