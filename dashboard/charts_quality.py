"""Charts of estimates: a point and the bar in which the true figure lies, and the sentence that says what can be told."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import (
    BLUE,
    FONT_SIZE,
    GREEN,
    GREY,
    INK,
    SKY,
    VERMILION,
    Shown,
    finished,
    height_of,
    names,
)
from dashboard.formats import fmt_count, fmt_month
from dashboard.i18n import _, listed, sentences

_ROW_OF_TWO = 40  # pixels of a group with two bars
_BY_CHANCE = 20  # one in so many intervals of 95 % misses
_AROUND = 95  # pixels of legend and axis
_STEP = 10  # an axis of points begins at a whole ten
_SIDES = {"below": (VERMILION, "triangle-down"), "": (BLUE, "circle"), "above": (GREEN, "triangle-up")}


def axis_begin(lows: pd.Series[float]) -> int:
    """Where an axis that ends at 100 begins, so that the lowest end of a bar is on it."""
    least = lows.min()
    return 0 if pd.isna(least) else max(0, int(least // _STEP) * _STEP)


def groups_beside_last_month(frame: pd.DataFrame, this: str, before: str) -> Shown:
    """Estimates of groups, this month with the last one beneath. Columns: name, n, value, low, high, before, before_low, before_high.

    The first row is everybody. Where `value` is empty too few were heard, and the row says so. In points, 0..100.
    """
    titles = {True: this, False: before}
    rows: list[dict[str, Any]] = []
    for row in frame.to_dict("records"):
        title = _("{name} ({n} heard)", name=row["name"], n=fmt_count(row["n"]))
        for is_this, (value, low, high) in (
            (True, (row["value"], row["low"], row["high"])),
            (False, (row["before"], row["before_low"], row["before_high"])),
        ):
            is_told = not pd.isna(value)
            label = f"{value:.1f}" if is_told else _("cannot be told yet") if is_this else ""
            rows.append(
                {
                    "name": title,
                    "which": titles[is_this],
                    "value": value,
                    "low": low,
                    "high": high,
                    "label": label,
                }
            )
    data = pd.DataFrame(rows)
    begin = axis_begin(data["low"])
    data["label_at"] = data["high"].fillna(begin)
    scale = alt.Scale(domain=[begin, 100 + (100 - begin) * 0.1], nice=False)  # room for the labels
    axis = alt.Axis(values=list(range(begin, 101, 5 if begin >= 60 else 20)))
    kinds = alt.Scale(domain=[this, before], range=[BLUE, GREY])
    order = list(dict.fromkeys(data["name"]))
    base = alt.Chart(data).encode(
        y=names("name", order),
        yOffset=alt.YOffset("which:N", sort=[this, before], scale=alt.Scale(paddingOuter=0.35)),
        color=alt.Color(
            "which:N", title=None, sort=[this, before], scale=kinds, legend=alt.Legend(orient="top")
        ),
        tooltip=[
            alt.Tooltip("name:N", title=_("Group")),
            alt.Tooltip("which:N", title=_("Month")),
            alt.Tooltip("value:Q", title=_("Estimate"), format=".1f"),
            alt.Tooltip("low:Q", title=_("Interval from"), format=".1f"),
            alt.Tooltip("high:Q", title=_("Interval to"), format=".1f"),
        ],
    )
    told = base.transform_filter("isValid(datum.value)")
    layers: list[Any] = [
        told.mark_rule(strokeWidth=4, opacity=0.45).encode(
            x=alt.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q"
        ),
        told.mark_point(filled=True, size=75, opacity=1).encode(
            x=alt.X("value:Q", scale=scale),
            shape=alt.Shape(
                "which:N",
                sort=[this, before],
                legend=None,
                scale=alt.Scale(domain=[this, before], range=["circle", "diamond"]),
            ),
        ),
        base.mark_text(align="left", dx=7, fontSize=FONT_SIZE - 1, color=INK).encode(
            x=alt.X("label_at:Q", scale=scale), text="label:N", color=alt.value(INK)
        ),
    ]  # fmt: skip
    return finished(alt.layer(*layers), _ROW_OF_TWO * len(frame) + _AROUND), groups_sentence(frame, begin)


def groups_sentence(frame: pd.DataFrame, begin: int = 0) -> str:
    """Which teams' intervals do not touch the whole's, whether this month is clear of the last, and which cannot be told yet."""
    if frame.empty or frame["value"].isna().all():
        return _("Too few calls were heard: nothing can be told yet.")
    whole, teams = frame.iloc[0], frame.iloc[1:]
    parts = []
    if not len(teams) and not pd.isna(whole["before"]):
        before = (whole["before"], whole["before_low"], whole["before_high"])
        parts.append(compared((whole["value"], whole["low"], whole["high"]), before))
    if not pd.isna(whole["value"]) and len(teams):
        low = [str(n) for n in teams.loc[teams["high"] < whole["low"], "name"]]
        high = [str(n) for n in teams.loc[teams["low"] > whole["high"], "name"]]
        if low:
            parts.append(_("Clearly below the whole: {names}.", names=listed(low)))
        if high:
            parts.append(_("Clearly above the whole: {names}.", names=listed(high)))
        if not low and not high:
            parts.append(_("No team lies clear of the whole: the differences may be chance."))
    untold = [str(n) for n in frame.loc[frame["value"].isna(), "name"]]
    if untold:
        parts.append(_("Too few heard to tell: {names}.", names=listed(untold)))
    if begin:
        parts.append(_("The scale begins at {n}.", n=fmt_count(begin)))
    return sentences(*parts)


def compared(value: tuple[float, float, float], before: tuple[float, float, float]) -> str:
    """Two estimates (value, low, high) in words: a difference is told only where the intervals do not touch."""
    if value[1] > before[2]:
        return _("Clearly higher than the month before.")
    if value[2] < before[1]:
        return _("Clearly lower than the month before.")
    return _("Whether it differs from the month before cannot be told.")


def people_beside_their_team(frame: pd.DataFrame) -> Shown:
    """Pass rates of people with intervals, in the order of the frame. Columns: name, n, value, low, high, team_value, side.

    A tick marks the figure of the person's own team. `side`: "below", "above", or "" where it cannot be told. In percent.
    """
    data = frame.assign(
        row=[_("{name} ({n} heard)", name=n, n=fmt_count(k)) for n, k in zip(frame["name"], frame["n"], strict=True)],
        verdict=[side_word(side) for side in frame["side"]],
        label=[f"{value:.0f}%" for value in frame["value"]],
    )  # fmt: skip
    begin = axis_begin(data["low"])
    scale = alt.Scale(domain=[begin, 100], nice=False)
    sides = [side for side in _SIDES if side in set(frame["side"])]
    words = [side_word(side) for side in sides]
    colours = alt.Scale(domain=words, range=[_SIDES[side][0] for side in sides])
    shapes = alt.Scale(domain=words, range=[_SIDES[side][1] for side in sides])
    base = alt.Chart(data).encode(
        y=names("row", list(data["row"])),
        color=alt.Color(
            "verdict:N", title=None, scale=colours, legend=alt.Legend(orient="top", labelLimit=300)
        ),
        tooltip=[
            alt.Tooltip("name:N", title=_("Person")),
            alt.Tooltip("value:Q", title=_("Estimate"), format=".1f"),
            alt.Tooltip("low:Q", title=_("Interval from"), format=".1f"),
            alt.Tooltip("high:Q", title=_("Interval to"), format=".1f"),
            alt.Tooltip("team_value:Q", title=_("Team"), format=".1f"),
        ],
    )
    x = alt.X("low:Q", title=_("Percent"), scale=scale, axis=alt.Axis(tickCount=6))
    layers: list[Any] = [
        base.mark_rule(strokeWidth=4, opacity=0.4).encode(x=x, x2="high:Q"),
        base.mark_tick(color=INK, thickness=2, height=18).encode(x=alt.X("team_value:Q", scale=scale), color=alt.value(INK)),
        base.mark_point(filled=True, size=75, opacity=1).encode(
            x=alt.X("value:Q", scale=scale), shape=alt.Shape("verdict:N", legend=None, scale=shapes)
        ),
    ]  # fmt: skip
    return finished(alt.layer(*layers), height_of(len(data)) + 50), people_sentence(frame)


def side_word(side: str) -> str:
    """Where a person lies beside his team, in words."""
    if side == "below":
        return _("Clearly below the team")
    return _("Clearly above the team") if side == "above" else _("Not told apart")


def people_sentence(frame: pd.DataFrame) -> str:
    """Whose interval lies clear of the team's; that the others cannot be told apart; how many are clear by chance alone."""
    if frame.empty:
        return _("Nobody has enough reviewed calls to be compared yet.")
    parts = []
    for side, words in (
        ("below", _("Clear of the team's interval, below it: {names}.")),
        ("above", _("Clear of the team's interval, above it: {names}.")),
    ):
        people = [str(n) for n in frame.loc[frame["side"] == side, "name"]]
        if people:
            parts.append(words.format(names=listed(people)))
    others = int((frame["side"] == "").sum())
    if not parts:
        parts.append(
            _(
                "Nobody's interval lies clear of the team's: these {n} people cannot be told apart.",
                n=others,
            )
        )
    else:
        if others:
            parts.append(_("The other {n} cannot be told apart.", n=others))
        parts.append(
            _(
                "Of {n} people at most about {k} would lie clear by chance alone.",
                n=len(frame),
                k=max(1, round(len(frame) / _BY_CHANCE)),
            )
        )
    return sentences(*parts, _("The upright mark is the team's own figure."))


