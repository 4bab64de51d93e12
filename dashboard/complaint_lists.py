"""Complaints as lists of plain values, cached with the viewer's scope in the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.complaint_filters import CaseFilters
from dashboard.components import clause_list
from dashboard.filters import Filters
from dashboard.formats import NOTHING, fmt_duration, fmt_instant, fmt_time_left
from dashboard.i18n import N_, _, lang, name
from dashboard.reads import (
    TTL_SECONDS,
    Where,
    figures_across,
    figures_by,
    minute,
    open_session,
    rulebook,
)
from dashboard.tables import state_label
from db import case_lists
from db.case_lists import CaseQuery
from db.metrics import Figure
from db.metrics.complaint_clocks import CLOCK_WORDS, attainment_key
from db.models import Complaint, ComplaintClock
from regulations.access import Scope
from regulations.complaints import state_at
from regulations.verdict import Lang
from settings import get_settings

MOST_CASES = 500
TREND_MONTHS = 13
ALL_CLOCKS = attainment_key()

COMPLAINT_VIEWS = {
    "overdue": N_("Open and overdue"),
    "due_soon": N_("Due soon"),
    "open": N_("All open"),
    "received": N_("Received in the period"),
}
AGES = (
    (1, N_("up to 1 day")),
    (3, N_("2 to 3 days")),
    (7, N_("4 to 7 days")),
    (14, N_("8 to 14 days")),
    (None, N_("over 14 days")),
)
OPEN_STATES = ("breached", "due_soon", "on_track", "on_hold", "off")
_SEVERITY_OF_STATE = {"breached": 0, "due_soon": 1, "on_track": 2, "on_hold": 3, "met": 4, "off": 5}


def clock_state(clock: ComplaintClock, at: datetime) -> str:
    """The state of a clock at an instant, from its deadline; the stored one is only a cache."""
    if clock.met_at is None and clock.state == "on_hold":
        return "on_hold"
    return state_at(clock.due_at, clock.warn_at, clock.met_at, at)


def clock_title(clock: ComplaintClock) -> str:
    """What a clock is called; one that comes round again carries its number."""
    title = name("clock", clock.clock)
    return f"{title} {clock.ordinal}" if clock.ordinal > 1 else title


def pressing_clock(clocks: Iterable[ComplaintClock], at: datetime) -> ComplaintClock | None:
    """The clock that hurts most: a running one before a finished one, the worst state, the oldest deadline."""
    return min(
        clocks,
        key=lambda c: (c.met_at is not None, _SEVERITY_OF_STATE[clock_state(c, at)], c.due_at),
        default=None,
    )


def complaint_rows(
    scope: Scope,
    view: str,
    chosen: Filters,
    filters: CaseFilters,
    age: int | None = None,
    worst: str = "",
) -> tuple[pd.DataFrame, int]:
    """Cases of a view of COMPLAINT_VIEWS, what hurts most first, at most MOST_CASES; and how many there are.

    `age` keeps the open cases of a group of AGES, `worst` those whose running clock that hurts most is in this state.
    Columns: number, received, category, department, person, team,
    status, state (label), worst, clock, due, left, days_open, summary.
    """
    return _complaint_rows(
        get_settings().database, scope, view, chosen, filters, age, worst, minute(), lang()
    )


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=500)
def _complaint_rows(
    database: str,
    scope: Scope,
    view: str,
    chosen: Filters,
    filters: CaseFilters,
    age: int | None,
    worst: str,
    at: datetime,
    language: Lang,
) -> tuple[pd.DataFrame, int]:
    not_older_than, older_than = (None, None) if age is None else _received_between(age, at)
    query = CaseQuery(
        view,
        chosen.from_on,
        chosen.to_on,
        chosen.team_id,
        dict(filters.where),
        filters.clock,
        filters.state,
        filters.search,
        older_than,
        not_older_than,
        worst,
    )
    with open_session() as session:
        cases, total = case_lists.list_cases(session, scope, query, at, MOST_CASES)
        rows = [_complaint_row(case, at) for case in cases]
    frame = pd.DataFrame(rows, columns=list(_EMPTY_ROW))
    frame = frame.sort_values(["is_closed", "rank", "due_at"], na_position="last").reset_index(drop=True)
    return frame, total


def _received_between(age: int, at: datetime) -> tuple[datetime | None, datetime | None]:
    """The instants of receipt of a group of AGES: not before the first, before the second."""
    longest = AGES[age][0]
    shortest = AGES[age - 1][0] if age else None
    return (
        None if longest is None else at - timedelta(days=longest),
        None if shortest is None else at - timedelta(days=shortest),
    )


_EMPTY_ROW = (
    "number", "received", "category", "department", "person", "team", "status", "state", "worst", "is_running",
    "is_closed", "rank", "clock", "due", "due_at", "left", "days_open", "summary",
)  # fmt: skip


def _complaint_row(case: Complaint, at: datetime) -> dict[str, object]:
    clock = pressing_clock(case.clocks, at)
    worst = "off" if clock is None else clock_state(clock, at)
    is_running = clock is not None and clock.met_at is None
    ended = case.closed_at or at
    if clock is None:
        left = NOTHING
    elif clock.met_at is None:
        left = fmt_time_left(clock.due_at, at)
    else:
        late = (clock.met_at - clock.due_at).total_seconds()
        left = _("{duration} late", duration=fmt_duration(late)) if late > 0 else _("in time")
    return {
        "number": case.number,
        "received": fmt_instant(case.received_at),
        "category": name("complaint_category", case.category),
        "department": case.department or NOTHING,
        "person": (case.handler or case.agent).name,
        "team": case.team.name,
        "status": name("complaint_status", case.status),
        "state": state_label("clock_state", worst),
        "worst": worst,
        "is_running": is_running,
        "is_closed": case.status == "closed",
        "rank": _SEVERITY_OF_STATE[worst] + (0 if is_running else 10),
        "clock": NOTHING if clock is None else clock_title(clock),
        "due": fmt_instant(clock.due_at) if clock else NOTHING,
        "due_at": pd.Timestamp(clock.due_at) if clock else pd.NaT,
        "left": left,
        "days_open": (ended - case.received_at).total_seconds() / 86_400,
        "summary": case.summary,
    }


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _records_begin(database: str, scope: Scope, team_id: int | None) -> date | None:
    with open_session() as session:
        return case_lists.first_received_on(session, scope, team_id)


def records_begin(scope: Scope, team_id: int | None) -> date | None:
    """The day of the oldest complaint in scope; None without any."""
    return _records_begin(get_settings().database, scope, team_id)


def age_of(days_open: float) -> int:
    """Which group of AGES an age falls into; an age on the edge belongs to the younger one."""
    return next(n for n, (limit, _title) in enumerate(AGES) if limit is None or days_open <= limit)


def open_ages(scope: Scope, team_id: int | None, where: Where) -> pd.DataFrame:
    """Every open case by age and by the running clock that hurts most. Columns: group, state (code), count."""
    return _open_ages(get_settings().database, scope, team_id, where, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _open_ages(
    database: str, scope: Scope, team_id: int | None, where: Where, at: datetime, language: Lang
) -> pd.DataFrame:
    with open_session() as session:
        found = case_lists.open_ages(session, scope, at, team_id, dict(where))
    return by_age([((at - received_at).total_seconds() / 86_400, state) for received_at, state in found])


def by_age(cases: Iterable[tuple[float, str]]) -> pd.DataFrame:
    """Cases (days open, state) counted by group of AGES and state. Columns: group, state (code), count."""
    counted = Counter((age_of(days), state) for days, state in cases)
    records = [
        {"group": _(title), "state": state, "count": counted[number, state]}
        for number, (_limit, title) in enumerate(AGES)
        for state in OPEN_STATES
        if counted[number, state] or state == "on_track"
    ]
    return pd.DataFrame(records, columns=["group", "state", "count"])


def clock_rows(scope: Scope, chosen: Filters, filters: CaseFilters) -> pd.DataFrame:
    """How each clock of the rulebook was kept, the worst first; those with nothing due last.

    Columns: code, name, value (percent), late, due, change (percentage points), clauses, trend (the last
    TREND_MONTHS months that had something due, oldest first; empty where nothing fell due in the period).
    """
    now_by = _by_clock(scope, chosen.from_on, chosen.to_on, chosen.team_id, filters.where)
    before_by = _by_clock(scope, *chosen.previous(), chosen.team_id, filters.where)
    first = trend_start(chosen.to_on)
    series: dict[str, dict[str, float]] = {}
    for codes, _names, month in figures_across(
        scope, ALL_CLOCKS, first, chosen.to_on, ("clock", "month"), chosen.team_id, filters.where
    ):
        if month.value is not None:
            series.setdefault(codes[0], {})[codes[1]] = month.value
    book = rulebook()
    records = []
    for words in CLOCK_WORDS:
        one: Figure | None = now_by.get(words.clock)
        before = before_by.get(words.clock)
        is_set = words.parameter in book.keys() and not book.is_off(words.parameter)  # noqa: SIM118
        if one is None and not is_set:
            continue
        value = None if one is None else one.value
        change = None if value is None or before is None or before.value is None else value - before.value
        records.append(
            {
                "code": words.clock,
                "name": name("clock", words.clock),
                "value": value,
                "late": 0 if one is None else one.rest,
                "due": 0 if one is None else one.denominator,
                "change": change,
                "clauses": clause_list(book.clauses(words.parameter) if words.parameter in book.keys() else words.clauses),  # noqa: SIM118
                "trend": list(series.get(words.clock, {}).values()) if one is not None else [],
            }
        )  # fmt: skip
    frame = pd.DataFrame(
        records, columns=["code", "name", "value", "late", "due", "change", "clauses", "trend"]
    )
    return frame.sort_values(["value", "late"], ascending=[True, False], na_position="last").reset_index(
        drop=True
    )


def _by_clock(
    scope: Scope, from_on: date, to_on: date, team_id: int | None, where: Where
) -> dict[str, Figure]:
    found = figures_by(scope, ALL_CLOCKS, from_on, to_on, "clock", team_id, where)
    return {code: one for code, _name, one in found}


def trend_start(to_on: date) -> date:
    """The first day of the TREND_MONTHS months that end with this one."""
    index = to_on.year * 12 + to_on.month - TREND_MONTHS
    return date(index // 12, index % 12 + 1, 1)


def trend_months(to_on: date) -> list[str]:
    """These months as codes, oldest first."""
    first = trend_start(to_on)
    return [
        f"{first.year + (first.month - 1 + n) // 12}-{(first.month - 1 + n) % 12 + 1:02d}"
        for n in range(TREND_MONTHS)
    ]
