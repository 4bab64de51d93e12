"""Rows for spreadsheets, within the viewer's scope, with a line in the log for each export (A9.3m).

The Chinese titles are the ones the import understands, so what went out can come back in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.callbacks import list_callbacks, state_of
from db.export_attendance import DAY_TITLES, MONTH_TITLES, day_rows, month_rows
from db.export_complaints import COMPLAINT_TITLES, complaint_rows
from db.export_repairs import FORM_TITLES, ORDER_TITLES, form_rows, order_rows
from db.import_columns import FIELDS
from db.models import Agent, Call, Finding, Inspection
from db.review_blind import hidden_from
from db.visibility import demand, within
from regulations.access import SYSTEM, Scope
from regulations.names import name_of

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Export:
    """A table to be written: titles in the language asked for, and rows in their order."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def guarded(value: Any) -> Any:
    """A cell that a spreadsheet will not run: text that looks like a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def export_rows(
    session: Session,
    scope: Scope,
    kind: str,
    *,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None = None,
    lang: str = "zh",
) -> Export:
    """The rows of a kind between two local dates, both included, and a line in the log that they went out.

    Complaints count by receipt, callbacks by when they are due, work orders by the call, surveys by the answer,
    attendance by shift, its months whole, findings by call; who reviews does not get those of calls he is to hear blind.
    Text cells are guarded. Raises AccessRefused for who may not see the kind, KeyError for an unknown one.
    """
    capability, columns, read = KINDS[kind]
    if scope != SYSTEM:
        demand(scope, capability)
    rows = read(session, scope, from_on, to_on, now, team_id, lang)
    titles = tuple(en if lang == "en" else zh for zh, en in columns)
    detail = {
        "from": from_on.isoformat(),
        "to": to_on.isoformat(),
        "rows": len(rows),
        "team_id": team_id,
    }
    audit.record(session, scope, "data.exported", kind, "", detail, at=now)
    return Export(titles, tuple(tuple(guarded(cell) for cell in row) for row in rows))


_Titles = tuple[tuple[str, str], ...]
_Read = Callable[[Session, Scope, date, date, datetime, int | None, str], list[tuple[Any, ...]]]


def _import_titles(kind: str, *names: str) -> _Titles:
    fields = {field.name: field for field in FIELDS[kind]}
    return tuple((fields[name].zh, fields[name].en) for name in names)


_CALLBACK_TITLES: _Titles = (
    *_import_titles(
        "callbacks", "number", "kind", "arisen_at", "customer_name", "customer_phone", "subject", "agent"
    ),
    ("回访人姓名", "Agent"),
    ("班组", "Team"),
    ("最迟完成", "Due"),
    ("状态", "State"),
    ("尝试次数", "Attempts"),
    ("完成时间", "Completed at"),
    ("客户满意度", "Satisfaction"),
)


def _callbacks(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    found = list_callbacks(session, scope, now=now, from_on=from_on, to_on=to_on, team_id=team_id)
    return [
        (
            callback.number,
            name_of("callback_kind", callback.kind, lang),
            callback.arisen_at,
            callback.customer_name,
            callback.customer_phone,
            callback.subject,
            callback.agent.number,
            callback.agent.name,
            callback.team.name,
            callback.due_at,
            name_of("callback_state", state_of(callback, now), lang),
            len(callback.attempts),
            callback.completed_at,
            name_of("satisfaction", callback.satisfaction, lang) if callback.satisfaction else "",
        )
        for callback in found
    ]


_FINDING_TITLES: _Titles = (
    ("通话编号", "Call"),
    ("通话时间", "Started at"),
    ("工号", "Staff number"),
    ("姓名", "Name"),
    ("班组", "Team"),
    ("类别", "Kind"),
    ("细类", "Category"),
    ("判定", "Verdict"),
    ("秒", "At second"),
    ("原话", "Quote"),
    ("严重程度", "Severity"),
    ("分值", "Points"),
    ("复核", "Review"),
    ("条款", "Clauses"),
)


def _findings(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    query = (
        select(Finding, Call)
        .join(Inspection, Finding.inspection_id == Inspection.id)
        .join(Call, Inspection.call_id == Call.id)
        .join(Agent, Call.agent_id == Agent.id)
        .where(
            Inspection.is_current.is_(True),
            Inspection.started_on >= from_on,
            Inspection.started_on <= to_on,
            *within(scope, team=Call.team_id, agent=Call.agent_id),
            *hidden_from(scope),
        )
        .order_by(Call.started_at, Call.id, Finding.start_seconds, Finding.id)
    )
    if team_id is not None:
        query = query.where(Call.team_id == team_id)
    undecided = "not reviewed" if lang == "en" else "未复核"
    return [
        (
            call.call_id,
            call.started_at,
            call.agent.number,
            call.agent.name,
            call.team.name,
            name_of("finding_kind", finding.kind, lang),
            name_of("finding_category", finding.category, lang),
            name_of("finding_verdict", finding.verdict, lang),
            finding.start_seconds,
            finding.quote,
            name_of("inspection_severity", finding.severity, lang),
            float(finding.points),
            name_of("review_decision", finding.decision, lang) if finding.decision else undecided,
            " ".join(finding.clauses),
        )
        for finding, call in session.execute(query)
    ]


KINDS: dict[str, tuple[str, _Titles, _Read]] = {
    "complaints": ("complaints.view", COMPLAINT_TITLES, complaint_rows),
    "callbacks": ("callbacks.view", _CALLBACK_TITLES, _callbacks),
    "work_orders": ("repairs.view", ORDER_TITLES, order_rows),
    "surveys": ("surveys.view", FORM_TITLES, form_rows),
    "attendance": ("attendance.view", DAY_TITLES, day_rows),
    "attendance_months": ("attendance.view", MONTH_TITLES, month_rows),
    "findings": ("quality.view", _FINDING_TITLES, _findings),
}
"""Who may export a kind, its titles (Chinese, English), and what reads its rows."""
