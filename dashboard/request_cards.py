"""The figures above the requests, each with the way to a list as long as it says."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.components import count_card
from dashboard.formats import fmt_count, fmt_duration
from dashboard.i18n import _
from dashboard.request_table import OPEN


def show_cards(waiting: pd.DataFrame, due: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    """Five figures, each with its list: what waits, what is too late, and what is owed after a decision."""
    payback, slips, unapproved = due
    columns = st.columns(5)
    with columns[0]:
        count_card(
            _("Waits for you"),
            int(waiting["is_mine"].astype(bool).sum()),
            _("of {n} that wait in all", n=fmt_count(len(waiting))),
            on_open=partial(_show, "mine"),
            is_alarm=True,
        )
    with columns[1]:
        late, soon = (int((waiting["urgency"] == code).sum()) for code in ("late", "soon"))
        count_card(
            _("Past due, undecided"),
            late,
            _("{n} more begin within 24 hours", n=fmt_count(soon)),
            on_open=partial(_show, "waiting", "late"),
            is_alarm=bool(late or soon),
        )
    with columns[2]:
        overdue = int(payback["is_late"].astype(bool).sum())
        count_card(
            _("Swaps to be paid back"),
            len(payback),
            _("{n} of them past the day that was agreed", n=fmt_count(overdue)),
            on_open=partial(_show, "payback"),
            is_alarm=bool(overdue),
        )
    with columns[3]:
        overdue = int(slips["is_late"].astype(bool).sum())
        count_card(
            _("Slips and reports due"),
            len(slips),
            _("{n} of them overdue", n=fmt_count(overdue)),
            on_open=partial(_show, "slips"),
            is_alarm=bool(overdue),
        )
    with columns[4]:
        hours = fmt_duration(60 * int(unapproved["minutes"].sum())) if len(unapproved) else fmt_duration(0)
        count_card(
            _("Unapproved overtime days"),
            len(unapproved),
            _(
                "{hours} of {n} people in the period",
                hours=hours,
                n=fmt_count(unapproved["agent_id"].nunique()),
            ),
            on_open=partial(_show, "unapproved"),
        )


def _show(state: str, needed: str = "") -> None:
    """A card leads to a list as long as it says: nothing else narrows it."""
    st.query_params["state"] = state
    for param, value in (("needed", needed), ("kind", ""), (OPEN, "")):
        if value:
            st.query_params[param] = value
        else:
            st.query_params.pop(param, None)
