"""What the callback rate would cost, person by person and kind by kind, if the period ended now (E5.14B)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.behind import open_rows
from dashboard.components import empty, explanation
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, sentences
from dashboard.reads import figures_across, rulebook
from dashboard.tables import number_column, percent_column, table, text_column
from regulations.access import Scope
from regulations.callbacks import Shortfall, shortfall

RATE = "callback.rate"
_COLUMNS = (
    "person",
    "person_code",
    "kind",
    "kind_code",
    "due",
    "completed",
    "rate",
    "points",
    "to_save",
    "found",
)


def points_rows(scope: Scope, from_on: date, to_on: date, team_id: int | None = None) -> pd.DataFrame:
    """Every person with every kind that was due, who loses most first. `found` is the whole reckoning."""
    rows = []
    for codes, names, rate in figures_across(scope, RATE, from_on, to_on, ("agent", "category"), team_id):
        found = shortfall(int(rate.numerator), rate.denominator or 0, rulebook(), codes[1])
        rows.append(
            {
                "person": names[0],
                "person_code": codes[0],
                "kind": names[1],
                "kind_code": codes[1],
                "due": found.due,
                "completed": found.completed,
                "rate": None if found.rate is None else float(found.rate),
                "points": float(found.points),
                "to_save": found.to_save,
                "found": found,
            }
        )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.sort_values(
        ["points", "to_save", "person_code", "kind_code"], ascending=[False, True, True, True]
    ).reset_index(drop=True)


def total_points(rows: pd.DataFrame) -> Decimal:
    """The points of everybody together."""
    return sum((one.points for one in rows["found"]), Decimal(0))


def points_card(rows: pd.DataFrame) -> None:
    """The points at stake as one figure."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        if rows.empty:
            st.metric(_("Points at stake"), NOTHING)
            return
        st.metric(_("Points at stake"), fmt_count(total_points(rows)))
        st.caption(plain(_("if the period ended now; a person decides")))
        losing = rows[rows["points"] > 0]
        if not losing.empty:
            st.caption(plain(_("{n} people below target", n=fmt_count(losing["person_code"].nunique()))))


def show_points(rows: pd.DataFrame) -> None:
    """Who would lose how many points for what, what would save one, and how it is reckoned."""
    losing = rows[rows["points"] > 0].reset_index(drop=True)
    if losing.empty:
        empty(
            _("Nobody would lose points"),
            _("Every rate is on target or less than a full step below it."),
            "task_alt",
        )
        return
    st.caption(plain(_points_sentence(losing)))
    columns = {
        "person": text_column(_("Person"), 100),
        "kind": text_column(_("Kind"), 210),
        "due": number_column(_("Owed"), width=80),
        "completed": number_column(_("Completed"), width=90),
        "rate": percent_column(_("Callback rate"), _("completed of due")),
        "points": number_column(_("Points"), width=80),
        "to_save": number_column(_("Completions that save a point"), width=200),
    }
    table(losing, columns, key="points", rows_seen=8, on_open=partial(_open, losing))
    st.caption(_("Click a row to see what is not completed."))
    with st.expander(_("How it is reckoned"), icon=":material/rule:"):
        for row in losing.head(5).itertuples():
            found: Shortfall = row.found  # type: ignore[assignment]
            explanation(found.steps, f"{row.person} · {row.kind}")


def _open(losing: pd.DataFrame, position: int) -> None:
    row = losing.iloc[position]
    open_rows(RATE, "rest", agent=str(row["person_code"]), category=str(row["kind_code"]))


def _points_sentence(losing: pd.DataFrame) -> str:
    easiest = losing.dropna(subset=["to_save"]).sort_values("to_save")
    said = _(
        "{n} points for {m} people if the period ended now.",
        n=fmt_count(total_points(losing)),
        m=fmt_count(losing["person_code"].nunique()),
    )
    if easiest.empty:
        return said
    first = easiest.iloc[0]
    return sentences(
        said,
        _(
            "Nearest: {person} saves a point with {n} more of {kind}.",
            person=first["person"],
            n=fmt_count(first["to_save"]),
            kind=first["kind"],
        ),
    )
