"""One call: what was found, the sound beside it, and the words; who may, decides. Everything else is folded away."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.auth import require
from dashboard.call_head import find_player, show_call, show_facts, show_not_inspected, show_notices
from dashboard.call_words import show_conversation
from dashboard.components import page_header, refusal, section
from dashboard.findings_panel import show_findings
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.inspection_panel import show_checks, show_failing, show_score, show_versions
from dashboard.measures_panel import show_measures
from dashboard.player import Player
from dashboard.reads import open_session, rulebook
from dashboard.review_panel import show_flash, was_decided
from dashboard.review_record import show_blind, show_objections, show_review
from dashboard.script_panel import show_script
from dashboard.search_results import link_back
from dashboard.sound_panel import show_channels, show_suppressed, show_to_listen, show_words
from db import calls, quality, reviews, rulebooks
from db.models import Inspection
from db.review_blind import is_blind_for
from db.review_work import list_segments
from regulations.rulebook import Rulebook

# The sound and the words stay in sight while the findings, which ask them to play, are worked through.
SOUND_STAYS = (
    '<style>[data-testid="stColumn"]:has(.st-key-sound)'
    " { position: sticky; top: 3.75rem; align-self: flex-start; }</style>"
)


@st.fragment
def _work(inspection: Inspection, book: Rulebook, player: Player | None, *, may_decide: bool) -> None:
    """The findings and the sound that they ask for. A click here draws these alone: a long call would take a second."""
    if was_decided():
        st.rerun()  # score and state of the review stand outside
    if player is not None:
        player.draw()
    section(_("What was found"))
    show_failing(inspection, book)
    show_to_listen(inspection.transcript, player)
    show_findings(inspection, player, may_decide=may_decide)


def _details(inspection: Inspection, book: Rulebook, *, can_play: bool) -> None:
    section(_("Details"))
    with st.expander(_("Score")):
        show_score(inspection, book)
    show_checks(inspection)
    show_script(inspection)
    with st.expander(_("Measured")):
        show_measures(inspection, book)
    show_channels(inspection)
    show_words(inspection.transcript.segments, can_play=can_play)
    show_suppressed(inspection)
    show_versions(inspection)


def _no_such_call() -> None:
    page_header(_("Call"), _("One call with its recording, its words and what was found in them."))
    refusal(
        _("There is no such call"),
        _("No call in your teams has this number. It may belong to another team."),
        icon="search_off",
    )
    navigation.link("quality", _("All flagged calls"), ":material/arrow_back:", view="calls")


def _page() -> None:
    scope = require("quality.view")
    call_id = st.query_params.get("call", "")
    try:
        with open_session() as session:
            call = calls.get_call(session, scope, call_id)
            recording = call.recording
    except LookupError:
        _no_such_call()
        return
    navigation.link("quality", _("All flagged calls"), ":material/arrow_back:", view="calls")
    link_back()
    page_header(
        _("Call {number}", number=plain(call.call_id)),
        _("What the machine found is a lead, not a verdict, until a person has confirmed it."),
    )
    show_flash()
    facts = st.container()
    notices = st.container()
    left, right = st.columns(2, gap="medium")
    with right, st.container(key="sound"):
        st.html(SOUND_STAYS)
        player = find_player(call, recording, scope)
        said = st.container()
    with open_session() as session:
        is_blind = is_blind_for(session, scope, call.id)
        segments = list_segments(session, call.id) if is_blind else []
    if is_blind:
        with facts:
            show_call(call)
        with left:
            show_blind(call, segments, player)
        return
    inspection: Inspection | None = None
    book = rulebook()
    try:
        with open_session() as session:
            inspection = quality.get_inspection(session, scope, call_id)
            book = rulebooks.made_under(session, inspection.rulebook_version, book)
    except LookupError:
        inspection = None
    with open_session() as session:
        review = reviews.standing(session, scope, call_id)
    with facts:
        show_facts(call, inspection, review)
    if inspection is None:
        if player is not None:
            player.draw()
        with left:
            show_not_inspected(scope, call_id, recording)
        return
    with notices:
        show_notices(inspection, scope, player)
        show_objections(call, scope)
    with left:
        # Once the whole call is reviewed its score rests on the decisions: to change one, reopen the review.
        is_settled = review is not None and review.inspection_id == inspection.id
        _work(inspection, book, player, may_decide=scope.may("quality.review") and not is_settled)
    with said:
        show_conversation(inspection, scope, player, is_chat=call.channel == "chat")
    show_review(call, scope)
    _details(inspection, book, can_play=player is not None)


_page()
