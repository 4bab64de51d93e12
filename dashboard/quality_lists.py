"""Flagged calls and what was found in them as lists of plain values, cached with the viewer's scope in the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.formats import fmt_instant
from dashboard.i18n import _, lang, name
from dashboard.reads import TTL_SECONDS, open_session
from db import quality
from db.models import Finding, Inspection
from db.quality import FLAGS, SEVERITIES
from db.quality_channels import is_contradicted, list_to_listen, seconds_to_listen
from db.quality_counts import PeriodCounts, count_period
from db.quality_month import list_measured_only, list_unheard_blind
from db.quality_scores import final_score, flags_of, worst_severity
from regulations.access import Scope
from regulations.names import NAMES
from regulations.verdict import Lang
from settings import get_settings

MOST_CALLS = 500

# A severity never stands for itself by its colour: the symbol and the word say the same.
SEVERITY_COLOURS = {"critical": "red", "high": "orange", "medium": "yellow", "low": "gray"}
SEVERITY_SYMBOLS = {"critical": "▲▲", "high": "▲", "medium": "◆", "low": "·"}


@dataclass(frozen=True, slots=True)
class FlaggedFilter:
    """Which flagged calls: of a period, a team, an agent, with a finding of a category, still undecided."""

    from_on: date
    to_on: date
    team_id: int | None = None
    agent_id: int | None = None
    category: str | None = None
    undecided_only: bool = False
    to_listen_only: bool = False  # calls with sound that only a person can make out, flagged or not
    found: str = ""  # "wording" or "measured": flagged by words, or by nothing but measurements


COLUMNS = (
    "call", "severity", "categories", "shown", "agent", "team", "when", "kind", "score", "state", "undecided", "is_flagged", "to_hear", "is_measured",
)  # fmt: skip


def severity_label(severity: str | None) -> str:
    """A severity with its symbol: "▲ 较重"."""
    if severity is None:
        return f"? {name('finding_verdict', 'cannot_tell')}"
    return f"{SEVERITY_SYMBOLS[severity]} {name('inspection_severity', severity)}"


def severity_labels() -> list[str]:
    """Every label of the severity column, gravest first."""
    return [*(severity_label(s) for s in reversed(SEVERITIES)), severity_label(None)]


def flagged_rows(scope: Scope, wanted: FlaggedFilter) -> pd.DataFrame:
    """Flagged calls, and those that somebody has to hear, what hurts most first. Columns: COLUMNS; severity, categories and
    shown (as many of them as fit) are lists of labels, `to_hear` is filled only where that was asked for. Who reviews does not see the calls he is to hear blind."""
    return _flagged_rows(get_settings().database, scope, wanted, lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _flagged_rows(database: str, scope: Scope, wanted: FlaggedFilter, language: Lang) -> pd.DataFrame:
    with open_session() as session:
        found = (
            list_to_listen(
                session,
                scope,
                from_on=wanted.from_on,
                to_on=wanted.to_on,
                team_id=wanted.team_id,
                agent_id=wanted.agent_id,
                limit=MOST_CALLS,
            )
            if wanted.to_listen_only
            else quality.list_flagged(
                session,
                scope,
                from_on=wanted.from_on,
                to_on=wanted.to_on,
                team_id=wanted.team_id,
                agent_id=wanted.agent_id,
                category=wanted.category,
                undecided_only=wanted.undecided_only,
                limit=MOST_CALLS,
            )
        )
        hidden = list_unheard_blind(session, scope, from_on=wanted.from_on, to_on=wanted.to_on)
        rows = [
            _row(inspection) | {"to_hear": _to_hear(inspection) if wanted.to_listen_only else ""}
            for inspection in found
            if inspection.call_id not in hidden
        ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    if wanted.found:
        frame = frame[frame["is_measured"] == (wanted.found == "measured")].reset_index(drop=True)
    return frame


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _hidden(database: str, scope: Scope, from_on: date, to_on: date) -> int:
    with open_session() as session:
        return len(list_unheard_blind(session, scope, from_on=from_on, to_on=to_on))


def hidden_count(scope: Scope, from_on: date, to_on: date) -> int:
    """How many calls the list leaves out because this viewer is to hear them blind, whatever was found in them."""
    return _hidden(get_settings().database, scope, from_on, to_on)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _measured(database: str, scope: Scope, from_on: date, to_on: date, team_id: int | None) -> int:
    with open_session() as session:
        return len(list_measured_only(session, scope, from_on=from_on, to_on=to_on, team_id=team_id))


def measured_count(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> int:
    """How many calls of the period are flagged by nothing but measurements."""
    return _measured(get_settings().database, scope, from_on, to_on, team_id)


def _row(inspection: Inspection) -> dict[str, object]:
    standing = flags_of(inspection)
    shown: list[Finding] = standing or [f for f in inspection.findings if f.verdict != "cannot_tell"]
    shown = shown or list(inspection.findings)
    by_harm = sorted(shown, key=lambda f: (-SEVERITIES.index(f.severity), -f.points))
    flags = [f for f in inspection.findings if f.verdict in FLAGS]
    undecided = sum(f.decision is None for f in flags)
    call = inspection.call
    titles = list(dict.fromkeys(name("finding_category", f.category) for f in by_harm))
    return {
        "call": call.call_id,
        "severity": [severity_label(worst_severity(standing))],
        "categories": titles,
        "shown": shortened(titles),
        "agent": call.agent.name,
        "team": call.team.name,
        "when": fmt_instant(call.started_at),
        "kind": name("contact_kind", call.kind),
        "score": float(final_score(inspection)),
        "state": state_of(inspection),
        "undecided": undecided,
        "is_flagged": bool(flags),
        "is_measured": bool(flags) and all(f.kind == "measure" for f in flags),
    }


def shortened(titles: list[str]) -> list[str]:
    """As many labels as a row has room for, and how many more there are."""
    room = 3 if lang() == "zh" else 2
    more = len(titles) - room
    return titles if more <= 0 else [*titles[:room], f"+{more}"]


def more_labels() -> list[str]:
    """Every label that `shortened` may add."""
    return [f"+{n}" for n in range(1, len(NAMES["finding_category"]))]


def _to_hear(inspection: Inspection) -> str:
    """Why somebody has to listen to the call."""
    seconds = seconds_to_listen(inspection)
    length = _("{n} s without reliable words", n=f"{seconds:.0f}") if seconds else ""
    swapped = _("Left and right may be swapped") if is_contradicted(inspection) else ""
    return " · ".join(part for part in (swapped, length) if part)


def state_of(inspection: Inspection) -> str:
    """How far the review of a call has come, in words."""
    flags = [f for f in inspection.findings if f.verdict in FLAGS]
    undecided = sum(f.decision is None for f in flags)
    if undecided:
        return _("{n} of {m} to review", n=undecided, m=len(flags))
    confirmed = sum(f.decision == "confirmed" for f in inspection.findings)
    if confirmed:
        return _("Confirmed: {n}", n=confirmed)
    if flags:
        return _("All overturned")
    waiting = [f for f in inspection.findings if f.decision is None]
    words = sum(f.kind == "banned" for f in waiting)
    others = sum(f.kind != "banned" and f.needs_review for f in waiting)
    has_sound = bool(seconds_to_listen(inspection)) or is_contradicted(inspection)
    if words or (others and not has_sound):
        return _("Proposals open: {n}", n=words + others)
    if has_sound:
        return _("To be heard")
    return _("Nothing to review")


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _counts(database: str, scope: Scope, from_on: date, to_on: date, team_id: int | None) -> PeriodCounts:
    with open_session() as session:
        return count_period(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)


def period_counts(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> PeriodCounts:
    """How far the calls of the period have come."""
    return _counts(get_settings().database, scope, from_on, to_on, team_id)
