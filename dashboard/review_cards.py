"""What a reviewer looks at: one finding with its ways to decide, one item of the scorecard with its answers, and the end."""

from __future__ import annotations

import streamlit as st

from dashboard.components import explanation
from dashboard.conversation import clock_text, play_from
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player, play_button
from dashboard.review_actions import (
    answer,
    answer_all_best,
    decide,
    finish,
    open_form,
    overturn_with,
    withdraw,
)
from dashboard.review_panel import show_decisions, show_title
from dashboard.review_state import Bench, Item
from db.models import AddedFinding, Finding
from quality.scorecards import NA, Line, Scored

REASONS = 9  # as many as there are number keys
_FIELD = "review_reason"


def show_item(held: Bench, item: Item, scored: Scored | None, player: Player | None) -> None:
    """The card of what is looked at."""
    if item.kind == "finding":
        number, finding = held.finding(item.key)
        _finding(held, item.key, number, finding, player)
    elif item.kind == "added":
        _added(next(one for one in held.added() if f"added_{one.id}" == item.key), player, held)
    elif item.kind == "answer":
        asked = held.asked(scored)
        _answer(next(line for line in asked if f"answer_{line.code}" == item.key), asked, held)
    else:
        _end(held, scored)


def _hear(start_seconds: float | None, player: Player | None) -> None:
    if player is None or start_seconds is None:
        return
    start = play_from(start_seconds)
    play_button(_("Hear from {at}", at=clock_text(start)), start, key="review_hear", shortcut="P")


def _finding(held: Bench, key: str, number: int, finding: Finding, player: Player | None) -> None:
    said = next((s.text for s in held.work.segments if s.ordinal == finding.segment), "")
    show_title(number, finding, said)
    show_decisions(finding)
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Confirm"),
            key="review_confirm",
            icon=":material/check:",
            type="primary",
            shortcut="Y",
            on_click=decide,
            args=(key, "confirmed"),
        )
        st.button(
            _("Overturn"),
            key="review_overturn",
            icon=":material/undo:",
            shortcut="N",
            on_click=open_form,
            args=("overturn",),
        )
        _hear(finding.start_seconds, player)
    if held.mode == "overturn":
        _reasons(held, key)
    else:
        explanation(finding.steps)
        st.space("xxsmall")  # a list ends without a margin


def _reasons(held: Bench, key: str) -> None:
    """The usual reasons under the number keys, and words of one's own under 0."""
    st.markdown(f"**{plain(_('Why it does not hold'))}**")
    rows = held.book.table("qa.overturn_reasons") or ()
    with st.container(gap="xxsmall"):
        for number, row in enumerate(rows[:REASONS], start=1):
            title = str(row.get("en") or row["title"]) if lang() == "en" else str(row["title"])
            st.button(
                plain(title),
                key=f"review_reason_{number}",
                type="tertiary",
                shortcut=str(number),
                on_click=decide,
                args=(key, "overturned", title),
            )
    st.button(
        _("Write a reason"),
        key="review_write",
        type="tertiary",
        shortcut="0",
        on_click=focus_on,
        args=(_FIELD,),
    )
    with st.form("review_overturning", border=False, clear_on_submit=True):
        st.text_input(
            _("Other reason"),
            key=_FIELD,
            max_chars=500,
            placeholder=_("what was really said, or why it was right here"),
        )
        st.form_submit_button(_("Overturn with this reason"), on_click=overturn_with, args=(key, _FIELD))


def _added(one: AddedFinding, player: Player | None, held: Bench) -> None:
    kind = name("finding_kind", one.kind)
    words = f"“{plain(one.quote)}”" if one.quote else plain(one.note)
    badges = " ".join(f":gray-badge[{plain(clause)}]" for clause in one.clauses)
    cost = _("{n} points", n=fmt_count(one.points))
    st.markdown(
        f"**{plain(name('finding_category', one.category))}** :gray[{plain(kind)} · −{plain(cost)}] {badges}  \n{words}"
    )
    st.caption(plain(_("Added by {who}; the machine had not found it.", who=one.added_by)))
    with st.container(horizontal=True, gap="small"):
        if not held.work.is_frozen:
            st.button(
                _("Take it back"),
                key="review_withdraw",
                icon=":material/delete:",
                shortcut="X",
                on_click=withdraw,
                args=(one.id,),
            )
        _hear(one.start_seconds, player)


