"""How times are spread: the share done within so many hours, with its limit; never only an average."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts import AMBER, BLUE, FONT_SIZE, GREY, INK, Shown, finished
from dashboard.formats import fmt_count, fmt_duration, fmt_rate
from dashboard.i18n import _, sentences

_HOUR = 3600
_MARKED = (50, 90)
_HEIGHT = 300
_MOST_POINTS = 400  # more steps than that are not told apart on a screen


def share_done(
    hours: Sequence[float],
    percentiles: Sequence[tuple[int, float]],
    still_open: Sequence[float],
    allowed: tuple[float, float] | None = None,
    in_time: int | None = None,
) -> Shown:
    """The share of the finished cases that was done within x hours, as a stair, P50 and P90 marked on it.

    `hours` are those of the finished cases, `still_open` the ages of the others (in no share, told in the
    sentence), `allowed` the shortest and the longest time that the limit left (it may differ with the hour and the
    day of receipt): a band on the chart. `in_time`: how many of the finished kept the limit of their own.
    """
    done = sorted(hours)
    if not done:
        return finished(alt.layer(alt.Chart(pd.DataFrame({"hours": []})).mark_point()), 60), _open_sentence(
            still_open
        )
    axis = _unit(max(done[int(0.98 * (len(done) - 1))], allowed[1] if allowed else 0.0))
    longest = max(done[-1], allowed[1] if allowed else 0.0)
    shown_to = min(longest, 4 * max(done[int(0.9 * (len(done) - 1))], allowed[1] if allowed else 0.0)) * 1.05
    stair = _stair(done).assign(x=lambda f: f["hours"] / axis[1])
    x = alt.X("x:Q", title=axis[0], scale=alt.Scale(domain=[0, max(shown_to, 0.1) / axis[1]], clamp=True))
    y = alt.Y(
        "share:Q", title=_("Done, %"), scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(values=[0, 25, 50, 75, 90, 100])
    )  # fmt: skip
    tooltips = [
        alt.Tooltip("share:Q", title=_("Done, %"), format=".0f"),
        alt.Tooltip("text:N", title=_("Within")),
    ]
    layers: list[alt.Chart] = []
    if allowed is not None:
        layers += _limit(allowed, axis[1])
    layers.append(
        alt.Chart(stair)
        .mark_line(color=BLUE, strokeWidth=2.5, interpolate="step-after")
        .encode(x=x, y=y, tooltip=tooltips)
    )
    marks = pd.DataFrame(
        [
            {"x": value / axis[1], "share": percent, "label": f"P{percent}: {fmt_duration(value * _HOUR)}"}
            for percent, value in percentiles
            if percent in _MARKED
        ]
    )
    dots = alt.Chart(marks).encode(x="x:Q", y="share:Q")
    layers += [
        dots.mark_point(filled=True, size=90, color=BLUE, opacity=1, shape="diamond"),
        dots.mark_text(align="left", dx=10, dy=10, fontSize=FONT_SIZE, color=INK).encode(text="label:N"),
    ]
    return finished(alt.layer(*layers), _HEIGHT), spread_sentence(done, percentiles, still_open, in_time)


def _unit(longest: float) -> tuple[str, float]:
    """The unit of the axis and how many hours it has."""
    if longest <= 3:
        return _("Minutes"), 1 / 60
    return (_("Hours"), 1.0) if longest <= 96 else (_("Days"), 24.0)


def _stair(done: Sequence[float]) -> pd.DataFrame:
    size = len(done)
    every = max(1, size // _MOST_POINTS)
    places = sorted({*range(0, size, every), size - 1})
    rows = [{"hours": 0.0, "share": 0.0, "text": fmt_duration(0)}]
    rows += [
        {"hours": done[n], "share": 100 * (n + 1) / size, "text": fmt_duration(done[n] * _HOUR)}
        for n in places
    ]
    return pd.DataFrame(rows)


def _limit(allowed: tuple[float, float], unit: float) -> list[alt.Chart]:
    """Where the limit ran out: a line, or a band where it left some cases longer than others."""
    text = _("Limit")
    data = pd.DataFrame([{"x": allowed[0] / unit, "to": allowed[1] / unit, "label": text}])
    base = alt.Chart(data)
    band = (
        base.mark_rect(color=AMBER, opacity=0.22)
        if allowed[1] > allowed[0]
        else base.mark_rule(color=AMBER, strokeWidth=2, strokeDash=[5, 4])
    )
    drawn = band.encode(x="x:Q", x2="to:Q") if allowed[1] > allowed[0] else band.encode(x="x:Q")
    words = base.mark_text(
        align="left", baseline="top", dx=4, dy=4, fontSize=FONT_SIZE - 1, color=GREY
    ).encode(x="x:Q", y=alt.value(_HEIGHT // 2), text="label:N")
    return [drawn, words]


def spread_sentence(
    done: Sequence[float],
    percentiles: Sequence[tuple[int, float]],
    still_open: Sequence[float],
    in_time: int | None,
) -> str:
    """Half, nine tenths and the longest in words, how many were within their limit, and what is still open."""
    marks = dict(percentiles)
    parts = [
        _(
            "Half were done within {half}, nine in ten within {most}; the longest took {longest}.",
            half=fmt_duration(marks[50] * _HOUR),
            most=fmt_duration(marks[90] * _HOUR),
            longest=fmt_duration(done[-1] * _HOUR),
        )
    ]
    if in_time is not None:
        share = fmt_rate(100 * in_time / len(done))
        parts.append(_("{share} of the finished were within their limit.", share=share))
    return sentences(*parts, _open_sentence(still_open) if still_open else "")


def _open_sentence(still_open: Sequence[float]) -> str:
    if not still_open:
        return _("There are none.")
    return _(
        "{n} are still open and in no percentile, the oldest for {age}.",
        n=fmt_count(len(still_open)),
        age=fmt_duration(max(still_open) * _HOUR),
    )
