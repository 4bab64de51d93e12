"""Copying a week of the roster: which one, what would come of it, and then doing it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import streamlit as st

from dashboard.formats import fmt_count, plain
from dashboard.i18n import _, lang, listed
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, work_calendar
from dashboard.roster_actions import perform
from dashboard.roster_week import DAY, VIEW_CODES, WEEK, ShownWeek, conflict_rows, monday_of
from dashboard.tables import label_column, table, text_column
from db import roster
from db.refusals import Refused
from db.roster import CopyPlan
from regulations.access import Scope
from regulations.names import NAMES
from settings import get_settings

PANEL = "copy_panel"
_SOURCE, _MOVES = "copy_source", "copy_moves"


def show_copy(scope: Scope, week: ShownWeek, team_id: int | None) -> None:
    """The panel that copies another week onto the one shown; nothing is written before the preview was seen.

    The preview checks the whole week as it would be, so it is worked out only while the panel is open.
    """
    panel = st.expander(
        _("Copy a week into this one"), icon=":material/content_copy:", key=PANEL, on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        target = week.days[0]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            picked = st.date_input(
                _("A day of the week to copy"),
                value=target - WEEK * DAY,
                format="YYYY-MM-DD",
                key=f"{_SOURCE}_{target.isoformat()}",
                width=200,
            )
            moves = st.selectbox(
                _("Rest days in the copy"),
                [0, -1, 1],
                format_func=_move_title,
                key=_MOVES,
                help=_("Everybody's week is moved by a day, so that rest days go round."),
                width=200,
            )
        if not isinstance(picked, date):
            st.caption(plain(_("Choose a day of the week to copy.")))
            return
        source = monday_of(picked)
        try:
            plan = _plan(get_settings().database, scope, source, target, team_id, int(moves), minute())
        except Refused as refused:
            st.warning(plain(refused.text(lang())), icon=":material/error:")
            return
        _preview(plan, week)
        st.button(
            _("Copy {n} shifts", n=fmt_count(len(plan.drafts))),
            icon=":material/content_copy:",
            type="primary",
            disabled=not plan.drafts,
            key="copy_do",
            on_click=_copy,
            args=(plan, team_id, int(moves)),
        )


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=20)
def _plan(
    database: str, scope: Scope, source: date, target: date, team_id: int | None, moves: int, at: datetime
) -> CopyPlan:
    """The plan as of a minute; whether it still is the same when it is written, its fingerprint says."""
    with open_session() as session:
        return roster.plan_copy(
            session, scope, source, target, team_id, rest_moves_on=moves, book=rulebook(), now=at
        )


def _move_title(moves: int) -> str:
    if not moves:
        return _("on the same days")
    return _("a day later") if moves > 0 else _("a day earlier")


def _preview(plan: CopyPlan, week: ShownWeek) -> None:
    """How many shifts, what is left out and why, and what would be wrong."""
    last = plan.source_on + (WEEK - 1) * timedelta(days=1)
    st.markdown(
        plain(
            _(
                "{n} shifts of the week {first} to {last} would be copied.",
                n=fmt_count(len(plan.drafts)),
                first=plan.source_on.isoformat(),
                last=last.isoformat(),
            )
        )
    )
    left = [
        _("{n} on days that are rostered already", n=plan.kept) if plan.kept else "",
        _("{n} of people on approved leave", n=plan.on_leave) if plan.on_leave else "",
        _("{n} that would have begun", n=plan.past) if plan.past else "",
        _("{n} of people who have left", n=plan.left) if plan.left else "",
    ]
    if any(left):
        st.caption(plain(_("Left out: {what}.", what=listed(part for part in left if part))))
    if not plan.drafts:
        return
    holidays = [day for day in week.days if work_calendar().is_public_holiday(day)]
    if holidays:
        st.caption(
            plain(_("Public holidays in this week: {days}.", days=listed(f"{day:%m-%d}" for day in holidays)))
        )
    rows = conflict_rows(plan.conflicts, week.people)
    rows = rows[rows["code"].isin(VIEW_CODES["mend"])].reset_index(drop=True)
    if rows.empty:
        st.success(plain(_("The week would have no conflicts.")), icon=":material/check_circle:")
        return
    st.markdown(f"**{plain(_('The week would have {n} conflicts:', n=len(rows)))}**")
    table(rows, conflict_columns(with_shifts=False), key="copy_conflicts", can_open=False, rows_seen=6)


def conflict_columns(*, with_shifts: bool = True) -> dict[str, object]:
    """The columns of a list of conflicts."""
    from dashboard.roster_week import conflict_label

    codes = list(NAMES["roster_conflict"])
    colours = ["red", "red", "orange", "red", "orange", "orange", "blue", "violet"]
    columns: dict[str, object] = {
        "label": label_column(_("Conflict"), [conflict_label(code) for code in codes], colours, 130),
        "clause": text_column(_("Clause"), 70),
        "when": text_column(_("When"), 105),
        "who": text_column(_("Who or where"), 170),
        "text": text_column(_("What is the matter"), 480),
    }
    if with_shifts:
        columns["shifts"] = text_column(_("Shifts behind"), 90)
    return columns


def _copy(plan: CopyPlan, team_id: int | None, moves: int) -> None:
    perform(
        lambda session, scope, at: roster.copy_week(
            session, scope, plan.source_on, plan.target_on, team_id, rest_moves_on=moves,
            expected=plan.fingerprint, book=rulebook(), now=at,
        ),
        _("{n} shifts were copied.", n=fmt_count(len(plan.drafts))),
    )  # fmt: skip
