"""The roster of a week: who works when, what is wrong with it and by which clause, how the posts are covered."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from dashboard import navigation
from dashboard.auth import require
from dashboard.components import count_card, page_header, section
from dashboard.filters import EARLIEST, show_view, team_filter
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, name
from dashboard.reads import rulebook, today
from dashboard.roster_actions import CELL, CONFLICT, WEEK_PARAM, close, flash
from dashboard.roster_conflicts import show_conflicts
from dashboard.roster_copy_panel import show_copy
from dashboard.roster_grid import show_grid
from dashboard.roster_needs import show_needs
from dashboard.roster_panel import asked_cell, show_cell
from dashboard.roster_posts import show_posts
from dashboard.roster_rest import show_changes, show_rest
from dashboard.roster_week import (
    DAY,
    LATEST,
    VIEWS,
    WEEK,
    ShownWeek,
    asked_day,
    day_title,
    monday_of,
    shown_week,
)
from regulations.coverage import gap_minutes


def _week_filter() -> date:
    """The Monday of the week that the address asks for: by itself, by the day it opens, else this week's."""
    asked, cell = asked_day(st.query_params.get(WEEK_PARAM)), asked_cell()
    shown = monday_of(asked or (cell.on if cell is not None else today()))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            _("Week before"), icon=":material/chevron_left:", on_click=_go, args=(shown - WEEK * DAY,), key="before"
        )  # fmt: skip
        st.button(
            _("This week"), on_click=_go, args=(monday_of(today()),), key="now", disabled=shown == monday_of(today())
        )  # fmt: skip
        st.button(
            _("Week after"), icon=":material/chevron_right:", on_click=_go, args=(shown + WEEK * DAY,), key="after"
        )  # fmt: skip
        st.session_state["roster_day"] = shown
        st.date_input(
            _("Any day of the week"),
            key="roster_day",
            min_value=EARLIEST,
            max_value=LATEST,
            format="YYYY-MM-DD",
            width=170,
            on_change=_picked,
        )
    return shown


def _go(monday: date) -> None:
    st.query_params[WEEK_PARAM] = monday.isoformat()
    close(CELL)
    close(CONFLICT)


def _picked() -> None:
    day = st.session_state.get("roster_day")
    if isinstance(day, date):
        _go(monday_of(day))


def _cards(week: ShownWeek) -> None:
    every = fmt_count(week.shift_count)
    sentences = {
        "mend": _("on {n} shifts; the week before: {m}", n=every, m=fmt_count(week.count_before("mend"))),
        "posts": _(
            "{hours} person-hours missing; the week before: {m}",
            hours=f"{round(gap_minutes(one for team in week.coverage for one in team.intervals) / 60, 1):g}",
            m=fmt_count(week.count_before("posts")),
        ),
        "people": _(
            "rest days, pauses, overlaps; the week before: {m}", m=fmt_count(week.count_before("people"))
        ),
        "notes": _(
            "leave and public holidays; the week before: {m}", m=fmt_count(week.count_before("notes"))
        ),
    }
    titles = {
        "mend": _("Conflicts to be mended"),
        "posts": _("Posts empty or short"),
        "people": _("Rest and hours"),
        "notes": _("To be seen"),
    }
    for column, view in zip(st.columns(len(VIEWS)), VIEWS, strict=True):
        with column:
            count_card(
                titles[view],
                week.count(view),
                sentences[view],
                on_open=partial(show_view, "show", view),
                is_alarm=view != "notes",
            )


def _duties(week: ShownWeek) -> None:
    """The weekly duties of these days (A2.43, A2.44)."""
    if not week.duties:
        return
    said = []
    for duty in week.duties:
        by = rulebook().role_title(duty.by) if duty.by else _("day shift")
        badge = f" :blue-badge[{plain(duty.clause)}]" if duty.clause else ""
        title = name("weekly_duty", duty.code)
        title = duty.title if title == duty.code else title
        said.append(f"{plain(day_title(duty.on))}: {plain(title)} ({plain(by)}){badge}")
    st.markdown(f":material/cleaning_services: {plain(_('Weekly duties'))}: " + " · ".join(said))


def _page() -> None:
    scope = require("roster.view")
    page_header(
        _("Roster"),
        _(
            "Who works when, whether rest days and pauses are kept, and whether every post has the people it needs."
            " For supervisors and managers."
        ),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        monday = _week_filter()
        team_id = team_filter(scope)
    week = shown_week(scope, monday, team_id)
    st.caption(
        plain(
            _(
                "{first} to {last}: {n} shifts of {m} people.",
                first=week.days[0].isoformat(),
                last=week.days[-1].isoformat(),
                n=fmt_count(week.shift_count),
                m=fmt_count(week.grid["who"].nunique()),
            )
        )
    )
    _duties(week)
    cell = asked_cell()
    if cell is None:
        flash()
    elif (
        CONFLICT not in st.query_params
    ):  # with a conflict open the day stands below it, where it was clicked
        show_cell(scope, cell, week)
    _cards(week)
    show_grid(week)
    if scope.may("roster.edit"):
        show_copy(scope, week, team_id)
        if navigation.may_open(scope, "data"):
            navigation.link(
                "data", _("Import a roster from a spreadsheet"), ":material/upload_file:", kind="shifts"
            )
    show_changes(scope, week, team_id)
    show_conflicts(scope, week)
    show_posts(scope, week, team_id)
    show_needs(scope, week, team_id)
    section(_("How the rest days go round"))
    show_rest(scope, week.days[-1], team_id)


_page()
