"""Taking a repair call: who, where, what, and at once to the engineer."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.auth import require
from dashboard.formats import site_zone
from dashboard.i18n import _, lang
from dashboard.reads import forget, now, open_session, rulebook
from dashboard.repair_actions import tell
from db import people, work_orders
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FIELDS = ("summary", "name", "phone", "address", "engineer")


def show_new_order(scope: Scope) -> None:
    """The form of a new work order, folded away until it is needed."""
    with (
        st.expander(_("Take a repair call"), icon=":material/add_call:"),
        st.form("new_order", border=False),
    ):
        with open_session() as session:
            agents = {
                agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}"
                for agent in people.list_agents(session, scope)
            }
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
            _("Who took the call"), list(agents), format_func=lambda number: agents[number], key="new_agent"
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


def _register() -> None:
    scope, state, moment = require("repairs.act"), st.session_state, now()
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
            )
            number = order.number
    except Refused as refused:
        tell("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        tell("warning", _("Choose who took the call; it must be somebody of your teams."))
    else:
        for field in _FIELDS:
            state[f"new_{field}"] = ""
        state["new_type"] = state["new_at"] = state["new_agreed"] = None
        state["new_charged"] = False
        tell("done", _("Registered: {number}.", number=number))
        st.query_params["order"] = number
    forget()
