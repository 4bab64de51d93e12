"""Survey grades as frames: shares by dimension, who stands where, and the forms, cached with the scope in the key."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_percent
from dashboard.i18n import _, lang, listed
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook
from db import people, surveys
from regulations import surveys as rules
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

MOST_FORMS = 500
_RANKING = (
    "agent", "person", "team", "rank", "rank_text", "possible", "responses", "mean", "low", "high", "interval", "poor",
    "steps",
)  # fmt: skip


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _answers(
    database: str, scope: Scope, from_on: date, to_on: date, team_id: int | None, minute_: datetime
) -> list[rules.Answer]:
    with open_session() as session:
        return surveys.list_answers(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)


def answers(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> list[rules.Answer]:
    """Every grade of the period."""
    return _answers(get_settings().database, scope, from_on, to_on, team_id, minute())


def share_frame(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Columns: dimension, grade, count, answers, percent; in the order of the rulebook."""
    found = rules.shares(answers(scope, from_on, to_on, team_id), rulebook())
    return pd.DataFrame(
        [
            (s.dimension, s.grade, s.count, s.answers, 0.0 if s.percent is None else float(s.percent))
            for s in found
        ],
        columns=["dimension", "grade", "count", "answers", "percent"],
    )


def share_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The shares as a table: one row a dimension, one column a grade, "n · p%" in the cells."""
    rows = []
    for dimension, group in frame.groupby("dimension", sort=False):
        cells = {
            row["grade"]: f"{fmt_count(row['count'])} · {fmt_percent(row['count'], row['answers'], 0)}"
            for row in group.to_dict("records")
        }
        rows.append({"dimension": dimension, "answers": int(group["answers"].iloc[0]), **cells})
    return pd.DataFrame(rows)


def ranking_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Who stands where, the ranked first; `steps` explain each."""
    return _ranking_rows(get_settings().database, scope, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _ranking_rows(
    database: str,
    scope: Scope,
    from_on: date,
    to_on: date,
    team_id: int | None,
    minute_: datetime,
    language: Lang,
) -> pd.DataFrame:
    with open_session() as session:
        agents = {a.number: a for a in people.list_agents(session, scope, active_only=False)}
        known = {number: (agent.name, agent.team.name) for number, agent in agents.items()}
    rows = []
    for one in rules.ranking(answers(scope, from_on, to_on, team_id), rulebook()):
        person, team = known.get(one.agent, (one.agent, NOTHING))
        if one.best_rank is None:
            possible = NOTHING
        elif one.best_rank == one.worst_rank:
            possible = str(one.best_rank)
        else:
            possible = f"{one.best_rank}–{one.worst_rank}"
        rows.append(
            (
                one.agent, person, team, one.rank, _("too few forms") if one.rank is None else str(one.rank), possible,
                one.responses, float(one.mean), float(one.low), float(one.high), f"{one.low}–{one.high}",
                f"{one.poor} / {one.answers}", one.steps,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(_RANKING))


def form_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """The forms of the period, the lowest mean first, of these the ones with a comment first."""
    return _form_rows(get_settings().database, scope, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _form_rows(
    database: str,
    scope: Scope,
    from_on: date,
    to_on: date,
    team_id: int | None,
    minute_: datetime,
    language: Lang,
) -> pd.DataFrame:
    worst = rules.poor_grade(rulebook())
    with open_session() as session:
        found = surveys.list_forms(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
    rows = [
        {
            "number": form.number,
            "answered": fmt_instant(form.first.answered_at),
            "person": form.first.agent.name,
            "team": form.first.team.name,
            "mean": NOTHING if form.mean is None else fmt_count(round(form.mean, 1)),
            "mean_value": float("nan") if form.mean is None else float(form.mean),
            "grades": listed(f"{answer.dimension} {answer.grade}" for answer in form.answers),
            "comment": form.first.comment or NOTHING,
            "has_comment": bool(form.first.comment),
            "is_poor": any(answer.grade == worst for answer in form.answers),
            "about": form.first.work_order.number if form.first.work_order else NOTHING,
        }
        for form in found
    ]
    columns = [
        "number", "answered", "person", "team", "mean", "mean_value", "grades", "comment", "has_comment", "is_poor", "about",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    order = ["is_poor", "has_comment", "mean_value", "answered"]
    return frame.sort_values(order, ascending=[False, False, True, False]).reset_index(drop=True)
