"""Days worked without a shift: who was there on a day that was to be free, for how long, and whether it was approved."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.attendance_open import generation, open_day
from dashboard.components import section
from dashboard.formats import fmt_count, fmt_duration, fmt_time
from dashboard.i18n import _
from dashboard.tables import hint, number_column, table, text_column
from db.attendance_months import Month

COLUMNS = ("on", "person", "number", "team", "span", "extra", "approved", "unapproved")


def rest_frame(month: Month) -> pd.DataFrame:
    """The days worked without a shift that the totals count, most unapproved minutes first. Columns: COLUMNS."""
    rows = [
        {
            "on": day.fact.work_on,
            "person": person.name,
            "number": person.number,
            "team": team.name,
            "span": f"{fmt_time(day.first_in_at)}–{fmt_time(day.last_out_at)}",
            "extra": day.fact.extra_minutes,
            "approved": min(day.fact.approved_extra_minutes, day.fact.extra_minutes),
            "unapproved": day.fact.unapproved_extra_minutes,
        }
        for team in month.teams
        for person in team.people
        for day in person.days
        if day.fact.is_rest_worked
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["unapproved", "on", "number"], ascending=[False, True, True]).reset_index(
        drop=True
    )


def show(month: Month) -> None:
    """The list; a row opens the day with its reasoning. Nothing at all where nobody was there without a shift."""
    rows = rest_frame(month)
    if rows.empty:
        return
    section(
        _("Worked without a shift"),
        _(
            "{n} days of {m} people on which somebody clocked in and none was on the roster: {hours}, of them {open} that nobody approved.",
            n=fmt_count(len(rows)),
            m=fmt_count(rows["number"].nunique()),
            hours=fmt_duration(60 * int(rows["extra"].sum())),
            open=fmt_duration(60 * int(rows["unapproved"].sum())),
        ),
    )
    table(
        rows,
        {
            "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=100),
            "person": text_column(_("Person"), 90),
            "number": text_column(_("Staff number"), 105),
            "team": text_column(_("Team"), 140),
            "span": text_column(_("There"), 120),
            "extra": number_column(_("There, min"), width=110),
            "approved": number_column(_("Approved overtime, min"), width=150),
            "unapproved": number_column(_("Nobody approved, min"), width=150),
        },
        key=generation("rest_days"),
        rows_seen=6,
        on_open=lambda n: open_day(str(rows.iloc[n]["number"]), rows.iloc[n]["on"].isoformat()),
    )
    hint()
