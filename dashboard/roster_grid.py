"""The grid of a week on the page: every cell opens its person's day."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.charts_roster import week_chart
from dashboard.components import empty, section
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import today, work_calendar
from dashboard.roster_actions import open_cell
from dashboard.roster_week import ShownWeek, weekday_name

MOST_PEOPLE = 30  # at once; the others are one choice away
_OPENED = "roster_grid_opened"  # how many cells were opened: a new chart has no selection left over


def show_grid(week: ShownWeek) -> None:
    """The week with its marks; a click on a day of a person opens it."""
    section(_("Who works when"), _("Click a day of a person to open it."))
    if week.grid.empty:
        empty(
            _("There is nobody to roster"),
            _("Import the people of your teams first, or choose another team."),
            "person_off",
        )
        return
    people = list(dict.fromkeys(week.grid["label"]))
    if len(people) > MOST_PEOPLE:
        starts = range(0, len(people), MOST_PEOPLE)
        first = st.selectbox(
            _("People shown"),
            list(starts),
            format_func=lambda n: f"{people[n]} – {people[min(n + MOST_PEOPLE, len(people)) - 1]}",
            key="roster_people",
            width=320,
        )
        people = people[first : first + MOST_PEOPLE]
    frame = week.grid[week.grid["label"].isin(people)]
    chart, sentence = week_chart(frame, people, [(day.isoformat(), _heading(day)) for day in week.days])
    st.altair_chart(
        chart, width="stretch", alt=sentence, key=_key(), on_select=_clicked, selection_mode="cell"
    )
    st.caption(plain(sentence))


def _heading(day: date) -> list[str]:
    """The two lines over a day."""
    extra = work_calendar().holiday_name(day, lang())
    parts = [f"{day:%m-%d}", f"★{extra}" if extra else "", _("today") if day == today() else ""]
    return [weekday_name(day), " ".join(part for part in parts if part)]


def _key() -> str:
    return f"roster_grid_{st.session_state.get(_OPENED, 0)}"


def _clicked() -> None:
    cells = st.session_state[_key()]["selection"].get("cell") or []
    if not cells or not isinstance(cells[0], dict):
        return
    who, day = str(cells[0].get("who", "")), str(cells[0].get("day", ""))
    if who.isdecimal():
        st.session_state[_OPENED] = st.session_state.get(_OPENED, 0) + 1
        open_cell(int(who), date.fromisoformat(day))
