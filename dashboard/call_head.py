"""The head of a call's page: what call it is, its sound, and what is odd about the recording as a whole."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from dashboard import media
from dashboard.auth import current_scope
from dashboard.components import empty
from dashboard.desk import now
from dashboard.formats import fmt_count, fmt_duration, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player, play_button, player_for
from dashboard.quality_lists import state_of
from dashboard.queue_words import running_words
from dashboard.reads import forget, open_session
from dashboard.sound_panel import settle_button
from db import calls
from db.models import Call, CallReview, Inspection, Recording
from db.quality_scores import final_score
from regulations.access import Scope

REFRESH_SECONDS = 3.0
LOUD = {
    "one_channel_silent",
    "truncated",
}  # part of the call is not there; the others are how it was recorded
SHOWN_BESIDE = {"to_listen"}  # said where the stretches themselves stand


def show_facts(call: Call, inspection: Inspection | None, review: CallReview | None = None) -> None:
    """Whose call it was, when, how it ended, and how far its review has come: one line."""
    facts = _facts(call)
    if review is not None and review.score is not None:
        facts.append(f"**{plain(_('Score after review'))} {fmt_count(review.score)}**")
    elif inspection is not None:
        facts.append(f"**{plain(_('Score'))} {fmt_count(final_score(inspection))}**")
    if inspection is not None:
        facts.append(plain(state_of(inspection)))
    st.markdown(" · ".join(facts))


def show_call(call: Call) -> None:
    """Whose call it was, when, how it ended; nothing of what was found in it."""
    st.markdown(" · ".join([*_facts(call), plain(call.call_id)]))


def _facts(call: Call) -> list[str]:
    facts = [
        f"**{plain(call.agent.name)}** ({plain(call.agent.number)}) {plain(call.team.name)}",
        plain(fmt_instant(call.started_at)),
        plain(fmt_duration(call.duration_seconds or None)),
        plain(_kind_of(call)),
    ]
    if call.hangup_by != "unknown":
        facts.append(f"{plain(_('Hung up by'))} {plain(name('speaker', call.hangup_by))}")
    if call.rings is not None:
        facts.append(f"{plain(_('Rings before the answer'))} {plain(fmt_count(call.rings))}")
    return facts


def _kind_of(call: Call) -> str:
    kind, direction = name("contact_kind", call.kind), name("direction", call.direction)
    return kind if direction.lower() in kind.lower() else f"{kind} · {direction}"


def find_player(call: Call, recording: Recording | None, scope: Scope) -> Player | None:
    """The sound, through the guarded route, to be drawn where this is called; None, and why, where there is none."""
    if recording is None:
        st.caption(_("There is no recording of this call, only its words."))
        return None
    if not scope.may("recordings.play"):
        st.caption(_("Your role may read this call but not listen to it."))
        return None
    here = urlsplit(str(st.context.url or ""))
    has_browser = here.scheme in ("http", "https")
    address = f"{here.scheme}://{here.netloc}{media.address_of(recording.id)}" if has_browser else ""
    return player_for(call.call_id, st.container(), address, _("Recording of call {call}", call=call.call_id))


def show_notices(inspection: Inspection, scope: Scope, player: Player | None) -> None:
    """What must be known before any finding is read; swapped channels with the two clicks that settle them."""
    for warning in inspection.measures.get("warnings", ()):
        if warning.get("code") in SHOWN_BESIDE:
            continue
        is_swapped = warning.get("code") == "channels_look_swapped"
        if not is_swapped:
            say = st.warning if warning.get("code") in LOUD else st.info
            say(plain(warning["en" if lang() == "en" else "zh"]), icon=":material/graphic_eq:")
            continue
        with st.container(border=True, key="swapped"):
            st.warning(
                plain(
                    _(
                        "Left and right may be swapped: the opening and the courtesies are on the customer's channel."
                        " Until somebody has listened and said which channel is the agent's, every rule that depends on who"
                        " speaks is left open. If it happens with every call, the administrator corrects AGENT_CHANNEL."
                    )
                ),
                icon=":material/swap_horiz:",
            )
            with st.container(horizontal=True, gap="small"):
                if player is not None:
                    play_button(_("Hear the beginning"), 0, key="sound_beginning")
                settle_button(inspection, scope, key="above", is_urgent=True)


def show_not_inspected(scope: Scope, call_id: str, recording: Recording | None) -> None:
    """Why there are no findings yet; while it is being worked on, how far it is, until they are there."""
    if recording is None:
        empty(
            _("This call has no recording"),
            _("There is nothing to inspect: neither sound nor words."),
            "mic_off",
        )
        return
    is_on_its_way = recording.status in ("queued", "claimed")
    st.fragment(_on_its_way, run_every=REFRESH_SECONDS if is_on_its_way else None)(call_id, recording.status)


def _on_its_way(call_id: str, status_before: str) -> None:
    with open_session() as session:
        recording = calls.get_call(session, current_scope(), call_id).recording
    if recording is None or recording.status != status_before:
        forget()
        st.rerun()  # it went on: the page shows what there is now
    status = name("recording_status", recording.status)
    text = _("The recording of this call: {status}.", status=status)
    if recording.status == "claimed":
        st.progress(recording.progress, text=plain(running_words(recording, now())))
        return
    reason = calls.failure_text(recording, lang())
    if reason and recording.status == "queued":
        again = _("Nothing has to be brought in again: it goes on by itself once this is put right.")
        reason = f"{reason}{'。' if lang() == 'zh' else '. '}{again}"
    icon = "error" if recording.status == "failed" else "hourglass_empty"
    empty(text, reason or _("Its findings appear here when it is done."), icon)
