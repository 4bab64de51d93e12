"""One case: its facts, the cases it is linked to, its callbacks, and what happened."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import navigation
from dashboard.callback_lists import shown_state
from dashboard.callback_record import show_outcomes
from dashboard.components import empty, section
from dashboard.decisions import show_flash
from dashboard.formats import NOTHING, fmt_date, fmt_instant, plain
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import open_session, person, rulebook
from dashboard.tables import state_label
from db import callbacks, complaints
from db.models import Complaint, ComplaintEvent
from regulations.access import Scope
from regulations.names import NAMES


def show_facts(case: Complaint) -> None:
    """What is known of the case; facts that nobody gave are left out."""
    handler = case.handler or case.agent
    customer = " ".join(part for part in (case.customer_name, case.customer_phone) if part)
    rows = [
        (_("Received"), fmt_instant(case.received_at)),
        (_("Channel"), name("complaint_channel", case.channel)),
        (_("Category"), name("complaint_category", case.category)),
        (_("Complaint level"), case.kind),
        (_("Severity"), name("severity", case.severity)),
        (_("Upheld?"), name("upheld", case.upheld)),
        (_("Customer"), customer or NOTHING),
        (_("Product"), case.product),
        (_("Order number"), case.order_ref),
        (_("Document number"), case.document_ref),
        (_("Class of cause"), case.cause_class),
        (_("Operator"), name("operator", case.source_operator) if case.source_operator else ""),
        (_("First responsible person"), f"{case.agent.name} ({case.agent.number})"),
        (_("Handler"), f"{handler.name} ({handler.number})"),
        (_("Team"), case.team.name),
        (_("Responsible department"), case.department or NOTHING),
        (
            _("Complained about"),
            f"{case.about_agent.name} ({case.about_agent.number})" if case.about_agent else "",
        ),
    ]
    shown = [(label, value) for label, value in rows if value]
    with st.container(border=True):
        marks = [
            f":red-badge[:material/emergency: {plain(_('Incident'))}]" if case.is_incident else "",
            f":orange-badge[{plain(_('About the service'))}]" if case.is_service_caused else "",
        ]
        st.markdown(" ".join([*filter(None, marks), plain(case.summary)]))
        if case.customer_demand:
            st.markdown(
                f":gray[:small[{plain(_('The customer asks for'))}]]  \n{plain(case.customer_demand)}"
            )
        for start in range(0, len(shown), 4):
            for column, (label, value) in zip(st.columns(4), shown[start : start + 4], strict=False):
                column.markdown(f":gray[:small[{plain(label)}]]  \n{plain(value)}")


def show_links(case: Complaint, scope: Scope, at: datetime) -> None:
    """The case before it, the ones after it, and those that may be the same matter."""
    with open_session() as session:
        following = complaints.list_following(session, scope, case)
        similar = complaints.similar_to(session, scope, case, rulebook(), at)
    linked = {one.number for one in following}
    alike = [one for one in similar.cases if one.number not in linked]
    if case.previous is None and not following and not alike:
        return
    section(_("Linked and similar cases"))
    with st.container(border=True, gap="xsmall"):
        if case.previous is not None:
            _link(_("Takes up {number} again", number=case.previous.number), case.previous, scope)
        for one in following:
            _link(_("Taken up again in {number}", number=one.number), one, scope)
        for found in alike:
            reasons = listed(step.text(lang()) for step in found.reasons)
            navigation.link("case", found.number, ":material/join_inner:", case=found.number)
            st.caption(plain(reasons))
        if alike:
            st.caption(
                plain(
                    _(
                        "Similar is what shares a telephone, an order or a name; whether it is the same matter is for you to say."
                    )
                )
            )


def _link(label: str, other: Complaint, scope: Scope) -> None:
    if scope.sees_team(other.team_id):
        status = name("complaint_status", other.status)
        navigation.link("case", f"{label} · {plain(status)}", ":material/link:", case=other.number)
    else:
        st.markdown(f":material/link: {plain(label)}")


def show_callbacks(case: Complaint, scope: Scope, at: datetime) -> None:
    """The callbacks that this case made owed, with every attempt."""
    section(_("Callbacks of this case"))
    with open_session() as session:
        owed = complaints.list_callbacks_of(session, scope, case)
    if not owed:
        empty(_("No callback is owed yet"), _("It becomes owed when the customer has been answered finally."))
        return
    for callback in owed:
        with st.container(border=True, gap="xsmall"):
            label = f"{callback.number} · {state_label('callback_state', shown_state(callback, at))[0]}"
            if navigation.may_open(scope, "callbacks"):
                navigation.link(
                    "callbacks", plain(label), ":material/phone_callback:", callback=callback.number
                )
            else:
                st.markdown(plain(label))
            st.caption(
                plain(
                    _(
                        "{person} calls · due {at}",
                        person=callback.agent.name,
                        at=fmt_instant(callback.due_at),
                    )
                )
            )
            for attempt in callback.attempts:
                parts = [
                    fmt_instant(attempt.at),
                    attempt.agent.name,
                    name("attempt_outcome", attempt.outcome),
                ]
                if attempt.satisfaction:
                    parts.append(name("satisfaction", attempt.satisfaction))
                if attempt.note:
                    parts.append(attempt.note)
                st.markdown(f"- {plain(' · '.join(parts))}")
    show_flash("callback")
    still_owed = next((one for one in owed if one.completed_at is None and one.settled_at is None), None)
    if still_owed is not None and scope.may("callbacks.act"):
        _record_attempt(scope, still_owed.number, at)


def _record_attempt(scope: Scope, number: str, at: datetime) -> None:
    """The try just made is recorded where the case is shown; the Callbacks page has the same buttons."""
    with open_session() as session:
        callback = callbacks.get_callback(session, scope, number)
        later = callbacks.next_attempt_of(session, callback, rulebook(), at)
    with st.container(border=True):
        show_outcomes(callback, later)


def show_history(case: Complaint) -> None:
    """What happened, the latest first."""
    section(_("What happened"))
    lines = [_line(event) for event in reversed(case.events)]
    with st.container(border=True, height=420 if len(lines) > 9 else "content"):
        st.markdown("\n".join(lines))


def _line(event: ComplaintEvent) -> str:
    parts = [fmt_instant(event.at), person(event.actor), event.department, _value(event)]
    if event.due_on:
        parts.append(_("due {at}", at=fmt_date(event.due_on)))
    note = f"  \n{plain(event.note)}" if event.note else ""
    who = " · ".join(part for part in parts if part)
    return f"- **{plain(name('complaint_event', event.kind))}** :gray[{plain(who)}]{note}"


def _value(event: ComplaintEvent) -> str:
    """The value of an event in words."""
    if event.kind == "returned" and event.value:
        return name("complaint_cause", event.value)
    if event.kind == "severity_changed":
        return name("severity", event.value)
    if event.kind == "kind_changed" and event.value in NAMES["complaint_category"]:
        return name("complaint_category", event.value)
    return event.value
