"""The penalties of a case: proposed by the regulations, imposed by nobody but a person."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.components import explanation, section
from dashboard.decisions import LONGEST_NOTE, attempt, cited, show_flash, typed
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import now, open_session, person, rulebook
from db import ledger
from db.models import Complaint, LedgerEntry
from regulations.access import Scope
from regulations.penalties import amount_text

PANEL = "ledger"
_COLOURS = {"proposed": "orange", "confirmed": "red", "waived": "gray"}


def show(scope: Scope, case: Complaint) -> None:
    """Draw the section: what is proposed, what was decided, what counts, and the decision for who may take it."""
    section(
        _("Penalties"),
        _("What the regulations attach to this case. It is a proposal until a person confirms it."),
    )
    show_flash(PANEL)
    with open_session() as session:
        rows = ledger.list_entries(session, scope, complaint_id=case.id)
        unpriced = ledger.unpriced_for_case(session, session.get_one(Complaint, case.id), rulebook())
    for row in rows:
        show_one(scope, row, rows)
    if not rows:
        st.caption(_("No penalty is proposed for this case."))
    else:
        st.markdown(f"**{plain(_standing(rows))}**")
    for step in unpriced:
        st.caption(f":material/info: {plain(cited(step.text(lang()), step.clause))}")


def subject_title(row: LedgerEntry) -> str:
    """Whom the entry is about: kind and name."""
    return f"{name('ledger_subject', row.subject_kind)} {row.subject}"


def show_one(scope: Scope, row: LedgerEntry, siblings: Sequence[LedgerEntry]) -> None:
    """One entry with its reasoning and the decision for who may take it; the caller says what became of it (PANEL).

    `siblings` are the entries of the same case: one of them may take this one's place.
    """
    newer = next((one for one in siblings if one.reverses_id == row.id and one.state != "waived"), None)
    with st.container(border=True, gap="xsmall", key=f"ledger_{row.id}"):
        badges = [f":{_COLOURS[row.state]}-badge[{plain(name('ledger_state', row.state))}]"]
        if not row.factor:
            badges.append(f":green-badge[{plain(_('Takes the penalty back'))}]")
        elif row.factor != 1:
            badges.append(f":red-badge[× {plain(f'{row.factor.normalize():f}')}]")
        badges += [f":blue-badge[{plain(clause)}]" for clause in row.clauses[:2]]
        amount = amount_text(row.kind, row.amount, lang())
        st.markdown(f"**{plain(subject_title(row))} · {plain(amount)}** {' '.join(badges)}")
        st.caption(
            plain(_("Entry {n}, proposed on {day}", n=row.id, day=row.proposed_on.isoformat()))
            + (f" · {plain(_decided(row))}" if row.decided_at else "")
        )
        if newer is not None:
            st.caption(plain(_("Entry {n} takes the place of this one.", n=newer.id)))
        with st.expander(_("Why this amount")):
            explanation(row.steps)
        if row.state == "proposed" and newer is None:
            if scope.may("ledger.decide"):
                _decide(row)
            else:
                st.caption(_("It waits for the manager or somebody above."))


def _decided(row: LedgerEntry) -> str:
    said = _(
        "{state} by {who} on {at}",
        state=name("ledger_state", row.state),
        who=person(row.decided_by),
        at=fmt_instant(row.decided_at),
    )
    return f"{said} · {row.decision_note}" if row.decision_note else said


def _standing(rows: Sequence[LedgerEntry]) -> str:
    """What counts in all: confirmed entries that no confirmed one took the place of."""
    sums: dict[str, Decimal] = {}
    for row in ledger.standing_entries(rows):
        sums[row.kind] = sums.get(row.kind, Decimal(0)) + row.amount
    if not sums:
        return _("Nothing is imposed so far.")
    total = " + ".join(amount_text(kind, amount, lang()) for kind, amount in sums.items())
    return _("Imposed in all: {total}", total=total)


def _decide(row: LedgerEntry) -> None:
    with st.form(f"ledger_form:{row.id}", border=False, enter_to_submit=False):
        st.text_input(
            _("Note"),
            key=f"ledger_note:{row.id}",
            max_chars=LONGEST_NOTE,
            placeholder=_("needed when you waive it"),
        )
        with st.container(horizontal=True, gap="small"):
            for is_confirmed, label, icon in (
                (True, _("Confirm the penalty"), ":material/check:"),
                (False, _("Waive it"), ":material/close:"),
            ):
                st.form_submit_button(
                    label,
                    key=f"ledger_{'confirm' if is_confirmed else 'waive'}:{row.id}",
                    type="primary" if is_confirmed else "secondary",
                    icon=icon,
                    on_click=_take,
                    args=(row.id, row.row_version, is_confirmed),
                )


def _take(entry_id: int, seen: int, is_confirmed: bool) -> None:
    """Runs before the page is made again, with the version of the entry that the viewer was looking at."""

    def write(session: Session, scope: Scope) -> None:
        ledger.decide_entry(
            session,
            scope,
            entry_id,
            is_confirmed=is_confirmed,
            note=typed(f"ledger_note:{entry_id}"),
            expected_version=seen,
            now=now(),
        )

    attempt(PANEL, _("The penalty is confirmed.") if is_confirmed else _("The penalty is waived."), write)
