"""Callbacks: what is owed today, how well the obligation is kept, and what a shortfall costs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import callback_lists, charts, charts_counts
from dashboard.auth import require
from dashboard.callback_panel import show_callback
from dashboard.components import (
    Filters,
    comparison_sentence,
    empty,
    explanation,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.filters import view_filter
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, listed, name
from dashboard.reads import figure, figures_by, rulebook
from dashboard.tables import (
    hint,
    number_column,
    percent_column,
    state_column,
    table,
    text_column,
)
from regulations.access import Scope
from regulations.callbacks import shortfall_points
from regulations.names import NAMES

RATE, PUNCTUALITY, CONNECT, SATISFACTION = callback_lists.RATES
STATES = ("missed", "due_soon", "not_due", "completed_late", "completed", "off")


def _cards(scope: Scope, chosen: Filters) -> None:
    before = chosen.previous()
    columns = st.columns(5)
    for column, key in zip(columns, callback_lists.RATES, strict=False):
        with column:
            figure_card(
                figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id),
                figure(scope, key, *before, chosen.team_id),
            )
    with columns[-1]:
        _points(scope, chosen)


def _points(scope: Scope, chosen: Filters) -> None:
    """What the shortfall would cost if the period ended now."""
    rate = figure(scope, RATE, chosen.from_on, chosen.to_on, chosen.team_id)
    with st.container(border=True, height="stretch", gap="xsmall"):
        if rate.value is None:
            st.metric(_("Points at stake"), NOTHING)
            return
        points, steps = shortfall_points(rate.value, rulebook())
        st.metric(_("Points at stake"), fmt_count(points))
        st.caption(plain(_("if the period ended now; a person decides")))
        with st.popover(_("How it is reckoned"), type="tertiary", icon=":material/rule:"):
            explanation(steps)


def _work(scope: Scope, chosen: Filters) -> None:
    view = view_filter("show", callback_lists.CALLBACK_VIEWS, "callbacks_show")
    rows = callback_lists.callback_rows(scope, view, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No callback in this list"), _("Nothing is owed here at the moment."), "task_alt")
        return
    st.caption(plain(_("{n} callbacks, the oldest deadline first.", n=fmt_count(len(rows)))))
    _hours(set(rows["kind"]))
    columns = {
        "state": state_column(_("State"), "callback_state", STATES, 120),
        "left": text_column(_("Time"), 135),
        "due": text_column(_("Due"), 135),
        "kind": text_column(_("Kind"), 180),
        "customer": text_column(_("Customer"), 75),
        "phone": text_column(_("Telephone"), 115),
        "person": text_column(_("Caller"), 70),
        "attempts": number_column(_("Attempts"), width=75),
        "last": text_column(_("Last attempt"), 170),
        "subject": text_column(_("What it is about"), "large"),
        "number": text_column(_("Number"), 150),
    }
    opened = table(rows, columns, key=f"callbacks_{view}", rows_seen=10)
    hint()
    if opened is not None and st.query_params.get("callback") != str(rows.iloc[opened]["number"]):
        st.query_params["callback"] = str(rows.iloc[opened]["number"])


def _hours(shown: set[str]) -> None:
    """The hours in which those of the listed kinds may be called that have hours at all (E5.8)."""
    kinds: dict[str, list[str]] = {}
    for kind in NAMES["callback_kind"]:
        windows = rulebook().callback_windows(kind)
        if windows and name("callback_kind", kind) in shown:
            hours = listed(f"{w.start:%H:%M}–{w.end:%H:%M}" for w in windows)
            kinds.setdefault(hours, []).append(name("callback_kind", kind))
    for hours, names in kinds.items():
        st.caption(plain(_("Callback hours of {kinds}: {hours}.", kinds=listed(names), hours=hours)))


def _steps(scope: Scope, chosen: Filters) -> None:
    """Four rates, four denominators, on one picture."""
    asked = (scope, chosen.from_on, chosen.to_on, chosen.team_id)
    rate, punctual, connect, satisfied = (
        figure(asked[0], key, asked[1], asked[2], asked[3]) for key in callback_lists.RATES
    )
    if not rate.denominator:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    due, tried, rated = _("due"), _("tried"), _("rated")
    frame = pd.DataFrame(
        [
            (due, rate.denominator, "", 0),
            (tried, connect.denominator or 0, due, rate.denominator),
            (_("reached"), connect.numerator, tried, connect.denominator or 0),
            (_("completed"), rate.numerator, due, rate.denominator),
            (_("completed in time"), punctual.numerator, due, punctual.denominator or 0),
            (rated, satisfied.denominator or 0, _("completed"), rate.numerator),
            (_("satisfied"), satisfied.numerator, rated, satisfied.denominator or 0),
        ],
        columns=["name", "count", "base_name", "base"],
    )
    _show(charts_counts.steps_of_rate(frame))


def _kinds(scope: Scope, chosen: Filters) -> None:
    groups = figures_by(scope, RATE, chosen.from_on, chosen.to_on, "category", chosen.team_id)
    frame = charts.rates_frame(groups)
    if frame.empty:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    _show(charts.group_rates(frame, next((f.target for _c, _n, f in groups), None)))


def _people(scope: Scope, chosen: Filters) -> None:
    titles = {"agent": _("Per person"), "team": _("Per team"), "category": _("Per kind")}
    by = st.segmented_control(
        _("Break down by"),
        list(titles),
        format_func=lambda b: titles[b],
        default="agent",
        key="rates_by",
        label_visibility="collapsed",
        required=True,
    )
    rows = callback_lists.rates_by(scope, chosen.from_on, chosen.to_on, str(by), chosen.team_id)
    if rows.empty:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    columns = {
        "name": text_column(_("Person or group"), 160),
        "rate_d": number_column(_("Owed"), width=80),
        "rate_n": number_column(_("Completed"), width=90),
        "rate": percent_column(_("Callback rate"), _("completed of due")),
        "punctuality": percent_column(_("Punctuality"), _("completed in time of due")),
        "connect_rate_d": number_column(_("Tried"), width=80),
        "connect_rate": percent_column(_("Connect rate"), _("reached of tried")),
        "satisfaction_d": number_column(_("Rated"), width=80),
        "satisfaction": percent_column(_("Satisfied"), _("satisfied of rated")),
    }
    table(rows, columns, key="rates", can_open=False)


def _show(shown: charts.Shown) -> None:
    chart, sentence = shown
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _page() -> None:
    scope = require("callbacks.view")
    page_header(
        _("Callbacks"),
        _("Who has to be called back and when, and how well that is kept. For supervisors and managers."),
    )
    chosen = period_and_team_filters(scope)
    comparison_sentence(chosen)
    _cards(scope, chosen)
    section(_("Work list"))
    above = st.container()  # what is opened stands above the list, where it is seen at once
    _work(scope, chosen)
    number = st.query_params.get("callback")
    if number is not None:
        with above:
            show_callback(scope, number)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("From owed to satisfied"))
        _steps(scope, chosen)
    with right:
        section(_("Callback rate by kind"))
        _kinds(scope, chosen)
    section(_("Rates with their denominators"))
    _people(scope, chosen)


_page()
