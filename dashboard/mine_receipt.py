"""One of an agent's own calls: the score line by line, what counts against him with the way to object, what became of objections."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import empty, explanation
from dashboard.conversation import clock_text
from dashboard.decisions import attempt, typed
from dashboard.dispute_words import clause_badges, cost_of, due_words, found_words, state_badge, title_of
from dashboard.formats import fmt_count, fmt_date, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import now, open_session, rulebook
from dashboard.tables import table, text_column
from db import disputes, own_calls
from db.dispute_subjects import subjects
from db.models import CallReview, Dispute
from db.own_calls import Charge, OwnCall
from db.scorecards import card_of
from quality.scorecards import YES, Line, Scored
from regulations.access import Scope

PANEL = "mine_calls"
CALL = "call"  # in the address: which of his calls is opened


def is_pass(review: CallReview) -> bool | None:
    """Whether the reviewed call passes: by the mark of its scorecard, else the rulebook's; None without a score or a mark."""
    limit = None if review.scorecard is None else card_of(review.scorecard).pass_score
    limit = rulebook().decimal("qa.pass_score") if limit is None else limit
    if review.score is None or limit is None:
        return None
    return not review.is_failed and review.score >= limit


def show(scope: Scope, call_id: str) -> None:
    """The call, or that there is none of his by that number."""
    book = rulebook()
    with open_session() as session:
        try:
            own = own_calls.get_own(session, scope, call_id)
        except LookupError:
            own = None
        charges = [] if own is None else own_calls.charges(session, own, book, now())
        receipt = None if own is None else own_calls.receipt(session, own, book)
        about = {} if own is None else subjects(session, own.disputes)
        before = {
            one.id: own_calls.score_before(session, one) for one in ([] if own is None else own.disputes)
        }
    if own is None:
        empty(_("This is none of your calls"), _("Choose one from the list above."), "search_off")
        return
    with st.container(border=True, key="my_call"):
        when = fmt_instant(own.call.started_at)
        kind = name("contact_kind", own.call.kind)
        st.markdown(f"#### {plain(_('Your call of {at}', at=when))}")
        st.caption(plain(f"{own.call.call_id} · {kind}"))
        left, right = st.columns(2, gap="large")
        with left:
            _receipt(own, receipt)
        with right:
            _charges(own, charges)
            for one in own.disputes:
                _outcome(own, one, title_of(about[one.id]), before[one.id])
            _coaching(own)


def _receipt(own: OwnCall, receipt: Scored | None) -> None:
    st.markdown(f"**{plain(_('Your score'))}**")
    if own.review is None:
        st.caption(plain(_("Nobody has reviewed this call as a whole yet.")))
        return
    passed = is_pass(own.review)
    score = "–" if own.review.score is None else fmt_count(own.review.score)
    badge = "" if passed is None else f":green-badge[{_('Passed')}]" if passed else f":red-badge[{_('Not passed')}]"  # fmt: skip
    st.markdown(f"### {score} {badge}")
    if receipt is None:
        explanation(own.review.receipt)
        return
    rows = [
        {
            "item": line.criterion.title(lang()),
            "answer": _answer(line),
            "points": f"{fmt_count(line.earned)} / {fmt_count(line.weight)}",
        }
        for line in receipt.lines
        if line.earned is not None and (line.weight or line.is_failing)
    ]
    total = f"{fmt_count(receipt.earned)} / {fmt_count(receipt.weight)}"
    rows.append({"item": _("Together"), "answer": "", "points": total})
    table(
        pd.DataFrame(rows),
        {
            "item": text_column(_("Item"), 275),
            "answer": text_column(_("Answer"), 90),
            "points": text_column(_("Earned / full"), 95),
        },
        key="my_receipt",
        can_open=False,
        rows_seen=20,
    )
    with st.expander(_("How the score came about"), icon=":material/receipt_long:"):
        explanation(receipt.receipt())


def _answer(line: Line) -> str:
    if line.state == "found":
        return _("no finding") if line.answer == YES else _("findings")
    return next((one.title(lang()) for one in line.criterion.levels if one.code == line.answer), "")


