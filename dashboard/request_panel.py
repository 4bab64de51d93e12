"""One request opened beside the list: what is asked for, what the rules say, what it meets, and then the decision."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import request_hours, request_leave, request_leave_after, request_swap, request_swap_after
from dashboard.components import empty, explanation
from dashboard.decisions import LONGEST_NOTE, attempt, cited, show_flash, typed
from dashboard.formats import NOTHING, fmt_duration, fmt_instant, plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, person
from dashboard.request_around import is_ahead, show_away, show_coverage, show_staffing, swap_spans
from dashboard.request_check import Check, needs_reason, show_outcome, show_reasons
from dashboard.request_kinds import KINDS, PANEL, STATE_COLOURS, Asked, asked, state_name
from dashboard.request_lists import URGENCY_NAMES, level_title, needed
from dashboard.request_order import urgency
from dashboard.request_rules import (
    can_approve,
    check_of,
    decide,
    is_only_unagreed,
    may_withdraw,
    refusal_of,
    withdraw,
)
from dashboard.request_table import OPEN
from db import requests
from db.models import Leave, PunchCorrection, SwapRequest
from db.requests import Row
from regulations.access import Scope
from regulations.ruling import Violation

DECIDING = "decide"  # where the panel says why a decision was refused: at its buttons


def show_request(scope: Scope, key: str) -> None:
    """The request with everything the viewer may do about it, or why there is none.

    What has to be decided stands right under what is asked for; everything it rests on follows.
    """
    show_flash(PANEL, beside="")
    kind, _dash, number = key.partition("-")
    at = now()
    try:
        with open_session() as session:
            row = requests.get_request(session, scope, kind, int(number))
            one = asked(scope, row)
            check = check_of(session, row, at)
            refused = refusal_of(session, scope, row)
    except LookupError:
        empty(
            _("This request is not here"),
            _("The address names none, or one that is not of your teams. Choose another from the list."),
            "search_off",
        )
        return
    with st.container(border=True, gap="small", key=f"request_{one.kind}_{one.number}"):
        _head(one)
        if one.is_waiting:
            show_outcome(check)
            _decision(scope, one, check, refused)
            show_reasons(check)
        else:
            _outcome(one)
        _facts(scope, row, check)
        if one.is_waiting and scope.may("requests.view"):
            _around(scope, row, one, at)
        _after(scope, row, at)
        if may_withdraw(scope, row, at):
            _take_back(one)


def _facts(scope: Scope, row: Row, check: Check) -> None:
    if isinstance(row, Leave):
        request_leave.show_facts(scope, row, check)
    elif isinstance(row, SwapRequest):
        request_swap.show_facts(scope, row)
    elif isinstance(row, PunchCorrection):
        request_hours.show_correction(scope, row)
    else:
        request_hours.show_overtime(scope, row)


def _around(scope: Scope, row: Row, one: Asked, at: datetime) -> None:
    """Who is away and who is left: for everything that still lies ahead, the posts only where somebody leaves them.

    A swap is of two days, and whoever decides on it knows the staffing of both (A3.7).
    """
    if one.kind == "correction" or not is_ahead(one, at):
        return
    spans = swap_spans(row) if isinstance(row, SwapRequest) else [(one.begins_at, one.ends_at)]
    show_away(scope, one, spans)
    if not scope.may("roster.view"):
        return
    if one.kind == "leave":
        show_coverage(scope, one)
    elif isinstance(row, SwapRequest):
        show_staffing(scope, row)


def _after(scope: Scope, row: Row, at: datetime) -> None:
    if isinstance(row, Leave):
        request_leave_after.show_after(scope, row, at)
    elif isinstance(row, SwapRequest):
        request_swap_after.show_after(scope, row, at)


def _head(one: Asked) -> None:
    state = plain(state_name(one.kind, one.state))
    st.markdown(
        f"**{plain(one.person)} · {plain(_(KINDS[one.kind]))}** :{STATE_COLOURS.get(one.state, 'gray')}-badge[{state}]"
    )
    lines = [plain(one.what), f"{plain(one.when)} · {plain(one.team)}"]
    if one.reason:
        lines.append(f":gray[{plain(_('Reason'))}] {plain(one.reason)}")
    st.markdown("  \n".join(lines))
    by = person(one.asked_by) if one.asked_by else NOTHING
    said = _("asked for by {who} on {at}", who=by, at=fmt_instant(one.asked_at))
    if one.is_waiting:
        at = now()
        by_at = needed(one)
        waiting = _("waiting for {duration}", duration=fmt_duration((at - one.asked_at).total_seconds()))
        by_when = _("decision needed by {at}", at=fmt_instant(by_at))
        pressing = urgency(by_at, at)
        if pressing != "later":
            by_when = _("{text} ({more})", text=by_when, more=_(URGENCY_NAMES[pressing]))
        said = " · ".join([said, waiting, by_when])
    st.caption(plain(said))


def _outcome(one: Asked) -> None:
    is_over = one.kind == "swap" and one.state in ("settled", "failed")  # how it ended is said below
    said = state_name(one.kind, "approved" if is_over else one.state)
    if one.decided_by:
        level = level_title(one)
        who = f"{person(one.decided_by)} · {level}" if level else person(one.decided_by)
        said = _("{state} by {who} on {at}", state=said, who=who, at=fmt_instant(one.decided_at))
    st.markdown(plain(said))
    if one.note:
        st.markdown(f":gray[{plain(_('Note'))}] {plain(one.note)}")
    with st.expander(_("What it was decided on")):
        explanation(one.steps)


def _decision(scope: Scope, one: Asked, check: Check, refused: Violation | None) -> None:
    if not scope.may("requests.decide"):
        return
    if refused is not None:
        show_flash(PANEL, beside=DECIDING)
        st.caption(f":material/lock: {plain(cited(refused.text(lang()), refused.clause))}")
        return
    is_clean, may_approve = not check.violations and not needs_reason(check), can_approve(check)
    is_exception = may_approve and not is_clean
    if not is_clean:
        st.caption(_obstacle(check, may_approve))
    with st.form(f"request_form:{one.key}", border=False, enter_to_submit=False):
        st.text_area(
            _("Note"),
            key=f"request_note:{one.key}",
            max_chars=LONGEST_NOTE,
            height=68,
            placeholder=_("needed: why it is granted, or why it is refused")
            if needs_reason(check)
            else _("needed when you refuse"),
        )
        show_flash(PANEL, beside=DECIDING)
        with st.container(horizontal=True, gap="small"):
            for is_approved, label, icon in (
                (True, _("Approve as an exception") if is_exception else _("Approve"), ":material/check:"),
                (False, _("Refuse"), ":material/close:"),
            ):
                st.form_submit_button(
                    label,
                    key=f"request_{'approve' if is_approved else 'refuse'}:{one.key}",
                    type="primary" if is_approved and is_clean else "secondary",
                    icon=icon,
                    disabled=is_approved and not may_approve,
                    on_click=_take,
                    args=(one.kind, one.number, one.version, is_approved),
                )


def _obstacle(check: Check, may_approve: bool) -> str:
    """What stands in the way of an approval, and what to do about it (Markdown)."""
    if is_only_unagreed(check):
        icon, text = "pending", _("It can be approved once everybody named above has agreed: record the agreements first.")  # fmt: skip
    elif may_approve:
        icon, text = "warning", _("It can only be approved as an exception: say in the note why.")
    else:
        icon, text = "block", _("Nobody may approve it as it stands: refuse it, or have it changed.")
    return f":material/{icon}: {plain(text)}"


def _take(kind: str, number: int, seen: int, is_approved: bool) -> None:
    """Runs before the page is made again, with the version of the request that the viewer was looking at."""

    def write(session: Session, scope: Scope) -> Asked:
        note = typed(f"request_note:{kind}-{number}")
        decide(session, scope, kind, number, is_approved=is_approved, note=note, version=seen, at=now())
        return asked(scope, requests.get_request(session, scope, kind, number))

    def said(one: Asked) -> str:
        what = f"{one.person} · {_(KINDS[one.kind])} · {one.what} · {one.when}"
        return _("Approved: {what}", what=what) if is_approved else _("Not approved: {what}", what=what)

    attempt(PANEL, said, write, beside=DECIDING)
    st.query_params[OPEN] = (
        f"{kind}-{number}"  # it stays open: what became of it is seen, and nothing opens unasked
    )


def _take_back(one: Asked) -> None:
    st.button(
        _("Withdraw the request"),
        key=f"request_withdraw:{one.key}",
        icon=":material/undo:",
        on_click=_withdraw,
        args=(one.kind, one.number, one.version),
    )


def _withdraw(kind: str, number: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        withdraw(session, scope, kind, number, version=seen, at=now())

    attempt(PANEL, _("The request is withdrawn."), write)


def show_flashes() -> None:
    """What became of the last thing that was pressed about a request; said once, beside the one that is open now."""
    show_flash(PANEL)
