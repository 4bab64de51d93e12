"""What can be done about leave besides deciding on it: other times, the slip, reporting back, taking it back."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.i18n import _
from dashboard.reads import now, rulebook, today
from dashboard.request_fields import instant, local, time_field
from dashboard.request_kinds import PANEL
from dashboard.request_leave import show_chain
from dashboard.request_table import OPEN
from db import leave
from db.models import Leave
from db.refusals import Refused
from regulations.access import Scope
from regulations.leave import SICKNESS

_AMENDING, _SLIP, _BACK = "leave_amend", "leave_slip", "leave_back"  # where a refusal is said


def show_after(scope: Scope, row: Leave, at: datetime) -> None:
    """What it takes the place of, and what can be recorded once the leave is running or over."""
    show_chain(scope, row)
    if scope.may("requests.file") and row.status in ("requested", "approved") and row.ends_at > at:
        _amend(row)
    if row.status != "approved" or row.starts_at > at:
        return
    if scope.may("requests.decide") and row.type in SICKNESS and row.slip_received_on is None:
        _slip(row)
    if scope.may("requests.file") and row.returned_at is None:
        _return(row, at)
    if scope.may("requests.decide") and scope.may("requests.file"):
        _take_back(row)


def _amend(row: Leave) -> None:
    """Other times: a new request that takes the place of this one once it is decided."""
    start, end = f"leave_amend_start:{row.id}", f"leave_amend_end:{row.id}"
    with st.expander(_("Change the times"), icon=":material/edit_calendar:"):
        st.session_state.setdefault(start, local(row.starts_at))
        st.session_state.setdefault(end, local(row.ends_at))
        time_field(_("Begins at"), start)
        time_field(_("Ends at"), end)
        st.text_input(_("Why it changes"), key=f"leave_amend_reason:{row.id}", max_chars=LONGEST_NOTE)
        st.button(
            _("Ask for the new times"),
            key=f"leave_amend:{row.id}",
            icon=":material/send:",
            on_click=_do_amend,
            args=(row.id, row.row_version),
        )
        show_flash(PANEL, beside=_AMENDING)


def _do_amend(leave_id: int, seen: int) -> None:
    starts_at, ends_at = instant(f"leave_amend_start:{leave_id}"), instant(f"leave_amend_end:{leave_id}")

    opened: list[int] = []

    def write(session: Session, scope: Scope) -> str:
        if starts_at is None or ends_at is None:
            raise Refused("请填写起止时间。", "fill in when it begins and ends")
        new = leave.amend_leave(
            session,
            scope,
            leave_id,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=typed(f"leave_amend_reason:{leave_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )
        opened.append(new.id)
        return leave.get_leave(session, scope, new.amends_id or leave_id).status

    def said(before: str) -> str:
        if before == "amended":
            return _(
                "The request now asks for the new times and waits for a decision; the old times are gone."
            )
        return _("The new times are asked for. Until they are approved, the leave stands as it was approved.")

    if attempt(PANEL, said, write, beside=_AMENDING):
        st.query_params[OPEN] = f"leave-{opened[0]}"


def _slip(row: Leave) -> None:
    with (
        st.expander(_("The slip was handed in"), icon=":material/description:"),
        st.form(f"leave_slip_form:{row.id}", border=False),
    ):
        left, right = st.columns(2)
        left.date_input(
            _("Handed in on"),
            value=today(),
            max_value=today(),
            key=f"leave_slip_on:{row.id}",
            format="YYYY-MM-DD",
        )
        right.date_input(
            _("Dates of the certificate"), value=[], key=f"leave_slip_dates:{row.id}", format="YYYY-MM-DD"
        )
        st.form_submit_button(
            _("Record the slip"),
            key=f"leave_slip:{row.id}",
            icon=":material/check:",
            on_click=_do_slip,
            args=(row.id, row.row_version),
        )
        show_flash(PANEL, beside=_SLIP)


def _do_slip(leave_id: int, seen: int) -> None:
    state = st.session_state
    days = state.get(f"leave_slip_dates:{leave_id}") or ()
    first, last = (days[0], days[-1]) if days else (None, None)

    def write(session: Session, scope: Scope) -> None:
        leave.receive_slip(
            session,
            scope,
            leave_id,
            certificate_from_on=first,
            certificate_to_on=last,
            received_on=state.get(f"leave_slip_on:{leave_id}") or today(),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    attempt(PANEL, _("The slip is recorded."), write, beside=_SLIP)


def _return(row: Leave, at: datetime) -> None:
    with st.expander(_("Back from leave"), icon=":material/keyboard_return:"):
        key = f"leave_back_at:{row.id}"
        if key not in st.session_state:
            st.session_state[key] = local(at).replace(second=0, microsecond=0)
        time_field(_("Reported back at"), key)
        st.button(
            _("Record the return"),
            key=f"leave_back:{row.id}",
            icon=":material/check:",
            on_click=_do_return,
            args=(row.id, row.row_version),
        )


def _do_return(leave_id: int, seen: int) -> None:
    at = instant(f"leave_back_at:{leave_id}") or now()

    def write(session: Session, scope: Scope) -> None:
        leave.report_back(session, scope, leave_id, at=at, expected_version=seen, now=now())

    attempt(PANEL, _("The return is recorded."), write)


def _take_back(row: Leave) -> None:
    """A leave that has begun and was worked after all: the days count as they were worked, with a reason on record."""
    with (
        st.expander(_("The leave was not taken"), icon=":material/undo:"),
        st.form(f"leave_back_form:{row.id}", border=False),
    ):
        st.text_input(
            _("Why the leave is taken back"), key=f"leave_not_taken_note:{row.id}", max_chars=LONGEST_NOTE
        )
        st.form_submit_button(
            _("Take the leave back"),
            key=f"leave_not_taken:{row.id}",
            icon=":material/undo:",
            on_click=_do_take_back,
            args=(row.id, row.row_version),
        )
        show_flash(PANEL, beside=_BACK)


def _do_take_back(leave_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        leave.withdraw_leave(
            session,
            scope,
            leave_id,
            expected_version=seen,
            now=now(),
            note=typed(f"leave_not_taken_note:{leave_id}"),
            book=rulebook(),
        )

    done = _("The leave is taken back; its days count as they were worked.")
    attempt(PANEL, done, write, beside=_BACK)
