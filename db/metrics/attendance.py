"""Metrics of attendance, each per scheduled shift that is over; shifts on approved leave are in no denominator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import join

from db.metrics.definition import Cases, Group, Metric
from db.models import Agent, AttendanceDay, Shift, Team
from regulations.rulebook import Rulebook

_SOURCE = join(
    join(join(AttendanceDay, Agent, Agent.id == AttendanceDay.agent_id), Team, Team.id == Agent.team_id),
    Shift,
    Shift.id == AttendanceDay.shift_id,
)
_NOT_SCHEDULED = ("on_leave", "pending", "rest")
_LATE = ("late", "late_and_early", "severe")
_SEVERE_CLASS = "attendance.severe_class"


def _cases(now: datetime, counts: ColumnElement[bool]) -> Cases:
    return Cases(
        source=_SOURCE,
        on=AttendanceDay.work_on,
        team=Agent.team_id,
        agent=AttendanceDay.agent_id,
        # A shift still running is in no figure: who is late shows at once, who is in time only when it is over.
        conditions=[AttendanceDay.class_.not_in(_NOT_SCHEDULED), Shift.ends_at <= now],
        counts=counts,
        columns={
            "attendance_day_id": AttendanceDay.id,
            "work_on": AttendanceDay.work_on,
            "team": Team.name,
            "number": Agent.number,
            "agent": Agent.name,
            "shift": Shift.code,
            "starts_at": Shift.starts_at,
            "ends_at": Shift.ends_at,
            "class": AttendanceDay.class_,
            "late_minutes": AttendanceDay.late_minutes,
            "early_minutes": AttendanceDay.early_minutes,
            "first_in_at": AttendanceDay.first_in_at,
            "last_out_at": AttendanceDay.last_out_at,
        },
        groups={
            "category": Group(AttendanceDay.class_, names="attendance_class"),
            "shift": Group(Shift.code),
        },
    )


def _rate(book: Rulebook, now: datetime) -> Cases:
    # Some sets call twenty minutes an absence, others a violation by somebody who was there.
    missed = ["absent"] + (["severe"] if book.choice(_SEVERE_CLASS) == "absence" else [])
    return _cases(now, AttendanceDay.class_.not_in(missed))


def _late_rate(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, and_(AttendanceDay.class_.in_(_LATE), AttendanceDay.late_minutes > 0))


def _severe_rate(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, AttendanceDay.class_ == "severe")


_SCHEDULED = ("已结束的应出勤班次(不含批准的请假)", "Scheduled shifts that are over (without approved leave)")

ATTENDANCE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="attendance.rate",
        zh="出勤率",
        en="Attendance rate",
        definition_zh="应出勤班次中实际到岗的占比。批准的请假不计入分母；旷工算未出勤。",
        definition_en="Of the scheduled shifts, the share to which the person came. Approved leave is left out of the denominator;"
        " absence without leave counts as not attended.",
        numerator=("实际到岗的班次", "Shifts attended"),
        denominator=_SCHEDULED,
        unit="percent",
        better="up",
        clauses=("E3.10", "A1.28"),
        cases=_rate,
        parameters=(_SEVERE_CLASS, "leave.unfiled_class"),
    ),
    Metric(
        key="attendance.late_rate",
        zh="迟到率",
        en="Lateness rate",
        definition_zh="应出勤班次中迟到的占比，包括迟到二十分钟以上的。没有宽限时间就从开班算起。",
        definition_en="Of the scheduled shifts, the share begun late, the severe ones included. Without a grace period lateness"
        " begins with the shift.",
        numerator=("迟到的班次", "Shifts begun late"),
        denominator=_SCHEDULED,
        unit="percent",
        better="down",
        clauses=("E3.10",),
        cases=_late_rate,
        target_key="attendance.late_rate_target",
        parameters=("attendance.late_grace",),
    ),
    Metric(
        key="attendance.severe_rate",
        zh="严重迟到脱岗率",
        en="Severe lateness rate",
        definition_zh="应出勤班次中，未请假而迟到、早退或离岗达到严重标准的占比。",
        definition_en="Of the scheduled shifts, the share with lateness or absence from the post, without leave, as long as the"
        " rulebook calls severe.",
        numerator=("严重的班次", "Severe shifts"),
        denominator=_SCHEDULED,
        unit="percent",
        better="down",
        clauses=("A1.28", "A2.58", "E3.19"),
        cases=_severe_rate,
        parameters=("attendance.severe_after", "attendance.off_post_severe_after"),
    ),
)
