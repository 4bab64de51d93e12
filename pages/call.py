"""One call: hear it, read it with the findings marked on the words, see why, and decide."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from dashboard import media, navigation
from dashboard.auth import require
from dashboard.components import empty, explanation, page_header, refusal, section
from dashboard.conversation import Line, clock_text, lines_of, numbered, play_from
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.quality_lists import state_of
from dashboard.reads import open_session, rulebook
from dashboard.review_panel import play, show_finding, show_flash, wanted_place
from dashboard.tables import table, text_column
from db import calls, quality, rulebooks
from db.models import Call, Finding, Inspection, Recording
from db.quality import FLAGS
from db.quality_scores import confirmed_score, final_score, flags_of
from regulations.access import Scope
from regulations.rulebook import Rulebook

PLAYER_STAYS = "<style>.st-key-player { position: sticky; top: 3.75rem; z-index: 50; }</style>"
DEMO_ENGINES = {
    "demo": (
        "The demo speech model knows only the demo's synthetic voice. Set WHISPER_MODEL to a real model for real calls."
    ),
    "demo-script": "The words of this demo call were written by a script, not recognised: there is no recording of it.",
}
_CHECK_SYMBOLS = {"hit": "✓", "absent": "✕", "cannot_tell": "?", "": "–"}


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
                if can_play and line.numbers:
                    st.button(
                        _("from {at}", at=clock_text(play_from(line.start))),
                        key=f"line_{index}",
                        icon=":material/play_arrow:",
                        type="tertiary",
                        on_click=play,
                        args=(play_from(line.start),),
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


def _score(inspection: Inspection, book: Rulebook) -> None:
    """The machine's score, what the review makes of it, and the receipt."""
    after, confirmed = final_score(inspection), confirmed_score(inspection)
    passing = book.decimal("qa.pass_score")
    first, second, third = st.columns(3)
    first.metric(_("Machine score"), fmt_count(inspection.machine_score), border=True)
    change = after - inspection.machine_score
    second.metric(
        _("After review"),
        fmt_count(after),
        delta=f"{change:+.0f}" if change else None,
        border=True,
        help=_("Without the findings that were overturned"),
    )
    third.metric(
        _("Confirmed only"),
        fmt_count(confirmed),
        border=True,
        help=_("What the figures count: nothing undecided counts against anybody"),
    )
    critical = set(book.items("qa.critical_categories") or ())
    failing = [f for f in flags_of(inspection) if f.kind == "banned" and f.category in critical]
    if failing:
        words = (
            _("confirmed: the call fails by itself")
            if any(f.decision == "confirmed" for f in failing)
            else _("if confirmed, the call fails by itself")
        )
        st.warning(
            f"**{plain(name('finding_category', failing[0].category))}**: {plain(words)}",
            icon=":material/report:",
        )
    with st.expander(_("How the score comes about")):
        lines = [f"- {plain(_('100 points to begin with'))}"]
        for finding in inspection.findings:
            if finding.verdict not in FLAGS or not finding.points:
                continue
            text = f"−{fmt_count(finding.points)} · {name('finding_category', finding.category)}"
            text += f" “{finding.quote}”" if finding.quote else ""
            is_gone = finding.decision == "overturned"
            decision = (
                name("review_decision", finding.decision) if finding.decision else _("not reviewed yet")
            )
            body = plain(text)
            lines.append(f"- {f'~~{body}~~' if is_gone else body} · {plain(decision)}")
        lines.append(f"- **{plain(_('{n} points, never under 0', n=fmt_count(after)))}**")
        if passing is not None:
            lines.append(f"- {plain(_('{n} points pass', n=fmt_count(passing)))}")
        st.markdown("\n".join(lines))


def _measures(inspection: Inspection) -> None:
    measures = inspection.measures
    for warning in measures.get("warnings", ()):
        st.warning(plain(warning["en" if lang() == "en" else "zh"]), icon=":material/graphic_eq:")

    def seconds(key: str) -> str:
        value = measures.get(key)
        return NOTHING if value is None else fmt_duration(value)

    share, pace = measures.get("agent_talk_share"), measures.get("agent_characters_per_minute")
    rows = (
        (_("Agent's share of the talking"), NOTHING if share is None else f"{100 * share:.0f}%"),
        (_("Agent's characters a minute"), NOTHING if pace is None else fmt_count(round(pace))),
        (_("Agent interrupts"), fmt_count(measures.get("agent_interruptions"))),
        (_("Longest silence"), seconds("longest_silence_seconds")),
        (_("Silence in all"), seconds("silence_seconds")),
    )
    with st.container(border=True):
        for column, (label, value) in zip(st.columns(len(rows)), rows, strict=True):
            column.caption(plain(label))
            column.markdown(plain(value))


def _checks(inspection: Inspection) -> None:
    rows = [check for check in inspection.checks if check.get("applicable") or check.get("verdict")]
    if not rows:
        return
    with st.expander(_("Phrases owed in this call ({n})", n=len(rows))):
        frame = pd.DataFrame(
            {
                "phrase": name("finding_category", check["category"]),
                "verdict": f"{_CHECK_SYMBOLS.get(check['verdict'], '–')} {_said(check['verdict'])}",
                "at": NOTHING if check.get("start") is None else clock_text(check["start"]),
                "clauses": ", ".join(check.get("clauses") or ()) or NOTHING,
            }
            for check in rows
        )
        columns = {
            "phrase": text_column(_("Phrase"), 160),
            "verdict": text_column(_("Verdict"), 140),
            "at": text_column(_("Place in the call"), 100),
            "clauses": text_column(_("Clauses"), 160),
        }
        table(frame, columns, key="checks", can_open=False)


def _said(verdict: str) -> str:
    return {"hit": _("Said"), "absent": _("Not said"), "cannot_tell": _("Cannot tell")}.get(
        verdict, _("Not owed")
    )


def _versions(inspection: Inspection) -> None:
    transcript = inspection.transcript
    note = DEMO_ENGINES.get(transcript.engine)
    if note is not None:
        st.info(plain(_(note)), icon=":material/record_voice_over:")
    with st.expander(_("Made with")):
        rows = [
            (_("Recogniser"), transcript.engine),
            (_("Model"), transcript.model_hash[:16] or NOTHING),
            (_("Settings"), transcript.settings_hash[:16] or NOTHING),
            (_("Rulebook version"), inspection.rulebook_version),
            (_("Inspected"), fmt_instant(inspection.created_at)),
            *((key, str(value)) for key, value in sorted(transcript.versions.items())),
        ]
        st.markdown("\n".join(f"- {plain(label)}: `{str(value).replace('`', '')}`" for label, value in rows))
        if inspection.suppressed:
            st.caption(
                plain(
                    _(
                        "{n} pieces of text were taken for invented by the recogniser and left out:",
                        n=len(inspection.suppressed),
                    )
                )
            )
            st.markdown("\n".join(f"- {plain(piece.get('text', ''))}" for piece in inspection.suppressed))


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
    with right:
        section(_("What was found"))
        _score(inspection, book)
        _findings(findings, scope, can_play=can_play)
        _checks(inspection)
    section(_("Measured"))
    _measures(inspection)
    _versions(inspection)


_page()
