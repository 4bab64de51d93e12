"""What is opened from the month of attendance: a person's day, or the shifts behind a total. Both stand in the address."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from dashboard import attendance_day, attendance_frames
from dashboard.attendance_class import class_name, total_name
from dashboard.attendance_frames import Behind
from dashboard.exports.lists import Sheet, download
from dashboard.formats import fmt_count, fmt_month, plain
from dashboard.i18n import _
from dashboard.tables import label_column, number_column, table, text_column
from db.attendance_months import Month
from regulations.access import Scope
from regulations.attendance_totals import MEASURES

TOTAL, OF, GROUP = "total", "of", "group"  # a list: which total, of which person (staff number) or team
WHO, DAY = "person", "day"  # a day: whose (staff number) and which
_ODD = {
    "absent": "red",
    "severe": "red",
    "late_and_early": "orange",
    "late": "orange",
    "early": "orange",
    "missing_punch": "violet",
}  # with the colours of their labels
REST_MINUTES = ("rest_day_minutes", "approved_rest_day_minutes", "unapproved_rest_day_minutes")
_OPENED = "attendance_opened"


def generation(key: str) -> str:
    """The key of something clickable, new each time that what it opened was closed: a click on the same place opens again."""
    return f"{key}_{st.session_state.get(_OPENED, 0)}"


def open_day(who: str, day: str) -> None:
    """Ask for a person's day; for callbacks. A list that is open stays behind it."""
    st.query_params.update({WHO: who, DAY: day})


def open_behind(wanted: Behind) -> None:
    """Ask for the shifts behind a total; for callbacks."""
    close()
    st.query_params[TOTAL] = wanted.code
    if wanted.who:
        st.query_params[OF] = wanted.who
    if wanted.team_id is not None:
        st.query_params[GROUP] = str(wanted.team_id)


def close() -> None:
    """Go back to the month."""
    st.session_state[_OPENED] = st.session_state.get(_OPENED, 0) + 1
    for param in (TOTAL, OF, GROUP, WHO, DAY):
        if param in st.query_params:
            del st.query_params[param]


def open_what_is_asked(scope: Scope, month: Month) -> None:
    """The day or the list of the address, in front of the page."""
    who, day = st.query_params.get(WHO, ""), st.query_params.get(DAY, "")
    if who and day:
        try:
            on = date.fromisoformat(day)
        except ValueError:
            return
        _day_dialog(scope, month, who, on)
        return
    wanted = _asked_behind(month)
    if wanted is not None:
        _behind_dialog(scope, month, wanted)


def _asked_behind(month: Month) -> Behind | None:
    code, group = st.query_params.get(TOTAL, ""), st.query_params.get(GROUP, "")
    if code not in MEASURES:
        return None
    team_ids = {str(team.team_id): team.team_id for team in month.teams}
    if group and group not in team_ids:
        return None
    return Behind(code, st.query_params.get(OF, ""), team_ids.get(group))


def _back_to_list() -> None:
    for param in (WHO, DAY):
        if param in st.query_params:
            del st.query_params[param]


def _day_dialog(scope: Scope, month: Month, who: str, on: date) -> None:
    @st.dialog(_("The day"), width="large", icon=":material/event:", on_dismiss=close)
    def show() -> None:
        if st.query_params.get(TOTAL) and st.button(
            _("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="day_back"
        ):
            _back_to_list()
            st.rerun()  # a dialog runs alone: to go back the page has to be made again
        attendance_day.show(scope, month, who, on)

    show()


def _behind_dialog(scope: Scope, month: Month, wanted: Behind) -> None:
    rows = attendance_frames.behind_frame(month, wanted)
    total = attendance_frames.total_of(month, wanted)
    measure = MEASURES[wanted.code]
    title = _behind_title(month, wanted)

    @st.dialog(plain(title), width="large", icon=":material/list:", on_dismiss=close)
    def show() -> None:
        st.caption(plain(_how_many(wanted.code, total, len(rows))))
        if rows.empty:
            st.caption(_("No row: nothing counts here with these filters."))
            return
        columns: dict[str, Any] = {
            "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=95),
            "person": text_column(_("Person"), 80),
            "verdict": label_column(_("Verdict"), [class_name(c) for c in _ODD], list(_ODD.values()), 120),
            "shift": text_column(_("Shift"), 100),
            "amount": number_column(_("Minutes"), width=70),
            "detail": text_column(_("Details"), 330),
            "clauses": text_column(_("Clauses"), "small"),
        }
        if measure.unit != "minutes":
            del columns["amount"]
        shown = rows.copy()
        shown["verdict"] = [[class_name(c)] for c in rows["class"]]
        opened = table(shown, columns, key="behind_rows", rows_seen=11)
        st.caption(_("Click a row to open the day."))
        download(scope, behind_sheet(month, title, rows), "behind", "attendance")
        if opened is not None:
            row = rows.iloc[opened]
            open_day(str(row["number"]), row["on"].isoformat())
            st.rerun()

    show()


def _how_many(code: str, total: int, rows: int) -> str:
    """What a list adds up to, in words."""
    n, m = fmt_count(total), fmt_count(rows)
    if MEASURES[code].unit == "days":
        return _("One day without a shift") if rows == 1 else _("{n} days without a shift", n=m)
    if code in REST_MINUTES:
        if rows == 1:
            return _("{n} minutes on one day without a shift", n=n)
        return _("{n} minutes on {m} days without a shift", n=n, m=m)
    if MEASURES[code].unit == "minutes":
        if rows == 1:
            return _("{n} minutes on one shift", n=n)
        return _("{n} minutes on {m} shifts", n=n, m=m)
    return _("One shift") if rows == 1 else _("{n} shifts", n=m)


def _behind_title(month: Month, wanted: Behind) -> str:
    parts = [total_name(wanted.code), fmt_month(month.month)]
    parts += [person.name for person in month.people if person.number == wanted.who]
    parts += [team.name for team in month.teams if team.team_id == wanted.team_id]
    return " · ".join(parts)


def behind_sheet(month: Month, title: str, rows: Any) -> Sheet:
    """The shifts behind a total as a spreadsheet; leave is leave in it, whatever kind it is."""
    return Sheet(
        title,
        ((_("Month"), month.month),),
        (_("Day"), _("Staff number"), _("Person"), _("Team"), _("Shift"), _("Verdict"), _("Details"), _("Clauses")),
        tuple(
            (
                row["on"].isoformat(),
                row["number"],
                row["person"],
                row["team"],
                row["shift"],
                class_name(row["class"]),
                row["detail"],
                row["clauses"],
            )
            for row in rows.to_dict("records")
        ),
    )  # fmt: skip
