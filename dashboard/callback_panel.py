"""One callback: why it is due then, what was tried, and recording the next try."""

from __future__ import annotations

import streamlit as st

from dashboard import callback_lists, navigation
from dashboard.auth import require
from dashboard.components import explanation, refusal
from dashboard.formats import NOTHING, fmt_instant, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, now, open_session, rulebook
from dashboard.tables import state_label
from db import callbacks
from db.models import Callback
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES

_FLASH = "callback_flash"


def show_callback(scope: Scope, number: str) -> None:
    """The callback that was clicked: why it is due then, what was tried, and the next try."""
    try:
        with open_session() as session:
            callback = callbacks.get_callback(session, scope, number)
    except LookupError:
        refusal(
            _("There is no such callback"),
            _("No callback in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        return
    at = now()
    with st.container(border=True):
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
        if callback.complaint is not None and navigation.may_open(scope, "case"):
            navigation.link(
                "case",
                _("Case {number}", number=callback.complaint.number),
                ":material/description:",
                case=callback.complaint.number,
            )
        left, right = st.columns(2, gap="large")
        with left:
            explanation(callback.steps, _("Why it is due then"))
        with right:
            _attempts(callback)
        _flash()
        if scope.may("callbacks.act") and callback.completed_at is None:
            _form(callback)


def _attempts(callback: Callback) -> None:
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


def _form(callback: Callback) -> None:
    st.space("small")
    with st.form("attempt", border=False):
        first, second, third, fourth = st.columns([2, 2, 2, 2], vertical_alignment="bottom")
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        first.datetime_input(_("When"), value=local_now, max_value=local_now, key="attempt_at")
        second.selectbox(
            _("Outcome"),
            list(NAMES["attempt_outcome"]),
            format_func=lambda o: name("attempt_outcome", o),
            key="attempt_outcome",
        )
        third.selectbox(
            _("Satisfaction"),
            [None, *NAMES["satisfaction"]],
            format_func=lambda s: _("not asked") if s is None else name("satisfaction", s),
            key="attempt_satisfaction",
        )
        fourth.checkbox(_("The content was covered"), key="attempt_complete")
        st.text_input(_("Note"), key="attempt_note", max_chars=500)
        st.form_submit_button(
            _("Record the attempt"),
            type="primary",
            icon=":material/add_call:",
            on_click=_record,
            args=(callback.number,),
        )


def _record(number: str) -> None:
    scope = require("callbacks.act")
    local = st.session_state["attempt_at"]
    if local is None:
        st.session_state[_FLASH] = ("warning", _("Choose what happened and when."))
        return
    try:
        with open_session() as session:
            callbacks.record_attempt(
                session,
                scope,
                callbacks.get_callback(session, scope, number),
                at=local.replace(tzinfo=site_zone()),
                outcome=st.session_state["attempt_outcome"],
                book=rulebook(),
                now=now(),
                is_complete=st.session_state["attempt_complete"],
                satisfaction=st.session_state["attempt_satisfaction"],
                note=st.session_state["attempt_note"].strip(),
            )
    except Refused as refused:
        st.session_state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("warning", _("You may not record attempts on this callback."))
    else:
        st.session_state[_FLASH] = ("done", _("The attempt is recorded."))
    forget()


def _flash() -> None:
    kind, text = st.session_state.pop(_FLASH, (None, ""))
    if kind == "warning":
        st.warning(plain(text), icon=":material/error:")
    elif kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
