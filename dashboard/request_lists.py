"""Requests as lists: those that wait, each with its rule check as it stands now; those that were settled in a period.

Kept a minute for everybody who sees the same, like the other lists: whether somebody is late is never older than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.formats import NOTHING, fmt_duration, fmt_instant
from dashboard.i18n import N_, _, lang
from dashboard.reads import TTL_SECONDS, minute, open_session, person, rulebook_of, work_calendar
from dashboard.request_check import Check, needs_reason, short, title_of
from dashboard.request_kinds import Asked, asked, fmt_short, state_name
from dashboard.request_order import KINDS, in_order, needed_at, urgency, wants_the_same_time
from dashboard.request_rules import check_of, may_decide
from db import requests
from db.requests import Row
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

URGENCY_NAMES = {
    "late": N_("Past due"),
    "soon": N_("Within 24 h"),
    "later": N_("Later"),
}
URGENCY_SYMBOLS = {"late": "▲", "soon": "!", "later": "○"}
_WAITING = (
    "key", "kind", "number", "version", "person", "agent_id", "team", "team_id", "what", "when", "short", "begins_at", "needed_at",
    "urgency", "since", "waits", "asked_by", "level", "check", "broken", "is_exception", "clauses", "same_time", "is_mine", "is_asked",
)  # fmt: skip
_SETTLED = (
    "key", "kind", "state", "state_name", "person", "team", "team_id", "what", "public", "when", "short", "by", "level",
    "at", "at_at", "note",
    "asked_by", "asked_at", "took", "clauses",
)  # fmt: skip


def waiting_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everything in scope that waits for a decision, what is needed first on top.

    Columns: key, kind, number, version, person, agent_id, team, team_id, what, when, short (when, for a column), begins_at, needed_at, urgency
    (late, soon, later), since, waits, asked_by, level (who decides), check (in a cell's words), broken (how many
    violations), is_exception (an approval is one, with a reason), clauses (those broken), same_time (how many others of the team ask for the same time), is_mine (the
    viewer may decide), is_asked (he asked for it or is asked for).
    """
    return of_team(_waiting_rows(get_settings().database, scope, minute(), lang()), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _waiting_rows(database: str, scope: Scope, at: datetime, language: Lang) -> pd.DataFrame:
    found: dict[str, dict[str, object]] = {}
    with open_session() as session:
        rows = [row for kind in KINDS for row in requests.list_waiting(session, scope, kind)]
        shown = [asked(scope, row) for row in rows]
        wishes = [one.wish for one in shown]
        for row, one in zip(rows, shown, strict=True):
            found[one.key] = _waiting(session, scope, row, one, at)
            found[one.key]["same_time"] = len(wants_the_same_time(one.wish, wishes))
    order = in_order((one.key, needed(one), one.asked_at) for one in shown)
    return pd.DataFrame([found[key] for key in order], columns=list(_WAITING))


def _waiting(session: Session, scope: Scope, row: Row, one: Asked, at: datetime) -> dict[str, object]:
    check = check_of(session, row, at)
    by = needed(one)
    return {
        "key": one.key,
        "kind": one.kind,
        "number": one.number,
        "version": one.version,
        "person": one.person,
        "agent_id": one.agent_id,
        "team": one.team,
        "team_id": one.team_id,
        "what": one.what,
        "when": one.when,
        "short": fmt_short(one.begins_at, one.ends_at),
        "begins_at": pd.Timestamp(one.begins_at),
        "needed_at": pd.Timestamp(by),
        "urgency": urgency(by, at),
        "since": fmt_instant(one.asked_at),
        "waits": fmt_duration((at - one.asked_at).total_seconds()),
        "asked_by": person(one.asked_by),
        "level": _level(one, check),
        "check": short(check),
        "broken": len(check.violations),
        "is_exception": needs_reason(check),
        "clauses": " ".join(dict.fromkeys(v.clause for v in check.violations if v.clause)),
        "is_mine": may_decide(session, scope, row),
        "is_asked": one.asked_by == scope.actor or one.agent_id == scope.agent_id,
    }


def _level(one: Asked, check: Check) -> str:
    role = check.required_role or one.required_role
    return title_of(role) if role else NOTHING


def needed(one: Asked) -> datetime:
    """By when it has to be decided."""
    return needed_at(one.wish, one.work_on, work_calendar().timezone)


def settled_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """What was decided, withdrawn or amended on the local days from_on to to_on, both included, the latest first.

    Columns: key, kind, state, state_name, person, team, team_id, what, public (what, as it may leave the
    desk: of leave no more than that), when, short, by, level, at, at_at, note, asked_by,
    asked_at, took, clauses.
    """
    found = _settled_rows(get_settings().database, scope, from_on, to_on, minute(), lang())
    return of_team(found, team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _settled_rows(
    database: str, scope: Scope, from_on: date, to_on: date, at: datetime, language: Lang
) -> pd.DataFrame:
    calendar = work_calendar()
    span: dict[str, Any] = {"from_at": calendar.start_of_day(from_on), "to_at": calendar.end_of_day(to_on)}
    with open_session() as session:
        rows = [row for kind in KINDS for row in requests.list_settled(session, scope, kind, **span)]
        shown = [asked(scope, row) for row in rows]
    frame = pd.DataFrame([settled(one) for one in shown], columns=list(_SETTLED))
    return frame.sort_values("at_at", ascending=False, kind="stable").reset_index(drop=True)


def settled(one: Asked) -> dict[str, object]:
    """One line of the history: what was asked for, what became of it, by whom, why."""
    decided_at = one.decided_at or one.asked_at
    return {
        "key": one.key,
        "kind": one.kind,
        "state": one.state,
        "state_name": state_name(one.kind, one.state),
        "person": one.person,
        "team": one.team,
        "team_id": one.team_id,
        "what": one.what,
        "public": one.public,
        "when": one.when,
        "short": fmt_short(one.begins_at, one.ends_at),
        "by": person(one.decided_by) if one.decided_by else NOTHING,
        "level": level_title(one) or NOTHING,
        "at": fmt_instant(decided_at),
        "at_at": pd.Timestamp(decided_at),
        "note": one.note or NOTHING,
        "asked_by": person(one.asked_by) if one.asked_by else NOTHING,
        "asked_at": fmt_instant(one.asked_at),
        "took": fmt_duration((decided_at - one.asked_at).total_seconds()),
        "clauses": " ".join(one.clauses) or NOTHING,
    }


def level_title(one: Asked) -> str:
    """What the level that decided was called under the rulebook it was asked for under; "" where none is on record."""
    if not one.decided_role or not one.rulebook_version:
        return ""
    return rulebook_of(one.rulebook_version).role_title(one.decided_role, lang())  # type: ignore[arg-type]


def of_team(frame: pd.DataFrame, team_id: int | None) -> pd.DataFrame:
    """The rows of one team, or all."""
    return frame if team_id is None else frame[frame["team_id"] == team_id].reset_index(drop=True)


def urgency_label(code: str) -> str:
    """An urgency with its symbol, so that colour says nothing alone."""
    return f"{URGENCY_SYMBOLS[code]} {_(URGENCY_NAMES[code])}"


def only(frame: pd.DataFrame, **columns: Sequence[str] | str) -> pd.DataFrame:
    """The rows whose columns have these values; an empty value keeps all."""
    for column, wanted in columns.items():
        if wanted:
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            frame = frame[frame[column].isin(values)]
    return frame.reset_index(drop=True)
