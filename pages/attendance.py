"""Attendance: who is here now, how everybody's month went, and why a day was judged as it was."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import attendance_lists, charts_time
from dashboard.auth import require
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
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import figure, now
from dashboard.tables import (
    hint,
    label_column,
    number_column,
    percent_column,
    state_column,
    table,
    text_column,
)
from regulations.access import Scope

CARDS = ("attendance.rate", "attendance.late_rate", "attendance.severe_rate")


def _cards(scope: Scope, chosen: Filters, board: pd.DataFrame) -> None:
    before = chosen.previous()
    columns = st.columns(len(CARDS) + 2)
    for column, key in zip(columns, CARDS, strict=False):
        with column:
            figure_card(
                figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id),
                figure(scope, key, *before, chosen.team_id),
            )
    missing = int((board["code"] == "missing").sum())
    here = int(board["code"].isin(["here", "late"]).sum())
    with columns[-2], st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(_("Missing now"), fmt_count(missing))
        st.caption(plain(_("shift begun, no punch, no leave")))
    with columns[-1], st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(_("Here now"), fmt_count(here))
        st.caption(plain(_("of {n} on today's roster", n=fmt_count(len(board)))))


def _board(board: pd.DataFrame) -> None:
    section(_("Right now"), _("As of {at}.", at=fmt_instant(now())))
    if board.empty:
        empty(
            _("Nobody is on the roster today"),
            _("Import the roster, or it is a day off for these teams."),
            "event_busy",
        )
        return
    counts = board["code"].value_counts()
    st.caption(
        plain(
            " · ".join(
                f"{attendance_lists.presence_label(code)[0]} {int(counts[code])}"
                for code in attendance_lists.PRESENCES
                if code in counts
            )
        )
    )
    labels = [attendance_lists.presence_label(code)[0] for code in attendance_lists.PRESENCES]
    columns = {
        "presence": label_column(_("Now"), labels, ["red", "orange", "green", "gray", "blue", "gray"], 130),
        "late": number_column(_("Late (min)"), width=90),
        "person": text_column(_("Person"), 90),
        "number": text_column(_("Staff number"), 90),
        "team": text_column(_("Team"), 140),
        "shift": text_column(_("Shift"), 110),
        "first_in": text_column(_("Clocked in"), 90),
        "phone": text_column(_("Telephone"), 140),
    }
    opened = table(board, columns, key="board", rows_seen=9)
    hint()
    if opened is not None:
        row = board.iloc[opened]
        with st.container(border=True):
            explanation(row["steps"], f"{row['person']} · {row['shift']} · {row['presence'][0]}")


def _month(scope: Scope, chosen: Filters) -> None:
    days = attendance_lists.grid_days(chosen.from_on, chosen.to_on)
    section(
        _("Day by day"),
        _(
            "{first} to {last}. Click a cell to see why it was judged so.",
            first=days[0].isoformat(),
            last=days[-1].isoformat(),
        ),
    )
    rows = attendance_lists.day_rows(scope, days[0], days[-1], chosen.team_id)
    if rows.empty:
        empty(_("No shift in this period"), _("Choose a longer period or another team."), "calendar_month")
        return
    odd = rows[rows["class"].isin(attendance_lists.ODD)]
    people = (
        rows.assign(is_odd=rows["class"].isin(attendance_lists.ODD))
        .groupby("person", sort=False)["is_odd"]
        .sum()
        .sort_values(ascending=False, kind="stable")
        .index.tolist()
    )
    chart, sentence = charts_time.month_grid(
        rows.drop(columns=["steps", "on", "team", "number", "rulebook", "minutes"]),
        people,
        [day.strftime("%m-%d") for day in days],
    )
    event = st.altair_chart(
        chart, width="stretch", alt=sentence, key="grid", on_select="rerun", selection_mode="cell"
    )
    st.caption(plain(sentence))
    cells = event["selection"].get("cell") or []
    clicked = cells[0].get("shift_id") if cells and isinstance(cells[0], dict) else None
    left, right = st.columns([3, 2], gap="large")
    with left:
        listed = _odd_days(odd)
    with right:
        _why(rows, clicked if clicked is not None else listed)


def _odd_days(odd: pd.DataFrame) -> int | None:
    """The days that need a look; the shift that was clicked."""
    section(_("Days that need a look"))
    if odd.empty:
        empty(_("Nothing remarkable"), _("Everybody was in time in these days."), "task_alt")
        return None
    shown = odd.sort_values(["on", "minutes"], ascending=[False, False]).reset_index(drop=True)
    shown["verdict"] = [[name("attendance_class", c)] for c in shown["class"]]
    columns = {
        "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=100),
        "person": text_column(_("Person"), 90),
        "verdict": state_column(_("Verdict"), "attendance_class", attendance_lists.ODD, 150),
        "detail": text_column(_("Details"), "large"),
    }
    opened = table(shown, columns, key="odd_days", rows_seen=8)
    hint()
    return None if opened is None else int(shown.iloc[opened]["shift_id"])


def _why(rows: pd.DataFrame, clicked: int | None) -> None:
    """The reasoning behind one day: of the cell or row that was clicked, else of the address."""
    section(_("Why it was judged so"))
    asked = st.query_params.get("shift")
    if clicked is not None:
        st.query_params["shift"] = str(clicked)
    elif asked is not None and asked.isascii() and asked.isdecimal():
        clicked = int(asked)
    chosen = rows[rows["shift_id"] == clicked] if clicked is not None else rows.head(0)
    if chosen.empty:
        empty(_("No day chosen"), _("Click a cell of the grid or a row of the list."), "touch_app")
        return
    row = chosen.iloc[0]
    with st.container(border=True):
        explanation(row["steps"], attendance_lists.day_title(row))
        st.caption(plain(_("rulebook {version}", version=row["rulebook"])))


def _totals(scope: Scope, chosen: Filters) -> None:
    section(_("Totals for each person"), _("The whole period chosen above; what hurts most first."))
    rows = attendance_lists.totals(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No shift in this period"), _("Choose a longer period or another team."), "groups")
        return
    columns = {
        "person": text_column(_("Person"), 110),
        "number": text_column(_("Staff number"), 100),
        "shifts": number_column(_("Shifts"), width=80),
        "missed": number_column(_("Not attended"), width=100),
        "severe": number_column(_("Severe"), width=80),
        "late": number_column(_("Late"), width=80),
        "rate": percent_column(_("Attendance rate")),
        "late_rate": percent_column(_("Lateness rate")),
    }
    table(rows, columns, key="totals", can_open=False)


def _page() -> None:
    scope = require("attendance.view")
    page_header(
        _("Attendance"),
        _("Who is here now and how the period went, day by day. For supervisors and managers."),
    )
    chosen = period_and_team_filters(scope)
    board = attendance_lists.board_rows(scope, chosen.team_id)
    comparison_sentence(chosen)
    _cards(scope, chosen, board)
    _board(board)
    _month(scope, chosen)
    _totals(scope, chosen)


_page()
