"""What QA staff need today: calls with findings to decide on, and recordings that do not move."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard.formats import fmt_instant
from dashboard.i18n import _, lang, name
from dashboard.reads import TTL_SECONDS, open_session, today
from db import calls, quality
from db.quality_counts import PeriodCounts, count_period
from db.quality_month import list_unheard_blind
from db.quality_scores import flags_of, worst_severity
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

REVIEW_DAYS = 30
MOST_FLAGGED = 100


def review_counts(scope: Scope, team_id: int | None = None) -> PeriodCounts:
    """How far the reviews of the last REVIEW_DAYS days have come."""
    return _review_counts(get_settings().database, scope, today(), team_id)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _review_counts(database: str, scope: Scope, on: date, team_id: int | None) -> PeriodCounts:
    with open_session() as session:
        return count_period(
            session, scope, from_on=on - timedelta(days=REVIEW_DAYS - 1), to_on=on, team_id=team_id
        )


def address() -> dict[str, str]:
    """Where on the page Quality these calls stand."""
    on = today()
    return {
        "undecided": "1",
        "from": (on - timedelta(days=REVIEW_DAYS - 1)).isoformat(),
        "to": on.isoformat(),
    }


def queue_counts(scope: Scope) -> dict[str, int]:
    """How many recordings wait, are transcribed, are done, have failed."""
    with open_session() as session:
        return calls.count_queue(session, scope)


def flagged_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """Calls with findings nobody has decided on, what hurts most first.

    Columns: call, at, person, team, worst (label), what, findings, score. Calls in which something is only proposed
    come last; how grave that would be is not said of them.
    """
    return _flagged_rows(get_settings().database, scope, today(), team_id, lang())


def only_proposed() -> str:
    """The label of a call in which the machine is sure of nothing."""
    return _("Proposed only")


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _flagged_rows(database: str, scope: Scope, on: date, team_id: int | None, language: Lang) -> pd.DataFrame:
    rows = []
    with open_session() as session:
        hidden = list_unheard_blind(session, scope, from_on=on - timedelta(days=REVIEW_DAYS - 1), to_on=on)
        for inspection in quality.list_flagged(
            session,
            scope,
            from_on=on - timedelta(days=REVIEW_DAYS - 1),
            to_on=on,
            team_id=team_id,
            undecided_only=True,
            limit=MOST_FLAGGED,
        ):
            if inspection.call_id in hidden:  # to be heard without the machine's findings
                continue
            flags = [f for f in flags_of(inspection) if f.decision is None]
            found = flags or [f for f in inspection.findings if f.kind == "banned" and f.decision is None]
            worst = worst_severity(flags)
            titles = list(dict.fromkeys(name("finding_category", f.category) for f in found))
            rows.append(
                {
                    "call": inspection.call.call_id,
                    "at": fmt_instant(inspection.call.started_at),
                    "person": inspection.call.agent.name,
                    "team": inspection.call.team.name,
                    "worst": [name("inspection_severity", worst) if worst else only_proposed()],
                    "what": titles,
                    "findings": len(found),
                    "score": float(inspection.machine_score),
                }
            )
    return pd.DataFrame(rows, columns=["call", "at", "person", "team", "worst", "what", "findings", "score"])
