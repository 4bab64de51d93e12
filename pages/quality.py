"""Quality: the state of the month with its uncertainty, the drawn calls, the flagged ones, and recordings on their way in."""

from __future__ import annotations

import streamlit as st

from dashboard import quality_drawn, quality_flagged, quality_month
from dashboard.auth import require
from dashboard.components import page_header
from dashboard.filters import view_filter
from dashboard.i18n import N_, _
from dashboard.queue_panel import show_queue

_VIEWS = {"month": N_("State of the month"), "sample": N_("Drawn calls"), "calls": N_("Flagged calls")}


def _page() -> None:
    scope = require("quality.view")
    page_header(
        _("Quality"),
        _(
            "How far the month's sample is, what it says about all calls, and which calls to hear first. What the machine found is a"
            " lead until a person confirms it."
        ),
    )
    is_list = any(key in st.query_params for key in quality_flagged.PARAMETERS)
    top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with top:
        view = view_filter("view", _VIEWS, "quality_view", default="calls" if is_list else "month")
    if view == "calls":
        quality_flagged.show(scope)
    elif view == "sample":
        quality_drawn.show(scope, top)
    else:
        quality_month.show(scope, top)
    show_queue(scope)


_page()
