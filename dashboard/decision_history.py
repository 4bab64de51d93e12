"""What was decided: approvals, instructions on reports, bypasses that were told, penalties, the latest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.decision_cells import Row, matter, money, of_team, penalty_matter, place, team_of, title
from dashboard.formats import NOTHING, fmt_duration, fmt_instant
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, person, work_calendar
from db import approvals, escalations, ledger
from db.models import Approval, Escalation, LedgerEntry
from regulations.access import Scope
from regulations.penalties import amount_text
from regulations.verdict import Lang
from settings import get_settings

OUTCOMES = {
    "approved": N_("Approved"),
    "rejected": N_("Rejected"),
    "withdrawn": N_("Withdrawn"),
    "answered": N_("Instructed"),
    "told": N_("Told"),
    "confirmed": N_("Imposed"),
    "waived": N_("Waived"),
}
_DECIDED = (
    "key", "kind", "outcome", "matter", "amount", "by", "level", "role", "at", "at_at", "note", "asked_by", "took", "case",
    "team", "team_id", "clauses",
)  # fmt: skip


def decided_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """What was decided on the local days from_on to to_on, both included, the latest first.

    Columns: key, kind, outcome (code of OUTCOMES), matter, amount, by, level (the decider's, in words), role (its
    code), at, at_at, note, asked_by, took, case, team, team_id, clauses.
    """
    found = _decided_rows(get_settings().database, scope, from_on, to_on, minute(), lang())
    return of_team(found, team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _decided_rows(
    database: str, scope: Scope, from_on: date, to_on: date, at: datetime, language: Lang
) -> pd.DataFrame:
    calendar = work_calendar()
    between = (calendar.start_of_day(from_on), calendar.end_of_day(to_on))
    rows: list[Row] = []
    with open_session() as session:
        for request in approvals.list_approvals(session, scope, decided=between):
            rows.append(_decided_request(request))
        for report in escalations.list_escalations(session, scope, settled=between):
            rows += [row | team_of(session, report) for row in _settled(report, between)]
        for entry in ledger.list_entries(session, scope, decided=between):
            rows.append(_decided_entry(entry))
    frame = pd.DataFrame(rows, columns=list(_DECIDED))
    return frame.sort_values("at_at", ascending=False, kind="stable").reset_index(drop=True)


def _decided_request(row: Approval) -> Row:
    return {
        "key": f"approval-{row.id}",
        "kind": "approval",
        "outcome": row.state,
        "matter": matter(row.complaint, name("approval_kind", row.kind), row.reason),
        "amount": money(row),
        "role": row.decided_role,
        "note": row.decision_note,
        **_said(
            row.decided_by,
            title(row.decided_role, row.rulebook_version),
            row.decided_at,
            row.requested_by,
            row.requested_at,
        ),
        **place(row.complaint, row.clauses),
    }


def _settled(row: Escalation, between: tuple[datetime, datetime]) -> Iterator[Row]:
    """The instruction and the report to whom was passed over: two things that happened, each on its own day."""
    shared = {
        "matter": matter(row.complaint, name("escalation_reason", row.reason), row.detail or row.proposal),
        "amount": NOTHING,
        **place(row.complaint, row.clauses),
        "team_id": row.team_id if row.complaint is None else row.complaint.team_id,
    }
    if row.answered_at is not None and between[0] <= row.answered_at <= between[1]:
        said = _said(
            row.answered_by,
            title(row.to_role, row.rulebook_version),
            row.answered_at,
            row.raised_by,
            row.raised_at,
        )
        yield (
            {
                "key": f"report-{row.id}",
                "kind": "report",
                "outcome": "answered",
                "role": row.to_role,
                "note": row.instruction,
            }
            | said
            | shared
        )
    if row.reported_at is not None and between[0] <= row.reported_at <= between[1]:
        said = _said(
            row.reported_by,
            title(row.from_role, row.rulebook_version),
            row.reported_at,
            row.raised_by,
            row.raised_at,
        )
        yield (
            {
                "key": f"bypass-{row.id}",
                "kind": "bypass",
                "outcome": "told",
                "role": row.from_role,
                "note": row.report_note,
            }
            | said
            | shared
        )


def _decided_entry(row: LedgerEntry) -> Row:
    return {
        "key": f"penalty-{row.id}",
        "kind": "penalty",
        "outcome": row.state,
        "matter": penalty_matter(row),
        "amount": amount_text(row.kind, row.amount, lang()),
        "role": "",
        "note": row.decision_note,
        **_said(row.decided_by, NOTHING, row.decided_at, _("The desk"), row.proposed_at),
        **place(row.complaint, row.clauses),
    }


def _said(by: str, level: str, at: datetime | None, asked_by: str, asked_at: datetime) -> Row:
    taken = None if at is None else (at - asked_at).total_seconds()
    return {
        "by": person(by),
        "level": level,
        "at": fmt_instant(at),
        "at_at": pd.Timestamp(at) if at is not None else pd.NaT,
        "asked_by": person(asked_by),
        "took": fmt_duration(taken),
    }
