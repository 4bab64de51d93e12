"""Attendance: who is missing now and whether the evening is covered; how the month went, and fixing it."""

from __future__ import annotations

import streamlit as st

from dashboard import attendance_month, attendance_today
from dashboard.auth import require
from dashboard.components import page_header
from dashboard.filters import view_filter
from dashboard.i18n import N_, _

VIEWS = {"today": N_("Today"), "month": N_("Month")}


def _page() -> None:
    scope = require("attendance.view")
    page_header(
        _("Attendance"),
        _("Who is missing now, whether the next shift is covered, and how the month went, day by day."),
    )
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with bar:
        view = view_filter("view", VIEWS, "attendance_view")
    if view == "month":
        attendance_month.show_month(scope, bar)
    else:
        attendance_today.show_today(scope, bar)


_page()
