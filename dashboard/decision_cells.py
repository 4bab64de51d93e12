"""The cells that waiting and decided matters share: what it is about, of which case and team, for how much, whose level."""

from __future__ import annotations

import pandas as pd
from sqlalchemy.orm import Session

from dashboard.components import clause_list
from dashboard.formats import NOTHING, fmt_count
from dashboard.i18n import _, lang, name
from dashboard.reads import rulebook_of
from db.models import Approval, Complaint, Escalation, LedgerEntry, Team

Row = dict[str, object]


def of_team(frame: pd.DataFrame, team_id: int | None) -> pd.DataFrame:
    """The rows of one team, or all."""
    return frame if team_id is None else frame[frame["team_id"] == team_id].reset_index(drop=True)


def place(case: Complaint | None, clauses: list[object]) -> Row:
    """Where it belongs: the case and its team, and the clauses it rests on."""
    return {
        "case": "" if case is None else case.number,
        "team": NOTHING if case is None else case.team.name,
        "team_id": None if case is None else case.team_id,
        "clauses": clause_list([str(clause) for clause in clauses]),
    }


def team_of(session: Session, row: Escalation) -> Row:
    """Whose matter a report is that belongs to no case."""
    team = session.get(Team, row.team_id) if row.complaint is None and row.team_id is not None else None
    return {} if team is None else {"team": team.name}


def matter(case: Complaint | None, *parts: str) -> str:
    """What it is about, in one line."""
    return " · ".join(part for part in (case.number if case is not None else "", *parts) if part)


def penalty_matter(row: LedgerEntry) -> str:
    """Whom a penalty is about, and why."""
    return matter(row.complaint, f"{name('ledger_subject', row.subject_kind)} {row.subject}", row.cause)


def money(row: Approval) -> str:
    """The amount asked for, where there is one."""
    return NOTHING if row.amount is None else _("¥{n}", n=fmt_count(row.amount))


def title(role: str, version: str) -> str:
    """What a level was called under the rulebook the matter was brought under."""
    return rulebook_of(version).role_title(role, lang()) if role else NOTHING  # type: ignore[arg-type]
