"""Charts as pure builders: a frame in, a chart and the sentence that says what it shows out.

Colours are Okabe and Ito's, told apart with every common kind of colour blindness; a colour never
stands alone, there is always a label, a shape or a symbol beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.formats import fmt_count, fmt_rate
from dashboard.i18n import _, listed, sentences
from db.metrics import Figure

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
Shown = tuple[Chart, str]

BLUE, VERMILION, GREEN, AMBER, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#8A8F98"
INK = "#8A8F98"  # labels on marks: legible on the light and on the dark ground
FONT_SIZE = 13
LABEL_LIMIT = 260
ROW_HEIGHT = 30


def rate_trend(frame: pd.DataFrame, target: float | None = None, unit: str = "%", height: int = 260) -> Shown:
    """A rate month by month. Columns: month, numerator, denominator, value (may be empty).

    The target is a dashed line with its value written on it. The selection `mark` gives the month clicked. The axis of
    a rate has one of two scales, whatever the rates are, and the sentence says where it begins: small changes look small.
    """
    data = frame.dropna(subset=["value"]).assign(label=lambda f: [_written(v, unit) for v in f["value"]])
    data["mark"] = (
        data["label"] if unit == "%" else [f"{v:g}" for v in data["value"].round(1)]
    )  # the axis names the unit
    data["named"] = _worth_naming(data["value"], target)
    floor = rate_floor([*data["value"], *([] if target is None else [target])]) if unit == "%" else 0
    scale = alt.Scale(domain=[floor, 103], nice=False) if unit == "%" else alt.Scale(zero=True)
    axis = (
        alt.Axis(values=list(range(floor, 101, 10 if floor else 20)))
        if unit == "%"
        else alt.Axis(tickCount=5)
    )
    base = alt.Chart(data).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("value:Q", title=_("Percent") if unit == "%" else unit, scale=scale, axis=axis),
        tooltip=[
            alt.Tooltip("month:O", title=_("Month")),
            alt.Tooltip("label:N", title=_("Value")),
            alt.Tooltip("numerator:Q", title=_("Counted"), format=",.0f"),
            alt.Tooltip("denominator:Q", title=_("Out of"), format=",.0f"),
        ],
    )
    layers: list[Any] = [
        base.mark_line(color=BLUE, strokeWidth=2.5),
        base.mark_point(color=BLUE, filled=True, size=70, opacity=1, cursor="pointer").add_params(
            alt.selection_point(name="mark", fields=["month"], empty=False)
        ),
        base.transform_filter("datum.named == 'above'")
        .mark_text(dy=-14, fontSize=FONT_SIZE, color=INK)
        .encode(text="mark:N"),
        base.transform_filter("datum.named == 'below'")
        .mark_text(dy=16, fontSize=FONT_SIZE, color=INK)
        .encode(text="mark:N"),
    ]
    if target is not None:
        is_below = len(data) > 0 and data["value"].iloc[0] > target
        layers += _target_line(target, unit, is_vertical=False, is_below=is_below)
    said = trend_sentence(data, target, unit)
    if floor and len(data):
        said = sentences(said, _("The axis begins at {n}.", n=fmt_rate(float(floor))))
    return finished(alt.layer(*layers), height), said


def rate_floor(values: Sequence[float]) -> int:
    """Where the axis of these rates begins, in percent: at 50, or at 0 where one is lower."""
    return 50 if min(values, default=0.0) >= 52 else 0


def _worth_naming(values: pd.Series[float], target: float | None = None) -> list[str]:
    """Where a point's label stands: the first, last and highest above, the lowest below, the others
    nowhere, because more labels would run into each other. The first goes below a target line above it.
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
        if named[0] and target is not None and values.iloc[0] <= target:
            named[0] = "below"
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


def rates_frame(groups: Sequence[tuple[str, str, Figure]]) -> pd.DataFrame:
    """A metric's groups (code, name, figure) as `group_rates` takes them, the lowest first."""
    return pd.DataFrame(
        [
            {"name": title, "numerator": f.numerator, "denominator": f.denominator, "value": f.value}
            for _code, title, f in groups
        ],
        columns=["name", "numerator", "denominator", "value"],
    ).sort_values("value")


