"""What the leave of several people together leaves of the posts: each may be fine alone, and all of them too many."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from dashboard.formats import fmt_count, fmt_date, plain
from dashboard.i18n import _, listed
from dashboard.reads import now, open_session, rulebook, work_calendar
from db import coverage, requests
from db.coverage import TeamCoverage
from db.models import Leave
from regulations.access import Scope
from regulations.coverage import Absence, Interval, hours_text

MOST_LINES = 8


def short_lines(scope: Scope, keys: Iterable[str]) -> list[str]:
    """The stretches short of people or empty while all of this leave is taken: day, post, time, how many, who is away.

    Markdown, by day, then the emptiest first. Other kinds of requests take nobody away; leave that is over, and what
    the viewer does not see, is left out.
    """
    if not scope.may("roster.view"):
        return []
    at = now()
    away: list[Absence] = []
    names: dict[int, str] = {}
    with open_session() as session:
        for key in keys:
            kind, _dash, number = key.partition("-")
            if kind != "leave":
                continue
            try:
                row = requests.get_request(session, scope, kind, int(number))
            except LookupError:
                continue
            if isinstance(row, Leave) and row.ends_at > at and scope.sees_team(row.agent.team_id):
                away.append(Absence(row.agent_id, row.starts_at, row.ends_at))
                names[row.agent_id] = row.agent.name
        found = coverage.coverage_without_all(session, scope, away, rulebook(), at)
    return [_line(day, part, names) for day in found for part in day.gaps if part.ends_at > at]


def _line(day: TeamCoverage, part: Interval, names: dict[int, str]) -> str:
    hours = hours_text(part.starts_at, part.ends_at, work_calendar().timezone)
    where = f"{fmt_date(day.on)} {part.post or _('any post')} {hours}"
    people = listed(names[person] for person in part.away if person in names)
    if part.required:
        said = _("{n} of {m} left", n=fmt_count(part.present), m=fmt_count(part.required))
    else:
        said = _("nobody left")
    return plain(_("{where}: {said} (away: {people})", where=where, said=said, people=people))


def show_short(lines: list[str]) -> None:
    """What would be short; nothing where nothing is."""
    if not lines:
        return
    st.markdown(f":red[:material/warning: **{plain(_('Approved together, posts are short of people'))}**]")
    st.markdown("\n".join(short_list(lines)))


def short_list(lines: list[str]) -> list[str]:
    """The lines as a list in Markdown, the first few and how many more."""
    shown = [f"- {line}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"- {plain(_('and {n} others', n=fmt_count(len(lines) - MOST_LINES)))}")
    return shown
