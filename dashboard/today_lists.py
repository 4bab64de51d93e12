"""What needs somebody now: one list of deadlines, callbacks and people, by when each turns late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard import attendance_lists, callback_lists
from dashboard.complaint_lists import clock_title
from dashboard.components import clause_list
from dashboard.formats import fmt_duration, fmt_instant, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from db import callbacks, calls, complaints, quality
from db.quality_counts import PeriodCounts, count_period
from db.quality_scores import flags_of
from regulations import surge
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.worktime import add
from settings import get_settings

HISTORY = timedelta(days=31)  # four weeks to compare with before today, with a little room
REVIEW_DAYS = 30
OLD_DAYS = callback_lists.OLD_DAYS
MOST_FLAGGED = 100

FOCUSES = {
    "all": N_("Everything"),
    "overdue": N_("Overdue"),
    "hour": N_("Within 1 hour"),
    "today": N_("Due today"),
    "callbacks": N_("Callbacks"),
    "people": N_("People"),
}
KINDS = {"complaint": N_("Complaint"), "callback": N_("Callback"), "person": N_("Attendance")}
_COLUMNS = (
    "kind",
    "urgency",
    "label",
    "left",
    "due",
    "due_at",
    "what",
    "who",
    "team",
    "clauses",
    "page",
    "query",
)


def urgency(due_at: datetime, at: datetime) -> str:
    """overdue, hour or today: how soon something turns late."""
    if due_at < at:
        return "overdue"
    return "hour" if due_at - at <= timedelta(hours=1) else "today"


def urgency_label(code: str) -> list[str]:
    """An urgency as a label with its symbol."""
    words = {"overdue": _("Overdue"), "hour": _("Within the hour"), "today": _("Today")}
    return [f"{ {'overdue': '▲', 'hour': '!', 'today': '●'}[code] } {words[code]}"]


def pressing_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everything that is late or turns late today, the first to turn late first.

    Columns: kind, urgency, label, left, due, due_at, what, who, team, clauses, page, query (where it opens).
    """
    return _pressing_rows(get_settings().database, scope, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _pressing_rows(
    database: str, scope: Scope, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    until = work_calendar().end_of_day(today())
    rows: list[dict[str, object]] = []
    with open_session() as session:
        if scope.may("complaints.view"):
            for clock in complaints.list_clocks_due(session, scope, now=at, until=until, team_id=team_id):
                case = clock.complaint
                what = f"{case.number} · {clock_title(clock)} · {case.summary}"
                rows.append(
                    _row("complaint", clock.due_at, at, what, case.agent.name, case.team.name, clock.clauses)
                    | {"page": "case", "query": {"case": case.number}}
                )
        if scope.may("callbacks.view"):
            for callback in callbacks.list_work(session, scope, at, until, team_id=team_id):
                if callback_lists.is_old(callback.due_at, at):
                    continue
                kind = name("callback_kind", callback.kind)
                what = f"{kind} · {callback.customer_name} {callback.customer_phone} · {callback.number}"
                rows.append(
                    _row(
                        "callback",
                        callback.due_at,
                        at,
                        what,
                        callback.agent.name,
                        callback.team.name,
                        callback.clauses,
                    )
                    | {"page": "callbacks", "query": {"callback": callback.number}}
                )
    if scope.may("attendance.view"):
        board = attendance_lists.board_rows(scope, team_id)
        for record in board[board["code"].isin(["missing", "late"])].to_dict("records"):
            began = record["starts_at"].to_pydatetime()
            presence = attendance_lists.presence_name(str(record["code"]))
            late = fmt_duration(int(record["late"]) * 60)
            what = (
                f"{record['number']} {record['person']} · {presence} · {record['shift']} · {record['phone']}"
            )
            rows.append(
                _row("person", began, at, what, record["person"], record["team"], record["clauses"])
                | {"left": _("{duration} late", duration=late), "page": "attendance", "query": {}}
            )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.sort_values("due_at", kind="stable").reset_index(drop=True)


def _row(
    kind: str, due_at: datetime, at: datetime, what: str, who: str, team: str, clauses: list[str]
) -> dict[str, object]:
    code = urgency(due_at, at)
    return {
        "kind": kind,
        "urgency": code,
        "label": urgency_label(code),
        "left": fmt_time_left(due_at, at),
        "due": fmt_instant(due_at),
        "due_at": pd.Timestamp(due_at),
        "what": what,
        "who": who,
        "team": team,
        "clauses": clause_list(clauses),
    }


def older_callbacks(scope: Scope, team_id: int | None = None) -> int:
    """How many callbacks are overdue for more than OLD_DAYS and so stand in no list of today."""
    return len(callback_lists.callback_rows(scope, "old", today(), today(), team_id))


def focused(rows: pd.DataFrame, focus: str) -> pd.DataFrame:
    """The rows of a focus of FOCUSES. Positions are those of the answer."""
    if focus in ("overdue", "hour", "today"):
        rows = rows[(rows["urgency"] == focus) & (rows["kind"] != "person")]
    elif focus in ("callbacks", "people"):
        rows = rows[rows["kind"] == ("callback" if focus == "callbacks" else "person")]
    return rows.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class SurgeNotice:
    """A surge of today in words, and whether it still goes on."""

    group: str
    count: int
    baseline: Decimal | None
    last: str
    is_active: bool
    steps: list[dict[str, object]]


def surge_notices(scope: Scope, team_id: int | None = None) -> list[SurgeNotice]:
    """The surges of complaints today (D1.8, D1.10), those that go on first."""
    return _surge_notices(get_settings().database, scope, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _surge_notices(
    database: str, scope: Scope, team_id: int | None, at: datetime, language: Lang
) -> list[SurgeNotice]:
    book = rulebook()
    calendar = work_calendar()
    first = today() - HISTORY
    with open_session() as session:
        cases = complaints.list_complaints(
            session, scope, now=at, team_id=team_id, from_on=first, to_on=today()
        )
        received = [(case.received_at, _group(case, book)) for case in cases]
        older = complaints.list_complaints(
            session, scope, now=at, team_id=team_id, to_on=first - timedelta(days=1), limit=1
        )
    # With older records the whole stretch is known, however quiet its first days were.
    known_since = calendar.start_of_day(first) if older else None
    notices = [
        SurgeNotice(
            found.group,
            found.count,
            found.baseline,
            fmt_instant(found.last_at),
            _goes_on(found, book, at),
            [step.as_record() for step in found.steps],
        )
        for found in surge.surges(received, book, at, known_since)
        if calendar.day_of(found.last_at) == today()
    ]
    return sorted(notices, key=lambda n: not n.is_active)


def _group(case: object, book: Rulebook) -> str:
    """What makes complaints the same type (surge.group_by), in words."""
    parts = []
    for field in book.items("surge.group_by") or ("category",):
        value = str(getattr(case, field, "") or "")
        parts.append(name("complaint_category", value) if field == "category" else value)
    return " · ".join(part for part in parts if part)


def _goes_on(found: surge.Surge, book: Rulebook, at: datetime) -> bool:
    """Whether the last complaint of a surge is still within its window and the quiet time after it."""
    ends = found.last_at
    for key in ("surge.window", "surge.cooldown"):
        limit = book.duration(key)
        if limit is not None:
            ends = add(ends, limit, work_calendar()).at
    return at <= ends


def review_counts(scope: Scope, team_id: int | None = None) -> PeriodCounts:
    """How far the reviews of the last REVIEW_DAYS days have come."""
    return _review_counts(get_settings().database, scope, today(), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _review_counts(database: str, scope: Scope, on: date, team_id: int | None) -> PeriodCounts:
    with open_session() as session:
        return count_period(
            session, scope, from_on=on - timedelta(days=REVIEW_DAYS - 1), to_on=on, team_id=team_id
        )


def queue_counts(scope: Scope) -> dict[str, int]:
    """How many recordings wait, are transcribed, are done, have failed."""
    with open_session() as session:
        return calls.count_queue(session, scope)


def flagged_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Calls with findings nobody has decided on, what hurts most first.

    Columns: call, at, person, team, worst (label), what, findings, score.
    """
    return _flagged_rows(get_settings().database, scope, today(), team_id, lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _flagged_rows(database: str, scope: Scope, on: date, team_id: int | None, language: Lang) -> pd.DataFrame:
    rows = []
    with open_session() as session:
        for inspection in quality.list_flagged(
            session,
            scope,
            from_on=on - timedelta(days=REVIEW_DAYS - 1),
            to_on=on,
            team_id=team_id,
            undecided_only=True,
            limit=MOST_FLAGGED,
        ):
            found = flags_of(inspection) or list(inspection.findings)
            severities = ("critical", "high", "medium", "low")
            worst = min((f.severity for f in found), key=severities.index, default="low")
            titles = list(dict.fromkeys(name("finding_category", f.category) for f in found))
            rows.append(
                {
                    "call": inspection.call.call_id,
                    "at": fmt_instant(inspection.call.started_at),
                    "person": inspection.call.agent.name,
                    "team": inspection.call.team.name,
                    "worst": [name("inspection_severity", worst)],
                    "what": titles,
                    "findings": len(found),
                    "score": float(inspection.machine_score),
                }
            )
    return pd.DataFrame(rows, columns=["call", "at", "person", "team", "worst", "what", "findings", "score"])