def _charges(own: OwnCall, charges: list[Charge]) -> None:
    st.markdown(f"**{plain(_('What counts against you'))}**")
    if not charges:
        st.caption(plain(_("Nothing.")))
    for place, charge in enumerate(charges):
        with st.container(border=True, gap="xsmall", key=f"charge_{place}"):
            _charge(own, charge, place)
    for finding in own.noted:
        words = name("finding_category", finding.category)
        st.caption(f":material/info: {plain(words)}: {plain(_('noted, it costs no points'))}")
    for finding in own.waiting:
        words = found_words(finding.kind, finding.category, finding.quote)
        st.caption(
            f":material/hourglass_empty: {plain(words)}: {plain(_('Nobody has reviewed this yet: it is no verdict.'))}"
        )


def _charge(own: OwnCall, charge: Charge, place: int) -> None:
    subject = charge.subject
    at = "" if subject.start_seconds is None else f" · {plain(clock_text(subject.start_seconds))}"
    cost = cost_of(subject)
    st.markdown(
        f"**{plain(title_of(subject))}** {clause_badges(subject)}{at}" + (f" · {plain(cost)}" if cost else "")
    )
    for said in subject.said[-1:]:
        if said.reason:
            st.caption(plain(_("The reviewer: {words}", words=said.reason)))
    if charge.may_object:
        _object(own, charge, place)
    elif charge.dispute is None and charge.until is not None:
        st.caption(plain(_("The time to object ended on {day}.", day=fmt_date(charge.until.date()))))


def _object(own: OwnCall, charge: Charge, place: int) -> None:
    with (
        st.popover(_("Object"), icon=":material/gavel:", key=f"object_{place}"),
        st.form(f"objecting_{place}", border=False),
    ):
        if charge.until is not None:
            st.caption(
                plain(
                    _("Until {at}. Another reviewer decides, once and for all.", at=fmt_instant(charge.until))
                )
            )
        st.text_area(
            _("Why it is wrong"),
            key=f"objection_{place}",
            max_chars=disputes.LONGEST,
            placeholder=_("what was really said, or why it was right here"),
        )
        st.form_submit_button(
            _("Send the objection"),
            type="primary",
            key=f"send_objection_{place}",
            on_click=_file,
            args=(own.call.call_id, charge.target, f"objection_{place}"),
        )


def _file(call_id: str, target: str, key: str) -> None:
    attempt(
        PANEL,
        _("Your objection is filed. You will find the decision here."),
        lambda session, scope: disputes.file(
            session, scope, call_id, target, typed(key), book=rulebook(), now=now()
        ),
    )


def _outcome(own: OwnCall, one: Dispute, title: str, before: CallReview | None) -> None:
    """Where an objection stands, and what it changed."""
    with st.container(border=True, gap="xsmall", key=f"objected_{one.id}"):
        st.markdown(f"{state_badge(one, now())} **{plain(_('Your objection'))}** · {plain(title)}")
        st.caption(plain(" · ".join(filter(None, [fmt_instant(one.filed_at), due_words(one, now())]))))
        st.markdown(plain(one.reason))
        if one.state == "decided":
            st.markdown(
                f":material/gavel: **{plain(name('dispute_state', one.decision))}**: {plain(one.decision_reason)}"
            )
        if one.decision == "accepted" and own.review is not None and before is not None:
            was, now_is = before.score, own.review.score
            if was is not None and now_is is not None and was != now_is:
                st.markdown(
                    f":green[:material/trending_up: {plain(_('Your score: {a} before, {b} now.', a=fmt_count(was), b=fmt_count(now_is)))}]"
                )
        if one.state == "open":
            st.button(
                _("Withdraw the objection"),
                icon=":material/undo:",
                type="tertiary",
                key=f"withdraw_{one.id}",
                on_click=_withdraw,
                args=(one.id,),
            )


def _withdraw(dispute_id: int) -> None:
    attempt(
        PANEL,
        _("Withdrawn. You may object again until the time is over."),
        lambda session, scope: disputes.withdraw(session, scope, dispute_id, now=now()),
    )


def _coaching(own: OwnCall) -> None:
    for note in own.notes:
        seen = _("read {at}", at=fmt_instant(note.seen_at)) if note.seen_at else _("not read yet")
        st.markdown(
            f":material/school: **{plain(_('Coaching'))}** · {plain(note.author)} · {plain(fmt_instant(note.written_at))}"
            f" · {plain(seen)}  \n{plain(note.text)}"
        )
