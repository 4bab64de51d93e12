"""The call under review: one fragment for the work, one for the words, so that a key draws no more than what changes."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.call_head import find_player, show_call
from dashboard.call_words import show_lines
from dashboard.components import explanation
from dashboard.conversation import lines_of
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player
from dashboard.review_actions import WORDS, WORK, give_back, move, open_form, take_next
from dashboard.review_cards import focus_on, focus_script, show_item
from dashboard.review_forms import FIRST_FIELD, show_form
from dashboard.review_receipt import show_receipt
from dashboard.review_state import Bench, Item, bench
from quality.scorecards import Scored
from regulations.access import Scope

OVERVIEW_PIXELS, MANY = 250, 9


def show_bench(held: Bench, scope: Scope) -> None:
    """The work on the left, sound and words on the right."""
    show_call(held.work.call)
    left, right = st.columns(2, gap="medium")
    with right, st.container(key="sound"):
        player = find_player(held.work.call, held.work.recording, scope)
        said = st.container()
    with left:
        _work(scope, player)
    with said:
        _words(player)


@st.fragment(key=WORK)
def _work(scope: Scope, player: Player | None) -> None:
    held = bench()
    if held is None:
        st.rerun()
    if player is not None:
        player.draw()
    for kind, sentence in held.told:
        (st.success if kind == "done" else st.warning)(plain(sentence))
    held.told.clear()
    if held.is_done:
        _done(held)
        return
    scored = held.scored()
    items = held.items(scored)
    here = held.here(items)
    item = items[here]
    held.at = item.key
    _state_line(held, items, scored)
    with st.container(border=True, gap="xsmall", key="review_card"):
        show_item(held, item, scored, player)
    show_form(held)
    _keys(held)
    _overview(held, items, here)
    _follow(held)
    focus_script()


@st.fragment(key=WORDS)
def _words(player: Player | None) -> None:
    held = bench()
    if held is None:
        return
    lines = lines_of(held.work.segments, [*held.findings(), *held.marks()])
    st.markdown(f"**{plain(_('What was said'))}**")
    show_lines(lines, player, is_chat=held.work.call.channel == "chat", key="review_line", draws=WORK)


def _state_line(held: Bench, items: list[Item], scored: Scored | None) -> None:
    """How far it is, and what is peculiar about this review."""
    findings = [item for item in items if item.kind == "finding"]
    answers = [item for item in items if item.kind == "answer"]
    parts = []
    if held.work.is_hidden:
        parts.append(f":violet-badge[:material/visibility_off: {plain(_('Blind'))}]")
    if findings:
        decided = sum(held.finding(item.key)[1].decision is not None for item in findings)
        parts.append(plain(_("Findings {n} of {m}", n=decided, m=len(findings))))
    if answers:
        done = sum(not item.is_open for item in answers)
        parts.append(plain(_("Items {n} of {m}", n=done, m=len(answers))))
    if scored is not None and scored.score is not None and not held.work.is_hidden:
        parts.append(plain(_("score so far {n}", n=fmt_count(scored.score))))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(" · ".join(parts), width="stretch")
        st.button(_("Give back"), key="review_give_back", shortcut="B", type="tertiary", on_click=give_back)
        if held.place is not None:
            with st.popover(_("Why this call"), icon=":material/help:", type="tertiary"):
                explanation(held.place.steps)
    if held.work.is_hidden:
        st.caption(
            plain(
                _(
                    "Judge what you hear. What the machine found is shown after the first judgement, and changes it no more."
                )
            )
        )


def _keys(held: Bench) -> None:
    """Every key that works here, written on its button."""
    is_settled = held.work.is_frozen
    with st.container(horizontal=True, gap="xsmall", key="review_keys"):
        st.button(_("Previous"), key="review_back", shortcut="K", type="tertiary", on_click=move, args=(-1,))
        st.button(_("Following"), key="review_on", shortcut="J", type="tertiary", on_click=move, args=(1,))
        if not is_settled and held.work.segments:
            _form_button(_("Add what was missed"), "missed", "M")
        _form_button(name("note_kind", "comment"), "comment", "T")
        _form_button(name("note_kind", "coaching"), "coaching", "H")
        if held.mode:
            st.button(
                _("Close"),
                key="review_close",
                shortcut="Esc",
                type="tertiary",
                on_click=open_form,
                args=(held.mode,),
            )


def _form_button(label: str, mode: str, shortcut: str) -> None:
    st.button(
        label,
        key=f"review_open_{mode}",
        shortcut=shortcut,
        type="tertiary",
        on_click=_open,
        args=(mode,),
    )


def _open(mode: str) -> None:
    open_form(mode)
    held = bench()
    if held is not None and held.mode == mode:
        focus_on(FIRST_FIELD[mode])


def _overview(held: Bench, items: list[Item], here: int) -> None:
    """Everything of this call in a few lines, with what is looked at in bold."""
    lines = []
    for n, item in enumerate(items[:-1]):
        words = _line(held, item)
        lines.append(f":material/arrow_right: **{words}**" if n == here else words)
    for one in held.work.notes:
        lines.append(f":gray[{plain(name('note_kind', one.kind))}] {plain(one.text)}")
    if not lines:
        return
    with st.container(
        height=OVERVIEW_PIXELS if len(lines) > MANY else "content", border=True, key="review_all"
    ):
        st.markdown("  \n".join(lines))


def _line(held: Bench, item: Item) -> str:
    if item.kind == "finding":
        number, finding = held.finding(item.key)
        quote = f" “{plain(finding.quote)}”" if finding.quote else ""
        state = name("review_decision", finding.decision) if finding.decision else _("to be decided")
        return f"{number}\\. {plain(name('finding_category', finding.category))}{quote} :gray[{plain(state)}]"
    if item.kind == "added":
        number, one = next(
            (number, one)
            for (number, _mark), one in zip(held.marks(), held.added(), strict=True)
            if f"added_{one.id}" == item.key
        )
        return f"{number}\\. + {plain(name('finding_category', one.category))} “{plain(one.quote)}”"
    code = item.key.removeprefix("answer_")
    card = held.work.card
    if card is None:
        return ""
    criterion = card.criterion(code)
    given = str(held.work.answers.get(code, {}).get("answer") or "")
    level = next((level.title(lang()) for level in criterion.levels if level.code == given), "")
    words = level or (_("Does not apply") if given else _("to be answered"))
    return f"{plain(criterion.title(lang()))} :gray[{plain(words)}]"


def _follow(held: Bench) -> None:
    """Light up the sentence that is looked at, and bring it into sight within its block."""
    said = held.segment_here()
    if said is None:
        return
    row = next(n for n, segment in enumerate(held.work.segments) if segment.ordinal == said.ordinal)
    place = f".st-key-review_line_row_{row}"
    st.html(
        f"<style>{place} {{ outline: 2px solid var(--st-primary-color, #1f6feb); border-radius: 0.5rem; }}</style>"
        f"<script>/* {held.at} */ {{ const e = document.querySelector('{place}');"
        " const b = e && e.closest('.st-key-conversation');"
        " if (b) b.scrollTop += e.getBoundingClientRect().top - b.getBoundingClientRect().top - b.clientHeight / 3; }"
        "</script>",
        unsafe_allow_javascript=True,
    )


def _done(held: Bench) -> None:
    """The key to the next call, and the receipt of this one; in a calibration round neither, until it is closed."""
    if held.work.review.round_id is not None:
        st.success(plain(_("Your answers are kept. They are compared when the round is closed.")))
        query = {"view": "calibration", "round": str(held.work.review.round_id)}
        navigation.link("disputes", _("Back to the round"), ":material/arrow_back:", **query)
        return
    st.button(
        _("Next call"),
        key="review_next",
        icon=":material/skip_next:",
        type="primary",
        shortcut="G",
        on_click=_next,
    )
    show_receipt(held.work.review)


def _next() -> None:
    take_next()
    st.rerun()
