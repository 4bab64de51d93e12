"""The month of attendance: figures, everybody's days as a grid, totals with the shifts behind them, fixing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import attendance_frames, attendance_lock, attendance_reads, attendance_rest
from dashboard.attendance_frames import Behind, Changed
from dashboard.attendance_open import close, generation, open_behind, open_day, open_what_is_asked
from dashboard.charts_month import month_chart
from dashboard.components import count_card, empty, figure_card, section
from dashboard.exports.lists import Sheet, download
from dashboard.filters import team_filter
from dashboard.formats import fmt_count, fmt_month, plain
from dashboard.i18n import _, name
from dashboard.meeting import month_before, months_back
from dashboard.reads import figure, today
from dashboard.tables import number_column, text_column
from db.attendance_months import Month
from db.metrics import Figure
from regulations.access import Scope
from regulations.attendance_totals import MEASURES

MONTHS = 13
MOST_PEOPLE = 60  # rows of the grid; more are read by team
_MONTH = "month"  # in the address
_ORDER = (
    "absent",
    "severe",
    "late",
    "late_minutes",
    "missing_punch",
    "on_leave",
    "early",
    "early_minutes",
    "unapproved_extra_minutes",
    "approved_extra_minutes",
    "remarks",
    "rostered",
)
_CARDS = (  # metric, its numerator, the list it opens: who did not come stands first among the scheduled
    ("attendance.rate", "attended", "scheduled"),
    ("attendance.late_rate", "late", "late"),
    ("attendance.severe_rate", "severe", "severe"),
)


def show_month(scope: Scope, bar: DeltaGenerator) -> None:
    """The whole view, its filters in the bar; what is opened stands in the address."""
    chosen, team_id = _filters(scope, bar)
    month = attendance_reads.month(scope, chosen, team_id)
    before = attendance_reads.month(scope, month_before(chosen), team_id)
    if not month.people:
        empty(
            _("No shift in this month"),
            _("Import roster and punches for it, or choose another month or team."),
            "calendar_month",
        )
        return
    changed = attendance_lock.changed_days(scope, month)
    attendance_lock.show_state(month)
    _cards(scope, month, before)
    _grid(month, changed)
    _totals(scope, month)
    attendance_rest.show(scope, month.from_on, month.to_on, team_id)
    attendance_lock.show(scope, month)
    open_what_is_asked(scope, month)


def asked_month() -> str:
    """The month of the address ("2026-10"), else that of its period, else the running one."""
    months = months_back(today(), MONTHS)
    asked = st.query_params.get(_MONTH) or (st.query_params.get("to") or "")[:7]
    return asked if asked in months else months[0]


def _filters(scope: Scope, bar: DeltaGenerator) -> tuple[str, int | None]:
    shown = asked_month()
    st.session_state["attendance_month"] = shown
    with bar:
        st.selectbox(
            _("Month"),
            months_back(today(), MONTHS),
            format_func=fmt_month,
            key="attendance_month",
            on_change=_month_changed,
            width=180,
        )
        team_id = team_filter(scope)
    return shown, team_id


def _month_changed() -> None:
    close()
    st.query_params[_MONTH] = str(st.session_state["attendance_month"])


# -- figures ----------------------------------------------------------------------------------------


def _cards(scope: Scope, month: Month, before: Month) -> None:
    against = fmt_month(before.month)
    if month.is_over:
        st.caption(plain(_("Changes are against the whole of {month}.", month=against)))
    else:
        st.caption(
            plain(_("The month is still running; changes are against the whole of {month}.", month=against))
        )
    columns = st.columns(len(_CARDS) + 2)
    for column, (key, code, rows) in zip(columns, _CARDS, strict=False):
        with column:
            figure_card(
                _as_figure(scope, key, code, month),
                _as_figure(scope, key, code, before),
                link_label=_("Show the shifts"),
                on_open=lambda rows=rows: open_behind(Behind(rows)),  # type: ignore[misc]
            )
    totals, then = month.totals, before.totals
    with columns[-2]:
        count_card(
            name("attendance_total", "missing_punch"),
            totals["missing_punch"],
            _(
                "of {d} scheduled shifts; {before} in the month before",
                d=fmt_count(totals["scheduled"]),
                before=fmt_count(then["missing_punch"]),
            ),
            on_open=lambda: open_behind(Behind("missing_punch")),
        )
    with columns[-1]:
        count_card(
            name("attendance_total", "unapproved_extra_minutes"),
            totals["unapproved_extra_minutes"],
            _(
                "beside {n} approved; {before} in the month before",
                n=fmt_count(totals["approved_extra_minutes"]),
                before=fmt_count(then["unapproved_extra_minutes"]),
            ),
            on_open=lambda: open_behind(Behind("unapproved_extra_minutes")),
        )


def _as_figure(scope: Scope, key: str, code: str, month: Month) -> Figure:
    """The metric with the numbers of this month as they stand: a fixed month's are those that were fixed."""
    live = figure(scope, key, month.from_on, month.to_on)
    n, d = month.totals[code], month.totals["scheduled"]
    return replace(live, numerator=n, denominator=d, value=100 * n / d if d else None)


