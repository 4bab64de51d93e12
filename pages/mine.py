"""My work: an agent's own figures, days, callbacks and calls. Nobody else's rows reach this page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import mine_calls, mine_complaints, mine_requests
from dashboard.attendance_class import class_name
from dashboard.auth import require
from dashboard.components import (
    empty,
    explanation,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.formats import fmt_date, fmt_duration, fmt_instant, fmt_time, fmt_time_left
from dashboard.i18n import _, name
from dashboard.reads import figure, now, open_session
from dashboard.tables import hint, number_column, state_column, state_label, table, text_column
from db import attendance, callbacks
from db.models import AttendanceDay
from regulations.names import NAMES

OWN_FIGURES = (
    "attendance.late_rate",
    "callback.punctuality",
    "quality.courtesy_completion",
    "quality.pass_rate",
)
DAY_STATES = tuple(NAMES["attendance_class"])

scope = require("own.view")

page_header(
    _("My work"),
    _(
        "Your own complaints, callbacks, attendance and calls, each with the reasoning and the clause. Only you and those in charge of you see them."
    ),
)
chosen = period_and_team_filters(scope)


def show_figures() -> None:
    """My figures against the target and my previous period."""
    before = chosen.previous()
    for column, key in zip(st.columns(len(OWN_FIGURES)), OWN_FIGURES, strict=True):
        with column:
            figure_card(figure(scope, key, chosen.from_on, chosen.to_on), figure(scope, key, *before))


def show_callbacks() -> None:
    """What I still owe, earliest first."""
    section(_("Callbacks you owe"))
    with open_session() as session:
        owed = callbacks.list_callbacks(session, scope, now=now(), open_only=True)
    if not owed:
        empty(
            _("You owe no callback"),
            _("New ones appear here as soon as a case, repair or discharge asks for one."),
        )
        return
    frame = pd.DataFrame(
        {
            "due": fmt_instant(one.due_at),
            "left": fmt_time_left(one.due_at, now()),
            "kind": name("callback_kind", one.kind),
            "customer": one.customer_name,
            "phone": one.customer_phone,
            "tries": len(one.attempts),
        }
        for one in owed
    )
    table(
        frame,
        {
            "due": text_column(_("Due")),
            "left": text_column(_("Time left")),
            "kind": text_column(_("Kind")),
            "customer": text_column(_("Customer")),
            "phone": text_column(_("Phone")),
            "tries": number_column(_("Attempts")),
        },
        key="my_callbacks",
        can_open=False,
    )


def show_days() -> None:
    """My days, the ones to talk about first; a click opens the verdict."""
    section(_("Your days"))
    with open_session() as session:
        days = attendance.list_days(session, scope, from_on=chosen.from_on, to_on=chosen.to_on)
    days = sorted(
        days, key=lambda day: (day.class_ in ("present", "on_leave", "pending"), -day.work_on.toordinal())
    )
    if not days:
        empty(_("No shift in this period"), _("Choose another period, or ask for the roster to be imported."))
        return
    frame = pd.DataFrame(
        {
            "day": fmt_date(day.work_on),
            "verdict": [_("On shift")] if _is_running(day) else _verdict_label(day.class_),
            "in": fmt_time(day.first_in_at),
            "out": fmt_time(day.last_out_at),
            "late": day.late_minutes,
            "early": day.early_minutes,
            "worked": fmt_duration(day.worked_minutes * 60),
        }
        for day in days
    )
    opened = table(
        frame,
        {
            "day": text_column(_("Day")),
            "verdict": state_column(
                _("Verdict"),
                "attendance_class",
                [state for state in DAY_STATES if state != "severe"],
                more={_verdict_label("severe")[0]: "red", _("On shift"): "blue"},
            ),
            "in": text_column(_("In")),
            "out": text_column(_("Out")),
            "late": number_column(_("Late"), _("min")),
            "early": number_column(_("Left early"), _("min")),
            "worked": text_column(_("Worked")),
        },
        key="my_days",
        rows_seen=8,
    )
    hint()
    if opened is not None:
        _show_day(days[opened])


def _verdict_label(class_: str) -> list[str]:
    """A verdict as a label; what is severe is called what the rulebook calls it."""
    return [class_name(class_)] if class_ == "severe" else state_label("attendance_class", class_)


def _is_running(day: AttendanceDay) -> bool:
    """Whether the person has clocked in to a shift that is not over."""
    return day.class_ == "pending" and day.first_in_at is not None


@st.dialog(" ", width="large")
def _show_day(day: AttendanceDay) -> None:
    with open_session() as session:
        steps = attendance.steps_of(session, day)
    explanation(steps, f"{fmt_date(day.work_on)} · {class_name(day.class_)}")


show_figures()
mine_complaints.show(scope)
show_callbacks()
mine_requests.show(scope, chosen.from_on, chosen.to_on)
show_days()
mine_calls.show(scope, chosen.from_on, chosen.to_on)
