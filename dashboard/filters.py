"""The filters all pages share: the period and the team, kept in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from dashboard.auth import current_scope
from dashboard.i18n import N_, _
from dashboard.reads import open_session, today
from db import people
from regulations.access import Scope

CUSTOM = "custom"
ALL_TEAMS = 0  # what stands in the box for no team in particular; no team has this id
PRESETS: dict[str, str] = {
    "month": N_("This month"),
    "last_month": N_("Last month"),
    "days30": N_("Last 30 days"),
    "months13": N_("Last 13 months"),
    CUSTOM: N_("Choose"),
}
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """A period (both days included) and a team; `team_id` None is every team the viewer sees."""

    from_on: date
    to_on: date
    team_id: int | None = None

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return (self.to_on - self.from_on).days + 1

    def previous(self) -> tuple[date, date]:
        """The period to compare with: the month before a whole or running month (a running one up to
        the same day), otherwise as many days just before.
        """
        if self.from_on.day == 1 and self.from_on.replace(day=1) == self.to_on.replace(day=1):
            last = self.from_on - timedelta(days=1)
            is_whole = (self.to_on + timedelta(days=1)).day == 1
            end = last if is_whole else last.replace(day=min(self.to_on.day, last.day))
            return last.replace(day=1), end
        return self.from_on - timedelta(days=self.days), self.from_on - timedelta(days=1)

    def query(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        values = {"from": self.from_on.isoformat(), "to": self.to_on.isoformat()}
        return values if self.team_id is None else {**values, "team": str(self.team_id)}


def preset_bounds(preset: str, on: date) -> tuple[date, date] | None:
    """First and last day of a preset seen from a day; None for the free choice."""
    first = on.replace(day=1)
    if preset == "month":
        return first, on
    if preset == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    if preset == "days30":
        return on - timedelta(days=29), on
    if preset == "months13":
        return first.replace(year=first.year - 1), on
    return None


def parse_day(text: str | None) -> date | None:
    """A date from an address; None for anything that is none."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day >= EARLIEST else None


def settle(
    from_text: str | None, to_text: str | None, default: tuple[date, date], on: date
) -> tuple[date, date]:
    """The period an address means: both days must be dates in order and not in the future, or the
    default is taken instead.
    """
    from_on, to_on = parse_day(from_text), parse_day(to_text)
    if from_on is None or to_on is None or from_on > to_on or from_on > on:
        return default
    return from_on, min(to_on, on)


def period_and_team_filters(scope: Scope | None = None, default: str = "month") -> Filters:
    """Show the filters and return what they say. The address wins, then this session's last choice,
    then `default`; the address is brought up to date, so that it can be sent to a colleague.
    """
    scope = scope or current_scope()
    on = today()
    fallback = preset_bounds(default, on) or (on, on)
    kept = st.session_state.get("filters")
    if isinstance(kept, Filters):
        fallback = settle(kept.from_on.isoformat(), kept.to_on.isoformat(), fallback, on)
    from_on, to_on = settle(st.query_params.get("from"), st.query_params.get("to"), fallback, on)

    teams = _teams(scope)
    team_id = _team_of_address(teams)
    chosen = _widgets(Filters(from_on, to_on, team_id), teams, on)
    st.session_state["filters"] = chosen
    _into_address(chosen)
    return chosen


def team_filter(scope: Scope) -> int | None:
    """The team alone, for pages about now; shares its choice and its place in the address with the rest."""
    teams = _teams(scope)
    team_id = _team_of_address(teams)
    if len(teams) > 1:
        if "_team_now" not in st.session_state or st.session_state.get("_team_shown") != team_id:
            st.session_state["_team_now"] = team_id or ALL_TEAMS
        team_id = _team_box(teams, "_team_now")
        st.session_state["_team_shown"] = team_id
    kept = st.session_state.get("filters")
    if isinstance(kept, Filters):
        st.session_state["filters"] = replace(kept, team_id=team_id)
    if team_id is None:
        if "team" in st.query_params:
            del st.query_params["team"]
    elif st.query_params.get("team") != str(team_id):
        st.query_params["team"] = str(team_id)
    return team_id