def trend_with_band(frame: pd.DataFrame, target: float | None = None) -> Shown:
    """An estimate month by month in its interval. Columns: month, n (reviewed), value, low, high; empty where it cannot be told."""
    data = frame.assign(
        title=[
            f"{fmt_month(str(month))} · {_('{n} heard', n=fmt_count(n))}"
            for month, n in zip(frame["month"], frame["n"], strict=True)
        ],
        label=["" if pd.isna(value) else f"{value:.1f}" for value in frame["value"]],
    )
    lows = pd.concat([data["low"], pd.Series([] if target is None else [target], dtype=float)])
    begin = axis_begin(lows)
    scale = alt.Scale(domain=[begin, 100], nice=False)
    order = list(data["title"])
    axis = alt.Axis(labelAngle=0, labelOverlap=False, labelLimit=180, labelExpr="split(datum.label, ' · ')")
    base = alt.Chart(data).encode(
        x=alt.X("title:N", title=None, sort=order, axis=axis, scale=alt.Scale(domain=order)),
        tooltip=[
            alt.Tooltip("title:N", title=_("Month")),
            alt.Tooltip("value:Q", title=_("Estimate"), format=".1f"),
            alt.Tooltip("low:Q", title=_("Interval from"), format=".1f"),
            alt.Tooltip("high:Q", title=_("Interval to"), format=".1f"),
        ],
    )
    y = alt.Y("low:Q", title=_("Points"), scale=scale, axis=alt.Axis(tickCount=5))
    told = base.transform_filter("isValid(datum.value)")
    layers: list[Any] = [
        base.mark_area(color=SKY, opacity=0.3).encode(y=y, y2="high:Q"),
        told.mark_rule(color=SKY, strokeWidth=3, opacity=0.7).encode(y=y, y2="high:Q"),
        base.mark_line(color=BLUE, strokeWidth=2.5).encode(y=alt.Y("value:Q", scale=scale)),
        told.mark_point(color=BLUE, filled=True, size=75, opacity=1).encode(y=alt.Y("value:Q", scale=scale)),
        told.mark_text(dx=-8, dy=-12, align="right", fontSize=FONT_SIZE, color=INK).encode(
            y=alt.Y("value:Q", scale=scale), text="label:N"
        ),
    ]
    if target is not None:
        rule = alt.Chart(pd.DataFrame({"target": [target]}))
        layers.append(rule.mark_rule(color=GREY, strokeDash=[5, 4], strokeWidth=1.5).encode(y="target:Q"))
    return finished(alt.layer(*layers), 250), trend_sentence(data, target, begin)


