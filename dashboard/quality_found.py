"""What was found in the calls of the month, by category: confirmed, open, overturned, with the way down to the calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.charts import BLUE, GREY, SKY, VERMILION
from dashboard.charts_counts import stacked_counts
from dashboard.components import empty, section
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, name, sentences
from dashboard.quality_month_reads import Month, found
from dashboard.tables import number_column, table, text_column
from db.quality_month import Found
from regulations.access import Scope

_MOST_BARS = 8


def show(scope: Scope, chosen: Month) -> None:
    """Chart, sentence and list; a row opens its calls."""
    section(
        _("What was found most"),
        _("In all inspected calls of the month. Only what a person confirmed counts against anybody."),
    )
    rows = found(scope, chosen)
    if not rows:
        empty(_("Nothing was found"), _("No finding stands in this month."), "task_alt")
        return
    chart, listed = st.columns([11, 10])
    with chart:
        made, _total = stacked_counts(bars(rows[:_MOST_BARS]), colours())
        said = sentence(rows)
        st.altair_chart(made, width="stretch", alt=said)
    with listed:
        columns = {
            "what": text_column(_("What was found"), 165),
            "confirmed": number_column(_("Confirmed"), width=80),
            "open": number_column(_("Undecided"), width=80),
            "overturned": number_column(_("Overturned"), width=85),
            "calls": number_column(_("In calls"), width=75),
        }
        opened = table(_frame(rows), columns, key="found_most", rows_seen=10)
    st.caption(plain(sentences(said, _("Click a row to open its calls."))))
    if opened is not None:
        query = {"view": "calls", "category": rows[opened].category, **chosen.query()}
        navigation.go("quality", query)


def titles(rows: Sequence[Found]) -> list[str]:
    """What each row is called: its category, with its kind where two kinds share one."""
    counts = Counter(row.category for row in rows)
    words = []
    for row in rows:
        title = name("finding_category", row.category)
        words.append(title if counts[row.category] == 1 else f"{title} · {name('finding_kind', row.kind)}")
    return words


def _frame(rows: Sequence[Found]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "what": title,
            "confirmed": row.confirmed,
            "open": row.undecided + row.proposed,
            "overturned": row.overturned,
            "calls": row.calls,
        }
        for row, title in zip(rows, titles(rows), strict=True)
    )


def colours() -> dict[str, str]:
    """What people made of findings, with its colour, in the order of stacking."""
    return {_("Confirmed"): VERMILION, _("To decide"): BLUE, _("Only proposed"): SKY, _("Overturned"): GREY}


def bars(rows: Sequence[Found]) -> pd.DataFrame:
    """Findings as `charts_counts.stacked_counts` takes them: group, state, count."""
    return pd.DataFrame(
        [
            {"group": title, "state": state, "count": count}
            for row, title in zip(rows, titles(rows), strict=True)
            for state, count in zip(
                colours(), (row.confirmed, row.undecided, row.proposed, row.overturned), strict=True
            )
        ],
        columns=["group", "state", "count"],
    )


def sentence(rows: Sequence[Found]) -> str:
    """What was confirmed most among wording, and how far the decisions are; measurements apart."""
    wording = [row for row in rows if row.kind != "measure"]
    measured = [row for row in rows if row.kind == "measure"]
    parts = []
    confirmed = sum(row.confirmed for row in wording)
    if confirmed:
        top = max(wording, key=lambda row: row.confirmed)
        parts.append(
            _(
                "Wording: {confirmed} findings confirmed, most often {name} ({n}); {open} open, {overturned} overturned.",
                confirmed=fmt_count(confirmed),
                name=name("finding_category", top.category),
                n=fmt_count(top.confirmed),
                open=fmt_count(sum(row.undecided + row.proposed for row in wording)),
                overturned=fmt_count(sum(row.overturned for row in wording)),
            )
        )
    elif wording:
        parts.append(_("Wording: nothing is confirmed yet."))
    if measured:
        parts.append(
            _(
                "Measurements (rings, silence …): {n} remarks in all, which cost no points.",
                n=fmt_count(sum(row.total for row in measured)),
            )
        )
    return sentences(*parts)
