"""How many people a post has at each time of every day of a week, against how many it needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import altair as alt
import pandas as pd

from dashboard.charts import AMBER, FONT_SIZE, GREEN, SKY, VERMILION, Shown, finished
from dashboard.i18n import _, sentences
from regulations.coverage import Interval, gap_minutes, gaps, hours_text

STATES = ("empty", "short", "enough", "unset")
SIGNS = {"empty": "▲", "short": "!", "enough": "✓", "unset": ""}
_COLOURS = {"empty": VERMILION, "short": AMBER, "enough": GREEN, "unset": SKY}
_ROW, _HOURS = 40, 24
_NARROW = 1.6  # hours; a shorter bar has no room for its words
_NARROW_GAP = (
    0.9  # hours; a gap this long has room for its count in small letters, a shorter one for its sign
)
_HOUR = 3600

Days = Sequence[tuple[str, Sequence[Interval]]]
"""The title of a day and the stretches of one post on it."""


def state_of(interval: Interval) -> str:
    """empty, short, enough, or unset when nobody said how many are needed."""
    if interval.is_empty:
        return "empty"
    if interval.gap:
        return "short"
    return "enough" if interval.required else "unset"


def state_title(state: str) -> str:
    """What a state is called."""
    return {
        "empty": _("Nobody there"),
        "short": _("Too few"),
        "enough": _("Enough"),
        "unset": _("No number set"),
    }[state]


def coverage_strip(days: Days, zone: tzinfo) -> Shown:
    """One lane a day from 0 to 24 o'clock; each stretch with its count, "2/3" for two of three needed."""
    rows = [_row(title, interval, zone) for title, intervals in days for interval in intervals]
    columns = [
        "day",
        "start",
        "end",
        "middle",
        "state",
        "label",
        "hours",
        "required",
        "expected",
        "present",
        "gap",
        "rostered",
        "is_worded",
    ]
    data = pd.DataFrame(rows, columns=columns)
    titles = [title for title, _intervals in days]
    states = [state_title(state) for state in STATES]
    y = alt.Y(
        "day:N", title=None, sort=titles, scale=alt.Scale(domain=titles), axis=alt.Axis(labelLimit=240, labelOverlap=False)
    )  # fmt: skip
    x = alt.X(
        "start:Q",
        title=None,
        scale=alt.Scale(domain=[0, _HOURS], nice=False),
        axis=alt.Axis(values=list(range(0, _HOURS + 1, 2)), labelExpr="datum.value + ':00'", grid=True),
    )
    bars = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.72}, cornerRadius=2, stroke="white", strokeWidth=1)
        .encode(
            y=y,
            x=x,
            x2="end:Q",
            color=alt.Color(
                "state:N",
                title=None,
                scale=alt.Scale(domain=states, range=[_COLOURS[state] for state in STATES]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("day:N", title=_("Day")),
                alt.Tooltip("hours:N", title=_("Time")),
                alt.Tooltip("state:N", title=_("State")),
                alt.Tooltip("required:Q", title=_("Required")),
                alt.Tooltip("rostered:Q", title=_("Rostered")),
                alt.Tooltip("expected:Q", title=_("Expected")),
                alt.Tooltip("present:Q", title=_("Present")),
                alt.Tooltip("gap:Q", title=_("Missing people")),
            ],
        )
    )
    words = (
        alt.Chart(data)
        .transform_filter("datum.is_worded")
        .mark_text(fontSize=FONT_SIZE, fontWeight="bold", color="#1B1E23")
        .encode(y=y, x="middle:Q", text="label:N")
    )
    return finished(alt.layer(bars, words), _ROW * max(1, len(titles)) + 30), coverage_sentence(days, zone)


def coverage_sentence(days: Days, zone: tzinfo) -> str:
    """What the strip says: the worst stretch, how many more there are, and how many person-hours are missing."""
    found = [(title, one) for title, intervals in days for one in gaps(intervals)]
    everything = [one for _title, intervals in days for one in intervals]
    if not everything:
        return _("Nobody is rostered in this week.")
    if not found:
        if any(one.required for one in everything):
            return _("Every stretch of the week has the people it needs.")
        return _("Nobody has said how many people are needed; set it below to see gaps.")
    title, worst = min(found, key=lambda one: (not one[1].is_empty, -one[1].gap, one[1].starts_at))
    day = title.partition(" · ")[0]  # without "today"
    when = f"{day} {hours_text(worst.starts_at, worst.ends_at, zone)}"
    if worst.is_empty:
        first = _("Nobody is there on {when}, {n} needed.", when=when, n=max(1, worst.required))
    else:
        first = _("On {when} {gap} of {n} people are missing.", when=when, gap=worst.gap, n=worst.required)
    hours = round(gap_minutes(everything) / 60, 1)
    if len(found) == 1:
        second = _("It is the only one, {hours} person-hours missing.", hours=f"{hours:g}")
    else:
        second = _("{n} stretches in all, {hours} person-hours missing.", n=len(found), hours=f"{hours:g}")
    return sentences(first, second)


def _row(title: str, interval: Interval, zone: tzinfo) -> dict[str, object]:
    start = _hour(interval.starts_at, zone)
    end = start + (interval.ends_at - interval.starts_at).total_seconds() / _HOUR
    state = state_of(interval)
    count = f"{interval.present}/{interval.required}" if interval.required else str(interval.present)
    return {
        "day": title,
        "start": start,
        "end": end,
        "middle": (start + end) / 2,
        "state": state_title(state),
        "label": _label(state, count, end - start),
        "hours": hours_text(interval.starts_at, interval.ends_at, zone),
        "required": interval.required,
        "expected": interval.expected,
        "present": interval.present,
        "gap": interval.gap,
        "rostered": interval.rostered,
        "is_worded": end - start >= _NARROW or state in ("empty", "short"),
    }


def _label(state: str, count: str, hours: float) -> str:
    """What stands in a bar. A gap is never told by colour alone, however short it is."""
    if state in ("empty", "short") and hours < _NARROW_GAP:
        return SIGNS[state]
    return f"{SIGNS[state]}{count}"


def _hour(at: datetime, zone: tzinfo) -> float:
    local = at.astimezone(zone)
    return local.hour + local.minute / 60 + local.second / _HOUR
