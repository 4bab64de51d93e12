"""The month of attendance as the pages read it: kept for a minute, with the viewer's scope in the key."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook
from db import attendance_detail, attendance_months
from db.attendance_detail import DayDetail
from db.attendance_months import Month, MonthDifference
from regulations.access import Scope
from settings import get_settings


def month(scope: Scope, month: str, team_id: int | None) -> Month:
    """The month "2026-10" of the teams in scope."""
    return _month(get_settings().database, scope, month, team_id, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _month(database: str, scope: Scope, month: str, team_id: int | None, at: datetime) -> Month:
    with open_session() as session:
        return attendance_months.totals(session, scope, month, team_id, book=rulebook(), now=at)


def differences(scope: Scope, team_id: int, month: str) -> tuple[MonthDifference, ...]:
    """What has changed in a team's fixed month since."""
    return _differences(get_settings().database, scope, team_id, month, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _differences(
    database: str, scope: Scope, team_id: int, month: str, at: datetime
) -> tuple[MonthDifference, ...]:
    with open_session() as session:
        return attendance_months.differences(session, scope, team_id, month, book=rulebook(), now=at)


def day(scope: Scope, number: str, on: date) -> DayDetail | None:
    """One person's day with everything it rests on, as it is now; None for nobody in scope."""
    with open_session() as session:
        try:
            return attendance_detail.get_day(session, scope, number, on)
        except LookupError:
            return None
