"""Fixing a month of attendance, team by team, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import attendance_frames, navigation
from dashboard.attendance_frames import Behind, Changed
from dashboard.attendance_open import generation, open_behind, open_day
from dashboard.components import section, show_flash
from dashboard.formats import fmt_count, fmt_instant, fmt_month, plain
from dashboard.i18n import _, lang, listed, sentences
from dashboard.reads import forget, now, open_session, person, rulebook
from dashboard.request_kinds import KINDS
from dashboard.tables import table, text_column
from db import attendance_locking, attendance_months
from db.attendance_months import Month, MonthDifference, TeamMonth
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "lock_flash"
_LONGEST_NOTE = 500


Differences = Mapping[int, tuple[MonthDifference, ...]]  # by team


def changed_days(found: Differences) -> Changed:
    """The person-days of fixed teams that are no longer as they were fixed."""
    return frozenset((one.number, one.work_on.isoformat()) for of_team in found.values() for one in of_team)


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


def show(scope: Scope, month: Month, changed: Differences) -> None:
    """Each team: fixed by whom and when with the differences since, or the button that fixes it."""
    section(
        _("Fixing the month"),
        _("A fixed month keeps its figures; corrections and imports after that show as differences."),
    )
    _flash()
    for team in month.teams:
        if team.people:
            _team(scope, month, team, changed.get(team.team_id, ()))


def _team(scope: Scope, month: Month, team: TeamMonth, changed: Sequence[MonthDifference]) -> None:
    with st.container(border=True, gap="small", key=f"month_of_{team.team_id}"):
        if team.fixed is None:
            words = _("not fixed yet") if month.is_over else _("still running, can be fixed when it is over")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/lock_open: **{plain(team.name)}** · {plain(words)}", width="stretch")
                if month.is_over and scope.may("attendance.lock"):
                    _button(month, team)
            if month.is_over and scope.may("attendance.lock"):
                _open_ends(scope, month, team)
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
        _differences(team, changed)


def _differences(team: TeamMonth, found: Sequence[MonthDifference]) -> None:
    if not found:
        st.caption(plain(_("Nothing has changed since.")))
        return
    words = [
        ("；" if lang() == "zh" else "; ").join(step.text(lang()) for step in one.reasons) for one in found
    ]
    said = (
        _("One shift has changed since:")
        if len(found) == 1
        else _("{n} shifts have changed since:", n=fmt_count(len(found)))
    )
    st.markdown(f":orange[:material/difference:] {plain(said)}")
    frame = attendance_frames.differences_frame(found, words)
    table(
        frame,
        {
            "on": st.column_config.DateColumn(_("Day"), format="YYYY-MM-DD", width=95),
            "person": text_column(_("Person"), 85),
            "before": text_column(_("As fixed"), 140),
            "after": text_column(_("As it stands now"), 140),
            "why": text_column(_("Why"), 590),
        },
        key=generation(f"differences_{team.team_id}"),
        rows_seen=8,
        on_open=lambda n: open_day(str(frame.iloc[n]["number"]), frame.iloc[n]["on"].isoformat()),
    )
    st.caption(plain(_("Click a row to open the day with what was fixed and what stands now.")))


def _open_ends(scope: Scope, month: Month, team: TeamMonth) -> None:
    """What is open in the month, with the way to it: requests stop the fixing, missing clock readings do not."""
    with open_session() as session:
        waiting = attendance_locking.count_waiting(session, scope, team.team_id, month.month, rulebook())
    if waiting:
        kinds = listed([_("{kind} {n}", kind=_(KINDS[kind]), n=fmt_count(n)) for kind, n in waiting.items()])
        said = _(
            "Requests of this month without a decision: {n} ({kinds}). It cannot be fixed before they are decided.",
            n=fmt_count(sum(waiting.values())),
            kinds=kinds,
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":red[:material/block:] {plain(said)}", width="stretch")
            if navigation.may_open(scope, "requests"):
                navigation.link(
                    "requests",
                    _("Open the requests"),
                    ":material/inbox:",
                    state="waiting",
                    team=str(team.team_id),
                )
    missing = team.totals["missing_punch"]
    if missing:
        said = _(
            "Shifts that lack a clock reading: {n}. They are fixed as they stand; what is put right later shows as a difference.",
            n=fmt_count(missing),
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":orange[:material/warning:] {plain(said)}", width="stretch")
            st.button(
                _("Show the shifts"),
                type="tertiary",
                key=f"open_missing_{team.team_id}",
                on_click=open_behind,
                args=(Behind("missing_punch", team_id=team.team_id),),
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
    show_flash(_FLASH, ":material/lock:")
