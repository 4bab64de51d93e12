"""A share by month and team as lines, the sentence that says what they show, and the rows behind each month."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.charts import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    LABEL_LIMIT,
    SKY,
    VERMILION,
    Shown,
    finished,
    rate_floor,
)
from dashboard.formats import fmt_count, fmt_month, fmt_percent, fmt_rate, plain
from dashboard.i18n import _, sentences
from dashboard.tables import hint, number_column, percent_column, table, text_column

_COLOURS = (BLUE, VERMILION, GREEN, AMBER, SKY, GREY)
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_FEW = 20  # calls of a team in a month; a share of fewer says nothing about the team
_HEIGHT = 280


def team_lines(frame: pd.DataFrame, running: str, counted: str, target: float | None = None) -> Shown:
    """A line for each team. Columns: month, team, numerator, denominator, value (percent, may be empty).

    A point of few cases is hollow. `running` is the month that is not over yet, "2026-11"; `counted` the sentence of a
    month, with month, n, d and share to be filled in. With a target the axis begins where that of every rate does.
    """
    data = frame.dropna(subset=["value"]).assign(
        counts=lambda f: [
            f"{fmt_count(n)}/{fmt_count(d)}" for n, d in zip(f["numerator"], f["denominator"], strict=True)
        ],
        is_few=lambda f: f["denominator"] < _FEW,
    )
    teams = list(dict.fromkeys(data["team"]))
    colours = [_COLOURS[i % len(_COLOURS)] for i in range(len(teams))]
    legend = alt.Legend(orient="top", labelLimit=LABEL_LIMIT) if len(teams) > 1 else None
    highest = float(data["value"].max()) if len(data) else 0.0
    top = 103.0 if target is not None or highest > 50 else max(2.0, highest * 1.25)
    floor = 0 if target is None else rate_floor([*data["value"], target])
    colour = alt.Color(
        "team:N", title=None, sort=teams, scale=alt.Scale(domain=teams, range=colours), legend=legend
    )
    base = alt.Chart(data).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y(
            "value:Q",
            title=_("Percent"),
            scale=alt.Scale(domain=[floor, top], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        color=colour,
        tooltip=[
            alt.Tooltip("month:O", title=_("Month")),
            alt.Tooltip("team:N", title=_("Team")),
            alt.Tooltip("value:Q", title=_("Percent"), format=".1f"),
            alt.Tooltip("counts:N", title=_("Counted")),
        ],
    )
    shape = alt.Shape(
        "team:N",
        sort=teams,
        legend=None,
        scale=alt.Scale(domain=teams, range=[_SHAPES[i % len(_SHAPES)] for i in range(len(teams))]),
    )
    lines = base.mark_line(strokeWidth=2.2)
    full = base.transform_filter("!datum.is_few").mark_point(filled=True, size=70, opacity=1)
    hollow = base.transform_filter("datum.is_few").mark_point(filled=False, size=60, opacity=1)
    layers = [lines, full.encode(shape=shape), hollow.encode(shape=shape)]
    if target is not None:
        rule = alt.Chart(pd.DataFrame({"target": [target]})).mark_rule(strokeDash=[5, 4], color=GREY)
        layers.append(rule.encode(y="target:Q"))
    said = trend_sentence(data, running, counted)
    if target is not None:
        said = sentences(said, _("The dashed line is the target, {goal}.", goal=fmt_rate(target)))
    if floor:
        said = sentences(said, _("The axis begins at {n}.", n=fmt_rate(float(floor))))
    return finished(alt.layer(*layers), _HEIGHT), said


def trend_sentence(data: pd.DataFrame, running: str, counted: str) -> str:
    """The last month over all teams, its change on the month before, and which team is furthest above the others."""
    if data.empty:
        return _("There is nothing to compare yet.")
    months = data.groupby("month", sort=True)[["numerator", "denominator"]].sum()
    last = str(months.index[-1])
    now = months.iloc[-1]
    share = _share(now)
    parts = [
        counted.format(
            month=fmt_month(last),
            n=fmt_count(int(now["numerator"])),
            d=fmt_count(int(now["denominator"])),
            share=fmt_percent(now["numerator"], now["denominator"]),
        )
    ]
    if len(months) > 1:
        change = round(share - _share(months.iloc[-2]), 1)
        size = fmt_count(abs(change))
        if change:
            words = (
                _("{n} percentage points more than the month before.", n=size)
                if change > 0
                else _("{n} percentage points less than the month before.", n=size)
            )
            parts.append(words)
        else:
            parts.append(_("As in the month before."))
    enough = data[(data["month"] == last) & (data["denominator"] >= _FEW)].sort_values("value")
    if len(enough) > 1:
        low, high = enough.iloc[0], enough.iloc[-1]
        parts.append(
            _(
                "Highest {high} with {n}, lowest {low} with {m}.",
                high=high["team"],
                n=fmt_percent(high["numerator"], high["denominator"]),
                low=low["team"],
                m=fmt_percent(low["numerator"], low["denominator"]),
            )
        )
    if last == running:
        parts.append(_("The month is not over."))
    if bool(data["is_few"].any()):
        parts.append(_("Hollow points rest on fewer than {n}.", n=fmt_count(_FEW)))
    return sentences(*parts)


def _share(row: pd.Series[float]) -> float:
    return 100 * float(row["numerator"]) / float(row["denominator"]) if row["denominator"] else 0.0


def show_trend(
    frame: pd.DataFrame,
    running: str,
    counted: str,
    said: str,
    owed: str,
    on_open: Callable[[str, str], None],
    *,
    target: float | None = None,
    key: str,
) -> None:
    """Chart, sentence and table; a click on a row of the table opens what is behind it (month and team's code)."""
    chart, sentence = team_lines(frame, running, counted, target)
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))
    rows = frame.sort_values(["month", "team"], ascending=[False, True]).reset_index(drop=True)
    shown = rows.assign(month_name=[fmt_month(month) for month in rows["month"]])
    table(
        shown,
        {
            "month_name": text_column(_("Month"), 110),
            "team": text_column(_("Team"), 180),
            "numerator": number_column(said, width=170),
            "denominator": number_column(owed, width=170),
            "value": percent_column(_("Share")),
        },
        key=key,
        on_open=lambda position: on_open(str(rows.iloc[position]["month"]), str(rows.iloc[position]["code"])),
    )
    hint()
