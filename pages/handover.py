"""Handover: what one shift leaves to the next, what is wrong with it now, and who signs; an agent sees his own."""

from __future__ import annotations

from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import handover_panel
from dashboard.auth import require
from dashboard.components import count_card, empty, page_header
from dashboard.decisions import show_flash
from dashboard.filters import EARLIEST, parse_day, show_view, team_filter, view_filter
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.handover_actions import PANEL
from dashboard.handover_lists import OWN_VIEWS, VIEWS, carried_rows, day_rows, label_colours, mask, viewed
from dashboard.handover_rules import show_rules
from dashboard.i18n import _
from dashboard.reads import now, today
from dashboard.tables import label_column, table, text_column
from regulations.access import Scope

_DAY = "handover_day"


def _day_filter() -> date:
    """The day whose handovers are shown, kept in the address; today unless the address says otherwise."""
    on = today()
    asked = parse_day(st.query_params.get("day"))
    chosen = asked if asked is not None and asked <= on else on
    st.session_state[_DAY] = chosen
    st.date_input(
        _("Day"),
        key=_DAY,
        min_value=EARLIEST,
        max_value=on,
        format="YYYY-MM-DD",
        width=180,
        on_change=_day_changed,
    )
    return chosen


def _day_changed() -> None:
    chosen = st.session_state[_DAY]
    if chosen is None or chosen == today():
        st.query_params.pop("day", None)
    else:
        st.query_params["day"] = chosen.isoformat()
    st.query_params.pop(handover_panel.OPEN, None)


def _cards(rows: pd.DataFrame) -> None:
    """How many of the day's handovers want something, each number with its list."""
    total = fmt_count(len(rows))
    counts = {view: int(mask(rows, view).sum()) for view in VIEWS if view != "carried"}
    signed = int(rows["is_signed"].astype(bool).sum())
    said = {
        "relief": _("the relief has not come; of {n}", n=total),
        "wrong": _("of {n} owed that day", n=total),
        "running": _("of {n} owed that day", n=total),
        "review": _("of {n}, {m} of them signed", n=total, m=fmt_count(signed)),
        "remarks": _("late, not there early, left too soon; of {n}", n=total),
    }
    for column, view in zip(st.columns(len(said)), said, strict=True):
        with column:
            count_card(
                _(VIEWS[view]),
                counts[view],
                said[view],
                on_open=partial(_show, view),
                is_alarm=view in ("relief", "wrong"),
            )


def _show(view: str) -> None:
    show_view("show", view)
    st.query_params.pop(handover_panel.OPEN, None)


def _list(scope: Scope, rows: pd.DataFrame, view: str) -> None:
    wanted = handover_panel.asked()
    if rows.empty and wanted is None:
        empty(_("No handover in this list"), _empty_sentence(scope, view), "task_alt")
        return
    left, right = st.columns([8, 5], gap="medium")
    with left:
        if rows.empty:
            empty(_("No handover in this list"), _empty_sentence(scope, view), "task_alt")
        else:
            _table(rows, view)
    with right:
        handover_panel.show(scope, int(rows.iloc[0]["id"]) if wanted is None else wanted)


def _empty_sentence(scope: Scope, view: str) -> str:
    if view == "carried":
        return _("Everything of the last two weeks is settled.")
    if view != "day":
        return _("None of the day's handovers is in this state.")
    if scope.role == "agent":
        return _(
            "You owe no handover on this day: one appears when your shift has begun and somebody follows you."
        )
    return _("None is owed: no shift of this day is followed by another person's at the same post.")


def _table(rows: pd.DataFrame, view: str) -> None:
    states, flags = label_colours(rows)
    columns = {
        "state": label_column(_("State"), list(states), list(states.values()), 140),
        "due": text_column(_("Due"), 88),
        "from_to": text_column(_("From → to"), 118),
        "flags": label_column(_("What is wrong"), list(flags), list(flags.values()), 172),
        "team": text_column(_("Team"), 112),
        "post": text_column(_("Post"), 70),
    }
    if rows["team"].nunique() > 1 or rows["post"].nunique() < 2:
        del columns["post"]
    if rows["team"].nunique() < 2:
        del columns["team"]
        columns["flags"] = label_column(_("What is wrong"), list(flags), list(flags.values()), 225)

    def opened(position: int) -> None:
        handover_panel.open_handover(int(rows.iloc[position]["id"]))

    table(rows, columns, key=f"handovers_{view}", rows_seen=14, on_open=opened)
    st.caption(
        plain(_("{n} handovers, what hurts most first. Click a row to open it here.", n=fmt_count(len(rows))))
    )


def _carried(rows: pd.DataFrame) -> None:
    """What is left from the days before: counted, and one click away."""
    if rows.empty:
        return
    st.button(
        _("{n} handovers of the last two weeks are not settled", n=fmt_count(len(rows))),
        icon=":material/history:",
        type="tertiary",
        on_click=_show,
        args=("carried",),
        key="handover_carried",
    )


def _page() -> None:
    scope = require("handovers.view")
    page_header(_("Handover"), _sentence(scope))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        on = _day_filter()
        team_id = team_filter(scope)
    rows, carried = day_rows(scope, on, team_id), carried_rows(scope, team_id)
    if scope.role != "agent":
        _cards(rows)
    _carried(carried)
    show_flash(PANEL)
    view = view_filter("show", OWN_VIEWS if scope.role == "agent" else VIEWS, "handover_show")
    _list(scope, carried if view == "carried" else viewed(rows, view), view)
    show_rules()


def _sentence(scope: Scope) -> str:
    at = fmt_instant(now())
    if scope.role == "agent":
        return _(
            "What you hand over and what you take over: write it, sign it, or say why not. As of {at}.", at=at
        )
    return _("What each shift leaves to the next: missing, unrelieved, refused, to be reviewed today. As of {at}.", at=at)  # fmt: skip


_page()
