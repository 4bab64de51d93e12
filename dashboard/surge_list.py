"""All surges of a period: how many, how soon somebody took charge of them, and the way to each."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import navigation, surge_panel
from dashboard.components import count_card, empty, period_and_team_filters
from dashboard.formats import NOTHING, fmt_duration, fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import now, open_session, person, rulebook
from dashboard.tables import hint, label_column, number_column, table, text_column
from db import surges
from db.models import SurgeAlert
from regulations.access import Scope

MOST_LISTED = 500
_STATE_COLOURS = {"raised": "red", "acknowledged": "blue", "closed": "green"}


def show(scope: Scope) -> None:
    """The alerts of a period, those that wait first, with how many there were and how soon they were acknowledged."""
    at = now()
    chosen = period_and_team_filters(scope)
    with open_session() as session:
        found = surges.list_alerts(
            session,
            scope,
            from_on=chosen.from_on,
            to_on=chosen.to_on,
            team_id=chosen.team_id,
            limit=MOST_LISTED,
        )
        counts = surges.count_cases(session, scope, found, chosen.team_id)
        watch = surges.watch_state(session, rulebook(), at)
    open_ones = [alert for alert in found if alert.closed_at is None]
    owed = [alert for alert in found if is_in_time(alert) or alert.acknowledged_at or _is_overdue(alert, at)]
    in_time = [alert for alert in owed if is_in_time(alert)]
    columns = st.columns(3)
    with columns[0]:
        count_card(_("Surges in the period"), len(found), _("by the day they began"))
    with columns[1]:
        count_card(_("Not closed"), len(open_ones), _("somebody is still on it"), is_alarm=True)
    with columns[2]:
        count_card(_("Acknowledged in time"), len(in_time), _("of {n} acknowledged or overdue", n=len(owed)))
    st.caption(
        plain(surge_panel.watch_sentence(watch, at) if not open_ones else surge_panel.terms_sentence(watch))
    )
    if not found:
        empty(_("No surge in this period"), _("Choose a longer period or another team."), "trending_flat")
        return
    rows = pd.DataFrame(
        [
            {
                "state": [name("surge_state", surges.state_of(alert))],
                "title": surge_panel.title(alert),
                "started": fmt_instant(alert.started_at),
                "count": alert.count,
                "usual": round(alert.baseline, 2) if alert.baseline is not None else None,
                "cases": counts[alert.id].seen,
                "taken": time_to_acknowledge(alert, at),
                "who": person(alert.acknowledged_by) or NOTHING,
                "outcome": alert.outcome or NOTHING,
            }
            for alert in found
        ]
    )
    states = {name("surge_state", code): colour for code, colour in _STATE_COLOURS.items()}
    opened = table(
        rows,
        {
            "state": label_column(_("State"), list(states), list(states.values()), 125),
            "title": text_column(_("About"), 160),
            "started": text_column(_("Began"), 130),
            "count": number_column(_("In the fullest window"), width=140),
            "usual": st.column_config.NumberColumn(_("Usual"), format="%.2f", width=60),
            "cases": number_column(_("Cases"), width=60),
            "taken": text_column(_("Time to acknowledge"), 145),
            "who": text_column(_("In charge"), 75),
            "outcome": text_column(_("Outcome"), 175),
        },
        key="surges",
    )
    hint()
    if opened is not None:
        navigation.go("surges", {"alert": str(found[opened].id)})


def time_to_acknowledge(alert: SurgeAlert, at: datetime) -> str:
    """How long it took to acknowledge, and whether that was in time."""
    taken = (alert.acknowledged_at or alert.closed_at or at) - alert.raised_at
    duration = fmt_duration(taken.total_seconds())
    if alert.acknowledged_at is None:
        return _("{duration}, not yet", duration=duration)
    due_at = alert.acknowledge_due_at
    if due_at is not None and alert.acknowledged_at > due_at:
        return _("{duration}, too late", duration=duration)
    return duration


def is_in_time(alert: SurgeAlert) -> bool:
    """Whether somebody took charge of it within the limit, or at all where there is none."""
    due_at = alert.acknowledge_due_at
    return alert.acknowledged_at is not None and (due_at is None or alert.acknowledged_at <= due_at)


def _is_overdue(alert: SurgeAlert, at: datetime) -> bool:
    return alert.acknowledge_due_at is not None and at > alert.acknowledge_due_at
