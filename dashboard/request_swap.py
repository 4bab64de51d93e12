"""What is particular to a swap: both shifts, who has agreed, and the pay-back until it is worked."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, attempt, typed
from dashboard.formats import NOTHING, fmt_date, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import now, open_session, person, rulebook, rulebook_of, today
from dashboard.request_check import Check, badge, show_check
from dashboard.request_fields import AHEAD, shift_text
from dashboard.request_kinds import PANEL, fmt_span
from db import request_choices, swaps
from db.models import Shift, SwapRequest
from db.swap_rows import may_decide_now
from regulations.access import Scope
from regulations.swaps import consents_needed


def show_facts(scope: Scope, row: SwapRequest) -> None:
    """Who works what, the registered form, what they told each other, and whose agreement is recorded."""
    st.markdown(
        "\n".join(
            [
                f"- {plain(_('{partner} works: {shift}', partner=row.partner.name, shift=_span(row.shift, row.swap_on)))}",
                f"- {plain(_('{requester} works in return: {shift}', requester=row.requester.name, shift=_payback(row)))}",
            ]
        )
    )
    form = rulebook_of(row.rulebook_version).text("swap.form") or _("Number of the form")
    st.markdown(f":gray[{plain(form)}] {plain(row.form_number or _('not registered'))}")
    if row.briefing:
        st.markdown(f":gray[{plain(_('What they told each other'))}] {plain(row.briefing)}")
    _consents(scope, row)


def _consents(scope: Scope, row: SwapRequest) -> None:
    book = rulebook_of(row.rulebook_version)
    given = {str(entry["who"]): entry for entry in row.consents}
    needed = consents_needed(book)
    if not needed:
        return
    clause = badge(book.clause("swap.approvers"), "gray")
    st.markdown(f"**{plain(_('Agreements'))}**{clause}")
    lines = [f"- {_consent_line(who, given.get(who))}" for who in needed]
    st.markdown("\n".join(lines))
    missing = [who for who in needed if who not in given]
    for who in missing:
        if row.state == "requested" and swaps.may_consent(scope, row, who, book):
            st.button(
                _("{who} agrees: record it", who=name("swap_consent", who)),
                key=f"swap_consent:{row.id}:{who}",
                icon=":material/handshake:",
                on_click=_consent,
                args=(row.id, row.row_version, who),
            )


def _consent_line(who: str, entry: dict[str, str] | None) -> str:
    if entry is None:
        return f":orange[:material/pending:] {plain(_('{who}: has not agreed yet', who=name('swap_consent', who)))}"
    at = fmt_instant(datetime.fromisoformat(str(entry["at"])))
    said = _(
        "{who}: agreed on {at}, recorded by {by}",
        who=name("swap_consent", who),
        at=at,
        by=person(str(entry["by"])),
    )
    return f":green[:material/check:] {plain(said)}"


def _consent(swap_id: int, seen: int, who: str) -> None:
    def write(session: Session, scope: Scope) -> None:
        swaps.record_consent(session, scope, swap_id, who=who, expected_version=seen, now=now())

    attempt(PANEL, _("The agreement is recorded."), write)


def show_after(scope: Scope, row: SwapRequest, at: datetime) -> None:
    """The pay-back: when, how it stands, and what can be recorded about it."""
    if row.state not in ("approved", "settled", "failed"):
        return
    book = rulebook_of(row.rulebook_version)
    course = swaps.course_of(row, book, at)
    st.markdown(f"**{plain(_('Pay-back'))}**  \n{plain(course.step.text(lang()))}")
    if row.outcome_note:
        st.markdown(f":gray[{plain(_('Outcome'))}] {plain(row.outcome_note)}")
    if row.state != "approved" or not scope.may("requests.decide"):
        return
    with open_session() as session:
        ruling = may_decide_now(session, scope, row, book)
    if not ruling.is_allowed:
        first = ruling.violations[0]
        st.caption(f":material/lock: {plain(first.text(lang()))}{badge(first.clause, 'gray')}")
        return
    if scope.may("requests.file"):
        _agree_on_payback(scope, row, at)
    if course.code in ("to_settle", "not_agreed"):
        _settle(row)
    _failure(row, at)


def _agree_on_payback(scope: Scope, row: SwapRequest, at: datetime) -> None:
    if row.payback_shift is not None and row.payback_shift.starts_at <= at:
        return
    with open_session() as session:
        found = request_choices.list_partner_shifts(
            session, scope, row.requester_id, row.partner_id, from_on=today(), to_on=today() + AHEAD
        )
    shifts = {shift.id: shift for shift in found if shift.id != row.shift_id}
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
        if chosen is None:
            return
        with open_session() as session:
            check: Check = swaps.payback_ruling(session, scope, row, shifts[chosen], rulebook(), at)
        show_check(check)
        st.button(
            _("Record the pay-back"),
            key=f"swap_set_payback:{row.id}",
            icon=":material/event_available:",
            on_click=_set_payback,
            args=(row.id, row.row_version, chosen),
        )


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
        )

    attempt(PANEL, _("The pay-back is recorded."), write)


def _settle(row: SwapRequest) -> None:
    with st.form(f"swap_settle_form:{row.id}", border=False):
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


def _do_settle(swap_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        note = typed(f"swap_settle_note:{swap_id}")
        swaps.settle_swap(
            session, scope, swap_id, expected_version=seen, book=rulebook(), now=now(), note=note
        )

    attempt(PANEL, _("The swap is settled."), write)


def _failure(row: SwapRequest, at: datetime) -> None:
    """A wrong or empty shift: what it counts as is the rulebook's, whose share it was a person establishes."""
    shifts = {s.id: s for s in (row.shift, row.payback_shift) if s is not None and s.starts_at <= at}
    if not shifts:
        return
    with (
        st.expander(_("A shift was wrong or left empty"), icon=":material/report:"),
        st.form(f"swap_failed_form:{row.id}", border=False),
    ):
        st.selectbox(
            _("Which shift"),
            list(shifts),
            format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
            key=f"swap_failed_shift:{row.id}",
        )
        st.text_area(
            _("What each one's responsibility was"),
            key=f"swap_failed_note:{row.id}",
            max_chars=LONGEST_NOTE,
            height=80,
        )
        st.form_submit_button(
            _("Record it"),
            key=f"swap_failed:{row.id}",
            icon=":material/report:",
            on_click=_do_fail,
            args=(row.id, row.row_version),
        )


def _do_fail(swap_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        swaps.record_failure(
            session,
            scope,
            swap_id,
            shift_id=int(st.session_state.get(f"swap_failed_shift:{swap_id}") or 0),
            note=typed(f"swap_failed_note:{swap_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    attempt(PANEL, _("It is recorded with what it counts as for both."), write)


def _span(shift: Shift | None, on: object) -> str:
    return f"{on}" if shift is None else fmt_span(shift.starts_at, shift.ends_at)


def _payback(row: SwapRequest) -> str:
    if row.payback_shift is not None:
        return fmt_span(row.payback_shift.starts_at, row.payback_shift.ends_at)
    return fmt_date(row.payback_on) if row.payback_on else _("not agreed yet")


def consents_text(row: SwapRequest) -> str:
    """Who agrees to the swap so far, for a list."""
    needed = consents_needed(rulebook_of(row.rulebook_version))
    given = {str(entry["who"]) for entry in row.consents}
    return f"{sum(1 for who in needed if who in given)}/{len(needed)}" if needed else NOTHING
