"""Complaints: how often were we late, why, and is it getting better; what is open; how long things take."""

from __future__ import annotations

from functools import partial

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
from dashboard.complaint_drill import OPEN_OVERDUE, Drill, asked_drill, drill, open_drill, show_drill
from dashboard.complaint_filters import (
    FACTS,
    CaseFilters,
    fact_filters,
    from_address,
    to_address,
    value_name,
)
from dashboard.components import Filters, empty, figure_card, page_header, period_and_team_filters, section
from dashboard.filters import EARLIEST, view_filter
from dashboard.formats import fmt_count, fmt_rate, plain
from dashboard.i18n import _, name, sentences
from dashboard.reads import Where, figure, figures_by, today
from dashboard.tables import number_column, percent_column, table, text_column
from db.metrics import Figure
from regulations.access import Scope

ALL_CLOCKS = complaint_lists.ALL_CLOCKS
RECEIVED = "complaint.received"
CARDS = (RECEIVED, "complaint.final_feedback_hours", "complaint.reopen_rate", "complaint.repeat_share", "complaint.upheld_share")  # fmt: skip


def _of(scope: Scope, key: str, chosen: Filters, where: Where) -> tuple[Figure, Figure]:
    """The figure of the period and the one to compare it with."""
    return (
        figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id, where),
        figure(scope, key, *chosen.previous(), chosen.team_id, where),
    )


