"""One person's day on the roster: its shifts, what is wrong with them, and changing, adding and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import pandas as pd
import streamlit as st

from dashboard.components import explanation, refusal
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, rulebook, work_calendar
from dashboard.roster_actions import CELL, close, flash
from dashboard.roster_shift_form import breaks_of, fields, kind_of, reason_field, remove, save
from dashboard.roster_week import ShownWeek, asked_day, hours_of, shift_name, weekday_name
from db import people, roster
from db.models import Shift
from db.roster_facts import Template
from regulations.access import Scope
from regulations.verdict import Step


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's day, as the address names it."""

    agent_id: int
    on: date


def asked_cell() -> Cell | None:
    """The day that the address asks for; None for none and for what is none."""
    agent, _dot, day = st.query_params.get(CELL, "").partition(".")
    if not (agent.isascii() and agent.isdecimal() and len(agent) < 10):
        return None
    on = asked_day(day)
    return None if on is None else Cell(int(agent), on)


def show_cell(scope: Scope, cell: Cell, week: ShownWeek) -> None:
    """The panel of a person's day; editors can change it."""
    with open_session() as session:
        found = roster.day_of(session, scope, cell.agent_id, cell.on, rulebook())
        colleagues = {
            agent.id: agent.name
            for agent in people.list_agents(session, scope)
            if found is not None and agent.team_id == found.agent.team_id
        }
    if found is None:
        refusal(
            _("There is no such person on your roster"),
            _("Nobody in your teams belongs to this address. The person may be in another team."),
            icon="search_off",
        )
        return
    with st.container(border=True, key="roster_cell"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(
                f"#### {plain(found.agent.name)} · {plain(found.agent.number)} · "
                f"{plain(weekday_name(cell.on))} {plain(cell.on.isoformat())}",
                width="stretch",
            )
            st.button(_("Close"), icon=":material/close:", on_click=close, args=(CELL,), key="cell_close")
        flash()
        _states(found, cell)
        _conflicts(week, cell)
        may_edit = scope.may("roster.edit")
        if not found.shifts:
            st.markdown(plain(_("No shift on this day: it is a rest day.")))
        for shift in found.shifts:
            _shift(shift, week, colleagues, may_edit=may_edit)
        if may_edit and found.agent.is_active:
            _add(found, cell, week, colleagues)


def _states(found: roster.PersonDay, cell: Cell) -> None:
    if found.is_away:
        st.markdown(f":blue-badge[‖ {plain(_('On leave'))}] {plain(_('Approved leave falls on this day.'))}")
    elif found.is_asked:
        st.markdown(
            f":orange-badge[? {plain(_('Leave asked for'))}] {plain(_('Nobody has decided on it yet.'))}"
        )
    holiday = work_calendar().holiday_name(cell.on, lang())
    if holiday:
        st.markdown(f":violet-badge[★ {plain(holiday)}] {plain(_('a public holiday'))}")


def _conflicts(week: ShownWeek, cell: Cell) -> None:
    """What is wrong with this day, with the reasoning."""
    for row in week.conflicts.to_dict("records"):
        if cell.agent_id in row["people"] and cell.on in row["dates"] and row["code"] != "holiday_shift":
            with st.container(border=True):
                st.markdown(f"**{plain(row['label'][0])}** · {plain(row['text'])}")
                explanation([Step.from_record(step) for step in row["steps"]])


def _shift(shift: Shift, week: ShownWeek, colleagues: dict[int, str], *, may_edit: bool) -> None:
    """One shift: what it is, and the form that changes or removes it."""
    words = [shift_name(shift.code), hours_of(shift.starts_at, shift.ends_at), shift.post]
    st.markdown(f"**{plain(' · '.join(word for word in words if word))}**")
    if not may_edit:
        return
    # What was seen is part of every key: when somebody else has changed the shift, the boxes show the new one.
    key = f"shift{shift.id}_{roster.seen(shift)}"
    with st.expander(_("Change or remove"), icon=":material/edit:", key=f"{key}_open"):
        fields(key, shift.agent_id, shift.work_on, kind_of(shift), shift.post, week, colleagues)
        is_begun = shift.starts_at <= now()
        reason_field(key, is_required=is_begun)
        with st.container(horizontal=True):
            st.button(
                _("Save the change"),
                icon=":material/save:",
                type="primary",
                key=f"{key}_save",
                on_click=save,
                args=(key, shift.id, roster.seen(shift), shift.code, list(week.templates), breaks_of(shift)),
            )
            st.button(
                _("Take the shift off"),
                icon=":material/delete:",
                key=f"{key}_remove",
                on_click=remove,
                args=(key, shift.id, roster.seen(shift)),
            )


def _add(found: roster.PersonDay, cell: Cell, week: ShownWeek, colleagues: dict[int, str]) -> None:
    kind = week.templates[0] if week.templates else Template("day", time(9), 540)
    key = f"add{cell.agent_id}_{cell.on.isoformat()}_{len(found.shifts)}"
    with st.expander(_("Add a shift"), icon=":material/add:", expanded=not found.shifts, key=f"{key}_open"):
        post = week.usual.get(cell.agent_id, "")
        fields(key, cell.agent_id, cell.on, kind, post, week, colleagues)
        reason_field(key, is_required=kind.times_on(cell.on, site_zone())[0] <= now())
        st.button(
            _("Add the shift"),
            icon=":material/add:",
            type="primary",
            key=f"{key}_save",
            on_click=save,
            args=(key, None, "", kind.code, list(week.templates), ()),
        )


def behind_rows(scope: Scope, shift_ids: Sequence[int]) -> pd.DataFrame:
    """The shifts behind a conflict, by person and time. Columns: person, number, day, shift, post, agent_id, on."""
    with open_session() as session:
        found = roster.list_shifts(session, scope, shift_ids)
        rows = [
            {
                "person": shift.agent.name,
                "number": shift.agent.number,
                "day": f"{weekday_name(shift.work_on)} {shift.work_on:%m-%d}",
                "shift": f"{shift_name(shift.code)} {hours_of(shift.starts_at, shift.ends_at)}",
                "post": shift.post,
                "agent_id": shift.agent_id,
                "on": shift.work_on,
            }
            for shift in found
        ]
    return pd.DataFrame(rows, columns=["person", "number", "day", "shift", "post", "agent_id", "on"])
