"""What is particular to a swap: both shifts, the registered form, and who has agreed. What follows: request_swap_after."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import attempt
from dashboard.formats import NOTHING, fmt_date, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, person, rulebook_of
from dashboard.request_check import badge
from dashboard.request_kinds import PANEL, fmt_span
from db import swaps
from db.models import Shift, SwapRequest
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
