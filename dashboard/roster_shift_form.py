"""The form of a shift on the roster: kind, times, day, post and person; saving it, or taking the shift off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import streamlit as st

from dashboard.formats import plain, site_zone
from dashboard.i18n import _
from dashboard.reads import rulebook
from dashboard.roster_actions import perform, tell
from dashboard.roster_week import ShownWeek, hours_of, shift_name
from db import roster
from db.models import Shift
from db.roster import Draft
from db.roster_facts import Template, template_of

LONGEST_REASON = 500
_OWN = -1  # in the box of kinds: other times than any kind's


def fields(
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


def reason_field(key: str, *, is_required: bool) -> None:
    """Why the roster is changed."""
    label = _("Reason (required: the shift has begun)") if is_required else _("Reason (may be left empty)")
    st.text_input(label, key=f"{key}_reason", max_chars=LONGEST_REASON)


def _kind_title(kind: Template) -> str:
    begin, end = kind.times_on(date(2000, 1, 3), site_zone())
    return f"{shift_name(kind.code)} {hours_of(begin, end)}"


def kind_of(shift: Shift) -> Template:
    """The kind that a shift is of."""
    return template_of(shift.code, shift.starts_at, shift.ends_at, shift.breaks, site_zone())


def breaks_of(shift: Shift) -> tuple[tuple[datetime, datetime], ...]:
    """Its breaks as instants."""
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


def save(
    key: str,
    shift_id: int | None,
    expected: str,
    code: str,
    kinds: Sequence[Template],
    breaks: Sequence[tuple[datetime, datetime]],
) -> None:
    """Save the form as a new shift, or as the change of one; for callbacks."""
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


def remove(key: str, shift_id: int, expected: str) -> None:
    """Take the shift off; for callbacks."""
    reason = str(st.session_state.get(f"{key}_reason") or "")
    perform(
        lambda session, scope, at: roster.remove_shift(
            session, scope, shift_id, reason=reason, expected=expected, book=rulebook(), now=at
        ),
        _("The shift was taken off the roster."),
    )
