"""One work order: how it stands and why, and what can be done about it now."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.callback_lists import shown_state
from dashboard.components import explanation, refusal
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, rulebook
from dashboard.repair_actions import flash, show_actions
from dashboard.repair_lists import FLAG_COLOURS, left_text
from dashboard.tables import state_label
from db import surveys, work_orders
from db.models import WorkOrder
from regulations.access import Scope


def show_order(scope: Scope, number: str) -> None:
    """The order that was clicked: its times, its verdict step by step, and the actions that fit its state."""
    try:
        with open_session() as session:
            order = work_orders.get_order(session, scope, number)
            verdict = work_orders.verdict_of(session, order, rulebook(), now())
    except LookupError:
        refusal(
            _("There is no such work order"),
            _("No work order in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        return
    with st.container(border=True, key="order"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(
                f"#### {plain(order.number)} · {plain(name('work_order_state', verdict.state))} · "
                f"{plain(left_text(verdict, now()))}",
                width="stretch",
            )
            st.button(_("Close"), icon=":material/close:", on_click=_close, key="order_close")
        if verdict.flags:
            st.markdown(
                " ".join(
                    f":{FLAG_COLOURS[flag]}-badge[{plain(name('work_order_flag', flag))}]"
                    for flag in verdict.flags
                )
            )
        _facts(order)
        left, right = st.columns(2, gap="large")
        with left:
            explanation(verdict.steps, _("How this is judged"))
        with right:
            _times(order)
        if verdict.state == "finished":
            with st.container(horizontal=True):
                _callback_links(scope, order)
                _survey_link(scope, order)
        flash()
        if scope.may("repairs.act"):
            show_actions(order, verdict)


def _facts(order: WorkOrder) -> None:
    parts = [order.customer_name, order.customer_phone, order.address, order.summary]
    st.markdown(plain(" · ".join(part for part in parts if part)))
    who = _(
        "call taken by {person} · engineer {engineer} · {type}",
        person=order.agent.name,
        engineer=order.engineer or NOTHING,
        type=order.service_type or NOTHING,
    )
    price = ""
    if order.is_charged:
        amount = NOTHING if order.price is None else _("{n} yuan", n=fmt_count(order.price))
        price = " · " + _("charged: {amount}", amount=amount)
    st.caption(plain(who + price))
    if order.complaint is not None:
        navigation.link(
            "case",
            _("Case {number}", number=order.complaint.number),
            ":material/description:",
            case=order.complaint.number,
        )


def _callback_links(scope: Scope, order: WorkOrder) -> None:
    """The callback that the finished repair made owed (E1.20)."""
    if not navigation.may_open(scope, "callbacks"):
        return
    with open_session() as session:
        owed = work_orders.list_callbacks_of(session, scope, order)
    for callback in owed:
        state = state_label("callback_state", shown_state(callback, now()))[0]
        label = f"{_('Callback {number}', number=callback.number)} · {state}"
        navigation.link("callbacks", plain(label), ":material/phone_callback:", callback=callback.number)


def _survey_link(scope: Scope, order: WorkOrder) -> None:
    """The way to the customer's grades, or to recording them (C4.15: every service is asked about)."""
    with open_session() as session:
        graded = surveys.find_form_about(session, work_order_id=order.id)
    if graded is not None and navigation.may_open(scope, "survey"):
        navigation.link("survey", _("The customer's grades"), ":material/rate_review:", form=graded)
    elif graded is None and scope.may("surveys.record"):
        navigation.link(
            "survey", _("Record the customer's grades"), ":material/rate_review:", about=order.number
        )


def _times(order: WorkOrder) -> None:
    st.markdown(f"**{plain(_('What happened'))}**")
    moments = (
        (_("Called"), order.notified_at),
        (_("Dispatched"), order.form_at),
        (_("Agreed with the customer"), order.appointment_at),
        (_("Arrived"), order.arrived_at),
        (_("Price confirmed"), order.price_confirmed_at),
        (_("Work began"), order.work_started_at),
        (_("Apologised"), order.apologised_at),
        (_("Next appointment"), order.next_appointment_at),
        (_("Arrived again"), order.returned_at),
        (_("Finished"), order.finished_at),
        (_("Signed by the customer"), order.signed_at),
        (_("Cancelled"), order.cancelled_at),
    )
    st.markdown("\n".join(f"- {plain(title)}: {plain(fmt_instant(at))}" for title, at in moments if at))


def _close() -> None:
    if "order" in st.query_params:
        del st.query_params["order"]
