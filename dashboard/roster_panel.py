"""One person's day on the roster: its shifts, what is wrong with them, and changing, adding and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pandas as pd
import streamlit as st

from dashboard.components import explanation, refusal
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, rulebook, work_calendar
from dashboard.roster_actions import CELL, close, flash, perform, tell
from dashboard.roster_week import ShownWeek, asked_day, hours_of, shift_name, weekday_name
from db import people, roster
from db.models import Shift
from db.roster import Draft
from db.roster_facts import Template, template_of
from regulations.access import Scope
from regulations.verdict import Step

LONGEST_REASON = 500
_OWN = -1  # in the box of kinds: other times than any kind's


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
        _fields(key, shift.agent_id, shift.work_on, _kind(shift), shift.post, week, colleagues)
        is_begun = shift.starts_at <= now()
        _reason(key, is_required=is_begun)
        with st.container(horizontal=True):
            st.button(
                _("Save the change"),
                icon=":material/save:",
                type="primary",
                key=f"{key}_save",
                on_click=_save,
                args=(key, shift.id, roster.seen(shift), shift.code, list(week.templates), _breaks(shift)),
            )
            st.button(
                _("Take the shift off"),
                icon=":material/delete:",
                key=f"{key}_remove",
                on_click=_remove,
                args=(key, shift.id, roster.seen(shift)),
            )


def _add(found: roster.PersonDay, cell: Cell, week: ShownWeek, colleagues: dict[int, str]) -> None:
    kind = week.templates[0] if week.templates else Template("day", time(9), 540)
    key = f"add{cell.agent_id}_{cell.on.isoformat()}_{len(found.shifts)}"
    with st.expander(_("Add a shift"), icon=":material/add:", expanded=not found.shifts, key=f"{key}_open"):
        post = week.usual.get(cell.agent_id, "")
        _fields(key, cell.agent_id, cell.on, kind, post, week, colleagues)
        _reason(key, is_required=kind.times_on(cell.on, site_zone())[0] <= now())
        st.button(
            _("Add the shift"),
            icon=":material/add:",
            type="primary",
            key=f"{key}_save",
            on_click=_save,
            args=(key, None, "", kind.code, list(week.templates), ()),
        )


def _fields(
    key: str,
    agent_id: int,
    on: date,
    kind: Template,
    post: str,
    week: ShownWeek,
    colleagues: dict[int, str],
) -> None:
    """Kind, times, day, post and person of a shift, each with what it is now."""
    kinds = list(week.templates)
    at = kinds.index(kind) if kind in kinds else _OWN
    first, second = st.columns(2)
    with first:
        st.selectbox(
            _("Kind of shift"),
            [*range(len(kinds)), _OWN],
            index=at if at != _OWN else len(kinds),
            format_func=lambda n: _("other times") if n == _OWN else _kind_title(kinds[n]),
            key=f"{key}_kind",
            on_change=_kind_chosen,
            args=(key, kinds),
        )
        end = (datetime.combine(on, kind.start) + timedelta(minutes=kind.minutes)).time()
        with st.container(horizontal=True):
            st.time_input(_("Begins"), value=kind.start, key=f"{key}_start", step=900)
            st.time_input(_("Ends"), value=end, key=f"{key}_end", step=900)
    with second:
        names = {agent_id: week.people.get(agent_id, ""), **colleagues}
        st.selectbox(
            _("Person"),
            list(names),
            index=list(names).index(agent_id),
            format_func=lambda person: names[person],
            key=f"{key}_person",
        )
        with st.container(horizontal=True):
            st.date_input(_("Belongs to the day"), value=on, key=f"{key}_on", format="YYYY-MM-DD")
            posts = list(dict.fromkeys([post, *week.posts, ""]))
            st.selectbox(
                _("Post"),
                posts,
                format_func=lambda name: name or _("no post"),
                key=f"{key}_post",
                accept_new_options=True,
            )
    st.caption(plain(_("An end at or before the beginning is on the next day.")))


def _reason(key: str, *, is_required: bool) -> None:
    label = _("Reason (required: the shift has begun)") if is_required else _("Reason (may be left empty)")
    st.text_input(label, key=f"{key}_reason", max_chars=LONGEST_REASON)


def _kind_title(kind: Template) -> str:
    begin, end = kind.times_on(date(2000, 1, 3), site_zone())
    return f"{shift_name(kind.code)} {hours_of(begin, end)}"


def _kind(shift: Shift) -> Template:
    return template_of(shift.code, shift.starts_at, shift.ends_at, shift.breaks, site_zone())


def _breaks(shift: Shift) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (datetime.fromisoformat(pause["start"]), datetime.fromisoformat(pause["end"]))
        for pause in shift.breaks
    )


def _kind_chosen(key: str, kinds: Sequence[Template]) -> None:
    """The times follow the kind that was chosen."""
    chosen = st.session_state[f"{key}_kind"]
    if chosen == _OWN or not isinstance(chosen, int):
        return
    kind = kinds[chosen]
    begin = datetime.combine(date(2000, 1, 3), kind.start)
    st.session_state[f"{key}_start"] = kind.start
    st.session_state[f"{key}_end"] = (begin + timedelta(minutes=kind.minutes)).time()


def _draft(
    key: str, code: str, kinds: Sequence[Template], breaks: Sequence[tuple[datetime, datetime]]
) -> Draft | None:
    """What the boxes say; None while a day or a time is empty."""
    state = st.session_state
    on, start, end = (state.get(f"{key}_{name}") for name in ("on", "start", "end"))
    if not isinstance(on, date) or not isinstance(start, time) or not isinstance(end, time):
        return None
    zone = site_zone()
    begin = datetime.combine(on, start, zone)
    finish = datetime.combine(on if end > start else on + timedelta(days=1), end, zone)
    chosen = state.get(f"{key}_kind", _OWN)
    placed = tuple(breaks)
    if isinstance(chosen, int) and chosen != _OWN:
        code, placed = kinds[chosen].code, kinds[chosen].breaks_on(on, zone)
    inside = tuple((a, b) for a, b in placed if begin <= a < b <= finish)
    return Draft(
        int(state[f"{key}_person"]), on, begin, finish, code, str(state.get(f"{key}_post") or ""), inside
    )


def _save(
    key: str,
    shift_id: int | None,
    expected: str,
    code: str,
    kinds: Sequence[Template],
    breaks: Sequence[tuple[datetime, datetime]],
) -> None:
    draft = _draft(key, code, kinds, breaks)
    reason = str(st.session_state.get(f"{key}_reason") or "")
    if draft is None:
        tell("warning", _("Choose the day and both times."))
        return
    hours = hours_of(draft.starts_at, draft.ends_at)
    if shift_id is None:
        perform(
            lambda session, scope, at: roster.add_shift(
                session, scope, draft, reason=reason, book=rulebook(), now=at
            ),
            _("The shift was added: {on} {hours}.", on=draft.work_on.isoformat(), hours=hours),
        )
        return
    perform(
        lambda session, scope, at: roster.change_shift(
            session, scope, shift_id, draft, reason=reason, expected=expected, book=rulebook(), now=at
        ),
        _("The shift was changed: {on} {hours}.", on=draft.work_on.isoformat(), hours=hours),
    )


def _remove(key: str, shift_id: int, expected: str) -> None:
    reason = str(st.session_state.get(f"{key}_reason") or "")
    perform(
        lambda session, scope, at: roster.remove_shift(
            session, scope, shift_id, reason=reason, expected=expected, book=rulebook(), now=at
        ),
        _("The shift was taken off the roster."),
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