# -- the grid ---------------------------------------------------------------------------------------


def _grid(month: Month, changed: Changed) -> None:
    section(_("Day by day"), _("Click a cell to see the day with its clock readings and clauses."))
    frame = attendance_frames.grid_frame(month, changed)
    people = attendance_frames.by_need(frame)
    if len(people) > MOST_PEOPLE:
        st.caption(
            plain(
                _(
                    "The {n} of {m} people who need a look most often; choose a team to see all of its people.",
                    n=MOST_PEOPLE,
                    m=fmt_count(len(people)),
                )
            )
        )
        people = people[:MOST_PEOPLE]
    days = [month.from_on + timedelta(days=n) for n in range((month.to_on - month.from_on).days + 1)]
    chart, sentence = month_chart(frame[frame["person"].isin(people)], people, days)
    st.altair_chart(
        chart,
        width="stretch",
        alt=sentence,
        key=generation("grid"),
        on_select=_cell_clicked,
        selection_mode="cell",
    )
    st.caption(plain(sentence))


def _cell_clicked() -> None:
    cells = st.session_state[generation("grid")]["selection"].get("cell") or []
    if cells and isinstance(cells[0], dict):
        open_day(str(cells[0].get("who", "")), str(cells[0].get("day", "")))


# -- totals -----------------------------------------------------------------------------------------


def _totals(scope: Scope, month: Month) -> None:
    section(
        _("Totals"),
        _(
            "Counts are shifts that are over, out of those scheduled; leave and remarks out of all rostered ones. Click"
            " a number to see its days."
        ),
    )
    teams = attendance_frames.teams_frame(month)
    _total_table(teams, "team_totals", ("team",), lambda row: {"team_id": int(row["team_id"]) or None})
    people = attendance_frames.people_frame(month.teams)
    shown = ("person", "number", "team") if len(teams) > 1 else ("person", "number")
    _total_table(people, "totals", shown, lambda row: {"who": str(row["number"])})
    download(scope, totals_sheet(month, people), "totals", "attendance")


def _total_table(frame: Any, key: str, told: Sequence[str], asks: Any) -> None:
    columns: dict[str, Any] = {
        "person": st.column_config.TextColumn(_("Person"), width=75, pinned=True),
        "number": text_column(_("Staff number"), 70),
        "team": st.column_config.TextColumn(_("Team"), width=115, pinned="person" not in told),
        "rate": st.column_config.NumberColumn(_("Attendance rate"), format="%.1f%%"),
        **{code: number_column(name("attendance_total", code)) for code in MEASURES},
    }
    st.dataframe(
        frame,
        column_config=columns,
        column_order=[*told, "scheduled", "attended", "rate", *_ORDER],
        hide_index=True,
        height="content" if len(frame) <= 14 else 35 * 15,
        key=generation(key),
        on_select=lambda: _total_clicked(frame, key, asks),
        selection_mode="single-cell",
    )


def _total_clicked(frame: Any, key: str, asks: Any) -> None:
    cells = st.session_state[generation(key)]["selection"]["cells"]
    if not cells or not 0 <= int(cells[0][0]) < len(frame):
        return
    column = str(cells[0][1])
    code = "attended" if column == "rate" else column if column in MEASURES else "rostered"
    open_behind(Behind(code, **asks(frame.iloc[int(cells[0][0])])))


def totals_sheet(month: Month, people: Any) -> Sheet:
    """The totals of everybody as a spreadsheet; `people` as attendance_frames.people_frame makes them."""
    fixed = [team for team in month.teams if team.fixed]
    filters = [(_("Month"), month.month)]
    if len(month.teams) == 1:
        filters.append((_("Team"), month.teams[0].name))
    filters.append((_("Fixed teams"), _("{n} of {m}", n=len(fixed), m=len(month.teams))))
    return Sheet(
        _("Attendance totals"),
        tuple(filters),
        (_("Staff number"), _("Person"), _("Team"), *(name("attendance_total", code) for code in MEASURES)),
        tuple(
            (row["number"], row["person"], row["team"], *(int(row[code]) for code in MEASURES))
            for row in people.to_dict("records")
        ),
    )
