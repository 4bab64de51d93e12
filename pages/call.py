"""One call: hear it, read it with the findings marked on the words, see why, and decide."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from dashboard import media, navigation
from dashboard.auth import require
from dashboard.components import empty, explanation, page_header, refusal, section
from dashboard.conversation import Line, clock_text, lines_of, numbered, play_from
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.inspection_panel import show_checks, show_measures, show_score, show_versions
from dashboard.quality_lists import state_of
from dashboard.reads import open_session, rulebook
from dashboard.review_panel import play, show_finding, show_flash, wanted_place
from dashboard.sound_panel import show_channels, show_suppressed, show_to_listen, show_words
from db import calls, quality, rulebooks
from db.models import Call, Finding, Inspection, Recording
from regulations.access import Scope

PLAYER_STAYS = "<style>.st-key-player { position: sticky; top: 3.75rem; z-index: 50; }</style>"


def _facts(call: Call, inspection: Inspection | None) -> None:
    rows = [
        (_("Agent"), f"{call.agent.name} ({call.agent.number}) · {call.team.name}"),
        (_("When"), fmt_instant(call.started_at)),
        (_("Length"), fmt_duration(call.duration_seconds or None)),
        (_("Kind of call"), f"{name('contact_kind', call.kind)} · {name('direction', call.direction)}"),
        (_("Hung up by"), name("speaker", call.hangup_by)),
        (_("Rings before the answer"), NOTHING if call.rings is None else fmt_count(call.rings)),
    ]
    if inspection is not None:
        rows.append((_("Review"), state_of(inspection)))
    with st.container(border=True):
        for column, (label, value) in zip(st.columns(len(rows)), rows, strict=True):
            column.caption(plain(label))
            column.markdown(plain(value))


def _player(call: Call, recording: Recording | None, scope: Scope) -> bool:
    """The sound, through the guarded route. Whether there is any for this viewer."""
    if recording is None:
        st.caption(_("There is no recording of this call, only its words."))
        return False
    if not scope.may("recordings.play"):
        st.caption(_("Your role may read this call but not listen to it."))
        return False
    here = urlsplit(str(st.context.url or ""))
    if here.scheme not in ("http", "https"):
        st.caption(_("The player needs a browser."))
        return True
    st.html(PLAYER_STAYS)
    start, times = wanted_place(call.call_id)
    # The number in the address makes a second click on the same place play it a second time.
    address = f"{here.scheme}://{here.netloc}{media.address_of(recording.id)}?n={times}"
    st.audio(
        address, start_time=start, autoplay=times > 0, alt=_("Recording of call {call}", call=call.call_id)
    )
    return True


def _conversation(lines: list[Line], *, can_play: bool, is_chat: bool) -> None:
    """Agent on the left, customer on the right, unknown across; a click on a time plays from three seconds before."""
    if not lines:
        empty(_("Nobody spoke"), _("No words were recognised in this recording."), "voice_over_off")
        return
    st.caption(_("Left: agent. Right: customer. Marked words carry the number of their finding."))
    for index, line in enumerate(lines):
        widths, place = {"agent": ([5, 1], 0), "customer": ([1, 5], 1)}.get(line.speaker, ([1, 10, 1], 1))
        with st.columns(widths)[place]:
            avatar = {"agent": ":material/headset_mic:", "customer": ":material/person:"}.get(
                line.speaker, ":material/help:"
            )
            with st.chat_message(line.speaker, avatar=avatar):
                st.markdown(line.markdown)
                if is_chat:
                    continue
                if line.is_doubtful:
                    st.caption(
                        f":material/hearing: {plain(_('Perhaps nobody said this: it counts for nothing, listen to it.'))}"
                    )
                if can_play:
                    start = play_from(line.start) if line.numbers else int(line.start)
                    st.button(
                        _("from {at}", at=clock_text(start)),
                        key=f"line_{index}",
                        icon=":material/play_arrow:",
                        type="tertiary",
                        on_click=play,
                        args=(start,),
                    )
                else:
                    st.caption(f"{clock_text(line.start)} · {plain(name('speaker', line.speaker))}")


def _findings(findings: list[tuple[int, Finding]], scope: Scope, *, can_play: bool) -> None:
    said = [(n, f) for n, f in findings if f.kind != "missing"]
    missing = [(n, f) for n, f in findings if f.kind == "missing" and f.verdict == "absent"]
    open_ones = [(n, f) for n, f in findings if f.kind == "missing" and f.verdict != "absent"]
    if not findings:
        empty(
            _("Nothing was found"), _("No banned words, and every phrase that was owed was said."), "task_alt"
        )
    for number, finding in said:
        show_finding(number, finding, scope, can_play=can_play)
    if missing:
        st.markdown(f"**{plain(_('Phrases that were owed and not said'))}**")
    for number, finding in missing:
        show_finding(number, finding, scope, can_play=can_play)
    if open_ones:
        with st.expander(_("Cannot be told from this recording ({n})", n=len(open_ones))):
            for number, finding in open_ones:
                st.markdown(f"**{number}. {plain(name('finding_category', finding.category))}**")
                explanation(finding.steps)


def _not_inspected(recording: Recording | None) -> None:
    if recording is None:
        empty(
            _("This call has no recording"),
            _("There is nothing to inspect: neither sound nor words."),
            "mic_off",
        )
        return
    status = name("recording_status", recording.status)
    reason = calls.failure_text(recording, lang())
    text = _("The recording of this call: {status}.", status=status)
    empty(text, reason or _("Its findings appear here when it is done."), "hourglass_empty")


def _page() -> None:
    scope = require("quality.view")
    call_id = st.query_params.get("call", "")
    inspection: Inspection | None = None
    try:
        with open_session() as session:
            call = calls.get_call(session, scope, call_id)
            recording = call.recording
            book = rulebook()
            try:
                inspection = quality.get_inspection(session, scope, call_id)
                book = rulebooks.made_under(session, inspection.rulebook_version, book)
            except LookupError:
                inspection = None
    except LookupError:
        page_header(_("Call"), _("One call with its recording, its words and what was found in them."))
        refusal(
            _("There is no such call"),
            _("No call in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        navigation.link("quality", _("All flagged calls"), ":material/arrow_back:")
        return
    navigation.link("quality", _("All flagged calls"), ":material/arrow_back:")
    page_header(
        _("Call {number}", number=call.call_id),
        _("What the machine found is a lead, not a verdict, until a person has confirmed it."),
    )
    show_flash()
    _facts(call, inspection)
    with st.container(key="player"):  # stays in sight: the findings below ask it to play
        can_play = _player(call, recording, scope)
    if inspection is None:
        _not_inspected(recording)
        return
    findings = numbered(inspection.findings)
    left, right = st.columns([3, 2], gap="large")
    with left:
        section(_("What was said"))
        _conversation(
            lines_of(inspection.transcript.segments, findings),
            can_play=can_play,
            is_chat=call.channel == "chat",
        )
        show_words(inspection.transcript.segments, can_play=can_play)
        show_suppressed(inspection)
    with right:
        section(_("What was found"))
        show_score(inspection, book)
        show_to_listen(inspection.transcript, can_play=can_play)
        _findings(findings, scope, can_play=can_play)
        show_checks(inspection)
    section(_("Measured"))
    show_measures(inspection)
    show_channels(inspection, scope)
    show_versions(inspection)


_page()
