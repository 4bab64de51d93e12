"""One handover, opened beside the list: what is handed over, who signed, what the viewer may do, and why it stands so."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import handover_actions as acts
from dashboard import navigation
from dashboard.components import empty, explanation
from dashboard.formats import NOTHING, fmt_date, fmt_instant, fmt_time, plain
from dashboard.handover_lists import FLAG_COLOURS, STATE_COLOURS, labelled, shown_flags
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, person, rulebook, rulebook_of
from db import handovers
from db.models import Handover
from regulations.access import Scope
from regulations.handovers import HandoverVerdict, fields_of

OPEN = "open"  # in the address: which handover is opened


def asked() -> int | None:
    """The handover that the address names, if it can be one."""
    text = st.query_params.get(OPEN, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def open_handover(handover_id: int) -> None:
    """Open one; for callbacks."""
    st.query_params[OPEN] = str(handover_id)


def show(scope: Scope, handover_id: int) -> None:
    """The handover with everything the viewer may do about it, or why there is none."""
    with open_session() as session:
        try:
            row = handovers.get_handover(session, scope, handover_id)
        except LookupError:
            row = None
        verdict = None if row is None else handovers.judged(session, [row], rulebook(), now())[0].verdict
    if row is None or verdict is None:
        empty(
            _("This handover is not here"),
            _("The address names none, or one that is not of your teams. Choose another from the list."),
            "search_off",
        )
        return
    _head(row, verdict)
    if not acts.writes_himself(scope, row):  # else it stands in his form
        _entries(row)
    _signatures(row, verdict)
    _reports(scope, row)
    acts.show_actions(scope, row, verdict)
    with st.expander(_("Why it stands so"), icon=":material/rule:"):
        explanation(verdict.steps)


def _head(row: Handover, verdict: HandoverVerdict) -> None:
    incoming = row.incoming.name if row.incoming is not None else NOTHING
    book = rulebook_of(row.rulebook_version)
    badges = [
        f":{STATE_COLOURS[verdict.state]}-badge[{plain(labelled('handover_state', verdict.state, book))}]"
    ]
    badges += [
        f":{FLAG_COLOURS[flag]}-badge[{plain(labelled('handover_flag', flag, book))}]"
        for flag in shown_flags(verdict.state, verdict.flags)
    ]
    st.markdown(f"**{plain(row.outgoing.name)} → {plain(incoming)}** {' '.join(badges)}")
    form = book.text("handover.record_form") or _("Handover record")
    said = [form, row.post, row.team.name, fmt_date(row.work_on), _("due {at}", at=fmt_time(row.due_at))]
    st.caption(plain(" · ".join(part for part in said if part)))
    if row.relief_named_by:
        st.caption(plain(_("{who} sent somebody else to take over.", who=person(row.relief_named_by))))


def _entries(row: Handover) -> None:
    """Field by field, what is handed over; what nobody filled in is said too."""
    if row.written_at is None and not any(row.entries.values()):
        st.caption(_("Nothing is written yet."))
        return
    names = fields_of(rulebook_of(row.rulebook_version)) or tuple(row.entries)
    with st.container(border=True, gap="xsmall"):
        for field in names:
            text = str(row.entries.get(field, "")).strip()
            shown = plain(text) if text else f":gray[{plain(_('not filled in'))}]"
            st.markdown(f":small[:gray[{plain(field)}]]  \n{shown}")


def _signatures(row: Handover, verdict: HandoverVerdict) -> None:
    """Who has done what, and when."""
    lines = [
        *_writing(row),
        _line(_("Taken over by"), row.signed_in_by, row.signed_in_at, _on_behalf(row)),
        _line(_("Handed over by"), row.signed_out_by, row.signed_out_at),
    ]
    if row.refused_at is not None:
        lines.append(_line(_("Not taken over"), row.refused_by, row.refused_at, row.refused_reason))
    if row.reviewed_at is not None or verdict.review_due_at is not None:
        lines.append(_line(_("Reviewed by"), row.reviewed_by, row.reviewed_at, row.review_note))
    st.markdown("\n".join(lines))


def _writing(row: Handover) -> list[str]:
    """Who wrote it and when; of one that was rewritten, the first writing and the last."""
    if row.written_at is None or row.first_written_at is None:
        return [_line(_("Written by"), row.written_by if row.written_at else "", row.written_at)]
    return [
        _line(_("First written by"), row.first_written_by, row.first_written_at),
        _line(_("Last changed by"), row.written_by, row.written_at),
    ]


def _on_behalf(row: Handover) -> str:
    """For whom somebody else signed, and why; nothing where the incoming person signed himself."""
    if not row.signed_in_reason or row.incoming is None:
        return ""
    return _("signed for {who}: {reason}", who=row.incoming.name, reason=row.signed_in_reason)


def _reports(scope: Scope, row: Handover) -> None:
    """What became of the reports of its refusals (B1.13): for whom each waits, or what he instructed."""
    if row.refused_at is None:
        return
    with open_session() as session:
        reports = handovers.list_reports(session, row.id)
    for report in reports:
        title = rulebook_of(report.rulebook_version).role_title(report.to_role, lang())  # type: ignore[arg-type]
        said = _("Reported to {title} on {at}", title=title, at=fmt_instant(report.raised_at))
        if report.answered_at is not None:
            became = _("{who} instructed: {words}", who=person(report.answered_by), words=report.instruction)
            icon = ":green[:material/check:]"
        elif report.settled_at is not None:
            became = _("settled on {at} without an instruction", at=fmt_instant(report.settled_at))
            icon = ":green[:material/check:]"
        else:
            became, icon = _("waits for an answer"), ":orange[:material/hourglass_top:]"
        st.markdown(f"{icon} {plain(said)} · {plain(became)}")
        if navigation.may_open(scope, "decisions"):
            navigation.link(
                "decisions", _("Open the report"), ":material/outbound:", open=f"report-{report.id}"
            )


def _line(label: str, who: str, at: datetime | None, words: str = "") -> str:
    said = NOTHING if at is None else f"{person(who)} · {fmt_instant(at)}"
    more = f"{'：' if lang() == 'zh' else ': '}{words}" if words else ""
    return f"- :gray[{plain(label)}] {plain(said)}{plain(more)}"
