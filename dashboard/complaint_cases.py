"""The list of cases as people work it, what hurts most first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import complaint_lists, navigation
from dashboard.complaint_drill import filters_said
from dashboard.complaint_filters import CaseFilters, list_filters
from dashboard.components import empty, section
from dashboard.exports.lists import Sheet, download
from dashboard.filters import Filters, view_filter
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, lang, name, sentences
from dashboard.tables import hint, state_column, table, text_column
from regulations.access import Scope


def show_cases(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    """The list with its views, its filters and its download; a click on a row opens the case."""
    section(_("Case list"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = view_filter("show", complaint_lists.COMPLAINT_VIEWS, "complaints_show")
        list_filters(filters)
    age = _age_of_address()
    worst = _worst_of_address()
    rows, total = complaint_lists.complaint_rows(scope, view, chosen, filters, age, worst)
    if rows.empty:
        sentence = _("Nothing to do here. Other lists stand above.")
        if filters.narrows_list or filters.where or age is not None or worst:
            sentence = _("No case fits these filters. Clear them, or choose another list above.")
        empty(_("No case in this list"), sentence, "task_alt")
        _age_note(age, worst)
        return
    text = _("{n} cases, what hurts most first.", n=fmt_count(total))
    if total > len(rows):
        text = sentences(text, _("The first {n} are shown.", n=fmt_count(len(rows))))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(text))
        _age_note(age, worst)
        download(scope, _sheet(view, chosen, filters, rows, age, worst), "cases")
    states = ("breached", "due_soon", "on_track", "on_hold", "met", "off")
    is_zh = lang() == "zh"
    has_teams = rows["team"].nunique() > 1
    columns = {
        "number": text_column(_("Number"), 135),
        "state": state_column(_("State"), "clock_state", states, 85 if is_zh else 105),
        "clock": text_column(_("Clock"), 105 if is_zh else 152),
        "left": text_column(_("Time"), 120),
        "due": text_column(_("Due"), 128),
        "person": text_column(_("Responsible"), 72 if is_zh else 92),
        "department": text_column(_("Department"), 90),
        "summary": text_column(_("What it is about"), (205 if has_teams else 310) - (0 if is_zh else 75)),
        "team": text_column(_("Team"), 105),
    }
    if not has_teams:
        del columns["team"]
    opened = table(rows, columns, key=f"cases_{view}", rows_seen=10)
    hint()
    if opened is not None:
        navigation.go("case", {"case": str(rows.iloc[opened]["number"])})


def _sheet(
    view: str, chosen: Filters, filters: CaseFilters, rows: pd.DataFrame, age: int | None, worst: str
) -> Sheet:
    title = _(complaint_lists.COMPLAINT_VIEWS[view])
    said = [*filters_said(chosen, filters.where), *CaseFilters((), filters.clock, filters.state, filters.search).described()]  # fmt: skip
    if view == "received":
        said.insert(0, (_("Period"), _("{first} to {last}", first=chosen.from_on.isoformat(), last=chosen.to_on.isoformat())))  # fmt: skip
    if age is not None:
        said.append((_("Age"), _(complaint_lists.AGES[age][1])))
    if worst:
        said.append((_("Worst running clock"), name("clock_state", worst)))
    columns = {
        "number": _("Number"), "state": _("State"), "clock": _("Clock"), "left": _("Time"), "due": _("Due"),
        "person": _("Responsible"), "department": _("Department"), "team": _("Team"), "received": _("Received"),
        "category": _("Category"), "status": _("Progress"), "summary": _("What it is about"),
    }  # fmt: skip
    cells = tuple(
        tuple(" ".join(row[c]) if isinstance(row[c], list) else row[c] for c in columns)
        for row in rows.to_dict("records")
    )
    return Sheet(title, tuple(said), tuple(columns.values()), cells)


def _age_of_address() -> int | None:
    asked = st.query_params.get("age", "")
    is_known = asked.isascii() and asked.isdecimal() and len(asked) < 3
    return int(asked) if is_known and int(asked) < len(complaint_lists.AGES) else None


def _worst_of_address() -> str:
    asked = st.query_params.get("worst", "")
    return asked if asked in complaint_lists.OPEN_STATES else ""


def _age_note(age: int | None, worst: str) -> None:
    """Which age and state the list is narrowed to, and the way out of it."""
    said = [_(complaint_lists.AGES[age][1])] if age is not None else []
    said += [name("clock_state", worst)] if worst else []
    if not said:
        return
    st.button(
        _("Only {which}: show all", which=" · ".join(said)),
        icon=":material/close:",
        type="tertiary",
        on_click=_all_ages,
        key="all_ages",
    )


def _all_ages() -> None:
    for param in ("age", "worst"):
        if param in st.query_params:
            del st.query_params[param]
