"""Whether the rest of today and tomorrow are covered: the question of ten past nine, answered from roster and clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from dashboard import navigation
from dashboard.cover_list import STRETCH, People, show_stretches, stretch_row
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from db import coverage, people
from regulations import coverage as rules
from regulations.access import Scope
from regulations.coverage_words import sentence
from regulations.verdict import Step
from settings import get_settings

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One team's posts over a stretch of time to come, and what they say in one sentence."""

    team_id: int
    team: str
    is_today: bool
    sentence: Step
    intervals: tuple[rules.Interval, ...]

    @property
    def gaps(self) -> tuple[rules.Interval, ...]:
        """Where people are missing, what hurts most first."""
        return rules.gaps(self.intervals)


def ahead(scope: Scope, team_id: int | None) -> list[Ahead]:
    """The rest of today and the whole of tomorrow of each team in scope; a team with nobody rostered has no line."""
    return _ahead(get_settings().database, scope, team_id, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _ahead(database: str, scope: Scope, team_id: int | None, at: datetime) -> list[Ahead]:
    book, calendar, on = rulebook(), work_calendar(), today()
    with open_session() as session:
        found = coverage.coverage_of_days(session, scope, (on, on + _DAY), team_id, book, at)
    clause = book.clause("shift.empty_post_allowed")
    rows = []
    for team in found:
        begin = max(at, calendar.start_of_day(team.on))
        kept = rules.within(team.intervals, begin, calendar.start_of_day(team.on + _DAY))
        if kept:
            said = sentence(kept, calendar.timezone, clause)
            rows.append(Ahead(team.team_id, team.team, team.on == on, said, kept))
    return rows


def show_ahead(scope: Scope, team_id: int | None) -> None:
    """A line for each team, today before tomorrow, those with gaps first; `show_every_stretch` shows what is behind."""
    if not scope.may("roster.view"):
        return
    found = ahead(scope, team_id)
    st.markdown(f"**{plain(_('Is the rest of the day covered?'))}**")
    if not found:
        st.caption(plain(_("Nobody is on the roster for the rest of today or tomorrow.")))
        return
    for one in sorted(found, key=lambda one: (not one.gaps, one.team)):
        if one.is_today:
            _line(one, _("today"))
    tomorrow = [one for one in found if not one.is_today]
    for one in tomorrow:
        if one.gaps:
            _line(one, _("tomorrow"))
    if tomorrow and not any(one.gaps for one in tomorrow):
        st.caption(plain(_("Tomorrow nobody is missing on the roster so far.")))
    if navigation.may_open(scope, "roster"):
        navigation.link("roster", _("To the roster"), ":material/calendar_view_week:")


def show_every_stretch(scope: Scope, team_id: int | None) -> None:
    """The four numbers of every stretch of today and tomorrow, folded away; it wants the whole width."""
    found = ahead(scope, team_id) if scope.may("roster.view") else []
    if found:
        with st.expander(_("Every stretch of every post"), expanded=STRETCH in st.query_params):
            _stretches(found, _names(get_settings().database, scope, minute()))


def _line(one: Ahead, when: str) -> None:
    sign = ":red[:material/warning:]" if one.gaps else ":green[:material/check_circle:]"
    if not one.gaps and not any(stretch.required for stretch in one.intervals):
        sign = ":gray[:material/help:]"
    clause = f" :blue-badge[{plain(one.sentence.clause)}]" if one.sentence.clause else ""
    words = _("{label}: {text}", label=f"{one.team} · {when}", text=one.sentence.text(lang()))
    st.markdown(f":small[{sign} {plain(words)}]{clause}")


def _stretches(found: list[Ahead], names: People) -> None:
    rows = [
        stretch_row(one.team_id, one.team, _("today") if one.is_today else _("tomorrow"), stretch)
        for one in found
        for stretch in one.intervals
    ]
    show_stretches(rows, names, key="stretches")


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _names(database: str, scope: Scope, at: datetime) -> dict[int, tuple[str, str]]:
    with open_session() as session:
        return {agent.id: (agent.name, agent.number) for agent in people.list_agents(session, scope)}
