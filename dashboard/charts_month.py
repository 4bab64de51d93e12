"""The month of every person as a grid: one sign a day, with a colour that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt
import pandas as pd

from dashboard.charts import FONT_SIZE, LABEL_LIMIT, Shown, finished
from dashboard.i18n import _, lang, name, sentences
from regulations.verdict import Lang

# Signs are letters of the language: whoever does not tell the colours apart reads the same. Worst first.
SIGNS: dict[str, dict[Lang, str]] = {
    "absent": {"zh": "旷", "en": "A"},
    "severe": {"zh": "重", "en": "S"},
    "late_and_early": {"zh": "迟退", "en": "LE"},
    "late": {"zh": "迟", "en": "L"},
    "early": {"zh": "退", "en": "E"},
    "missing_punch": {"zh": "缺", "en": "M"},
    "on_leave": {"zh": "假", "en": "Lv"},
    "present": {"zh": "·", "en": "·"},
    "pending": {"zh": "…", "en": "…"},
    "rest": {"zh": "休", "en": "R"},
}
COLOURS = {
    "absent": "#B03A0E",
    "severe": "#D9722E",
    "late_and_early": "#E69F00",
    "late": "#F0C05A",
    "early": "#EFE36B",
    "missing_punch": "#D7A9C3",
    "on_leave": "#9CCBEA",
    "present": "#CFE3DC",
    "pending": "#E3E7EA",
    "rest": "#E3E7EA",
}
DARK = ("absent", "severe")  # grounds on which the sign is written in white
REMARK, CHANGED = "*", "Δ"
CALM = ("present", "on_leave", "pending", "rest")
_INK = "#17212b"
_ROW = 24
_WEEKDAYS = {"zh": "一二三四五六日", "en": "MTWTFSS"}


def worst_of(classes: Sequence[str]) -> str:
    """The class that a day of several shifts shows."""
    return min(classes, key=list(SIGNS).index)


def sign_of(class_: str, *, has_remarks: bool = False, is_changed: bool = False) -> str:
    """What stands in a cell."""
    sign = SIGNS[class_][lang()]
    return f"{sign}{REMARK if has_remarks else ''}{CHANGED if is_changed else ''}"


def month_chart(frame: pd.DataFrame, people: Sequence[str], days: Sequence[date]) -> Shown:
    """Every person's days. Columns: who (staff number), person, team, day (ISO), class, sign, detail, is_odd.

    One row a person and day. The selection `cell` gives who and day; hovering gives verdict and details.
    """
    classes = [c for c in SIGNS if c in set(frame["class"])]
    legend = {c: f"{SIGNS[c][lang()]} {name('attendance_class', c)}" for c in classes}
    data = frame.assign(
        verdict=[name("attendance_class", c) for c in frame["class"]],
        legend=[legend[c] for c in frame["class"]],
        is_dark=[c in DARK for c in frame["class"]],
    )
    domain = [day.isoformat() for day in days]
    marks = _WEEKDAYS[lang()]
    weekdays = "{" + ",".join(f"'{day.isoformat()}':'{marks[day.weekday()]}'" for day in days) + "}"
    cell = alt.selection_point(name="cell", fields=["who", "day"], empty=False)
    base = alt.Chart(data).encode(
        x=alt.X(
            "day:O",
            title=None,
            sort=domain,
            scale=alt.Scale(domain=domain, paddingInner=0.05),
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                labelOverlap=False,
                labelBaseline="bottom",
                labelPadding=24,  # two lines: the day, its weekday
                labelExpr=f"[slice(datum.label, 8), {weekdays}[datum.label]]",
            ),
        ),
        y=alt.Y(
            "person:N",
            title=None,
            sort=list(people),
            scale=alt.Scale(domain=list(people), paddingInner=0.08),
            axis=alt.Axis(labelLimit=LABEL_LIMIT, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("person:N", title=_("Person")),
            alt.Tooltip("team:N", title=_("Team")),
            alt.Tooltip("day:O", title=_("Day")),
            alt.Tooltip("verdict:N", title=_("Verdict")),
            alt.Tooltip("detail:N", title=_("Details")),
        ],
    )
    cells = (
        base.mark_rect(cornerRadius=3, cursor="pointer")
        .encode(
            color=alt.Color(
                "legend:N",
                title=None,
                scale=alt.Scale(domain=list(legend.values()), range=[COLOURS[c] for c in classes]),
                legend=alt.Legend(orient="bottom", columns=8, labelLimit=LABEL_LIMIT),
            ),
            opacity=alt.condition(cell, alt.value(0.6), alt.value(1.0)),
        )
        .add_params(cell)
    )
    words = base.mark_text(fontSize=FONT_SIZE - 1, fontWeight="bold", cursor="pointer").encode(
        text="sign:N",
        color=alt.condition("datum.is_dark", alt.value("#ffffff"), alt.value(_INK)),
    )
    return finished(alt.layer(cells, words), len(people) * _ROW + 100), month_sentence(frame)


def month_sentence(frame: pd.DataFrame) -> str:
    """How many person-days need a look, at whom most; and what the two small signs mean where they stand."""
    judged = frame[~frame["class"].isin(["pending", "rest"])]
    odd = judged[~judged["class"].isin(CALM)]
    if odd.empty:
        said = _("{n} person-days, none of them remarkable.", n=len(judged))
    else:
        worst = odd["person"].value_counts()
        said = _(
            "{n} of {m} person-days need a look; most at {name} ({k}).",
            n=len(odd),
            m=len(judged),
            name=worst.index[0],
            k=int(worst.iloc[0]),
        )
    notes = [said]
    if frame["sign"].str.contains(REMARK, regex=False).any():
        notes.append(_("An asterisk marks a remark."))
    if frame["sign"].str.contains(CHANGED, regex=False).any():
        notes.append(_("A triangle (Δ) marks what changed after the month was fixed."))
    return sentences(*notes)
