"""Today's board of attendance as a list of plain values: how everybody on the roster stands at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

import pandas as pd
import streamlit as st

from dashboard.attendance_day import may_call
from dashboard.formats import NOTHING, fmt_time, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today
from db import attendance, off_post
from db.attendance import BoardRow
from db.models import OffPost
from regulations.access import Scope
from regulations.attendance_terms import Terms, terms_of
from regulations.attendance_verdict import LEAVE_UNDECIDED
from regulations.presence import off_post_limits
from regulations.punches import OffPostFact, ShiftFacts
from regulations.verdict import Lang
from settings import get_settings

# How a person stands right now, what needs somebody first.
PRESENCES = (
    "missing",
    "away_over",
    "late",
    "absent",
    "leave_waits",
    "away",
    "left",
    "here",
    "not_yet",
    "on_leave",
    "gone",
)
_SYMBOLS = {
    "missing": "▲",
    "away_over": "◆",
    "late": "!",
    "absent": "✕",
    "leave_waits": "?",
    "away": "◇",
    "left": "↩",
    "here": "✓",
    "not_yet": "○",
    "on_leave": "‖",
    "gone": "–",
}
COLOURS = {
    "missing": "red",
    "away_over": "red",
    "late": "orange",
    "absent": "red",
    "leave_waits": "orange",
    "away": "violet",
    "left": "violet",
    "here": "green",
    "not_yet": "gray",
    "on_leave": "blue",
    "gone": "gray",
}
_OVER = frozenset({"away_over", "call_over", "visitor_over"})


def presence(row: BoardRow, away: OffPost | None, at: datetime, terms: Terms) -> str:
    """How a person stands at an instant, a code of PRESENCES; `away`: the time off the post that is running."""
    if row.class_ == "on_leave":
        return "on_leave"
    if row.first_in_at is None:
        if row.class_ == "pending" and LEAVE_UNDECIDED in row.remarks:
            return "leave_waits"
        if at >= row.shift.ends_at:
            return "gone" if row.last_out_at is not None else "absent"
        return "not_yet" if at < row.shift.starts_at else "missing"
    if at >= row.shift.ends_at:
        return "gone"
    if row.last_out_at is not None:
        return "left"
    if away is not None:
        return "away_over" if is_over_limit(row, away, at, terms) else "away"
    return "late" if row.late_minutes else "here"


def is_over_limit(row: BoardRow, away: OffPost, at: datetime, terms: Terms) -> bool:
    """Whether the time off the post has run longer than its kind may (A1.8, B1.8, B1.20, A4.28), strictly over."""
    shift = ShiftFacts(row.shift.starts_at, row.shift.ends_at)
    fact = OffPostFact(away.starts_at, None, away.is_approved, away.kind, bool(away.replacement))
    found = off_post_limits(shift, [(shift.starts_at, shift.ends_at)], [fact], row.shift.post, at, terms)
    return bool(_OVER & set(found.remarks))


def presence_name(code: str) -> str:
    """What a presence is called."""
    return {
        "missing": _("Missing"),
        "away_over": _("Away too long"),
        "late": _("Late, here now"),
        "absent": _("Did not come"),
        "leave_waits": _("Leave not decided yet"),
        "away": _("Off the post"),
        "left": _("Clocked out early"),
        "here": _("Here"),
        "not_yet": _("Not yet due"),
        "on_leave": _("On leave"),
        "gone": _("Shift over"),
    }[code]


def presence_label(code: str) -> list[str]:
    """A presence as a label with its symbol."""
    return [f"{_SYMBOLS[code]} {presence_name(code)}"]


def board_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everybody whose shift is today (or runs past midnight into today), who is missing first.

    Columns: presence (label), code, person, number, team, shift, span (the same with its day), post, first_in, late, away,
    phone, steps, shift_id.
    The telephone is shown to who may ring people up (attendance_day.may_call).
    """
    return _board_rows(get_settings().database, scope, today(), team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _board_rows(
    database: str, scope: Scope, on: date, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    book = rulebook()
    terms = terms_of(book)
    days = (on - timedelta(days=1), on)
    with open_session() as session:
        found = [
            row
            for day in days
            for row in attendance.board(session, scope, day, at, book, team_id=team_id)
            if day == on or row.shift.ends_at > at
        ]
        absences = [
            row for day in days for row in off_post.list_off_post(session, scope, on=day, team_id=team_id)
        ]
        running = running_absences(absences, at)
        zone, phones = site_zone(), may_call(scope)
        rows = [_board_row(row, running.get(row.agent.id), at, terms, zone, phones) for row in found]
    columns = [
        "presence", "code", "person", "number", "team", "team_id", "shift", "span", "post", "starts_at", "first_in", "late",
        "away", "phone", "steps", "clauses", "shift_id",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["rank"] = [PRESENCES.index(code) for code in frame["code"]]
    frame["waits"] = frame[["late", "away"]].astype(float).max(axis=1).fillna(0)  # minutes, the longest first
    order = ["rank", "waits", "starts_at", "number"]
    frame = frame.sort_values(order, ascending=[True, False, True, True])
    return frame.drop(columns="waits").reset_index(drop=True)


def running_absences(rows: Sequence[OffPost], at: datetime) -> Mapping[int, OffPost]:
    """The time off the post that is running at an instant, by agent; of several the longest."""
    found: dict[int, OffPost] = {}
    for row in sorted(rows, key=lambda row: row.starts_at, reverse=True):
        if row.starts_at <= at and (row.ends_at is None or row.ends_at > at):
            found[row.agent_id] = row
    return found


def _board_row(
    row: BoardRow, away: OffPost | None, at: datetime, terms: Terms, zone: tzinfo, shows_phone: bool
) -> dict[str, object]:
    code = presence(row, away, at, terms)
    shift = row.shift
    missing_for = int((at - shift.starts_at).total_seconds() // 60) if code == "missing" else 0
    is_away = away is not None and code in ("away", "away_over")
    return {
        "presence": presence_label(code),
        "code": code,
        "person": row.agent.name,
        "number": row.agent.number,
        "team": row.agent.team.name,
        "team_id": row.agent.team_id,
        "shift": f"{fmt_time(shift.starts_at, zone)}–{fmt_time(shift.ends_at, zone)}",
        "span": f"{shift.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}-{fmt_time(shift.ends_at, zone)}",
        "post": shift.post or NOTHING,
        "starts_at": pd.Timestamp(shift.starts_at),
        "first_in": fmt_time(row.first_in_at, zone),
        "late": max(row.late_minutes, missing_for) or None,
        "away": int((at - away.starts_at).total_seconds() // 60) if is_away and away is not None else None,
        "phone": (row.agent.phone or NOTHING) if shows_phone else NOTHING,
        "steps": [step.as_record() for step in row.steps],
        "clauses": list(row.clauses),
        "shift_id": shift.id,
    }
