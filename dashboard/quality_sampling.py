"""The month's sample on the page: how far it is, and drawing it or topping it up, shown before it is done."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dashboard import navigation
from dashboard.components import told
from dashboard.filters import show_view
from dashboard.formats import NOTHING, fmt_count, fmt_month, fmt_percent, plain
from dashboard.i18n import _, lang, sentences
from dashboard.quality_month_reads import Month
from dashboard.reads import forget, now, open_session, rulebook
from db import samples
from db.models import Sample
from db.quality_month import SampleState
from db.refusals import Refused
from db.samples import Settings
from regulations.access import Scope

_FLASH = "sample_drawn"


def show_drawn(scope: Scope, chosen: Month, state: SampleState) -> None:
    """How many are drawn of those wanted, and the way to draw."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(_("Drawn"), _("{n} calls", n=fmt_count(state.drawn)), help=plain(_rule()))
        st.caption(plain(_drawn_sentence(state)))
        st.space("stretch")
        _offer(scope, chosen, state)


def show_heard(scope: Scope, state: SampleState) -> None:
    """How many of the drawn calls are reviewed, how many are blind, and the way to the queue."""
    share = _("{n} of {d}", n=fmt_count(state.reviewed), d=fmt_count(state.drawn)) if state.drawn else NOTHING
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(_("Reviewed"), share)
        if state.drawn:
            st.progress(state.reviewed / state.drawn)
        st.caption(plain(_heard_sentence(state)))
        st.space("stretch")
        if state.drawn and navigation.may_open(scope, "review") and state.reviewed < state.drawn:
            if st.button(_("Go on reviewing"), icon=":material/headphones:", type="primary", key="to_review"):
                navigation.go("review", {})
        elif state.drawn:
            st.button(
                _("The drawn calls"), icon=":material/list:", type="tertiary",
                on_click=show_view, args=("view", "sample"), key="to_sample",
            )  # fmt: skip


def show_flash() -> None:
    """Say once what was drawn, or why it was not."""
    kind, title, text = st.session_state.pop(_FLASH, ("", "", ""))
    if kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
    elif kind == "refused":
        told(title, text)


def _rule() -> str:
    settings = Settings.of(rulebook())
    return _(
        "Wanted: {percent} of each agent's calls by channel, at least {minimum} of them or all there are. What the machine"
        " found makes a call up to {weight} times as likely; {blind} of the drawn ones are heard blind.",
        percent=fmt_percent(settings.percent, 100),
        minimum=fmt_count(settings.minimum),
        weight=fmt_count(settings.highest_weight),
        blind=fmt_percent(settings.blind_percent, 100),
    )


def _drawn_sentence(state: SampleState) -> str:
    parts = [
        _("Wanted: at least {d}, of {n} inspected.", d=fmt_count(state.wanted), n=fmt_count(state.inspected))
    ]
    if state.drawn and state.missing:
        parts.append(_("{n} more are wanted.", n=fmt_count(state.missing)))
    if state.drawn and state.late:
        parts.append(
            _("{n} came in after the last draw: they are in no figure yet.", n=fmt_count(state.late))
        )
    return sentences(*parts)


def _heard_sentence(state: SampleState) -> str:
    if not state.drawn:
        return _("Nothing is drawn yet.")
    return _(
        "{left} left to hear. Blind: {blind} ({share} of the drawn), {done} of them reviewed.",
        left=fmt_count(state.drawn - state.reviewed),
        blind=fmt_count(state.blind),
        share=fmt_percent(state.blind, state.drawn, 0) if state.drawn else NOTHING,
        done=fmt_count(state.blind_reviewed),
    )


