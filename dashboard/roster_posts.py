"""How the posts of a week are covered: one post at a time, the one with the most gaps first."""

from __future__ import annotations

import streamlit as st

from dashboard.charts_coverage import coverage_strip
from dashboard.components import empty, section
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.reads import work_calendar
from dashboard.roster_week import ShownWeek, day_title


def show_posts(week: ShownWeek) -> None:
    """The strip of one post of one team, the one with the most gaps first."""
    section(
        _("How the posts are covered"),
        _("People expected against people needed; approved leave and who did not come are not counted on."),
    )
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
    at = 0
    if len(titles) > 1:
        picked = st.segmented_control(
            _("Post"),
            list(range(len(titles))),
            format_func=lambda n: titles[n],
            default=0,
            key=f"posts_{week.days[0].isoformat()}_{len(titles)}",
            label_visibility="collapsed",
            required=True,
        )
        at = picked if isinstance(picked, int) else 0
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
