"""Stretches of cover as a list: required, rostered, expected, present, the gap; each opens down to its people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts_coverage import STATES, state_of, state_title
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, sentences
from dashboard.reads import work_calendar
from dashboard.tables import label_column, number_column, table, text_column
from regulations.coverage import Interval, hours_text

STRETCH = "stretch"  # in the address: the stretch whose people are shown
_STATE_COLOURS = {"empty": "red", "short": "orange", "enough": "green", "unset": "gray"}
_STANDS = ("missing", "off_post", "away", "overtime", "stayed", "here")
_STAND_COLOURS = {
    "missing": "red",
    "off_post": "orange",
    "away": "blue",
    "overtime": "violet",
    "stayed": "violet",
    "here": "green",
}
People = Mapping[int, tuple[str, str]]
"""Name and staff number by the person's id."""


def stretch_row(team_id: int, team: str, day: str, one: Interval) -> dict[str, Any]:
    """One stretch as a row: what the table shows, and the stretch itself with its key."""
    state = state_of(one)
    return {
        "key": f"{team_id}.{int(one.ends_at.timestamp())}.{one.post}",  # the beginning moves on with the clock
        "state": [state_title(state)],
        "day": day,
        "time": hours_text(one.starts_at, one.ends_at, work_calendar().timezone),
        "team": team,
        "post": one.post or _("any post"),
        "required": one.required or None,
        "rostered": one.rostered,
        "expected": one.expected,
        "present": one.present,
        "gap": one.gap or None,
        "rank": min(STATES.index(state), STATES.index("enough")),  # what is well stands by its time
        "starts_at": one.starts_at,
        "stretch": one,
    }


def show_stretches(rows: list[dict[str, Any]], people: People, *, key: str) -> None:
    """The stretches, those that are short first; a click shows who is there and who is not."""
    frame = pd.DataFrame(rows).sort_values(["rank", "starts_at", "team", "post"], kind="stable")
    states = [state_title(state) for state in STATES]
    columns = {
        "state": label_column(_("State"), states, list(_STATE_COLOURS.values()), 120),
        "day": text_column(_("Day"), 110),
        "time": text_column(_("Time"), 110),
        "team": text_column(_("Team"), 120),
        "post": text_column(_("Post"), 80),
        "required": number_column(_("Required"), width=75),
        "rostered": number_column(_("Rostered"), width=75),
        "expected": number_column(_("Expected"), width=75),
        "present": number_column(_("Present or counted on"), width=95),
        "gap": number_column(_("Missing people"), width=85),
    }
    if frame["team"].nunique() < 2:
        del columns["team"]
    keys = list(frame["key"])
    table(
        frame.drop(columns=["stretch"]),
        columns,
        key=key,
        rows_seen=8,
        on_open=lambda at: st.query_params.update({STRETCH: keys[at]}),
    )
    st.caption(
        plain(
            _(
                "Expected: the roster with approved overtime, without approved leave. Present: who came, has not left and is"
                " at the post (or has somebody standing in), and whoever stayed on; of time ahead, who is still counted"
                " on. Click a row to see the people."
            )
        )
    )
    asked = st.query_params.get(STRETCH)
    for row in rows:
        if row["key"] == asked:
            _show_people(row, people, key)


def _show_people(row: dict[str, Any], people: People, key: str) -> None:
    """Everybody who has to do with a stretch, who is not there first."""
    one: Interval = row["stretch"]
    with st.container(border=True, key=f"{key}_people"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            title = " · ".join(str(row[part]) for part in ("team", "post", "day", "time"))
            st.markdown(f"**{plain(title)}**", width="stretch")
            st.button(_("Close"), icon=":material/close:", on_click=_close, key=f"{key}_close")
        st.markdown(plain(_counts(one)))
        if not one.everybody:
            st.caption(plain(_("Nobody is rostered at that time.")))
            return
        stands = {person: _stand(one, person) for person in one.everybody}
        lines = [
            {
                "stand": [stand_title(stand, one)],
                "person": people.get(person, (NOTHING, ""))[0],
                "number": people.get(person, ("", NOTHING))[1],
            }
            for person, stand in sorted(stands.items(), key=lambda item: (_STANDS.index(item[1]), item[0]))
        ]
        table(
            pd.DataFrame(lines),
            {
                "stand": label_column(
                    _("State"),
                    [stand_title(stand, one) for stand in _STANDS],
                    list(_STAND_COLOURS.values()),
                    140,
                ),
                "person": text_column(_("Person"), 140),
                "number": text_column(_("Staff number"), 110),
            },
            key=f"{key}_of_stretch",
            can_open=False,
            rows_seen=8,
        )


def _counts(one: Interval) -> str:
    """The four numbers and the gap in one sentence."""
    numbers = {
        "required": fmt_count(one.required),
        "rostered": fmt_count(one.rostered),
        "expected": fmt_count(one.expected),
        "present": fmt_count(one.present),
    }
    if one.when == "ahead":
        said = _(
            "{required} required, {rostered} rostered, {expected} expected, {present} counted on.", **numbers
        )
    else:
        said = _(
            "{required} required, {rostered} rostered, {expected} expected, {present} present.", **numbers
        )
    gap = _("{n} short.", n=fmt_count(one.gap)) if one.gap else ""
    return sentences(said, gap)


def _stand(one: Interval, person: int) -> str:
    for stand, those in (
        ("missing", one.missing),
        ("off_post", one.off_post),
        ("away", one.away),
        ("overtime", one.overtime),
        ("stayed", one.stayed),
    ):
        if person in those:
            return stand
    return "here"


def stand_title(stand: str, one: Interval) -> str:
    """How somebody stands to a stretch, with its sign."""
    return {
        "missing": f"▲ {_('Not there')}",
        "off_post": f"◇ {_('Off the post')}",
        "away": f"‖ {_('On leave')}",
        "overtime": f"+ {_('On overtime')}",
        "stayed": f"→ {_('Stayed on')}",
        "here": f"○ {_('Expected')}" if one.when == "ahead" else f"✓ {_('Here')}",
    }[stand]


def _close() -> None:
    st.query_params.pop(STRETCH, None)
