"""Repairs: what needs somebody now, how often somebody was there in time, and why each order is judged as it is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import behind, charts, charts_counts, repair_lists
from dashboard.auth import require
from dashboard.components import (
    Filters,
    comparison_sentence,
    count_card,
    empty,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.filters import preset_bounds, show_view, view_filter
from dashboard.formats import NOTHING, fmt_count, plain
from dashboard.i18n import _, name
from dashboard.reads import figure, figures_by, today
from dashboard.repair_actions import arrive, dispatch, flash, perform
from dashboard.repair_form import show_new_order
from dashboard.repair_panel import show_order
from dashboard.tables import hint, label_column, open_once, table, text_column
from regulations.access import Scope

ON_TIME = repair_lists.RATES[0]
MOST_AT_HAND = 6  # orders with a button of their own; the rest is one click away in the list
_CARDS = ("carried", "late", "price", "unfinished", "mend")


def _now(scope: Scope, chosen: Filters) -> None:
    """How many orders want something, each number with its list."""
    counts = repair_lists.view_counts(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    sentences = {
        "carried": _("not dispatched on their day; they go first"),
        "late": _("overdue now, or late in the period"),
        "price": _("charged, and the work began or is about to"),
        "unfinished": _("with or without a next appointment"),
        "mend": _("late or finished, and something is owed to the customer"),
    }
    for column, view in zip(st.columns(len(_CARDS)), _CARDS, strict=True):
        with column:
            count_card(
                _(repair_lists.ORDER_VIEWS[view]),
                counts[view],
                sentences[view],
                on_open=partial(show_view, "show", view),
                is_alarm=view in ("carried", "late"),
            )


def _at_hand(scope: Scope, chosen: Filters) -> None:
    """The orders that need the next step most, each with that step as one click."""
    rows = repair_lists.order_rows(scope, "open", chosen.from_on, chosen.to_on, chosen.team_id)
    rows = rows[rows["state_code"].isin(["undispatched", "dispatched"])].head(MOST_AT_HAND)
    if rows.empty:
        return
    section(_("Next steps"), _("Left from an earlier day first, then overdue, then what is due next."))
    for row in rows.to_dict("records"):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            flags = " ".join(
                f":{repair_lists.FLAG_COLOURS[f]}-badge[{plain(name('work_order_flag', f))}]"
                for f in row["flag_codes"]
            )
            with st.container(width="stretch", gap=None):
                st.markdown(
                    f"**{plain(row['number'])}** · {plain(row['left'])} {flags}  \n"
                    f":small[{plain(_about(row))}]"
                )
            version = int(row["version"])
            is_new = row["state_code"] == "undispatched"
            st.button(
                _("Dispatch now") if is_new else _("Arrived"),
                key=f"next:{row['number']}",
                icon=":material/send:" if is_new else ":material/location_on:",
                on_click=perform,
                args=(row["number"], dispatch(version) if is_new else arrive(version)),
                kwargs={"what": _("Dispatched") if is_new else _("Arrived")},
            )
            st.button(
                _("Open"),
                key=f"open:{row['number']}",
                type="tertiary",
                on_click=show_view,
                args=("order", row["number"]),
            )


def _about(row: Mapping[Hashable, Any]) -> str:
    parts = [
        row["address"],
        row["summary"],
        row["customer"],
        row["phone"],
        _("called {at}", at=row["called"]),
    ]
    return " · ".join(str(part) for part in parts if part != NOTHING)


def _list(scope: Scope, chosen: Filters) -> None:
    view = view_filter("show", repair_lists.ORDER_VIEWS, "repairs_show")
    rows = repair_lists.order_rows(scope, view, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No work order in this list"), _("Nothing to do here at the moment."), "task_alt")
        return
    st.caption(plain(_("{n} work orders, what needs somebody first on top.", n=fmt_count(len(rows)))))
    if view == "period" and len(rows) == repair_lists.MOST_ORDERS:
        st.caption(plain(_("Only the latest are shown; choose a shorter period for the others.")))
    states, flags = repair_lists.STATE_COLOURS, repair_lists.FLAG_COLOURS
    columns = {
        "state": label_column(
            _("State"), [name("work_order_state", s) for s in states], list(states.values()), 115
        ),
        "left": text_column(_("Time"), 120),
        "flags": label_column(
            _("What is wrong"), [name("work_order_flag", f) for f in flags], list(flags.values()), 165
        ),
        "called": text_column(_("Called"), 130),
        "summary": text_column(_("What is to be repaired"), 170),
        "customer": text_column(_("Customer"), 75),
        "phone": text_column(_("Telephone"), 105),
        "engineer": text_column(_("Engineer"), 70),
        "person": text_column(_("Call taken by"), 70),
        "address": text_column(_("Building and room"), 110),
        "type": text_column(_("Type of service"), 90),
        "number": text_column(_("Number"), 130),
    }
    for field in ("address", "type"):  # a column of nothing but dashes says nothing
        if (rows[field] == NOTHING).all():
            del columns[field]
    opened = table(rows, columns, key=f"repairs_{view}", rows_seen=10)
    hint()
    _open(f"repairs_{view}", None if opened is None else str(rows.iloc[opened]["number"]))


def _open(key: str, number: str | None) -> None:
    if open_once(key, number) and number is not None:
        st.query_params["order"] = number
        st.rerun()


def _cards(scope: Scope, chosen: Filters) -> None:
    before = chosen.previous()
    for column, key in zip(st.columns(len(repair_lists.RATES)), repair_lists.RATES, strict=True):
        with column:
            found = figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id)
            figure_card(
                found,
                figure(scope, key, *before, chosen.team_id),
                on_open=partial(behind.open_rows, key, "rest" if found.rest else "all"),
                link_label=_("Show the other {n}", n=fmt_count(found.rest)) if found.rest else None,
            )


def _trend(scope: Scope, chosen: Filters) -> None:
    bounds = preset_bounds("months13", today())
    assert bounds is not None
    groups = figures_by(scope, ON_TIME, *bounds, "month", chosen.team_id)
    if not any(f.denominator for _code, _title, f in groups):
        empty(_("No arrival was due"), _("Choose a longer period or another team."), "home_repair_service")
        return
    frame = pd.DataFrame(
        [(code, f.numerator, f.denominator, f.value) for code, _title, f in groups],
        columns=["month", "numerator", "denominator", "value"],
    )
    _show(charts.rate_trend(frame, groups[0][2].target))


def _states(scope: Scope, chosen: Filters) -> None:
    frame = repair_lists.state_counts(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    if frame.empty:
        empty(
            _("No repair was called for"), _("Choose a longer period or another team."), "home_repair_service"
        )
        return
    colours = dict(
        zip(
            (name("work_order_state", state) for state in repair_lists.STATES),
            (charts.VERMILION, charts.SKY, charts.BLUE, charts.AMBER, charts.GREEN, charts.GREY),
            strict=True,
        )
    )
    _show(charts_counts.stacked_counts(frame, colours))


def _groups(scope: Scope, chosen: Filters) -> None:
    titles = {
        "engineer": _("Per engineer"),
        "type": _("Per type of service"),
        "agent": _("Per person"),
        "team": _("Per team"),
    }
    by = st.segmented_control(
        _("Break down by"),
        list(titles),
        format_func=lambda b: titles[b],
        default="engineer",
        key="repairs_by",
        label_visibility="collapsed",
        required=True,
    )
    groups = figures_by(scope, ON_TIME, chosen.from_on, chosen.to_on, str(by), chosen.team_id)
    named = [(code, title or _("not named"), found) for code, title, found in groups]
    frame = charts.rates_frame(named)
    if frame.empty:
        empty(_("No arrival was due"), _("Choose a longer period or another team."), "home_repair_service")
        return
    _show(charts.group_rates(frame, groups[0][2].target))


def _show(shown: charts.Shown) -> None:
    chart, sentence = shown
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _page() -> None:
    scope = require("repairs.view")
    page_header(
        _("Repairs"),
        _(
            "Which repair needs somebody now, whether somebody was there in time, and what is owed to the customer."
            " For supervisors and managers."
        ),
    )
    chosen = period_and_team_filters(scope)
    if scope.may("repairs.act"):
        show_new_order(scope)
    number = st.query_params.get("order")
    if number is None:
        flash()
    else:
        show_order(scope, number)
    _now(scope, chosen)
    if scope.may("repairs.act"):
        _at_hand(scope, chosen)
    section(_("Work orders"))
    _list(scope, chosen)
    section(_("How well it is kept"))
    comparison_sentence(chosen)
    wanted = behind.asked_rows("repair")
    if wanted is not None:
        _open("behind", behind.show_rows(scope, chosen, wanted))
    _cards(scope, chosen)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("Repairs on time, month by month"))
        _trend(scope, chosen)
    with right:
        section(_("How the period's orders stand"))
        _states(scope, chosen)
    section(_("Repairs on time by group"))
    _groups(scope, chosen)


_page()
