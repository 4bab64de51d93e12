"""Objections of agents: how many, how many of them accepted, and the list, what is due first on top."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import dispute_panel
from dashboard.components import count_card, empty, figure_card
from dashboard.decisions import show_flash
from dashboard.dispute_words import state_label, state_labels, title_of
from dashboard.filters import Filters, show_view, view_filter
from dashboard.formats import NOTHING, fmt_count, fmt_instant, fmt_time_left, plain
from dashboard.i18n import N_, _, lang
from dashboard.reads import figure, now, open_session, rulebook
from dashboard.tables import label_column, table, text_column
from db import dispute_lists
from db.dispute_subjects import Subject, subjects
from db.models import Dispute
from regulations.access import Scope

OPEN = "open"  # in the address: which objection is opened
MOST_LISTED = 300
VIEWS = {
    "waiting": N_("To be decided"),
    "done": N_("Decided, of the period"),
    "all": N_("Filed in the period"),
}
_STATES = {"waiting": "open", "done": "decided", "all": None}


def show(scope: Scope, chosen: Filters) -> None:
    """Figures of the period, then what waits whenever it was filed, with the opened one beside it."""
    _figures(scope, chosen)
    show_flash(dispute_panel.PANEL)
    view = view_filter("show", VIEWS, "dispute_show")
    with open_session() as session:
        rows = dispute_lists.list_disputes(
            session,
            scope,
            team_id=chosen.team_id,
            state=_STATES[view],
            filed=None if view == "waiting" else (chosen.from_on, chosen.to_on),
            limit=MOST_LISTED,
        )
        about = subjects(session, rows)
    asked = _asked()
    if not rows and asked is None:
        _nothing(view)
        return
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if rows:
            _table(rows, about, view)
        else:
            _nothing(view)
    with right:
        dispute_panel.show(scope, rows[0].id if asked is None else asked)
    _rules()


def _figures(scope: Scope, chosen: Filters) -> None:
    period = (chosen.from_on, chosen.to_on, chosen.team_id)
    with open_session() as session:
        waiting = dispute_lists.list_disputes(session, scope, team_id=chosen.team_id, state="open")
    late = sum(dispute_lists.state_of(one, now()) == "overdue" for one in waiting)
    first, second, third, fourth = st.columns(4)
    with first:
        count_card(
            _("Objections waiting"),
            len(waiting),
            _("{n} of them overdue", n=fmt_count(late)) if late else _("none of them overdue"),
            is_alarm=late > 0,
        )
    for column, key, view in (
        (second, "quality.dispute_filed", "all"),
        (third, "quality.dispute_accepted_rate", "done"),
        (fourth, "quality.dispute_in_time", ""),  # decided and overdue ones: two lists
    ):
        with column:
            before = figure(scope, key, *chosen.previous(), chosen.team_id)
            figure_card(
                figure(scope, key, *period),
                before,
                on_open=partial(_open_view, view) if view else None,
                link_label=_("Show the list"),
            )


def _open_view(view: str) -> None:
    show_view("show", view)
    st.query_params.pop(OPEN, None)


def _nothing(view: str) -> None:
    if view == "waiting":
        empty(
            _("No objection waits"),
            _("Agents object on their own page, within the time the rulebook gives them."),
            "task_alt",
        )
    else:
        empty(_("None in this period"), _("What is decided is kept here with its reason."))


def _table(rows: list[Dispute], about: dict[int, Subject], view: str) -> None:
    labels, colours = state_labels()

    def opened(position: int) -> None:
        st.query_params[OPEN] = str(rows[position].id)

    table(
        pd.DataFrame(
            {
                "state": [state_label(dispute_lists.state_of(one, now()))],
                "about": title_of(about[one.id]),
                "agent": one.agent.name,
                "due": _due(one),
                "call": fmt_instant(one.call.started_at),
            }
            for one in rows
        ),
        {
            "state": label_column(_("State"), labels, colours, 95),
            "agent": text_column(_("Agent"), 70),
            "about": text_column(_("Objects to"), 200),
            "due": text_column(_("Ruling"), 125),
            "call": text_column(_("Call"), 125),
        },
        key=f"disputes_{view}",
        on_open=opened,
    )
    st.caption(plain(_("{n} objections. Click a row to open it here.", n=fmt_count(len(rows)))))


def _due(one: Dispute) -> str:
    if one.state == "open":
        return fmt_time_left(one.due_at, now()) if one.due_at is not None else NOTHING
    return fmt_instant(one.decided_at)


def _rules() -> None:
    """The procedure as the rulebook has it."""
    book = rulebook()
    file, decide = book.duration("qa.dispute_within"), book.duration("qa.dispute_decide_within")
    with st.expander(_("How an objection goes"), icon=":material/rule:"):
        lines = [
            _("An agent objects to a confirmed finding, or to an item that cost points, in a call of his own."),
            _("Within {limit} of the decision.", limit=file.text(lang())) if file else "",
            _("Somebody decides who neither reviewed the call nor decided on the finding."),
            _("Within {limit} of the objection.", limit=decide.text(lang())) if decide else "",
            _("An accepted one overturns the finding or changes the answer; the call is scored anew, the old score is kept."),
            _("The decision is final."),
        ]  # fmt: skip
        st.markdown("\n".join(f"- {plain(line)}" for line in lines if line))


def _asked() -> int | None:
    text = st.query_params.get(OPEN, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
