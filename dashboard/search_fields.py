"""The fields of a search; the address is the truth, so that a search can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from dashboard.i18n import _, name
from dashboard.meeting import month_bounds
from dashboard.reads import open_session
from db import people
from regulations.access import Scope
from regulations.names import NAMES

_PHRASE, _AGENT = "search_phrase", "search_agent"
_PAGE = "part"


def phrase_field() -> str:
    """What somebody wants to find, as typed."""
    st.session_state[_PHRASE] = st.query_params.get("q", "")
    typed = st.text_input(
        _("Word or sentence"),
        key=_PHRASE,
        placeholder=_("for example 退款"),
        icon=":material/search:",
        on_change=_phrase_changed,
        width=340,
    )
    return typed.strip()


def agent_field(scope: Scope, team_id: int | None) -> int | None:
    """One of the viewer's agents, or None for all; anybody else in the address is passed over."""
    with open_session() as session:
        agents = {
            agent.number: (agent.id, agent.name)
            for agent in people.list_agents(session, scope, team_id, active_only=False)
        }
    asked = st.query_params.get("agent", "")
    st.session_state[_AGENT] = asked if asked in agents else ""
    chosen = st.selectbox(
        _("Agent"),
        ["", *agents],
        format_func=lambda number: f"{agents[number][1]} ({number})" if number else _("Every agent"),
        key=_AGENT,
        on_change=_agent_changed,
        width=190,
    )
    return agents[chosen][0] if chosen else None


def choices(kind: str) -> Mapping[str, str]:
    """The codes of a kind with their names, for `filters.choice_filter`."""
    return {code: name(kind, code) for code in NAMES[kind]}


def open_said(scope: Scope, from_on: date, to_on: date, month: str, team_code: str) -> None:
    """Go from a month and team of the trend to what was said there; for callbacks. Days outside the period stay out."""
    first, last = month_bounds(month)
    with open_session() as session:
        teams = {team.code: team.id for team in people.list_teams(session, scope)}
    st.query_params.pop(_PAGE, None)
    st.query_params.update(
        {
            "show": "said",
            "from": max(first, from_on).isoformat(),
            "to": min(last, to_on).isoformat(),
            "team": str(teams[team_code]),
        }
    )


def _phrase_changed() -> None:
    _keep("q", str(st.session_state[_PHRASE] or "").strip())


def _agent_changed() -> None:
    _keep("agent", str(st.session_state[_AGENT] or ""))


def _keep(param: str, value: str) -> None:
    st.query_params.pop(_PAGE, None)  # another search begins on its first page
    if value:
        st.query_params[param] = value
    else:
        st.query_params.pop(param, None)
