"""Handovers on Today: how many wait for a review, and where nobody has come to relieve somebody; one click from the page."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.formats import fmt_count
from dashboard.handover_lists import day_rows, mask
from dashboard.i18n import _
from dashboard.reads import today
from regulations.access import Scope


def show(scope: Scope, team_id: int | None) -> None:
    """A line for each list that has something in it; nothing where none has, or the viewer has no such page."""
    if not navigation.may_open(scope, "handover"):
        return
    rows = day_rows(scope, today(), team_id)
    relief, review = (int(mask(rows, view).sum()) for view in ("relief", "review"))
    if not relief and not review:
        return
    with st.container(horizontal=True, gap="medium"):
        if relief:
            text = _("{n} people wait to be relieved: nobody has come", n=fmt_count(relief))
            navigation.link("handover", text, ":material/person_alert:", show="relief")
        if review:
            text = _("{n} of today's handovers are not reviewed yet", n=fmt_count(review))
            navigation.link("handover", text, ":material/fact_check:", show="review")
