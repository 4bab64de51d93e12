"""The form for one recording and what is known about its call."""

from __future__ import annotations

from datetime import date, datetime, time
from io import BytesIO

import streamlit as st
from sqlalchemy.orm import sessionmaker

from dashboard.components import empty, section, show_flash
from dashboard.desk import now, open_session
from dashboard.formats import site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, today
from db import people
from db.calls import CallFacts, RecordingRefused
from db.engine import DatabaseError, engine_for
from jobs.queue import enqueue_inspection
from jobs.receiving import receive_recording
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES
from settings import get_settings

FLASH = "queue_flash"  # what is to be said once, after the page has been drawn anew: (kind, text)


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
            _("Agent"),
            list(names),
            format_func=lambda n: names[n],
            key="upload_agent",
            index=None,
            placeholder=_("Choose a person"),
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
        st.session_state[FLASH] = ("warning", _("Choose a recording, its agent and its day."))
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
        st.session_state[FLASH] = (
            "error",
            _("{file} was not taken in: {why}", file=original_name, why=refused.text(lang())),
        )
    except AccessRefused:
        st.session_state[FLASH] = ("error", _("Your role may not bring recordings in."))
    except DatabaseError as error:
        st.session_state[FLASH] = (
            "error",
            _("{file} was not taken in: {why}", file=original_name, why=error),
        )
    else:
        enqueue_inspection(settings, received.recording_id)
        forget()
        st.session_state[FLASH] = (
            "done",
            _(
                "{file} was taken in as call {call}; it is transcribed below.",
                file=original_name,
                call=received.call_id,
            ),
        )


def _flash() -> None:
    show_flash(FLASH)
