"""The way down from a figure of complaints: exactly the rows behind it, as a list whose address can be sent on.

The list and its count come from the same selection as the figure (db.metrics), so they agree.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.complaint_filters import FACTS, CaseFilters, from_address, to_address, value_name
from dashboard.exports.lists import Sheet, download
from dashboard.filters import EARLIEST, Filters
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant, fmt_month, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import Where, metric_rows, minute, now, rulebook, today
from dashboard.tables import hint, state_column, state_label, table, text_column
from db.metrics import METRICS, Only, group_names
from regulations.access import Scope
from regulations.complaints import state_at

OPEN_OVERDUE = "complaint.open_overdue"
_IN = "in_"  # before the name of a breakdown, in the address


@dataclass(frozen=True, slots=True)
class Drill:
    """A figure whose rows are wanted: which of them, and of which groups."""

    key: str
    only: Only = "all"
    groups: Where = ()

    def period(self, chosen: Filters) -> tuple[date, date]:
        """The days it is read for: a month's own; for what is overdue now, however long ago that began."""
        if self.key == OPEN_OVERDUE:
            return EARLIEST, today()
        month = dict(self.groups).get("month")
        if month:
            first = date.fromisoformat(f"{month}-01")
            last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
            return first, min(last, today())
        return chosen.from_on, chosen.to_on

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        groups = {f"{_IN}{by}": to_address(code) for by, code in self.groups}
        return {"rows": self.key, "only": self.only, **groups}


def drill(key: str, only: Only = "all", **groups: str) -> Drill:
    """The rows of a metric, of the groups named."""
    return Drill(key, only, tuple(sorted(groups.items())))


def open_drill(wanted: Drill) -> None:
    """Choose a list; for callbacks of buttons and charts."""
    close_drill()
    st.query_params.update(wanted.query())


def close_drill() -> None:
    """Go back to the page without a list."""
    for param in list(st.query_params):
        if param in ("rows", "only") or param.startswith(_IN):
            del st.query_params[param]


def asked_drill() -> Drill | None:
    """The list that the address asks for; None where it asks for none that exists."""
    asked = st.query_params
    key = asked.get("rows", "")
    if not key.startswith("complaint.") or key not in METRICS:
        return None
    known = group_names(key, rulebook(), now())
    groups = {param.removeprefix(_IN): from_address(asked[param]) for param in asked if param.startswith(_IN)}
    if not set(groups) <= set(known) or not _is_month(groups.get("month")):
        return None
    only = asked.get("only", "all")
    return Drill(key, only if only in ("counts", "rest") else "all", tuple(sorted(groups.items())))  # type: ignore[arg-type]


def _is_month(text: str | None) -> bool:
    if text is None:
        return True
    try:
        return date.fromisoformat(f"{text}-01") >= EARLIEST
    except ValueError:
        return False


def show_drill(scope: Scope, chosen: Filters, filters: CaseFilters, wanted: Drill) -> None:
    """The list with its name, its count, the way back, and the download."""
    first, last = wanted.period(chosen)
    where = tuple(sorted({**dict(filters.where), **dict(wanted.groups)}.items()))
    found = metric_rows(scope, wanted.key, first, last, chosen.team_id, where, wanted.only)
    with st.container(border=True, key="drill"):
        head, actions = st.columns([5, 2], vertical_alignment="center")
        head.markdown(f"##### {plain(title_of(wanted, filters, found))}")
        span = _("{first} to {last}", first=first.isoformat(), last=last.isoformat())
        if wanted.key == OPEN_OVERDUE:
            span = _("as of now, whenever it began")
        head.caption(plain(_("{n} rows · {span}", n=fmt_count(len(found)), span=span)))
        rows = drill_frame(wanted.key, found)
        columns = _columns(wanted.key, rows)
        with actions, st.container(horizontal=True, horizontal_alignment="right"):
            if len(rows):
                download(scope, _sheet(wanted, chosen, filters, rows, columns, span, found), "drill")
            st.button(_("Close the list"), icon=":material/close:", on_click=close_drill, key="drill_close")
        if rows.empty:
            st.caption(_("No row: nothing counts here with these filters."))
            return
        opened = table(rows, columns, key="drill_rows", rows_seen=10)
        hint()
    if opened is not None:
        navigation.go("case", {"case": str(rows.iloc[opened]["number"])})


def title_of(wanted: Drill, filters: CaseFilters, found: Sequence[Mapping[str, Any]] = ()) -> str:
    """What the list holds, in words: the figure, which of its rows, of which groups (whose names `found` tells)."""
    metric = METRICS[wanted.key]
    parts = [metric.name(lang())]
    if metric.unit == "percent":
        parts += {"rest": [_missed(wanted.key)], "counts": [metric.numerator[lang() == "en"]]}.get(
            wanted.only, []
        )
    if metric.unit == "hours":
        parts += {"rest": [_("still open")], "counts": [_("finished")]}.get(wanted.only, [])
    parts += [_group_name(by, code, found) for by, code in wanted.groups]
    parts += [value_name(fact, code) for fact, code in filters.where]
    return " · ".join(parts)


