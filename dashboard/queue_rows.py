"""The lists of the queue: failed by reason, being transcribed, waiting, done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.auth import current_scope
from dashboard.desk import now, open_session
from dashboard.formats import fmt_count, fmt_duration, fmt_instant, fmt_time, plain
from dashboard.i18n import _, lang
from dashboard.queue_upload import FLASH
from dashboard.queue_words import (
    failure_advice,
    failure_title,
    may_help,
    running_words,
    took_seconds,
)
from dashboard.reads import person
from dashboard.tables import hint, number_column, table, text_column
from db import calls, recording_queue
from db.calls import failure_text
from db.models import Recording, Worker
from db.recording_queue import WaitingReason
from jobs.queue import enqueue_inspection
from regulations.access import AccessRefused, Scope
from settings import get_settings

FAILED_SHOWN = 4  # of each reason; all of them are one button


@dataclass(frozen=True, slots=True)
class Queue:
    """One look at the queue."""

    counts: dict[str, int]
    done_lately: int
    failures: dict[str, int]
    reasons: list[WaitingReason]
    places: dict[int, int]
    rows: dict[str, list[Recording]]
    workers: Sequence[Worker]
    last_seen: datetime | None

    @property
    def is_busy(self) -> bool:
        """Whether anything waits or is under way."""
        return bool(self.counts["queued"] or self.counts["claimed"])


def show_failed(scope: Scope, queue: Queue, code: str) -> None:
    """What failed for one reason: what to do, the latest of them, and all of them again."""
    count = queue.failures[code]
    rows = [row for row in queue.rows["failed"] if row.failure_code == code]
    may_retry = scope.may("recordings.upload")
    reasons = {failure_text(row, lang()) for row in rows}
    about = [*reasons, failure_advice(code)] if len(reasons) == 1 else [failure_advice(code)]
    with st.container(border=True, gap="xsmall"):
        said, act = st.columns([4, 1], vertical_alignment="center")
        said.markdown(
            f":red[:material/error:] **{plain(_('Failed: {why}', why=failure_title(code)))}**"
            f" · {fmt_count(count)}" + "".join(f"  \n:small[{plain(line)}]" for line in about)
        )
        if may_retry and count > 1 and may_help(code):
            act.button(
                _("Try all {n} again", n=fmt_count(count)),
                key=f"retry_all_{code}",
                icon=":material/refresh:",
                on_click=_retry_all,
                args=(code,),
            )
        for recording in rows[:FAILED_SHOWN]:
            _failed_row(recording, may_retry, has_own_reason=len(reasons) > 1)
        if len(rows) > FAILED_SHOWN:
            with st.expander(_("{n} more failed for the same reason", n=fmt_count(count - FAILED_SHOWN))):
                _failed_table(rows[FAILED_SHOWN:], code)


def _failed_table(rows: Sequence[Recording], code: str) -> None:
    frame = pd.DataFrame(
        {
            "file": row.original_name,
            "agent": row.call.agent.name,
            "at": fmt_instant(row.finished_at),
            "why": failure_text(row, lang()),
        }
        for row in rows
    )
    columns = {
        "file": text_column(_("File")),
        "agent": text_column(_("Agent")),
        "at": text_column(_("Failed at")),
        "why": text_column(_("Why it failed"), "large"),
    }
    table(frame, columns, key=f"queue_failed_{code}", can_open=False, rows_seen=8)


def _failed_row(recording: Recording, may_retry: bool, *, has_own_reason: bool) -> None:
    facts, act = st.columns([4, 1], vertical_alignment="center")
    reason = failure_text(recording, lang()) if has_own_reason else ""
    detail = _(
        "call of {at} · {length} · failed {when}",
        at=fmt_instant(recording.call.started_at),
        length=fmt_duration(recording.duration_seconds or None),
        when=fmt_instant(recording.finished_at),
    )
    facts.markdown(
        f"**{plain(recording.original_name)}** · {plain(recording.call.agent.name)} · :gray[{plain(detail)}]"
        + (f"  \n:small[{plain(reason)}]" if reason else "")
    )
    if may_retry:
        act.button(
            _("Try again"),
            key=f"retry_{recording.id}",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_retry,
            args=(recording.id,),
        )


def show_running(queue: Queue) -> None:
    """What is being transcribed, how far it is, and who does it."""
    at = now()
    with st.container(border=True, gap="xsmall"):
        for recording in queue.rows["claimed"]:
            facts, state = st.columns([1, 1], vertical_alignment="center")
            facts.markdown(f":blue[:material/graphic_eq:] {_title(recording)}")
            state.progress(recording.progress, text=plain(running_words(recording, at)))


def show_waiting(queue: Queue) -> None:
    """What waits, in its turn."""
    at = now()
    st.markdown(f"**{plain(_('Waiting'))}** · {fmt_count(queue.counts['queued'])}")
    frame = pd.DataFrame(
        {
            "place": queue.places.get(row.id, 0),
            "file": row.original_name,
            "agent": row.call.agent.name,
            "length": fmt_duration(row.duration_seconds or None),
            "since": fmt_instant(row.uploaded_at),
            "waits": fmt_duration((at - row.uploaded_at).total_seconds()),
            "by": person(row.uploaded_by),
            "note": failure_text(row, lang()) if row.attempts else "",
        }
        for row in queue.rows["queued"]
    )
    columns = {
        "place": number_column(_("Place"), width=60),
        "file": text_column(_("File")),
        "agent": text_column(_("Agent")),
        "length": text_column(_("Length")),
        "since": text_column(_("Waiting since")),
        "waits": text_column(_("Has waited")),
        "by": text_column(_("Brought in by")),
    }
    if frame["note"].any():
        columns["note"] = text_column(_("Broke off before"), "large")
    table(frame, columns, key="queue_waiting", can_open=False, rows_seen=8)
    _rest(queue.counts["queued"], len(frame))


def show_done(scope: Scope, queue: Queue) -> None:
    """What was done lately; a click opens the call."""
    st.markdown(f"**{plain(_('Done in the last 24 hours'))}** · {fmt_count(queue.done_lately)}")
    rows = queue.rows["done"]
    frame = pd.DataFrame(
        {
            "file": row.original_name,
            "agent": row.call.agent.name,
            "call": row.call.call_id,
            "at": fmt_time(row.finished_at),
            "length": fmt_duration(row.duration_seconds or None),
            "took": fmt_duration(took_seconds(row)),
        }
        for row in rows
    )
    columns = {
        "file": text_column(_("File")),
        "agent": text_column(_("Agent")),
        "call": text_column(_("Call")),
        "at": text_column(_("Done at")),
        "length": text_column(_("Length")),
        "took": text_column(_("Took"), help_text=_("From the start of the transcription to its end.")),
    }
    may_open = scope.may("quality.view")
    if may_open:
        hint()
    opened = table(frame, columns, key="queue_done", can_open=may_open, rows_seen=8)
    _rest(queue.done_lately, len(frame))
    if opened is not None:
        navigation.go("call", {"call": rows[opened].call.call_id})


def _rest(count: int, shown: int) -> None:
    if count > shown:
        st.caption(_("The first {n} of {m} are shown.", n=fmt_count(shown), m=fmt_count(count)))


def _title(recording: Recording) -> str:
    call = recording.call
    detail = _(
        "call of {at} · {length} · brought in by {who}",
        at=fmt_instant(call.started_at),
        length=fmt_duration(recording.duration_seconds or None),
        who=person(recording.uploaded_by),
    )
    return f"**{plain(recording.original_name)}** · {plain(call.agent.name)} · :gray[{plain(detail)}]"


def _retry(recording_id: int) -> None:
    try:
        with open_session() as session:
            calls.retry(session, current_scope(), recording_id, now=now())
    except (AccessRefused, LookupError):
        st.session_state[FLASH] = ("error", _("You may not send this recording round again."))
        return
    enqueue_inspection(get_settings(), recording_id)


def _retry_all(code: str) -> None:
    try:
        with open_session() as session:
            sent = recording_queue.retry_all(session, current_scope(), code, now=now())
    except AccessRefused:
        st.session_state[FLASH] = ("error", _("You may not send this recording round again."))
        return
    for recording_id in sent:
        enqueue_inspection(get_settings(), recording_id)
