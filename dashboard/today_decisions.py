"""What waits for the viewer's own word: requests to sign at his level, reports that ask him for an instruction."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.components import clause_list, section
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant
from dashboard.i18n import _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session
from dashboard.tables import hint, table, text_column
from db import approvals, escalations
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

_COLUMNS = (
    "kind",
    "what",
    "amount",
    "by",
    "since",
    "waits",
    "since_at",
    "case",
    "team",
    "clauses",
    "is_urgent",
)


def decision_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Approvals pending at the viewer's level and reports that wait for his answer; urgent ones and the oldest first.

    Columns: kind, what, amount, by, since, waits, since_at, case (number, may be empty), team, clauses, is_urgent.
    """
    return _decision_rows(get_settings().database, scope, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _decision_rows(
    database: str, scope: Scope, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    with open_session() as session:
        if scope.may("approvals.decide"):
            for asked in approvals.list_approvals(session, scope, waits_for_role=scope.role):
                if asked.requested_by == scope.actor or not _is_of(asked.complaint, team_id):
                    continue  # nobody signs what he asked for himself
                amount = NOTHING if asked.amount is None else _("¥{n}", n=fmt_count(asked.amount))
                kind = _("Approval: {kind}", kind=name("approval_kind", asked.kind))
                rows.append(
                    _row(kind, asked.reason, asked.requested_by, asked.requested_at, at, asked.complaint, asked.clauses)
                    | {"amount": amount}
                )  # fmt: skip
        if scope.may("escalations.answer"):
            for report in escalations.list_escalations(session, scope, open_only=True, to_role=scope.role):
                if not escalations.may_answer(scope, report) or not _is_of(report.complaint, team_id):
                    continue
                kind = _("Report: {reason}", reason=name("escalation_reason", report.reason))
                said = " · ".join(part for part in (report.detail, report.proposal) if part)
                rows.append(
                    _row(kind, said, report.raised_by, report.raised_at, at, report.complaint, report.clauses)
                    | {"amount": NOTHING, "is_urgent": report.is_urgent}
                )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.sort_values(["is_urgent", "since_at"], ascending=[False, True], kind="stable").reset_index(
        drop=True
    )


def _is_of(case: object, team_id: int | None) -> bool:
    return team_id is None or getattr(case, "team_id", None) == team_id


def _row(
    kind: str, what: str, by: str, since: datetime, at: datetime, case: object, clauses: list[object]
) -> dict[str, object]:
    number = str(getattr(case, "number", ""))
    team = getattr(case, "team", None)
    return {
        "kind": kind,
        "what": " · ".join(part for part in (number, what) if part),
        "by": by,
        "since": fmt_instant(since),
        "waits": fmt_duration((at - since).total_seconds()),
        "since_at": pd.Timestamp(since),
        "case": number,
        "team": getattr(team, "name", NOTHING),
        "clauses": clause_list([str(clause) for clause in clauses]),
        "is_urgent": False,
    }


def show_decisions(scope: Scope, team_id: int | None) -> int:
    """The table, where something waits; how many do. A click opens the case, where it is decided."""
    rows = decision_rows(scope, team_id)
    if rows.empty:
        return 0
    section(_("Waits for your decision"), _("At your level, the longest waiting first; decided on the case."))
    rows["kind"] = [f"! {kind}" if urgent else kind for kind, urgent in zip(rows["kind"], rows["is_urgent"], strict=True)]  # fmt: skip
    columns = {
        "waits": text_column(_("Waiting for"), 110),
        "kind": text_column(_("Kind"), 150),
        "amount": text_column(_("Amount"), 100),
        "what": text_column(_("Matter"), 380),
        "by": text_column(_("Asked by"), 100),
        "since": text_column(_("Asked at"), 135),
        "clauses": text_column(_("Clauses"), 110),
    }
    opened = table(rows, columns, key="decisions", rows_seen=6)
    hint()
    if opened is not None and rows.iloc[opened]["case"]:
        navigation.go("case", {"case": str(rows.iloc[opened]["case"])})
    return len(rows)
