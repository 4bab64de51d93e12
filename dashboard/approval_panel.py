"""The approvals of a case: what was asked for, who must sign and why, and the actions the viewer may take."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.components import explanation, section
from dashboard.decisions import LONGEST_NOTE, attempt, cited, show_flash, typed
from dashboard.formats import fmt_duration, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import now, open_session, person, rulebook
from db import approvals
from db.models import Approval, Complaint
from regulations.access import Scope
from regulations.approvals import KINDS, Ruling
from regulations.levels import account_for
from regulations.wording import money_text

PANEL = "approval"
_DECIDING = "decide"  # where a refusal is said: at the buttons that were pressed
_COLOURS = {"pending": "orange", "approved": "green", "rejected": "red", "withdrawn": "gray"}


def show(scope: Scope, case: Complaint) -> None:
    """Draw the section: the requests of the case, the waiting first, and what the viewer may do."""
    section(
        _("Approvals"), _("Who must sign follows from the amount and the rulebook; one level decides, once.")
    )
    show_flash(PANEL, beside="")
    with open_session() as session:
        rows = approvals.list_approvals(session, scope, complaint_id=case.id)
    for row in rows:
        show_one(scope, row)
    if not rows:
        st.caption(_("Nothing on this case has needed a signature."))
    if scope.may("complaints.act"):
        _ask(scope, case)


def what(row: Approval) -> str:
    """What is asked for: the kind, and the sum where there is one."""
    title = name("approval_kind", row.kind)
    return title if row.amount is None else f"{title} {money_text(row.amount, lang())}"


def show_one(scope: Scope, row: Approval) -> None:
    """One request with its reasoning and what the viewer may do; the caller says what became of it (PANEL)."""
    with open_session() as session:
        ruling = approvals.may_decide_now(session, scope, row, rulebook())
    state = name("approval_state", row.state)
    signer = ruling.role_title(lang()) or rulebook().role_title(row.required_role, lang())  # type: ignore[arg-type]
    with st.container(border=True, gap="xsmall", key=f"approval_{row.id}"):
        st.markdown(f"**{plain(what(row))}** :{_COLOURS[row.state]}-badge[{plain(state)}]")
        st.markdown(plain(row.reason))
        st.caption(plain(_asked(row, signer)))
        if row.state != "pending":
            st.caption(plain(_decided(row)))
        if row.state == "pending":
            _actions(scope, row, ruling)
        with st.expander(_("Why {title} signs", title=signer)):
            explanation(row.steps)


def _asked(row: Approval, signer: str) -> str:
    since = fmt_instant(row.requested_at)
    if row.state != "pending":
        return _(
            "asked for by {who} on {at} · signed by {title}",
            who=person(row.requested_by),
            at=since,
            title=signer,
        )
    waiting = fmt_duration((now() - row.requested_at).total_seconds())
    return _(
        "asked for by {who} on {at} · waits for {title} since {duration}",
        who=person(row.requested_by),
        at=since,
        title=signer,
        duration=waiting,
    )


def _decided(row: Approval) -> str:
    said = _(
        "{state} by {who} on {at}",
        state=name("approval_state", row.state),
        who=person(row.decided_by),
        at=fmt_instant(row.decided_at),
    )
    return f"{said} · {row.decision_note}" if row.decision_note else said


def _actions(scope: Scope, row: Approval, ruling: Ruling) -> None:
    if scope.may("approvals.decide"):
        if ruling.is_allowed:
            if account_for(row.required_role) != scope.role:  # why it may be decided here all the same
                st.caption(plain(ruling.steps[-1].text(lang())))
            _decide(row)
        else:
            first = ruling.violations[0]
            st.caption(f":material/lock: {plain(cited(first.text(lang()), first.clause))}")
            show_flash(PANEL, beside=f"{_DECIDING}:{row.id}")
    if scope.may("complaints.act") and row.requested_by == scope.actor:
        st.button(
            _("Withdraw the request"),
            key=f"approval_withdraw:{row.id}",
            icon=":material/undo:",
            on_click=_withdraw,
            args=(row.id, row.row_version),
        )


def _decide(row: Approval) -> None:
    with st.form(f"approval_form:{row.id}", border=False, enter_to_submit=False):
        st.text_input(
            _("Note"),
            key=f"approval_note:{row.id}",
            max_chars=LONGEST_NOTE,
            placeholder=_("needed when you reject"),
        )
        show_flash(PANEL, beside=f"{_DECIDING}:{row.id}")
        with st.container(horizontal=True, gap="small"):
            for is_approved, label, icon in (
                (True, _("Approve"), ":material/check:"),
                (False, _("Reject"), ":material/close:"),
            ):
                st.form_submit_button(
                    label,
                    key=f"approval_{'approve' if is_approved else 'reject'}:{row.id}",
                    type="primary" if is_approved else "secondary",
                    icon=icon,
                    on_click=_take,
                    args=(row.id, row.row_version, is_approved),
                )


def _take(approval_id: int, seen: int, is_approved: bool) -> None:
    """Runs before the page is made again, with the version of the request that the viewer was looking at."""

    def write(session: Session, scope: Scope) -> str:
        row = approvals.decide_approval(
            session,
            scope,
            approval_id,
            is_approved=is_approved,
            note=typed(f"approval_note:{approval_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )
        return what(row) if row.complaint is None else f"{row.complaint.number} · {what(row)}"

    def said(one: str) -> str:
        return _("Approved: {what}", what=one) if is_approved else _("Rejected: {what}", what=one)

    attempt(PANEL, said, write, beside=f"{_DECIDING}:{approval_id}")


def _withdraw(approval_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        approvals.withdraw_approval(session, scope, approval_id, expected_version=seen, now=now())

    attempt(PANEL, _("The request is withdrawn."), write)


def _ask(scope: Scope, case: Complaint) -> None:
    with st.expander(_("Ask for an approval"), icon=":material/add:", key="approval_ask_panel"):
        left, right = st.columns(2)
        kind = left.selectbox(
            _("What for"),
            KINDS,
            format_func=lambda code: name("approval_kind", code),
            key=f"approval_kind:{case.id}",
        )
        typed_amount = right.number_input(
            _("Amount in yuan"),
            value=None,
            step=100.0,
            format="%.2f",
            key=f"approval_amount:{case.id}",
            placeholder=_("needed for compensation"),
        )
        amount = None if typed_amount is None else Decimal(str(typed_amount))
        _preview(case, kind or KINDS[0], amount)
        with st.form("approval_ask", border=False):
            st.text_area(
                _("Why it is asked for"), key=f"approval_reason:{case.id}", max_chars=LONGEST_NOTE, height=80
            )
            st.form_submit_button(
                _("Send the request"),
                key="approval_send",
                type="primary",
                icon=":material/send:",
                on_click=_send,
                args=(case,),
            )


def _preview(case: Complaint, kind: str, amount: Decimal | None) -> None:
    """Say at once who would have to sign."""
    if amount is None and kind == "compensation":
        st.caption(_("Enter the amount: who must sign is shown here."))
        return
    with open_session() as session:
        ruling = approvals.preview(session, case, kind=kind, amount=amount, book=rulebook())
    if not ruling.is_allowed:
        st.warning(plain(ruling.violations[0].text(lang())), icon=":material/error:")
    elif ruling.required_role is None:
        st.info(plain(ruling.steps[-1].text(lang())), icon=":material/info:")
    else:
        said = _(
            "{what} needs the approval of {title}",
            what=name("approval_kind", kind) if amount is None else money_text(amount, lang()),
            title=ruling.role_title(lang()),
        )
        st.info(plain(cited(said, next(iter(ruling.clauses), None))), icon=":material/approval:")


def _send(case: Complaint) -> None:
    raw = st.session_state.get(f"approval_amount:{case.id}")

    def write(session: Session, scope: Scope) -> None:
        approvals.request_approval(
            session,
            scope,
            session.get_one(Complaint, case.id),
            kind=str(st.session_state.get(f"approval_kind:{case.id}")),
            amount=None if raw is None else Decimal(str(raw)),
            reason=typed(f"approval_reason:{case.id}"),
            book=rulebook(),
            now=now(),
        )

    if attempt(PANEL, _("The request is on its way."), write):
        st.session_state[f"approval_reason:{case.id}"] = ""
        st.session_state[f"approval_amount:{case.id}"] = None
