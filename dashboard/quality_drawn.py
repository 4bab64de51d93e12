"""The drawn calls of the month one by one: which are reviewed, which wait. As many rows as the figures of the sample."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import navigation
from dashboard.components import empty
from dashboard.filters import choice_filter
from dashboard.formats import fmt_count, fmt_instant, fmt_month, plain
from dashboard.i18n import N_, _, lang, name
from dashboard.quality_month import choose_month
from dashboard.quality_month_reads import MONTHS_OF_PEOPLE, Month
from dashboard.reads import metric_rows, open_session
from dashboard.tables import hint, label_column, table, text_column
from db import people
from db.metrics import METRICS
from regulations.access import Scope

_STATES = {"reviewed": N_("Reviewed"), "waiting": N_("Not reviewed yet")}


def show(scope: Scope, top: DeltaGenerator) -> None:
    """Filters, how many, and the list; a row opens its call."""
    chosen = choose_month(scope, top)
    from_on = chosen.people_from if st.query_params.get("months") == str(MONTHS_OF_PEOPLE) else chosen.first
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state = choice_filter("state", _("Review"), _STATES, "drawn_state")
        agent = _agent(scope, chosen)
        if from_on != chosen.first:
            st.button(
                _("Only this month"),
                icon=":material/close:",
                type="tertiary",
                on_click=_this_month,
                key="drawn_month",
            )
    where = (("agent", agent),) if agent else ()
    only = {"reviewed": "counts", "waiting": "rest"}.get(state, "all")
    rows = metric_rows(scope, "quality.reviewed_share", from_on, chosen.last, chosen.team_id, where, only)  # type: ignore[arg-type]
    if not rows:
        empty(
            _("No drawn call in this list"),
            _("No sample is drawn for this month and choice yet, or a filter leaves nothing."),
            "casino",
        )
        return
    st.caption(plain(_said(len(rows), sum(row["counts"] for row in rows), from_on, chosen)))
    frame = pd.DataFrame(
        {
            "call": row["call_id"],
            "agent": row["agent"],
            "team": row["team"],
            "when": fmt_instant(row["started_at"]),
            "kind": name("contact_kind", row["kind"]),
            "channel": name("channel", row["channel"]),
            "state": [_("Reviewed") if row["counts"] else _("Not reviewed yet")],
            "score": None if row["score"] is None else float(row["score"]),
            "chance": None if row["probability"] is None else 100 * float(row["probability"]),
        }
        for row in rows
    )
    columns = {
        "state": label_column(_("Review"), [_("Not reviewed yet"), _("Reviewed")], ["orange", "green"], 125),
        "score": st.column_config.NumberColumn(_("Score"), format="%.1f", width=70),
        "agent": text_column(_("Agent"), 100),
        "team": text_column(_("Team"), 125),
        "when": text_column(_("When"), 135),
        "kind": text_column(_("Kind"), 150),
        "channel": text_column(_("Channel"), 75),
        "chance": st.column_config.NumberColumn(
            _("Chance"), format="%.0f%%", width=80,
            help=_("The chance of being drawn. Shown of a blind call only once it is judged: it would tell what the machine found."),
        ),
        "call": text_column(_("Call number"), 165),
    }  # fmt: skip
    opened = table(frame, columns, key=f"drawn_{chosen.month}_{agent}_{state}", rows_seen=16)
    hint()
    if opened is not None:
        navigation.go("call", {"call": str(frame.iloc[opened]["call"])})


def _this_month() -> None:
    st.query_params.pop("months", None)


def _agent(scope: Scope, chosen: Month) -> str:
    with open_session() as session:
        agents = {
            one.number: f"{one.name} ({one.number})"
            for one in people.list_agents(session, scope, chosen.team_id, active_only=False)
        }
    return choice_filter("agent", _("Agent"), agents, "drawn_agent", 220)


def _said(rows: int, reviewed: int, from_on: date, chosen: Month) -> str:
    metric = METRICS["quality.reviewed_share"]
    period = fmt_month(chosen.month)
    if from_on != chosen.first:
        period = _("{first} to {last}", first=fmt_month(f"{from_on:%Y-%m}"), last=period)
    return _(
        "{period}: {n} drawn calls in this list, {m} of them reviewed ({metric}).",
        period=period,
        n=fmt_count(rows),
        m=fmt_count(reviewed),
        metric=metric.name(lang()),
    )
