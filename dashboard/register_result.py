"""What was just registered: the number to read out, and the deadlines that now run."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.case_clocks import title_of
from dashboard.formats import fmt_instant, fmt_time_left, plain
from dashboard.i18n import _
from dashboard.reads import now, open_session
from dashboard.register_form import REGISTERED
from db import complaints
from db.models import Complaint
from regulations.access import Scope


def show_registered(scope: Scope) -> None:
    """The number given last, large, with each deadline and its clause, and the way to the case."""
    number = st.session_state.get(REGISTERED)
    if number is None:
        return
    try:
        with open_session() as session:
            case = complaints.get_complaint(session, scope, number)
    except LookupError:
        return
    with st.container(border=True):
        left, right = st.columns([2, 3], gap="large")
        with left:
            st.metric(_("Registered under the number"), case.number)
            st.caption(plain(_("{person} was asked first and stays responsible.", person=case.agent.name)))
            if navigation.may_open(scope, "case"):
                navigation.link("case", _("Open the case"), ":material/arrow_forward:", case=case.number)
            st.button(_("Hide this"), type="tertiary", on_click=_hide, key="hide_registered")
        with right:
            _deadlines(case)


def _deadlines(case: Complaint) -> None:
    at = now()
    running = sorted((c for c in case.clocks if c.met_at is None), key=lambda c: c.due_at)
    if not running:
        st.caption(plain(_("The rulebook sets no deadline for it.")))
        return
    st.markdown(f"**{plain(_('Deadlines that run now'))}**")
    lines = []
    for clock in running:
        clause = f" :blue-badge[{plain(clock.clauses[0])}]" if clock.clauses else ""
        due = f"{fmt_instant(clock.due_at)} · {fmt_time_left(clock.due_at, at)}"
        lines.append(f"- {plain(title_of(clock))} — {plain(due)}{clause}")
    st.markdown("\n".join(lines))


def _hide() -> None:
    st.session_state.pop(REGISTERED, None)
