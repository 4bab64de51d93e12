"""How the courtesies of the rulebook go, by month and team, and the calls of a month in which one was left out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.components import Filters, empty
from dashboard.filters import choice_filter
from dashboard.formats import fmt_count, fmt_instant, fmt_month, plain
from dashboard.i18n import _, name
from dashboard.meeting import month_bounds
from dashboard.reads import Where, metric_rows, open_session, rulebook, today
from dashboard.search_reads import courtesy_trend
from dashboard.search_trend import show_trend
from dashboard.tables import hint, table, text_column
from db.metrics import METRICS
from db.metrics.figures import target
from db.metrics.quality_trends import COURTESY
from db.review_blind import list_hidden
from regulations.access import Scope

_MONTH, _TEAM = "month", "of"  # in the address: whose list is open


def show_courtesies(scope: Scope, chosen: Filters) -> None:
    """One courtesy or all of them as lines of the teams; a click on a month lists where it was not said."""
    every = courtesies()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        category = choice_filter(
            "courtesy", _("Courtesy"), {code: name("finding_category", code) for code in every}, "search_courtesy"
        )  # fmt: skip
    frame = courtesy_trend(scope, category, chosen.from_on, chosen.to_on, chosen.team_id)
    if frame.empty:
        empty(
            _("No courtesy to judge"),
            _("No call of this period owed one, or none has been inspected. Choose a longer period."),
            "inbox",
        )
        return
    _behind(scope, chosen, category)
    show_trend(
        frame,
        f"{today():%Y-%m}",
        _("{month}: {n} of {d} courtesies owed were said ({share})."),
        _("Phrases said"),
        _("Phrases owed"),
        _open,
        target=target(METRICS[COURTESY], rulebook()),
        key=f"courtesy_trend_{category}",
    )


def courtesies() -> list[str]:
    """The categories of what the rulebook asks for, in its order; steps of a script are none."""
    return list(dict.fromkeys(rule.category for rule in rulebook().required_phrases()))


def _open(month: str, team_code: str) -> None:
    st.query_params.update({_MONTH: month, _TEAM: team_code})


def _close() -> None:
    for param in (_MONTH, _TEAM):
        st.query_params.pop(param, None)


def _behind(scope: Scope, chosen: Filters, category: str) -> None:
    """The courtesies that were not said in the month and team of the address."""
    month, team = st.query_params.get(_MONTH, ""), st.query_params.get(_TEAM, "")
    try:
        first, last = month_bounds(month)
    except ValueError:
        return
    where: Where = tuple(sorted({"team": team, **({"category": category} if category else {})}.items()))
    found = metric_rows(
        scope,
        COURTESY,
        max(first, chosen.from_on),
        min(last, chosen.to_on),
        chosen.team_id,
        where,
        "rest",
    )
    with open_session() as session:
        hidden = list_hidden(session, scope, {row["call_id"] for row in found})
    shown = [row for row in found if row["call_id"] not in hidden]
    with st.container(border=True, key="behind_courtesy"):
        head, action = st.columns([5, 1], vertical_alignment="center")
        head.markdown(f"##### {plain(_('Not said, {month}', month=fmt_month(month)))}")
        head.caption(plain(_("{n} courtesies owed and not heard", n=fmt_count(len(found)))))
        action.button(_("Close the list"), icon=":material/close:", on_click=_close, key="courtesy_close")
        if len(shown) < len(found):
            st.caption(
                plain(
                    _(
                        "{n} of them are in calls that you are still to hear without the machine's findings: they are not listed.",
                        n=fmt_count(len(found) - len(shown)),
                    )
                )
            )
        if not found:
            st.caption(_("No row: nothing counts here with these filters."))
        if not shown:
            return
        rows = pd.DataFrame(
            [
                {
                    "call": row["call_id"],
                    "what": name("finding_category", row["category"]),
                    "agent": row["agent"],
                    "team": row["team"],
                    "when": fmt_instant(row["started_at"]),
                    "kind": name("contact_kind", row["kind"]),
                }
                for row in shown
            ]
        )
        opened = table(
            rows,
            {
                "what": text_column(_("Courtesy"), 130),
                "call": text_column(_("Call"), 170),
                "agent": text_column(_("Agent"), 100),
                "team": text_column(_("Team"), 140),
                "when": text_column(_("When"), 140),
                "kind": text_column(_("Kind"), 130),
            },
            key="courtesy_rows",
            rows_seen=10,
        )
        hint()
    if opened is not None:
        navigation.go("call", {"call": str(rows.iloc[opened]["call"])})