def _headline(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    """How often we were late, why, and whether it is getting better."""
    now_, before = _of(scope, ALL_CLOCKS, chosen, filters.where)
    st.markdown(f"**{plain(_late_sentence(now_, before, chosen))}**")
    left, middle, right = st.columns([5, 7, 10])
    with left:
        figure_card(
            now_,
            before,
            on_open=partial(open_drill, drill(ALL_CLOCKS, "rest")) if now_.rest else None,
            link_label=_("Show the {n} missed", n=fmt_count(now_.rest)),
        )
    with middle, st.container(border=True, height="stretch", gap="xsmall"):
        _reasons(scope, chosen, filters)
    with right, st.container(border=True, height="stretch", gap="xsmall"):
        _trend(scope, chosen, filters)


def _late_sentence(now_: Figure, before: Figure, chosen: Filters) -> str:
    if now_.value is None:
        return _("No deadline fell due in this period.")
    parts = [
        _(
            "{late} of {due} deadlines were missed ({share}).",
            late=fmt_count(now_.rest),
            due=fmt_count(now_.denominator),
            share=fmt_rate(100 - now_.value),
        )
    ]
    if before.value is not None:
        first, last = chosen.previous()
        was = fmt_rate(100 - before.value)
        change = round(now_.value - before.value, 1)
        span = {"first": first.isoformat(), "last": last.isoformat()}
        if change > 0:
            parts.append(_("Better than {first} to {last}: {was} then.", was=was, **span))
        elif change < 0:
            parts.append(_("Worse than {first} to {last}: {was} then.", was=was, **span))
        else:
            parts.append(_("As in {first} to {last}.", **span))
    return sentences(*parts)


def _reasons(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    st.markdown(f":small[{plain(_('Where most deadlines were missed'))}]")
    reasons = complaint_lists.worst_reasons(scope, chosen, filters)
    if not reasons:
        st.caption(_("None was missed in this period."))
        return
    for reason in reasons:
        share = fmt_rate(100 * reason.late / reason.late_in_all, 0)
        st.button(
            f"**{plain(reason.step_name)} · {plain(reason.department_name)}**",
            icon=":material/list:",
            type="tertiary",
            on_click=open_drill,
            args=(drill(ALL_CLOCKS, "rest", clock=reason.clock, department=reason.department),),
            key=f"reason:{reason.clock}:{reason.department}",
        )
        counts = _(
            "{late} of {due} missed, {share} of all that were",
            late=fmt_count(reason.late),
            due=fmt_count(reason.due),
            share=share,
        )
        st.caption(plain(counts))


def _trend(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    first = complaint_lists.trend_start(chosen.to_on)
    months = figures_by(scope, ALL_CLOCKS, first, chosen.to_on, "month", chosen.team_id, filters.where)
    frame = pd.DataFrame(
        [
            {"month": code, "numerator": f.numerator, "denominator": f.denominator, "value": f.value}
            for code, _n, f in months
        ],
        columns=["month", "numerator", "denominator", "value"],
    )
    target = next((f.target for _code, _name, f in months if f.target is not None), None)
    st.markdown(f":small[{plain(_('Deadlines kept, month by month'))}]")
    if frame["value"].isna().all():
        st.caption(_("The trend begins with the first deadline that falls due."))
        return
    _show(charts.rate_trend(frame, target, height=170), "trend", _month_clicked)


def _month_clicked(mark: dict[str, object]) -> None:
    open_drill(drill(ALL_CLOCKS, "rest", month=str(mark["month"])))


def _cards(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    columns = st.columns([4, 4, 6, 4, 4, 4])
    with columns[0]:
        figure_card(
            figure(scope, OPEN_OVERDUE, EARLIEST, today(), chosen.team_id, filters.where),
            label=_("Open and overdue now"),
            on_open=partial(open_drill, drill(OPEN_OVERDUE)),
        )
    for column, key in zip(columns[1:], CARDS, strict=True):
        with column:
            now_, before = _of(scope, key, chosen, filters.where)
            only = "counts" if now_.unit == "percent" else "all"
            is_any = bool(now_.numerator) if only == "counts" else bool(now_.denominator or now_.numerator)
            figure_card(now_, before, on_open=partial(open_drill, drill(key, only)) if is_any else None)  # type: ignore[arg-type]


def _clocks(scope: Scope, chosen: Filters, filters: CaseFilters) -> None:
    section(
        _("Deadlines kept, clock by clock"),
        _("The worst first. Click a clock to see its missed deadlines."),
    )
    rows = complaint_lists.clock_rows(scope, chosen, filters)
    if not rows["due"].sum():
        empty(_("No deadline fell due"), _("Choose a longer period or another team."), "timer")
        return
    lowest = min((value for trend in rows["trend"] for value in trend), default=0.0)
    columns = {
        "name": text_column(_("Clock"), 130),
        "value": percent_column(_("Kept")),
        "late": number_column(_("Missed"), width=80),
        "due": number_column(_("Fallen due"), width=90),
        "change": st.column_config.NumberColumn(_("Change, pp"), format="%+.1f", width=110),
        "trend": st.column_config.LineChartColumn(
            _("Last 13 months"), y_min=max(0.0, lowest - 5), y_max=100, width=240
        ),
        "clauses": text_column(_("Clauses"), 130),
    }

    def opened(position: int) -> None:
        open_drill(drill(ALL_CLOCKS, "rest", clock=str(rows.iloc[position]["code"])))

    table(rows, columns, key="clocks", on_open=opened)
    target = figure(scope, ALL_CLOCKS, chosen.from_on, chosen.to_on, chosen.team_id).target
    counted = rows[rows["due"] > 0]
    if target is not None:
        short = int((counted["value"] < target).sum())
        goal = fmt_rate(target)
        text = _("{n} of {m} clocks are below the target of {goal}.", n=short, m=len(counted), goal=goal)
        st.caption(plain(text))


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
        st.query_params.update({"show": "open", "age": str(titles.index(str(mark["group"])))})

    _show(charts_counts.stacked_counts(frame, colours), "ages", clicked)


def _show(shown: charts.Shown, key: str = "", clicked: object = None) -> None:
    """A chart with its sentence; a click on a mark of it opens what the mark counts."""
    chart, sentence = shown
    if callable(clicked):

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
    _headline(scope, chosen, filters)
    _cards(scope, chosen, filters)
    complaint_cases.show_cases(scope, chosen, filters)
    _clocks(scope, chosen, filters)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("What the complaints are about"), _("Click a bar to see its cases."))
        _causes(scope, chosen, filters)
    with right:
        section(_("Open cases by age"), _("Click a bar to list its cases above."))
        _ages(scope, chosen, filters)
    section(
        _("How long it takes"),
        _("From timestamps, in hours on the clock; what is still open stands beside it."),
    )
    complaint_times.show_times(scope, chosen, filters, _show)


_page()
