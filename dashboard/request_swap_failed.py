"""A shift of a swap that was wrong or left empty: recorded by a person, against what the clock says if need be (A1.32, A3.5)."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import current_scope
from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.formats import fmt_date, fmt_time, plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, rulebook, rulebook_of
from dashboard.request_check import badge
from dashboard.request_fields import shift_text
from dashboard.request_kinds import PANEL
from db import request_choices, swaps
from db.models import Shift, SwapRequest
from db.refusals import Refused
from regulations.access import Scope
from regulations.swap_course import failure
from regulations.swaps import failure_name

_FAILING = "swap_failed"  # where a refusal is said


def show_failure(row: SwapRequest, at: datetime) -> None:
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
