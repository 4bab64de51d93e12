"""What needs somebody now: one list of cases, callbacks, repairs, reports and people, by when each turns late.

A case stands in it once, under the clock that turns late first, with how many more of its clocks are due: three
deadlines of one case are one piece of work for one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard import attendance_lists, callback_lists
from dashboard.complaint_lists import clock_title
from dashboard.components import clause_list
from dashboard.formats import NOTHING, fmt_duration, fmt_instant, fmt_time, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from db import callbacks, complaints, escalations, work_orders
from db.models import ComplaintClock
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

OLD_DAYS = callback_lists.OLD_DAYS
DEPARTMENT_CLOCKS = ("sign_off", "rectification")

FOCUSES = {
    "all": N_("Everything"),
    "overdue": N_("Overdue"),
    "hour": N_("Within 1 hour"),
    "today": N_("Due today"),
    "callbacks": N_("Callbacks"),
    "departments": N_("Departments"),
    "repairs": N_("Repairs"),
    "people": N_("People"),
}
KINDS = {
    "complaint": N_("Complaint"),
    "callback": N_("Callback"),
    "repair": N_("Repair"),
    "report": N_("Report"),
    "person": N_("Attendance"),
}
_COLUMNS = (
    "kind", "urgency", "label", "left", "due", "due_at", "what", "who", "team", "clauses", "is_department", "page",
    "query",
)  # fmt: skip
Row = dict[str, Any]


def urgency(due_at: datetime, at: datetime) -> str:
    """overdue, hour or today: how soon something turns late."""
    if due_at < at:
        return "overdue"
    return "hour" if due_at - at <= timedelta(hours=1) else "today"


def urgency_label(code: str) -> list[str]:
    """An urgency as a label with its symbol."""
    words = {"overdue": _("Overdue"), "hour": _("Within the hour"), "today": _("Today")}
    return [f"{SYMBOLS[code]} {words[code]}"]


SYMBOLS = {"overdue": "▲", "hour": "!", "today": "●"}


def pressing_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everything that is late or turns late today, the first to turn late first.

    Columns: kind, urgency, label, left, due, due_at, what, who, team, clauses, is_department (a department is
    late), page, query (where it opens).
    """
    return _pressing_rows(get_settings().database, scope, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _pressing_rows(
    database: str, scope: Scope, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    until = work_calendar().end_of_day(today())
    rows: list[Row] = []
    with open_session() as session:
        if scope.may("complaints.view"):
            clocks = complaints.list_clocks_due(session, scope, now=at, until=until, team_id=team_id)
            rows += _cases(clocks, at)
            rows += _reports(session, scope, at, until, team_id)
        if scope.may("callbacks.view"):
            rows += _callbacks(session, scope, at, until, team_id)
        if scope.may("repairs.view"):
            rows += _repairs(session, scope, at, until, team_id)
    if scope.may("attendance.view"):
        rows += _people(scope, team_id, at)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.sort_values("due_at", kind="stable").reset_index(drop=True)


def _cases(clocks: Sequence[ComplaintClock], at: datetime) -> Iterator[Row]:
    """Each case once, under its oldest deadline."""
    by_case = sorted(clocks, key=lambda clock: (clock.complaint_id, clock.due_at))
    for _id, found in groupby(by_case, key=lambda clock: clock.complaint_id):
        worst, *others = found
        case = worst.complaint
        title = clock_title(worst)
        if worst.department:
            title = _("{clock} ({department})", clock=title, department=worst.department)
        more = _("and {n} more", n=len(others)) if others else ""
        what = " · ".join(part for part in (case.number, title, more, case.summary) if part)
        who = (case.handler or case.agent).name
        yield _row("complaint", worst.due_at, at, what, who, case.team.name, worst.clauses) | {
            "is_department": any(clock.clock in DEPARTMENT_CLOCKS for clock in (worst, *others)),
            "page": "case",
            "query": {"case": case.number},
        }


def _callbacks(
    session: Session, scope: Scope, at: datetime, until: datetime, team_id: int | None
) -> Iterator[Row]:
    for callback in callbacks.list_work(session, scope, at, until, team_id=team_id):
        if callback_lists.is_old(callback.due_at, at):
            continue
        kind = name("callback_kind", callback.kind)
        parts = [kind, f"{callback.customer_name} {callback.customer_phone}".strip(), callback.number]
        retry_at = callback.next_attempt_at
        if retry_at is not None and retry_at <= until:
            parts.insert(0, _("try again at {time}", time=fmt_time(retry_at)))
        what = " · ".join(parts)
        row = _row(
            "callback", callback.due_at, at, what, callback.agent.name, callback.team.name, callback.clauses
        )
        if retry_at is not None and row["urgency"] == "today" and retry_at - at <= timedelta(hours=1):
            row |= {"urgency": "hour", "label": urgency_label("hour")}
        yield row | {"page": "callbacks", "query": {"callback": callback.number}}


def _repairs(
    session: Session, scope: Scope, at: datetime, until: datetime, team_id: int | None
) -> Iterator[Row]:
    """Orders that nobody was sent for, or nobody has come for, by today (E1.45, C4.10)."""
    book = rulebook()
    for order in work_orders.list_orders(session, scope, team_id=team_id, open_only=True):
        verdict = work_orders.verdict_of(session, order, book, at)
        if verdict.state == "undispatched":
            due_at, step = verdict.dispatch_due_at, _("send an engineer")
        elif verdict.state == "dispatched" and verdict.due_at is not None:
            due_at, step = verdict.due_at, _("arrive at the customer's")
        elif verdict.return_due_at is not None:
            due_at, step = verdict.return_due_at, _("come again")
        else:
            continue
        if due_at > until:
            continue
        what = " · ".join(part for part in (order.number, step, order.engineer, order.summary) if part)
        row = _row("repair", due_at, at, what, order.agent.name, order.team.name, list(verdict.clauses[:2]))
        yield row | {"page": "repairs", "query": {"order": order.number}}


def _reports(
    session: Session, scope: Scope, at: datetime, until: datetime, team_id: int | None
) -> Iterator[Row]:
    """Who was passed over in an emergency is still to be told, by whoever did it (A2.2)."""
    for row in escalations.list_escalations(session, scope, open_only=True):
        owes = row.reported_at is None and row.report_due_at is not None
        if not owes or row.report_due_at is None or row.report_due_at > until:
            continue
        case = row.complaint
        if team_id is not None and (row.team_id if case is None else case.team_id) != team_id:
            continue
        parts = [
            "" if case is None else case.number,
            _("tell the level that was passed over"),
            row.detail or row.proposal,
        ]
        what = " · ".join(part for part in parts if part)
        team = NOTHING if case is None else case.team.name
        clauses = [str(clause) for clause in row.clauses]
        yield _row("report", row.report_due_at, at, what, row.raised_by, team, clauses) | {
            "page": "decisions",
            "query": {"open": f"bypass-{row.id}"},
        }


def _people(scope: Scope, team_id: int | None, at: datetime) -> Iterator[Row]:
    board = attendance_lists.board_rows(scope, team_id)
    for record in board[board["code"].isin(["missing", "late"])].to_dict("records"):
        began = record["starts_at"].to_pydatetime()
        presence = attendance_lists.presence_name(str(record["code"]))
        late = fmt_duration(int(record["late"]) * 60)
        what = f"{record['number']} {record['person']} · {presence} · {record['shift']} · {record['phone']}"
        yield _row("person", began, at, what, record["person"], record["team"], record["clauses"]) | {
            "left": _("{duration} late", duration=late),
            "page": "attendance",
            "query": {},
        }


def _row(
    kind: str, due_at: datetime, at: datetime, what: str, who: str, team: str, clauses: list[str]
) -> Row:
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
        "is_department": False,
    }


def older_callbacks(scope: Scope, team_id: int | None = None) -> int:
    """How many callbacks are overdue for more than OLD_DAYS and so stand in no list of today."""
    return len(callback_lists.callback_rows(scope, "old", today(), today(), team_id))


def focused(rows: pd.DataFrame, focus: str, who: str = "") -> pd.DataFrame:
    """The rows of a focus of FOCUSES, of one person if one is named. Positions are those of the answer."""
    kinds = {"callbacks": "callback", "people": "person", "repairs": "repair"}
    if focus in ("overdue", "hour", "today"):
        rows = rows[(rows["urgency"] == focus) & (rows["kind"] != "person")]
    elif focus == "departments":
        rows = rows[rows["is_department"].astype(bool)]
    elif focus in kinds:
        rows = rows[rows["kind"] == kinds[focus]]
    if who:
        rows = rows[rows["who"] == who]
    return rows.reset_index(drop=True)


def people(rows: pd.DataFrame) -> dict[str, str]:
    """Who has something in the list, and how much of it, as a label; whoever is worst off first."""
    counted: dict[str, dict[str, int]] = {}
    for who, code in zip(rows["who"], rows["urgency"], strict=True):
        counts = counted.setdefault(str(who), dict.fromkeys(SYMBOLS, 0))
        counts[str(code)] += 1
    worst_first = sorted(counted, key=lambda who: ([-n for n in counted[who].values()], who))
    return {
        who: " ".join([who, *(f"{SYMBOLS[code]}{n}" for code, n in counted[who].items() if n)])
        for who in worst_first
    }
