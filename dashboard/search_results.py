"""Utterances with a phrase in them: the sentence with the phrase marked, who said it when, and the way to its second."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.components import empty
from dashboard.conversation import clock_text, play_from
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.search_reads import count_said, list_said
from db.transcript_search import MOST_COUNTED, Count, Said, Search
from quality.search_terms import Phrase, places_of
from regulations.access import Scope

A_PAGE = 20
_PAGE = "part"
_SEARCH = ("q", "speaker", "agent", "kind", "from", "to", "team", _PAGE)
_AROUND = 60  # characters before and after the phrase; a chat message can be as long as a letter
_ICONS = {"agent": "headset_mic", "customer": "person"}


def show_results(scope: Scope, wanted: Search) -> None:
    """How many there are and a page of them; what to try where there is none."""
    count = count_said(scope, wanted)
    if count.utterances == 0:
        empty(
            _("Nobody said this"),
            _(
                "No utterance of this period and choice has these characters in a row. Try a shorter phrase, a longer period,"
                " or other words: the recogniser may have written another character of the same sound."
            ),
            "search_off",
        )
        return
    st.markdown(f"**{plain(count_sentence(count))}**")
    last = None if count.utterances is None else (count.utterances - 1) // A_PAGE + 1
    page = _asked_page(last)
    shown = list_said(scope, wanted, A_PAGE + 1, (page - 1) * A_PAGE)
    for index, said in enumerate(shown[:A_PAGE]):
        _card(said, wanted.phrase, index)
    _turn(page, len(shown) > A_PAGE)


def count_sentence(count: Count) -> str:
    """How many utterances in how many calls, or that there are more than anybody counted."""
    if count.utterances is None:
        return _(
            "More than {n} utterances, the newest calls first. Narrow the period, the team or the agent to have them counted.",
            n=fmt_count(MOST_COUNTED),
        )
    return _(
        "{n} utterances in {m} calls, the newest calls first.",
        n=fmt_count(count.utterances),
        m=fmt_count(count.calls),
    )


def marked(text: str, phrase: Phrase) -> str:
    """The utterance as Markdown with the phrase on a coloured ground; of a long one the part around its first place."""
    places = places_of(phrase, text)
    begin, end = 0, len(text)
    if places and len(text) > 2 * _AROUND + len(phrase.text):
        begin, end = max(0, places[0][0] - _AROUND), min(len(text), places[0][1] + _AROUND)
    parts, after = ["…" if begin else ""], begin
    for first, last in places:
        if last <= end:
            parts += [plain(text[after:first]), f":orange-background[**{plain(text[first:last])}**]"]
            after = last
    return "".join([*parts, plain(text[after:end]), "…" if end < len(text) else ""])


def _card(said: Said, phrase: Phrase, index: int) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", gap="medium"),
    ):
        icon = f":gray[:material/{_ICONS.get(said.speaker, 'help')}:]"
        doubt = (
            f"  \n:small[:gray[{plain(_('Perhaps nobody said this: it counts for nothing, listen to it.'))}]]"
        )
        facts = [
            name("speaker", said.speaker),
            fmt_instant(said.started_at),
            f"{said.agent} ({said.agent_number})",
            said.team,
            name("contact_kind", said.kind),
        ]
        st.markdown(
            f"{icon} {marked(said.text, phrase)}  \n:small[:gray[{plain(' · '.join(facts))}]]"
            + (doubt if said.is_doubtful else ""),
            width="stretch",
        )
        if st.button(
            _("Open at {time}", time=clock_text(said.start_seconds))
            if said.is_recorded
            else _("Open the call"),
            icon=":material/play_arrow:" if said.is_recorded else ":material/open_in_new:",
            key=f"open_{index}",
            type="tertiary",
        ):
            at = {"at": str(play_from(said.start_seconds))} if said.is_recorded else {}
            # The search goes along, so that the browser's Back and the page's own way back find it again.
            navigation.go("call", {**search_of_address(), "call": said.call_id, **at})


def search_of_address() -> dict[str, str]:
    """The search that stands in the address, on this page or gone along to another; empty where there is none."""
    asked = {param: st.query_params[param] for param in _SEARCH if param in st.query_params}
    return asked if "q" in asked else {}


def link_back() -> None:
    """The way back to the search that led to this page, where one did."""
    if asked := search_of_address():
        navigation.link("search", _("Back to the search"), ":material/arrow_back:", **asked)


def _asked_page(last: int | None) -> int:
    """The page in the address, from 1; the first for anything that is none."""
    asked = st.query_params.get(_PAGE, "1")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    return max(1, number if last is None else min(number, last))


def _turn(page: int, has_more: bool) -> None:
    if page == 1 and not has_more:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            _("Newer"), icon=":material/arrow_back:", disabled=page == 1, on_click=_go, args=(page - 1,)
        )
        st.caption(_("Page {n}", n=fmt_count(page)), width="content")
        st.button(
            _("Older"), icon=":material/arrow_forward:", disabled=not has_more, on_click=_go, args=(page + 1,)
        )


def _go(page: int) -> None:
    if page == 1:
        st.query_params.pop(_PAGE, None)
    else:
        st.query_params[_PAGE] = str(page)
