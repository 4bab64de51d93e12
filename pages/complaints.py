"""Complaints: were the deadlines kept, what is open and for how long, what is it about."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, charts_counts, charts_time, complaint_lists, navigation
from dashboard.auth import require
from dashboard.components import (
    Filters,
    comparison_sentence,
    empty,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.filters import view_filter
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, name
from dashboard.reads import figure, figures_by
from dashboard.tables import hint, state_column, table, text_column
from regulations.access import Scope

CARDS = (
    "complaint.all_clocks_attainment",
    "complaint.forward_attainment",
    "complaint.first_feedback_attainment",
    "complaint.final_feedback_attainment",
    "complaint.progress_attainment",
)
ALL_CLOCKS = CARDS[0]
RECEIVED = "complaint.received"
TREND_MONTHS = 13


def _cards(scope: Scope, chosen: Filters) -> None:
    before = chosen.previous()
    for column, key in zip(st.columns(len(CARDS)), CARDS, strict=True):
        with column:
            figure_card(
                figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id),
                figure(scope, key, *before, chosen.team_id),
            )


def _trend(scope: Scope, chosen: Filters) -> None:
    first = pd.Timestamp(chosen.to_on).replace(day=1) - pd.DateOffset(months=TREND_MONTHS - 1)
    months = figures_by(scope, ALL_CLOCKS, first.date(), chosen.to_on, "month", chosen.team_id)
    frame = pd.DataFrame(
        [
            {"month": code, "numerator": f.numerator, "denominator": f.denominator, "value": f.value}
            for code, _n, f in months
        ],
        columns=["month", "numerator", "denominator", "value"],
    )
    target = next((f.target for _code, _name, f in months if f.target is not None), None)
    if frame["value"].isna().all():
        empty(_("No deadline has fallen due yet"), _("The trend begins with the first one."), "show_chart")
        return
    _show(charts.rate_trend(frame, target))


def _by_clock(scope: Scope, chosen: Filters) -> None:
    groups = figures_by(scope, ALL_CLOCKS, chosen.from_on, chosen.to_on, "clock", chosen.team_id)
    frame = charts.rates_frame(groups)
    if frame.empty:
        empty(_("No deadline fell due"), _("Choose a longer period or another team."), "timer")
        return
    _show(charts.group_rates(frame, next((f.target for _c, _n, f in groups), None)))


def _ages(open_rows: pd.DataFrame) -> None:
    if open_rows.empty:
        empty(_("Nothing is open"), _("Every case of these teams is closed."), "task_alt")
        return
    frame = complaint_lists.by_age(open_rows)
    frame["state"] = [name("clock_state", state) for state in frame["state"]]
    colours = {name("clock_state", state): colour for state, colour in charts_time.STATE_COLOURS.items()}
    _show(charts_counts.stacked_counts(frame, colours))


def _causes(scope: Scope, chosen: Filters) -> None:
    by = st.segmented_control(
        _("Break down by"),
        ["category", "department", "channel"],
        format_func=lambda b: {
            "category": _("Category"),
            "department": _("Department"),
            "channel": _("Channel"),
        }[b],
        default="category",
        key="causes_by",
        label_visibility="collapsed",
        required=True,
    )
    groups = figures_by(scope, RECEIVED, chosen.from_on, chosen.to_on, str(by), chosen.team_id)
    frame = pd.DataFrame(
        [{"name": title or _("not assigned"), "count": f.numerator} for _c, title, f in groups],
        columns=["name", "count"],
    )
    if frame.empty:
        empty(_("No complaint was received"), _("Choose a longer period or another team."), "inbox")
        return
    _show(charts_counts.pareto(frame))


def _cases(scope: Scope, chosen: Filters) -> None:
    view = view_filter("show", complaint_lists.COMPLAINT_VIEWS, "complaints_show")
    rows = complaint_lists.complaint_rows(scope, view, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No case in this list"), _("Nothing to do here. Other lists stand above."), "task_alt")
        return
    st.caption(plain(_("{n} cases, what hurts most first.", n=fmt_count(len(rows)))))
    states = ("breached", "due_soon", "on_track", "on_hold", "met", "off")
    columns = {
        "number": text_column(_("Number"), 140),
        "state": state_column(_("State"), "clock_state", states, 100),
        "clock": text_column(_("Clock"), 160),
        "left": text_column(_("Time"), 125),
        "due": text_column(_("Due"), 135),
        "person": text_column(_("Responsible"), 90),
        "department": text_column(_("Department"), 110),
        "summary": text_column(_("What it is about"), 330),
        "category": text_column(_("Category"), 150),
        "team": text_column(_("Team"), 130),
    }
    if rows["team"].nunique() < 2:
        del columns["team"]
    opened = table(rows, columns, key=f"cases_{view}")
    hint()
    if opened is not None:
        navigation.go("case", {"case": str(rows.iloc[opened]["number"])})


def _show(shown: charts.Shown) -> None:
    chart, sentence = shown
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _page() -> None:
    scope = require("complaints.view")
    page_header(
        _("Complaints"),
        _(
            "Whether the deadlines were kept, what is open and what it is about. For supervisors and managers."
        ),
    )
    chosen = period_and_team_filters(scope)
    comparison_sentence(chosen)
    _cards(scope, chosen)
    section(_("Case list"))
    _cases(scope, chosen)
    open_rows = complaint_lists.complaint_rows(scope, "open", chosen.from_on, chosen.to_on, chosen.team_id)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("Deadlines kept, month by month"))
        _trend(scope, chosen)
    with right:
        section(_("Deadlines kept, by clock"))
        _by_clock(scope, chosen)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("Open cases by age"))
        _ages(open_rows)
    with right:
        section(_("What the complaints are about"))
        _causes(scope, chosen)


_page()
