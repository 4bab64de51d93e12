"""Asking for a clock reading to be put right: one that is missing, or one that says the wrong time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, typed
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _, name
from dashboard.reads import open_session, rulebook, today
from dashboard.request_check import Check
from dashboard.request_fields import (
    BACK,
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
from db import punch_corrections, request_choices
from db.models import Agent, Punch, Shift
from regulations.access import Scope
from regulations.names import NAMES

PREFIX = "filing_correction"
WHOM = "whom"  # in the address, as in request_filing
ON, SHIFT, READING = "on", "shift", "reading"  # in the address: the day, its shift (number), in or out
_TAKEN = "correction_taken"  # what of the address stands in the form already
_NEAR = timedelta(hours=8)  # readings this far from the time that is claimed are offered to be replaced


def fields(scope: Scope, person: Agent) -> Draft:
    """The form of a correction, and what stands in it so far."""
    kinds = list(NAMES["punch_kind"])
    if st.session_state.get(f"{PREFIX}_kind") not in kinds:
        st.session_state[f"{PREFIX}_kind"] = kinds[0]
    shifts = shifts_of(scope, person, today() - BACK, today())
    day = _asked_day(person)
    if day is not None:
        shifts = shifts_of(scope, person, day, day) | shifts
        _take_address(person, day, shifts)
    _shift(shifts)
    kind = st.segmented_control(
        _("Which reading"),
        kinds,
        format_func=lambda code: name("punch_kind", code),
        key=f"{PREFIX}_kind",
        required=True,
        on_change=_take_time,
        args=(shifts,),
    )
    time_field(_("The right time"), f"{PREFIX}_time")
    at = instant(f"{PREFIX}_time")
    replaces_id = _replaced(scope, person, at) if at is not None else None
    reason = reason_field(PREFIX, _("Why the reading is missing or wrong"))
    st.text_area(
        _("Evidence: who saw it, which record shows it"),
        key=f"{PREFIX}_evidence",
        max_chars=LONGEST_NOTE,
        height=80,
    )
    evidence = typed(f"{PREFIX}_evidence")
    missing = still_needed(time=at, reason=reason, evidence=evidence)
    if at is None:
        return Draft("correction", missing, None, None, allowed)
    asked: dict[str, Any] = {
        "agent_id": person.id,
        "kind": kind or kinds[0],
        "at": at,
        "replaces_id": replaces_id,
        "book": rulebook(),
    }

    def check(session: Session, asking: Scope, now: datetime) -> Check:
        return punch_corrections.check_request(session, asking, now=now, **asked)

    def send(session: Session, asking: Scope, now: datetime) -> object:
        return punch_corrections.request_correction(
            session, asking, reason=reason, evidence=evidence, now=now, **asked
        )

    return Draft("correction", missing, check, send, allowed)


def _asked_day(person: Agent) -> date | None:
    """The day of the address, however long ago, where it is about this person."""
    if st.query_params.get(WHOM, person.number) != person.number:
        return None
    try:
        return date.fromisoformat(st.query_params.get(ON, ""))
    except ValueError:
        return None


def _take_address(person: Agent, on: date, shifts: dict[int, Shift]) -> None:
    """Fill in the day's shift and its time, once: what is changed afterwards stays."""
    wanted, reading = st.query_params.get(SHIFT, ""), st.query_params.get(READING, "")
    key = (person.number, on.isoformat(), wanted, reading)
    if st.session_state.get(_TAKEN) == key:
        return
    st.session_state[_TAKEN] = key
    if reading in NAMES["punch_kind"]:
        st.session_state[f"{PREFIX}_kind"] = reading
    of_day = [number for number, shift in shifts.items() if shift.work_on == on]
    if of_day:
        chosen = next((number for number in of_day if str(number) == wanted), of_day[0])
        st.session_state[f"{PREFIX}_shift"] = chosen
        _take_time(shifts)


def _shift(shifts: dict[int, Shift]) -> None:
    """The shift it is about: its beginning or end is taken as the time, and can be changed."""
    if not shifts:
        st.caption(plain(_("No shift of the last {n} days is on the roster: fill in the time.", n=BACK.days)))
        return
    key = f"{PREFIX}_shift"
    if st.session_state.get(key) not in shifts:
        st.session_state[key] = None
    latest = list(reversed(shifts))
    st.selectbox(
        _("Which shift"),
        latest,
        index=None,
        format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
        key=key,
        placeholder=_("Choose a shift"),
        on_change=_take_time,
        args=(shifts,),
    )


def _take_time(shifts: dict[int, Shift]) -> None:
    shift = shifts.get(st.session_state.get(f"{PREFIX}_shift") or 0)
    if shift is not None:
        is_in = st.session_state.get(f"{PREFIX}_kind") != "out"
        st.session_state[f"{PREFIX}_time"] = local(shift.starts_at if is_in else shift.ends_at)


def _replaced(scope: Scope, person: Agent, at: datetime) -> int | None:
    """The reading that says the wrong time; none when it is missing."""
    with open_session() as session:
        found = request_choices.list_readings(session, scope, person.id, from_at=at - _NEAR, to_at=at + _NEAR)
    readings = {punch.id: punch for punch in found}
    if not readings:
        return None
    key = f"{PREFIX}_replaces"
    if st.session_state.get(key) not in readings:
        st.session_state[key] = None
    return st.selectbox(
        _("In place of a reading that is wrong"),
        list(readings),
        index=None,
        format_func=lambda n: _reading(readings[n]) if n in readings else str(n),
        key=key,
        placeholder=_("none: the reading is missing"),
    )


def _reading(punch: Punch) -> str:
    text = f"{fmt_instant(punch.at)} {name('punch_kind', punch.kind)}"
    return f"{text} · {punch.device}" if punch.device else text
