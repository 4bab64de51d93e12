"""One person's day: the verdict with its reasoning, and every fact it rests on, so that nobody has to believe it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from dashboard import attendance_reads, navigation
from dashboard.attendance_class import class_name, class_sign
from dashboard.attendance_frames import day_words
from dashboard.components import explanation
from dashboard.formats import NOTHING, fmt_instant, fmt_time, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import person
from dashboard.tables import text_column
from db.attendance_detail import DayDetail, Judged
from db.attendance_months import Month, MonthDay
from db.month_rest import RestDetail
from regulations.access import Scope
from regulations.wording import day_text, instant_text

_COLOURS = {
    "absent": "red",
    "severe": "red",
    "late": "orange",
    "early": "orange",
    "late_and_early": "orange",
    "missing_punch": "violet",
    "on_leave": "blue",
    "present": "green",
}


def show(scope: Scope, month: Month, number: str, on: date) -> None:
    """The day, or why there is none to show."""
    day = attendance_reads.day(scope, number, on)
    if day is None:
        st.warning(
            plain(_("There is nobody of this staff number in your teams.")), icon=":material/person_off:"
        )
        return
    who = f"**{plain(day.name)}** · {plain(day.number)} · {plain(day.team)}"
    phone = f" · :material/call: {plain(day.phone)}" if may_call(scope) and day.phone else ""
    st.markdown(f"{who} · {plain(day_text(on, lang()))}{phone}")
    fixed = _fixed_days(month, number, on)
    rest = attendance_reads.rest_of_day(day.agent_id, on)
    if not day.shifts and not fixed and not rest:
        st.caption(plain(_("No shift on this day.")))
    for shift in day.shifts:
        _shift(day, shift, fixed.pop(shift.shift_id, None))
    for worked in rest:
        _rest(day, worked, fixed.pop(worked.day.fact.shift_id, None))
    for gone in fixed.values():
        _gone(day, gone)
    _readings(day, rest)
    _around(day)
    if navigation.may_open(scope, "requests") and scope.may("requests.file"):
        navigation.link(
            "requests",
            _("Ask for a correction"),
            ":material/edit_calendar:",
            state="ask",
            ask="correction",
            whom=day.number,
            **_asked_reading(day, on),
        )


def _asked_reading(day: DayDetail, on: date) -> dict[str, str]:
    """The day and the shift that a correction opened from here is about, the one that lacks a reading first; as an address."""
    shifts = sorted(day.shifts, key=lambda shift: shift.class_ != "missing_punch")
    if not shifts:
        return {"on": on.isoformat()}
    shift = shifts[0]
    kinds = {one.kind for one in day.readings if not one.is_replaced}
    lacks = "out" if shift.class_ == "missing_punch" and kinds == {"in"} else "in"
    return {"on": on.isoformat(), "shift": str(shift.shift_id), "reading": lacks}


def may_call(scope: Scope) -> bool:
    """Whether the telephone numbers of staff are shown: to who records absences from the post and rings people up.

    Those above look at figures; they need nobody's private number.
    """
    return scope.may("attendance.record")


def _fixed_days(month: Month, number: str, on: date) -> dict[int, MonthDay]:
    return {
        day.fact.shift_id: day
        for team in month.teams
        if team.fixed is not None
        for one in team.people
        if one.number == number
        for day in one.days
        if day.fact.work_on == on
    }


def _shift(day: DayDetail, shift: Judged, fixed: MonthDay | None) -> None:
    with st.container(border=True, gap="small"):
        span = f"{fmt_time(shift.starts_at)}–{fmt_time(shift.ends_at)}"
        post = f" · {plain(shift.post)}" if shift.post else ""
        class_ = fixed.fact.class_ if fixed is not None else shift.class_
        remarks = fixed.fact.remarks if fixed is not None else shift.remarks
        st.markdown(f"**{plain(span)}**{post} {badge(class_)} {_remarks(remarks)}")
        if not shift.class_:
            st.caption(plain(_("The shift has not begun: there is no verdict yet.")))
            return
        steps = dict(day.fixed_steps).get(shift.shift_id)
        if fixed is None or steps is None or steps == shift.steps:
            explanation(shift.steps)
        else:
            explanation(steps, _("As the month was fixed"))
            st.divider()
            st.markdown(f"{badge(shift.class_)} {_remarks(shift.remarks)}")
            explanation(shift.steps, _("As it stands now"))
        st.caption(
            plain(
                _(
                    "judged {at} under rulebook {version}",
                    at=fmt_instant(shift.judged_at),
                    version=shift.rulebook_version[:12],
                )
            )
        )


def _gone(day: DayDetail, fixed: MonthDay) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(f"{badge(fixed.fact.class_)} {plain(day_words(fixed))}")
        explanation(dict(day.fixed_steps).get(fixed.fact.shift_id, ()), _("As the month was fixed"))
        is_rest = fixed.fact.shift_id < 0
        st.caption(
            plain(
                _("Its readings belong to a shift by now, or were put right.")
                if is_rest
                else _("The shift is no longer on the roster.")
            )
        )


def _rest(day: DayDetail, worked: RestDetail, fixed: MonthDay | None) -> None:
    """Time without a shift: how it was counted, as fixed where that was different."""
    with st.container(border=True, gap="small"):
        fact = (fixed or worked.day).fact
        st.markdown(f"**{plain(_('no shift'))}** {badge(fact.class_)} {_remarks(fact.remarks)}")
        then = dict(day.fixed_steps).get(worked.day.fact.shift_id)
        if fixed is None or then is None or then == worked.steps:
            explanation(worked.steps)
            st.space("xsmall")  # a list that ends a box hangs over its padding
            return
        explanation(then, _("As the month was fixed"))
        st.divider()
        explanation(worked.steps, _("As it stands now"))
        st.space("xsmall")


def badge(class_: str) -> str:
    """A verdict as a coloured label with its sign (Markdown)."""
    if not class_:
        return ""
    words = f"{class_sign(class_)} {class_name(class_)}"
    return f":{_COLOURS.get(class_, 'gray')}-badge[{plain(words)}]"


def _remarks(codes: tuple[str, ...]) -> str:
    return " ".join(f":gray-badge[{plain(name('attendance_remark', code))}]" for code in codes)


def _readings(day: DayDetail, rest: Sequence[RestDetail]) -> None:
    st.markdown(f"**{plain(_('Clock readings'))}**")
    known = {one.punch_id for one in day.readings}
    extra = {one.punch_id: one for worked in rest for one in worked.readings if one.punch_id not in known}
    readings = sorted([*day.readings, *extra.values()], key=lambda one: (one.at, one.punch_id))
    if not readings:
        st.caption(plain(_("No clock reading near this day's shifts.")))
        return
    st.dataframe(
        pd.DataFrame(
            {
                "at": instant_text(one.at, site_zone()),
                "kind": name("punch_kind", one.kind),
                "device": one.device or NOTHING,
                "source": name("punch_source", one.source),
                "by": person(one.recorded_by) if one.recorded_by else NOTHING,
                "recorded": fmt_instant(one.recorded_at),
                "counts": _("put right, no longer counts") if one.is_replaced else _("counts"),
            }
            for one in readings
        ),
        column_config={
            "at": text_column(_("Time"), 130),
            "kind": text_column(_("In or out"), 70),
            "device": text_column(_("Device"), 110),
            "source": text_column(_("Source"), 90),
            "by": text_column(_("Recorded by"), 90),
            "recorded": text_column(_("Recorded at"), 130),
            "counts": text_column(_("Does it count"), 120),
        },
        hide_index=True,
        height="content",
        key="day_readings",
    )


def _around(day: DayDetail) -> None:
    """Leave, time off the post and changes of the roster, a line each."""
    lines = []
    for leave in day.leave:
        kind = name("leave_type", leave.type) if leave.type else _("On leave")
        span = f"{fmt_instant(leave.starts_at)} – {fmt_instant(leave.ends_at)}"
        lines.append(f"{kind} · {span} · {name('request_state', leave.state)}")
    for away in day.off_post:
        end = fmt_time(away.ends_at) if away.ends_at else _("not back yet")
        approved = _("approved") if away.is_approved else _("not approved")
        words = [name("off_post_kind", away.kind), f"{fmt_time(away.starts_at)}–{end}", approved]
        lines.append(" · ".join([*words, *([away.reason] if away.reason else [])]))
    for change in day.changes:
        lines.append(
            _(
                "Roster changed {at} by {who} ({source}): {reason}",
                at=fmt_instant(change.changed_at),
                who=person(change.changed_by),
                source=name("shift_change_source", change.source),
                reason=change.reason or NOTHING,
            )
        )
    if lines:
        st.markdown(f"**{plain(_('Leave, time off the post, roster'))}**")
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
