"""A week of the roster at a glance: people × days, each cell with its hours, its shift, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts import FONT_SIZE, Shown
from dashboard.charts_people import INK, Look, Words, people_chart
from dashboard.i18n import _, sentences

# What needs somebody first; a cell shows the first that holds, and its words name them all.
STATES = ("wrong", "leave", "asked", "holiday", "work", "rest")
SIGNS = {"wrong": "▲", "leave": "‖", "asked": "?", "holiday": "★", "work": "", "rest": ""}
_COLOURS = {
    "wrong": "#F6C9B0",
    "leave": "#B9DDF3",
    "asked": "#DCEBF5",
    "holiday": "#E9CFE0",
    "work": "#DDE9E4",
    "rest": "#F1F3F5",
}
_FAINT, _ALARM = "#6B727B", "#9A3412"
_ROW = 64
_LINE = 15


def state_title(state: str) -> str:
    """What a state is called, with its sign."""
    title = {
        "wrong": _("A rule is broken"),
        "leave": _("On leave"),
        "asked": _("Leave asked for"),
        "holiday": _("On duty on a holiday"),
        "work": _("On the roster"),
        "rest": _("Day off"),
    }[state]
    return f"{SIGNS[state]} {title}".strip()


def week_chart(
    frame: pd.DataFrame, people: Sequence[str], days: Sequence[tuple[str, Sequence[str]]]
) -> Shown:
    """Every person's seven days. Columns: who (id), label (person and number), team, day (ISO), state, words, marks.

    `days` are ISO dates with the lines of their heading. `words` has a line each for hours and name; `marks` names
    broken rules with their clauses, leave and holidays. The selection `cell` gives who and day.
    """
    titles = {state: state_title(state) for state in STATES}
    data = frame.assign(
        legend=[titles[state] for state in frame["state"]],
        tip=[words.replace("\n", " · ") for words in frame["words"]],
        all_marks=[marks.replace("\n", " · ") for marks in frame["marks"]],
        short_marks=[_short(marks) for marks in frame["marks"]],
        is_rest=frame["state"] == "rest",
        is_wrong=frame["state"] == "wrong",
    )
    ink = alt.condition("datum.is_rest", alt.value(_FAINT), alt.value(INK))
    alarm = alt.condition("datum.is_wrong", alt.value(_ALARM), alt.value(INK))
    lines = {"lineBreak": "\n", "lineHeight": _LINE}
    bold = {"fontSize": FONT_SIZE - 2, "fontWeight": "bold", "dy": 21, "limit": 150}
    chart = people_chart(
        data,
        people,
        dict(days),
        Look(
            row=_ROW,
            rest=90,
            head_padding=22,
            gap=(0.03, 0.07),
            legend_columns=6,
            colours={titles[state]: _COLOURS[state] for state in STATES},
            tooltips=(("tip", _("Shift")), ("all_marks", _("Conflicts and marks"))),
        ),
        (
            Words("words", ink, "datum.marks == ''", lines),
            Words("words", ink, "datum.marks != ''", {**lines, "dy": -11}),
            Words("short_marks", alarm, "datum.marks != ''", bold),
        ),
    )
    return chart, week_sentence(frame)


def _short(marks: str) -> str:
    """One mark in full; of several the signs and the clauses, which fit the cell."""
    lines = marks.split("\n")
    if len(lines) == 1:
        return marks
    return " ".join(line[0] + (line.rsplit(" ", 1)[-1] if line[-1:].isdigit() else "") for line in lines)


def week_sentence(frame: pd.DataFrame) -> str:
    """How many person-days of the week there are, on how many a rule is broken, and at whom most."""
    on = frame[~frame["state"].isin(["rest"])]
    wrong = frame[frame["state"] == "wrong"]
    away = int(frame["marks"].str.contains(SIGNS["leave"], regex=False).sum())
    if on.empty:
        return _("Nobody is rostered in this week.")
    if wrong.empty:
        said = _("{n} person-days on the roster, no rule is broken on any of them.", n=len(on))
    else:
        worst = wrong["label"].value_counts(sort=True)
        said = _(
            "On {n} of {m} person-days a rule is broken; most at {name} ({k}).",
            n=len(wrong),
            m=len(on),
            name=worst.index[0],
            k=int(worst.iloc[0]),
        )
    return sentences(said, _("Approved leave falls on {n}.", n=away) if away else "")
