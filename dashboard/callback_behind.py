"""The callbacks behind a figure of this page: as many as the figure says, at an address that can be sent on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.behind import Behind, close_rows
from dashboard.filters import Filters
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import metric_rows
from dashboard.tables import hint, label_column, table, text_column
from db.metrics import METRICS
from regulations.access import Scope


def show_behind(scope: Scope, chosen: Filters, wanted: Behind) -> str | None:
    """The list with its name, its count and the way back; the number of the row that was clicked."""
    found = metric_rows(
        scope, wanted.key, chosen.from_on, chosen.to_on, chosen.team_id, wanted.groups, wanted.only
    )
    with st.container(border=True, key="behind"):
        head, action = st.columns([5, 1], vertical_alignment="center")
        head.markdown(f"##### {plain(_title(scope, wanted, found))}")
        span = _("{first} to {last}", first=chosen.from_on.isoformat(), last=chosen.to_on.isoformat())
        head.caption(plain(_("{n} rows · {span}", n=fmt_count(len(found)), span=span)))
        action.button(_("Close the list"), icon=":material/close:", on_click=close_rows, key="behind_close")
        if not found:
            st.caption(_("No row: nothing counts here with these filters."))
            return None
        frame = _frame(wanted.key, found)
        opened = table(frame, _columns(wanted.key), key="behind_rows", rows_seen=10)
        hint()
    return None if opened is None else str(frame.iloc[opened]["number"])


def _title(scope: Scope, wanted: Behind, found: list[dict[str, Any]]) -> str:
    metric = METRICS[wanted.key]
    parts = [metric.name(lang())]
    if wanted.only != "all":
        parts.append(metric.numerator[lang() == "en"] if wanted.only == "counts" else _("the others"))
    for by, code in wanted.groups:
        if by == "category":
            parts.append(name("callback_kind", code))
        elif by in ("agent", "team"):
            parts.append(str(found[0][by]) if found else code)
        else:
            parts.append(name(by, code) if code else NOTHING)
    return " · ".join(parts)


def _frame(key: str, found: list[dict[str, Any]]) -> pd.DataFrame:
    yes, no = _counted(key)
    return pd.DataFrame(
        {
            "counted": [yes if row["counts"] else no],
            "number": row["number"],
            "kind": name("callback_kind", row["kind"]),
            "customer": row["customer"] or NOTHING,
            "agent": row["agent"],
            "due": fmt_instant(row["due_at"]),
            "done": _done(row["completed_at"], row["settled_reason"]),
            "satisfaction": name("satisfaction", row["satisfaction"]) if row["satisfaction"] else NOTHING,
            "subject": row["subject"] or NOTHING,
        }
        for row in found
    )


def _done(completed_at: datetime | None, settled_reason: str) -> str:
    if completed_at is not None:
        return fmt_instant(completed_at)
    return name("settled_reason", settled_reason) if settled_reason else _("not completed")


def _counted(key: str) -> tuple[str, str]:
    return METRICS[key].numerator[lang() == "en"], _("the others")


def _columns(key: str) -> dict[str, Any]:
    colours = ("green", "red") if METRICS[key].better == "up" else ("red", "green")
    return {
        "counted": label_column(_("Counted"), _counted(key), colours, 190),
        "number": text_column(_("Number"), 150),
        "kind": text_column(_("Kind"), 200),
        "customer": text_column(_("Customer"), 75),
        "agent": text_column(_("Caller"), 70),
        "due": text_column(_("Due"), 135),
        "done": text_column(_("Completed"), 150),
        "satisfaction": text_column(_("Satisfaction"), 90),
        "subject": text_column(_("What it is about"), "large"),
    }
