"""Days worked without a shift: who was there on a day that was to be free, for how long, and whether it was approved."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.components import explanation, section
from dashboard.formats import fmt_count, fmt_duration, fmt_time, plain
from dashboard.i18n import _, lang
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook
from dashboard.tables import hint, number_column, table, text_column
from db import rest_days
from regulations.access import Scope
from regulations.verdict import Lang
from settings import get_settings

COLUMNS = ("on", "person", "number", "team", "span", "extra", "approved", "steps")


def fmt_offset(seconds: int) -> str:
    """A shift of a clock: "+7 min", "−7 min"."""
    return f"{'+' if seconds > 0 else '−'}{fmt_duration(abs(seconds))}"


def rows_of(scope: Scope, from_on: date, to_on: date, team_id: int | None) -> pd.DataFrame:
    """The days in scope, the latest first. Columns: COLUMNS."""
    return _rows(get_settings().database, scope, from_on, to_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _rows(
    database: str, scope: Scope, from_on: date, to_on: date, team_id: int | None, at: datetime, language: Lang
) -> pd.DataFrame:
    with open_session() as session:
        found = rest_days.list_rest_days(
            session, scope, from_on=from_on, to_on=to_on, book=rulebook(), now=at, team_id=team_id
        )
        rows = [
            {
                "on": day.on,
                "person": day.agent.name,
                "number": day.agent.number,
                "team": day.agent.team.name,
                "span": f"{fmt_time(day.verdict.first_in_at)}–{fmt_time(day.verdict.last_out_at)}",
                "extra": day.verdict.extra_minutes,
                "approved": day.verdict.approved_extra_minutes,
                "steps": [step.as_record() for step in day.verdict.steps],
            }
            for day in found
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def show(scope: Scope, from_on: date, to_on: date, team_id: int | None) -> None:
    """The list, and why a day stands in it; nothing at all where nobody was there without a shift."""
    rows = rows_of(scope, from_on, to_on, team_id)
    if rows.empty:
        return
    section(
        _("Worked without a shift"),
        _(
            "{n} days of {m} people on which somebody clocked in and none was on the roster.",
            n=fmt_count(len(rows)),
            m=fmt_count(rows["number"].nunique()),
        ),
    )
    opened = table(
        rows,
        {
            "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=100),
            "person": text_column(_("Person"), 90),
            "number": text_column(_("Staff number"), 90),
            "team": text_column(_("Team"), 140),
            "span": text_column(_("There"), 120),
            "extra": number_column(_("There, min"), width=90),
            "approved": number_column(_("Approved overtime, min"), width=130),
        },
        key="rest_days",
        rows_seen=6,
    )
    hint()
    if opened is not None:
        row = rows.iloc[opened]
        with st.container(border=True):
            explanation(row["steps"], plain(f"{row['person']} · {row['on']}"))
