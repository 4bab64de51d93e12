"""Taking a repair call: who, where, what, and at once to the engineer."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.auth import require
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang, listed
from dashboard.reads import forget, now, open_session, rulebook
from dashboard.repair_actions import tell
from db import complaints, people, work_orders
from db.models import Complaint
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

FOR = "for"  # in the address: the complaint that the repair is for
_FIELDS = ("summary", "name", "phone", "address", "engineer")
_TAKEN = "new_orders_taken"  # how many forms were sent: each next one begins folded away
_BEGUN = "new_begun_for"  # the complaint whose customer was put into the form


def show_new_order(scope: Scope) -> None:
    """The form of a new work order, folded away until it is needed; open for the complaint in the address."""
    case = _case_of(scope)
    with (
        st.expander(
            _("Take a repair call"),
            icon=":material/add_call:",
            expanded=case is not None,
            key=f"new_panel_{st.session_state.get(_TAKEN, 0)}",
        ),
        st.form("new_order", border=False),
    ):
        with open_session() as session:
            agents = {
                agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}"
                for agent in people.list_agents(session, scope)
            }
        if case is not None:
            _begin(case, case.agent.number if case.agent.number in agents else None)
            st.caption(plain(_("The repair is for complaint {number}.", number=case.number)))
        st.text_area(
            _("What is to be repaired"),
            key="new_summary",
            max_chars=4000,
            height=80,
            placeholder=_("In the customer's words: what, when, where"),
        )
        first, second, third = st.columns(3)
        first.text_input(_("Customer's name"), key="new_name", max_chars=80)
        second.text_input(_("Customer's telephone"), key="new_phone", max_chars=40)
        third.text_input(_("Building and room"), key="new_address", max_chars=200)
        first, second, third = st.columns(3, vertical_alignment="bottom")
        types = list(rulebook().items("repair.service_types") or ())
        first.selectbox(_("Type of service"), types, index=None, key="new_type", placeholder=_("not chosen"))
        second.checkbox(_("The customer pays"), key="new_charged")
        third.selectbox(
            _("Who took the call"),
            list(agents),
            index=None,
            format_func=lambda number: agents.get(number, number),
            key="new_agent",
            placeholder=_("not chosen"),
        )
        first, second, third = st.columns(3, vertical_alignment="bottom")
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        first.datetime_input(
            _("When the customer called (leave empty for now)"),
            value=None,
            max_value=local_now,
            step=timedelta(minutes=1),
            format="YYYY-MM-DD",
            key="new_at",
        )
        second.datetime_input(
            _("Time agreed with the customer, if any"),
            value=None,
            step=timedelta(minutes=15),
            format="YYYY-MM-DD",
            key="new_agreed",
        )
        third.text_input(_("Engineer"), key="new_engineer", max_chars=80)
        st.checkbox(_("Dispatch at once"), value=True, key="new_dispatch")
        st.form_submit_button(
            _("Register and get the number"), type="primary", icon=":material/add_task:", on_click=_register
        )


def _case_of(scope: Scope) -> Complaint | None:
    """The complaint in the address; None for none, or none of the viewer's teams."""
    number = st.query_params.get(FOR, "")
    if not number:
        return None
    try:
        with open_session() as session:
            return complaints.get_complaint(session, scope, number)
    except LookupError:
        return None


def _begin(case: Complaint, agent_number: str | None) -> None:
    """What is known of the customer is not typed again."""
    state = st.session_state
    if state.get(_BEGUN) != case.number:
        state[_BEGUN] = case.number
        state["new_name"], state["new_phone"] = case.customer_name, case.customer_phone
        state["new_agent"] = agent_number


def _register() -> None:
    scope, state, moment = require("repairs.act"), st.session_state, now()
    case = _case_of(scope)
    missing = [
        title
        for key, title in (
            ("new_summary", _("What is to be repaired")),
            ("new_agent", _("Who took the call")),
        )
        if not str(state.get(key) or "").strip()
    ]
    if missing:
        tell("warning", _("Still needed: {fields}.", fields=listed(missing)))
        return
    called, agreed = state.get("new_at"), state.get("new_agreed")
    try:
        with open_session() as session:
            order = work_orders.register(
                session,
                scope,
                notified_at=moment if called is None else called.replace(tzinfo=site_zone()),
                summary=state.get("new_summary", ""),
                agent=people.get_agent(session, scope, state.get("new_agent") or ""),
                book=rulebook(),
                now=moment,
                service_type=state.get("new_type") or "",
                is_charged=bool(state.get("new_charged")),
                customer_name=state.get("new_name", ""),
                customer_phone=state.get("new_phone", ""),
                address=state.get("new_address", ""),
                engineer=state.get("new_engineer", ""),
                appointment_at=None if agreed is None else agreed.replace(tzinfo=site_zone()),
                is_dispatched=bool(state.get("new_dispatch")),
                complaint=case,
            )
            number = order.number
    except Refused as refused:
        tell("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        tell("warning", _("Choose who took the call; it must be somebody of your teams."))
    else:
        for field in _FIELDS:
            state[f"new_{field}"] = ""
        state["new_type"] = state["new_at"] = state["new_agreed"] = state["new_agent"] = None
        state["new_charged"] = False
        state[_TAKEN] = state.get(_TAKEN, 0) + 1
        state.pop(_BEGUN, None)
        if FOR in st.query_params:
            del st.query_params[FOR]
        tell("done", _("Registered: {number}.", number=number))
        st.query_params["order"] = number
    forget()
