"""One objection beside the list: what was judged and why, what the agent says, and for whoever may, the decision."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.components import empty, explanation
from dashboard.conversation import clock_text
from dashboard.decisions import attempt, typed
from dashboard.dispute_words import (
    answer_title,
    clause_badges,
    cost_of,
    due_words,
    state_badge,
    title_of,
)
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, person, rulebook
from db import dispute_lists, disputes, own_calls, quality, reviews
from db.dispute_subjects import Subject, subjects
from db.dispute_targets import Judged
from db.models import CallReview, Dispute
from regulations.access import Scope

PANEL = "disputes"
_AROUND_SECONDS = 8


def show(scope: Scope, dispute_id: int) -> None:
    """The objection with what this viewer may do about it, or why there is none."""
    with open_session() as session:
        try:
            one = dispute_lists.get_dispute(session, scope, dispute_id)
        except LookupError:
            one = None
        if one is not None:
            subject = subjects(session, [one])[one.id]
            judged = disputes.about(session, one, rulebook()) if one.state == "open" else None
            before = own_calls.score_before(session, one)
            after = reviews.standing(session, scope, one.call.call_id)
    if one is None:
        empty(
            _("This objection is not here"),
            _("The address names none, or one that is not of your teams. Choose another from the list."),
            "search_off",
        )
        return
    with st.container(border=True, gap="small", key="dispute"):
        _head(scope, one, subject)
        _said_around(scope, one, subject)
        st.markdown(f"**{plain(_('The agent says'))}**  \n{plain(one.reason)}")
        _judged_before(subject)
        if one.state == "decided":
            _decided(one, before, after)
        elif one.state == "open" and scope.may("disputes.decide"):
            _decide(scope, one, subject, judged)
        if after is not None and after.receipt:
            with st.expander(_("How the score came about"), icon=":material/receipt_long:"):
                explanation(after.receipt)


def _head(scope: Scope, one: Dispute, subject: Subject) -> None:
    at = "" if subject.start_seconds is None else f" · {plain(clock_text(subject.start_seconds))}"
    cost = cost_of(subject)
    st.markdown(
        f"{state_badge(one, now())} **{plain(title_of(subject))}** {clause_badges(subject)}{at}"
        + (f" · {plain(cost)}" if cost else "")
    )
    words = [one.agent.name, fmt_instant(one.call.started_at), _("filed {at}", at=fmt_instant(one.filed_at))]
    st.caption(plain(" · ".join(filter(None, [*words, due_words(one, now())]))))
    if navigation.may_open(scope, "call"):
        navigation.link("call", _("Listen to the call"), ":material/headphones:", call=one.call.call_id)


def _said_around(scope: Scope, one: Dispute, subject: Subject) -> None:
    """The sentences around the finding, so that most objections can be weighed without leaving the page."""
    at = subject.start_seconds
    if at is None:
        return
    with open_session() as session:
        try:
            segments = quality.get_inspection(session, scope, one.call.call_id).transcript.segments
        except LookupError:
            return
    near = [s for s in segments if s.end_seconds >= at - _AROUND_SECONDS and s.start_seconds <= at + _AROUND_SECONDS]  # fmt: skip
    lines = [
        f":gray[{plain(clock_text(s.start_seconds))} {plain(name('speaker', s.speaker))}] {plain(s.text)}"
        for s in near
    ]
    if lines:
        with st.container(border=True, gap="xsmall", key="dispute_said"):
            st.markdown("  \n".join(lines))


def _judged_before(subject: Subject) -> None:
    """Who decided what, and why."""
    lines = []
    for said in subject.said:
        what = name("review_decision", said.decision) if said.decision else _("added it")
        if said.answer:
            what = answer_title(subject, said.answer)
        if said.reason:
            what = _("{item}: {answer}", item=what, answer=said.reason)
        lines.append(f"- {plain(person(said.who))} · {plain(what)}")
    if lines:
        st.markdown(f"**{plain(_('Judged before'))}**\n\n" + "\n".join(lines))


def _decided(one: Dispute, before: CallReview | None, after: CallReview | None) -> None:
    st.markdown(
        f":material/gavel: **{plain(name('dispute_state', one.decision))}** · {plain(person(one.decided_by))}"
        f" · {plain(fmt_instant(one.decided_at))}  \n{plain(one.decision_reason)}"
    )
    was, is_now = (None if review is None else review.score for review in (before, after))
    if one.decision == "accepted" and was is not None and is_now is not None:
        st.caption(plain(_("Score of the call: {a} before, {b} now.", a=fmt_count(was), b=fmt_count(is_now))))


def _decide(scope: Scope, one: Dispute, subject: Subject, judged: Judged | None) -> None:
    if judged is None:
        st.info(
            plain(_("What it is about no longer counts against the agent. Close it with a word of reason.")),
            icon=":material/info:",
        )
    elif judged.is_judge(scope):
        st.info(
            plain(_("You judged this yourself: another reviewer or the manager decides on the objection.")),
            icon=":material/block:",
        )
        return
    with st.form(f"deciding_{one.id}", border=False, enter_to_submit=False):
        choices = disputes.better_answers(judged) if judged is not None else ()
        if choices:
            st.selectbox(
                _("If accepted, the item is answered with"),
                choices,
                format_func=lambda code: answer_title(subject, code),
                key=f"answer_{one.id}",
            )
        st.text_area(
            _("Reason, which the agent reads"), key=f"ruling_{one.id}", max_chars=disputes.LONGEST, height=90
        )
        with st.container(horizontal=True, gap="small"):
            for decision, label, icon in (
                ("accepted", _("Accept the objection"), ":material/check:"),
                ("rejected", _("Let the judgement stand"), ":material/close:"),
            ):
                st.form_submit_button(
                    label, icon=icon, key=f"{decision}_{one.id}", on_click=_take, args=(one.id, one.row_version, decision)
                )  # fmt: skip
        st.caption(plain(_("Final: nobody decides on it again.")))


def _take(dispute_id: int, version: int, decision: str) -> None:
    attempt(
        PANEL,
        _("Decided: {decision}", decision=name("dispute_state", decision)),
        lambda session, scope: disputes.decide(
            session,
            scope,
            dispute_id,
            decision,
            typed(f"ruling_{dispute_id}"),
            answer=typed(f"answer_{dispute_id}") if decision == "accepted" else "",
            expected_version=version,
            book=rulebook(),
            now=now(),
        ),
    )
