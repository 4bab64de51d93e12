"""What is still owed after a decision: swaps to be paid back, slips and reports, and overtime nobody approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.components import empty, explanation
from dashboard.formats import fmt_count, fmt_date, fmt_duration, fmt_time, plain
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today
from dashboard.request_kinds import fmt_short, leave_words
from dashboard.request_lists import of_team
from dashboard.request_panel import show_request
from dashboard.request_table import OPEN, asked_key
from dashboard.tables import label_column, number_column, table, text_column
from db import leave, overtime_hours, requests, swaps
from db.models import Leave
from db.overtime_hours import UnapprovedDay, UnapprovedPerson
from regulations.access import Scope
from regulations.leave import SICKNESS
from regulations.verdict import Lang
from settings import get_settings

FOLLOWED = timedelta(days=62)  # how long after its end leave is still followed up: this month and the last
_PAYBACK = (
    "key", "person", "partner", "team", "team_id", "swap_on", "payback_on", "course", "state", "days_open", "is_late",
)  # fmt: skip
_SLIPS = (
    "key",
    "person",
    "team",
    "team_id",
    "leave",
    "when",
    "owed",
    "kind",
    "due_on",
    "state",
    "days",
    "is_late",
)
_UNAPPROVED = (
    "day_id", "agent_id", "person", "team", "team_id", "work_on", "left_at", "extra", "approved", "minutes", "steps",
)  # fmt: skip
_COURSES = ("to_settle", "not_agreed", "under_way", "awaited")  # what hurts most first
_COURSE_SYMBOLS = {"to_settle": "▲", "not_agreed": "!", "under_way": "○", "awaited": "○"}
_OWED = {"slip": N_("Slip"), "back": N_("Report back")}


def payback_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Approved swaps that are not settled: whose day has passed first, then without a day, then by day.

    Columns: key, person, partner, team, team_id, swap_on, payback_on, course (in words), state (code), days_open
    (since the agreed day, 0 before it; since the swap where none is agreed), is_late (the agreed day is over).
    """
    return of_team(_payback_rows(get_settings().database, scope, minute(), lang()), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _payback_rows(database: str, scope: Scope, at: datetime, language: Lang) -> pd.DataFrame:
    rows = []
    with open_session() as session:
        for row in swaps.list_unpaid(session, scope):
            course = swaps.course_of(row, rulebook(), at)
            rows.append(
                {
                    "key": f"swap-{row.id}",
                    "person": row.requester.name,
                    "partner": row.partner.name,
                    "team": row.requester.team.name,
                    "team_id": row.requester.team_id,
                    "swap_on": fmt_date(row.swap_on),
                    "payback_on": fmt_date(row.payback_on),
                    "course": course.step.text(lang()),
                    "state": course.code,
                    "days_open": _days_since(row.payback_on, course.days_open),
                    "is_late": course.code == "to_settle",
                }
            )
    order = list(_COURSES)
    rows.sort(key=lambda row: (order.index(row["state"]), row["payback_on"], row["swap_on"], row["key"]))  # type: ignore[arg-type]
    return pd.DataFrame(rows, columns=list(_PAYBACK))


def _days_since(payback_on: date | None, since_swap: int) -> int:
    """Days past the agreed pay-back day; where none is agreed, since the swap."""
    return since_swap if payback_on is None else max(0, (today() - payback_on).days)


def show_payback(scope: Scope, rows: pd.DataFrame) -> None:
    """The list, and the swap that is opened beside it."""
    if rows.empty:
        empty(
            _("No swap is to be paid back"),
            _("No swap of these teams waits for its pay-back. How each ended stands under “Settled”."),
            "task_alt",
        )
        return
    shown = rows.assign(
        state_label=pd.Series([[_course_label(code)] for code in rows["state"]], dtype=object)
    )
    columns = {
        "state_label": label_column(_("State"), [_course_label(c) for c in _COURSES], ["red", "orange", "blue", "gray"], 150),
        "person": text_column(_("Pays back"), 80),
        "partner": text_column(_("To"), 80),
        "swap_on": text_column(_("Swapped on"), 90),
        "payback_on": text_column(_("Paid back on"), 90),
        "days_open": number_column(_("Days past"), _("d"), 85),
        "team": text_column(_("Team"), 105),
    }  # fmt: skip
    _beside(scope, shown, columns, "requests_payback", _("{n} swaps, those past their day first. Days count from the agreed pay-back day; where none is agreed, from the swap.", n=fmt_count(len(rows))))  # fmt: skip


def _course_label(code: str) -> str:
    return f"{_COURSE_SYMBOLS[code]} {name('swap_payback', code)}"


def slip_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Slips of sick leave and reports back that are still to come, by when they are due.

    Columns: key, person, team, team_id, leave, when, owed (in words), kind (slip, back), due_on, state (label), days
    (overdue; 0 when not), is_late. Leave that ended more than 62 days ago is not followed up.
    """
    return of_team(_slip_rows(get_settings().database, scope, minute(), lang()), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _slip_rows(database: str, scope: Scope, at: datetime, language: Lang) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    with open_session() as session:
        for row in requests.list_unreturned(session, scope, from_at=at - FOLLOWED, now=at):
            ruling = leave.ruling_of(session, row, rulebook(), at)
            for kind, due_on in _owed(row, ruling.certificate_due_on, ruling.report_back_by):
                late = max(0, (today() - due_on).days)
                rows.append(
                    {
                        "key": f"leave-{row.id}",
                        "person": row.agent.name,
                        "team": row.agent.team.name,
                        "team_id": row.agent.team_id,
                        "leave": leave_words(scope, row),
                        "when": fmt_short(row.starts_at, row.ends_at),
                        "owed": _(_OWED[kind]),
                        "kind": kind,
                        "due_on": fmt_date(due_on),
                        "state": _due_label(late),
                        "days": late,
                        "is_late": late > 0,
                    }
                )
    rows.sort(key=lambda one: (str(one["due_on"]), str(one["key"]), str(one["kind"])))
    return pd.DataFrame(rows, columns=list(_SLIPS))


def _owed(row: Leave, slip_by: date | None, back_by: date | None) -> Iterator[tuple[str, date]]:
    if slip_by is not None and row.slip_received_on is None and row.type in SICKNESS:
        yield "slip", slip_by
    if back_by is not None and row.returned_at is None:
        yield "back", back_by


def _due_label(late: int) -> str:
    return f"▲ {_('Overdue')}" if late else f"○ {_('Not overdue')}"


def show_slips(scope: Scope, rows: pd.DataFrame) -> None:
    """The list, and the leave that is opened beside it, where slip and return are recorded."""
    if rows.empty:
        empty(
            _("No slip and no report is due"),
            _("Everybody who is back from leave has reported back and handed in what was needed."),
            "task_alt",
        )
        return
    shown = rows.assign(state_label=pd.Series([[state] for state in rows["state"]], dtype=object))
    columns = {
        "state_label": label_column(_("State"), [_due_label(1), _due_label(0)], ["red", "gray"], 92),
        "owed": text_column(_("What is due"), 78),
        "due_on": text_column(_("Due on"), 90),
        "days": number_column(_("Overdue"), _("d"), 88),
        "person": text_column(_("Person"), 65),
        "leave": text_column(_("Leave"), 75),
        "when": text_column(_("When"), 128),
        "team": text_column(_("Team"), 105),
    }
    _beside(scope, shown, columns, "requests_slips", _("{n} slips and reports, the longest overdue first.", n=fmt_count(len(rows))))  # fmt: skip


def unapproved_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Days on which somebody stayed beyond the shift without approval, the longest first.

    Columns: day_id, agent_id, person, team, team_id, work_on, left_at, extra, approved, minutes (nobody approved), steps.
    """
    return of_team(_unapproved_rows(get_settings().database, scope, from_on, to_on, minute()), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _unapproved_rows(database: str, scope: Scope, from_on: date, to_on: date, at: datetime) -> pd.DataFrame:
    with open_session() as session:
        found = overtime_hours.unapproved(session, scope, from_on, to_on, book=rulebook())
    rows = [_unapproved(person, day) for person in found for day in person.days]
    rows.sort(key=lambda row: (-int(str(row["minutes"])), str(row["work_on"]), str(row["person"])))
    return pd.DataFrame(rows, columns=list(_UNAPPROVED))


def _unapproved(person: UnapprovedPerson, day: UnapprovedDay) -> dict[str, object]:
    return {
        "day_id": day.day_id,
        "agent_id": person.agent.id,
        "person": person.agent.name,
        "team": person.agent.team.name,
        "team_id": person.agent.team_id,
        "work_on": fmt_date(day.work_on),
        "left_at": fmt_time(day.left_at),
        "extra": day.extra_minutes,
        "approved": day.approved_minutes,
        "minutes": day.minutes,
        "steps": day.steps,
    }


def show_unapproved(rows: pd.DataFrame) -> None:
    """The days, and how the minutes of the one that is opened were counted."""
    if rows.empty:
        empty(
            _("No overtime without approval"),
            _("In this period nobody stayed beyond the shift without an approved request."),
            "task_alt",
        )
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        said = _(
            "{n} days of {people} people, {hours} in all; the longest first. It is a remark on hours, not on the person.",
            n=fmt_count(len(rows)),
            people=fmt_count(rows["agent_id"].nunique()),
            hours=fmt_duration(60 * int(rows["minutes"].sum())),
        )
        st.caption(plain(said))
        columns = {
            "work_on": text_column(_("Day"), 95),
            "person": text_column(_("Person"), 85),
            "left_at": text_column(_("Clocked out"), 85),
            "extra": number_column(_("Extra"), _("min"), 130),
            "approved": number_column(_("Approved"), _("min"), 110),
            "minutes": number_column(_("Nobody approved"), _("min"), 150),
            "team": text_column(_("Team"), 105),
        }
        opened = table(rows.drop(columns="steps"), columns, key="requests_unapproved")
    with right, st.container(border=True):
        row = rows.iloc[opened or 0]
        explanation(row["steps"], f"{row['person']} · {row['work_on']}")
        st.caption(
            plain(
                _(
                    "Approved afterwards, the minutes move from this list: ask for the overtime under “Ask for somebody”."
                )
            )
        )


def _beside(scope: Scope, rows: pd.DataFrame, columns: dict[str, object], key: str, said: str) -> None:
    if rows["team"].nunique() < 2:
        del columns["team"]
    left, right = st.columns([7, 5], gap="medium")
    keys = tuple(rows["key"])
    with left:
        st.caption(plain(said))
        table(rows, columns, key=key, on_open=partial(_open, keys))
    with right:
        asked = asked_key()
        show_request(scope, asked if asked in keys else keys[0])


def _open(keys: tuple[str, ...], position: int) -> None:
    st.query_params[OPEN] = keys[position]
