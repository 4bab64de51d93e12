"""The month of every person as a grid: one sign a day, with a colour that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt
import pandas as pd

from dashboard.charts import Shown
from dashboard.charts_people import INK, Look, Words, people_chart
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
    "rest": "#C5CBEA",
}
DARK = ("absent", "severe")  # grounds on which the sign is written in white
REMARK, CHANGED = "*", "Δ"
CALM = ("present", "on_leave", "pending", "rest")
_ROW = 24
_WEEKDAYS = {"zh": "一二三四五六日", "en": "MTWTFSS"}


def worst_of(classes: Sequence[str]) -> str:
    """The class that a day of several shifts shows."""
    return min(classes, key=list(SIGNS).index)


def sign_of(sign: str, *, has_remarks: bool = False, is_changed: bool = False) -> str:
    """What stands in a cell: the letter of its verdict, and whether it has remarks or changed after it was fixed."""
    return f"{sign}{REMARK if has_remarks else ''}{CHANGED if is_changed else ''}"


def month_chart(
    frame: pd.DataFrame,
    people: Sequence[str],
    days: Sequence[date],
    called: Mapping[str, tuple[str, str]] | None = None,
) -> Shown:
    """Every person's days. Columns: who (staff number), person, team, day (ISO), class, sign, detail, is_odd.

    `called`: sign and name of each verdict where they are not those of `SIGNS`. One row a person and day. The selection `cell` gives who and day; hovering gives verdict and details.
    """
    classes = [c for c in SIGNS if c in set(frame["class"])]
    own = called or {c: (SIGNS[c][lang()], name("attendance_class", c)) for c in classes}
    legend = {c: f"{own[c][0]} {own[c][1]}" for c in classes}
    data = frame.assign(
        label=frame["person"],
        verdict=[own[c][1] for c in frame["class"]],
        legend=[legend[c] for c in frame["class"]],
        is_dark=[c in DARK for c in frame["class"]],
    )
    marks = _WEEKDAYS[lang()]
    chart = people_chart(
        data,
        people,
        {day.isoformat(): (f"{day:%d}", marks[day.weekday()]) for day in days},
        Look(
            row=_ROW,
            rest=100,
            head_padding=24,
            gap=(0.05, 0.08),
            legend_columns=8,
            colours={legend[c]: COLOURS[c] for c in classes},
            tooltips=(("verdict", _("Verdict")), ("detail", _("Details"))),
        ),
        [
            Words(
                "sign",
                alt.condition("datum.is_dark", alt.value("#ffffff"), alt.value(INK)),
                mark={"fontWeight": "bold"},
            )
        ],
    )
    return chart, month_sentence(frame)


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
        notes.append(
            _(
                "An asterisk (*) marks a shift with a remark, the same that the total “With remarks” counts; not being"
                " early for the handover is left out, it stands in the day."
            )
        )
    if frame["sign"].str.contains(CHANGED, regex=False).any():
        notes.append(_("A triangle (Δ) marks what changed after the month was fixed."))
    return sentences(*notes)
