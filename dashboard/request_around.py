"""What a request meets: who of the team is away already, who asks for the same days, and how many are left at the posts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.formats import fmt_count, fmt_date, plain
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import now, open_session, rulebook, work_calendar
from dashboard.request_kinds import Asked, fmt_span, leave_words
from dashboard.tables import table, text_column
from db import coverage, leave
from db.coverage import TeamCoverage
from regulations.access import Scope
from regulations.coverage import Interval, hours_text

MOST_DAYS = 14  # a longer leave is looked at on the roster
_SECOND = timedelta(seconds=1)


def show_away(scope: Scope, one: Asked) -> None:
    """Who of the team is on leave at that time, or has asked for it; the person's own other requests as well."""
    calendar = work_calendar()
    first, last = calendar.day_of(one.begins_at), calendar.day_of(max(one.begins_at, one.ends_at - _SECOND))
    begin, end = calendar.start_of_day(first), calendar.end_of_day(last)
    lines = []
    with open_session() as session:
        for state in ("approved", "requested"):
            for row in leave.list_leave(session, scope, state=state, from_on=first, to_on=last):
                is_it = one.kind == "leave" and row.id == one.number
                if (
                    is_it
                    or row.agent.team_id != one.team_id
                    or not begin <= row.ends_at
                    or row.starts_at > end
                ):
                    continue
                lines.append(
                    (state, row.agent.name, leave_words(scope, row), fmt_span(row.starts_at, row.ends_at))
                )
    st.markdown(f"**{plain(_('Who is away already'))}**")
    if not lines:
        st.caption(plain(_("Nobody else of {team} is on leave then, and nobody asks for it.", team=one.team)))
        return
    away = len({who for state, who, _leave, _span in lines if state == "approved"})
    if away:
        st.caption(plain(_("{n} of {team} away then", n=fmt_count(away), team=one.team)))
    waiting = f" :orange-badge[{plain(name('request_state', 'requested'))}]"
    st.markdown(
        "\n".join(
            f"- {plain(listed([who, words, span]))}{waiting if state == 'requested' else ''}"
            for state, who, words, span in lines
        )
    )


def show_coverage(scope: Scope, one: Asked) -> None:
    """How many are left at each post while the person is away, the emptiest first; one line where all is well."""
    ends_at = min(one.ends_at, one.begins_at + timedelta(days=MOST_DAYS))
    with open_session() as session:
        found = coverage.coverage_without(
            session, scope, one.agent_id, one.begins_at, ends_at, rulebook(), now()
        )
    st.markdown(f"**{plain(_('Who is left at the posts'))}**")
    if not found:
        st.caption(
            plain(
                _(
                    "{person} has no shift on the roster at that time, so nobody is missing.",
                    person=one.person,
                )
            )
        )
        return
    for day in found:
        _day(day)
    if ends_at < one.ends_at:
        st.caption(plain(_("The first {n} days are shown; the rest stands on the roster.", n=MOST_DAYS)))


def _day(day: TeamCoverage) -> None:
    sign = ":red[:material/warning:]" if day.gaps else ":green[:material/check:]"
    clause = f" :red-badge[{plain(day.sentence.clause)}]" if day.sentence.clause else ""
    st.markdown(f"{sign} {plain(fmt_date(day.on))}: {plain(day.sentence.text(lang()))}{clause}")
    if day.gaps:
        rows = pd.DataFrame([_interval(part) for part in day.gaps])
        columns = {
            "time": text_column(_("Time"), 110),
            "post": text_column(_("Post"), 110),
            "required": text_column(_("People required"), 70),
            "left": text_column(_("People left"), 70),
            "gap": text_column(_("Short by"), 70),
        }
        table(rows, columns, key=f"request_gaps_{day.on}", can_open=False, rows_seen=5)


def _interval(part: Interval) -> dict[str, str]:
    return {
        "time": hours_text(part.starts_at, part.ends_at, work_calendar().timezone),
        "post": part.post or _("any post"),
        "required": fmt_count(part.required),
        "left": fmt_count(part.expected),
        "gap": fmt_count(part.gap),
    }


def is_ahead(one: Asked, at: datetime) -> bool:
    """Whether anything of it still lies ahead: only then it matters who is left."""
    return one.ends_at > at
