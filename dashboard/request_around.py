"""What a request meets: who of the team is away already, who asks for the same days, and how many are left at the posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.formats import fmt_count, fmt_date, plain
from dashboard.i18n import _, lang, listed, name
from dashboard.reads import now, open_session, rulebook, work_calendar
from dashboard.request_kinds import Asked, fmt_span, leave_words
from dashboard.tables import table, text_column
from db import coverage, leave
from db.coverage import TeamCoverage
from db.models import Leave, SwapRequest
from regulations.access import Scope
from regulations.coverage import Interval, hours_text

MOST_DAYS = 14  # a longer leave is looked at on the roster
_SECOND = timedelta(seconds=1)
Span = tuple[datetime, datetime]


def swap_spans(row: SwapRequest) -> list[Span]:
    """When a swap takes place: the swapped shift, and the pay-back where it is agreed."""
    calendar = work_calendar()
    spans = []
    for shift, on in ((row.shift, row.swap_on), (row.payback_shift, row.payback_on)):
        if shift is not None:
            spans.append((shift.starts_at, shift.ends_at))
        elif on is not None:
            spans.append((calendar.start_of_day(on), calendar.end_of_day(on)))
    return spans


def show_away(scope: Scope, one: Asked, spans: Sequence[Span]) -> None:
    """Who of the team is on leave on these days, or has asked for it; the person's own other requests as well."""
    lines: dict[int, tuple[str, str, str, str]] = {}
    with open_session() as session:
        for span in spans:
            for state, row in _leave_around(session, scope, one, span):
                words = (leave_words(scope, row), fmt_span(row.starts_at, row.ends_at))
                lines.setdefault(row.id, (state, row.agent.name, *words))
    _say_away(one, list(lines.values()))


def _leave_around(session: Session, scope: Scope, one: Asked, span: Span) -> Iterator[tuple[str, Leave]]:
    calendar = work_calendar()
    first, last = calendar.day_of(span[0]), calendar.day_of(max(span[0], span[1] - _SECOND))
    begin, end = calendar.start_of_day(first), calendar.end_of_day(last)
    for state in ("approved", "requested"):
        for row in leave.list_leave(session, scope, state=state, from_on=first, to_on=last):
            is_it = one.kind == "leave" and row.id == one.number
            if (
                not is_it
                and row.agent.team_id == one.team_id
                and begin <= row.ends_at
                and row.starts_at <= end
            ):
                yield state, row


def _say_away(one: Asked, lines: Sequence[tuple[str, str, str, str]]) -> None:
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


def show_staffing(scope: Scope, row: SwapRequest) -> None:
    """How the posts are staffed on both days of a swap. It takes nobody away, but whoever decides has to know (A3.7)."""
    days = sorted({day for day in (row.swap_on, row.payback_on) if day is not None})
    with open_session() as session:
        found = coverage.coverage_of_days(session, scope, days, row.requester.team_id, rulebook(), now())
    st.markdown(f"**{plain(_('How both days are staffed'))}**")
    st.caption(plain(_("A swap takes nobody away: one comes for the other.")))
    for day in found:
        _day(day)


def _day(day: TeamCoverage) -> None:
    sign = ":red[:material/warning:]" if day.gaps else ":green[:material/check:]"
    clause = f" :red-badge[{plain(day.sentence.clause)}]" if day.sentence.clause else ""
    said = _("{label}: {text}", label=fmt_date(day.on), text=day.sentence.text(lang()))
    st.markdown(f"{sign} {plain(said)}{clause}")
    if day.gaps:
        rows = pd.DataFrame([_interval(part) for part in day.gaps])
        columns = {
            "time": text_column(_("Time"), 110),
            "post": text_column(_("Post"), 110),
            "required": text_column(_("Needed"), 80, _("People required")),
            "left": text_column(_("Remaining"), 90, _("People left")),
            "gap": text_column(_("Short by"), 70),
        }
        table(rows, columns, key=f"request_gaps_{day.on}", can_open=False, rows_seen=5)


def _interval(part: Interval) -> dict[str, str]:
    return {
        "time": hours_text(part.starts_at, part.ends_at, work_calendar().timezone),
        "post": part.post or _("any post"),
        "required": fmt_count(part.required),
        "left": fmt_count(part.present),
        "gap": fmt_count(part.gap),
    }


def is_ahead(one: Asked, at: datetime) -> bool:
    """Whether anything of it still lies ahead: only then it matters who is left."""
    return one.ends_at > at
