"""Shifts and what became of them as the rows behind the metrics of attendance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import join
from sqlalchemy.sql.roles import FromClauseRole

from db.metrics.definition import Cases, Column, Group
from db.models import Agent, AttendanceDay, Shift, Team

DAY_SOURCE = join(
    join(join(AttendanceDay, Agent, Agent.id == AttendanceDay.agent_id), Team, Team.id == Agent.team_id),
    Shift,
    Shift.id == AttendanceDay.shift_id,
)
NOT_JUDGED = ("pending", "rest")
NOT_SCHEDULED = ("on_leave", *NOT_JUDGED)
DAY_COLUMNS: Mapping[str, Column] = {
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
}
SCHEDULED = ("已结束的应出勤班次(不含批准的请假)", "Scheduled shifts that are over (without approved leave)")
ROSTERED = ("已结束的排班班次(含请假)", "Rostered shifts that are over (leave included)")


def day_cases(
    now: datetime,
    counts: ColumnElement[bool],
    *,
    left_out: Sequence[str] = NOT_SCHEDULED,
    columns: Mapping[str, Column] | None = None,
    value: Column | None = None,
    source: FromClauseRole = DAY_SOURCE,
    category: Group | None = None,
) -> Cases:
    """The shifts that are over, less the classes left out; `columns` are shown besides, `value` is what each adds."""
    return Cases(
        source=source,
        on=AttendanceDay.work_on,
        team=Agent.team_id,
        agent=AttendanceDay.agent_id,
        # A shift still running is in no figure: who is late shows at once, who is in time only when it is over.
        conditions=[AttendanceDay.class_.not_in(left_out), Shift.ends_at <= now],
        counts=counts,
        columns={**DAY_COLUMNS, **(columns or {})},
        groups={
            "category": category or Group(AttendanceDay.class_, names="attendance_class"),
            "shift": Group(Shift.code),
        },
        value=value,
    )
