"""The month of attendance as the pages read it: kept for a minute, with the viewer's scope in the key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import streamlit as st

from dashboard.reads import TTL_SECONDS, minute, now, open_session, rulebook
from db import attendance_detail, attendance_months, month_rest
from db.attendance_detail import DayDetail
from db.attendance_months import Month, MonthDifference
from db.month_rest import RestDetail
from regulations.access import Scope
from regulations.attendance_totals import Totals
from settings import get_settings


def month(scope: Scope, month: str, team_id: int | None) -> Month:
    """The month "2026-10" of the teams in scope."""
    return _month(get_settings().database, scope, month, team_id, minute())[0]


def differences(scope: Scope, month: str, team_id: int | None) -> Mapping[int, tuple[MonthDifference, ...]]:
    """What has changed since in the teams of that month that are fixed, by team."""
    return _month(get_settings().database, scope, month, team_id, minute())[1]


# Months are not changed once they are read: shared as they are, they need not be copied for every viewer and click.
@st.cache_resource(ttl=TTL_SECONDS, show_spinner=False, max_entries=40)
def _month(
    database: str, scope: Scope, month: str, team_id: int | None, at: datetime
) -> tuple[Month, Mapping[int, tuple[MonthDifference, ...]]]:
    with open_session() as session:
        return attendance_months.totals_and_differences(
            session, scope, month, team_id, book=rulebook(), now=at
        )


def sums(scope: Scope, month: str, team_id: int | None) -> Totals:
    """What the month "2026-10" adds up to, of the teams in scope, without its days."""
    return _sums(get_settings().database, scope, month, team_id, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _sums(database: str, scope: Scope, month: str, team_id: int | None, at: datetime) -> Totals:
    with open_session() as session:
        return attendance_months.sums(session, scope, month, team_id, book=rulebook(), now=at)


def day(scope: Scope, number: str, on: date) -> DayDetail | None:
    """One person's day with everything it rests on, as it is now; None for nobody in scope."""
    with open_session() as session:
        try:
            return attendance_detail.get_day(session, scope, number, on)
        except LookupError:
            return None


def rest_of_day(agent_id: int, on: date) -> tuple[RestDetail, ...]:
    """What somebody worked on a day without a shift; of a person whom `day` has shown to be in scope."""
    with open_session() as session:
        return month_rest.rest_of_day(session, agent_id, on, rulebook(), now())
