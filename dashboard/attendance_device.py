"""A device whose clock was wrong: its readings are put right together; what they said first is kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import streamlit as st

from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.formats import fmt_count, fmt_duration, plain, site_zone
from dashboard.i18n import _
from dashboard.reads import now, open_session, today
from db import punch_corrections
from regulations.access import Scope

_PANEL = "device_clock"
_SINCE = timedelta(days=60)  # devices that took no reading for longer are not offered
_FAST, _SLOW = "fast", "slow"


def fmt_offset(seconds: int) -> str:
    """A shift of a clock: "+7 min", "−7 min"."""
    return f"{'+' if seconds > 0 else '−'}{fmt_duration(abs(seconds))}"


def show(scope: Scope) -> None:
    """The form behind a button, and what became of it."""
    show_flash(_PANEL)
    with st.popover(_("A device's clock was wrong"), icon=":material/more_time:"):
        _form(scope)


def _form(scope: Scope) -> None:
    with open_session() as session:
        devices = punch_corrections.list_devices(session, scope, from_at=now() - _SINCE)
    if not devices:
        st.caption(plain(_("No reading of the last {n} days names its device.", n=_SINCE.days)))
        return
    st.caption(
        _(
            "Each reading gets a new row with the right time; the first one is kept and the days are judged again."
        )
    )
    st.selectbox(_("Device"), devices, index=None, key=f"{_PANEL}_device", placeholder=_("Choose a device"))
    st.date_input(_("Day"), value=today(), max_value=today(), key=f"{_PANEL}_on")
    left, right = st.columns(2)
    left.time_input(_("From, as the device showed it"), value=time(0, 0), key=f"{_PANEL}_from", step=60)
    right.time_input(_("Until, as the device showed it"), value=time(23, 59), key=f"{_PANEL}_to", step=60)
    names = {_FAST: _("fast"), _SLOW: _("slow")}
    st.segmented_control(
        _("The clock was"),
        list(names),
        default=_FAST,
        format_func=lambda code: names[code],
        key=f"{_PANEL}_way",
        required=True,
    )
    left, right = st.columns(2)
    left.number_input(_("by minutes"), 0, 24 * 60, 0, key=f"{_PANEL}_minutes")
    right.number_input(_("and seconds"), 0, 59, 0, key=f"{_PANEL}_seconds")
    st.text_area(_("How it was noticed"), key=f"{_PANEL}_reason", max_chars=LONGEST_NOTE, height=80)
    _preview(scope)
    st.button(_("Put the readings right"), type="primary", key=f"{_PANEL}_save", on_click=_correct)


def _preview(scope: Scope) -> None:
    device, span, offset = _asked()
    if not device or span is None or not offset:
        return
    with open_session() as session:
        readings, people = punch_corrections.count_device_readings(
            session, scope, device=device, from_at=span[0], to_at=span[1]
        )
    st.caption(
        plain(
            _(
                "{n} readings of {m} people move by {offset}.",
                n=fmt_count(readings),
                m=fmt_count(people),
                offset=fmt_offset(offset),
            )
        )
    )


def _asked() -> tuple[str, tuple[datetime, datetime] | None, int]:
    """Device, from when to when by its own clock, and by how many seconds its readings move."""
    state = st.session_state
    on, begin, end = (state.get(f"{_PANEL}_{field}") for field in ("on", "from", "to"))
    seconds = int(state.get(f"{_PANEL}_minutes") or 0) * 60 + int(state.get(f"{_PANEL}_seconds") or 0)
    offset = seconds if state.get(f"{_PANEL}_way") == _SLOW else -seconds
    if not isinstance(on, date) or not isinstance(begin, time) or not isinstance(end, time):
        return state.get(f"{_PANEL}_device") or "", None, offset
    zone = site_zone()
    last = datetime.combine(on, end, zone) + timedelta(seconds=59)  # the whole of the last minute
    return state.get(f"{_PANEL}_device") or "", (datetime.combine(on, begin, zone), last), offset


def _told(readings: int) -> str:
    """What to say once it is done: of how many readings, which may be none while all are still to come."""
    if readings:
        return _("The readings were put right and the days judged again.")
    return _("No reading was put right: there is none in that time yet. Those that arrive later will be.")


def _correct() -> None:
    device, span, offset = _asked()
    if span is None:
        return
    is_done = attempt(
        _PANEL,
        _told,
        lambda session, scope: punch_corrections.correct_device(
            session,
            scope,
            device=device,
            from_at=span[0],
            to_at=span[1],
            offset_seconds=offset,
            reason=typed(f"{_PANEL}_reason"),
            now=now(),
        ),
    )
    if is_done:
        for field in ("device", "minutes", "seconds", "reason"):
            st.session_state.pop(f"{_PANEL}_{field}", None)
