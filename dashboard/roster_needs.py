"""How many people each post needs, and changing that."""

from __future__ import annotations

from datetime import time

import pandas as pd
import streamlit as st

from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.reads import open_session
from dashboard.roster_actions import perform, tell
from dashboard.roster_week import WEEKDAYS, ShownWeek
from dashboard.tables import number_column, table, text_column
from db import coverage, people
from db.models import CoverageNeed
from regulations.access import Scope
from regulations.coverage import EVERY_DAY, HOLIDAYS, MINUTES

_KEY = "need"
_OPENS, _CLOSES = time(9), time(18)  # what the boxes say at first


def show_needs(scope: Scope, week: ShownWeek, team_id: int | None) -> None:
    """The needs in scope as a list, and for editors the boxes that set one or take one back."""
    with open_session() as session:
        teams = {team.id: team.name for team in people.list_teams(session, scope)}
        rows = [_row(need, teams) for need in coverage.list_needs(session, scope, team_id)]
    may_edit = scope.may("roster.edit")
    with st.expander(
        _("How many people a post needs ({n} set)", n=len(rows)), icon=":material/groups:", expanded=not rows
    ):
        st.caption(
            plain(
                _(
                    "The more particular number counts: public holidays before a day of the week before every day;"
                    " of two alike, the larger. Without a post it is for the whole team."
                )
            )
        )
        if rows:
            columns = {
                "team": text_column(_("Team"), 150),
                "post": text_column(_("Post"), 120),
                "day": text_column(_("Day"), 120),
                "time": text_column(_("Time"), 120),
                "required": number_column(_("People needed"), width=110),
            }
            table(pd.DataFrame(rows), columns, key="needs", can_open=False, rows_seen=8)
        else:
            st.caption(plain(_("Nobody has said how many people are needed.")))
        if may_edit:
            _set(week, teams, team_id)
            if rows:
                _take_back(rows)


def _row(need: CoverageNeed, teams: dict[int, str]) -> dict[str, object]:
    return {
        "id": need.id,
        "team": teams.get(need.team_id, ""),
        "post": need.post or _("any post"),
        "day": _day_name(need.weekday),
        "time": f"{_clock(need.starts_minute)}–{_clock(need.ends_minute)}",
        "required": need.required,
    }


def _day_name(weekday: int) -> str:
    if weekday == EVERY_DAY:
        return _("every day")
    return _("public holidays") if weekday == HOLIDAYS else _(WEEKDAYS[weekday])


def _clock(minute: int) -> str:
    """A minute of a day; 24:00 is its end, and beyond it the next day's time."""
    if minute > MINUTES:
        return _("{time} next day", time=_clock(minute - MINUTES))
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _set(week: ShownWeek, teams: dict[int, str], team_id: int | None) -> None:
    with (
        st.form("need_form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        if team_id is None and len(teams) > 1:
            st.selectbox(
                _("Team"), list(teams), format_func=lambda i: teams[i], key=f"{_KEY}_team", width=160
            )
        st.selectbox(
            _("Post"),
            ["", *week.posts],
            format_func=lambda post: post or _("any post"),
            key=f"{_KEY}_post",
            accept_new_options=True,
            width=150,
        )
        st.selectbox(
            _("Day"),
            [EVERY_DAY, *range(7), HOLIDAYS],
            format_func=_day_name,
            key=f"{_KEY}_day",
            width=140,
        )
        st.time_input(_("From when"), value=_OPENS, key=f"{_KEY}_start", step=900, width=110)
        st.time_input(_("Until when"), value=_CLOSES, key=f"{_KEY}_end", step=900, width=110)
        st.number_input(
                _("People needed"), min_value=0, max_value=coverage.MOST_REQUIRED, value=1, key=f"{_KEY}_n", width=130
            )  # fmt: skip
        only = team_id if team_id is not None else next(iter(teams), None)
        st.form_submit_button(_("Set the number"), icon=":material/save:", on_click=_save, args=(only,))


def _save(only: int | None) -> None:
    state = st.session_state
    team_id = state.get(f"{_KEY}_team") or only
    start, end, required = (state.get(f"{_KEY}_{name}") for name in ("start", "end", "n"))
    if team_id is None or start is None or end is None or required is None:
        tell("warning", _("Choose both times and the number of people."))
        return
    begins, ends = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    perform(
        lambda session, scope, at: coverage.set_need(
            session, scope, team_id=int(team_id), post=str(state.get(f"{_KEY}_post") or ""),
            weekday=int(state[f"{_KEY}_day"]), starts_minute=begins,
            ends_minute=ends if ends > begins else ends + MINUTES, required=int(required), now=at,
        ),
        _("The number was set."),
    )  # fmt: skip


def _take_back(rows: list[dict[str, object]]) -> None:
    titles = {
        int(
            str(row["id"])
        ): f"{row['team']} · {row['post']} · {row['day']} · {row['time']} · {row['required']}"
        for row in rows
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("A number that no longer holds"),
            list(titles),
            index=None,
            format_func=lambda i: titles[i],
            key=f"{_KEY}_gone",
            placeholder=_("Choose one"),
            width=420,
        )
        st.button(_("Take it back"), icon=":material/delete:", on_click=_remove, key=f"{_KEY}_remove")


def _remove() -> None:
    chosen = st.session_state.get(f"{_KEY}_gone")
    if chosen is None:
        tell("warning", _("Choose the number that is to be taken back."))
        return
    perform(
        lambda session, scope, at: coverage.remove_need(session, scope, int(chosen), now=at),
        _("The number was taken back."),
    )
