"""How the posts of a week are covered: one post at a time, the one with the most gaps first."""

from __future__ import annotations

import streamlit as st

from dashboard.charts_coverage import coverage_strip
from dashboard.components import empty, section
from dashboard.cover_list import STRETCH, show_stretches, stretch_row
from dashboard.formats import fmt_percent, plain
from dashboard.i18n import _
from dashboard.reads import figure, work_calendar
from dashboard.roster_week import ShownWeek, day_title
from regulations.access import Scope

GAP = "attendance.coverage_gap"


def show_posts(scope: Scope, week: ShownWeek, team_id: int | None) -> None:
    """How much of the week was short, then the strip of one post of one team, the one with the most gaps first."""
    section(
        _("How the posts are covered"),
        _(
            "People present against people required: the roster with approved overtime, without leave and whoever is missing."
        ),
    )
    _gap(scope, week, team_id)
    posts: dict[tuple[int, str], int] = {}
    for team in week.coverage:
        for one in team.intervals:
            posts[team.team_id, one.post] = posts.get((team.team_id, one.post), 0) + bool(
                one.gap or one.is_empty
            )
    if not posts:
        empty(
            _("Nobody is rostered in this week"),
            _("Import the roster, copy a week, or click a day above to add a shift."),
            "event_busy",
        )
        return
    names = {team.team_id: team.team for team in week.coverage}
    several = len({team_id for team_id, _post in posts}) > 1
    order = sorted(posts, key=lambda key: (-posts[key], names[key[0]], key[1]))
    titles = [
        " · ".join(part for part in (names[team_id] if several else "", post or _("any post")) if part)
        for team_id, post in order
    ]
    at = _asked(order)
    if len(titles) > 1:
        picked = st.segmented_control(
            _("Post"),
            list(range(len(titles))),
            format_func=lambda n: titles[n],
            default=at,
            key=f"posts_{week.days[0].isoformat()}_{len(titles)}",
            label_visibility="collapsed",
            required=True,
        )
        at = picked if isinstance(picked, int) else at
    chosen = order[at]
    days = [
        (
            day_title(day),
            [
                one
                for team in week.coverage
                if team.on == day and team.team_id == chosen[0]
                for one in team.intervals
                if one.post == chosen[1]
            ],
        )
        for day in week.days
    ]
    chart, sentence = coverage_strip(days, work_calendar().timezone)
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))
    rows = [
        stretch_row(team.team_id, team.team, day_title(team.on), one)
        for team in week.coverage
        if team.team_id == chosen[0]
        for one in team.intervals
        if one.post == chosen[1]
    ]
    with st.expander(
        _("Every stretch of this post with its people ({n})", n=len(rows)),
        icon=":material/groups:",
        expanded=any(row["key"] == st.query_params.get(STRETCH) for row in rows),
    ):
        show_stretches(rows, week.names, key="post_stretches")


def _asked(order: list[tuple[int, str]]) -> int:
    """The post of the stretch that the address asks for; the first one without."""
    team, _dot, rest = st.query_params.get(STRETCH, "").partition(".")
    asked = (team, rest.partition(".")[2])
    return next((n for n, (team_id, post) in enumerate(order) if (str(team_id), post) == asked), 0)


def _gap(scope: Scope, week: ShownWeek, team_id: int | None) -> None:
    """The metric of the week up to now, in person-hours."""
    found = figure(scope, GAP, week.days[0], week.days[-1], team_id)
    if not found.denominator:
        return
    said = _(
        "Up to now {rate} of the week's required person-hours were short: {n} of {d}, all posts.",
        rate=fmt_percent(found.numerator, found.denominator),
        n=f"{found.numerator / 60:,.1f}",
        d=f"{found.denominator / 60:,.1f}",
    )
    st.markdown(plain(said) + "".join(f" :blue-badge[{plain(clause)}]" for clause in found.clauses))
