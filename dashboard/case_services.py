"""What a case leads to besides its callbacks: repairs at the customer's, and what the customer said of the service."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import navigation
from dashboard.components import section
from dashboard.decision_lists import KINDS, waiting_rows
from dashboard.formats import NOTHING, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import open_session, rulebook
from dashboard.repair_form import FOR
from dashboard.repair_lists import FLAG_COLOURS, left_text
from dashboard.survey_panel import ABOUT
from db import surveys, work_orders
from db.models import Complaint
from regulations.access import Scope

MOST_NAMED = 5


def show_waiting(case: Complaint, scope: Scope) -> None:
    """What on this case waits for the viewer's own decision, each one click away."""
    if not navigation.may_open(scope, "decisions"):
        return
    rows = waiting_rows(scope)
    rows = rows[(rows["case"] == case.number) & rows["is_mine"].astype(bool)]
    for row in rows.head(MOST_NAMED).to_dict("records"):
        amount = "" if row["amount"] in ("", NOTHING) else f" · {row['amount']}"
        words = _("Waits for your decision: {what}", what=f"{_(KINDS[str(row['kind'])])}{amount}")
        navigation.link("decisions", plain(words), ":material/approval:", open=str(row["key"]))


def show_repairs(case: Complaint, scope: Scope, at: datetime) -> None:
    """The repairs that were sent out for the case, and the way to send one."""
    if not navigation.may_open(scope, "repairs"):
        return
    with open_session() as session:
        orders = work_orders.list_orders(session, scope, complaint_id=case.id)
        verdicts = [work_orders.verdict_of(session, order, rulebook(), at) for order in orders]
    may_send = scope.may("repairs.act") and case.status != "closed"
    if not orders and not may_send:
        return
    section(_("Repairs for this case"))
    for order, verdict in zip(orders, verdicts, strict=True):
        with st.container(border=True, gap="xsmall"):
            label = f"{order.number} · {name('work_order_state', verdict.state)} · {left_text(verdict, at)}"
            navigation.link("repairs", plain(label), ":material/home_repair_service:", order=order.number)
            flags = " ".join(
                f":{FLAG_COLOURS[flag]}-badge[{plain(name('work_order_flag', flag))}]"
                for flag in verdict.flags
            )
            said = f"{order.summary} · {_('called {at}', at=fmt_instant(order.notified_at))}"
            st.markdown(f":small[{plain(said)}] {flags}".strip())
    if may_send:
        navigation.link(
            "repairs", _("Send a repair for this case"), ":material/add_call:", **{FOR: case.number}
        )


def show_grades(case: Complaint, scope: Scope) -> None:
    """The survey forms about the case, and the way to record one once the customer has his answer."""
    if not navigation.may_open(scope, "survey"):
        return
    with open_session() as session:
        forms = surveys.list_forms(session, scope, complaint_id=case.id)
    may_record = scope.may("surveys.record") and case.status in ("answered", "closed")
    if not forms and not may_record:
        return
    section(_("What the customer says of the service"))
    for form in forms:
        grades = "、".join(f"{one.dimension} {one.grade}" for one in form.answers)
        navigation.link(
            "survey", plain(f"{form.number} · {grades}"), ":material/rate_review:", form=form.number
        )
    if may_record:
        navigation.link(
            "survey",
            _("Record the customer's grades"),
            ":material/add_comment:",
            **{ABOUT: case.number},
        )