def _answer(line: Line, asked: list[Line], held: Bench) -> None:
    criterion = line.criterion
    clauses = " ".join(f":gray-badge[{plain(clause)}]" for clause in criterion.clauses)
    st.markdown(f"**{plain(criterion.title(lang()))}** :gray[{plain(_share(held, line))}] {clauses}")
    guide = criterion.guide(lang())
    if guide:
        st.caption(plain(guide))
    given = str(held.work.answers.get(line.code, {}).get("answer") or "")
    with st.container(horizontal=True, gap="small"):
        for number, level in enumerate(criterion.levels, start=1):
            st.button(
                plain(level.title(lang())),
                key=f"review_answer_{number}",
                shortcut=str(number),
                type="primary" if given == level.code else "secondary",
                on_click=answer,
                args=(line.code, level.code),
            )
        st.button(
            _("Does not apply"),
            key="review_answer_0",
            shortcut="0",
            type="primary" if given == NA else "secondary",
            on_click=answer,
            args=(line.code, NA),
        )
    waiting = sum(other.state == "unanswered" for other in asked)
    if waiting > 1:
        st.button(
            _("The best answer to all {n} that wait", n=waiting),
            key="review_all_best",
            icon=":material/done_all:",
            type="tertiary",
            shortcut="A",
            on_click=answer_all_best,
            args=(asked,),
        )


def _share(held: Bench, line: Line) -> str:
    card = held.work.card
    share = (
        "" if card is None else _("weighs {share} %", share=fmt_count(round(card.share(line.criterion), 1)))
    )
    return f"{share} · {_('fails the call by itself')}" if line.criterion.auto_fail else share


def _end(held: Bench, scored: Scored | None) -> None:
    """What the review comes to, and the key that finishes it."""
    work = held.work
    if scored is None:
        st.warning(_("No scorecard applies to this call: publish one first."), icon=":material/error:")
        return
    left = [line.criterion.title(lang()) for line in held.asked(scored) if line.state == "unanswered"]
    undecided = sum(item.is_open for item in held.items(scored) if item.kind == "finding")
    parts = []
    if undecided:
        parts.append(_("Still to be decided: {n}", n=undecided))
    if left:
        parts.append(
            _("Still to be answered: {items}", items=", ".join(left[:3]) + ("…" if len(left) > 3 else ""))
        )
    if work.is_hidden:
        words = _(
            "Everything heard? After this the answers stay as they are, and the machine's findings are shown."
        )
        if work.review.round_id is not None:
            words = _("Everything heard? The answers are compared when the round is closed.")
        st.markdown(f"**{plain(_('First judgement'))}**  \n{plain(words)}")
    else:
        value = "–" if scored.score is None else fmt_count(scored.score)
        st.markdown(f"**{plain(_('Score: {value}', value=value))}**")
    if parts:
        st.caption(plain(" · ".join(parts)))
    label = (
        _("Finish the first judgement") if work.is_hidden and work.review.round_id is None else _("Finish")
    )
    st.button(
        label, key="review_finish", icon=":material/task_alt:", type="primary", shortcut="F", on_click=finish
    )


def focus_on(field: str) -> None:
    """Put the cursor into a field when the page is made again."""
    st.session_state["review_focus"] = field


def focus_script() -> None:
    """The script that does it: a reviewer without a mouse could not reach the field in one key."""
    field = st.session_state.pop("review_focus", "")
    if not field:
        return
    st.session_state["review_focused"] = times = st.session_state.get("review_focused", 0) + 1
    st.html(
        f"<script>/* {times} */ {{ let n = 0; const t = setInterval(() => {{"
        f" const e = document.querySelector('.st-key-{field} input, .st-key-{field} textarea');"
        " if (e) { e.focus(); clearInterval(t); } if (++n > 40) clearInterval(t); }, 25); }</script>",
        unsafe_allow_javascript=True,
    )
