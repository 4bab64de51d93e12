"""The filters all pages share: the period and the team, kept in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

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
    team_name: str = ""

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
    """Show the filters and return what they say.

    The address is the truth: the widgets show it and change it. Where it says nothing, this session's last
    choice holds, else `default`. A choice stands in the address, so that it can be sent to a colleague; a
    default does not, because every change of the address is a step for the browser's Back.
    """
    scope = scope or current_scope()
    on = today()
    usual = preset_bounds(default, on) or (on, on)
    kept = _kept()
    fallback = usual
    if kept is not None:
        fallback = settle(kept.from_on.isoformat(), kept.to_on.isoformat(), usual, on)
    from_on, to_on = settle(st.query_params.get("from"), st.query_params.get("to"), fallback, on)
    teams = _teams(scope)
    team_id = _team_of_address(teams)
    chosen = Filters(from_on, to_on, team_id, teams.get(team_id, "") if team_id is not None else "")
    st.session_state[_KEPT] = chosen
    followed = chosen.query() if (from_on, to_on) != usual else {}
    if chosen.team_id is not None:
        followed["team"] = str(chosen.team_id)
    _follow(followed)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _period_box(chosen, on)
        _team_box(teams, chosen.team_id)
    return chosen


def team_filter(scope: Scope) -> int | None:
    """The team alone, for pages about now; shares its choice and its place in the address with the rest."""
    teams = _teams(scope)
    team_id = _team_of_address(teams)
    _follow({} if team_id is None else {"team": str(team_id)})
    _team_box(teams, team_id)
    return team_id


def _follow(wanted: dict[str, str]) -> None:
    """Let an earlier choice follow into the address of the page that was just opened, in one step."""
    context = get_script_run_ctx(suppress_warning=True)
    page = context.page_script_hash if context is not None else ""
    if st.session_state.get(_PAGE) == page:
        return  # not just opened: the viewer may be on his way back
    st.session_state[_PAGE] = page
    missing = {key: value for key, value in wanted.items() if st.query_params.get(key) != value}
    if missing:
        st.query_params.update(missing)


def view_filter(param: str, views: Mapping[str, str], key: str, *, default: str | None = None) -> str:
    """Which list of several a page shows, bound to a parameter of the address; without a `default` the first.

    `views` are codes with their (untranslated) titles. Anything else in the address is ignored.
    """
    asked = st.query_params.get(param)
    view = asked if asked is not None and asked in views else default or next(iter(views))
    st.session_state[key] = view
    st.segmented_control(
        _("Show"),
        list(views),
        format_func=lambda code: _(views[code]),
        key=key,
        on_change=_view_changed,
        args=(param, key),
        label_visibility="collapsed",
        required=True,
    )
    return view


def choice_filter(param: str, title: str, choices: Mapping[str, str], key: str, width: int = 190) -> str:
    """One of several codes or "" for all, bound to a parameter of the address. Anything else there is ignored.

    `choices` are codes with their (untranslated) titles.
    """
    asked = st.query_params.get(param, "")
    chosen = asked if asked in choices else ""
    st.session_state[key] = chosen
    st.selectbox(
        title,
        ["", *choices],
        format_func=lambda code: _(choices[code]) if code else _("All"),
        key=key,
        on_change=_choice_changed,
        args=(param, key),
        width=width,
    )
    return chosen


def _choice_changed(param: str, key: str) -> None:
    value = str(st.session_state[key] or "")
    if value:
        st.query_params[param] = value
    elif param in st.query_params:
        del st.query_params[param]


def show_view(param: str, view: str) -> None:
    """Choose a view from elsewhere on the page; for callbacks of buttons."""
    st.query_params[param] = view


def _view_changed(param: str, key: str) -> None:
    show_view(param, str(st.session_state[key]))


_KEPT = "filters"  # this session's last choice, for pages whose address says nothing
_PERIOD, _DAYS, _TEAM = "_period", "_days", "_team"
_IS_CUSTOM = "_period_is_custom"
_PAGE = "_filters_page"  # the page that was shown last, to see when another one is opened


def _kept() -> Filters | None:
    kept = st.session_state.get(_KEPT)
    return kept if isinstance(kept, Filters) else None


def _period_box(shown: Filters, on: date) -> None:
    bounds = (shown.from_on, shown.to_on)
    matching = next((p for p in PRESETS if preset_bounds(p, on) == bounds), CUSTOM)
    st.session_state[_PERIOD] = CUSTOM if st.session_state.get(_IS_CUSTOM) else matching
    st.segmented_control(
        _("Period"),
        list(PRESETS),
        format_func=lambda p: _(PRESETS[p]),
        key=_PERIOD,
        on_change=_period_changed,
        args=(on,),
        required=True,
    )
    if st.session_state[_PERIOD] != CUSTOM:
        return
    days = st.session_state.get(_DAYS)
    if not (isinstance(days, tuple) and len(days) == 1):  # the second day is still being chosen
        st.session_state[_DAYS] = bounds
    st.date_input(
        _("From and to"),
        key=_DAYS,
        min_value=EARLIEST,
        max_value=on,
        format="YYYY-MM-DD",
        width=260,
        on_change=_days_changed,
    )


def _period_changed(on: date) -> None:
    preset = str(st.session_state[_PERIOD])
    bounds = preset_bounds(preset, on)
    st.session_state[_IS_CUSTOM] = bounds is None
    if bounds is not None:
        st.query_params.update({"from": bounds[0].isoformat(), "to": bounds[1].isoformat()})


def _days_changed() -> None:
    days = st.session_state[_DAYS]
    if isinstance(days, tuple) and len(days) == 2:
        st.query_params.update({"from": days[0].isoformat(), "to": days[1].isoformat()})


def _team_box(teams: dict[int, str], shown: int | None) -> None:
    """The box for the team; a viewer of one team needs none."""
    if len(teams) < 2:
        return
    st.session_state[_TEAM] = shown or ALL_TEAMS
    st.selectbox(
        _("Team"),
        [ALL_TEAMS, *teams],
        format_func=lambda team_id: teams.get(team_id) or _("All teams"),
        key=_TEAM,
        on_change=_team_changed,
        width=220,
    )


def _team_changed() -> None:
    team_id = st.session_state[_TEAM] or None
    kept = _kept()
    if kept is not None:
        st.session_state[_KEPT] = replace(kept, team_id=team_id)
    if team_id is not None:
        st.query_params["team"] = str(team_id)
    elif "team" in st.query_params:
        del st.query_params["team"]


def _teams(scope: Scope) -> dict[int, str]:
    with open_session() as session:
        return {team.id: team.name for team in people.list_teams(session, scope)}


def _team_of_address(teams: dict[int, str]) -> int | None:
    """The team of the address, else the one chosen last; None for one that is not the viewer's."""
    asked = st.query_params.get("team")
    if asked is not None:
        is_number = asked.isascii() and asked.isdecimal() and len(asked) < 10
        return int(asked) if is_number and int(asked) in teams else None
    kept = _kept()
    return kept.team_id if kept is not None and kept.team_id in teams else None
