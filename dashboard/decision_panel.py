"""One matter that waits for a decision, opened beside the list: facts, reasoning, the actions, the way to its case."""

from __future__ import annotations

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import approval_panel, escalation_panel, ledger_panel, navigation
from dashboard.components import empty
from dashboard.decisions import show_flash
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _
from dashboard.reads import open_session
from db import approvals, escalations, ledger
from db.models import Approval, Escalation, LedgerEntry
from regulations.access import Scope

OPEN = "open"  # in the address: which matter is opened
_PANELS = (approval_panel.PANEL, escalation_panel.PANEL, ledger_panel.PANEL)
Matter = Approval | Escalation | LedgerEntry


_SHOWN, _DECIDED = "decision_shown", "decision_decided"  # the matter that is open; the one decided last


def show_flashes() -> None:
    """What became of the last decision. The matter stays open: nothing else opens unasked."""
    if "done" in [show_flash(panel, beside="") for panel in _PANELS]:
        shown = st.session_state.get(_SHOWN)
        st.session_state[_DECIDED] = shown
        if shown:
            st.query_params[OPEN] = shown


def _close() -> None:
    st.query_params.pop(OPEN, None)


def open_matter(key: str) -> None:
    """Open a matter ("approval-12"); for callbacks."""
    st.query_params[OPEN] = key


def asked_matter() -> str:
    """The matter that the address names, if it can be one; else ""."""
    key = st.query_params.get(OPEN, "")
    kind, _dash, number = key.partition("-")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return key if is_number and kind in ("approval", "report", "bypass", "penalty") else ""


def show_matter(scope: Scope, key: str) -> None:
    """The matter with everything the viewer may do about it, or why there is none."""
    kind, _dash, number = key.partition("-")
    st.session_state[_SHOWN] = key
    if st.session_state.get(_DECIDED) == key:
        st.button(
            _("Close it and open the next one"),
            key="decision_next",
            icon=":material/arrow_forward:",
            on_click=_close,
        )
    with open_session() as session:
        try:
            row = _matter(session, scope, kind, int(number))
        except LookupError:
            row = None
        case = None if row is None or row.complaint is None else row.complaint
        siblings = ledger.list_entries(session, scope, complaint_id=case.id) if case is not None else []
        where = "" if case is None else f"{case.number} · {case.summary}"
        who = "" if case is None else f"{(case.handler or case.agent).name} · {case.team.name}"
    if row is None:
        empty(
            _("This matter is not here"),
            _("The address names none, or one that is not of your teams. Choose another from the list."),
            "search_off",
        )
        return
    if case is not None:
        navigation.link("case", _("Open case {number}", number=case.number), ":material/description:", case=case.number)  # fmt: skip
        st.caption(plain(f"{where} · {who}"))
    elif isinstance(row, Escalation) and row.reason == "surge":
        navigation.link("surges", _("It belongs to no single case: all surges"), ":material/trending_up:")
    elif isinstance(row, Escalation) and row.handover_id is not None:
        navigation.link("handover", _("To the handover"), ":material/sync_alt:", open=str(row.handover_id))
    else:
        st.caption(_("It belongs to no case."))
    if isinstance(row, Approval):
        approval_panel.show_one(scope, row)
    elif isinstance(row, Escalation):
        escalation_panel.show_one(scope, row)
    else:
        st.markdown(f":gray[{plain(_('Cause'))}] {plain(row.cause or NOTHING)}")
        ledger_panel.show_one(scope, row, siblings)


def _matter(session: Session, scope: Scope, kind: str, number: int) -> Matter:
    if kind == "approval":
        return approvals.get_approval(session, scope, number)
    if kind == "penalty":
        return ledger.get_entry(session, scope, number)
    return escalations.get_escalation(session, scope, number)
