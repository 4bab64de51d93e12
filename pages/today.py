"""Today: what needs me now. One list by when each thing turns late; every row is one click from its case."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import navigation, surge_panel, today_handovers, today_judging, today_lists, today_reviews
from dashboard.auth import require
from dashboard.components import count_card, empty, figure_card, page_header, section
from dashboard.filters import show_view, team_filter, view_filter
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import figure, now, today
from dashboard.tables import hint, label_column, table, text_column
from dashboard.today_decisions import show_decisions
from dashboard.today_requests import show_requests
from regulations.access import LEADERS, Scope

ABOVE = LEADERS - {"manager"}  # they look on and decide; what turns late is others' work
SEVERITIES = ("critical", "high", "medium", "low")
MANAGER_FIGURES = (
    "complaint.all_clocks_attainment",
    "callback.rate",
    "attendance.rate",
    "quality.courtesy_completion",
)


def _cards(rows: pd.DataFrame, scope: Scope, team_id: int | None) -> None:
    deadlines = rows[rows["kind"] != "person"]
    count = deadlines["urgency"].value_counts()
    callbacks = rows[rows["kind"] == "callback"]
    people = rows[rows["kind"] == "person"]
    reviews = today_reviews.review_counts(scope, team_id)
    columns = st.columns(6)
    cards = (
        (
            _("Overdue"),
            int(count.get("overdue", 0)),
            _("past a deadline; a case counts once"),
            "overdue",
            True,
        ),
        (_("Due within 1 hour"), int(count.get("hour", 0)), _("act first"), "hour", True),
        (_("Due today"), int(count.get("today", 0)), _("later today"), "today", False),
        (_("Callbacks"), len(callbacks), _("owed by the end of today"), "callbacks", False),
        (_("Late or missing"), len(people), _("right now"), "people", True),
    )
    for column, (label, number, sentence, focus, is_alarm) in zip(columns, cards, strict=False):
        with column:
            count_card(label, number, sentence, on_open=partial(show_view, "focus", focus), is_alarm=is_alarm)
    with columns[-1]:
        waiting = reviews.flagged - reviews.reviewed
        target = "quality" if navigation.may_open(scope, "quality") else None
        count_card(
            _("Calls to review"),
            waiting,
            _("flagged, not decided"),
            link=target,
            query=today_reviews.address(),
        )


def _list(rows: pd.DataFrame) -> None:
    focus = view_filter("focus", today_lists.FOCUSES, "today_focus")
    who = _person(today_lists.focused(rows, focus))
    shown = today_lists.focused(rows, focus, who)
    if shown.empty:
        empty(
            _("Nothing needs you here"),
            _("Nothing is late and nothing turns late today in this list."),
            "task_alt",
        )
        return
    shown["kind_name"] = [_(today_lists.KINDS[kind]) for kind in shown["kind"]]
    labels = [today_lists.urgency_label(code)[0] for code in ("overdue", "hour", "today")]
    columns = {
        "label": label_column(_("State"), labels, ["red", "orange", "blue"], 110),
        "left": text_column(_("Time"), 125),
        "due": text_column(_("Turns late"), 132),
        "kind_name": text_column(_("Kind"), 75),
        "what": text_column(_("Matter"), 330),
        "who": text_column(_("Responsible"), 92),
        "clauses": text_column(_("Clauses"), 90),
        "team": text_column(_("Team"), 120),
    }
    if shown["team"].nunique() < 2:
        del columns["team"]
    opened = table(shown, columns, key=f"pressing_{focus}", rows_seen=15)
    hint()
    if opened is not None:
        row = shown.iloc[opened]
        navigation.go(str(row["page"]), row["query"])


def _person(rows: pd.DataFrame) -> str:
    """Whose rows are shown: chosen by name, kept in the address; "" is everybody."""
    labels = today_lists.people(rows)
    asked = st.query_params.get("person", "")
    if len(labels) < 2 and asked not in labels:
        return ""
    st.session_state["today_who"] = asked if asked in labels else None
    st.pills(
        _("Whose it is"),
        list(labels),
        format_func=lambda who: labels[who],
        key="today_who",
        on_change=_person_changed,
        label_visibility="collapsed",
    )
    st.caption(
        _("Whose it is: ▲ overdue, ! within the hour, ● later today. Click a name for that list alone.")
    )
    return asked if asked in labels else ""


def _person_changed() -> None:
    who = st.session_state["today_who"]
    if who:
        st.query_params["person"] = str(who)
    elif "person" in st.query_params:
        del st.query_params["person"]


def _older(scope: Scope, team_id: int | None) -> None:
    """Callbacks overdue for so long that they would bury what is urgent: counted, and one click away."""
    older = today_lists.older_callbacks(scope, team_id)
    if older:
        text = _("{n} callbacks are overdue for more than {days} days", n=older, days=today_lists.OLD_DAYS)
        navigation.link("callbacks", text, ":material/history:", show="old")


def _reviews(scope: Scope, team_id: int | None) -> None:
    rows = today_reviews.flagged_rows(scope, team_id)
    if rows.empty:
        empty(
            _("No call waits for a review"),
            _("Every flagged call of the last 30 days is decided."),
            "task_alt",
        )
        return
    proposed = int((rows["worst"].map(lambda label: label[0]) == today_reviews.only_proposed()).sum())
    if proposed:
        st.caption(
            plain(
                _(
                    "{n} calls with findings to decide; then {m} in which something is only proposed.",
                    n=len(rows) - proposed,
                    m=proposed,
                )
            )
        )
    columns = {
        "worst": label_column(
            _("Severity"),
            [*(name("inspection_severity", s) for s in SEVERITIES), today_reviews.only_proposed()],
            ["red", "orange", "yellow", "gray", "blue"],
            105,
        ),
        "what": st.column_config.ListColumn(_("What was found"), width=275),
        "score": st.column_config.NumberColumn(_("Machine score"), format="%.1f", width=90),
        "at": text_column(_("Call at"), 140),
        "person": text_column(_("Person"), 80),
        "team": text_column(_("Team"), 120),
        "call": text_column(_("Call number"), 170),
    }
    opened = table(rows, columns, key="flagged", rows_seen=15)
    hint()
    if opened is not None and navigation.may_open(scope, "call"):
        navigation.go("call", {"call": str(rows.iloc[opened]["call"])})


def _qa(scope: Scope, team_id: int | None) -> None:
    """What QA staff need: calls to decide on, and recordings that do not move."""
    reviews = today_reviews.review_counts(scope, team_id)
    queue = today_reviews.queue_counts(scope)
    columns = st.columns(4)
    with columns[0]:
        count_card(
            _("Calls to review"),
            reviews.flagged - reviews.reviewed,
            _("of {n} flagged in 30 days", n=reviews.flagged),
        )
    with columns[1]:
        count_card(
            _("Findings to decide"), reviews.findings_undecided, _("of {n} findings", n=reviews.findings)
        )
    data = "data" if navigation.may_open(scope, "data") else None
    with columns[2]:
        waiting = queue["queued"] + queue["claimed"]
        count_card(_("Recordings waiting"), waiting, _("to be transcribed"), link=data)
    with columns[3]:
        count_card(_("Recordings failed"), queue["failed"], _("need a look"), link=data, is_alarm=True)
    today_judging.show(scope, team_id)
    section(_("Calls to review"), _("Found by the machine; a finding counts only when you confirm it."))
    _reviews(scope, team_id)


def _manager(scope: Scope, team_id: int | None) -> None:
    """How the month stands, for whoever answers for the department."""
    section(_("This month so far"))
    on = today()
    pages = ("complaints", "callbacks", "attendance", "quality")
    for column, key, page in zip(st.columns(len(pages)), MANAGER_FIGURES, pages, strict=True):
        with column:
            link = page if navigation.may_open(scope, page) else None
            query = {"view": "month"} if page == "attendance" else {}
            figure_card(figure(scope, key, on.replace(day=1), on, team_id), link=link, query=query)


def _page() -> None:
    scope = require("today.view")
    page_header(_("Today"), _sentence(scope))
    team_id = team_filter(scope)
    if scope.role == "qa":
        _qa(scope, team_id)
        return
    surge_panel.show(scope, team_id)  # a surge is told before everything else (D1.10)
    rows = today_lists.pressing_rows(scope, team_id)
    if scope.role in ABOVE:
        show_decisions(scope, team_id)
        show_requests(scope, team_id)
        _manager(scope, team_id)
        _cards(rows, scope, team_id)
    else:
        _cards(rows, scope, team_id)
        show_decisions(scope, team_id)
        show_requests(scope, team_id)
    today_handovers.show(scope, team_id)
    today_judging.show(scope, team_id)
    section(_("What turns late, first things first"))
    _list(rows)
    if navigation.may_open(scope, "callbacks"):
        _older(scope, team_id)
    if scope.role == "manager":
        _manager(scope, team_id)


def _sentence(scope: Scope) -> str:
    at = fmt_instant(now())
    if scope.role == "qa":
        return _("The calls that wait for your judgement. As of {at}.", at=at)
    if scope.role in LEADERS:
        return _("What is late or turns late today in the whole department. As of {at}.", at=at)
    return _("What is late or turns late today in your teams. As of {at}.", at=at)


_page()
