"""One callback: why it is due then, what was tried, when to try again, and recording the next try."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import callback_lists, navigation
from dashboard.callback_record import show_decisions, show_outcomes, show_reassigning
from dashboard.components import explanation, refusal
from dashboard.decisions import show_flash
from dashboard.formats import NOTHING, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, rulebook
from dashboard.tables import state_label
from db import callbacks
from db.models import Callback
from regulations.access import Scope
from regulations.callbacks import NextAttempt, Obligation


def show_callback(scope: Scope, number: str) -> None:
    """The callback that was clicked: why it is due then, what was tried, and the next try."""
    at = now()
    try:
        with open_session() as session:
            callback = callbacks.get_callback(session, scope, number)
            later = callbacks.next_attempt_of(session, callback, rulebook(), at)
            owed = callbacks.obligation_of(session, callback, rulebook(), at)
    except LookupError:
        refusal(
            _("There is no such callback"),
            _("No callback in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        return
    with st.container(border=True):
        head, action = st.columns([6, 1], vertical_alignment="center")
        with head:
            _head(callback, at)
        action.button(_("Close"), icon=":material/close:", on_click=close_callback, key="callback_close")
        if callback.complaint is not None and navigation.may_open(scope, "case"):
            navigation.link(
                "case",
                _("Case {number}", number=callback.complaint.number),
                ":material/description:",
                case=callback.complaint.number,
            )
        show_flash("callback")
        is_open = callback.completed_at is None
        if scope.may("callbacks.act") and is_open:
            show_outcomes(callback, later)
        _next(callback, later)
        left, right = st.columns(2, gap="large")
        with left:
            explanation(owed.steps, _("Why it is due then"))
        with right:
            _attempts(callback, owed)
        if scope.may("callbacks.act") and is_open:
            first, second = st.columns(2, gap="large")
            with first:
                show_decisions(callback, later)
            with second:
                show_reassigning(callback)


def close_callback() -> None:
    """Take the callback off the page."""
    if "callback" in st.query_params:
        del st.query_params["callback"]


def _head(callback: Callback, at: datetime) -> None:
    state = callback_lists.shown_state(callback, at)
    st.markdown(
        f"#### {plain(callback.number)} · {plain(name('callback_kind', callback.kind))} · "
        f"{plain(state_label('callback_state', state)[0])}"
    )
    st.caption(
        plain(
            _(
                "{customer} {phone} · caller {person} · due {at}",
                customer=callback.customer_name or NOTHING,
                phone=callback.customer_phone,
                person=callback.agent.name,
                at=fmt_instant(callback.due_at),
            )
        )
    )
    if callback.subject:
        st.markdown(plain(callback.subject))


def _next(callback: Callback, later: NextAttempt) -> None:
    """When to try again, and why then; what ended it."""
    if callback.completed_at is not None:
        return
    if later.at is not None:
        said = _(
            "Next try: {at} ({reason})", at=fmt_instant(later.at), reason=name("next_attempt", later.reason)
        )
    else:
        said = _("Next try: none ({reason})", reason=name("next_attempt", later.reason))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/schedule: {plain(said)}", width="content")
        with st.popover(_("Why then"), type="tertiary", icon=":material/rule:"):
            explanation(later.steps)
    if callback.decided_by:
        st.caption(
            plain(
                _("Decided by {who}: {note}", who=callback.decided_by, note=callback.decision_note or NOTHING)
            )
        )


def _attempts(callback: Callback, owed: Obligation) -> None:
    st.markdown(f"**{plain(_('What was tried'))}**")
    if not callback.attempts:
        st.caption(plain(_("Nobody has called yet.")))
    for attempt in callback.attempts:
        parts = [fmt_instant(attempt.at), attempt.agent.name, name("attempt_outcome", attempt.outcome)]
        if attempt.satisfaction:
            parts.append(name("satisfaction", attempt.satisfaction))
        if attempt.note:
            parts.append(attempt.note)
        st.markdown(f"- {plain(' · '.join(parts))}")
    if callback.completed_at is not None and owed.flags:
        st.caption(plain(_("The remarks stand among the reasons; a remark undoes nothing.")))
