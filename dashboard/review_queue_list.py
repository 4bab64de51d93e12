"""The reviewers' queue as a list: what is next and why, and what colleagues have in hand."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import empty, explanation, section, show_flash
from dashboard.desk import now, open_session
from dashboard.formats import fmt_duration, fmt_instant, fmt_time, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import rulebook
from dashboard.review_actions import FLASH, take, take_next, take_up
from dashboard.tables import label_column, number_column, table, text_column
from db.models import CallReview
from db.review_queue import Held, QueueEntry, list_held, list_queue
from db.reviews import in_hand
from regulations.access import Scope

MOST_SHOWN = 200
ROWS_SEEN = 10  # below them there is room for the reasons of the one that is clicked
_COLOURS = {"harm": "orange", "sample": "blue", "blind": "violet"}


def show_queue(scope: Scope) -> None:
    """The order of the work, one key to begin, and a click to take a certain call."""
    show_flash(FLASH)
    with open_session() as session:
        entries = list_queue(session, scope, rulebook(), now())
        held = list_held(session, scope, now())
        own = in_hand(session, scope)
    if own is not None:
        _in_hand(own)
    elif entries:
        st.button(
            _("Take the next call"),
            key="review_next",
            icon=":material/play_arrow:",
            type="primary",
            shortcut="G",
            on_click=take_next,
        )
    if not entries and own is None:
        empty(
            _("Nothing waits for a review."),
            _("Flagged calls and calls of the monthly sample appear here by themselves."),
            "task_alt",
        )
    if entries:
        _list(entries)
    _others([one for one in held if not one.is_own])


def _in_hand(own: CallReview) -> None:
    st.info(
        plain(_("You have call {number} in hand.", number=own.call.call_id)), icon=":material/pan_tool_alt:"
    )
    st.button(
        _("Go on with it"),
        key="review_next",
        icon=":material/play_arrow:",
        type="primary",
        shortcut="G",
        on_click=take_up,
        args=(own.id,),
    )


def lane_label(lane: str) -> str:
    """From which lane of the queue a call comes."""
    return {
        "harm": name("review_purpose", "flag"),
        "sample": name("review_purpose", "sample"),
        "blind": _("Blind"),
    }[lane]


def _list(entries: list[QueueEntry]) -> None:
    counts = {lane: sum(e.place.lane == lane for e in entries) for lane in _COLOURS}
    section(
        _("Queue"),
        _(
            "{n} calls wait: {flagged} flagged by expected points, {sample} of the random sample, {blind} of them blind.",
            n=len(entries),
            flagged=counts["harm"],
            sample=counts["sample"] + counts["blind"],
            blind=counts["blind"],
        ),
    )
    shown = entries[:MOST_SHOWN]
    frame = pd.DataFrame(
        {
            "position": e.place.position,
            "lane": [lane_label(e.place.lane)],
            "expected": e.place.expected if e.place.lane == "harm" else None,
            "why": e.place.steps[0].text(lang()),
            "call": e.call.call_id,
            "agent": e.call.agent.name,
            "at": fmt_instant(e.call.started_at),
            "kind": name("contact_kind", e.call.kind),
            "length": fmt_duration(e.call.duration_seconds or None),
        }
        for e in shown
    )
    columns = {
        "position": number_column(_("Place"), width=45),
        "lane": label_column(
            _("From"), [lane_label(lane) for lane in _COLOURS], list(_COLOURS.values()), 115
        ),
        "expected": st.column_config.NumberColumn(_("Points expected"), format="%.1f", width=100),
        "why": text_column(_("Why"), 285),
        "call": text_column(_("Call"), 140),
        "agent": text_column(_("Agent"), 70),
        "at": text_column(_("When"), 120),
        "kind": text_column(_("Kind"), 135),
        "length": text_column(_("Length"), 70),
    }
    position = table(frame, columns, key="review_queue", rows_seen=ROWS_SEEN)
    if position is None:
        return
    entry = shown[position]
    with st.container(border=True, key="review_chosen"):
        st.markdown(f"**{plain(entry.call.call_id)}** {plain(entry.call.agent.name)}")
        explanation(entry.place.steps)
        st.button(
            _("Review this one now"),
            key="review_take",
            icon=":material/play_arrow:",
            on_click=take,
            args=(entry.call.call_id,),
        )


def _others(held: list[Held]) -> None:
    """What colleagues have in hand, and until when without a sign of them."""
    if not held:
        return
    lines = [
        "- "
        + plain(
            _(
                "{number}: {who}, since {since}; free again at {until} without a sign of work",
                number=one.call.call_id,
                who=one.by,
                since=fmt_time(one.since),
                until=fmt_time(one.until),
            )
        )
        for one in held
    ]
    with st.expander(_("In review by colleagues ({n})", n=len(held))):
        st.markdown("\n".join(lines))
