"""The month of attendance: figures, everybody's days as a grid, totals with the shifts behind them, fixing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import attendance_frames, attendance_lock, attendance_reads, attendance_rest
from dashboard.attendance_class import class_names, total_name
from dashboard.attendance_frames import Behind, Changed
from dashboard.attendance_open import close, generation, open_behind, open_day, open_what_is_asked
from dashboard.charts_month import month_chart
from dashboard.components import count_card, empty, figure_card, section
from dashboard.exports.lists import Sheet, download
from dashboard.filters import team_filter
from dashboard.formats import fmt_count, fmt_month, plain
from dashboard.i18n import N_, _, name
from dashboard.meeting import month_before, months_back
from dashboard.reads import rulebook, today
from dashboard.tables import text_column
from db.attendance_months import Month, PersonMonth
from db.metrics import Figure, figure_of
from regulations.access import Scope
from regulations.attendance_totals import MEASURES, Totals

MONTHS = 13
MOST_PEOPLE = 60  # rows of the grid at a time
_PAGE = "attendance_people"
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
    "rest_day_minutes",
    "unapproved_rest_day_minutes",
)
_SHORT = {  # in a table of fifteen columns the heading says the least that tells them apart, its help the whole name
    "absent": N_("Absent"),
    "early": N_("Early"),
    "missing_punch": N_("No punch"),
    "rostered": N_("Rostered"),
    "unapproved_extra_minutes": N_("Unapproved, min"),
    "approved_extra_minutes": N_("Approved, min"),
    "rest_day_minutes": N_("Rest day, min"),
    "unapproved_rest_day_minutes": N_("Rest, unapproved"),
}
_ALWAYS = ("absent", "severe", "late", "late_minutes", "missing_punch", "on_leave", "rostered")
_CARDS = (  # metric, its numerator, the list it opens: who did not come stands first among the scheduled
    ("attendance.rate", "attended", "scheduled"),
    ("attendance.late_rate", "late", "late"),
    ("attendance.severe_rate", "severe", "severe"),
)


def show_month(scope: Scope, bar: DeltaGenerator) -> None:
    """The whole view, its filters in the bar; what is opened stands in the address."""
    chosen, team_id = _filters(scope, bar)
    month = attendance_reads.month(scope, chosen, team_id)
    then = month_before(chosen)
    before = attendance_reads.sums(scope, then, team_id)
    if not month.people:
        empty(
            _("No shift in this month"),
            _("Import roster and punches for it, or choose another month or team."),
            "calendar_month",
        )
        return
    differences = attendance_reads.differences(scope, chosen, team_id)
    changed = attendance_lock.changed_days(differences)
    attendance_lock.show_state(month)
    _cards(month, then, before)
    _grid(month, changed)
    _totals(scope, month)
    attendance_rest.show(month)
    attendance_lock.show(scope, month, differences)
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


def _cards(month: Month, against_month: str, then: Totals) -> None:
    against = fmt_month(against_month)
    if month.is_over:
        st.caption(plain(_("Changes are against the whole of {month}.", month=against)))
    else:
        st.caption(
            plain(_("The month is still running; changes are against the whole of {month}.", month=against))
        )
    totals = month.totals
    columns = st.columns(len(_CARDS) + 2)
    for column, (key, code, rows) in zip(columns, _CARDS, strict=False):
        with column:
            figure_card(
                _as_figure(key, code, totals),
                _as_figure(key, code, then),
                link_label=_("Show the shifts"),
                on_open=lambda rows=rows: open_behind(Behind(rows)),  # type: ignore[misc]
            )
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


def _as_figure(key: str, code: str, totals: Totals) -> Figure:
    """The metric with the numbers of a month as they stand: a fixed month's are those that were fixed."""
    return figure_of(key, totals[code], totals["scheduled"], rulebook())


# -- the grid ---------------------------------------------------------------------------------------


def _grid(month: Month, changed: Changed) -> None:
    section(_("Day by day"), _("Click a cell to see the day with its clock readings and clauses."))
    people = _page_of(attendance_frames.by_need(month))
    names = attendance_frames.shown_names(month.people)
    frame = attendance_frames.grid_frame(month, changed, {person.number for person in people})
    days = [month.from_on + timedelta(days=n) for n in range((month.to_on - month.from_on).days + 1)]
    chart, sentence = month_chart(frame, [names[person.number] for person in people], days, class_names())
    st.altair_chart(
        chart,
        width="stretch",
        alt=sentence,
        key=generation("grid"),
        on_select=_cell_clicked,
        selection_mode="cell",
    )
    st.caption(plain(sentence))


def _page_of(people: list[PersonMonth]) -> list[PersonMonth]:
    """As many people as can be read at once: the worst first, the others behind a choice, or by team."""
    if len(people) <= MOST_PEOPLE:
        return people
    starts = list(range(0, len(people), MOST_PEOPLE))
    if st.session_state.get(_PAGE) not in starts:
        st.session_state[_PAGE] = 0
    start = st.segmented_control(
        _("Who is shown: the worst days first; choose a team above to see only its people"),
        starts,
        format_func=lambda n: f"{n + 1}–{min(n + MOST_PEOPLE, len(people))}",
        key=_PAGE,
        required=True,
    )
    return people[start or 0 :][:MOST_PEOPLE]


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
        "number": text_column(_("No."), 62, _("Staff number")),
        "team": st.column_config.TextColumn(_("Team"), width=96, pinned="person" not in told),
        "rate": st.column_config.NumberColumn(_("Rate"), format="%.1f%%", help=_("Attendance rate")),
        **{
            code: st.column_config.NumberColumn(
                _(_SHORT[code]) if code in _SHORT else total_name(code), format="%d", help=total_name(code)
            )
            for code in MEASURES
        },
    }
    st.dataframe(
        frame,
        column_config=columns,
        column_order=[*told, "scheduled", "attended", "rate", *shown_totals(frame)],
        hide_index=True,
        height="content" if len(frame) <= 14 else 35 * 15,
        key=generation(key),
        on_select=lambda: _total_clicked(frame, key, asks),
        selection_mode="single-cell",
    )


def shown_totals(frame: Any) -> list[str]:
    """The totals worth a column: those that are always asked about, and of the others those that anybody has."""
    return [code for code in _ORDER if code in _ALWAYS or (len(frame) and frame[code].any())]


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
        (_("Staff number"), _("Person"), _("Team"), *(total_name(code) for code in MEASURES)),
        tuple(
            (row["number"], row["person"], row["team"], *(int(row[code]) for code in MEASURES))
            for row in people.to_dict("records")
        ),
    )
