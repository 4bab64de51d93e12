"""Complaints: how often were we late, why, and is it getting better; what is open; how long things take."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import (
    charts,
    charts_counts,
    charts_time,
    complaint_cases,
    complaint_lists,
    complaint_times,
    navigation,
)
from dashboard.auth import require
from dashboard.complaint_drill import Drill, asked_drill, drill, open_drill, show_drill
from dashboard.complaint_filters import (
    FACTS,
    CaseFilters,
    fact_filters,
    from_address,
    to_address,
    value_name,
)
from dashboard.complaint_headline import RECEIVED, show_cards, show_headline
from dashboard.components import Filters, empty, page_header, period_and_team_filters, section
from dashboard.filters import view_filter
from dashboard.formats import fmt_rate, plain
from dashboard.i18n import _, name, sentences
from dashboard.reads import figure, figures_by
from dashboard.tables import number_column, percent_column, table, text_column
from regulations.access import Scope

ALL_CLOCKS = complaint_lists.ALL_CLOCKS


def _clocks(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    section(
        _("Deadlines kept, clock by clock"),
        _("The worst first. Click a clock to see its missed deadlines."),
    )
    rows = complaint_lists.clock_rows(scope, chosen, filters)
    if not rows["due"].sum():
        empty(_("No deadline fell due"), _("Choose a longer period or another team."), "timer")
        return
    floor = charts.rate_floor([value for trend in rows["trend"] for value in trend])
    months = complaint_lists.trend_months(chosen.to_on)
    columns = {
        "name": text_column(_("Clock"), 150),
        "value": percent_column(_("Kept")),
        "late": number_column(_("Missed"), width=80),
        "due": number_column(_("Fallen due"), width=90),
        "change": st.column_config.NumberColumn(_("Change, pp"), format="%+.1f", width=110),
        "trend": st.column_config.LineChartColumn(
            _("{first} to {last}", first=months[0], last=months[-1]), y_min=floor, y_max=100, width=240
        ),
        "clauses": text_column(_("Clauses"), 130),
    }

    def opened(position: int) -> None:
        open_drill(drill(ALL_CLOCKS, "rest", clock=str(rows.iloc[position]["code"])))

    table(rows, columns, key="clocks", on_open=opened)
    span = _(
        "The small lines run from {first} to {last}, each between {floor} and 100%; months without anything due are left out.",
        first=months[0],
        last=months[-1],
        floor=fmt_rate(float(floor)),
    )
    target = figure(scope, ALL_CLOCKS, chosen.from_on, chosen.to_on, chosen.team_id).target
    counted = rows[rows["due"] > 0]
    if target is not None:
        short = int((counted["value"] < target).sum())
        goal = fmt_rate(target)
        text = _("{n} of {m} clocks are below the target of {goal}.", n=short, m=len(counted), goal=goal)
        span = sentences(text, span)
    st.caption(plain(span))


def _causes(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    by = view_filter("by", FACTS, "causes_by")
    groups = figures_by(scope, RECEIVED, chosen.from_on, chosen.to_on, by, chosen.team_id, filters.where)
    frame = pd.DataFrame(
        [{"name": value_name(by, code), "code": to_address(code), "count": f.numerator} for code, _n, f in groups],
        columns=["name", "code", "count"],
    )  # fmt: skip
    if frame.empty:
        empty(_("No complaint was received"), _("Choose a longer period or another team."), "inbox")
        return

    def clicked(mark: dict[str, object]) -> None:
        open_drill(Drill(RECEIVED, groups=((by, from_address(str(mark["code"]))),)))

    _show(charts_counts.pareto(frame), f"pareto_{by}", clicked)


def _ages(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    frame = complaint_lists.open_ages(scope, chosen.team_id, filters.where)
    if not frame["count"].sum():
        empty(_("Nothing is open"), _("Every case of these teams is closed."), "task_alt")
        return
    titles = list(dict.fromkeys(frame["group"]))
    frame["state"] = [name("clock_state", state) for state in frame["state"]]
    colours = {name("clock_state", state): colour for state, colour in charts_time.STATE_COLOURS.items()}

    def clicked(mark: dict[str, object]) -> None:
        worst = next(
            code for code in complaint_lists.OPEN_STATES if name("clock_state", code) == mark["state"]
        )
        st.query_params.update({"show": "open", "age": str(titles.index(str(mark["group"]))), "worst": worst})

    _show(charts_counts.stacked_counts(frame, colours), "ages", clicked)


def _show(
    shown: charts.Shown, key: str = "", clicked: Callable[[dict[str, object]], None] | None = None
) -> None:
    """A chart with its sentence; a click on a mark of it opens what the mark counts."""
    chart, sentence = shown
    if clicked is not None:

        def picked() -> None:
            marks = st.session_state[key]["selection"].get("mark") or []
            if marks and isinstance(marks[0], dict):
                clicked(marks[0])

        st.altair_chart(
            chart, width="stretch", alt=sentence, key=key, on_select=picked, selection_mode="mark"
        )
    else:
        st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _page() -> None:
    scope = require("complaints.view")
    head, action = st.columns([5, 1], vertical_alignment="bottom")
    with head:
        page_header(
            _("Complaints"),
            _("How often deadlines were missed, why, and whether it is getting better. For supervisors and managers."),
        )  # fmt: skip
    if navigation.may_open(scope, "register"):
        with action:
            if st.button(_("Register a complaint"), icon=":material/add:", type="primary", width="stretch"):
                navigation.go("register", {})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = period_and_team_filters(scope)
        filters = fact_filters(scope, chosen)
    wanted = asked_drill()
    if wanted is not None:
        show_drill(scope, chosen, filters, wanted)
    show_headline(scope, chosen, filters, _show)
    show_cards(scope, chosen, filters)
    complaint_cases.show_cases(scope, chosen, filters)
    _clocks(scope, chosen, filters)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("What the complaints are about"), _("Click a bar to see its cases."))
        _causes(scope, chosen, filters)
    with right:
        section(_("Open cases by age"), _("Click a part of a bar to list its cases above."))
        _ages(scope, chosen, filters)
    section(
        _("How long it takes"),
        _("From timestamps, in hours on the clock; what is still open stands beside it."),
    )
    complaint_times.show_times(scope, chosen, filters, _show)


_page()
