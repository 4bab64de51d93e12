"""The flagged calls of a period: how far their inspection has come, which to hear first, and the period's figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import navigation, quality_lists
from dashboard.components import Filters, count_card, empty, figure_card, period_and_team_filters, section
from dashboard.filters import choice_filter
from dashboard.formats import fmt_count, fmt_percent, plain
from dashboard.i18n import N_, _, name, sentences
from dashboard.quality_lists import SEVERITY_COLOURS, FlaggedFilter, more_labels
from dashboard.reads import figure, open_session
from dashboard.tables import hint, table, text_column
from db import people
from db.quality import SEVERITIES
from regulations.access import Scope
from regulations.names import NAMES

FIGURES = ("quality.inspected_share", "quality.flagged_rate", "quality.confirmed_rate", "quality.pass_rate")
PARAMETERS = (
    "from",
    "to",
    "category",
    "agent",
    "undecided",
    "listen",
    "found",
)  # an address that names one means this list
_FOUND = {"wording": N_("Wording"), "measured": N_("Only measurements")}


def show(scope: Scope) -> None:
    """The whole view."""
    chosen = period_and_team_filters(scope)
    _state(scope, chosen)
    section(_("Flagged calls"))
    _flagged(scope, chosen)
    section(_("Figures of the period"))
    _figures(scope, chosen)


def _state(scope: Scope, chosen: Filters) -> None:
    """From the calls of the period to what was confirmed, each number with what it is a part of."""
    period = scope, chosen.from_on, chosen.to_on, chosen.team_id
    counts, measured = quality_lists.period_counts(*period), quality_lists.measured_count(*period)
    cards = (
        (_("Recorded"), counts.recorded, counts.calls, _("of {d} calls ({share})")),
        (_("Inspected"), counts.inspected, counts.calls, _("of {d} calls ({share})")),
        (
            _("Flagged"),
            counts.flagged,
            counts.inspected,
            _("of {d} inspected ({share}); {m} only by measurements"),
        ),
        (_("Review finished"), counts.reviewed, counts.flagged, _("of {d} flagged ({share})")),
        (_("At least one confirmed"), counts.confirmed, counts.flagged, _("of {d} flagged ({share})")),
    )
    for column, (label, number, base, words) in zip(st.columns(len(cards)), cards, strict=True):
        with column:
            share = fmt_percent(number, base)
            count_card(label, number, words.format(d=fmt_count(base), share=share, m=fmt_count(measured)))


def _figures(scope: Scope, chosen: Filters) -> None:
    before = chosen.previous()
    for column, key in zip(st.columns(len(FIGURES)), FIGURES, strict=True):
        with column:
            figure_card(
                figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id),
                figure(scope, key, *before, chosen.team_id),
            )


def _filters(scope: Scope, chosen: Filters) -> FlaggedFilter:
    """Category, agent and state of review; all three stand in the address too."""
    with open_session() as session:
        agents = {
            a.number: (a.id, a.name)
            for a in people.list_agents(session, scope, chosen.team_id, active_only=False)
        }
    if "flagged_category" not in st.session_state:
        asked = st.query_params.get("category", "")
        st.session_state["flagged_category"] = asked if asked in NAMES["finding_category"] else ""
        st.session_state["flagged_agent"] = st.query_params.get("agent", "")
        st.session_state["flagged_undecided"] = st.query_params.get("undecided") == "1"
        st.session_state["flagged_to_listen"] = st.query_params.get("listen") == "1"
    if st.session_state["flagged_agent"] not in agents:  # of another team, or of nobody
        st.session_state["flagged_agent"] = ""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        category = st.selectbox(
            _("Finding"),
            ["", *NAMES["finding_category"]],
            format_func=lambda c: name("finding_category", c) if c else _("Every finding"),
            key="flagged_category",
            width=190,
        )
        agent = st.selectbox(
            _("Agent"),
            ["", *agents],
            format_func=lambda n: f"{agents[n][1]} ({n})" if n else _("Every agent"),
            key="flagged_agent",
            width=190,
        )
        found = choice_filter("found", _("Flagged by"), _FOUND, "flagged_found", 150)
        undecided = st.toggle(_("Only what waits for review"), key="flagged_undecided")
        to_listen = st.toggle(
            _("Calls with sound to listen to"),
            key="flagged_to_listen",
            help=_(
                "Calls with stretches that only a person can make out, or whose channels look swapped; flagged or not,"
                " whatever the finding."
            ),
        )
    for key, value in (
        ("category", category),
        ("agent", agent),
        ("undecided", "1" if undecided else ""),
        ("listen", "1" if to_listen else ""),
    ):
        if not value:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != value:
            st.query_params[key] = value
    return FlaggedFilter(
        chosen.from_on,
        chosen.to_on,
        chosen.team_id,
        agents[agent][0] if agent else None,
        category or None,
        bool(undecided),
        bool(to_listen),
        found,
    )


def _said_of(rows: pd.DataFrame, wanted: FlaggedFilter) -> str:
    """How many calls stand in the list, why they do, and how many wait."""
    flagged = int(rows["is_flagged"].sum())
    counts = {
        "n": fmt_count(len(rows) if wanted.to_listen_only else flagged),
        "more": fmt_count(len(rows) - flagged),
        "m": fmt_count(int((rows["undecided"] > 0).sum())),
    }
    if wanted.to_listen_only:
        return _("{n} calls, the longest to hear first; {m} wait for review.", **counts)
    if len(rows) > flagged:
        return _(
            "{n} flagged calls, what hurts most first; {m} wait for review. Then {more} in which something is only"
            " proposed: listen to them. A flag is a lead, not a verdict.",
            **counts,
        )
    return _(
        "{n} flagged calls, what hurts most first; {m} wait for review. A flag is a lead, not a verdict.",
        **counts,
    )


def _more_of(scope: Scope, rows: pd.DataFrame, wanted: FlaggedFilter) -> list[str]:
    """What the list says besides: flags that are no words, and the calls that this viewer hears blind."""
    said = []
    measured = int(rows["is_measured"].sum())
    if measured:
        words = _(
            "{n} of them only by measurements (rings, silence …): nothing was said wrongly or left out.",
            n=measured,
        )
        said.append(words)
    hidden = quality_lists.hidden_count(scope, wanted.from_on, wanted.to_on)
    if hidden:
        said.append(
            _(
                "Left out, flagged or not: {n} drawn calls of this period that are to be heard without the machine's findings.",
                n=hidden,
            )
        )
    return said


def _flagged(scope: Scope, chosen: Filters) -> None:
    wanted = _filters(scope, chosen)
    rows = quality_lists.flagged_rows(scope, wanted)
    if rows.empty and wanted.to_listen_only:
        empty(
            _("No call has to be listened to"),
            _("Every recording of this period and choice gave words that can be relied on."),
            "task_alt",
        )
        return
    if rows.empty:
        empty(
            _("No flagged call in this list"),
            _("Nothing was found in the calls of this period and choice. Take a filter away to see more."),
            "task_alt",
        )
        return
    st.caption(plain(sentences(_said_of(rows, wanted), *_more_of(scope, rows, wanted))))
    columns = {
        "severity": st.column_config.MultiselectColumn(
            _("Severity"),
            options=quality_lists.severity_labels(),
            color=[*(SEVERITY_COLOURS[s] for s in reversed(SEVERITIES)), "gray"],
            width=95,
        ),
        **({"to_hear": text_column(_("Why to listen"), 160)} if wanted.to_listen_only else {}),
        "shown": st.column_config.MultiselectColumn(
            _("What was found"),
            options=[*(name("finding_category", code) for code in NAMES["finding_category"]), *more_labels()],
            color="blue",
            width=115 if wanted.to_listen_only else 250,
        ),
        "state": text_column(_("Review"), 145),
        "score": st.column_config.ProgressColumn(
            _("Score"), format="%.0f", min_value=0, max_value=100, width=90,
            help=_("100 less the points of the findings that stand"),
        ),
        "agent": text_column(_("Agent"), 75),
        "team": text_column(_("Team"), 115),
        "when": text_column(_("When"), 128),
        "kind": text_column(_("Kind"), 150),
    }  # fmt: skip
    opened = table(
        rows,
        columns,
        key=f"flagged_{wanted.category}_{wanted.agent_id}_{wanted.undecided_only}_{wanted.to_listen_only}_{wanted.found}",
    )
    hint()
    if opened is not None:
        navigation.go("call", {"call": str(rows.iloc[opened]["call"])})
