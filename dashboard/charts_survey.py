"""Charts of surveys: the grades on every dimension, and where people stand with how sure that is."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import (
    AMBER,
    BLUE,
    FONT_SIZE,
    GREEN,
    INK,
    LABEL_LIMIT,
    SKY,
    VERMILION,
    Shown,
    finished,
    height_of,
    names,
)
from dashboard.formats import fmt_count, fmt_rate
from dashboard.i18n import _, sentences

_GRADES = (GREEN, SKY, AMBER, VERMILION)  # best first
_LEAST_LABELLED = 6.0  # percent; a narrower part has no room for its number


def grade_shares(frame: pd.DataFrame) -> Shown:
    """The share of each grade on each dimension, stacked to 100 %.

    Columns: dimension, grade, count, answers, percent; dimensions and grades in their order, best grade first.
    """
    grades = list(dict.fromkeys(frame["grade"]))
    dimensions = list(dict.fromkeys(frame["dimension"]))
    order = {grade: place for place, grade in enumerate(grades)}
    data = frame[frame["count"] > 0].assign(
        order=lambda f: f["grade"].map(order),
        label=lambda f: [fmt_rate(p, 0) if p >= _LEAST_LABELLED else "" for p in f["percent"]],
        row=lambda f: [
            f"{d} ({_('{n} grades', n=fmt_count(n))})"
            for d, n in zip(f["dimension"], f["answers"], strict=True)
        ],
    )
    rows = list(dict.fromkeys(row for d in dimensions for row in data.loc[data["dimension"] == d, "row"]))
    y = names("row", rows)
    colours = [_GRADES[min(place, len(_GRADES) - 1)] for place in range(len(grades))]
    base = alt.Chart(data).encode(
        y=y,
        order="order:Q",
        tooltip=[
            alt.Tooltip("dimension:N", title=_("Dimension")),
            alt.Tooltip("grade:N", title=_("Grade")),
            alt.Tooltip("count:Q", title=_("Counted"), format="d"),
            alt.Tooltip("answers:Q", title=_("Out of"), format="d"),
        ],
    )
    bars = base.mark_bar(height={"band": 0.62}).encode(
        x=alt.X(
            "percent:Q", title=_("Percent"), stack="zero", scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(values=[0, 20, 40, 60, 80, 100]),
        ),
        color=alt.Color(
            "grade:N", title=None, scale=alt.Scale(domain=grades, range=colours),
            legend=alt.Legend(orient="top", labelLimit=LABEL_LIMIT),
        ),
    )  # fmt: skip
    inside = base.mark_text(fontSize=FONT_SIZE - 1, color="white", fontWeight="bold").encode(
        x=alt.X("percent:Q", stack="zero", bandPosition=0.5), detail="grade:N", text="label:N"
    )
    return finished(alt.layer(bars, inside), height_of(len(rows)) + 90), _share_sentence(frame, grades)


def _share_sentence(frame: pd.DataFrame, grades: list[str]) -> str:
    answered = frame[frame["answers"] > 0]
    if answered.empty:
        return _("Nobody has answered in this period.")
    worst, best = grades[-1], grades[0]
    poor = answered[answered["grade"] == worst].sort_values(["percent", "count"], ascending=False).iloc[0]
    good = answered[answered["grade"] == best].sort_values(["percent", "count"], ascending=False).iloc[0]
    parts = [
        _(
            "Most “{grade}”: {name}, {share}.",
            grade=best,
            name=good["dimension"],
            share=fmt_rate(good["percent"]),
        )
    ]
    if poor["count"]:
        parts.append(
            _(
                "Most “{grade}”: {name}, {share}.",
                grade=worst,
                name=poor["dimension"],
                share=fmt_rate(poor["percent"]),
            )
        )
    else:
        parts.append(_("Nobody answered “{grade}”.", grade=worst))
    return sentences(*parts)


def intervals(frame: pd.DataFrame, bounds: tuple[float, float]) -> Shown:
    """Means with their intervals, in the order of the frame. Columns: person, mean, low, high, responses, rank_text.

    `bounds` are the points of the worst and of the best grade.
    """
    data = frame.assign(
        row=[
            f"{person} ({_('{n} forms', n=fmt_count(n))})"
            for person, n in zip(frame["person"], frame["responses"], strict=True)
        ],
        label=[fmt_count(round(mean, 1)) for mean in frame["mean"]],
    )
    base = alt.Chart(data).encode(
        y=names("row", list(data["row"])),
        tooltip=[
            alt.Tooltip("person:N", title=_("Person")),
            alt.Tooltip("label:N", title=_("Mean")),
            alt.Tooltip("interval:N", title=_("Interval")),
            alt.Tooltip("rank_text:N", title=_("Rank")),
        ],
    )
    scale = alt.Scale(domain=list(bounds), nice=False)
    layers: list[Any] = [
        base.mark_rule(color=SKY, strokeWidth=5, opacity=0.55).encode(
            x=alt.X("low:Q", title=_("Points"), scale=scale, axis=alt.Axis(tickCount=7)), x2="high:Q"
        ),
        base.mark_point(color=BLUE, filled=True, size=90, opacity=1).encode(x=alt.X("mean:Q", scale=scale)),
        base.mark_text(dy=-13, fontSize=FONT_SIZE - 1, color=INK).encode(
            x=alt.X("mean:Q", scale=scale), text="label:N"
        ),
    ]
    return finished(alt.layer(*layers), height_of(len(data)) + 40), _interval_sentence(frame)


def _interval_sentence(frame: pd.DataFrame) -> str:
    ranked = frame[frame["rank"].notna()]
    if ranked.empty:
        return _("Nobody has enough forms to be ranked yet.")
    first = ranked.iloc[0]
    unranked = len(frame) - len(ranked)
    if len(ranked) == 1:
        return _(
            "Only {name} has enough forms to be ranked; {n} others do not.", name=first["person"], n=unranked
        )
    rivals = int((ranked["high"] >= float(first["low"])).sum()) - 1
    if not rivals:
        return _(
            "{name} is first of {n}, and no interval of the others reaches as high.",
            name=first["person"],
            n=len(ranked),
        )
    return _(
        "{name} has the highest mean, but the intervals of {n} others overlap: the difference may be chance.",
        name=first["person"],
        n=rivals,
    )
