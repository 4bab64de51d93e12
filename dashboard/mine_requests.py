"""An agent's own requests: asking with the check beside it, what became of each and why, and balances like a receipt."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_count, fmt_date, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, person, rulebook, today, work_calendar
from dashboard.request_check import title_of
from dashboard.request_filing import ASK, show_filing
from dashboard.request_kinds import (
    KIND_COLOURS,
    KINDS,
    STATE_COLOURS,
    asked,
    fmt_short,
    has_state,
    state_name,
)
from dashboard.request_leave_days import hours_of, short_days
from dashboard.request_leave_ledger import show_ledger
from dashboard.request_panel import show_flashes, show_request
from dashboard.request_rules import check_of
from dashboard.request_table import OPEN, asked_key
from dashboard.tables import label_column, table, text_column
from db import leave_balances, requests
from db.models import SwapRequest
from db.requests import Row
from regulations.access import Scope

_STATES = ("requested", "approved", "refused", "withdrawn", "amended", "settled", "failed")


def show(scope: Scope, from_on: date, to_on: date) -> None:
    """Ask, then one's own requests with their states, then the balances."""
    section(
        _("Your requests"),
        _("What the rules say is shown before you send it; who decides and why stands beside each."),
    )
    title = _("Ask for leave, a swap, a clock reading or overtime")
    with st.expander(title, icon=":material/add:", expanded=ASK in st.query_params, key="mine_ask"):
        show_filing(scope)
    rows = own_rows(scope, from_on, to_on)
    if rows.empty:
        empty(
            _("You have asked for nothing in this period"),
            _("What you ask for appears here with its state. What still waits is always shown."),
        )
    else:
        _table(scope, rows)
    show_flashes()
    _balances(scope)


def own_rows(scope: Scope, from_on: date, to_on: date) -> pd.DataFrame:
    """One's own requests: what waits, always; what was settled in the period, the latest first."""
    calendar = work_calendar()
    span: dict[str, Any] = {"from_at": calendar.start_of_day(from_on), "to_at": calendar.end_of_day(to_on)}
    found = []
    with open_session() as session:
        for kind in KINDS:
            waiting = requests.list_waiting(session, scope, kind)
            for row in (*waiting, *requests.list_settled(session, scope, kind, **span)):
                one = asked(scope, row)
                role = one.required_role or (check_of(session, row, now()).required_role or "")
                found.append(
                    {
                        "key": one.key,
                        "kind": one.kind,
                        "state": one.state,
                        "state_name": state_name(one.kind, one.state),
                        "is_settled": not one.is_waiting,
                        "what": one.what,
                        "when": one.when,
                        "short": fmt_short(one.begins_at, one.ends_at),
                        "by": _by(one.state, one.decided_by, role),
                        "is_asked": _is_asked(row, scope),
                        "note": _("waits for your agreement")
                        if _is_asked(row, scope)
                        else one.note or NOTHING,
                        "asked_at": fmt_instant(one.asked_at),
                        "begins_at": pd.Timestamp(one.begins_at),
                    }
                )
    columns = [
        "key",
        "kind",
        "state",
        "state_name",
        "is_settled",
        "what",
        "when",
        "short",
        "by",
        "is_asked",
        "note",
        "asked_at",
        "begins_at",
    ]
    frame = pd.DataFrame(found, columns=columns)
    is_settled = frame["is_settled"].astype(bool)
    first = frame[~is_settled].sort_values(["is_asked", "begins_at"], ascending=[False, True])
    rest = frame[is_settled].sort_values("begins_at", ascending=False)
    return pd.concat([first, rest]).reset_index(drop=True)


def _by(state: str, decided_by: str, role: str) -> str:
    if state == "requested":
        return title_of(role) if role else NOTHING
    is_own_doing = state in ("withdrawn", "amended")  # nobody decided
    return person(decided_by) if decided_by and not is_own_doing else NOTHING


def _is_asked(row: Row, scope: Scope) -> bool:
    """Whether it is a swap that waits for the viewer's own agreement."""
    if not isinstance(row, SwapRequest) or row.state != "requested" or scope.agent_id != row.partner_id:
        return False
    return "partner" not in {entry["who"] for entry in row.consents}


def _table(scope: Scope, rows: pd.DataFrame) -> None:
    names = {
        state_name(kind, state): STATE_COLOURS[state]
        for kind in KINDS
        for state in _STATES
        if has_state(kind, state)
    }
    shown = rows.assign(
        kind_label=pd.Series([[_(KINDS[kind])] for kind in rows["kind"]], dtype=object),
        state_label=pd.Series([[said] for said in rows["state_name"]], dtype=object),
    )
    left, right = st.columns([5, 3], gap="medium")
    keys = tuple(rows["key"])
    with left:
        columns = {
            "state_label": label_column(_("State"), list(names), list(names.values()), 92),
            "kind_label": label_column(_("Kind"), [_(KINDS[k]) for k in KINDS], list(KIND_COLOURS.values()), 88),
            "what": text_column(_("Asked for"), 176),
            "short": text_column(_("When"), 124),
            "by": text_column(_("Who decides"), 96),
            "note": text_column(_("Note"), 104),
        }  # fmt: skip
        table(shown, columns, key="my_requests", rows_seen=8, on_open=partial(_open, keys))
        st.caption(
            _(
                "What still waits stands on top. Click a row to see its check beside it, change it or take it back."
            )
        )
    with right:
        asked_for = asked_key()
        show_request(scope, asked_for if asked_for in keys else keys[0])


def _open(keys: tuple[str, ...], position: int) -> None:
    st.query_params[OPEN] = keys[position]


def _balances(scope: Scope) -> None:
    """What each account holds today, and line by line how it came to that."""
    if scope.agent_id is None:
        return
    with open_session() as session:
        held = leave_balances.list_balances(session, scope, scope.agent_id, rulebook(), today())
        entries = leave_balances.list_entries(session, scope, scope.agent_id)
        left = {t: leave_balances.available(session, scope.agent_id, t, today()) for t in held}
    if not held:
        return
    section(
        _("Your balances"),
        _(
            "As of {day}. Every line that made them stands below, the oldest first, and is never changed.",
            day=fmt_date(today()),
        ),
    )
    for column, (type_, days) in zip(st.columns(max(4, len(held))), held.items(), strict=False):
        with column, st.container(border=True, gap="xsmall"):
            st.metric(name("leave_type", type_), _("{n} d", n=short_days(days)))
            of_type = [entry for entry in entries if entry.type == type_]
            said = [_("from {n} entries", n=fmt_count(len(of_type)))]
            if hours_of(type_, days) != NOTHING:
                said.insert(0, hours_of(type_, days))
            if left[type_] != days:
                said.append(_("{n} d left after leave approved for later", n=short_days(left[type_])))
            st.caption(plain(" · ".join(said)))
    if entries:
        show_ledger(entries, "my_account", is_wide=True)
    else:
        st.caption(
            plain(_("Nothing has been entered yet: time off from overtime appears here once it was worked."))
        )
