"""The complaints an agent was asked first about: what is still owed on each, by when, and why (D1.5)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.case_clocks import title_of
from dashboard.complaint_lists import clock_state
from dashboard.components import empty, explanation, section
from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_time_left, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, rulebook, today
from dashboard.tables import hint, state_column, state_label, table, text_column
from db import case_lists, complaints
from db.models import Complaint, ComplaintClock
from regulations.access import Scope

MOST_LISTED = 200
_STATES = ("breached", "due_soon", "on_track", "on_hold", "off")


def show(scope: Scope) -> None:
    """The viewer's open complaints, the one that turns late first on top; a click tells the reasoning."""
    section(
        _("Complaints you answer for"),
        _("Whoever was asked first stays responsible to the end."),
    )
    at = now()
    with open_session() as session:
        found, total = case_lists.list_cases(
            session, scope, case_lists.CaseQuery("open", today(), today()), at, MOST_LISTED
        )
    if not found:
        empty(_("You have no open complaint"), _("What you register appears here with its deadlines."))
        return
    rows = []
    for case in found:
        clock = _next_clock(case)
        rows.append(
            {
                "state": state_label("clock_state", clock_state(clock, at) if clock else "off"),
                "left": fmt_time_left(clock.due_at, at) if clock else NOTHING,
                "due": fmt_instant(clock.due_at) if clock else NOTHING,
                "owed": title_of(clock) if clock else name("complaint_status", case.status),
                "summary": case.summary,
                "customer": case.customer_name or NOTHING,
                "department": case.department or NOTHING,
                "number": case.number,
            }
        )
    opened = table(
        pd.DataFrame(rows),
        {
            "state": state_column(_("State"), "clock_state", _STATES, 95),
            "left": text_column(_("Time left"), 140),
            "due": text_column(_("Due"), 122),
            "owed": text_column(_("What is owed"), 176),
            "summary": text_column(_("Matter"), 177),
            "customer": text_column(_("Customer"), 75),
            "department": text_column(_("Responsible department"), 166),
            "number": text_column(_("Number"), 130),
        },
        key="my_complaints",
        rows_seen=8,
    )
    hint()
    if total > len(found):
        st.caption(
            _("The first {n} of {total} rows are shown.", n=fmt_count(len(found)), total=fmt_count(total))
        )
    if opened is not None:
        _show_case(found[opened])


def _next_clock(case: Complaint) -> ComplaintClock | None:
    """The running clock that is due first."""
    running = [clock for clock in case.clocks if clock.met_at is None and clock.state != "on_hold"]
    return min(running, key=lambda clock: clock.due_at, default=None)


@st.dialog(" ", width="large")
def _show_case(case: Complaint) -> None:
    st.markdown(f"**{plain(case.number)}** · {plain(case.summary)}")
    at = now()
    with open_session() as session:
        whole = session.get_one(Complaint, case.id)
        told = complaints.explained_clocks(session, whole, rulebook(), at)
    for clock in told:
        if clock.due_at is not None and clock.met_at is None:
            due = _("due {at}", at=fmt_instant(clock.due_at))
            left = fmt_time_left(clock.due_at, at)
            explanation(clock.steps, f"{name('clock', clock.clock)} · {due} · {left}")
