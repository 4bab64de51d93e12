"""Asking for leave: what kind, from when to when, and what goes with sickness: told beforehand, by whom, the certificate."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import typed
from dashboard.formats import plain
from dashboard.i18n import _, name
from dashboard.reads import rulebook, today
from dashboard.request_check import Check
from dashboard.request_fields import (
    AHEAD,
    BACK,
    Draft,
    instant,
    local,
    reason_field,
    shift_text,
    shifts_of,
    still_needed,
    time_field,
)
from db import leave
from db.models import Agent, Shift
from regulations.access import Scope
from regulations.leave import SICKNESS, LeaveRuling
from regulations.names import NAMES

PREFIX = "filing_leave"
_DAYS_BACK = timedelta(days=3)  # sick leave is often asked for when it has begun


def fields(scope: Scope, person: Agent) -> Draft:
    """The form of a leave, and what stands in it so far."""
    type_ = _type()
    is_sick = type_ in SICKNESS
    since = today() - _DAYS_BACK if is_sick else today()
    _shifts(shifts_of(scope, person, since, today() + AHEAD))
    left, right = st.columns(2)
    with left:
        time_field(_("Begins at"), f"{PREFIX}_start")
    with right:
        time_field(_("Ends at"), f"{PREFIX}_end")
    if is_sick:
        _sickness(type_)
    reason = reason_field(PREFIX, _("Why (read only by whoever decides)"))
    start, end = instant(f"{PREFIX}_start"), instant(f"{PREFIX}_end")
    missing = still_needed(type_=type_, start=start, end=end, reason=reason or is_sick)
    if not type_ or start is None or end is None:
        return Draft("leave", missing, None, None, can_send)
    asked: dict[str, Any] = {
        "agent_id": person.id,
        "type_": type_,
        "starts_at": start,
        "ends_at": end,
        "is_emergency": is_sick and bool(st.session_state.get(f"{PREFIX}_emergency")),
        "proxy": typed(f"{PREFIX}_proxy") if is_sick else "",
        "told_at": instant(f"{PREFIX}_told") if is_sick else None,
        "certificate": _certificate() if is_sick else None,
        "book": rulebook(),
    }

    def check(session: Session, asking: Scope, at: datetime) -> Check:
        return leave.check_request(session, asking, now=at, **asked)

    def send(session: Session, asking: Scope, at: datetime) -> object:
        return leave.file_leave(session, asking, reason=reason, now=at, **asked)

    return Draft("leave", missing, check, send, can_send)


def can_send(check: Check) -> bool:
    """Leave by exception is put to the level that decides on exceptions; what no approval mends is not."""
    return check.can_be_filed if isinstance(check, LeaveRuling) else check.is_allowed


def _type() -> str | None:
    types = [code for code in rulebook().items("leave.types") or () if code in NAMES["leave_type"]]
    key = f"{PREFIX}_type"
    if st.session_state.get(key) not in types:
        st.session_state[key] = None
    return st.pills(
        _("Type of leave"), types, format_func=lambda code: name("leave_type", code), key=key, wrap=True
    )


def _shifts(shifts: dict[int, Shift]) -> None:
    """One's own shifts to choose from: the times follow, and can still be changed for a part of a shift."""
    if not shifts:
        st.caption(plain(_("No shift is on the roster for these days: fill in the times.")))
        return
    left, right = st.columns(2)
    for column, field, label in (
        (left, "first", _("From which shift")),
        (right, "last", _("Until which shift")),
    ):
        key = f"{PREFIX}_{field}"
        if st.session_state.get(key) not in shifts:
            st.session_state[key] = None
        column.selectbox(
            label,
            list(shifts),
            index=None,
            format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
            key=key,
            placeholder=_("or fill in the times below"),
            on_change=_take_times,
            args=(shifts,),
        )


def _take_times(shifts: dict[int, Shift]) -> None:
    """The first shift alone is that shift; with a last one everything from the one to the other."""
    first = shifts.get(st.session_state.get(f"{PREFIX}_first") or 0)
    last = shifts.get(st.session_state.get(f"{PREFIX}_last") or 0) or first
    if first is None or last is None:
        return
    if last.starts_at < first.starts_at:
        st.session_state[f"{PREFIX}_last"], last = first.id, first
    st.session_state[f"{PREFIX}_start"] = local(first.starts_at)
    st.session_state[f"{PREFIX}_end"] = local(last.ends_at)


def _sickness(type_: str | None) -> None:
    """What is asked when somebody is ill: A2.54, A2.55."""
    if type_ == "sick":
        st.checkbox(_("Treated at once, as an emergency"), key=f"{PREFIX}_emergency")
    left, right = st.columns(2)
    with left:
        time_field(_("Told by telephone at"), f"{PREFIX}_told")
    right.text_input(_("Who asks for the person (empty: in person)"), key=f"{PREFIX}_proxy", max_chars=80)
    st.date_input(
        _("Dates of the certificate, if it is there already"),
        value=[],
        key=f"{PREFIX}_certificate",
        min_value=today() - BACK,
        max_value=today() + AHEAD,
        format="YYYY-MM-DD",
    )


def _certificate() -> tuple[object, object] | None:
    days = st.session_state.get(f"{PREFIX}_certificate")
    return (days[0], days[1]) if isinstance(days, tuple | list) and len(days) == 2 else None
