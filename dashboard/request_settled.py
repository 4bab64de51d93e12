"""Requests that were decided, withdrawn or amended in the period, with what each was decided on beside the list."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.components import empty
from dashboard.exports.lists import Sheet, download
from dashboard.filters import Filters
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _
from dashboard.request_kinds import KIND_COLOURS, KINDS, STATE_COLOURS, STATES, has_state, state_name
from dashboard.request_lists import only, settled_rows
from dashboard.request_panel import show_request
from dashboard.request_table import OPEN, asked_key
from dashboard.tables import label_column, table, text_column
from regulations.access import Scope


def show_settled(scope: Scope, chosen: Filters, kind: str, outcome: str) -> None:
    """The history, the request that is opened beside it, and the list as a spreadsheet."""
    span = _("{first} to {last}", first=chosen.from_on.isoformat(), last=chosen.to_on.isoformat())
    rows = only(settled_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id), kind=kind, state=outcome)
    if rows.empty:
        empty(_("Nothing was settled"), _("Choose a longer period, another kind or another team."), "inbox")
        asked = asked_key()
        if asked:
            show_request(scope, asked)
        return
    names = dict.fromkeys(state_name(k, s) for k in KINDS for s in STATES if has_state(k, s))
    shown = rows.assign(
        kind_label=pd.Series([[_(KINDS[kind])] for kind in rows["kind"]], dtype=object),
        state_label=pd.Series([[said] for said in rows["state_name"]], dtype=object),
    )
    left, right = st.columns([5, 3], gap="small")
    with left:
        head, action = st.columns([4, 1.5], vertical_alignment="center")
        head.caption(plain(_("{n} requests settled, {span}; the latest first. Click a row to see what it was decided on.", n=fmt_count(len(rows)), span=span)))  # fmt: skip
        with action, st.container(horizontal=True, horizontal_alignment="right"):
            download(scope, _sheet(chosen, rows, span), "settled", "requests")
        columns = {
            "kind_label": label_column(_("Kind"), [_(KINDS[k]) for k in KINDS], list(KIND_COLOURS.values()), 94),
            "state_label": label_column(_("Outcome"), list(names), [_colour_of(said) for said in names], 100),
            "person": text_column(_("Person"), 64),
            "what": text_column(_("Asked for"), 156),
            "short": text_column(_("When"), 120),
            "at": text_column(_("Decided at"), 128),
            "by": text_column(_("Decided by"), 75),
            "level": text_column(_("Level"), 85),
            "note": text_column(_("Note"), 130),
            "took": text_column(_("Took"), 80),
        }  # fmt: skip
        keys = tuple(rows["key"])
        table(
            shown,
            columns,
            key=f"requests_settled_{kind}_{outcome}",
            rows_seen=14,
            on_open=partial(_open, keys),
        )
    with right:
        show_request(scope, asked_key() or keys[0])


def _colour_of(said: str) -> str:
    codes = [s for k in KINDS for s in STATES if has_state(k, s) and state_name(k, s) == said]
    return STATE_COLOURS[codes[0]]


def _sheet(chosen: Filters, rows: pd.DataFrame, span: str) -> Sheet:
    said = ((_("Period"), span), (_("Team"), chosen.team_name or _("All teams")))
    columns = {
        "at": _("Decided at"), "kind": _("Kind"), "state_name": _("Outcome"), "person": _("Person"), "team": _("Team"),
        "public": _("Asked for"), "when": _("When"), "by": _("Decided by"), "level": _("Level"),
        "asked_by": _("Asked by"), "asked_at": _("Asked at"), "took": _("Took"), "clauses": _("Clauses"),
    }  # fmt: skip
    cells = tuple(
        tuple(_(KINDS[str(row[c])]) if c == "kind" else row[c] for c in columns)
        for row in rows.to_dict("records")
    )
    return Sheet(_("Settled requests"), said, tuple(columns.values()), cells)


def _open(keys: tuple[str, ...], position: int) -> None:
    st.query_params[OPEN] = keys[position]
