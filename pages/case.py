"""One complaint: what must be done next, its facts, its clocks, why each deadline is where it is, what happened."""

from __future__ import annotations

import streamlit as st

from dashboard import approval_panel, escalation_panel, ledger_panel, navigation
from dashboard.auth import require
from dashboard.case_actions import choose, show_actions, show_flash
from dashboard.case_choices import possible
from dashboard.case_clocks import show_deadlines, show_timeline
from dashboard.case_departments import show_departments
from dashboard.case_facts import show_callbacks, show_facts, show_history, show_links
from dashboard.case_next import next_steps, show_next_steps
from dashboard.case_services import show_grades, show_repairs, show_waiting
from dashboard.components import page_header, refusal, section
from dashboard.formats import fmt_instant
from dashboard.i18n import _, name
from dashboard.reads import now, open_session
from db import complaints
from db.models import Complaint
from regulations.access import Scope


def _find(scope: Scope, number: str) -> Complaint | None:
    try:
        with open_session() as session:
            return complaints.get_complaint(session, scope, number)
    except LookupError:
        return None


def _none_such() -> None:
    page_header(_("Case"), _("One complaint with its deadlines and the reasons for them."))
    refusal(
        _("There is no such case"),
        _("No complaint in your teams has this number. It may belong to another team."),
        icon="search_off",
    )
    navigation.link("complaints", _("All complaints"), ":material/arrow_back:")


def _panels(scope: Scope, case: Complaint) -> None:
    for panel in (approval_panel, escalation_panel, ledger_panel):
        panel.show(scope, case)


def _show() -> None:
    scope = require("complaints.view")
    case = _find(scope, st.query_params.get("case", ""))
    if case is None:
        _none_such()
        return
    at = now()
    navigation.link("complaints", _("All complaints"), ":material/arrow_back:")
    page_header(
        _("Case {number}", number=case.number),
        _(
            "{status} · {category} · received {at}",
            status=name("complaint_status", case.status),
            category=name("complaint_category", case.category),
            at=fmt_instant(case.received_at),
        ),
    )
    show_flash()
    show_waiting(case, scope)
    show_facts(case)
    may_record = bool(possible(case, scope))
    left, right = st.columns([1, 1], gap="large")
    with left:
        section(_("Next steps"), _("Read off the clocks that run and the departments that have the case."))
        show_next_steps(case, at, scope.may("complaints.act"), choose)
    with right:
        if may_record:
            section(
                _("Record what happened"),
                _("The deadlines are met by what is recorded here; nothing is overwritten."),
            )
            show_actions(case, scope, next((step.kind for step in next_steps(case, at)), None))
        else:
            show_history(case)
    decides_only = not scope.may("complaints.act")
    if decides_only:  # what leaders come for stands before the records
        _panels(scope, case)
    show_departments(case, at)
    show_timeline(case, at)
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_deadlines(case, at)
        show_callbacks(case, scope, at)
        show_repairs(case, scope, at)
        show_grades(case, scope)
    with right:
        if may_record:
            show_history(case)
        show_links(case, scope, at)
    if not decides_only:
        _panels(scope, case)
    st.session_state[f"seen:{case.number}"] = case.row_version


_show()
