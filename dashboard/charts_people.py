"""People × days as a grid: a cell a person and day with its words, and a colour that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import FONT_SIZE, LABEL_LIMIT, Chart, finished
from dashboard.i18n import _

INK = "#17212b"  # on the light grounds of the cells, in both themes


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the cells. `column` holds it, `ink` is a colour or a condition on the row.

    `only` keeps some rows (a Vega expression); `mark` is whatever else the text is set with.
    """

    column: str
    ink: Any
    only: str = ""
    mark: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What one such grid has of its own. `heads` are the lines over each day, `colours` by the words of the legend.

    Pixels: `row` the height of a person, `rest` what axis and legend take, `head_padding` the room of the lines over a day.
    """

    row: int
    rest: int
    head_padding: int
    gap: tuple[float, float]  # between the cells, across and down, as a share
    legend_columns: int
    colours: Mapping[str, str]
    tooltips: Sequence[tuple[str, str]]  # column and title, beside person, team and day


def people_chart(
    data: pd.DataFrame,
    people: Sequence[str],
    heads: Mapping[str, Sequence[str]],
    look: Look,
    words: Sequence[Words],
) -> Chart:
    """The grid. Columns: who (id), label (the person), team, day (ISO), legend, and those that `look` and `words` name.

    `heads` are the lines over each day, by its ISO date. The selection `cell` gives who and day.
    """
    days = list(heads)
    lines = "{" + ",".join(f"'{day}':{list(said)!r}" for day, said in heads.items()) + "}"
    cell = alt.selection_point(name="cell", fields=["who", "day"], empty=False)
    base = alt.Chart(data).encode(
        x=alt.X(
            "day:O",
            title=None,
            sort=days,
            scale=alt.Scale(domain=days, paddingInner=look.gap[0]),
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                labelOverlap=False,
                labelBaseline="bottom",
                labelPadding=look.head_padding,
                labelLimit=LABEL_LIMIT,
                labelExpr=f"{lines}[datum.label]",
            ),
        ),
        y=alt.Y(
            "label:N",
            title=None,
            sort=list(people),
            scale=alt.Scale(domain=list(people), paddingInner=look.gap[1]),
            axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=_("Person")),
            alt.Tooltip("team:N", title=_("Team")),
            alt.Tooltip("day:O", title=_("Day")),
            *(alt.Tooltip(f"{column}:N", title=title) for column, title in look.tooltips),
        ],
    )
    cells = (
        base.mark_rect(cornerRadius=3, cursor="pointer")
        .encode(
            color=alt.Color(
                "legend:N",
                title=None,
                scale=alt.Scale(domain=list(look.colours), range=list(look.colours.values())),
                legend=alt.Legend(orient="bottom", columns=look.legend_columns, labelLimit=LABEL_LIMIT),
            ),
            opacity=alt.condition(cell, alt.value(0.6), alt.value(1.0)),
        )
        .add_params(cell)
    )
    layers = [cells]
    for text in words:
        chosen = base.transform_filter(text.only) if text.only else base
        marked = chosen.mark_text(**{"fontSize": FONT_SIZE - 1, "cursor": "pointer", **text.mark})
        layers.append(marked.encode(text=f"{text.column}:N", color=text.ink))
    return finished(alt.layer(*layers), len(people) * look.row + look.rest)
