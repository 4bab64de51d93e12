"""The rows behind a figure of repairs or surveys: as many as the card says, at an address that can be sent on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.filters import Filters
from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_month, plain
from dashboard.i18n import _, lang
from dashboard.reads import Where, metric_rows, now, rulebook
from dashboard.tables import hint, label_column, table, text_column
from db.metrics import METRICS, Only, group_names
from regulations.access import Scope

_IN = "in_"  # before the name of a breakdown, in the address


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure whose rows are wanted: which of them, and of which groups."""

    key: str
    only: Only = "all"
    groups: Where = ()


def open_rows(key: str, only: Only = "all", **groups: str) -> None:
    """Ask for the rows behind a figure; for callbacks of buttons and charts."""
    close_rows()
    st.query_params.update({"rows": key, "only": only, **{f"{_IN}{by}": code for by, code in groups.items()}})


def close_rows() -> None:
    """Go back to the page without a list."""
    for param in list(st.query_params):
        if param in ("rows", "only") or param.startswith(_IN):
            del st.query_params[param]


def asked_rows(*subjects: str) -> Behind | None:
    """The list that the address asks for, of metrics of these subjects; None where there is no such list."""
    asked = st.query_params
    key = asked.get("rows", "")
    if key not in METRICS or key.partition(".")[0] not in subjects:
        return None
    groups = {param.removeprefix(_IN): asked[param] for param in asked if param.startswith(_IN)}
    if not set(groups) <= set(group_names(key, rulebook(), now())):
        return None
    only = asked.get("only", "all")
    return Behind(key, only if only in ("counts", "rest") else "all", tuple(sorted(groups.items())))  # type: ignore[arg-type]


def show_rows(scope: Scope, chosen: Filters, wanted: Behind) -> str | None:
    """The list with its name, its count and the way back; the number of the row that was clicked."""
    first, last = _period(chosen, wanted)
    found = metric_rows(scope, wanted.key, first, last, chosen.team_id, wanted.groups, wanted.only)
    with st.container(border=True, key="behind"):
        head, action = st.columns([5, 1], vertical_alignment="center")
        head.markdown(f"##### {plain(_title(wanted))}")
        head.caption(
            plain(
                _(
                    "{n} rows · {span}",
                    n=fmt_count(len(found)),
                    span=_("{first} to {last}", first=first.isoformat(), last=last.isoformat()),
                )
            )
        )
        action.button(_("Close the list"), icon=":material/close:", on_click=close_rows, key="behind_close")
        if not found:
            st.caption(_("No row: nothing counts here with these filters."))
            return None
        frame = _frame(wanted.key, found)
        opened = table(frame, _columns(wanted.key, frame), key="behind_rows", rows_seen=10)
        hint()
    return None if opened is None else str(frame.iloc[opened]["number"])


def _period(chosen: Filters, wanted: Behind) -> tuple[date, date]:
    month = dict(wanted.groups).get("month", "")
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return chosen.from_on, chosen.to_on
    return first, date.fromordinal(
        (first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)).toordinal() - 1
    )


def _title(wanted: Behind) -> str:
    metric = METRICS[wanted.key]
    parts = [metric.name(lang())]
    if metric.unit == "percent" and wanted.only != "all":
        parts.append(metric.numerator[lang() == "en"] if wanted.only == "counts" else _("the others"))
    parts += [fmt_month(code) if by == "month" else code or NOTHING for by, code in wanted.groups]
    return " · ".join(parts)


def _frame(key: str, found: list[dict[str, Any]]) -> pd.DataFrame:
    yes, no = _counted(key)
    rows = []
    for row in found:
        shown = {
            name: fmt_instant(value) if isinstance(value, datetime) else value for name, value in row.items()
        }
        rows.append({**shown, "counted": [yes if row["counts"] else no]})
    frame = pd.DataFrame(rows)
    if "points" in frame:
        frame["points"] = [NOTHING if value is None else fmt_count(value) for value in frame["points"]]
    return frame.fillna(NOTHING).replace("", NOTHING)


def _counted(key: str) -> tuple[str, str]:
    metric = METRICS[key]
    if metric.unit != "percent":
        return _("counts"), _("counts")
    return metric.numerator[lang() == "en"], _("the others")


def _columns(key: str, frame: pd.DataFrame) -> dict[str, Any]:
    yes, no = _counted(key)
    colours = ("green", "red") if METRICS[key].better == "up" else ("red", "green")
    titles = {
        "number": text_column(_("Number"), 150),
        "dimension": text_column(_("Dimension"), 110),
        "grade": text_column(_("Grade"), 90),
        "points": text_column(_("Points"), 70),
        "notified_at": text_column(_("Called"), 135),
        "form_at": text_column(_("Dispatched"), 135),
        "arrival_due_at": text_column(_("Due on site"), 135),
        "arrived_at": text_column(_("Arrived"), 135),
        "finished_at": text_column(_("Finished"), 135),
        "answered_at": text_column(_("Answered at"), 135),
        "agent": text_column(_("Person"), 80),
        "engineer": text_column(_("Engineer"), 80),
        "summary": text_column(_("What is to be repaired"), "large"),
        "comment": text_column(_("Comment"), "large"),
    }
    labels = list(dict.fromkeys((yes, no)))
    return {
        "counted": label_column(_("Counted"), labels, colours[: len(labels)], 150),
        **{name: column for name, column in titles.items() if name in frame},
    }
