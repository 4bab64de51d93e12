"""What waits for somebody's word, and what was decided: approvals, reports upward, bypasses to be told, penalties.

Four tables of the database in one list, because for whoever decides they are one pile. Whether a row waits for the
viewer himself is asked of the rules, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.components import clause_list
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, person, rulebook, rulebook_of, work_calendar
from db import approvals, escalations, ledger
from db.models import Approval, Complaint, Escalation, LedgerEntry
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
OUTCOMES = {
    "approved": N_("Approved"),
    "rejected": N_("Rejected"),
    "withdrawn": N_("Withdrawn"),
    "answered": N_("Instructed"),
    "told": N_("Told"),
    "confirmed": N_("Imposed"),
    "waived": N_("Waived"),
}
_WAITING = (
    "key", "kind", "matter", "amount", "by", "since", "since_at", "waits", "level", "case", "team", "team_id", "clauses",
    "is_urgent", "is_late", "is_mine", "is_asked",
)  # fmt: skip
_DECIDED = (
    "key", "kind", "outcome", "matter", "amount", "by", "level", "role", "at", "at_at", "note", "asked_by", "took", "case",
    "team", "team_id", "clauses",
)  # fmt: skip
Row = dict[str, object]


def waiting_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Everything in scope that nobody has decided yet: urgent first, then the longest waiting, penalties last.

    Columns: key (kind-id, as the address names it), kind (code of KINDS), matter, amount, by, since, since_at, waits,
    level (for whom it waits), case (number, may be empty), team, team_id, clauses, is_urgent, is_late (a bypass whose
    report is overdue), is_mine (it waits for the viewer), is_asked (he asked for it).
    """
    return _of_team(_waiting_rows(get_settings().database, scope, minute(), lang()), team_id)


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


def decided_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """What was decided on the local days from_on to to_on, both included, the latest first.

    Columns: key, kind, outcome (code of OUTCOMES), matter, amount, by, level (the decider's, in words), role (its
    code), at, at_at, note, asked_by, took, case, team, team_id, clauses.
    """
    found = _decided_rows(get_settings().database, scope, from_on, to_on, minute(), lang())
    return _of_team(found, team_id)


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
            rows += _settled(report, between)
        for entry in ledger.list_entries(session, scope, decided=between):
            rows.append(_decided_entry(entry))
    frame = pd.DataFrame(rows, columns=list(_DECIDED))
    return frame.sort_values("at_at", ascending=False, kind="stable").reset_index(drop=True)


def _of_team(frame: pd.DataFrame, team_id: int | None) -> pd.DataFrame:
    return frame if team_id is None else frame[frame["team_id"] == team_id].reset_index(drop=True)


def _requests(session: Session, scope: Scope, at: datetime) -> Iterator[Row]:
    book = rulebook()
    for row in approvals.list_approvals(session, scope, state="pending"):
        may_decide = scope.may("approvals.decide")
        ruling = approvals.may_decide_now(session, scope, row, book)
        yield _waiting("approval", row.id, row.reason, row.requested_by, row.requested_at, at, row.complaint, row.clauses) | {
            "matter": _matter(row.complaint, name("approval_kind", row.kind), row.reason),
            "amount": _money(row),
            "level": _title(row.required_role, row.rulebook_version),
            "is_mine": may_decide and ruling.is_allowed,
            "is_asked": row.requested_by == scope.actor,
        }  # fmt: skip


def _reports(session: Session, scope: Scope, at: datetime) -> Iterator[Row]:
    """An unanswered report waits for an instruction; a bypass waits for whoever was passed over to be told."""
    for row in escalations.list_escalations(session, scope, open_only=True):
        reason = name("escalation_reason", row.reason)
        shared = {
            "matter": _matter(row.complaint, reason, row.detail or row.proposal),
            "team_id": row.team_id if row.complaint is None else row.complaint.team_id,
            "is_asked": row.raised_by == scope.actor,
        }
        if row.answered_at is None:
            yield _waiting("report", row.id, row.detail, row.raised_by, row.raised_at, at, row.complaint, row.clauses) | {
                "level": _title(row.to_role, row.rulebook_version),
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
            "matter": _penalty_matter(row),
            "amount": amount_text(row.kind, row.amount, lang()),
            "level": _("{title} or above", title=_title("manager", row.rulebook_version)),
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
        "matter": _matter(case, what),
        "amount": NOTHING,
        "by": person(by),
        "since": fmt_instant(since),
        "since_at": pd.Timestamp(since),
        "waits": fmt_duration((at - since).total_seconds()),
        "is_urgent": False,
        "is_late": False,
        "is_mine": False,
        "is_asked": False,
        **_place(case, clauses),
    }


def _decided_request(row: Approval) -> Row:
    return {
        "key": f"approval-{row.id}",
        "kind": "approval",
        "outcome": row.state,
        "matter": _matter(row.complaint, name("approval_kind", row.kind), row.reason),
        "amount": _money(row),
        "role": row.decided_role,
        "note": row.decision_note,
        **_said(
            row.decided_by,
            _title(row.decided_role, row.rulebook_version),
            row.decided_at,
            row.requested_by,
            row.requested_at,
        ),
        **_place(row.complaint, row.clauses),
    }


def _settled(row: Escalation, between: tuple[datetime, datetime]) -> Iterator[Row]:
    """The instruction and the report to whom was passed over: two things that happened, each on its own day."""
    shared = {
        "matter": _matter(row.complaint, name("escalation_reason", row.reason), row.detail or row.proposal),
        "amount": NOTHING,
        **_place(row.complaint, row.clauses),
        "team_id": row.team_id if row.complaint is None else row.complaint.team_id,
    }
    if row.answered_at is not None and between[0] <= row.answered_at <= between[1]:
        said = _said(
            row.answered_by,
            _title(row.to_role, row.rulebook_version),
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
            _title(row.from_role, row.rulebook_version),
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
        "matter": _penalty_matter(row),
        "amount": amount_text(row.kind, row.amount, lang()),
        "role": "",
        "note": row.decision_note,
        **_said(row.decided_by, NOTHING, row.decided_at, _("The desk"), row.proposed_at),
        **_place(row.complaint, row.clauses),
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


def _place(case: Complaint | None, clauses: list[object]) -> Row:
    return {
        "case": "" if case is None else case.number,
        "team": NOTHING if case is None else case.team.name,
        "team_id": None if case is None else case.team_id,
        "clauses": clause_list([str(clause) for clause in clauses]),
    }


def _matter(case: Complaint | None, *parts: str) -> str:
    return " · ".join(part for part in (case.number if case is not None else "", *parts) if part)


def _penalty_matter(row: LedgerEntry) -> str:
    return _matter(row.complaint, f"{name('ledger_subject', row.subject_kind)} {row.subject}", row.cause)


def _money(row: Approval) -> str:
    return NOTHING if row.amount is None else _("¥{n}", n=fmt_count(row.amount))


def _title(role: str, version: str) -> str:
    """What a level was called under the rulebook the matter was brought under."""
    return rulebook_of(version).role_title(role, lang()) if role else NOTHING  # type: ignore[arg-type]
