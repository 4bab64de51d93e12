"""Charts of counts: by group and state, most first, step by step."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts import FONT_SIZE, LABEL_LIMIT, Shown, finished, height_of, labelled_bars, names
from dashboard.formats import NOTHING, fmt_count, fmt_rate
from dashboard.i18n import _

_NO_BARS = pd.DataFrame({"name": [], "count": [], "label": []})


def stacked_counts(frame: pd.DataFrame, colours: dict[str, str]) -> Shown:
    """Counts by group and state as stacked bars. Columns: group, state, count.

    `colours` gives each state its colour, in the order of stacking. The selection `mark` gives the group and the state clicked.
    """
    states = [state for state in colours if state in set(frame["state"])]
    order = {state: index for index, state in enumerate(states)}
    groups = list(dict.fromkeys(frame["group"]))
    data = frame[frame["count"] > 0].assign(order=lambda f: f["state"].map(order))
    totals = frame.groupby("group", sort=False, as_index=False)["count"].sum()
    y = names("group", groups)
    bars = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.62}, cursor="pointer")
        .add_params(alt.selection_point(name="mark", fields=["group", "state"], empty=False))
        .encode(
            y=y,
            x=alt.X(
                "count:Q",
                title=_("Cases"),
                scale=alt.Scale(domain=[0, max(1.0, 1.04 * float(totals["count"].max() or 0))]),
                axis=alt.Axis(tickMinStep=1, format="d", tickCount=6),
            ),
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
        return finished(alt.layer(bars, inside), height_of(len(groups)) + 90), _("There are none.")
    first = states[0]
    sentence = _(
        "{total} in all, {n} of them {state}.",
        total=fmt_count(total),
        n=fmt_count(int(frame.loc[frame["state"] == first, "count"].sum())),
        state=first.lower(),
    )
    return finished(alt.layer(bars, inside), height_of(len(groups)) + 90), sentence


def pareto(frame: pd.DataFrame, most: int = 8) -> Shown:
    """What there is most of, largest first, with the running share. Columns: name, count, and code for bars that
    can be clicked (see `labelled_bars`).
    """
    data = frame.sort_values(["count", "name"], ascending=[False, True]).reset_index(drop=True)
    total = float(data["count"].sum())
    if not total:
        return finished(alt.layer(*labelled_bars(_NO_BARS, "count", 1.0, [])), height_of(1)), _(
            "There are none."
        )
    data["running"] = data["count"].cumsum() / total * 100
    data["label"] = [
        _("{n} · {share} running", n=fmt_count(row["count"]), share=fmt_rate(row["running"], 0))
        for row in data.to_dict("records")
    ]
    shown = data.head(most)
    tooltips = [
        alt.Tooltip("name:N", title=_("Group")),
        alt.Tooltip("count:Q", title=_("Cases"), format="d"),
        alt.Tooltip("running:Q", title=_("Running share, %"), format=".0f"),
    ]
    layers = labelled_bars(shown, "count", float(shown["count"].max()) * 1.55, tooltips)
    sentence = _(
        "{n} of {m} make up four fifths of the {total} cases; most: {name}.",
        n=int((data["running"] < 80).sum()) + 1,
        m=len(data),
        total=fmt_count(total),
        name=data.iloc[0]["name"],
    )
    return finished(alt.layer(*layers), height_of(len(shown))), sentence


def steps_of_rate(frame: pd.DataFrame) -> Shown:
    """From what was due to what was achieved. Columns: name, count, base_name, base (its denominator)."""
    rows = frame.to_dict("records")
    for row in rows:
        number = fmt_count(row["count"])
        share = fmt_rate(100 * row["count"] / row["base"]) if row["base"] else NOTHING
        row["label"] = (
            _("{n} · {share} of {base}", n=number, share=share, base=row["base_name"])
            if row["base_name"]
            else number
        )
    tooltips = [alt.Tooltip("name:N", title=_("Step")), alt.Tooltip("label:N", title=_("Value"))]
    limit = max([float(row["count"]) for row in rows], default=1.0) or 1.0
    layers = labelled_bars(pd.DataFrame(rows), "count", limit * 1.6, tooltips)
    first, last = rows[0], rows[-1]
    sentence = _(
        "{n} {first}; {m} {last}.",
        n=fmt_count(first["count"]),
        first=first["name"],
        m=fmt_count(last["count"]),
        last=last["name"],
    )
    return finished(alt.layer(*layers), height_of(len(rows))), sentence