def view_filter(param: str, views: Mapping[str, str], key: str) -> str:
    """Which list of several a page shows, bound to a parameter of the address; the first is the default.

    `views` are codes with their (untranslated) titles. The address wins when it was changed from outside:
    by a link, or by typing. Anything else in it is ignored.
    """
    asked, shown = st.query_params.get(param), f"_{key}_shown"
    if asked in views and asked != st.session_state.get(shown):
        st.session_state[key] = asked
    elif st.session_state.get(key) not in views:
        st.session_state[key] = next(iter(views))
    view = str(
        st.segmented_control(
            _("Show"),
            list(views),
            format_func=lambda code: _(views[code]),
            key=key,
            label_visibility="collapsed",
            required=True,
        )
    )
    st.session_state[shown] = view
    if st.query_params.get(param) != view:
        st.query_params[param] = view
    return view


def _team_box(teams: dict[int, str], key: str) -> int | None:
    chosen = st.selectbox(
        _("Team"),
        [ALL_TEAMS, *teams],
        format_func=lambda t: teams.get(t) or _("All teams"),
        key=key,
        width=220,
    )
    return chosen or None


def _teams(scope: Scope) -> dict[int, str]:
    with open_session() as session:
        return {team.id: team.name for team in people.list_teams(session, scope)}


def _team_of_address(teams: dict[int, str]) -> int | None:
    """The team of the address, else the one chosen last; None for one that is not the viewer's."""
    asked = st.query_params.get("team")
    if asked is not None:
        return int(asked) if asked.isdecimal() and int(asked) in teams else None
    kept = st.session_state.get("filters")
    return kept.team_id if isinstance(kept, Filters) and kept.team_id in teams else None


def _widgets(shown: Filters, teams: dict[int, str], on: date) -> Filters:
    matching = next((p for p in PRESETS if preset_bounds(p, on) == (shown.from_on, shown.to_on)), CUSTOM)
    # The widgets follow the address: it may have changed by a link, not by them.
    signature = (shown, on)
    if st.session_state.get("_filters_shown") != signature or "_period" not in st.session_state:
        st.session_state["_filters_shown"] = signature
        st.session_state["_period"] = matching
        st.session_state["_days"] = (shown.from_on, shown.to_on)
        st.session_state["_team"] = shown.team_id or ALL_TEAMS
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        preset = st.segmented_control(
            _("Period"), list(PRESETS), format_func=lambda p: _(PRESETS[p]), key="_period", required=True
        )
        bounds = preset_bounds(str(preset), on) if preset else (shown.from_on, shown.to_on)
        if bounds is None:
            bounds = _chosen_days(shown, on)
        team_id = shown.team_id
        if len(teams) > 1:
            team_id = _team_box(teams, "_team")
    chosen = Filters(bounds[0], bounds[1], team_id)
    st.session_state["_filters_shown"] = (chosen, on)
    return chosen


def _chosen_days(shown: Filters, on: date) -> tuple[date, date]:
    """The two days of the free choice; while only one is chosen the period stays as it is."""
    if "_days" not in st.session_state:
        st.session_state["_days"] = (shown.from_on, shown.to_on)
    days = st.date_input(
        _("From and to"), key="_days", min_value=EARLIEST, max_value=on, format="YYYY-MM-DD", width=260
    )
    if isinstance(days, tuple) and len(days) == 2:
        return days[0], days[1]
    return shown.from_on, shown.to_on


def _into_address(chosen: Filters) -> None:
    wanted = chosen.query()
    if "team" not in wanted and "team" in st.query_params:
        del st.query_params["team"]
    for key, value in wanted.items():
        if st.query_params.get(key) != value:
            st.query_params[key] = value
