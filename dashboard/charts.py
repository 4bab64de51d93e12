"""Charts as pure builders: a frame in, a chart and the sentence that says what it shows out.

Colours are Okabe and Ito's, told apart with every common kind of colour blindness; a colour never
stands alone, there is always a label, a shape or a symbol beside it.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.formats import fmt_count, fmt_rate
from dashboard.i18n import _, sentences

Chart = alt.Chart | alt.LayerChart
Shown = tuple[Chart, str]

BLUE, VERMILION, GREEN, AMBER, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#8A8F98"
INK = "#8A8F98"  # labels on marks: legible on the light and on the dark ground
FONT_SIZE = 13
LABEL_LIMIT = 260
ROW_HEIGHT = 30


def rate_trend(frame: pd.DataFrame, target: float | None = None, unit: str = "%") -> Shown:
    """A rate month by month. Columns: month, numerator, denominator, value (may be empty).

    The target is a dashed line with its value written on it.
    """
    data = frame.dropna(subset=["value"]).assign(label=lambda f: [_written(v, unit) for v in f["value"]])
    data["named"] = _worth_naming(data["value"])
    low = min([*data["value"].tolist(), target if target is not None else 100.0], default=0.0)
    floor = 0 if unit != "%" or low < 50 else max(0, 10 * int((low - 8) // 10))
    scale = alt.Scale(domain=[floor, 103]) if unit == "%" else alt.Scale(zero=True)
    base = alt.Chart(data).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y(
            "value:Q", title=_("Percent") if unit == "%" else unit, scale=scale, axis=alt.Axis(tickCount=5)
        ),
        tooltip=[
            alt.Tooltip("month:O", title=_("Month")),
            alt.Tooltip("label:N", title=_("Value")),
            alt.Tooltip("numerator:Q", title=_("Counted"), format=",.0f"),
            alt.Tooltip("denominator:Q", title=_("Out of"), format=",.0f"),
        ],
    )
    layers: list[Any] = [
        base.mark_line(color=BLUE, strokeWidth=2.5),
        base.mark_point(color=BLUE, filled=True, size=70, opacity=1),
        base.transform_filter("datum.named == 'above'")
        .mark_text(dy=-14, fontSize=FONT_SIZE, color=INK)
        .encode(text="label:N"),
        base.transform_filter("datum.named == 'below'")
        .mark_text(dy=16, fontSize=FONT_SIZE, color=INK)
        .encode(text="label:N"),
    ]
    if target is not None:
        layers += _target_line(target, unit, is_vertical=False)
    return _finished(alt.layer(*layers), 260), trend_sentence(data, target, unit)


def _worth_naming(values: pd.Series[float]) -> list[str]:
    """Where a point's label stands: the first, last and highest above, the lowest below, the others
    nowhere, because more labels would run into each other.
    """
    named = [""] * len(values)
    if len(values):
        last, lowest, highest = len(values) - 1, int(values.argmin()), int(values.argmax())
        named[last] = "above"
        for index, place in ((lowest, "below"), (highest, "above"), (0, "above")):
            if not any(named[max(0, index - 1) : index + 2]):
                named[index] = place
        if lowest == last and last > 0:
            named[last] = "below"
    return named


def trend_sentence(data: pd.DataFrame, target: float | None, unit: str = "%") -> str:
    """The last month, its change on the one before, and how many months reached the target."""
    if data.empty:
        return _("There is nothing to compare yet.")
    last = data.iloc[-1]
    parts = [_("{month}: {value}.", month=last["month"], value=_written(last["value"], unit))]
    if len(data) > 1:
        change = round(float(last["value"]) - float(data.iloc[-2]["value"]), 1)
        size = fmt_count(abs(change))
        if change == 0:
            parts.append(_("As in the month before."))
        elif change > 0:
            parts.append(_("{n} higher than the month before.", n=size))
        else:
            parts.append(_("{n} lower than the month before.", n=size))
    if target is not None:
        reached = int((data["value"] >= target).sum())
        goal = _written(target, unit)
        parts.append(_("Target {target} reached in {n} of {m} months.", target=goal, n=reached, m=len(data)))
    return sentences(*parts)


def group_rates(frame: pd.DataFrame, target: float | None = None) -> Shown:
    """Rates side by side as bars. Columns: name, numerator, denominator, value (percent, may be empty).

    Every bar carries its value and what it was divided by; below the target it is marked and coloured.
    """
    data = frame.assign(
        value=frame["value"].astype(float).fillna(0.0),
        is_short=[v is not None and target is not None and v < target for v in _values(frame)],
        label=[
            _("none due")
            if not row.denominator
            else f"{fmt_rate(row.value)}  ({fmt_count(row.numerator)}/{fmt_count(row.denominator)})"
            for row in frame.itertuples()
        ],
    )
    data["verdict"] = [_("Below target") if short else _("On target") for short in data["is_short"]]
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False)),
        x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 132])),
        tooltip=[
            alt.Tooltip("name:N", title=_("Group")),
            alt.Tooltip("label:N", title=_("Value")),
            alt.Tooltip("verdict:N", title=_("Target")),
        ],
    )
    bars = base.mark_bar(height={"band": 0.62}, cornerRadiusEnd=3).encode(
        color=alt.condition("datum.is_short", alt.value(VERMILION), alt.value(BLUE))
    )
    words = base.mark_text(align="left", dx=6, fontSize=FONT_SIZE, color=INK).encode(text="label:N")
    layers: list[Any] = [bars, words]
    if target is not None:
        layers += _target_line(target, "%", is_vertical=True)
    return _finished(alt.layer(*layers), _height(len(data))), group_sentence(frame, target)


def group_sentence(frame: pd.DataFrame, target: float | None) -> str:
    """Which group is worst, and how many are below the target."""
    counted = frame[frame["denominator"] > 0]
    if counted.empty:
        return _("Nothing fell due in this period.")
    worst = counted.sort_values("value").iloc[0]
    parts = [_("Lowest: {name} with {value}.", name=worst["name"], value=fmt_rate(float(worst["value"])))]
    if target is not None:
        below = int((counted["value"] < target).sum())
        goal = fmt_rate(target)
        parts.append(_("{n} of {m} below the target of {target}.", n=below, m=len(counted), target=goal))
    return sentences(*parts)


def stacked_counts(frame: pd.DataFrame, colours: dict[str, str]) -> Shown:
    """Counts by group and state as stacked bars. Columns: group, state, count.

    `colours` gives each state its colour, in the order of stacking.
    """
    states = [state for state in colours if state in set(frame["state"])]
    order = {state: index for index, state in enumerate(states)}
    groups = list(dict.fromkeys(frame["group"]))
    data = frame[frame["count"] > 0].assign(order=lambda f: f["state"].map(order))
    totals = frame.groupby("group", sort=False, as_index=False)["count"].sum()
    y = alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False))
    bars = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.62})
        .encode(
            y=y,
            x=alt.X("count:Q", title=_("Cases"), axis=alt.Axis(tickMinStep=1, format="d", tickCount=6)),
            color=alt.Color(
                "state:N",
                title=None,
                scale=alt.Scale(domain=states, range=[colours[s] for s in states]),
                legend=alt.Legend(orient="top", labelLimit=LABEL_LIMIT),
            ),
            order="order:Q",
            tooltip=[
                alt.Tooltip("group:N", title=_("Group")),
                alt.Tooltip("state:N", title=_("State")),
                alt.Tooltip("count:Q", title=_("Cases"), format="d"),
            ],
        )
    )
    inside = (
        alt.Chart(data)
        .mark_text(fontSize=FONT_SIZE - 1, color="white", fontWeight="bold")
        .encode(
            y=y,
            x=alt.X("count:Q", stack="zero", bandPosition=0.5),
            order="order:Q",
            detail="state:N",
            text="count:Q",
        )
    )
    total = int(totals["count"].sum())
    if not total:
        return _finished(alt.layer(bars, inside), _height(len(groups)) + 90), _("There are none.")
    first = states[0]
    sentence = _(
        "{total} in all, {n} of them {state}.",
        total=fmt_count(total),
        n=fmt_count(int(frame.loc[frame["state"] == first, "count"].sum())),
        state=first,
    )
    return _finished(alt.layer(bars, inside), _height(len(groups)) + 90), sentence


def pareto(frame: pd.DataFrame, most: int = 8) -> Shown:
    """What there is most of, largest first, with the running share. Columns: name, count."""
    data = frame.sort_values(["count", "name"], ascending=[False, True]).reset_index(drop=True)
    total = float(data["count"].sum())
    data["running"] = data["count"].cumsum() / total * 100 if total else 0.0
    shown = data.head(most).copy()
    shown["label"] = [
        _("{n} · {share} running", n=fmt_count(row.count_), share=fmt_rate(row.running, 0))
        for row in shown.rename(columns={"count": "count_"}).itertuples()
    ]
    top = float(shown["count"].max()) if len(shown) else 1.0
    base = alt.Chart(shown).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False)),
        x=alt.X("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.55])),
        tooltip=[
            alt.Tooltip("name:N", title=_("Group")),
            alt.Tooltip("count:Q", title=_("Cases"), format="d"),
            alt.Tooltip("running:Q", title=_("Running share, %"), format=".0f"),
        ],
    )
    chart = alt.layer(
        base.mark_bar(color=BLUE, height={"band": 0.62}, cornerRadiusEnd=3),
        base.mark_text(align="left", dx=6, fontSize=FONT_SIZE, color=INK).encode(text="label:N"),
    )
    if not total:
        return _finished(chart, _height(1)), _("There are none.")
    enough = int((data["running"] < 80).sum()) + 1
    sentence = _(
        "{n} of {m} make up four fifths of the {total} cases; most: {name}.",
        n=enough,
        m=len(data),
        total=fmt_count(total),
        name=data.iloc[0]["name"],
    )
    return _finished(chart, _height(len(shown))), sentence


def steps_of_rate(frame: pd.DataFrame) -> Shown:
    """From what was due to what was achieved. Columns: name, count, base_name, base (its denominator)."""
    data = frame.assign(
        label=[
            fmt_count(row.count_)
            if not row.base_name
            else _(
                "{n} · {share} of {base}",
                n=fmt_count(row.count_),
                share=_share(row.count_, row.base),
                base=row.base_name,
            )
            for row in frame.rename(columns={"count": "count_"}).itertuples()
        ]
    )
    top = float(data["count"].max()) if len(data) else 1.0
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False)),
        x=alt.X("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, max(top, 1.0) * 1.6])),
        tooltip=[alt.Tooltip("name:N", title=_("Step")), alt.Tooltip("label:N", title=_("Value"))],
    )
    chart = alt.layer(
        base.mark_bar(color=BLUE, height={"band": 0.62}, cornerRadiusEnd=3),
        base.mark_text(align="left", dx=6, fontSize=FONT_SIZE, color=INK).encode(text="label:N"),
    )
    first, last = data.iloc[0], data.iloc[-1]
    sentence = _(
        "{n} {first}; {m} {last}.",
        n=fmt_count(first["count"]),
        first=first["name"],
        m=fmt_count(last["count"]),
        last=last["name"],
    )
    return _finished(chart, _height(len(data))), sentence


def _share(count: float, base: float) -> str:
    return fmt_rate(100 * count / base) if base else "—"


def _values(frame: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in frame["value"]]


def _written(value: float, unit: str) -> str:
    return fmt_rate(float(value)) if unit == "%" else f"{fmt_count(round(float(value), 1))} {unit}".strip()


def _target_line(target: float, unit: str, *, is_vertical: bool) -> list[Any]:
    """A dashed line at the target and its value beside it."""
    text = _("Target {value}", value=_written(target, unit))
    data = alt.Chart(pd.DataFrame({"target": [target], "text": [text]}))
    if is_vertical:
        return [
            data.mark_rule(color=GREY, strokeDash=[5, 4], strokeWidth=1.5).encode(
                x="target:Q", tooltip="text:N"
            )
        ]
    return [
        data.mark_rule(color=GREY, strokeDash=[5, 4], strokeWidth=1.5).encode(y="target:Q", tooltip="text:N"),
        data.mark_text(align="right", dx=-2, dy=12, fontSize=FONT_SIZE - 1, color=INK).encode(
            x=alt.value("width"), y="target:Q", text="text:N"
        ),
    ]


def _height(rows: int) -> int:
    return max(rows, 1) * ROW_HEIGHT + 16


def _finished(chart: Chart, height: int) -> Chart:
    """The common look: sizes that can be read, no clutter."""
    return (
        chart.properties(height=height)
        .configure_axis(
            labelFontSize=FONT_SIZE,
            titleFontSize=FONT_SIZE,
            titleFontWeight="normal",
            domain=False,
            ticks=False,
            labelPadding=8,
        )
        .configure_legend(labelFontSize=FONT_SIZE, symbolType="square")
        .configure_view(strokeWidth=0)
    )
