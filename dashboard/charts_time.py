"""Charts along the time: a case with its deadlines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts import (
    AMBER,
    BLUE,
    FONT_SIZE,
    GREEN,
    GREY,
    INK,
    SKY,
    VERMILION,
    Shown,
    finished,
)
from dashboard.i18n import _, listed

STATE_COLOURS = {
    "breached": VERMILION,
    "due_soon": AMBER,
    "on_track": BLUE,
    "met": GREEN,
    "on_hold": GREY,
    "off": GREY,
}
STATE_SYMBOLS = {"breached": "▲", "due_soon": "!", "on_track": "●", "met": "✓", "on_hold": "‖", "off": "–"}

_ROW, _NARROW_ROW, _MANY_LANES = 40, 26, 10  # pixels; sixteen lanes still fit on a screen
_LANE_LABEL = 420  # a clock's name with its department's


def case_timeline(clocks: pd.DataFrame, events: pd.DataFrame, now: pd.Timestamp) -> Shown:
    """A case along the time: one lane for what happened, one for each lane of clocks, in the order given.

    clocks: lane, started, due, end (met or now), state, met (may be empty), limit, due_text, met_text; rounds
    of one clock may share a lane. events: at, label, text. Times are local and carry no zone.
    """
    lanes = [_("Events"), *dict.fromkeys(clocks["lane"])]
    row = _ROW if len(lanes) <= _MANY_LANES else _NARROW_ROW
    # All labels are drawn: a lane that has no name is a deadline that nobody can look up.
    y = alt.Y(
        "lane:N",
        title=None,
        sort=lanes,
        scale=alt.Scale(domain=lanes),
        axis=alt.Axis(labelLimit=_LANE_LABEL, labelOverlap=False),
    )
    x_axis = alt.Axis(
        title=None, format="%m-%d %H:%M", labelOverlap=True, labelAngle=0, tickCount=7, grid=True
    )
    spans = _spans(clocks)
    phases = [_("Within the limit"), _("Past the limit"), _("Still running")]
    bars = (
        alt.Chart(spans)
        .mark_bar(height={"band": 0.42}, cornerRadius=2)
        .encode(
            y=y,
            x=alt.X("start:T", axis=x_axis),
            x2="end:T",
            color=alt.Color(
                "phase:N",
                title=None,
                scale=alt.Scale(domain=phases, range=[GREEN, VERMILION, SKY]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("lane:N", title=_("Clock")),
                alt.Tooltip("phase:N", title=_("State")),
                alt.Tooltip("due_text:N", title=_("Due")),
                alt.Tooltip("met_text:N", title=_("Met")),
                alt.Tooltip("limit:N", title=_("Limit")),
            ],
        )
    )
    due = (
        alt.Chart(clocks)
        .mark_tick(thickness=3, height=row * 0.65, color=INK)
        .encode(
            y=y,
            x="due:T",
            tooltip=[alt.Tooltip("lane:N", title=_("Clock")), alt.Tooltip("due_text:N", title=_("Due"))],
        )
    )
    met = (
        alt.Chart(clocks.dropna(subset=["met"]))
        .mark_point(shape="diamond", filled=True, size=row * 2.75, color=INK, opacity=1)
        .encode(
            y=y,
            x="met:T",
            tooltip=[alt.Tooltip("lane:N", title=_("Clock")), alt.Tooltip("met_text:N", title=_("Met"))],
        )
    )
    happened = events.assign(lane=_("Events"))
    points = (
        alt.Chart(happened)
        .mark_point(shape="circle", filled=True, size=90, color=BLUE, opacity=1)
        .encode(
            y=y,
            x="at:T",
            tooltip=[alt.Tooltip("label:N", title=_("Event")), alt.Tooltip("text:N", title=_("When"))],
        )
    )
    moment = alt.Chart(pd.DataFrame({"now": [now], "label": [_("Now")]}))
    layers = [bars, due, met, points]
    if _is_open(clocks):
        layers += [
            moment.mark_rule(strokeDash=[4, 3], color=GREY).encode(x="now:T"),
            moment.mark_text(align="left", dx=4, baseline="top", fontSize=FONT_SIZE - 1, color=INK).encode(
                x="now:T", y=alt.value(0), text="label:N"
            ),
        ]
    return finished(alt.layer(*layers), len(lanes) * row + 60), _timeline_sentence(clocks)


def _spans(clocks: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for row in clocks.to_dict("records"):
        shared = {key: row[key] for key in ("lane", "due_text", "met_text", "limit")}
        is_running = pd.isna(row["met"])
        in_time_until = min(row["end"], row["due"])
        rows.append(
            {
                **shared,
                "start": row["started"],
                "end": row["due"] if is_running else in_time_until,
                "phase": _("Still running")
                if is_running and row["end"] <= row["due"]
                else _("Within the limit"),
            }
        )
        if row["end"] > row["due"]:
            rows.append({**shared, "start": row["due"], "end": row["end"], "phase": _("Past the limit")})
    columns = ["lane", "due_text", "met_text", "limit", "start", "end", "phase"]
    return pd.DataFrame(rows, columns=columns)


def _is_open(clocks: pd.DataFrame) -> bool:
    return bool(clocks["met"].isna().any())


def _timeline_sentence(clocks: pd.DataFrame) -> str:
    late = [row for row in clocks.to_dict("records") if row["state"] == "breached"]
    if not late:
        return _(
            "No deadline of this case has been missed. Ticks are deadlines, diamonds when they were met."
        )
    return _(
        "{n} of {m} deadlines missed: {names}. Ticks are deadlines, diamonds when they were met.",
        n=len(late),
        m=len(clocks),
        names=listed(dict.fromkeys(str(row["lane"]) for row in late)),
    )
