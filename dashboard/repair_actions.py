"""What can be done about a work order now: one click, or a small form, each at the time it happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import require
from dashboard.components import show_flash
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import forget, now, open_session, rulebook
from db import work_order_actions as acts
from db import work_orders
from db.models import WorkOrder
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.repairs import OrderVerdict

_FLASH = "order_flash"
_AT = "order_at"  # when it happened; empty: now
_MINUTE = timedelta(minutes=1)

Act = Callable[[Session, Scope, WorkOrder, datetime, datetime], object]


def show_actions(order: WorkOrder, verdict: OrderVerdict) -> None:
    """The actions that fit the order's state."""
    if verdict.state == "cancelled":
        return
    st.space("small")
    if verdict.is_open or {"not_signed", "not_apologised"} & set(verdict.flags):
        st.datetime_input(
            _("When it happened (leave empty for now)"),
            value=None,
            max_value=now().astimezone(site_zone()).replace(tzinfo=None),
            step=_MINUTE,
            format="YYYY-MM-DD",
            key=_AT,
            width=320,
        )
    wants_price = (
        verdict.state in ("on_site", "unfinished") and order.is_charged and order.price_confirmed_at is None
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if wants_price:
            _price_form(order)
        for place, (label, icon, act) in enumerate(_buttons(order, verdict)):
            st.button(
                label,
                icon=icon,
                type="secondary" if place or wants_price else "primary",
                on_click=perform,
                args=(order.number, act),
                kwargs={"is_timed": True, "what": label},
            )
        if verdict.state == "undispatched":
            _dispatch_form(order)
        if verdict.state in ("on_site", "unfinished"):
            _unfinished_form(order)
        if verdict.is_open:
            _cancel_form(order)


def _buttons(order: WorkOrder, verdict: OrderVerdict) -> list[tuple[str, str, Act]]:
    """What one click records, in the order in which it happens."""
    found: list[tuple[str, str, Act]] = []
    version = order.row_version
    if verdict.state == "dispatched" or (
        verdict.state == "unfinished" and order.next_appointment_at and not order.returned_at
    ):
        found.append((_("Arrived"), ":material/location_on:", arrive(version)))
    if verdict.state == "on_site" and order.work_started_at is None:
        found.append((_("Work begins"), ":material/build:", _start(version)))
    if verdict.state == "on_site":
        found.append((_("Finished and signed"), ":material/task_alt:", _finish(version, is_signed=True)))
        found.append((_("Finished, not signed"), ":material/done:", _finish(version, is_signed=False)))
    if "not_signed" in verdict.flags:
        found.append((_("Signed by the customer"), ":material/draw:", _sign(version)))
    if "not_apologised" in verdict.flags:
        found.append((_("Apologised"), ":material/sentiment_sad:", _apologise(version)))
    return found


def dispatch(version: int, engineer: str = "", appointment_at: datetime | None = None) -> Act:
    """Send the form out."""
    return lambda session, scope, order, at, moment: acts.dispatch(
        session, scope, order, at=at, engineer=engineer, appointment_at=appointment_at, expected_version=version,
        book=rulebook(), now=moment,
    )  # fmt: skip


def arrive(version: int) -> Act:
    """Somebody is on site."""
    return lambda session, scope, order, at, moment: acts.arrive(
        session, scope, order, at=at, expected_version=version, now=moment
    )


def _start(version: int) -> Act:
    return lambda session, scope, order, at, moment: acts.start_work(
        session, scope, order, at=at, expected_version=version, now=moment
    )


def _finish(version: int, *, is_signed: bool) -> Act:
    return lambda session, scope, order, at, moment: acts.finish(
        session,
        scope,
        order,
        at=at,
        is_signed=is_signed,
        expected_version=version,
        book=rulebook(),
        now=moment,
    )


def _sign(version: int) -> Act:
    return lambda session, scope, order, at, moment: acts.sign(
        session, scope, order, at=at, expected_version=version, now=moment
    )


def _apologise(version: int) -> Act:
    return lambda session, scope, order, at, moment: acts.apologise(
        session, scope, order, at=at, expected_version=version, now=moment
    )


def perform(number: str, act: Act, *, is_timed: bool = False, what: str = "") -> None:
    """Do it, and say what came of it; for callbacks of buttons. `is_timed`: at the time typed in the panel.

    `what` was done, as the button called it.
    """
    scope = require("repairs.act")
    moment = now()
    local = st.session_state.get(_AT) if is_timed else None
    at = moment if local is None else local.replace(tzinfo=site_zone())
    try:
        with open_session() as session:
            act(session, scope, work_orders.get_order(session, scope, number), at, moment)
    except Refused as refused:
        tell("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        tell("warning", _("You may not act on this work order."))
    else:
        if is_timed:
            st.session_state[_AT] = None
        done = f"{what} · {number}" if what else number
        tell("done", _("Recorded: {number}.", number=done))
    forget()


def tell(kind: str, text: str) -> None:
    """Keep a message for the next run."""
    st.session_state[_FLASH] = (kind, text)


def flash() -> None:
    """Say once what came of the last action."""
    show_flash(_FLASH)


def _dispatch_form(order: WorkOrder) -> None:
    with st.popover(_("Dispatch"), icon=":material/send:", type="primary"), st.form("dispatch", border=False):
        st.text_input(_("Engineer"), value=order.engineer, key="order_engineer", max_chars=80)
        if order.appointment_at is None:
            _future_input(_("Time agreed with the customer, if any"), "order_agreed")
        st.form_submit_button(
            _("Dispatch now"), type="primary", on_click=_dispatch, args=(order.number, order.row_version)
        )


def _dispatch(number: str, version: int) -> None:
    state = st.session_state
    act = dispatch(version, state.get("order_engineer", ""), _future("order_agreed"))
    perform(number, act, is_timed=True, what=_("Dispatched"))


def _price_form(order: WorkOrder) -> None:
    with (
        st.popover(_("Price confirmed"), icon=":material/payments:", type="primary"),
        st.form("price", border=False),
    ):
        st.number_input(
            _("Amount in yuan"), min_value=0.0, value=None, step=10.0, format="%.2f", key="order_price"
        )
        st.form_submit_button(
            _("The customer agrees to the price"),
            type="primary",
            on_click=_price,
            args=(order.number, order.row_version),
        )


def _price(number: str, version: int) -> None:
    amount = st.session_state.get("order_price")
    if amount is None:
        tell("warning", _("Give the amount the customer agreed to."))
        return
    perform(
        number,
        lambda session, scope, order, at, moment: acts.confirm_price(
            session, scope, order, at=at, price=Decimal(str(amount)), expected_version=version, now=moment
        ),
        is_timed=True,
        what=_("Price confirmed"),
    )


def _unfinished_form(order: WorkOrder) -> None:
    with st.popover(_("Not finished"), icon=":material/pending:"), st.form("unfinished", border=False):
        st.caption(plain(_("Apologise, explain, and agree on the next visit before you record this.")))
        st.text_area(
            _("Reason"), value=order.unfinished_reason, key="order_reason", max_chars=2000, height=80
        )
        _future_input(_("Next appointment"), "order_next")
        st.checkbox(_("The customer was apologised to"), key="order_sorry")
        st.form_submit_button(
            _("Record as not finished"),
            type="primary",
            on_click=_unfinished,
            args=(order.number, order.row_version),
        )


def _unfinished(number: str, version: int) -> None:
    state = st.session_state
    perform(
        number,
        lambda session, scope, order, at, moment: acts.leave_unfinished(
            session, scope, order, at=at, reason=state.get("order_reason", ""), next_appointment_at=_future("order_next"),
            has_apologised=bool(state.get("order_sorry")), expected_version=version, book=rulebook(), now=moment,
        ),
        is_timed=True,
        what=_("Not finished"),
    )  # fmt: skip


def _cancel_form(order: WorkOrder) -> None:
    with st.popover(_("Cancel the order"), icon=":material/cancel:"), st.form("cancel", border=False):
        st.text_input(_("Reason"), key="order_cancel_reason", max_chars=200)
        st.form_submit_button(
            _("Cancel it"), type="primary", on_click=_cancel, args=(order.number, order.row_version)
        )


def _cancel(number: str, version: int) -> None:
    perform(
        number,
        lambda session, scope, order, at, moment: acts.cancel(
            session, scope, order, at=at, reason=st.session_state.get("order_cancel_reason", ""), expected_version=version,
            now=moment,
        ),
        is_timed=True,
        what=_("Cancelled"),
    )  # fmt: skip


def _future_input(label: str, key: str) -> None:
    st.datetime_input(label, value=None, step=timedelta(minutes=15), format="YYYY-MM-DD", key=key)


def _future(key: str) -> datetime | None:
    local = st.session_state.get(key)
    return None if local is None else local.replace(tzinfo=site_zone())
