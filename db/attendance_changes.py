"""What changed in a month of attendance after it was fixed, and why: each difference names what was recorded since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.attendance import steps_of
from db.attendance_detail import readable
from db.attendance_since import Recorded, recorded_since
from db.models import AttendanceDay
from db.month_days import MonthDay
from regulations.attendance_totals import differences
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar

MOST_NEW = 3  # new steps that are told

People = Mapping[int, tuple[str, str, Sequence[MonthDay]]]  # by agent: number, name, shifts
FixedSteps = Mapping[tuple[int, int], Sequence[dict[str, Any]]]  # by shift and person, as they were stored
Live = Mapping[int, tuple[tuple[str, str, int], Sequence[MonthDay]]]


@dataclass(frozen=True, slots=True)
class MonthDifference:
    """A shift that is no longer as it was fixed, and what was recorded since. None: it was not there, or no longer is."""

    agent_id: int
    number: str
    name: str
    work_on: date
    before: MonthDay | None
    after: MonthDay | None
    reasons: tuple[Step, ...]


def changed_days(
    session: Session,
    then: People,
    now: Live,
    period: tuple[date, date],
    fixed_at: datetime,
    fixed_steps: FixedSteps,
    work: WorkCalendar,
) -> tuple[MonthDifference, ...]:
    """The differences between the shifts that were fixed and those of today, by day and staff number."""
    found = []
    for agent_id in dict.fromkeys([*then, *now]):
        before = {day.fact.shift_id: day for day in then[agent_id][2]} if agent_id in then else {}
        after = {day.fact.shift_id: day for day in now[agent_id][1]} if agent_id in now else {}
        number, name = then[agent_id][:2] if agent_id in then else now[agent_id][0][:2]
        changed = differences([d.fact for d in before.values()], [d.fact for d in after.values()])
        found += [
            MonthDifference(
                agent_id, number, name, one.work_on, before.get(one.shift_id), after.get(one.shift_id), ()
            )
            for one in changed
        ]
    if not found:
        return ()
    agents = {one.agent_id for one in found}
    shifts = {day.fact.shift_id for one in found for day in (one.before, one.after) if day is not None}
    recorded = recorded_since(session, agents, shifts, period, fixed_at, work)
    with_reasons = [
        _explained(session, one, recorded, one.agent_id in then, fixed_steps, work) for one in found
    ]
    return tuple(sorted(with_reasons, key=lambda one: (one.work_on, one.number)))


def _explained(
    session: Session,
    one: MonthDifference,
    recorded: Sequence[Recorded],
    was_in_team: bool,
    fixed_steps: FixedSteps,
    work: WorkCalendar,
) -> MonthDifference:
    days = [day for day in (one.before, one.after) if day is not None]
    reasons = [r.step for r in recorded if any(r.touches(one.agent_id, day) for day in days)]
    if not was_in_team:
        reasons.append(
            Step("锁定时此人不在本组名单上", "Was not on the team's list when the month was fixed")
        )
    if not reasons:
        reasons += _judged_anew(session, one, fixed_steps, work)
    return MonthDifference(
        one.agent_id,
        one.number,
        one.name,
        one.work_on,
        one.before,
        one.after,
        tuple(dict.fromkeys(reasons)),
    )


def _judged_anew(
    session: Session, one: MonthDifference, fixed_steps: FixedSteps, work: WorkCalendar
) -> list[Step]:
    """Where nothing says when it was recorded (imported leave): what the reasoning says now and did not say then.

    Without what kind of leave it was: whoever sees the figures reads these.
    """
    if one.after is None:
        if one.before is not None and one.before.fact.shift_id < 0:
            return [Step("这些打卡已归入班次", "Its readings belong to a shift by now")]
        return [Step("该班次已从排班中移除", "The shift is no longer on the roster")]
    shift_id = one.after.fact.shift_id
    if shift_id < 0:
        return [
            Step(
                "休息日打卡按目前的记录重新判定",
                "The readings of the rest day are judged as they are on record now",
            )
        ]
    row = session.scalars(
        select(AttendanceDay).where(
            AttendanceDay.shift_id == shift_id, AttendanceDay.agent_id == one.agent_id
        )
    ).one()
    said = instant_text(row.judged_at, work.timezone)
    known = {step.zh for step in readable(fixed_steps.get((shift_id, one.agent_id), ()), False)}
    new = [
        step for step in readable(steps_of(session, row), False)[:-1] if step.zh not in known
    ]  # less the verdict itself
    return [Step(f"{said} 重新判定", f"Judged anew {said}"), *new[:MOST_NEW]]
