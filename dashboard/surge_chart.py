"""A surge against what is usual, window by window: a frame in, a chart and the sentence that says what it shows out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import BLUE, FONT_SIZE, GREY, INK, VERMILION, Shown, finished
from dashboard.formats import fmt_count
from dashboard.i18n import _, sentences

PALE = "#C9CDD3"  # behind bars, legible on the light and on the dark ground


def against_usual(frame: pd.DataFrame) -> Shown:
    """Complaints per window as bars, the usual range as a grey band behind them, its mean as a tick.

    Columns: label (the window's end), span (from and to), count, usual and most (empty where the history is too
    short), is_peak.
    """
    busy, calm, range_, mean = _("Fullest window"), _("Other windows"), _("Usual range"), _("Usual mean")
    data = frame.assign(
        what=[busy if peak else calm for peak in frame["is_peak"]],
        range=range_,
        mean=mean,
        written=[fmt_count(count) for count in frame["count"]],
        usually=[_usual(row) for row in frame.to_dict("records")],
    )
    x = alt.X(
        "label:O", sort=None, title=_("Window ending at"), axis=alt.Axis(labelAngle=0, labelOverlap=True)
    )
    top = max([1.0, *frame["count"].astype(float), *frame["most"].dropna().astype(float)])
    scale = alt.Scale(domain=[0, top * 1.12], nice=False)
    colour_scale = alt.Scale(domain=[busy, calm, range_, mean], range=[VERMILION, BLUE, PALE, INK])
    colours = alt.Color(
        "what:N", title=None, scale=colour_scale, legend=alt.Legend(orient="top", symbolOpacity=1)
    )
    tooltip = [
        alt.Tooltip("span:N", title=_("Window")),
        alt.Tooltip("count:Q", title=_("Cases"), format="d"),
        alt.Tooltip("usually:N", title=_("Usual")),
    ]
    base = alt.Chart(data)
    known = base.transform_filter("isValid(datum.most)")
    y = alt.Y("count:Q", title=_("Cases"), scale=scale, axis=alt.Axis(tickMinStep=1, format="d", tickCount=6))
    layers = [
        known.mark_bar(width={"band": 0.9}, opacity=0.55).encode(
            x=x,
            y=alt.Y("most:Q", scale=scale),
            color=alt.Color("range:N", scale=colour_scale),
            tooltip=tooltip,
        ),
        base.mark_bar(width={"band": 0.5}, cornerRadiusEnd=3).encode(
            x=x, y=y, color=colours, tooltip=tooltip
        ),
        known.mark_tick(width={"band": 0.9}, thickness=2, color=INK).encode(
            x=x,
            y=alt.Y("usual:Q", scale=scale),
            color=alt.Color("mean:N", scale=colour_scale),
            tooltip=tooltip,
        ),
        base.transform_filter("datum.count > 0")
        .mark_text(dy=-9, fontSize=FONT_SIZE, color=GREY)
        .encode(x=x, y=alt.Y("count:Q", scale=scale), text="written:N"),
    ]
    return finished(alt.layer(*layers), 280), usual_sentence(frame)


def _usual(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["most"]):
        return _("not known")
    return _("{mean} on average, {most} at most", mean=fmt_count(row["usual"]), most=fmt_count(row["most"]))


def usual_sentence(frame: pd.DataFrame) -> str:
    """The fullest window against the same hours of the weeks before."""
    if frame.empty or not frame["is_peak"].any():
        return _("There are none.")
    peak = frame[frame["is_peak"]].iloc[0]
    text = _(
        "{count} complaints in the fullest window ({span}).",
        count=fmt_count(peak["count"]),
        span=peak["span"],
    )
    if pd.isna(peak["most"]):
        return text
    usual = _(
        "In the same hours of the weeks before there were {mean} on average and {most} at most.",
        mean=fmt_count(peak["usual"]),
        most=fmt_count(peak["most"]),
    )
    return sentences(text, usual)
