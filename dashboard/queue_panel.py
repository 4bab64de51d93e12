"""Recordings at work: bring one in, and see it wait, be transcribed, done, or refused with the reason."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO

import streamlit as st
from sqlalchemy.orm import sessionmaker

from dashboard import navigation
from dashboard.auth import current_scope
from dashboard.components import empty, section
from dashboard.desk import now, open_session
from dashboard.formats import fmt_count, fmt_duration, fmt_instant, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, today
from db import calls, people
from db.calls import CallFacts, RecordingRefused, failure_text
from db.engine import DatabaseError, engine_for
from db.models import Recording
from jobs.queue import enqueue_inspection
from jobs.receiving import receive_recording
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES
from settings import get_settings

REFRESH_SECONDS = 2.0
DONE_SHOWN = timedelta(hours=24)
MOST_SHOWN = 60
_FLASH = "queue_flash"
_SYMBOLS = {
    "claimed": ":blue[:material/graphic_eq:]",
    "queued": ":gray[:material/hourglass_empty:]",
    "failed": ":red[:material/error:]",
    "done": ":green[:material/check_circle:]",
}


def show_queue(scope: Scope) -> None:
    """The upload for those who may, and the queue, which follows the work by itself while there is any.

    To be called at the top level of a page: it holds a block that repeats itself.
    """
    if scope.may("recordings.upload"):
        show_upload(scope)
    section(
        _("Recordings at work"),
        _("What waits, what is being transcribed, what failed and why; done ones for a day."),
    )
    with open_session() as session:
        counts = calls.count_queue(session, scope)
    is_busy = bool(counts["queued"] or counts["claimed"])
    st.fragment(_queue, run_every=REFRESH_SECONDS if is_busy else None)(is_busy)


def _queue(was_busy: bool) -> None:
    # A block that repeats itself runs without the page around it: it asks for itself who is looking.
    scope = current_scope()
    with open_session() as session:
        rows = calls.list_queue(session, scope, done_since=now() - DONE_SHOWN, limit=MOST_SHOWN)
        counts = calls.count_queue(session, scope)
    if was_busy and not (counts["queued"] or counts["claimed"]):
        forget()
        st.rerun()  # the last one is done: the page shows its findings, and the block rests
    if not rows:
        empty(_("Nothing is waiting"), _("Recordings that come in appear here at once."), "task_alt")
        return
    st.caption(
        plain(
            _(
                "{waiting} waiting, {working} being transcribed, {failed} failed.",
                waiting=fmt_count(counts["queued"]),
                working=fmt_count(counts["claimed"]),
                failed=fmt_count(counts["failed"]),
            )
        )
    )
    with st.container(border=True, gap="xsmall"):
        for recording in rows:
            _row(scope, recording)


def _row(scope: Scope, recording: Recording) -> None:
    call = recording.call
    facts, state = st.columns([3, 2], vertical_alignment="center")
    detail = _(
        "call of {at} · {length} · brought in by {who}",
        at=fmt_instant(call.started_at),
        length=fmt_duration(recording.duration_seconds or None),
        who=recording.uploaded_by,
    )
    facts.markdown(
        f"{_SYMBOLS.get(recording.status, '')} **{plain(recording.original_name)}** · {plain(call.agent.name)}"
        f" · :gray[{plain(detail)}]"
    )
    with state:
        _state(scope, recording)


def _state(scope: Scope, recording: Recording) -> None:
    status = name("recording_status", recording.status)
    if recording.status == "claimed":
        st.progress(
            recording.progress,
            text=plain(_("{status} {percent}%", status=status, percent=round(100 * recording.progress))),
        )
        return
    reason = failure_text(recording, lang())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{plain(status)}**" + (f": {plain(reason)}" if reason else ""))
        if recording.status == "done" and scope.may("quality.view"):
            navigation.link("call", _("Open the call"), ":material/hearing:", call=recording.call.call_id)
        if recording.status == "failed" and scope.may("recordings.upload"):
            st.button(
                _("Try again"),
                key=f"retry_{recording.id}",
                icon=":material/refresh:",
                type="tertiary",
                on_click=_retry,
                args=(recording.id,),
            )


def _retry(recording_id: int) -> None:
    try:
        with open_session() as session:
            calls.retry(session, current_scope(), recording_id, now=now())
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("error", _("You may not send this recording round again."))
        return
    enqueue_inspection(get_settings(), recording_id)


# -- bringing one in ---------------------------------------------------------------------------------


def show_upload(scope: Scope) -> None:
    """A form for one recording and what is known about its call."""
    section(
        _("Bring a recording in"),
        _("Whatever the telephone system writes (wav, mp3, ogg, m4a, amr …), one call in one file."),
    )
    _flash()
    with open_session() as session:
        agents = list(people.list_agents(session, scope))
    if not agents:
        empty(_("There is no agent yet"), _("Import the staff list first: a call needs its agent."), "group")
        return
    names = {agent.number: f"{agent.name} ({agent.number}) · {agent.team.name}" for agent in agents}
    settings = get_settings()
    with st.form("upload", border=True):
        uploaded = st.file_uploader(
            _("Recording"),
            key="upload_file",
            max_upload_size=settings.max_upload_mb,
            accept_multiple_files=False,
        )
        first, second, third = st.columns(3)
        first.selectbox(
            _("Agent"), list(names), format_func=lambda n: names[n], key="upload_agent", index=None
        )
        second.selectbox(
            _("Direction"),
            list(NAMES["direction"]),
            format_func=lambda d: name("direction", d),
            key="upload_direction",
        )
        kinds = [kind for kind in NAMES["contact_kind"] if kind != "chat"]
        third.selectbox(
            _("Kind of call"), kinds, format_func=lambda k: name("contact_kind", k), key="upload_kind"
        )
        first, second, third = st.columns(3)
        local = now().astimezone(site_zone())
        first.date_input(_("Day of the call"), value=today(), max_value=today(), key="upload_on")
        second.time_input(_("Time of the call"), value=time(local.hour, 0), key="upload_time", step=60)
        third.text_input(
            _("Call number (empty: made up)"),
            key="upload_number",
            max_chars=80,
            help=_("As the telephone system numbers it."),
        )
        sent = st.form_submit_button(_("Take it in"), type="primary", icon=":material/upload:")
    if sent:
        _receive(scope, uploaded.name if uploaded else "", uploaded)
        _flash()


def _receive(scope: Scope, original_name: str, uploaded: BytesIO | None) -> None:
    agent, on = st.session_state["upload_agent"], st.session_state["upload_on"]
    if uploaded is None or agent is None or not isinstance(on, date):
        st.session_state[_FLASH] = ("warning", _("Choose a recording, its agent and its day."))
        return
    settings = get_settings()
    started_at = datetime.combine(on, st.session_state["upload_time"] or time(), site_zone())
    facts = CallFacts(
        call_id=(st.session_state["upload_number"] or "").strip(),
        agent_number=agent,
        started_at=started_at,
        started_on=on,
        direction=st.session_state["upload_direction"],
        kind=st.session_state["upload_kind"],
    )
    factory = sessionmaker(engine_for(settings.database), expire_on_commit=False)
    try:
        received = receive_recording(factory, scope, uploaded, original_name, facts, settings, now=now())
    except RecordingRefused as refused:
        st.session_state[_FLASH] = (
            "error",
            _("{file} was not taken in: {why}", file=original_name, why=refused.text(lang())),
        )
    except AccessRefused:
        st.session_state[_FLASH] = ("error", _("Your role may not bring recordings in."))
    except DatabaseError as error:
        st.session_state[_FLASH] = (
            "error",
            _("{file} was not taken in: {why}", file=original_name, why=error),
        )
    else:
        enqueue_inspection(settings, received.recording_id)
        forget()
        st.session_state[_FLASH] = (
            "done",
            _(
                "{file} was taken in as call {call}; it is transcribed below.",
                file=original_name,
                call=received.call_id,
            ),
        )


def _flash() -> None:
    kind, text = st.session_state.pop(_FLASH, ("", ""))
    if kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
    elif kind == "error":
        st.error(plain(text), icon=":material/block:")
    elif kind == "warning":
        st.warning(plain(text), icon=":material/error:")
