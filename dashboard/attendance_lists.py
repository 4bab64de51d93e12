"""Attendance as lists of plain values: today's board, the month's grid, the totals of each person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_duration, fmt_time
from dashboard.i18n import _, lang, name
from dashboard.reads import TTL_SECONDS, figures_by, minute, open_session, rulebook, today
from db import attendance
from db.attendance import BoardRow
from db.models import AttendanceDay
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

GRID_DAYS = 31
ODD = ("late", "early", "late_and_early", "severe", "absent", "missing_punch")
"""Classes that somebody should look at."""

# How a person stands right now, what needs somebody first.
PRESENCES = ("missing", "late", "here", "not_yet", "on_leave", "gone")


def presence(row: BoardRow, at: datetime) -> str:
    """How a person stands at an instant: missing, late (but here), here, not_yet, on_leave, gone."""
    if row.class_ == "on_leave":
        return "on_leave"
    if row.first_in_at is None:
        return "not_yet" if at < row.shift.starts_at else "missing"
    if at >= row.shift.ends_at:
        return "gone"
    return "late" if row.late_minutes else "here"


def presence_name(code: str) -> str:
    """What a presence is called."""
    return {
        "missing": _("Missing"),
        "late": _("Late, here now"),
        "here": _("Here"),
        "not_yet": _("Not yet due"),
        "on_leave": _("On leave"),
        "gone": _("Shift over"),
    }[code]


def presence_label(code: str) -> list[str]:
    """A presence as a label with its symbol."""
    symbol = {"missing": "▲", "late": "!", "here": "✓", "not_yet": "○", "on_leave": "‖", "gone": "–"}[code]
    return [f"{symbol} {presence_name(code)}"]


def board_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everybody whose shift is today (or runs past midnight into today), who is missing first.

    Columns: presence (label), code, person, number, team, shift, first_in, late, phone, steps.
    """
    return _board_rows(get_settings().database, scope, today(), team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _board_rows(
    database: str, scope: Scope, on: date, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    book = rulebook()
    with open_session() as session:
        found = [
            row
            for day in (on - timedelta(days=1), on)
            for row in attendance.board(session, scope, day, at, book, team_id=team_id)
            if day == on or row.shift.ends_at > at
        ]
        rows = [_board_row(row, at) for row in found]
    columns = [
        "presence", "code", "person", "number", "team", "shift", "starts_at", "first_in", "late", "phone", "steps",
        "clauses", "shift_id",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["rank"] = [PRESENCES.index(code) for code in frame["code"]]
    return frame.sort_values(["rank", "starts_at", "number"]).reset_index(drop=True)


def _board_row(row: BoardRow, at: datetime) -> dict[str, object]:
    code = presence(row, at)
    shift = row.shift
    missing_for = int((at - shift.starts_at).total_seconds() // 60) if code == "missing" else 0
    return {
        "presence": presence_label(code),
        "code": code,
        "person": row.agent.name,
        "number": row.agent.number,
        "team": row.agent.team.name,
        "shift": f"{fmt_time(shift.starts_at)}–{fmt_time(shift.ends_at)}",
        "starts_at": pd.Timestamp(shift.starts_at),
        "first_in": fmt_time(row.first_in_at),
        "late": max(row.late_minutes, missing_for) or None,
        "phone": row.agent.phone or NOTHING,
        "steps": [step.as_record() for step in row.steps],
        "clauses": list(row.clauses),
        "shift_id": shift.id,
    }


def grid_days(from_on: date, to_on: date) -> list[date]:
    """The days of the grid: the last GRID_DAYS of the period."""
    first = max(from_on, to_on - timedelta(days=GRID_DAYS - 1))
    return [first + timedelta(days=n) for n in range((to_on - first).days + 1)]


def day_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """The verdicts on the shifts of the days, for the grid.

    Columns: shift_id, person, number, team, on, day (MM-DD), class, detail, steps, rulebook.
    """
    return _day_rows(get_settings().database, scope, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _day_rows(
    database: str, scope: Scope, from_on: date, to_on: date, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    with open_session() as session:
        days = attendance.list_days(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
        rows = [_day_row(day) for day in days]
    columns = [
        "shift_id",
        "person",
        "number",
        "team",
        "on",
        "day",
        "class",
        "detail",
        "minutes",
        "steps",
        "rulebook",
    ]
    return pd.DataFrame(rows, columns=columns)


def _day_row(day: AttendanceDay) -> dict[str, object]:
    parts = []
    if day.late_minutes:
        parts.append(_("{duration} late", duration=fmt_duration(day.late_minutes * 60)))
    if day.early_minutes:
        parts.append(_("left {duration} early", duration=fmt_duration(day.early_minutes * 60)))
    if day.first_in_at or day.last_out_at:
        parts.append(f"{fmt_time(day.first_in_at)}–{fmt_time(day.last_out_at)}")
    return {
        "shift_id": day.shift_id,
        "person": day.agent.name,
        "number": day.agent.number,
        "team": day.agent.team.name,
        "on": day.work_on,
        "day": day.work_on.strftime("%m-%d"),
        "class": day.class_,
        "detail": " · ".join(parts) or NOTHING,
        "minutes": day.late_minutes + day.early_minutes,
        "steps": day.steps,
        "rulebook": day.rulebook_version,
    }


def day_title(row: pd.Series) -> str:
    """One day of one person in words."""
    verdict = name("attendance_class", str(row["class"]))
    return f"{row['person']} · {row['on']} · {verdict} · {row['detail']}"


def totals(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Each person's shifts of the period and what was wrong with them, the worst first.

    Columns: number, person, shifts, missed, severe, late, rate, late_rate. From the metric registry.
    """
    records: dict[str, dict[str, object]] = {}
    for key, field in (
        ("attendance.rate", "rate"),
        ("attendance.late_rate", "late"),
        ("attendance.severe_rate", "severe"),
    ):
        for code, person, figure in figures_by(scope, key, from_on, to_on, "agent", team_id):
            shifts = figure.denominator or 0
            record = records.setdefault(code, {"number": code, "person": person, "shifts": shifts})
            if field == "rate":
                record["missed"], record["rate"] = shifts - figure.numerator, figure.value
            else:
                record[field], record[f"{field}_rate"] = figure.numerator, figure.value
    columns = ["number", "person", "shifts", "missed", "severe", "late", "rate", "late_rate", "severe_rate"]
    frame = pd.DataFrame(list(records.values()), columns=columns)
    return frame.sort_values(
        ["missed", "severe", "late", "number"], ascending=[False, False, False, True]
    ).reset_index(drop=True)
