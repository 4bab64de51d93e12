"""What follows a swap: the pay-back until it is worked, taking it back in time, and a shift that was left empty."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import current_scope
from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.formats import fmt_date, fmt_instant, fmt_time, plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, person, rulebook, rulebook_of, today
from dashboard.request_check import badge, show_check
from dashboard.request_fields import AHEAD, shift_text
from dashboard.request_kinds import PANEL
from db import request_choices, swaps
from db.models import Shift, SwapRequest
from db.refusals import Refused
from db.swap_rows import has_begun, may_decide_now, sees
from regulations.access import Scope
from regulations.swap_course import failure
from regulations.swaps import failure_name

_SETTLING, _CANCELLING, _FAILING = "swap_settle", "swap_cancel", "swap_failed"  # where a refusal is said


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
    _failure(row, at)


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


def _failure(row: SwapRequest, at: datetime) -> None:
    """A wrong or empty shift: what it counts as is the rulebook's, whose share it was a person establishes."""
    shifts = {s.id: s for s in (row.shift, row.payback_shift) if s is not None and s.starts_at <= at}
    if not shifts:
        return
    with st.expander(_("A shift was wrong or left empty"), icon=":material/report:"):
        chosen = st.selectbox(
            _("Which shift"),
            list(shifts),
            format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
            key=f"swap_failed_shift:{row.id}",
        )
        shift = shifts.get(chosen or 0) or next(iter(shifts.values()))
        read = _read(shift)
        with st.form(f"swap_failed_form:{row.id}", border=False, enter_to_submit=False):
            if read:
                _sure(row, shift, read)
            clause = rulebook_of(row.rulebook_version).clause("swap.responsibility_shared")
            st.caption(
                f"{plain(_('Both are assessed by their share of responsibility: write down each one’s.'))}{badge(clause, 'gray')}"
            )
            for key, who in _share_keys(row):
                st.text_area(
                    _("What {person} is responsible for", person=who),
                    key=key,
                    max_chars=LONGEST_NOTE,
                    height=68,
                )
            st.form_submit_button(
                _("Record it"),
                key=f"swap_failed:{row.id}",
                icon=":material/report:",
                on_click=_do_fail,
                args=(row.id, row.row_version),
            )
        show_flash(PANEL, beside=_FAILING)


def _read(shift: Shift) -> str:
    """What the clock says of the shift, in words; "" where it says nothing."""
    with open_session() as session:
        shift = session.get_one(Shift, shift.id)
        first, last = request_choices.readings_of_shift(session, current_scope(), shift)
        person = shift.agent.name
    if first is None and last is None:
        return ""
    return _(
        "{person} clocked {first}–{last} on {day}",
        person=person,
        first=fmt_time(first),
        last=fmt_time(last),
        day=fmt_date(shift.work_on),
    )


def _sure(row: SwapRequest, shift: Shift, read: str) -> None:
    """The readings speak against an empty shift: whoever records one all the same says that he has seen them."""
    class_ = failure_name(rulebook_of(row.rulebook_version))
    counts_as = "" if class_ is None else class_[0 if lang() == "zh" else 1]
    st.markdown(f":orange[:material/warning: **{plain(read)}**]")
    st.checkbox(
        plain(
            _(
                "The shift was wrong or empty all the same: record it, with {class_} for both {one} and {other}",
                class_=counts_as,
                one=row.requester.name,
                other=row.partner.name,
            )
        ),
        key=_sure_key(row.id, shift.id),
    )


def _sure_key(swap_id: int, shift_id: int) -> str:
    return f"swap_failed_sure:{swap_id}:{shift_id}"


def _share_keys(row: SwapRequest) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"swap_failed_share:{row.id}:{n}", one.name) for n, one in enumerate((row.requester, row.partner))
    )


def _do_fail(swap_id: int, seen: int) -> None:
    shift_id = int(st.session_state.get(f"swap_failed_shift:{swap_id}") or 0)

    def write(session: Session, scope: Scope) -> SwapRequest:
        row = swaps.get_swap(session, scope, swap_id)
        shift = {row.shift_id: row.shift, row.payback_shift_id: row.payback_shift}.get(shift_id)
        if shift is not None and not st.session_state.get(_sure_key(swap_id, shift_id)):
            first, last = request_choices.readings_of_shift(session, scope, shift)
            if first is not None or last is not None:
                raise Refused(
                    f"{shift.agent.name}这一班有打卡（{fmt_time(first)}–{fmt_time(last)}）：确属误班、空班的，请勾选确认后再登记。",
                    f"{shift.agent.name} clocked on this shift ({fmt_time(first)}–{fmt_time(last)}): if it was wrong or"
                    " empty all the same, tick that you have seen it, then record it",
                )
        return swaps.record_failure(
            session,
            scope,
            swap_id,
            shift_id=shift_id,
            shares=(typed(f"swap_failed_share:{swap_id}:0"), typed(f"swap_failed_share:{swap_id}:1")),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    def said(row: SwapRequest) -> str:
        failed = row.shift if row.failed_shift_id == row.shift_id else row.payback_shift
        assert failed is not None
        names = (row.requester.name, row.partner.name)
        return (
            failure(names, failed.work_on, ("", ""), rulebook_of(row.rulebook_version)).steps[0].text(lang())
        )

    attempt(PANEL, said, write, beside=_FAILING)
