"""Recordings at work: what failed and why, what is being transcribed, what waits, what is done."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.auth import current_scope
from dashboard.components import count_card, empty, section
from dashboard.desk import now, open_session
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang
from dashboard.queue_rows import Queue, show_done, show_failed, show_running, show_waiting
from dashboard.queue_upload import show_upload
from dashboard.reads import forget
from db import calls, recording_queue, workers
from regulations.access import Scope

REFRESH_SECONDS = 2.0
DONE_SHOWN = timedelta(hours=24)
MOST_SHOWN = 500


def show_queue(scope: Scope) -> None:
    """The upload for those who may, and the queue, which follows the work by itself while there is any.

    To be called at the top level of a page: it holds a block that repeats itself.
    """
    if scope.may("recordings.upload"):
        show_upload(scope)
    section(
        _("Recordings at work"),
        _("What failed and why, what is being transcribed, what waits; done ones for a day."),
    )
    with open_session() as session:
        counts = calls.count_queue(session, scope)
    is_busy = bool(counts["queued"] or counts["claimed"])
    st.fragment(_show, run_every=REFRESH_SECONDS if is_busy else None)(is_busy)


def _show(was_busy: bool) -> None:
    # A block that repeats itself runs without the page around it: it asks for itself who is looking.
    scope = current_scope()
    queue = _look(scope)
    if was_busy and not queue.is_busy:
        forget()
        st.rerun()  # the last one is done: the page shows its findings, and the block rests
    if queue.is_busy and not was_busy:
        st.rerun()  # something was sent round again: the block has to begin to follow the work
    if not any(queue.rows.values()):
        empty(_("Nothing is waiting"), _("Recordings that come in appear here at once."), "task_alt")
        return
    _notices(queue)
    _cards(queue)
    for code in queue.failures:
        show_failed(scope, queue, code)
    if queue.rows["claimed"]:
        show_running(queue)
    if queue.rows["queued"]:
        show_waiting(queue)
    if queue.rows["done"]:
        show_done(scope, queue)


def _look(scope: Scope) -> Queue:
    at = now()
    since = at - DONE_SHOWN
    with open_session() as session:
        rows = {
            status: recording_queue.list_in_state(
                session, scope, status, since=since if status == "done" else None, limit=MOST_SHOWN
            )
            for status in ("failed", "claimed", "queued", "done")
        }
        return Queue(
            calls.count_queue(session, scope),
            recording_queue.count_done_since(session, scope, since),
            recording_queue.count_failures(session, scope),
            recording_queue.waiting_reasons(session, scope),
            recording_queue.places(session),
            rows,
            workers.list_alive(session, at),
            workers.last_seen(session),
        )


def _notices(queue: Queue) -> None:
    """What stops everything is said once, above the rows that it stops."""
    if queue.is_busy and not queue.workers:
        seen = (
            _("It was stopped, or it never ran here.")
            if queue.last_seen is None
            else _("The last one was seen {at}.", at=fmt_instant(queue.last_seen))
        )
        how = _("Start the desk with `make run`, or a worker alone with `manage.py worker`.")
        st.warning(
            f"**{_('No worker is running: nothing is being transcribed.')}** {plain(seen)} {how}",
            icon=":material/power_off:",
        )
    for reason in queue.reasons:
        text = reason.en if lang() == "en" else reason.zh
        st.warning(
            plain(_("Waiting although a worker runs ({n}): {why}", n=fmt_count(reason.count), why=text))
            + f"  \n{plain(_('Nothing has to be brought in again: it goes on by itself once this is put right.'))}",
            icon=":material/hourglass_disabled:",
        )


def _cards(queue: Queue) -> None:
    total = _("of {n} recordings in all", n=fmt_count(sum(queue.counts.values())))
    at_once = sum(worker.processes for worker in queue.workers)
    room = _("at most {n} at once", n=fmt_count(at_once)) if at_once else _("no worker is running")
    first, second, third, fourth = st.columns(4)
    with first:
        count_card(_("Failed"), queue.counts["failed"], total, is_alarm=True)
    with second:
        count_card(_("Being transcribed"), queue.counts["claimed"], room)
    with third:
        count_card(_("Waiting"), queue.counts["queued"], total)
    with fourth:
        count_card(_("Done in the last 24 hours"), queue.done_lately, total)
