"""Fixing a month of attendance, team by team, and what has changed since."""

from __future__ import annotations

import streamlit as st

from dashboard import attendance_frames, attendance_reads
from dashboard.attendance_frames import Changed
from dashboard.components import section
from dashboard.formats import fmt_count, fmt_instant, fmt_month, plain
from dashboard.i18n import _, lang, listed, sentences
from dashboard.reads import forget, now, open_session, person, rulebook
from dashboard.tables import table, text_column
from db import attendance_months
from db.attendance_months import Month, TeamMonth
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "lock_flash"
_LONGEST_NOTE = 500


def changed_days(scope: Scope, month: Month) -> Changed:
    """The person-days of fixed teams that are no longer as they were fixed."""
    return frozenset(
        (one.number, one.work_on.isoformat())
        for team in month.teams
        if team.fixed is not None
        for one in attendance_reads.differences(scope, team.team_id, month.month)
    )


def show_state(month: Month) -> None:
    """One sentence: whether these figures still move."""
    fixed = [team for team in month.teams if team.fixed is not None]
    if not fixed:
        return
    names = listed([team.name for team in fixed])
    if len(fixed) == len([team for team in month.teams if team.people]):
        said = _("These figures are fixed: what is corrected later shows below as a difference.")
    else:
        said = _("The figures of {teams} are fixed; the others may still move.", teams=names)
    st.markdown(f":material/lock: {plain(said)}")


def show(scope: Scope, month: Month) -> None:
    """Each team: fixed by whom and when with the differences since, or the button that fixes it."""
    section(
        _("Fixing the month"),
        _("A fixed month keeps its figures; corrections and imports after that show as differences."),
    )
    _flash()
    for team in month.teams:
        if team.people:
            _team(scope, month, team)


def _team(scope: Scope, month: Month, team: TeamMonth) -> None:
    with st.container(border=True, gap="small", key=f"month_of_{team.team_id}"):
        if team.fixed is None:
            words = _("not fixed yet") if month.is_over else _("still running, can be fixed when it is over")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/lock_open: **{plain(team.name)}** · {plain(words)}", width="stretch")
                if month.is_over and scope.may("attendance.lock"):
                    _button(month, team)
            return
        told = _(
            "fixed by {who} at {at}, {n} people",
            who=person(team.fixed.by),
            at=fmt_instant(team.fixed.at),
            n=fmt_count(len(team.people)),
        )
        st.markdown(f":material/lock: **{plain(team.name)}** · {plain(told)}")
        if team.fixed.note:
            st.caption(plain(team.fixed.note))
        _differences(scope, month, team)


def _differences(scope: Scope, month: Month, team: TeamMonth) -> None:
    found = attendance_reads.differences(scope, team.team_id, month.month)
    if not found:
        st.caption(plain(_("Nothing has changed since.")))
        return
    words = [
        ("；" if lang() == "zh" else "; ").join(step.text(lang()) for step in one.reasons) for one in found
    ]
    st.markdown(f":orange[:material/difference:] {plain(_('{n} shifts have changed since:', n=len(found)))}")
    frame = attendance_frames.differences_frame(found, words)
    table(
        frame,
        {
            "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=95),
            "person": text_column(_("Person"), 85),
            "before": text_column(_("As fixed"), 230),
            "after": text_column(_("As it stands now"), 230),
            "why": text_column(_("Why"), "large"),
        },
        key=f"differences_{team.team_id}",
        can_open=False,
        rows_seen=8,
    )


def _button(month: Month, team: TeamMonth) -> None:
    # The key keeps an open box with its team: without it the box of the team below would open instead.
    with st.popover(_("Fix the month"), icon=":material/lock:", key=f"fix_{team.team_id}"):
        st.write(
            _("The figures are judged once more and kept with your name and the time. It cannot be undone.")
        )
        st.text_area(
            _("Note (may stay empty)"), key=f"lock_note_{team.team_id}", max_chars=_LONGEST_NOTE, height=80
        )
        st.button(
            _("Fix {month} of {team}", month=fmt_month(month.month), team=team.name),
            type="primary",
            key=f"lock_{team.team_id}",
            on_click=_lock,
            args=(team.team_id, team.name, month.month),
        )


def _lock(team_id: int, name: str, month: str) -> None:
    from dashboard.auth import current_scope  # asked anew: a sign-in may have ended while the page stood open

    note = str(st.session_state.get(f"lock_note_{team_id}") or "")
    try:
        with open_session() as session:
            attendance_months.lock_month(
                session, current_scope(), team_id=team_id, month=month, note=note, now=now(), book=rulebook()
            )
    except Refused as refused:
        st.session_state[_FLASH] = (
            "error",
            sentences(_("{team} was not fixed:", team=name), refused.text(lang())),
        )
    except AccessRefused:
        st.session_state[_FLASH] = ("error", _("Only a manager of this team fixes its month."))
    else:
        st.session_state[_FLASH] = (
            "done",
            _("{month} of {team} is fixed.", month=fmt_month(month), team=name),
        )
    forget()


def _flash() -> None:
    kind, text = st.session_state.pop(_FLASH, ("", ""))
    if kind == "done":
        st.success(plain(text), icon=":material/lock:")
    elif kind == "error":
        st.error(plain(text), icon=":material/block:")
