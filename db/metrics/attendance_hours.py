"""Metrics of time: off the post, beyond the shift, on leave. What leave is for shows only where it is nobody's health."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal_column, or_, select
from sqlalchemy.orm import aliased, outerjoin

from db.metrics.attendance_parts import DAY_SOURCE, NOT_JUDGED, ROSTERED, SCHEDULED, day_cases
from db.metrics.definition import Cases, Group, Metric
from db.models import AttendanceDay, Leave, Shift
from regulations.names import SHOWN_LEAVE
from regulations.rulebook import Rulebook

_OFF_POST_REMARKS = ("away_over", "call_over", "visitor_over", "not_relieved")

_EXTRA, _APPROVED = AttendanceDay.extra_minutes, AttendanceDay.approved_extra_minutes
_APPROVED_EXTRA = case((_APPROVED < _EXTRA, _APPROVED), else_=_EXTRA)
_UNAPPROVED_EXTRA = case((_EXTRA > _APPROVED, _EXTRA - _APPROVED), else_=0)

_Covering = aliased(Leave)
_covering_id = (
    select(func.min(_Covering.id))
    .where(
        _Covering.agent_id == AttendanceDay.agent_id,
        _Covering.status == "approved",
        _Covering.starts_at < Shift.ends_at,
        _Covering.ends_at > Shift.starts_at,
    )
    .correlate(AttendanceDay, Shift)
    .scalar_subquery()
)
_WITH_LEAVE = outerjoin(DAY_SOURCE, Leave, and_(AttendanceDay.class_ == "on_leave", Leave.id == _covering_id))
# Literals, since PostgreSQL takes a bound value in SELECT and in GROUP BY for two different ones.
_SHOWN_TYPE = case(
    (AttendanceDay.class_ != literal_column("'on_leave'"), literal_column("''")),
    *((Leave.type == literal_column(f"'{type_}'"), literal_column(f"'{type_}'")) for type_ in SHOWN_LEAVE),
    else_=literal_column("'leave'"),
)


def _off_post(book: Rulebook, now: datetime) -> Cases:
    minutes = AttendanceDay.off_post_minutes
    return day_cases(now, minutes > 0, columns={"off_post_minutes": minutes}, value=minutes)


def _off_post_rate(book: Rulebook, now: datetime) -> Cases:
    remarks = cast(AttendanceDay.remarks, String)
    over: ColumnElement[bool] = or_(*(remarks.like(f'%"{code}"%') for code in _OFF_POST_REMARKS))
    return day_cases(now, over, columns={"off_post_minutes": AttendanceDay.off_post_minutes})


def _approved_extra(book: Rulebook, now: datetime) -> Cases:
    shown = {"extra_minutes": _EXTRA, "approved_extra_minutes": _APPROVED_EXTRA}
    return day_cases(now, _APPROVED_EXTRA > 0, left_out=NOT_JUDGED, columns=shown, value=_APPROVED_EXTRA)


def _unapproved_extra(book: Rulebook, now: datetime) -> Cases:
    shown = {"extra_minutes": _EXTRA, "unapproved_extra_minutes": _UNAPPROVED_EXTRA}
    return day_cases(now, _UNAPPROVED_EXTRA > 0, left_out=NOT_JUDGED, columns=shown, value=_UNAPPROVED_EXTRA)


def _leave_share(book: Rulebook, now: datetime) -> Cases:
    return day_cases(
        now,
        AttendanceDay.class_ == "on_leave",
        left_out=NOT_JUDGED,
        columns={"leave": _SHOWN_TYPE},
        source=_WITH_LEAVE,
        category=Group(_SHOWN_TYPE, names="leave_shown"),
    )


ATTENDANCE_HOUR_METRICS: tuple[Metric, ...] = (
    Metric(
        key="attendance.off_post_minutes",
        zh="班均离岗时长",
        en="Time off the post",
        definition_zh="应出勤班次中记录的离岗时间，平均到每个班次（分钟）。",
        definition_en="The recorded time off the post in the scheduled shifts, as a mean per shift, in minutes.",
        numerator=("离岗分钟合计", "Minutes off the post"),
        denominator=SCHEDULED,
        unit="minutes",
        better="down",
        clauses=("E3.10", "A1.7", "A2.20", "B1.17"),
        cases=_off_post,
        parameters=("attendance.leave_post_approver",),
    ),
    Metric(
        key="attendance.off_post_rate",
        zh="离岗超限率",
        en="Off the post beyond the limit",
        definition_zh="应出勤班次中，挂起、私人电话、私人会客超时，或离岗无人替岗的占比。",
        definition_en="Of the scheduled shifts, the share in which somebody was away, on a private call or with a private visitor beyond the"
        " limit, or left the post without the replacement it needs.",
        numerator=("超限的班次", "Shifts beyond a limit"),
        denominator=SCHEDULED,
        unit="percent",
        better="down",
        clauses=("A1.8", "B1.8", "B1.17", "B1.20", "A4.28"),
        cases=_off_post_rate,
        parameters=(
            "attendance.away_limit", "attendance.private_call_limit", "attendance.private_visitor_limit",
            "attendance.replacement_required",
        ),
    ),
    Metric(
        key="attendance.approved_extra_minutes",
        zh="班均已批准延时",
        en="Approved extra time",
        definition_zh="排班班次中超出班次、并作为加班批准的时间，平均到每个班次（分钟）。",
        definition_en="Time worked beyond the shift and approved as overtime, as a mean per rostered shift, in minutes.",
        numerator=("已批准延时分钟合计", "Approved extra minutes"),
        denominator=ROSTERED,
        unit="minutes",
        better="down",
        clauses=("E3.14", "A1.6"),
        cases=_approved_extra,
        parameters=("overtime.approver", "shift.auto_extend"),
    ),
    Metric(
        key="attendance.unapproved_extra_minutes",
        zh="班均未批准延时",
        en="Extra time nobody approved",
        definition_zh="排班班次中超出班次、没有批准为加班的时间，平均到每个班次（分钟）。",
        definition_en="Time worked beyond the shift that nobody approved as overtime, as a mean per rostered shift, in minutes.",
        numerator=("未批准延时分钟合计", "Extra minutes not approved"),
        denominator=ROSTERED,
        unit="minutes",
        better="down",
        clauses=("E3.14",),
        cases=_unapproved_extra,
        parameters=("overtime.approver", "overtime.counts_from"),
    ),
    Metric(
        key="attendance.leave_share",
        zh="请假占比",
        en="Share on leave",
        definition_zh="排班班次中在批准的请假内的占比。公假、调休单列，其余一律只称请假，不显示健康情况。",
        definition_en="Of the rostered shifts, the share on approved leave. Official leave and time off in lieu are told apart; all other leave is"
        " leave and no more, so that nobody's health shows.",
        numerator=("请假的班次", "Shifts on leave"),
        denominator=ROSTERED,
        unit="percent",
        better="down",
        clauses=("A1.25", "A2.53", "E3.13"),
        cases=_leave_share,
        parameters=("leave.types",),
    ),
)  # fmt: skip
