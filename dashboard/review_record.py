"""What people made of a call, on its own page: the review that stands with its receipt, the ones before it, and notes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import navigation
from dashboard.call_words import show_lines
from dashboard.components import section
from dashboard.components import show_flash as show_message
from dashboard.conversation import clock_text, lines_of
from dashboard.desk import now, open_session
from dashboard.dispute_words import state_label, title_of
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.player import Player
from dashboard.reads import forget
from dashboard.review_actions import reopen
from dashboard.review_receipt import show_receipt
from db import dispute_lists, review_notes, reviews
from db.dispute_subjects import subjects
from db.models import Call, CallNote, CallReview, TranscriptSegment
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "call_note_flash"
_TEXT = "call_note_text"


def show_review(call: Call, scope: Scope) -> None:
    """The call's review and notes; the way to review it, and for who may, to coach its agent."""
    with open_session() as session:
        found = reviews.list_finished(session, scope, call.call_id)
        notes = review_notes.list_notes(session, scope, call.call_id)
        held = reviews.held_by(session, scope, call.call_id, now())
    stands = next((one for one in found if one.stands), None)
    section(_("Review"))
    show_message(_FLASH)
    if stands is not None:
        show_receipt(stands)
    else:
        st.caption(plain(_("Nobody has reviewed this call as a whole yet.")))
    if held is not None:
        words = _("{who} is reviewing it now.", who=held.reviewer)
        st.caption(f":material/pan_tool_alt: {plain(words)}")
    before = [one for one in found if not one.stands]
    if before:
        _before(before)
    with st.container(horizontal=True, gap="small"):
        if scope.may("quality.review"):
            _again(call, stands, held, scope)
        if scope.may("quality.coach"):
            _coach(call)
    _notes(notes)


def show_objections(call: Call, scope: Scope) -> None:
    """One line for each objection in the call, open or decided; a click opens it where it is decided."""
    if not scope.may("disputes.view"):
        return
    with open_session() as session:
        found = dispute_lists.list_of_call(session, scope, call.call_id)
        about = subjects(session, found)
    for one in found:
        words = _(
            "Objection of the agent: {what} ({state})",
            what=title_of(about[one.id]),
            state=state_label(dispute_lists.state_of(one, now())),
        )
        navigation.link("disputes", plain(words), ":material/balance:", open=str(one.id))


def _before(found: Sequence[CallReview]) -> None:
    with st.expander(_("Earlier reviews of this call ({n})", n=len(found))):
        lines = [
            f"- {plain(fmt_instant(one.finished_at))} · {plain(one.reviewer)} · {plain(name('review_purpose', one.purpose))}"
            f" · {'–' if one.score is None else fmt_count(one.score)}"
            for one in found
        ]
        st.markdown("\n".join(lines))


def _again(call: Call, stands: CallReview | None, held: CallReview | None, scope: Scope) -> None:
    if held is not None and held.reviewer_id != scope.user_id:
        return
    if stands is None or held is not None:
        navigation.link("review", _("Review this call"), ":material/rate_review:", call=call.call_id)
        return
    with (
        st.popover(_("Reopen"), icon=":material/restart_alt:"),
        st.form("reopening", border=False),
    ):
        reason = st.text_area(_("Why it is reopened"), key="call_reopen_why", max_chars=500)
        if st.form_submit_button(_("Reopen the review"), type="primary"):
            reopen(call.call_id, reason or "")
            navigation.go("review", {})


def _coach(call: Call) -> None:
    with (
        st.popover(_("Coach the agent"), icon=":material/school:"),
        st.form("coaching", border=False, clear_on_submit=True),
    ):
        st.text_area(_("For the agent, who reads and acknowledges it"), key=_TEXT, max_chars=2000)
        st.form_submit_button(_("Write it down"), type="primary", on_click=_write, args=(call.call_id,))


def _write(call_id: str) -> None:
    """Runs before the page is made again."""
    from dashboard.auth import require  # asked anew: the sign-in may have ended while the page stood open

    scope = require("quality.coach")
    try:
        with open_session() as session:
            review_notes.write_note(
                session, scope, call_id, "coaching", str(st.session_state.get(_TEXT) or ""), now=now()
            )
    except Refused as refused:
        st.session_state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("warning", _("You may not write to this agent."))
    else:
        st.session_state[_FLASH] = ("done", _("Noted: {kind}", kind=name("note_kind", "coaching")))
    forget()


def _notes(notes: Sequence[CallNote]) -> None:
    for one in notes:
        at = "" if one.start_seconds is None else f" {clock_text(one.start_seconds)}"
        seen = ""
        if one.kind == "coaching":
            seen = " · " + plain(
                _("read {at}", at=fmt_instant(one.seen_at)) if one.seen_at else _("not read yet")
            )
        head = f"**{plain(name('note_kind', one.kind))}**{at} · {plain(one.author)} · {plain(fmt_instant(one.written_at))}{seen}"
        st.markdown(f"{head}  \n{plain(one.text)}")


def show_blind(call: Call, segments: Sequence[TranscriptSegment], player: Player | None) -> None:
    """The call as whoever reviews it blind may see it: sound and words, nothing of what was found."""
    st.info(
        plain(
            _(
                "This call is to be heard blind, for the sample or in a calibration round. What the machine found is shown here once it is judged."
            )
        ),
        icon=":material/visibility_off:",
    )
    navigation.link("review", _("Review this call"), ":material/rate_review:", call=call.call_id)
    if player is not None:
        player.draw()
    show_lines(lines_of(segments, []), player, is_chat=call.channel == "chat")
