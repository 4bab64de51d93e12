"""The form of a new complaint. Its fields stand outside a Streamlit form, so that similar cases show while it is filled in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import require
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import forget, now, open_session, rulebook
from db import complaints, people
from db.models import Agent, Complaint
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES

REGISTERED = "register_number"  # the number given last
PREVIOUS = "reg_previous"
_FLASH = "register_flash"
_FIRST_CHANNEL = "phone"
_TEXTS = ("summary", "name", "phone", "product", "order", "document", "demand", "previous")


def show_form(scope: Scope) -> None:
    """The fields that are always needed, then the rest folded away."""
    book, state = rulebook(), st.session_state
    channels = list(book.items("complaint.channels") or ())
    if state.get("reg_channel") not in channels:
        state["reg_channel"] = _first_channel()
    _flash()
    st.text_area(
        _("What the complaint is"),
        key="reg_summary",
        max_chars=4000,
        height=110,
        placeholder=_("In the customer's words: what, when, where"),
    )
    first, second = st.columns(2)
    first.text_input(_("Customer's name"), key="reg_name", max_chars=80)
    second.text_input(_("Customer's telephone"), key="reg_phone", max_chars=40)
    st.pills(
        _("Category"),
        list(NAMES["complaint_category"]),
        format_func=lambda c: name("complaint_category", c),
        key="reg_category",
        wrap=True,
    )
    st.pills(
        _("Channel"),
        channels,
        format_func=lambda c: name("complaint_channel", c),
        key="reg_channel",
        required=True,
        wrap=True,
    )
    _owner(scope)
    with st.expander(_("More: product, order, severity, received earlier …")):
        _more(scope)
    st.button(
        _("Register and get the number"),
        type="primary",
        icon=":material/add_task:",
        on_click=_register,
        key="reg_submit",
    )


def _owner(scope: Scope) -> None:
    """Who was asked first: an agent himself; for others, the least busy of their teams unless they choose."""
    if scope.role == "agent":
        return
    state = st.session_state
    with open_session() as session:
        agents = people.list_agents(session, scope)
        suggested = complaints.least_loaded(session, scope)
    labels = _labels(agents)
    if state.get("reg_owner") not in labels and suggested is not None:
        state["reg_owner"] = suggested.number
    st.selectbox(
        _("First responsible person"),
        list(labels),
        format_func=lambda n: labels.get(n, n),
        key="reg_owner",
        help=_("Whoever was asked first stays responsible. Suggested: the one with the fewest open cases."),
    )


def _labels(agents: Any) -> dict[str, str]:
    return {agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}" for agent in agents}


def _more(scope: Scope) -> None:
    book = rulebook()
    left, right = st.columns(2)
    left.text_input(_("Product or place"), key="reg_product", max_chars=80)
    right.text_input(_("Order, batch or room number"), key="reg_order", max_chars=80)
    left.text_input(_("Number of the original document"), key="reg_document", max_chars=80)
    right.text_input(_("What the customer asks for"), key="reg_demand", max_chars=1000)
    kinds = list(book.items("complaint.kinds") or ())
    if len(kinds) > 1:
        left.selectbox(_("Complaint level"), kinds, key="reg_kind")
    severities = list(book.items("complaint.severity_levels") or ())
    right.selectbox(_("Severity"), severities, format_func=lambda s: name("severity", s), key="reg_severity")
    classes = list(book.items("complaint.cause_classes") or ())
    if classes:
        left.selectbox(
            _("Class of cause"), classes, index=None, key="reg_cause_class", placeholder=_("not known yet")
        )
    left.selectbox(
        _("Operator it came from"),
        list(NAMES["operator"]),
        index=None,
        format_func=lambda o: name("operator", o),
        key="reg_operator",
        placeholder=_("no operator"),
    )
    local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
    right.datetime_input(
        _("Received earlier (empty: now)"),
        value=None,
        min_value=local_now - timedelta(days=365),
        max_value=local_now + timedelta(minutes=1),
        step=60,
        format="YYYY-MM-DD",
        key="reg_received",
    )
    left.text_input(_("Takes up an earlier case again: its number"), key=PREVIOUS, max_chars=40)
    if scope.role != "agent":
        with open_session() as session:
            labels = _labels(people.list_agents(session, scope))
        right.selectbox(
            _("About whom"),
            list(labels),
            index=None,
            format_func=lambda n: labels.get(n, n),
            key="reg_about",
            placeholder=_("nobody in particular"),
        )
    st.checkbox(_("It is about the service of our staff"), key="reg_service")
    st.checkbox(_("Incident: people or property in danger, a detailed report is owed"), key="reg_incident")


def text_of(field: str) -> str:
    """What stands in a field of the form."""
    return str(st.session_state.get(f"reg_{field}") or "").strip()


def clear_form() -> None:
    """Ready for the next caller. Each field is set, not dropped: the browser would go on showing what it shows."""
    state = st.session_state
    for field in _TEXTS:
        state[f"reg_{field}"] = ""
    for field in ("category", "cause_class", "operator", "received", "about"):
        state[f"reg_{field}"] = None
    for field in ("service", "incident"):
        state[f"reg_{field}"] = False
    for field, key in (("kind", "complaint.kinds"), ("severity", "complaint.severity_levels")):
        state[f"reg_{field}"] = next(iter(rulebook().items(key) or ()), None)
    state["reg_channel"] = _first_channel()
    state.pop("reg_owner", None)  # set anew to whoever is least busy now


def _first_channel() -> str | None:
    channels = rulebook().items("complaint.channels") or ()
    return _FIRST_CHANNEL if _FIRST_CHANNEL in channels else next(iter(channels), None)


def _register() -> None:
    """Runs before the page is made again: all or nothing, and what was typed stays when it is refused."""
    scope, state = require("complaints.register"), st.session_state
    missing = [
        title
        for field, title in (("summary", _("What the complaint is")), ("category", _("Category")))
        if not text_of(field)
    ]
    if missing:
        state[_FLASH] = _("Still needed: {fields}.", fields=listed(missing))
        return
    try:
        with open_session() as session:
            complaint = _write(session, scope)
            number = complaint.number
    except Refused as refused:
        state[_FLASH] = refused.text(lang())
    except AccessRefused:
        state[_FLASH] = _("You may not register this complaint for that person.")
    else:
        clear_form()
        state[REGISTERED] = number
    forget()


def _write(session: Session, scope: Scope) -> Complaint:
    state = st.session_state
    at, local = now(), state.get("reg_received")
    received_at: datetime = at if local is None else local.replace(tzinfo=site_zone())
    about = text_of("about")
    return complaints.register(
        session,
        scope,
        received_at=received_at,
        channel=text_of("channel"),
        category=text_of("category"),
        summary=text_of("summary"),
        agent=_asked_first(session, scope),
        book=rulebook(),
        now=at,
        kind=text_of("kind") or None,
        severity=text_of("severity") or "ordinary",
        product=text_of("product"),
        customer_name=text_of("name"),
        customer_phone=text_of("phone"),
        customer_demand=text_of("demand"),
        order_ref=text_of("order"),
        document_ref=text_of("document"),
        source_operator=text_of("operator"),
        cause_class=text_of("cause_class"),
        is_incident=bool(state.get("reg_incident")),
        is_service_caused=bool(state.get("reg_service")),
        about_agent=_agent(session, scope, about) if about else None,
        previous=_previous(session, scope),
    )


def _asked_first(session: Session, scope: Scope) -> Agent:
    if scope.role != "agent":
        return _agent(session, scope, text_of("owner"))
    own = people.list_agents(session, scope)
    if not own:
        raise Refused(
            "您的账号没有关联工号，请联系管理员。",
            "your account is tied to no staff number: ask the administrator",
        )
    return own[0]


def _agent(session: Session, scope: Scope, number: str) -> Agent:
    try:
        return people.get_agent(session, scope, number)
    except LookupError:
        raise Refused("请选择首问责任人。", "choose who was asked first") from None


def _previous(session: Session, scope: Scope) -> Complaint | None:
    number = text_of("previous")
    if not number:
        return None
    try:
        return complaints.get_complaint(session, scope, number)
    except LookupError:
        raise Refused(
            f"在您的班组中没有投诉 {number}，请核对原投诉编号。",
            f"there is no case {number} in your teams: check the number of the earlier case",
        ) from None


def _flash() -> None:
    text = st.session_state.pop(_FLASH, "")
    if text:
        st.warning(plain(text), icon=":material/error:")
