"""What waits for judgement, on Today: the reviewers' queue and open objections, each one line and one click away."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import navigation
from dashboard.formats import fmt_count
from dashboard.i18n import _
from dashboard.quality_month_reads import open_disputes
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook
from db.review_queue import list_queue
from regulations.access import Scope
from settings import get_settings


def show(scope: Scope, team_id: int | None) -> None:
    """The lines of whoever reviews or decides objections; nothing for anybody else."""
    if scope.may("quality.review") and navigation.may_open(scope, "review"):
        waiting = _waiting(get_settings().database, scope, minute(), rulebook().version)
        text = (
            _("{n} calls wait in the review queue", n=fmt_count(waiting))
            if waiting
            else _("No call waits in the review queue")
        )
        navigation.link("review", text, ":material/rate_review:")
    if scope.may("disputes.decide") and navigation.may_open(scope, "disputes"):
        waiting, late = open_disputes(scope, team_id)
        if not waiting:
            return
        text = _("{n} objections of agents are open", n=fmt_count(waiting))
        if late:
            text = _(
                "{n} objections of agents are open, {m} of them overdue",
                n=fmt_count(waiting),
                m=fmt_count(late),
            )
        navigation.link("disputes", text, ":material/balance:")


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _waiting(database: str, scope: Scope, at: datetime, version: str) -> int:
    with open_session() as session:
        return len(list_queue(session, scope, rulebook(), at))
