"""Reports up the ladder on a case: to whom, past whom, with what proposal; the instruction; what a bypass still owes."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.components import explanation, section
from dashboard.decisions import LONGEST_NOTE, attempt, cited, show_flash, typed
from dashboard.formats import fmt_instant, fmt_time_left, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import now, open_session, person, rulebook, rulebook_of
from db import escalations
from db.models import Complaint, Escalation
from regulations.access import Scope
from regulations.escalation import CASE_REASONS, must_report, reachable, route, suggested_level
from regulations.values import Role

PANEL = "escalation"


def show(scope: Scope, case: Complaint) -> None:
    """Draw the section: the reports of the case, the unanswered first, and what the viewer may do."""
    section(
        _("Reports upward"),
        _("Level by level, each with a proposed handling; past a level only when it cannot wait."),
    )
    show_flash(PANEL)
    if not escalations.may_raise(scope):
        st.caption(_("Your role stands on no level of reporting."))
        return
    with open_session() as session:
        rows = escalations.list_escalations(session, scope, complaint_id=case.id)
    for row in rows:
        show_one(scope, row)
    if not rows:
        st.caption(_("Nothing on this case has been reported upward."))
    _raise_form(scope, case)


def _title(role: str, row: Escalation | None = None) -> str:
    """What a level is called, and on a report what it was called when it was made."""
    book = rulebook() if row is None else rulebook_of(row.rulebook_version)
    return book.role_title(role, lang())  # type: ignore[arg-type]


def show_one(scope: Scope, row: Escalation) -> None:
    """One report with its reasoning and what the viewer may do; the caller says what became of it (PANEL)."""
    with st.container(border=True, gap="xsmall", key=f"escalation_{row.id}"):
        badges = [_answer_badge(row)]
        if row.is_urgent:
            badges.append(f":red-badge[:material/bolt: {plain(_('Urgent'))}]")
        way = f"{_title(row.from_role, row)} → {_title(row.to_role, row)}"
        st.markdown(f"**{plain(name('escalation_reason', row.reason))}** · {plain(way)} {' '.join(badges)}")
        if row.detail:
            st.markdown(plain(row.detail))
        st.markdown(f":gray[{plain(_('Proposed handling'))}] {plain(row.proposal)}")
        st.caption(
            plain(_("reported by {who} on {at}", who=person(row.raised_by), at=fmt_instant(row.raised_at)))
        )
        if row.answered_at is not None:
            said = _(
                "Instruction by {who} on {at}", who=person(row.answered_by), at=fmt_instant(row.answered_at)
            )
            st.markdown(f":gray[{plain(said)}] {plain(row.instruction)}")
        elif row.settled_at is not None:
            at = fmt_instant(row.settled_at)
            st.caption(plain(_("Settled on {at}: it was taken over after all, or reviewed.", at=at)))
        if row.is_bypass:
            st.markdown(_bypass_line(row))
        with st.expander(_("Why it goes there")):
            explanation(row.steps)
        if escalations.may_answer(scope, row):
            _answer_form(row)
        if row.is_bypass and row.reported_at is None:
            _told_form(row)


def _answer_badge(row: Escalation) -> str:
    if row.answered_at is None and row.settled_at is not None:
        return f":green-badge[{plain(_('settled without an instruction'))}]"
    if row.answered_at is None:
        return f":orange-badge[{plain(_('waits for {title}', title=_title(row.to_role, row)))}]"
    return f":green-badge[{plain(_('answered'))}]"


def _bypass_line(row: Escalation) -> str:
    """Who was passed over, and whether they have been told (Markdown)."""
    passed = (", " if lang() == "en" else "、").join(_title(role, row) for role in row.skipped_roles)
    if row.reported_at is not None:
        words = _("{titles} was passed over and told on {at}", titles=passed, at=fmt_instant(row.reported_at))
        note = f" · {row.report_note}" if row.report_note else ""
        return f":green[:material/check: {plain(words + note)}]"
    if row.report_due_at is None:
        return (
            f":orange[:material/forward_to_inbox: {plain(_('{titles} is still to be told', titles=passed))}]"
        )
    at = now()
    words = _(
        "{titles} is to be told by {due} ({left})",
        titles=passed,
        due=fmt_instant(row.report_due_at),
        left=fmt_time_left(row.report_due_at, at),
    )
    colour = "red" if row.report_due_at < at else "orange"
    return f":{colour}[:material/forward_to_inbox: {plain(words)}]"


def _answer_form(row: Escalation) -> None:
    with st.form(f"escalation_answer:{row.id}", border=False):
        st.text_area(
            _("Instruction"),
            key=f"escalation_instruction:{row.id}",
            max_chars=LONGEST_NOTE,
            height=80,
            placeholder=_("in detail: it is recorded and carried out"),
        )
        st.form_submit_button(
            _("Give this instruction"),
            key=f"escalation_send_answer:{row.id}",
            type="primary",
            icon=":material/gavel:",
            on_click=_answer,
            args=(row.id, row.row_version),
        )


def _told_form(row: Escalation) -> None:
    with st.form(f"escalation_told:{row.id}", border=False):
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        st.datetime_input(
            _("When they were told"),
            value=local_now,
            max_value=local_now,
            format="YYYY-MM-DD",
            width=260,
            key=f"escalation_told_at:{row.id}",
        )
        st.text_input(_("Note"), key=f"escalation_told_note:{row.id}", max_chars=LONGEST_NOTE)
        st.form_submit_button(
            _("Record that they were told"),
            key=f"escalation_send_told:{row.id}",
            icon=":material/forward_to_inbox:",
            on_click=_tell,
            args=(row.id, row.row_version),
        )


def _raise_form(scope: Scope, case: Complaint) -> None:
    book = rulebook()
    from_role: Role = scope.role  # type: ignore[assignment]
    levels = reachable(from_role, book)
    if not levels:
        st.caption(_("You stand on the highest level: there is nobody to report to."))
        return
    with st.expander(_("Report upward"), icon=":material/add:", key="escalation_panel"):
        left, right = st.columns(2)
        reason = left.selectbox(
            _("Reason"),
            CASE_REASONS,
            format_func=lambda code: name("escalation_reason", code),
            key=f"escalation_reason:{case.id}",
        )
        reason = reason or CASE_REASONS[0]
        suggested = suggested_level(reason, from_role, book)
        to_role = right.selectbox(
            _("To whom"),
            levels,
            index=levels.index(suggested) if suggested in levels else 0,
            format_func=_title,
            key=f"escalation_to:{case.id}:{reason}",  # each reason has its own way, so each begins with it
        )
        matters = must_report(book)
        if reason == "must_report" and matters:
            st.selectbox(_("Which matter"), matters, key=f"escalation_matter:{case.id}")
        is_urgent = st.checkbox(
            _("It cannot wait"),
            key=f"escalation_urgent:{case.id}",
            help=_("Only then may a level be passed over, and it is told afterwards."),
        )
        _preview(reason, from_role, to_role or levels[0], is_urgent)
        with st.form("escalation_raise", border=False):
            st.text_area(
                _("The facts"), key=f"escalation_detail:{case.id}", max_chars=LONGEST_NOTE, height=80
            )
            st.text_area(
                _("Proposed handling"),
                key=f"escalation_proposal:{case.id}",
                max_chars=LONGEST_NOTE,
                height=80,
            )
            st.form_submit_button(
                _("Send the report"),
                key="escalation_send",
                type="primary",
                icon=":material/send:",
                on_click=_raise,
                args=(case, reason),
            )


def _preview(reason: str, from_role: Role, to_role: Role, is_urgent: bool) -> None:
    """Say at once whether the report may go that way, and what it would owe."""
    found = route(reason, from_role, to_role, is_urgent, "…", rulebook(), now())
    if not found.is_allowed:
        first = found.violations[0]
        st.warning(plain(cited(first.text(lang()), first.clause)), icon=":material/error:")
        return
    last = found.steps[-1]
    st.info(plain(cited(last.text(lang()), last.clause)), icon=":material/moving:")


def _raise(case: Complaint, reason: str) -> None:
    """Runs before the page is made again."""
    matter = typed(f"escalation_matter:{case.id}") if reason == "must_report" else ""
    detail = " · ".join(part for part in (matter, typed(f"escalation_detail:{case.id}")) if part)

    def write(session: Session, scope: Scope) -> None:
        escalations.raise_escalation(
            session,
            scope,
            session.get_one(Complaint, case.id),
            reason=reason,
            to_role=str(st.session_state.get(f"escalation_to:{case.id}:{reason}")),
            detail=detail,
            proposal=typed(f"escalation_proposal:{case.id}"),
            is_urgent=bool(st.session_state.get(f"escalation_urgent:{case.id}")),
            book=rulebook(),
            now=now(),
        )

    if attempt(PANEL, _("The report is on its way."), write):
        for key in ("escalation_detail", "escalation_proposal"):
            st.session_state[f"{key}:{case.id}"] = ""
        st.session_state[f"escalation_urgent:{case.id}"] = False  # the next report is urgent only if it is


def _answer(escalation_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        escalations.answer_escalation(
            session,
            scope,
            escalation_id,
            instruction=typed(f"escalation_instruction:{escalation_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    attempt(PANEL, _("The instruction is recorded."), write)


def _tell(escalation_id: int, seen: int) -> None:
    local: datetime | None = st.session_state.get(f"escalation_told_at:{escalation_id}")

    def write(session: Session, scope: Scope) -> None:
        escalations.report_to_skipped(
            session,
            scope,
            escalation_id,
            at=local.replace(tzinfo=site_zone()) if local is not None else now(),
            note=typed(f"escalation_told_note:{escalation_id}"),
            expected_version=seen,
            book=rulebook(),
            now=now(),
        )

    attempt(PANEL, _("Recorded: the level passed over has been told."), write)
