"""What is wrong with a week of the roster: the list, and one conflict with the shifts behind it."""

from __future__ import annotations

import streamlit as st

from dashboard.components import empty, explanation, section, told
from dashboard.filters import view_filter
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.roster_actions import CONFLICT, WEEK_PARAM, close, open_cell
from dashboard.roster_copy_panel import conflict_columns
from dashboard.roster_panel import asked_cell, behind_rows, show_cell
from dashboard.roster_week import VIEW_CODES, VIEWS, ShownWeek, monday_of
from dashboard.tables import hint, table, text_column
from regulations.access import Scope
from regulations.verdict import Step


def show_conflicts(scope: Scope, week: ShownWeek) -> None:
    """The list that the address asks for, and above it the conflict that is open."""
    section(_("Conflicts and marks"), _("What hurts most stands on top."))
    key = st.query_params.get(CONFLICT)
    if key is not None:
        _conflict(scope, week, key)
        cell = asked_cell()
        if cell is not None:
            show_cell(scope, cell, week)
    view = view_filter("show", VIEWS, "roster_show")
    rows = week.conflicts[week.conflicts["code"].isin(VIEW_CODES[view])].reset_index(drop=True)
    if rows.empty:
        empty(_("Nothing in this list"), _("The roster of this week keeps these rules."), "task_alt")
        return
    keys = [str(key) for key in rows["key"]]
    table(
        rows,
        conflict_columns(),
        key=f"conflicts_{view}_{week.days[0].isoformat()}",
        rows_seen=8,
        on_open=lambda at: st.query_params.update({CONFLICT: keys[at]}),
    )
    hint()


def _conflict(scope: Scope, week: ShownWeek, key: str) -> None:
    """The open conflict: why, and the shifts behind it, each leading to its day."""
    found = week.conflicts[week.conflicts["key"] == key]
    if found.empty:
        told(
            _("This conflict is no longer there"), _("It was mended, or it belongs to another week or team.")
        )
        close(CONFLICT)
        return
    row = found.iloc[0]
    with st.container(border=True, key="roster_conflict"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"#### {plain(row['label'][0])} · {plain(row['who'])}", width="stretch")
            st.button(
                _("Close"), icon=":material/close:", on_click=close, args=(CONFLICT,), key="conflict_close"
            )
        st.markdown(plain(row["text"]))
        explanation([Step.from_record(step) for step in row["steps"]])
        behind = behind_rows(scope, row["shift_ids"])
        if behind.empty:
            st.caption(plain(_("No shift lies behind it: nobody is rostered at that time.")))
            return
        st.caption(plain(_("{n} shifts behind it.", n=len(behind))))
        columns = {
            "person": text_column(_("Person"), 90),
            "number": text_column(_("Staff number"), 90),
            "day": text_column(_("Day"), 130),
            "shift": text_column(_("Shift"), 160),
            "post": text_column(_("Post"), 100),
        }
        days = list(zip(behind["agent_id"], behind["on"], strict=True))

        def show(at: int) -> None:
            agent_id, on = days[at]
            st.query_params[WEEK_PARAM] = monday_of(on).isoformat()
            open_cell(int(agent_id), on)

        table(behind, columns, key=f"behind_{key}", rows_seen=8, on_open=show)
        hint()
