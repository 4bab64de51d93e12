"""Remarks on how callbacks were made: all at the month's end, many within minutes, by more people than dedicated.

Remarks for a person to look into, never verdicts about one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.components import explanation
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from dashboard.tables import table, text_column
from db.callback_batching import CallersMonth, list_batching
from db.callback_callers import callers_of
from regulations.access import Scope
from regulations.callback_batching import DAYS, last_days_from, month_of
from regulations.callback_callers import HEADCOUNT, headcount
from regulations.verdict import Lang, Step
from settings import get_settings


def batches(scope: Scope, month: date, team_id: int | None = None) -> list[CallersMonth]:
    """Everybody's completions of a month, who is remarked first."""
    return _batches(get_settings().database, scope, month.replace(day=1), team_id, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _batches(
    database: str, scope: Scope, month: date, team_id: int | None, at: datetime
) -> list[CallersMonth]:
    with open_session() as session:
        return list_batching(session, scope, month, rulebook(), at, team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _headcounts(
    database: str, scope: Scope, month: date, team_id: int | None, at: datetime, language: Lang
) -> list[tuple[str, tuple[Step, ...]]]:
    book, calendar = rulebook(), work_calendar()
    first, last = month_of(month)
    found = []
    with open_session() as session:
        for category in book.callback_categories():
            if book.is_off(HEADCOUNT, category.code):
                continue
            span = calendar.start_of_day(first), min(calendar.end_of_day(last), at)
            callers = callers_of(session, scope, category.code, *span, team_id)
            is_kept, steps = headcount(category.code, callers, book)
            if not is_kept:
                found.append((name("callback_kind", category.code), steps))
    return found


def show_batches(scope: Scope, month: date, team_id: int | None = None) -> None:
    """The remarks of a month, each with its reasoning and the callbacks it is about.

    While the last days of the running month have not begun, those of the month before as well.
    """
    months = [month]
    days = rulebook().integer(DAYS)
    if (
        days is not None
        and month_of(month)[1] >= today()
        and today() < last_days_from(month, days, work_calendar())
    ):
        months.insert(0, month.replace(day=1) - timedelta(days=1))
    for one in months:
        _month(scope, one, team_id)
    over = _headcounts(get_settings().database, scope, month, team_id, minute(), lang())
    if over:
        title = _(
            "More people call than are dedicated to it: {kinds}", kinds=listed(kind for kind, _steps in over)
        )
        with st.expander(plain(title), icon=":material/group:"):
            for kind, steps in over:
                explanation(steps, kind)


def _month(scope: Scope, month: date, team_id: int | None) -> None:
    everybody = batches(scope, month, team_id)
    remarked = [one for one in everybody if one.found.is_remarked]
    said = f"{month:%Y-%m}"
    if not everybody:
        sentence = _("No callback was completed in {month}.", month=said)
    elif not remarked:
        sentence = _(
            "{n} people completed callbacks in {month}; nobody's stand out.",
            n=fmt_count(len(everybody)), month=said,
        )  # fmt: skip
    else:
        sentence = _(
            "The callbacks of {n} of {m} people in {month} stand out.",
            n=fmt_count(len(remarked)), m=fmt_count(len(everybody)), month=said,
        )  # fmt: skip
    st.caption(plain(sentence))
    for one in remarked:
        _remark(one, said)


def _remark(one: CallersMonth, month: str) -> None:
    found = one.found
    if found.state == "batched":
        title = _(
            "{person}: {n} of {m} at the month's end",
            person=one.name, n=fmt_count(found.at_end), m=fmt_count(found.total),
        )  # fmt: skip
    else:
        many = sum(burst.count for burst in found.bursts)
        title = _("{person}: {n} one right after another", person=one.name, n=fmt_count(many))
    with st.expander(plain(title), icon=":material/manage_search:"):
        explanation(found.steps)
        calendar = work_calendar()
        begins = found.last_days_from if found.state == "batched" else None
        shown = [
            c
            for c in one.completions
            if (begins is not None and calendar.day_of(c.at) >= begins)
            or (begins is None and any(b.first_at <= c.at <= b.last_at for b in found.bursts))
        ]
        frame = pd.DataFrame(
            {"number": c.number, "done": fmt_instant(c.at), "due": fmt_instant(c.due_at)} for c in shown
        )
        columns = {
            "number": text_column(_("Number"), 150),
            "done": text_column(_("Completed"), 150),
            "due": text_column(_("Due"), 150),
        }
        table(frame, columns, key=f"batch:{month}:{one.number}", can_open=False, rows_seen=8)
