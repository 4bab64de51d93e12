"""Asking for overtime: when, how it is to be made good, and what it is for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.i18n import _, name
from dashboard.reads import rulebook, today
from dashboard.request_fields import (
    AHEAD,
    Draft,
    allowed,
    instant,
    local,
    reason_field,
    shift_text,
    shifts_of,
    still_needed,
    time_field,
)
from db import overtime
from db.models import Agent, Shift
from regulations.access import Scope
from regulations.overtime import compensation_order

_USUAL = timedelta(hours=2)  # what the end is set to when a shift is chosen; it can be changed


def fields(scope: Scope, person: Agent) -> Draft:
    """Overtime: from when to when, how it is to be made good, and why."""
    prefix = "filing_overtime"
    shifts = shifts_of(scope, person, today() - timedelta(days=2), today() + AHEAD)
    _after_shift(shifts, prefix)
    left, right = st.columns(2)
    with left:
        time_field(_("Begins at"), f"{prefix}_start")
    with right:
        time_field(_("Ends at"), f"{prefix}_end")
    ways = compensation_order(rulebook())
    if st.session_state.get(f"{prefix}_way") not in ways:
        st.session_state[f"{prefix}_way"] = ways[0] if ways else None
    st.segmented_control(
        _("Made good by"),
        list(ways),
        format_func=lambda code: name("compensation", code),
        key=f"{prefix}_way",
        required=True,
    )
    reason = reason_field(prefix, _("What the overtime is for"))
    start, end = instant(f"{prefix}_start"), instant(f"{prefix}_end")
    missing = still_needed(start=start, end=end, reason=reason)
    if start is None or end is None:
        return Draft("overtime", missing, None, None, allowed)
    asked: dict[str, Any] = {
        "agent_id": person.id,
        "starts_at": start,
        "ends_at": end,
        "compensation": str(st.session_state[f"{prefix}_way"]),
        "book": rulebook(),
    }
    return Draft(
        "overtime",
        missing,
        lambda session, asking, at: overtime.check_request(session, asking, now=at, **asked),
        lambda session, asking, at: overtime.request_overtime(
            session, asking, reason=reason, now=at, **asked
        ),
        allowed,
    )


def _after_shift(shifts: dict[int, Shift], prefix: str) -> None:
    """The end of a shift as the beginning of the overtime: the usual case."""
    if not shifts:
        return
    st.selectbox(
        _("After which shift"),
        list(shifts),
        index=None,
        format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
        key=f"{prefix}_shift",
        placeholder=_("or fill in the times below"),
        on_change=_begin_after,
        args=(shifts, prefix),
    )


def _begin_after(shifts: dict[int, Shift], prefix: str) -> None:
    shift = shifts.get(st.session_state.get(f"{prefix}_shift") or 0)
    if shift is not None:
        st.session_state[f"{prefix}_start"] = local(shift.ends_at)
        st.session_state[f"{prefix}_end"] = local(shift.ends_at + _USUAL)