def _missed(key: str) -> str:
    return _("late or overdue") if key.endswith("_attainment") else _("the others")


def _group_name(by: str, code: str, found: Sequence[Mapping[str, Any]]) -> str:
    if by in ("team", "agent", "handler") and found:
        return str(found[0][by])
    return group_value(by, code)


def group_value(by: str, code: str) -> str:
    """What a group's value is called."""
    if by in FACTS:
        return value_name(by, code)
    if by == "month":
        return fmt_month(code)
    return name("clock", code) if by == "clock" else code


def drill_frame(key: str, found: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of a metric as a table of words, one a row; `number` is the case it opens."""
    at = minute()
    return pd.DataFrame([_row(key, row, at) for row in found])


def _row(key: str, row: Mapping[str, Any], at: Any) -> dict[str, object]:
    shown: dict[str, object] = {
        "number": row["number"],
        "person": row["handler"],
        "team": row["team"],
        "department": row["department"] or NOTHING,
        "category": name("complaint_category", row["category"]),
        "severity": name("severity", row["severity"]),
        "received": fmt_instant(row["received_at"]),
        "status": name("complaint_status", row["status"]),
        "summary": row["summary"],
    }
    if "met_at" in row:
        state = state_at(row["due_at"], None, row["met_at"], at)
        over = ((row["met_at"] or at) - row["due_at"]).total_seconds()
        if "clock" in row:
            title = name("clock", row["clock"])
            shown["clock"] = f"{title} {row['ordinal']}" if row["ordinal"] > 1 else title
        shown |= {
            "state": state_label("clock_state", state),
            "due": fmt_instant(row["due_at"]),
            "met": fmt_instant(row["met_at"]) if row["met_at"] else _("still open"),
            "time": _("{duration} late", duration=fmt_duration(over))
            if state == "breached"
            else _("in time"),
        }
    elif METRICS[key].unit == "hours":
        begun = row.get("sent_at") or row.get("raised_at") or row["received_at"]
        is_done = row["hours"] is not None
        took = fmt_duration(row["hours"] * 3600 if is_done else (at - begun).total_seconds())
        shown |= {
            "begun": fmt_instant(begun),
            "done": fmt_instant(row["done_at"]) if is_done else _("still open"),
            "time": took if is_done else _("open for {duration}", duration=took),
        }
    elif key == OPEN_OVERDUE:
        over = (at - row["due_at"]).total_seconds()
        shown |= {
            "due": fmt_instant(row["due_at"]),
            "time": _("{duration} over", duration=fmt_duration(over)),
            "clocks": row["overdue_clocks"],
        }
    return shown


def _columns(key: str, rows: pd.DataFrame) -> dict[str, Any]:
    known = {
        "number": text_column(_("Number"), 140),
        "state": state_column(_("State"), "clock_state", ("breached", "met"), 105),
        "clock": text_column(_("Clock"), 150),
        "time": text_column(_("Time"), 140),
        "due": text_column(_("Due"), 135),
        "clocks": st.column_config.NumberColumn(_("Clocks overdue"), format="%d", width=110),
        "met": text_column(_("Done at"), 135),
        "begun": text_column(_("From"), 135),
        "done": text_column(_("Done at"), 135),
        "person": text_column(_("Responsible"), 90),
        "department": text_column(_("Department"), 110),
        "summary": text_column(_("What it is about"), 300),
        "category": text_column(_("Category"), 120),
        "received": text_column(_("Received"), 135),
        "status": text_column(_("Progress"), 80),
        "team": text_column(_("Team"), 120),
    }
    if key.endswith("_hours"):
        del known["received"]
    return {column: shown for column, shown in known.items() if column in rows}


def _sheet(
    wanted: Drill, chosen: Filters, filters: CaseFilters, rows: pd.DataFrame, columns: Mapping[str, Any], span: str,
    found: Sequence[Mapping[str, Any]],
) -> Sheet:  # fmt: skip
    said = [(_("Period"), span), *filters_said(chosen, filters.where)]
    said += [(_("Only"), _group_name(by, code, found)) for by, code in wanted.groups]
    return Sheet(
        title_of(wanted, CaseFilters(), found),
        tuple(said),
        tuple(str(column["label"]) for column in columns.values()),
        tuple(tuple(_cell(row[column]) for column in columns) for row in rows.to_dict("records")),
    )


def filters_said(chosen: Filters, where: Where) -> list[tuple[str, str]]:
    """The filters of the page in words, for what leaves it."""
    said = [(_("Team"), chosen.team_name or _("All teams"))]
    return said + [(_(FACTS[fact]), value_name(fact, code)) for fact, code in where]


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value
