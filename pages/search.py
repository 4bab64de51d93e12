"""Search: where something was said, how often by month and team, and how the courtesies go. For whoever may open calls."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import search_fields
from dashboard.auth import require
from dashboard.components import Filters, empty, page_header, period_and_team_filters
from dashboard.filters import choice_filter, view_filter
from dashboard.i18n import N_, _, lang
from dashboard.reads import today
from dashboard.search_courtesies import show_courtesies
from dashboard.search_reads import phrase_trend
from dashboard.search_results import show_results
from dashboard.search_trend import show_trend
from db.transcript_search import CAPABILITY, Search, SearchRefused, wanted_phrase
from regulations.access import Scope

VIEWS = {
    "said": N_("Where it was said"),
    "trend": N_("How often, by month and team"),
    "courtesies": N_("Courtesies, by month and team"),
}


def _ask(scope: Scope, chosen: Filters) -> Search | None:
    """The fields of the search and what they say; None where nothing can be looked for yet, and why."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        typed = search_fields.phrase_field()
        speaker = choice_filter(
            "speaker", _("Who said it"), search_fields.choices("speaker"), "search_speaker", 130
        )
        agent_id = search_fields.agent_field(scope, chosen.team_id)
        kind = choice_filter("kind", _("Kind"), search_fields.choices("contact_kind"), "search_kind", 170)
    if not typed:
        empty(
            _("What are you looking for?"),
            _(
                "Type a word or a sentence; two characters are enough. Traditional or simplified characters, capitals, spaces"
                " and punctuation make no difference."
            ),
            "manage_search",
        )
        return None
    try:
        phrase = wanted_phrase(typed)
    except SearchRefused as refused:
        st.warning(refused.text(lang()), icon=":material/block:")
        return None
    return Search(phrase, chosen.from_on, chosen.to_on, chosen.team_id, agent_id, speaker, kind)


def _trend(scope: Scope, wanted: Search) -> None:
    frame = phrase_trend(scope, wanted)
    if frame.empty:
        empty(
            _("No call with words"), _("No call of this period and choice has been transcribed."), "mic_off"
        )
        return
    show_trend(
        frame,
        f"{today():%Y-%m}",
        _("{month}: said in {n} of {d} calls ({share})."),
        _("Calls in which it was said"),
        _("Calls whose words are known"),
        partial(search_fields.open_said, scope, wanted.from_on, wanted.to_on),
        key="phrase_trend",
    )


def _page() -> None:
    scope = require(CAPABILITY)
    page_header(
        _("Search calls"),
        _(
            "What was said, found by its words. What is found is what the recogniser wrote: listen before you judge."
        ),
    )
    chosen = period_and_team_filters(scope, default="months13")
    view = view_filter("show", VIEWS, "search_view")
    if view == "courtesies":
        show_courtesies(scope, chosen)
        return
    wanted = _ask(scope, chosen)
    if wanted is None:
        return
    if view == "trend":
        _trend(scope, wanted)
    else:
        show_results(scope, wanted)


_page()
