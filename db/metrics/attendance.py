"""Metrics of attendance, each per scheduled shift that is over; shifts on approved leave are in no denominator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import and_

from db.metrics.attendance_parts import SCHEDULED, day_cases
from db.metrics.definition import Cases, Metric
from db.models import AttendanceDay
from regulations.rulebook import Rulebook

_LATE = ("late", "late_and_early", "severe")
_EARLY = ("early", "late_and_early", "severe")
_SEVERE_CLASS = "attendance.severe_class"


def _rate(book: Rulebook, now: datetime) -> Cases:
    # Some sets call twenty minutes an absence, others a violation by somebody who was there.
    missed = ["absent"] + (["severe"] if book.choice(_SEVERE_CLASS) == "absence" else [])
    return day_cases(now, AttendanceDay.class_.not_in(missed))


def _late_rate(book: Rulebook, now: datetime) -> Cases:
    return day_cases(now, and_(AttendanceDay.class_.in_(_LATE), AttendanceDay.late_minutes > 0))


def _early_rate(book: Rulebook, now: datetime) -> Cases:
    return day_cases(now, and_(AttendanceDay.class_.in_(_EARLY), AttendanceDay.early_minutes > 0))


def _of_class(class_: str) -> Callable[[Rulebook, datetime], Cases]:
    return lambda book, now: day_cases(now, AttendanceDay.class_ == class_)


ATTENDANCE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="attendance.rate",
        zh="出勤率",
        en="Attendance rate",
        definition_zh="应出勤班次中实际到岗的占比。批准的请假不计入分母；旷工算未出勤。",
        definition_en="Of the scheduled shifts, the share to which the person came. Approved leave is left out of the denominator;"
        " absence without leave counts as not attended.",
        numerator=("实际到岗的班次", "Shifts attended"),
        denominator=SCHEDULED,
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
        denominator=SCHEDULED,
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
        denominator=SCHEDULED,
        unit="percent",
        better="down",
        clauses=("A1.28", "A2.58", "E3.19"),
        cases=_of_class("severe"),
        parameters=("attendance.severe_after", "attendance.off_post_severe_after"),
    ),
    Metric(
        key="attendance.absence",
        zh="旷工率",
        en="Absence without leave",
        definition_zh="应出勤班次中旷工的占比：没有到岗，也没有批准的请假。换班后误班、空班的也算。如何处理由人决定，本系统不作处罚。",
        definition_en="Of the scheduled shifts, the share to which nobody came and for which no leave was approved; shifts left empty after a"
        " swap included. What follows is for people to decide: the desk imposes nothing.",
        numerator=("旷工的班次", "Shifts absent without leave"),
        denominator=SCHEDULED,
        unit="percent",
        better="down",
        clauses=("A1.24", "A2.52", "E3.15", "E4.4"),
        cases=_of_class("absent"),
        parameters=("leave.unfiled_class", "swap.failure_class"),
    ),
    Metric(
        key="attendance.early_rate",
        zh="早退率",
        en="Early leaving rate",
        definition_zh="应出勤班次中提前离岗的占比，包括达到严重标准的。",
        definition_en="Of the scheduled shifts, the share left before their end, the severe ones included.",
        numerator=("早退的班次", "Shifts left early"),
        denominator=SCHEDULED,
        unit="percent",
        better="down",
        clauses=("E3.10",),
        cases=_early_rate,
    ),
    Metric(
        key="attendance.missing_punch_rate",
        zh="缺卡率",
        en="Missing punch rate",
        definition_zh="应出勤班次中上班卡或下班卡缺一次的占比。补卡批准后不再计入。",
        definition_en="Of the scheduled shifts, the share with one clock reading missing. An approved correction takes the shift out again.",
        numerator=("缺卡的班次", "Shifts with a punch missing"),
        denominator=SCHEDULED,
        unit="percent",
        better="down",
        clauses=("E3.10",),
        cases=_of_class("missing_punch"),
        parameters=("attendance.punch_search",),
    ),
)
