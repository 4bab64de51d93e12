"""What follows a swap: the pay-back until it is worked, and taking it back in time."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, person, rulebook, rulebook_of, today
from dashboard.request_check import badge, show_check
from dashboard.request_fields import AHEAD, shift_text
from dashboard.request_kinds import PANEL
from dashboard.request_swap_failed import show_failure
from db import request_choices, swaps
from db.models import SwapRequest
from db.swap_rows import has_begun, may_decide_now, sees
from regulations.access import Scope
from regulations.swap_course import failure

_SETTLING, _CANCELLING = "swap_settle", "swap_cancel"  # where a refusal is said


def show_after(scope: Scope, row: SwapRequest, at: datetime) -> None:
    """How the pay-back stands, and everything that can be recorded about the swap at this moment."""
    if row.state == "requested":
        if scope.may("requests.file"):
            _agree_on_payback(scope, row, at)
        return
    if row.state not in ("approved", "settled", "failed"):
        return
    book = rulebook_of(row.rulebook_version)
    course = swaps.course_of(row, book, at)
    st.markdown(f"**{plain(_('Pay-back'))}**  \n{plain(course.step.text(lang()))}")
    if row.settled_at is not None and row.settled_by:
        st.caption(
            plain(_("recorded by {who} on {at}", who=person(row.settled_by), at=fmt_instant(row.settled_at)))
        )
    failed = row.shift if row.failed_shift_id == row.shift_id else row.payback_shift
    if row.state == "failed" and failed is not None:
        names = (row.requester.name, row.partner.name)
        for step in failure(names, failed.work_on, ("", ""), book).steps:
            st.markdown(f"- {plain(step.text(lang()))}{badge(step.clause, 'red')}")
    if row.outcome_note:
        st.markdown(f":gray[{plain(_('Outcome'))}] {plain(row.outcome_note)}")
    if row.state == "failed" or not scope.may("requests.decide"):
        return
    with open_session() as session:
        ruling = may_decide_now(session, scope, row, book)
    if not ruling.is_allowed:
        first = ruling.violations[0]
        st.caption(f":material/lock: {plain(first.text(lang()))}{badge(first.clause, 'gray')}")
        return
    if row.state == "approved":
        if scope.may("requests.file"):
            _agree_on_payback(scope, row, at)
        if course.code in ("to_settle", "not_agreed") and (row.shift is None or row.shift.ends_at <= at):
            _settle(row, at)
        if not (has_begun(row.shift, at) or has_begun(row.payback_shift, at)):
            _cancel(row)
    show_failure(row, at)


def _agree_on_payback(scope: Scope, row: SwapRequest, at: datetime) -> None:
    if has_begun(row.payback_shift, at) or not sees(scope, row.requester):
        return
    with open_session() as session:
        found = request_choices.list_partner_shifts(
            session, scope, row.requester_id, row.partner_id, from_on=today(), to_on=today() + AHEAD
        )
    taken = (row.shift_id, row.payback_shift_id)
    shifts = {shift.id: shift for shift in found if shift.id not in taken and shift.starts_at > at}
    if not shifts:
        return
    title = _("Agree on the pay-back") if row.payback_on is None else _("Agree on another pay-back")
    with st.expander(title):
        key = f"swap_payback:{row.id}"
        chosen = st.selectbox(
            _("Which shift {requester} works in return", requester=row.requester.name),
            list(shifts),
            index=None,
            format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
            key=key,
            placeholder=_("Choose a shift"),
        )
        if chosen is None or chosen not in shifts:
            return
        with open_session() as session:
            check = swaps.payback_ruling(session, scope, row, shifts[chosen], rulebook(), at)
        show_check(check)
        if row.state == "requested":
            st.caption(plain(_("Agreements were given to another pay-back: they are asked for anew.")))
        elif check.lent:
            st.text_input(
                _("Note"),
                key=_payback_note(row.id),
                max_chars=LONGEST_NOTE,
                placeholder=_("needed: why it is granted"),
            )
        st.button(
            _("Record the pay-back"),
            key=f"swap_set_payback:{row.id}",
            icon=":material/event_available:",
            on_click=_set_payback,
            args=(row.id, row.row_version, chosen),
        )


def _payback_note(swap_id: int) -> str:
    return f"swap_payback_note:{swap_id}"


def _set_payback(swap_id: int, seen: int, shift_id: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        swaps.set_payback(
            session,
            scope,
            swap_id,
            payback_shift_id=shift_id,
            expected_version=seen,
            book=rulebook(),
            now=now(),
            note=typed(_payback_note(swap_id)),
        )

    attempt(PANEL, _("The pay-back is recorded."), write)


def _settle(row: SwapRequest, at: datetime) -> None:
    """The confirmation, or what has to be put right before: a shift that is not over, a day without anybody there."""
    with open_session() as session:
        ruling = swaps.settling(session, row, rulebook_of(row.rulebook_version), at, has_note=True)
    if not ruling.is_allowed:
        for one in ruling.violations:
            st.caption(f":material/info: {plain(one.text(lang()))}{badge(one.clause, 'gray')}")
        return
    with st.form(f"swap_settle_form:{row.id}", border=False, enter_to_submit=False):
        st.text_input(
            _("Note"),
            key=f"swap_settle_note:{row.id}",
            max_chars=LONGEST_NOTE,
            placeholder=_("needed when nothing was paid back"),
        )
        st.form_submit_button(
            _("Confirm that both shifts were worked"),
            key=f"swap_settle:{row.id}",
            icon=":material/task_alt:",
            on_click=_do_settle,
            args=(row.id, row.row_version),
        )
    show_flash(PANEL, beside=_SETTLING)


def _do_settle(swap_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        note = typed(f"swap_settle_note:{swap_id}")
        swaps.settle_swap(
            session, scope, swap_id, expected_version=seen, book=rulebook(), now=now(), note=note
        )

    attempt(PANEL, _("The swap is settled."), write, beside=_SETTLING)


def _cancel(row: SwapRequest) -> None:
    """Before the first of both shifts begins, each goes back to whose it was."""
    with (
        st.expander(_("Cancel the swap"), icon=":material/event_busy:"),
        st.form(f"swap_cancel_form:{row.id}", border=False, enter_to_submit=False),
    ):
        st.caption(
            plain(
                _(
                    "Each shift goes back to whose it was. A swap that is cancelled does not count for the month."
                )
            )
        )
        st.text_input(
            _("Why it is cancelled"),
            key=f"swap_cancel_note:{row.id}",
            max_chars=LONGEST_NOTE,
        )
        st.form_submit_button(
            _("Cancel the swap"),
            key=f"swap_cancel:{row.id}",
            icon=":material/undo:",
            on_click=_do_cancel,
            args=(row.id, row.row_version),
        )
        show_flash(PANEL, beside=_CANCELLING)


def _do_cancel(swap_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        swaps.cancel_swap(
            session,
            scope,
            swap_id,
            note=typed(f"swap_cancel_note:{swap_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    done = _("The swap is cancelled; each shift is back with whose it was.")
    attempt(PANEL, done, write, beside=_CANCELLING)
