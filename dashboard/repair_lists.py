"""Work orders as lists of plain values, sorted by what hurts most, cached with the viewer's scope in the key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_duration, fmt_instant, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, now, open_session, rulebook
from db import rulebooks, work_orders
from db.models import WorkOrder
from regulations import repairs as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from settings import get_settings

MOST_ORDERS = 500
RATES = ("repair.on_time_rate", "repair.dispatched_same_day", "repair.price_confirmed", "repair.signed")
STATES = ("undispatched", "dispatched", "on_site", "unfinished", "finished", "cancelled")
STATE_COLOURS = {
    "undispatched": "red",
    "dispatched": "blue",
    "on_site": "blue",
    "unfinished": "orange",
    "finished": "green",
    "cancelled": "gray",
}
FLAG_COLOURS = {
    "undispatched_carried": "red",
    "arrival_overdue": "red",
    "return_overdue": "red",
    "no_reason": "orange",
    "no_appointment": "orange",
    "arrived_late": "orange",
    "price_missing": "red",
    "price_late": "orange",
    "not_apologised": "violet",
    "not_signed": "violet",
    "out_of_order": "gray",
}

ORDER_VIEWS = {
    "open": N_("All open orders"),
    "carried": N_("Left from an earlier day"),
    "late": N_("Late arrivals"),
    "price": N_("Price not confirmed"),
    "unfinished": N_("Unfinished"),
    "mend": N_("Signature or apology due"),
    "period": N_("Called in the period"),
}
_FLAGS_OF_VIEW = {
    "carried": {"undispatched_carried"},
    "late": {"arrival_overdue", "arrived_late", "return_overdue"},
    "price": {"price_missing", "price_late"},
    "mend": {"not_signed", "not_apologised"},
}
_COLUMNS = (
    "number", "state", "state_code", "flags", "flag_codes", "left", "called", "customer", "phone", "address", "summary",
    "type", "engineer", "person", "team", "version", "rank", "rank_at", "is_open", "is_price_open",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """One order with its verdict, as a panel shows it."""

    order: WorkOrder
    verdict: rules.OrderVerdict


def order_rows(
    scope: Scope, view: str, from_on: date, to_on: date, team_id: int | None = None
) -> pd.DataFrame:
    """Orders of a view of ORDER_VIEWS, what needs somebody first on top."""
    is_period = view == "period"
    rows = _order_rows(get_settings().database, scope, is_period, from_on, to_on, team_id, minute(), lang())
    keep: Callable[[pd.Series], bool] = {
        "open": lambda row: bool(row["is_open"]),
        "unfinished": lambda row: row["state_code"] == "unfinished",
        "price": lambda row: bool(row["is_price_open"] or set(row["flag_codes"]) & _FLAGS_OF_VIEW["price"]),
        "period": lambda _row: True,
    }.get(view, lambda row: bool(set(row["flag_codes"]) & _FLAGS_OF_VIEW[view]))
    kept = rows[rows.apply(keep, axis=1)] if len(rows) else rows
    return kept.reset_index(drop=True)


def view_counts(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> dict[str, int]:
    """How many orders each view but that of the whole period lists."""
    views = [view for view in ORDER_VIEWS if view != "period"]
    return {view: len(order_rows(scope, view, from_on, to_on, team_id)) for view in views}


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _order_rows(
    database: str,
    scope: Scope,
    is_period: bool,
    from_on: date,
    to_on: date,
    team_id: int | None,
    minute_: datetime,
    language: Lang,
) -> pd.DataFrame:
    at, in_force = now(), rulebook()  # what was recorded this very minute is known, too
    books: dict[str, Rulebook] = {}
    rows = []
    with open_session() as session:
        if is_period:
            found = work_orders.list_orders(
                session, scope, from_on=from_on, to_on=to_on, team_id=team_id, limit=MOST_ORDERS
            )
        else:
            found = work_orders.list_wanting(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
        for order in found:
            version = order.rulebook_version
            if version not in books:
                books[version] = rulebooks.made_under(session, version, in_force)
            rows.append(order_row(order, books[version], at))
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.sort_values(["rank", "rank_at", "number"]).reset_index(drop=True)


def order_row(order: WorkOrder, book: Rulebook, at: datetime) -> dict[str, object]:
    """One order as a row."""
    facts = work_orders.facts_of(order)
    verdict = rules.order_verdict(facts, book, at)
    rank, rank_at = rules.work_order_rank(verdict, facts)
    return {
        "number": order.number,
        "state": [name("work_order_state", verdict.state)],
        "state_code": verdict.state,
        "flags": [name("work_order_flag", flag) for flag in verdict.flags],
        "flag_codes": verdict.flags,
        "left": left_text(verdict, at),
        "called": fmt_instant(order.notified_at),
        "customer": order.customer_name or NOTHING,
        "phone": order.customer_phone or NOTHING,
        "address": order.address or NOTHING,
        "summary": order.summary,
        "type": order.service_type or NOTHING,
        "engineer": order.engineer or NOTHING,
        "person": order.agent.name,
        "team": order.team.name,
        "version": order.row_version,
        "rank": rank,
        "rank_at": pd.Timestamp(rank_at),
        "is_open": verdict.is_open,
        "is_price_open": verdict.price == "pending" and verdict.state == "on_site",
    }


def left_text(verdict: rules.OrderVerdict, at: datetime) -> str:
    """How long there is left, or what became of the arrival."""
    if verdict.return_due_at is not None:
        return fmt_time_left(verdict.return_due_at, at)
    if verdict.arrival in ("pending", "overdue") and verdict.is_open and verdict.due_at is not None:
        return fmt_time_left(verdict.due_at, at)
    if verdict.arrival == "late":
        return _("{duration} late", duration=fmt_duration(verdict.late_seconds))
    if verdict.arrival == "not_started" and verdict.is_open:
        return _("to be dispatched")
    return name("arrival_state", verdict.arrival)


def state_counts(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Orders called in the period by team and state. Columns: group, state, count."""
    return _state_counts(get_settings().database, scope, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _state_counts(
    database: str,
    scope: Scope,
    from_on: date,
    to_on: date,
    team_id: int | None,
    minute_: datetime,
    language: Lang,
) -> pd.DataFrame:
    with open_session() as session:
        counted = work_orders.count_by_state(
            session, scope, from_on=from_on, to_on=to_on, book=rulebook(), now=now(), team_id=team_id
        )
    return pd.DataFrame(
        [(team, name("work_order_state", state), count) for (team, state), count in counted.items()],
        columns=["group", "state", "count"],
    )
