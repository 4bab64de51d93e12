"""What the forms of all requests share: the draft that can be checked and sent, times, shifts, and what is still needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, typed
from dashboard.formats import site_zone
from dashboard.i18n import _, listed
from dashboard.reads import open_session
from dashboard.request_check import Check
from dashboard.request_kinds import fmt_span
from db import request_choices
from db.models import Agent, Shift
from regulations.access import Scope

AHEAD, BACK = timedelta(days=31), timedelta(days=14)  # how far the lists of shifts reach
_MINUTES = 300  # seconds: the step of the time fields


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields. `check` and `send` are None while the times are incomplete.

    `missing` names, in words, what else is needed before it can be sent; `can_send` says whether the rules let it be
    put to whoever decides.
    """

    kind: str
    missing: str
    check: Callable[[Session, Scope, datetime], Check] | None
    send: Callable[[Session, Scope, datetime], object] | None
    can_send: Callable[[Any], bool]


def clear(kind: str) -> None:
    """Ready for the next request. Each field is set, not dropped: the browser would go on showing what it shows."""
    prefix = f"filing_{kind}_"
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(prefix)]:
        value = st.session_state[key]
        st.session_state[key] = "" if isinstance(value, str) else False if isinstance(value, bool) else None


def shifts_of(scope: Scope, person: Agent, from_on: date, to_on: date) -> dict[int, Shift]:
    """The person's rostered shifts by number, in order."""
    with open_session() as session:
        found = request_choices.list_own_shifts(session, scope, person.id, from_on=from_on, to_on=to_on)
    return {shift.id: shift for shift in found}


def shift_text(shift: Shift) -> str:
    """A shift as it stands in a list of choices: its times and its post."""
    text = fmt_span(shift.starts_at, shift.ends_at)
    return f"{text} · {shift.post}" if shift.post else text


def instant(key: str) -> datetime | None:
    """What a time field says, as an instant; None while it is empty."""
    value = st.session_state.get(key)
    return value.replace(tzinfo=site_zone()) if isinstance(value, datetime) else None


def local(at: datetime) -> datetime:
    """An instant as a time field takes it."""
    return at.astimezone(site_zone()).replace(tzinfo=None)


def time_field(label: str, key: str, **options: Any) -> None:
    """A field for date and time in local time, empty at first."""
    if key not in st.session_state:
        st.session_state[key] = None
    st.datetime_input(label, key=key, step=_MINUTES, format="YYYY-MM-DD", **options)


def still_needed(**filled: object) -> str:
    """The names of the fields that are empty, in words."""
    titles = {
        "type_": _("type of leave"),
        "reason": _("reason"),
        "shift": _("shift"),
        "partner": _("colleague"),
        "evidence": _("evidence"),
        "start": _("start"),
        "end": _("end"),
        "time": _("time"),
    }
    return listed(titles[field] for field, value in filled.items() if not value)


def reason_field(prefix: str, label: str) -> str:
    """Why it is asked for."""
    st.text_area(label, key=f"{prefix}_reason", max_chars=LONGEST_NOTE, height=80)
    return typed(f"{prefix}_reason")


def allowed(check: Check) -> bool:
    """Whether nothing stands against it."""
    return check.is_allowed
