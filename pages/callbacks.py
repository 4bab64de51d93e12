"""Callbacks: whom to call in the coming window, how well the obligation is kept, and what a shortfall costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import callback_batches, callback_lists, callback_points, charts, charts_counts
from dashboard.auth import require
from dashboard.behind import asked_rows, open_rows
from dashboard.callback_behind import show_behind
from dashboard.callback_panel import show_callback
from dashboard.components import (
    Filters,
    comparison_sentence,
    empty,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.filters import show_view, view_filter
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, listed, name, sentences
from dashboard.reads import figure, figures_by, rulebook
from dashboard.tables import (
    hint,
    number_column,
    open_once,
    percent_column,
    state_column,
    table,
    text_column,
)
from regulations.access import Scope
from regulations.names import NAMES

RATE, PUNCTUALITY, CONNECT, SATISFACTION = callback_lists.RATES
COVERAGE, SETTLED = "callback.coverage", "callback.settled"
STATES = ("missed", "due_soon", "not_due", "completed_late", "completed", "settled", "off")


def _cards(scope: Scope, chosen: Filters, points: pd.DataFrame) -> None:
    before = chosen.previous()
    columns = st.columns(5)
    for column, key in zip(columns, callback_lists.RATES, strict=False):
        now_ = figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id)
        with column:
            figure_card(
                now_,
                figure(scope, key, *before, chosen.team_id),
                on_open=partial(open_rows, key) if now_.denominator else None,
            )
    with columns[-1]:
        callback_points.points_card(points)


def _work(scope: Scope, chosen: Filters) -> None:
    view = view_filter("show", callback_lists.CALLBACK_VIEWS, "callbacks_show")
    rows = callback_lists.callback_rows(scope, view, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No callback in this list"), _("Nothing is owed here at the moment."), "task_alt")
        return
    if view == "window":
        st.caption(plain(callback_lists.window_sentence(rows)))
    else:
        st.caption(plain(_("{n} callbacks, the oldest deadline first.", n=fmt_count(len(rows)))))
        _hours(set(rows["kind_code"]))
    next_column = {"next": text_column(_("When to call"), 95)}
    columns = {
        "state": state_column(_("State"), "callback_state", STATES, 115),
        **(next_column if view in ("window", "waits", "today", "week") else {}),
        "left": text_column(_("Time"), 125),
        "due": text_column(_("Due"), 125),
        "kind": text_column(_("Kind"), 170),
        "customer": text_column(_("Customer"), 75),
        "phone": text_column(_("Telephone"), 105),
        "person": text_column(_("Caller"), 70),
        "attempts": number_column(_("Attempts"), width=75),
        "last": text_column(_("Last attempt"), 150),
        "subject": text_column(_("What it is about"), "large"),
        "number": text_column(_("Number"), 150),
    }

    def opened(position: int) -> None:
        show_view("callback", str(rows.iloc[position]["number"]))

    table(rows, columns, key=f"callbacks_{view}", rows_seen=10, on_open=opened)
    hint()


def _hours(shown: set[str]) -> None:
    """The hours in which those of the listed kinds may be called that have hours at all (E5.8)."""
    kinds: dict[str, list[str]] = {}
    for kind in NAMES["callback_kind"]:
        windows = rulebook().callback_windows(kind)
        if windows and kind in shown:
            hours = listed(f"{w.start:%H:%M}–{w.end:%H:%M}" for w in windows)
            kinds.setdefault(hours, []).append(name("callback_kind", kind))
    for hours, names in kinds.items():
        st.caption(plain(_("Callback hours of {kinds}: {hours}.", kinds=listed(names), hours=hours)))


def _funnel(scope: Scope, chosen: Filters) -> None:
    """From what was due to who was satisfied, each step with its own denominator; a click opens its rows."""

    def asked(key: str) -> Any:
        return figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id)

    rate, coverage, connect = asked(RATE), asked(COVERAGE), asked(CONNECT)
    if not rate.denominator:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    punctual, satisfied, ended = asked(PUNCTUALITY), asked(SATISFACTION), asked(SETTLED)
    due, tried, done = _("due"), _("tried"), _("completed")
    frame = pd.DataFrame(
        [
            (due, rate.denominator, "", 0, f"{RATE}:all"),
            (tried, coverage.numerator, due, rate.denominator, f"{COVERAGE}:counts"),
            (_("reached"), connect.numerator, tried, connect.denominator or 0, f"{CONNECT}:counts"),
            (done, rate.numerator, due, rate.denominator, f"{RATE}:counts"),
            (_("completed in time"), punctual.numerator, due, rate.denominator, f"{PUNCTUALITY}:counts"),
            (_("satisfied"), satisfied.numerator, done, rate.numerator, f"{SATISFACTION}:counts"),
        ],
        columns=["name", "count", "base_name", "base", "code"],
    )
    chart, sentence = charts_counts.steps_of_rate(frame)
    if ended.numerator:
        sentence = sentences(sentence, _ended(scope, chosen, int(ended.numerator)))

    def clicked(mark: Mapping[str, object]) -> None:
        key, _colon, only = str(mark["code"]).partition(":")
        open_rows(key, only)  # type: ignore[arg-type]

    _show((chart, sentence), "funnel", clicked)
    if ended.numerator:
        st.button(
            _("Show what ended without being made"),
            icon=":material/arrow_upward:",
            type="tertiary",
            on_click=open_rows,
            args=(SETTLED, "counts"),
            key="open_settled",
        )


def _ended(scope: Scope, chosen: Filters, count: int) -> str:
    groups = figures_by(scope, SETTLED, chosen.from_on, chosen.to_on, "settled_reason", chosen.team_id)
    parts = [
        _("{n} {what}", n=fmt_count(one.numerator), what=title.lower())
        for code, title, one in groups
        if code and one.numerator
    ]
    return _(
        "{n} ended without being made ({reasons}); they stay due.", n=fmt_count(count), reasons=listed(parts)
    )


def _kinds(scope: Scope, chosen: Filters) -> None:
    groups = figures_by(scope, RATE, chosen.from_on, chosen.to_on, "category", chosen.team_id)
    frame = charts.rates_frame(groups)
    if frame.empty:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    _show(charts.group_rates(frame, next((f.target for _c, _n, f in groups), None)))


def _groups(scope: Scope, chosen: Filters) -> None:
    titles = {"agent": _("Per person"), "team": _("Per team"), "category": _("Per kind")}
    by = str(
        st.segmented_control(
            _("Break down by"),
            list(titles),
            format_func=lambda b: titles[b],
            default="agent",
            key="rates_by",
            label_visibility="collapsed",
            required=True,
        )
    )
    rows = callback_lists.rates_by(scope, chosen.from_on, chosen.to_on, by, chosen.team_id)
    if rows.empty:
        empty(_("No callback fell due"), _("Choose a longer period or another team."), "phone_callback")
        return
    columns = {
        "name": text_column(_("Person or group"), 200 if by == "category" else 120),
        "rate_d": number_column(_("Owed"), width=70),
        "rate_n": number_column(_("Completed"), width=85),
        "settled_n": number_column(_("Ended"), width=65),
        "rate": percent_column(_("Callback rate"), _("completed of due")),
        "punctuality": percent_column(_("Punctuality"), _("completed in time of due")),
        "connect_rate_d": number_column(_("Tried"), width=60),
        "connect_rate": percent_column(_("Connect rate"), _("reached of tried")),
        "satisfaction": percent_column(_("Satisfied"), _("satisfied of completed")),
    }

    def opened(position: int) -> None:
        open_rows(RATE, "all", **{by: str(rows.iloc[position]["code"])})

    table(rows, columns, key=f"rates_{by}", on_open=opened)
    hint()


def _show(
    shown: charts.Shown, key: str = "", clicked: Callable[[Mapping[str, object]], None] | None = None
) -> None:
    """A chart with its sentence; a click on a mark of it opens what the mark counts."""
    chart, sentence = shown
    if clicked is not None:
        act = clicked

        def picked() -> None:
            marks = st.session_state[key]["selection"].get("mark") or []
            if marks and isinstance(marks[0], dict):
                act(marks[0])

        st.altair_chart(
            chart, width="stretch", alt=sentence, key=key, on_select=picked, selection_mode="mark"
        )
    else:
        st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _opened(scope: Scope, chosen: Filters) -> None:
    """What was opened: the rows behind a figure, one callback."""
    wanted = asked_rows("callback")
    if wanted is not None:
        number = show_behind(scope, chosen, wanted)
        if open_once("callback_rows", number):
            st.query_params["callback"] = str(number)
    asked = st.query_params.get("callback")
    if asked is not None:
        show_callback(scope, asked)


def _page() -> None:
    scope = require("callbacks.view")
    page_header(
        _("Callbacks"),
        _("Who has to be called back and when, and how well that is kept. For supervisors and managers."),
    )
    chosen = period_and_team_filters(scope)
    above = st.container()  # what is opened stands above everything, where it is seen at once
    section(_("Work list"))
    _work(scope, chosen)
    section(_("How well callbacks are kept"))
    comparison_sentence(chosen)
    points = callback_points.points_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    _cards(scope, chosen, points)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("From owed to satisfied"))
        _funnel(scope, chosen)
    with right:
        section(_("Callback rate by kind"))
        _kinds(scope, chosen)
    section(_("Rates with their denominators"))
    _groups(scope, chosen)
    section(_("Points at stake by person and kind"))
    callback_points.show_points(points)
    section(
        _("How the callbacks were made"),
        _(
            "Remarks to look into, not verdicts about a person: what was completed all at once, and by how many people."
        ),
    )
    callback_batches.show_batches(scope, chosen.to_on, chosen.team_id)
    with above:
        _opened(scope, chosen)


_page()
