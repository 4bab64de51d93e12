"""What the search page reads, kept for a minute with the viewer's scope in the key."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import streamlit as st

from dashboard.i18n import lang
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook
from db import transcript_search
from db.metrics import quality_trends
from db.transcript_search import Count, Said, Search
from regulations.access import Scope
from settings import get_settings

TREND_COLUMNS = ("month", "code", "team", "numerator", "denominator", "value")


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _count(database: str, scope: Scope, wanted: Search) -> Count:
    with open_session() as session:
        return transcript_search.count_said(session, scope, wanted)


def count_said(scope: Scope, wanted: Search) -> Count:
    """How many utterances with the phrase, in how many calls."""
    return _count(get_settings().database, scope, wanted)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _said(database: str, scope: Scope, wanted: Search, limit: int, offset: int) -> list[Said]:
    with open_session() as session:
        return transcript_search.list_said(session, scope, wanted, limit=limit, offset=offset)


def list_said(scope: Scope, wanted: Search, limit: int, offset: int) -> list[Said]:
    """Some of the utterances with the phrase, the newest call first."""
    return _said(get_settings().database, scope, wanted, limit, offset)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _phrase_trend(database: str, scope: Scope, wanted: Search, at: datetime, language: str) -> pd.DataFrame:
    with open_session() as session:
        return _frame(quality_trends.phrase_trend(session, scope, wanted, rulebook(), at, lang=language))


def phrase_trend(scope: Scope, wanted: Search) -> pd.DataFrame:
    """In how many of the calls the phrase was said, by month and team. Columns: TREND_COLUMNS."""
    return _phrase_trend(get_settings().database, scope, wanted, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _courtesy_trend(
    database: str, scope: Scope, category: str, from_on: date, to_on: date, team_id: int | None, at: datetime,
    language: str,
) -> pd.DataFrame:  # fmt: skip
    with open_session() as session:
        return _frame(
            quality_trends.courtesy_trend(
                session, scope, category, from_on, to_on, rulebook(), at, team_id, language
            )
        )


def courtesy_trend(
    scope: Scope, category: str, from_on: date, to_on: date, team_id: int | None
) -> pd.DataFrame:
    """How many of the courtesies owed were said, by month and team. Columns: TREND_COLUMNS."""
    return _courtesy_trend(
        get_settings().database, scope, category, from_on, to_on, team_id, minute(), lang()
    )


def _frame(found: quality_trends.Trend) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (codes[0], codes[1], names[1], int(one.numerator), one.denominator, one.value)
            for codes, names, one in found
        ],
        columns=list(TREND_COLUMNS),
    )
