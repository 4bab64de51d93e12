"""The forms that a reviewer opens with a key: what the machine missed, a comment, coaching."""

from __future__ import annotations

import streamlit as st

from dashboard.conversation import clock_text
from dashboard.formats import plain
from dashboard.i18n import _, name
from dashboard.review_actions import add_missed, note
from dashboard.review_state import Bench
from db.review_missed import Missed, categories

WHAT, WHERE, QUOTE, WHY = "review_what", "review_where", "review_quote", "review_why"
TEXT = "review_text"
FIRST_FIELD = {"missed": WHAT, "comment": TEXT, "coaching": TEXT}


def show_form(held: Bench) -> None:
    """The form that stands open, if one does."""
    if held.mode == "missed":
        _missed(held)
    elif held.mode in ("comment", "coaching"):
        _note(held.mode)


def _missed(held: Bench) -> None:
    """Category, sentence, words; Enter in a text field adds it."""
    kinds = [
        *(f"banned:{category}" for category in categories(held.book, "banned")),
        *(f"missing:{category}" for category in categories(held.book, "missing")),
    ]
    segments = {segment.ordinal: segment for segment in held.work.segments}
    here = held.segment_here()
    ordinals = list(segments)

    def sentence(ordinal: int | None) -> str:
        if ordinal is None:
            return _("Nowhere in particular")
        segment = segments[ordinal]
        return f"{clock_text(segment.start_seconds)} {name('speaker', segment.speaker)}: {segment.text}"

    with st.form("review_missed", border=True, clear_on_submit=True):
        st.markdown(f"**{plain(_('What the machine missed'))}**")
        st.selectbox(
            _("What it is"), kinds, index=None, key=WHAT, format_func=_kind, placeholder=_("type to find")
        )
        st.selectbox(
            _("Which sentence"),
            [None, *ordinals],
            index=0 if here is None else 1 + ordinals.index(here.ordinal),
            key=WHERE,
            format_func=sentence,
        )
        st.text_input(
            _("The words"), key=QUOTE, max_chars=500, placeholder=_("left empty: the whole sentence")
        )
        st.text_input(_("Remark"), key=WHY, max_chars=500)
        st.form_submit_button(_("Add"), type="primary", shortcut="Ctrl+Enter", on_click=_add)


def _kind(code: str) -> str:
    kind, _colon, category = code.partition(":")
    return f"{name('finding_category', category)} · {name('finding_kind', kind)}"


def _add() -> None:
    state = st.session_state
    kind, _colon, category = str(state.get(WHAT) or "").partition(":")
    add_missed(
        Missed(
            "missing" if kind == "missing" else "banned",
            category,
            state.get(WHERE),
            str(state.get(QUOTE) or ""),
            str(state.get(WHY) or ""),
        )
    )


def _note(kind: str) -> None:
    with st.form("review_note", border=True, clear_on_submit=True):
        st.markdown(f"**{plain(name('note_kind', kind))}**")
        st.text_input(
            _("For colleagues in QA")
            if kind == "comment"
            else _("For the agent, who reads and acknowledges it"),
            key=TEXT,
            max_chars=2000,
        )
        st.form_submit_button(
            _("Write it down"), type="primary", shortcut="Ctrl+Enter", on_click=note, args=(kind, TEXT)
        )
