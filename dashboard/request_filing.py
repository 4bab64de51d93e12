"""Asking for leave, a swap, a corrected clock reading or overtime: for oneself, or by those in charge for somebody.

The fields stand outside a Streamlit form, so that the rule check shows while they are filled in.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import request_ask_correction, request_ask_leave, request_ask_overtime, request_ask_swap
from dashboard.decisions import attempt, show_flash
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session
from dashboard.request_check import Check, needs_reason, show_check, title_of
from dashboard.request_fields import Draft, clear
from dashboard.request_kinds import KINDS
from db import people
from db.models import Agent
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

PANEL = "request_filing"
KIND, PERSON = "filing_kind", "filing_person"
ASK = "ask"  # in the address: which kind is asked for
WHOM = "whom"  # in the address: for whom, by staff number

_FIELDS: dict[str, Callable[[Scope, Agent], Draft]] = {
    "leave": request_ask_leave.fields,
    "swap": request_ask_swap.fields,
    "correction": request_ask_correction.fields,
    "overtime": request_ask_overtime.fields,
}


def show_filing(scope: Scope) -> None:
    """The form with its check beside it. What was typed stays when it is refused."""
    show_flash(PANEL)
    person = _person(scope)
    if person is None:
        return
    asked = st.query_params.get(ASK)
    if st.session_state.get(KIND) not in KINDS:
        st.session_state[KIND] = asked if asked in KINDS else next(iter(KINDS))
    kind = st.segmented_control(
        _("What is asked for"), list(KINDS), format_func=lambda code: _(KINDS[code]), key=KIND, required=True
    )
    left, right = st.columns([7, 5], gap="medium")
    with left:
        draft = _FIELDS[kind or "leave"](scope, person)
    with right:
        check = _checked(scope, draft)
    with left:
        missing = draft.missing
        st.button(
            _("Send the request"),
            key="filing_send",
            type="primary",
            icon=":material/send:",
            disabled=check is None or bool(missing) or not draft.can_send(check),
            on_click=_send,
            args=(draft,),
        )
        if missing:
            st.caption(plain(_("Still needed: {fields}.", fields=missing)))
        elif check is not None and not draft.can_send(check):
            st.caption(plain(_("The rules allow no such request: change what stands in red, then send it.")))
        elif check is not None and needs_reason(check) and check.required_role:
            said = _("It goes to {title} as an exception: say above why one is needed.", title=title_of(check.required_role))  # fmt: skip
            st.caption(f":material/info: {plain(said)}")


def _person(scope: Scope) -> Agent | None:
    """Whom it is for: an agent asks for himself; those in charge choose one of theirs."""
    with open_session() as session:
        agents = {agent.number: agent for agent in people.list_agents(session, scope)}
    if not agents:
        st.caption(
            plain(_("There is nobody you can ask for: your account is tied to no team or staff number."))
        )
        return None
    if scope.role == "agent":
        return next(iter(agents.values()))
    if st.session_state.get(PERSON) not in agents:
        whom = st.query_params.get(WHOM)
        st.session_state[PERSON] = whom if whom in agents else None
    number = st.selectbox(
        _("For whom"),
        list(agents),
        format_func=lambda n: f"{agents[n].name} ({n}) · {agents[n].team.name}" if n in agents else n,
        key=PERSON,
        index=None,
        placeholder=_("Choose a person"),
        width=320,
    )
    return agents.get(number or "")


def _checked(scope: Scope, draft: Draft) -> Check | None:
    """The check of what stands in the fields so far; None where there is nothing to check yet."""
    with st.container(border=True, gap="small", key="filing_check"):
        st.markdown(f"**{plain(_('Rule check'))}**")
        if draft.check is None:
            st.caption(
                plain(_("Fill in what is asked: what the rules say is shown here before you send it."))
            )
            return None
        try:
            with open_session() as session:
                check = draft.check(session, scope, now())
        except Refused as refused:
            st.warning(plain(refused.text(lang())), icon=":material/error:")
            return None
        except (AccessRefused, LookupError):
            st.warning(plain(_("You may not ask for this person.")), icon=":material/lock:")
            return None
        show_check(check)
        return check


def _send(draft: Draft) -> None:
    """Runs before the page is made again: all or nothing, and what was typed stays when it is refused."""

    def write(session: Session, scope: Scope) -> None:
        assert draft.send is not None
        draft.send(session, scope, now())

    if attempt(PANEL, _("The request is on its way. It stands in the list below with its state."), write):
        clear(draft.kind)
