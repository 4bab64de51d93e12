"""Reporting a surge upward: leadership learns of the failure behind it (D1.10)."""

from __future__ import annotations

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import navigation
from dashboard.decisions import attempt, typed
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, person, rulebook
from dashboard.surge_panel import PANEL, peak_sentence, title
from db import escalations
from db.models import Complaint, Escalation, SurgeAlert
from regulations.access import Scope
from regulations.escalation import suggested_level
from regulations.values import Role

REASON = "surge"
_LONGEST_NOTE = 2000


def show(scope: Scope, alert: SurgeAlert, cases: list[Complaint]) -> None:
    """Draw what was reported on this surge, and the form to report it to the next level."""
    st.markdown(f"**{plain(_('Report to leadership'))}**")
    case = _case_of(alert, cases)
    if case is None or not escalations.may_raise(scope):
        st.caption(_("Your role stands on no level of reporting."))
        return
    reports = show_reports(scope, alert, cases)
    from_role: Role = scope.role  # type: ignore[assignment]
    to_role = suggested_level(REASON, from_role, rulebook())
    if to_role is None:
        st.caption(_("You stand on the highest level: there is nobody to report to."))
        return
    if any(row.answered_at is None and row.to_role == to_role for row in reports):
        return  # it waits for its instruction
    with st.form(f"surge_report:{alert.id}", border=False):
        st.text_area(
            _("Proposed handling"), key=f"surge_proposal:{alert.id}", max_chars=_LONGEST_NOTE, height=110
        )
        st.form_submit_button(
            _("Report to {title}", title=_role(to_role)),
            key=f"surge_send_report:{alert.id}",
            icon=":material/moving:",
            on_click=_report,
            args=(alert, case.id, to_role),
        )


def show_reports(scope: Scope, alert: SurgeAlert, cases: list[Complaint]) -> list[Escalation]:
    """Draw what was reported on this surge with its instruction, and the way to the case where it is answered."""
    case = _case_of(alert, cases)
    if case is None or not escalations.may_raise(scope):
        return []
    with open_session() as session:
        found = escalations.list_escalations(session, scope, complaint_id=case.id)
    reports = [row for row in found if row.reason == REASON]
    for row in reports:
        words = _(
            "Reported to {title} by {who} at {at}.",
            title=_role(row.to_role),
            who=person(row.raised_by),
            at=fmt_instant(row.raised_at),
        )
        st.markdown(f":material/moving: {plain(words)}  \n{plain(row.proposal)}")
        if row.answered_at is not None:
            answer = _(
                "Instruction by {who} on {at}", who=person(row.answered_by), at=fmt_instant(row.answered_at)
            )
            st.markdown(f":gray[{plain(answer)}] {plain(row.instruction)}")
    if any(escalations.may_answer(scope, row) for row in reports) and navigation.may_open(scope, "case"):
        navigation.link("case", _("Give the instruction on the case"), ":material/gavel:", case=case.number)
    return reports


def _case_of(alert: SurgeAlert, cases: list[Complaint]) -> Complaint | None:
    """The case the report hangs on: the one that tipped it, else the viewer's first."""
    return next((case for case in cases if case.id == alert.tipped_by_id), cases[-1] if cases else None)


def _role(role: str) -> str:
    return rulebook().role_title(role, lang())  # type: ignore[arg-type]


def _report(alert: SurgeAlert, case_id: int, to_role: Role) -> None:
    """Runs before the page is made again."""
    detail = f"{title(alert)} · {peak_sentence(alert)}"

    def write(session: Session, scope: Scope) -> None:
        escalations.raise_escalation(
            session,
            scope,
            session.get_one(Complaint, case_id),
            reason=REASON,
            to_role=to_role,
            detail=detail,
            proposal=typed(f"surge_proposal:{alert.id}"),
            is_urgent=False,
            book=rulebook(),
            now=now(),
        )

    attempt(PANEL, _("The report is on its way."), write)