def _offer(scope: Scope, chosen: Month, state: SampleState) -> None:
    """The button to draw or top up, for who may; for others who does."""
    if not state.inspected:
        return
    is_first, has_more = not state.drawn, bool(state.late or state.missing)
    if not (is_first or has_more):
        st.button(
            _("The drawn calls"), icon=":material/list:", type="tertiary",
            on_click=show_view, args=("view", "sample"), key="to_drawn",
        )  # fmt: skip
        return
    if not scope.may("quality.sample"):
        if is_first:
            st.caption(plain(_("QA staff or the manager draw it.")))
        return
    label = _("Draw the sample …") if is_first else _("Top up …")
    if st.button(label, icon=":material/casino:", type="primary" if is_first else "secondary", key="draw"):
        _dialog(scope, chosen, is_first)


def _dialog(scope: Scope, chosen: Month, is_first: bool) -> None:
    title = _("Draw the sample of {month}", month=fmt_month(chosen.month))
    if not is_first:
        title = _("Top up the sample of {month}", month=fmt_month(chosen.month))

    @st.dialog(plain(title), width="medium", icon=":material/casino:")
    def show() -> None:
        try:
            lines = preview(scope, chosen, is_first)
        except Refused as refused:
            told(_("Nothing can be drawn"), refused.text(lang()))
            return
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        st.caption(
            plain(
                _(
                    "Which calls is decided by a random number that nobody knows before. What is drawn stays drawn; every call's"
                    " chance is kept beside it, so that anybody can check the draw."
                )
            )
        )
        is_pressed = st.button(
            _("Draw them now"), type="primary", icon=":material/casino:",
            key="draw_now", on_click=_draw, args=(scope, chosen, is_first),
        )  # fmt: skip
        if is_pressed:
            st.rerun()

    show()


def preview(scope: Scope, chosen: Month, is_first: bool) -> list[str]:
    """What a draw would take now, in sentences: it is really drawn, and taken back. Raises Refused where nothing can be."""
    with open_session() as session:
        known = samples.get_sample(session, scope, chosen.first)
        before = {one.call_id for one in samples.list_drawn(session, scope, chosen.first)} if known else set()
        sample = _made(session, scope, chosen, is_first)
        drawn = samples.list_drawn(session, scope, chosen.first)
        new = [one for one in drawn if one.call_id not in before]
        calls = sum(wave.calls for wave in samples.waves_of(sample))
        agents = Counter(one.stratum.partition("|")[0] for one in new)
        blind = sum(one.is_blind for one in new)
        session.rollback()
    if not new:
        return [
            _(
                "No call more would be drawn; the calls that came since are taken into the frame, so that the figures cover them."
            )
        ]
    spread = sorted(agents.values())
    return [
        _("{n} calls would be drawn, of {d} inspected in the month.", n=fmt_count(len(new)), d=fmt_count(calls)),
        _("They are of {n} agents, {low} to {high} of each.", n=fmt_count(len(agents)), low=spread[0], high=spread[-1]),
        _("About {n} of them are to be heard blind.", n=fmt_count(blind)),
        *([_("With them {n} are drawn in all.", n=fmt_count(len(drawn)))] if before else []),
    ]  # fmt: skip


def _made(session: object, scope: Scope, chosen: Month, is_first: bool) -> Sample:
    asked = {"book": rulebook(), "now": now()}
    if is_first:
        return samples.draw_month(session, scope, chosen.first, **asked)  # type: ignore[arg-type]
    return samples.top_up(session, scope, chosen.first, **asked)  # type: ignore[arg-type]


def _draw(scope: Scope, chosen: Month, is_first: bool) -> None:
    try:
        with open_session() as session:
            _made(session, scope, chosen, is_first)
            count = len(samples.list_drawn(session, scope, chosen.first))
    except Refused as refused:  # somebody else was quicker
        st.session_state[_FLASH] = ("refused", _("Nothing was drawn"), refused.text(lang()))
    else:
        words = _("{n} calls are drawn for {month}.", n=fmt_count(count), month=fmt_month(chosen.month))
        st.session_state[_FLASH] = ("done", "", words)
    forget()
