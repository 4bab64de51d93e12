"""Whether the rest of today and tomorrow are covered: the question of ten past nine, answered from roster and clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _, lang
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from dashboard.tables import label_column, number_column, text_column
from db import coverage
from regulations import coverage as rules
from regulations.access import Scope
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
            said = rules.sentence(kept, calendar.timezone, clause)
            rows.append(Ahead(team.team_id, team.team, team.on == on, said, kept))
    return rows


def show_ahead(scope: Scope, team_id: int | None) -> None:
    """A line for each team, today before tomorrow, those with gaps first; every stretch one click further."""
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
    with st.expander(_("Every stretch of every post")):
        _stretches(found)
    if navigation.may_open(scope, "roster"):
        navigation.link("roster", _("To the roster"), ":material/calendar_view_week:")


def _line(one: Ahead, when: str) -> None:
    sign = ":red[:material/warning:]" if one.gaps else ":green[:material/check_circle:]"
    if not one.gaps and not any(stretch.required for stretch in one.intervals):
        sign = ":gray[:material/help:]"
    clause = f" :blue-badge[{plain(one.sentence.clause)}]" if one.sentence.clause else ""
    words = f"{plain(one.team)} · {plain(when)}: {plain(one.sentence.text(lang()))}"
    st.markdown(f":small[{sign} {words}]{clause}")


def _stretches(found: list[Ahead]) -> None:
    zone = work_calendar().timezone
    short, enough, unknown = (f"▲ {_('short')}", f"✓ {_('enough')}", f"? {_('no number set')}")
    rows = []
    for one in found:
        for stretch in one.intervals:
            is_short = bool(stretch.gap or stretch.is_empty)
            rows.append(
                {
                    "is_short": is_short,
                    "state": [short if is_short else enough if stretch.required else unknown],
                    "when": _("today") if one.is_today else _("tomorrow"),
                    "hours": rules.hours_text(stretch.starts_at, stretch.ends_at, zone),
                    "team": one.team,
                    "post": stretch.post or NOTHING,
                    "required": stretch.required or None,
                    "rostered": stretch.rostered,
                    "expected": stretch.expected,
                    "gap": stretch.gap or None,
                    "starts_at": stretch.starts_at,
                }
            )
    frame = pd.DataFrame(rows).sort_values(
        ["is_short", "starts_at", "team"], ascending=[False, True, True], kind="stable"
    )
    st.dataframe(
        frame,
        column_config={
            "state": label_column(_("State"), [short, enough, unknown], ["red", "green", "gray"], 110),
            "when": text_column(_("Day"), 60),
            "hours": text_column(_("Hours"), 110),
            "team": text_column(_("Team"), 130),
            "post": text_column(_("Post"), 90),
            "required": number_column(_("Required"), width=70),
            "rostered": number_column(_("Rostered"), width=70),
            "expected": number_column(_("Expected"), width=70),
            "gap": number_column(_("Missing people"), width=80),
        },
        column_order=["state", "when", "hours", "team", "post", "required", "rostered", "expected", "gap"],
        hide_index=True,
        height="content" if len(frame) <= 10 else 35 * 11,
        key="stretches",
        placeholder=NOTHING,
    )
