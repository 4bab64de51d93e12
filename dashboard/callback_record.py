"""Recording an attempt with one click, deciding what cannot be reached, giving a callback to somebody else."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import attempt as perform
from dashboard.decisions import typed
from dashboard.formats import fmt_instant, plain, site_zone
from dashboard.i18n import _, name, sentences
from dashboard.reads import now, open_session, rulebook
from db import callbacks
from db.models import Callback
from db.refusals import Refused
from regulations.access import Scope
from regulations.callbacks import NextAttempt
from regulations.names import NAMES

PANEL = "callback"
_UNREACHED = ("no_answer", "busy", "wrong_number", "refused")
_ICONS = {
    "satisfied": "sentiment_satisfied",
    "neutral": "sentiment_neutral",
    "dissatisfied": "sentiment_dissatisfied",
    "no_answer": "phone_missed",
    "busy": "phone_locked",
    "wrong_number": "wrong_location",
    "refused": "phone_disabled",
}


def show_outcomes(callback: Callback, later: NextAttempt) -> None:
    """One button for each way a call can end, recorded as made now by whoever is to call."""
    st.markdown(f"**{plain(_('I have just called: how did it end?'))}**")
    with st.container(horizontal=True, gap="small"):
        for mood in NAMES["satisfaction"]:
            _button(
                callback,
                _("Completed · {mood}", mood=name("satisfaction", mood).lower()),
                "connected",
                True,
                mood,
            )
        _button(callback, _("Reached, not finished"), "connected", False, None)
    with st.container(horizontal=True, gap="small"):
        for outcome in _UNREACHED:
            _button(callback, name("attempt_outcome", outcome), outcome, False, None)
    with open_session() as session:
        kept = session.merge(callback, load=False)
        found = callbacks.reopening_of(session, kept, "dissatisfied", now(), rulebook(), now())
    if found is not None and found.at is not None and callback.complaint is not None:
        st.caption(
            plain(
                _(
                    "If the customer is dissatisfied, case {number} is reopened.",
                    number=callback.complaint.number,
                )
            )
        )
    with st.expander(_("At another time, by somebody else, or with a note"), icon=":material/edit_note:"):
        _form(callback)


def _button(
    callback: Callback, label: str, outcome: str, is_complete: bool, satisfaction: str | None
) -> None:
    code = satisfaction or outcome
    st.button(
        label,
        key=f"outcome_{code if outcome != 'connected' or is_complete else 'unfinished'}",
        icon=f":material/{_ICONS.get(code, 'call')}:",
        type="primary" if is_complete and satisfaction == "satisfied" else "secondary",
        on_click=_record,
        args=(callback.number, outcome, is_complete, satisfaction),
    )


def _form(callback: Callback) -> None:
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
        who, how, what = st.columns([2, 2, 4], vertical_alignment="bottom")
        people = _people(callback)
        who.selectbox(_("Caller"), list(people), format_func=lambda n: people[n], key="attempt_caller")
        channels = rulebook().items("callback.channels", callback.kind) or ("phone",)
        how.selectbox(
            _("By"), channels, format_func=lambda c: name("complaint_channel", c), key="attempt_channel"
        )
        what.text_input(_("Note"), key="attempt_note", max_chars=500)
        st.form_submit_button(
            _("Record the attempt"),
            type="primary",
            icon=":material/add_call:",
            on_click=_record_form,
            args=(callback.number,),
        )


def _people(callback: Callback) -> dict[str, str]:
    """Who may have called: the one who was to first, then his team, by number."""
    with open_session() as session:
        team = callbacks.list_callers(session, callback.team_id, callback.kind, rulebook())
    return {
        callback.agent.number: callback.agent.name,
        **{one.number: one.name for one in sorted(team, key=lambda a: a.number)},
    }


def _record_form(number: str) -> None:
    state = st.session_state
    local = state["attempt_at"]
    _record(
        number,
        state["attempt_outcome"],
        state["attempt_complete"],
        state["attempt_satisfaction"],
        at=None if local is None else local.replace(tzinfo=site_zone()),
        is_timed=True,
        caller=state["attempt_caller"],
        channel=state["attempt_channel"],
        note=typed("attempt_note"),
    )


def _record(
    number: str,
    outcome: str,
    is_complete: bool,
    satisfaction: str | None,
    at: datetime | None = None,
    is_timed: bool = False,
    caller: str | None = None,
    channel: str = "phone",
    note: str = "",
) -> None:
    told: list[str] = []

    def write(session: Session, scope: Scope) -> None:
        if is_timed and at is None:
            raise Refused("请填写拨打时间。", "say when the call was made")
        owed = callbacks.get_callback(session, scope, number)
        people = callbacks.list_callers(session, owed.team_id, owed.kind, rulebook())
        made_at = at or now().replace(microsecond=0)
        before = _reopenings(owed)
        callbacks.record_attempt(
            session,
            scope,
            owed,
            at=max(made_at, owed.arisen_at) if at is None else made_at,
            outcome=outcome,
            book=rulebook(),
            now=now(),
            is_complete=is_complete,
            satisfaction=satisfaction,
            note=note,
            channel=channel,
            caller=next((one for one in people if one.number == caller), None),
        )
        told.append(_what_became(session, owed, _reopenings(owed) > before))

    # What is said is known only when the write is done, so it is put in place afterwards.
    if perform(PANEL, "", write):
        st.session_state[f"flash:{PANEL}"] = ("done", told[0])


def _reopenings(owed: Callback) -> int:
    return sum(e.kind == "reopened" for e in owed.complaint.events) if owed.complaint is not None else 0


def _what_became(session: Session, owed: Callback, is_reopened: bool) -> str:
    """What follows from what was just recorded."""
    said = [_("The attempt is recorded.")]
    if is_reopened and owed.complaint is not None:
        said.append(
            _(
                "The customer is dissatisfied: case {number} is reopened and its clocks start again.",
                number=owed.complaint.number,
            )
        )
    later = callbacks.next_attempt_of(session, owed, rulebook(), now())
    if owed.settled_at is not None:
        said.append(_("It has ended without being completed and stays owed."))
    elif later.at is not None:
        said.append(_("Next try: {at}.", at=fmt_instant(later.at)))
    elif owed.completed_at is None:
        said.append(_("A supervisor decides what to do next."))
    return sentences(*said)


def show_decisions(callback: Callback, later: NextAttempt) -> None:
    """Try again, under a new number if there is one, or end it."""
    waits = later.reason in ("number", "decide")
    with st.expander(_("Decide about it"), icon=":material/gavel:", expanded=waits):
        st.text_input(
            _("New number"), key="decide_phone", max_chars=40, placeholder=callback.customer_phone or None
        )
        st.selectbox(
            _("Reason to end it"),
            list(NAMES["settled_reason"]),
            index=1,
            format_func=lambda r: name("settled_reason", r),
            key="decide_reason",
        )
        st.text_input(_("What was found out"), key="decide_note", max_chars=500)
        with st.container(horizontal=True):
            for action, label, icon in (
                ("retry", _("Call again"), "redo"),
                ("give_up", _("Call no more"), "phone_disabled"),
            ):
                st.button(
                    label,
                    key=f"decide_{action}",
                    icon=f":material/{icon}:",
                    on_click=_decide,
                    args=(callback.number, callback.row_version, action),
                    disabled=action == "give_up" and callback.settled_at is not None,
                )
        st.caption(
            _("One that is ended stays owed and counts as not completed; the reason is shown beside it.")
        )


def _decide(number: str, version: int, action: str) -> None:
    def write(session: Session, scope: Scope) -> None:
        callbacks.decide_unreachable(
            session,
            scope,
            callbacks.get_callback(session, scope, number),
            action=action,
            note=typed("decide_note"),
            phone=typed("decide_phone"),
            reason=st.session_state["decide_reason"],
            expected_version=version,
            book=rulebook(),
            now=now(),
        )

    perform(PANEL, _("The decision is recorded."), write)


def show_reassigning(callback: Callback) -> None:
    """Give it to somebody else who may make it."""
    with open_session() as session:
        able = callbacks.list_callers(
            session, callback.team_id, callback.kind, rulebook(), callback.handler_id, (callback.agent_id,)
        )
    with st.expander(_("Give it to somebody else"), icon=":material/swap_horiz:"):
        if not able:
            st.caption(_("Nobody else of this team may make it."))
            return
        names = {one.number: one.name for one in able}
        st.selectbox(_("New caller"), list(names), format_func=lambda n: names[n], key="reassign_to")
        st.button(
            _("Reassign"),
            key="reassign",
            icon=":material/swap_horiz:",
            on_click=_reassign,
            args=(callback.number, callback.row_version, callback.team_id, callback.kind),
        )


def _reassign(number: str, version: int, team_id: int, kind: str) -> None:
    wanted = st.session_state["reassign_to"]

    def write(session: Session, scope: Scope) -> None:
        people = callbacks.list_callers(session, team_id, kind, rulebook())
        agent = next((one for one in people if one.number == wanted), None)
        if agent is None:
            raise Refused(
                "此人已不在可选之列，请另选一人。", "he can no longer be chosen: choose somebody else"
            )
        callbacks.reassign(
            session, scope, callbacks.get_callback(session, scope, number), agent, note="",
            expected_version=version, book=rulebook(), now=now(),
        )  # fmt: skip

    perform(PANEL, _("It is given to the new caller."), write)
