"""What is particular to clock readings and overtime: the day they are about, its readings, what else was worked."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.attendance_class import class_name
from dashboard.components import explanation
from dashboard.formats import NOTHING, fmt_date, fmt_duration, fmt_instant, fmt_time, plain
from dashboard.i18n import _, name
from dashboard.reads import open_session
from dashboard.request_kinds import fmt_span
from db import attendance
from db.models import AttendanceDay, Overtime, PunchCorrection
from regulations.access import Scope
from regulations.overtime import filed_when

_DAY = timedelta(days=1)


def show_correction(scope: Scope, row: PunchCorrection) -> None:
    """The evidence, the reading it replaces, and how the day is judged without it."""
    st.markdown(f":gray[{plain(_('Evidence'))}] {plain(row.evidence or _('none was named'))}")
    if row.replaces is not None:
        said = _(
            "replaces the reading {kind} {at}{device}",
            kind=name("punch_kind", row.replaces.kind),
            at=fmt_instant(row.replaces.at),
            device=f" · {row.replaces.device}" if row.replaces.device else "",
        )
        st.caption(plain(said))
    _days(scope, row.agent_id, row, _("How the day is judged so far"))


def show_overtime(scope: Scope, row: Overtime) -> None:
    """Whether it was asked for beforehand, and how the day it belongs to went."""
    filed = filed_when(row.starts_at, row.ends_at, row.requested_at)
    st.caption(plain(name("overtime_filed", filed)))
    _days(scope, row.agent_id, row, _("The day it belongs to"))


def _days(scope: Scope, agent_id: int, row: PunchCorrection | Overtime, title: str) -> None:
    with open_session() as session:
        days = attendance.list_days(session, scope, from_on=row.work_on, to_on=row.work_on, agent_id=agent_id)
        shifts = {day.id: (day.shift.starts_at, day.shift.ends_at) for day in days}
        steps = attendance.words_of(session, days)
    st.markdown(f"**{plain(title)}**")
    if not days:
        st.caption(plain(_("No shift of {day} has been judged.", day=fmt_date(row.work_on))))
    for day in days:
        st.markdown(f"- {plain(_line(day, fmt_span(*shifts[day.id])))}")
        with st.expander(_("Why it is judged so")):
            explanation(steps[day.shift_id, day.agent_id])


def _line(day: AttendanceDay, span: str) -> str:
    parts = [
        span,
        class_name(day.class_),
        _("in {time}", time=fmt_time(day.first_in_at) if day.first_in_at else NOTHING),
        _("out {time}", time=fmt_time(day.last_out_at) if day.last_out_at else NOTHING),
    ]
    if day.extra_minutes:
        parts.append(_("{length} beyond the shift", length=fmt_duration(60 * day.extra_minutes)))
    return " · ".join(parts)