def trend_sentence(frame: pd.DataFrame, target: float | None, begin: int = 0) -> str:
    """The last month that can be told, beside the one told before it, how many cannot be told, and the target."""
    told = frame[frame["value"].notna()]
    if told.empty:
        return _("Too few calls were heard: nothing can be told yet.")
    last = told.iloc[-1]
    parts = [
        _(
            "{month}: {value} points, between {low} and {high}.",
            month=fmt_month(str(last["month"])),
            value=f"{last['value']:.1f}",
            low=f"{last['low']:.1f}",
            high=f"{last['high']:.1f}",
        )
    ]
    if len(told) > 1:
        previous = told.iloc[-2]
        if last["low"] > previous["high"]:
            parts.append(_("Clearly higher than in {month}.", month=fmt_month(str(previous["month"]))))
        elif last["high"] < previous["low"]:
            parts.append(_("Clearly lower than in {month}.", month=fmt_month(str(previous["month"]))))
        else:
            parts.append(
                _("Whether it differs from {month} cannot be told.", month=fmt_month(str(previous["month"])))
            )
    if len(told) < len(frame):
        parts.append(
            _(
                "{n} of the {m} months cannot be told: no sample, or too few heard.",
                n=len(frame) - len(told),
                m=len(frame),
            )
        )
    if target is not None:
        parts.append(_("The dashed line is the pass score, {goal}.", goal=fmt_count(target)))
    if begin:
        parts.append(_("The scale begins at {n}.", n=fmt_count(begin)))
    return sentences(*parts)
