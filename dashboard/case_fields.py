"""The fields that the forms of a case ask for, each by what it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.case_choices import Action, departments_for
from dashboard.formats import plain
from dashboard.i18n import _, name
from dashboard.reads import open_session, rulebook
from db import departments, people
from db.models import Complaint
from regulations.access import Scope
from regulations.departments import assignments_of
from regulations.names import NAMES


def _department(case: Complaint, scope: Scope, action: Action) -> None:
    having = departments_for(action.kind, case)
    if st.session_state.get("case_department") not in having:
        st.session_state["case_department"] = having[0]
    st.selectbox(_("Department"), having, key="case_department")


def _new_department(case: Complaint, scope: Scope, action: Action) -> None:
    with open_session() as session:
        known = departments.list_departments(session, scope)
    having = [stay.department for stay in assignments_of(case.events) if stay.owes_answer]
    st.selectbox(
        _("To which department"),
        [one for one in known if one not in having],
        index=None,
        key="case_new_department",
        accept_new_options=True,
        placeholder=_("Choose or type a name"),
    )


def _due_on(case: Complaint, scope: Scope, action: Action) -> None:
    label = {
        "forwarded": _("Answer by (when the form names a date)"),
        "returned": _("Rectified by (own fault)"),
        "rectification_failed": _("New date for the rectification"),
    }.get(action.kind, _("Rectify by"))
    st.date_input(label, value=None, min_value=case.received_on, key="case_due_on", format="YYYY-MM-DD")


def _cause(case: Complaint, scope: Scope, action: Action) -> None:
    st.segmented_control(
        _("Cause"),
        list(NAMES["complaint_cause"]),
        format_func=lambda c: name("complaint_cause", c),
        key="case_cause",
    )


def _kind(case: Complaint, scope: Scope, action: Action) -> None:
    kinds = [kind for kind in rulebook().items("complaint.kinds") or () if kind != case.kind]
    categories = [code for code in NAMES["complaint_category"] if code != case.category]
    st.selectbox(
        _("To which level or category"),
        [*kinds, *categories],
        format_func=lambda v: name("complaint_category", v) if v in NAMES["complaint_category"] else str(v),
        key="case_kind",
    )


def _severity(case: Complaint, scope: Scope, action: Action) -> None:
    levels = [one for one in rulebook().items("complaint.severity_levels") or () if one != case.severity]
    st.selectbox(
        _("To which severity"), levels, format_func=lambda s: name("severity", s), key="case_severity"
    )


def _handler(case: Complaint, scope: Scope, action: Action) -> None:
    with open_session() as session:
        agents = people.list_agents(session, scope)
    numbers = {agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}" for agent in agents}
    st.selectbox(
        _("Who works on it from now on"),
        [agent.number for agent in agents if agent.id != (case.handler_id or case.agent_id)],
        format_func=lambda n: numbers.get(n, n),
        key="case_handler",
    )
    st.caption(plain(_("Whoever was asked first stays responsible; only who works on it changes.")))


FIELDS: dict[str, Callable[[Complaint, Scope, Action], Any]] = {
    "department": _department,
    "new_department": _new_department,
    "due_on": _due_on,
    "cause": _cause,
    "signed_by": lambda case, scope, action: st.text_input(
        _("Signed by (head of the department)"), key="case_signed_by", max_chars=80
    ),
    "findings": lambda case, scope, action: st.text_area(
        _("What it found"), key="case_findings", max_chars=2000, height=80
    ),
    "measures": lambda case, scope, action: st.text_area(
        _("Measures, or suggestions when the cause lies elsewhere"),
        key="case_measures",
        max_chars=2000,
        height=80,
    ),
    "kind": _kind,
    "severity": _severity,
    "handler": _handler,
}
