"""How long the steps of complaints take: percentiles side by side, and the spread of the one chosen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import charts_spread
from dashboard.charts import Shown
from dashboard.complaint_drill import drill, open_drill
from dashboard.complaint_filters import CaseFilters
from dashboard.components import empty
from dashboard.filters import Filters
from dashboard.formats import NOTHING, fmt_count, fmt_duration, plain
from dashboard.i18n import _, lang
from dashboard.reads import figure, metric_rows, minute
from dashboard.tables import number_column, table, text_column
from db.metrics import METRICS, PERCENTILES
from regulations.access import Scope

TIMES = tuple(
    key for key, metric in METRICS.items() if key.startswith("complaint.") and metric.unit == "hours"
)
_SURGES = "complaint.surge_acknowledge_hours"
_HOUR = 3600


def show_times(scope: Scope, chosen: Filters, filters: CaseFilters, show: Callable[[Shown], None]) -> None:
    """The table of percentiles; a click on a row shows how that time is spread."""
    rows = _percentiles(scope, chosen, filters)
    if not (rows["done"].sum() + rows["open"].sum()):
        empty(_("No complaint was received"), _("Choose a longer period or another team."), "timer")
        return
    asked = st.query_params.get("time", "")
    key = f"complaint.{asked}" if f"complaint.{asked}" in TIMES else "complaint.final_feedback_hours"
    left, right = st.columns([9, 5], gap="large")
    is_zh = lang() == "zh"
    columns = {
        "name": text_column(_("From … to"), 105 if is_zh else 205),
        "done": number_column(_("Finished"), width=60 if is_zh else 66),
        "open": number_column(_("Still open"), width=60 if is_zh else 72),
        **{f"p{percent}": text_column(f"P{percent}", 104 if is_zh else 80) for percent in PERCENTILES},
    }

    def opened(position: int) -> None:
        st.query_params["time"] = str(rows.iloc[position]["key"]).removeprefix("complaint.")

    with left:
        table(rows, columns, key="times", on_open=opened)
        st.caption(
            _("P50: half of the finished took no longer; P90: nine in ten. Click a row to see its spread.")
        )
    with right:
        _spread(scope, chosen, filters, key, show)


def _percentiles(scope: Scope, chosen: Filters, filters: CaseFilters) -> pd.DataFrame:
    records = []
    for key in TIMES:
        one = figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id, filters.where)
        marks = {
            f"p{p}": NOTHING if one.percentile(p) is None else fmt_duration((one.percentile(p) or 0) * _HOUR)
            for p in PERCENTILES
        }
        records.append(
            {"key": key, "name": METRICS[key].name(lang()), "done": one.numerator, "open": one.rest} | marks
        )
    return pd.DataFrame(records)


def _spread(
    scope: Scope, chosen: Filters, filters: CaseFilters, key: str, show: Callable[[Shown], None]
) -> None:
    one = figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id, filters.where)
    head, action = st.columns(2, vertical_alignment="center")
    head.markdown(f"**{plain(METRICS[key].name(lang()))}**")
    if not one.denominator:
        st.caption(_("Nothing to count in this period"))
        return
    action.button(
        _("Show the {n} cases", n=fmt_count(one.denominator)),
        icon=":material/list:",
        type="tertiary",
        on_click=open_drill,
        args=(drill(key),),
        key="spread_cases",
    )
    at = minute()
    rows = metric_rows(scope, key, chosen.from_on, chosen.to_on, chosen.team_id, filters.where)
    begun = "raised_at" if key == _SURGES else "sent_at" if rows and "sent_at" in rows[0] else "received_at"
    finished = [row for row in rows if row["counts"]]
    ages = [(at - row[begun]).total_seconds() / _HOUR for row in rows if not row["counts"]]
    limits = [row["allowed_hours"] for row in rows if row.get("allowed_hours") is not None]
    judged = [row for row in finished if row.get("allowed_hours") is not None]
    kept = sum(row["hours"] <= row["allowed_hours"] for row in judged)
    show(
        charts_spread.share_done(
            [row["hours"] for row in finished],
            one.percentiles,
            ages,
            (min(limits), max(limits)) if limits else None,
            kept if judged and len(judged) == len(finished) else None,
        )
    )