def group_rates(frame: pd.DataFrame, target: float | None = None) -> Shown:
    """Rates side by side as bars. Columns: name, numerator, denominator, value (percent, may be empty).

    Every bar carries its value and what it was divided by; one below the target is marked and coloured.
    """
    rows = []
    for row in frame.to_dict("records"):
        value = None if pd.isna(row["value"]) else float(row["value"])
        is_short = value is not None and target is not None and value < target
        counts = f"{fmt_count(row['numerator'])}/{fmt_count(row['denominator'])}"
        rows.append(
            {
                "name": row["name"],
                "value": value or 0.0,
                "label": f"{fmt_rate(value)}  ({counts})" if row["denominator"] else _("none due"),
                "label_at": max(value or 0.0, target or 0.0),  # clear of the target's line
                "colour": VERMILION if is_short else BLUE,
                "verdict": _("Below target") if is_short else _("On target") if target is not None else "—",
            }
        )
    tooltips = [
        alt.Tooltip("name:N", title=_("Group")),
        alt.Tooltip("label:N", title=_("Value")),
        alt.Tooltip("verdict:N", title=_("Target")),
    ]
    layers = labelled_bars(pd.DataFrame(rows), "value", 132.0, tooltips)
    if target is not None:
        layers += _target_line(target, "%", is_vertical=True)
    return finished(alt.layer(*layers), height_of(len(rows))), group_sentence(frame, target)


def labelled_bars(data: pd.DataFrame, field: str, limit: float, tooltips: list[alt.Tooltip]) -> list[Any]:
    """Horizontal bars in the order of the frame, each with its `label` behind it. `limit` leaves room for
    the labels. The frame's `colour` and `label_at` are optional; with a `code`, the selection `mark` gives that
    of the bar clicked.
    """
    shown = data.assign(
        colour=data.get("colour", pd.Series([BLUE] * len(data), dtype=str)),
        label_at=data.get("label_at", data[field]),
    )
    base = alt.Chart(shown).encode(y=names("name", list(shown["name"])), tooltip=tooltips)
    scale = alt.Scale(domain=[0, limit])
    bars = base.mark_bar(
        height={"band": 0.62}, cornerRadiusEnd=3, cursor="pointer" if "code" in shown else "default"
    ).encode(
        x=alt.X(f"{field}:Q", title=None, axis=None, scale=scale), color=alt.Color("colour:N", scale=None)
    )
    if "code" in shown:
        bars = bars.add_params(alt.selection_point(name="mark", fields=["code"], empty=False))
    return [
        bars,
        base.mark_text(align="left", dx=6, fontSize=FONT_SIZE, color=INK).encode(
            x=alt.X("label_at:Q", title=None, axis=None, scale=scale), text="label:N"
        ),
    ]


def names(field: str, order: list[str] | None = None) -> alt.Y:
    """Names down the side: all of them, in the order given, none cut off."""
    return alt.Y(
        f"{field}:N", title=None, sort=order, axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False)
    )


def group_sentence(frame: pd.DataFrame, target: float | None) -> str:
    """Which group is worst, and how many are below the target."""
    counted = frame[frame["denominator"] > 0]
    if counted.empty:
        return _("Nothing fell due in this period.")
    low = float(counted["value"].min())
    worst = [str(group) for group in counted.loc[counted["value"] == low, "name"]]
    parts = [
        _("All at {value}.", value=fmt_rate(low))
        if len(worst) == len(counted) > 1
        else _("Lowest: {name} with {value}.", name=listed(worst), value=fmt_rate(low))
    ]
    if target is not None:
        below = int((counted["value"] < target).sum())
        goal = fmt_rate(target)
        parts.append(_("{n} of {m} below the target of {target}.", n=below, m=len(counted), target=goal))
    return sentences(*parts)


def _written(value: float, unit: str) -> str:
    return fmt_rate(float(value)) if unit == "%" else f"{fmt_count(round(float(value), 1))} {unit}".strip()


def _target_line(target: float, unit: str, *, is_vertical: bool, is_below: bool = False) -> list[Any]:
    """A dashed line at the target and its value beside it, above the line or below."""
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
        data.mark_text(
            align="left", dx=2, dy=12 if is_below else -8, fontSize=FONT_SIZE - 1, color=INK
        ).encode(x=alt.value(0), y="target:Q", text="text:N"),
    ]


def height_of(rows: int) -> int:
    return max(rows, 1) * ROW_HEIGHT + 16


def finished(chart: Chart, height: int) -> Chart:
    """The common look: sizes that can be read, no clutter."""
    made: Chart = (
        chart.properties(height=height)
        .configure_axis(
            labelFontSize=FONT_SIZE,
            titleFontSize=FONT_SIZE,
            titleFontWeight="normal",
            domain=False,
            ticks=False,
            labelPadding=8,
            labelFlush=False,
        )
        .configure_legend(labelFontSize=FONT_SIZE, symbolType="square")
        .configure_view(strokeWidth=0)
    )
    return made
