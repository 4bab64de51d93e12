"""What waits for somebody's word: approvals, reports upward, bypasses to be told, penalties.

Four tables of the database in one list, because for whoever decides they are one pile. Whether a row waits for the
viewer himself is asked of the rules, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decision_cells import Row, matter, money, of_team, penalty_matter, place, team_of, title
from dashboard.formats import NOTHING, fmt_duration, fmt_instant
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, person, rulebook
from db import approvals, escalations, ledger
from db.models import Complaint
from regulations.access import Scope
from regulations.penalties import amount_text
from regulations.verdict import Lang
from settings import get_settings

KINDS = {
    "approval": N_("Approval"),
    "report": N_("Report"),
    "bypass": N_("Bypass to be told"),
    "penalty": N_("Penalty"),
}
_WAITING = (
    "key", "kind", "matter", "amount", "by", "since", "since_at", "waits", "level", "case", "team", "team_id", "clauses",
    "is_urgent", "is_late", "is_mine", "is_asked",
)  # fmt: skip


def waiting_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everything in scope that nobody has decided yet: urgent first, then the longest waiting, penalties last.

    Columns: key (kind-id, as the address names it), kind (code of KINDS), matter, amount, by, since, since_at, waits,
    level (for whom it waits), case (number, may be empty), team, team_id, clauses, is_urgent, is_late (a bypass whose
    report is overdue), is_mine (it waits for the viewer), is_asked (he asked for it).
    """
    return of_team(_waiting_rows(get_settings().database, scope, minute(), lang()), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _waiting_rows(database: str, scope: Scope, at: datetime, language: Lang) -> pd.DataFrame:
    with open_session() as session:
        rows = [
            *_requests(session, scope, at),
            *_reports(session, scope, at),
            *_proposals(session, scope, at),
        ]
    frame = pd.DataFrame(rows, columns=list(_WAITING))
    is_last = (frame["kind"] == "penalty").rename("is_last")
    order = pd.concat([~frame["is_urgent"].astype(bool), is_last, frame["since_at"]], axis=1)
    return frame.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(drop=True)


def _requests(session: Session, scope: Scope, at: datetime) -> Iterator[Row]:
    book = rulebook()
    for row in approvals.list_approvals(session, scope, state="pending"):
        may_decide = scope.may("approvals.decide")
        ruling = approvals.may_decide_now(session, scope, row, book)
        yield _waiting("approval", row.id, row.reason, row.requested_by, row.requested_at, at, row.complaint, row.clauses) | {
            "matter": matter(row.complaint, name("approval_kind", row.kind), row.reason),
            "amount": money(row),
            "level": title(row.required_role, row.rulebook_version),
            "is_mine": may_decide and ruling.is_allowed,
            "is_asked": row.requested_by == scope.actor,
        }  # fmt: skip


def _reports(session: Session, scope: Scope, at: datetime) -> Iterator[Row]:
    """An unanswered report waits for an instruction; a bypass waits for whoever was passed over to be told."""
    for row in escalations.list_escalations(session, scope, open_only=True):
        reason = name("escalation_reason", row.reason)
        shared = {
            "matter": matter(row.complaint, reason, row.detail or row.proposal),
            "team_id": row.team_id if row.complaint is None else row.complaint.team_id,
            "is_asked": row.raised_by == scope.actor,
            **team_of(session, row),
        }
        if escalations.is_waiting(row):
            yield _waiting("report", row.id, row.detail, row.raised_by, row.raised_at, at, row.complaint, row.clauses) | {
                "level": title(row.to_role, row.rulebook_version),
                "is_urgent": row.is_urgent,
                "is_mine": escalations.may_answer(scope, row),
            } | shared  # fmt: skip
        if row.is_bypass and row.reported_at is None:
            is_late = row.report_due_at is not None and row.report_due_at < at
            yield _waiting("bypass", row.id, row.detail, row.raised_by, row.raised_at, at, row.complaint, row.clauses) | {
                "level": person(row.raised_by),
                "is_urgent": is_late,
                "is_late": is_late,
                "is_mine": row.raised_by == scope.actor,
            } | shared  # fmt: skip


def _proposals(session: Session, scope: Scope, at: datetime) -> Iterator[Row]:
    found = ledger.list_entries(session, scope, state="proposed")
    replaced = {row.reverses_id for row in found if row.reverses_id is not None}
    for row in found:
        if row.id in replaced:
            continue  # a newer proposal takes its place: that one is decided on
        yield _waiting("penalty", row.id, row.cause, _("The desk"), row.proposed_at, at, row.complaint, row.clauses) | {
            "matter": penalty_matter(row),
            "amount": amount_text(row.kind, row.amount, lang()),
            "level": _("{title} or above", title=title("manager", row.rulebook_version)),
            "is_mine": scope.may("ledger.decide"),
        }  # fmt: skip


def _waiting(
    kind: str,
    number: int,
    what: str,
    by: str,
    since: datetime,
    at: datetime,
    case: Complaint | None,
    clauses: list[object],
) -> Row:
    return {
        "key": f"{kind}-{number}",
        "kind": kind,
        "matter": matter(case, what),
        "amount": NOTHING,
        "by": person(by),
        "since": fmt_instant(since),
        "since_at": pd.Timestamp(since),
        "waits": fmt_duration((at - since).total_seconds()),
        "is_urgent": False,
        "is_late": False,
        "is_mine": False,
        "is_asked": False,
        **place(case, clauses),
    }
