"""Requests: leave, swaps, clock readings and overtime that wait for a decision, each with its rule check; what follows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import request_due, request_leave_balances
from dashboard.auth import require
from dashboard.components import empty, page_header, section
from dashboard.filters import choice_filter, period_and_team_filters, view_filter
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import N_, _
from dashboard.reads import now
from dashboard.request_bulk import show_bulk, show_results
from dashboard.request_cards import show_cards
from dashboard.request_filing import show_filing
from dashboard.request_kinds import KINDS, STATES
from dashboard.request_lists import URGENCY_NAMES, only, waiting_rows
from dashboard.request_panel import show_flashes, show_request
from dashboard.request_settled import show_settled
from dashboard.request_table import OPEN, asked_key, show_waiting
from regulations.access import Scope

VIEWS = {
    "mine": N_("Waits for you"),
    "waiting": N_("All that waits"),
    "payback": N_("To be paid back"),
    "slips": N_("Slips and reports due"),
    "unapproved": N_("Overtime nobody approved"),
    "settled": N_("Settled"),
    "balances": N_("Leave balances"),
    "ask": N_("Ask for somebody"),
}
_LISTS = ("mine", "waiting")


def _waiting(scope: Scope, rows: pd.DataFrame, state: str) -> None:
    asked = asked_key()
    if rows.empty and not asked:
        show_results()
        empty(_("Nothing waits here"), _empty_sentence(state), "task_alt")
        return
    left, right = st.columns([5, 3], gap="small")
    with left:
        show_results()
        if rows.empty:
            empty(_("Nothing waits here"), _empty_sentence(state), "task_alt")
        else:
            ticked = show_waiting(rows, state)
            st.caption(
                plain(
                    _(
                        "What is needed first stands on top. Click a row to see its rule check and decide; tick several to decide on them together."
                    )
                )
            )
            show_bulk(ticked)
    with right:
        if asked and not rows.empty and asked not in set(rows["key"]):
            st.button(
                _("Close it and open the next one"),
                key="requests_next",
                icon=":material/arrow_forward:",
                on_click=_open_next,
            )
        show_request(scope, asked or str(rows.iloc[0]["key"]))


def _open_next() -> None:
    st.query_params.pop(OPEN, None)


def _empty_sentence(state: str) -> str:
    if state == "mine":
        return _("Nobody waits for your word. What waits for others stands under “All that waits”.")
    return _("Nothing of this kind is undecided in these teams.")


def _page() -> None:
    scope = require("requests.view")
    page_header(
        _("Requests"),
        _(
            "Leave, swaps, clock readings and overtime, with what the rules say before anybody decides. As of {at}.",
            at=fmt_instant(now()),
        ),
    )
    chosen = period_and_team_filters(scope)
    waiting = waiting_rows(scope, chosen.team_id)
    due = (
        request_due.payback_rows(scope, chosen.team_id),
        request_due.slip_rows(scope, chosen.team_id),
        request_due.unapproved_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id),
    )
    show_cards(waiting, due)
    views = VIEWS if scope.may("requests.file") else {k: v for k, v in VIEWS.items() if k != "ask"}
    state = view_filter("state", views, "requests_state")
    if state == "ask":
        section(
            _("Ask for somebody"),
            _("Personal leave is asked for in person; when somebody is ill, also through somebody else."),
        )
        show_filing(scope)
        return
    if state == "balances":
        request_leave_balances.show(scope, chosen.team_id)
        return
    if state == "payback":
        request_due.show_payback(scope, due[0])
        return
    if state == "slips":
        request_due.show_slips(scope, due[1])
        return
    if state == "unapproved":
        request_due.show_unapproved(due[2])
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = choice_filter("kind", _("Kind"), KINDS, "requests_kind")
        needed = (
            choice_filter("needed", _("Decide by"), URGENCY_NAMES, "requests_needed")
            if state in _LISTS
            else ""
        )
        outcome = (
            choice_filter("outcome", _("Decided how"), STATES, "requests_outcome")
            if state == "settled"
            else ""
        )
    if state == "settled":
        show_settled(scope, chosen, kind, outcome)
        return
    if state == "mine":
        waiting = waiting[waiting["is_mine"].astype(bool)]
    _waiting(scope, only(waiting, kind=kind, urgency=needed), state)


_page()
show_flashes()  # where no request stands open to say it beside
