"""What changed in a month of attendance after it was fixed, and why: each difference names what was recorded since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.accounts import display_names
from db.attendance import steps_of
from db.attendance_detail import readable
from db.models import AttendanceDay, Leave, OffPost, Overtime, Punch, PunchCorrection, ShiftChange
from db.month_days import MonthDay
from regulations.access import SYSTEM
from regulations.attendance_totals import differences
from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar

REACH = timedelta(hours=12)  # a reading this near a shift may have changed its verdict
MOST_NEW = 3  # new steps that are told
_DAY = timedelta(days=1)

People = Mapping[int, tuple[str, str, Sequence[MonthDay]]]  # by agent: number, name, shifts
FixedSteps = Mapping[int, Sequence[dict[str, Any]]]  # by shift, as they were stored
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


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Something recorded after the month was fixed, and which time of whom, or which shift, it touches."""

    agent_id: int
    begin: datetime
    end: datetime
    step: Step
    shift_id: int | None = None

    def touches(self, agent_id: int, day: MonthDay) -> bool:
        if self.shift_id == day.fact.shift_id:  # also where it has become somebody else's
            return True
        return self.agent_id == agent_id and self.begin < day.ends_at and self.end > day.starts_at


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
    recorded = _recorded(session, found, period, fixed_at, work)
    with_reasons = [
        _explained(session, one, recorded, one.agent_id in then, fixed_steps, work) for one in found
    ]
    return tuple(sorted(with_reasons, key=lambda one: (one.work_on, one.number)))


def _explained(
    session: Session,
    one: MonthDifference,
    recorded: Sequence[_Recorded],
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
        return [Step("该班次已从排班中移除", "The shift is no longer on the roster")]
    shift_id = one.after.fact.shift_id
    row = session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == shift_id)).one()
    said = instant_text(row.judged_at, work.timezone)
    known = {step.zh for step in readable(fixed_steps.get(shift_id, ()), False)}
    new = [
        step for step in readable(steps_of(session, row), False)[:-1] if step.zh not in known
    ]  # less the verdict itself
    return [Step(f"{said} 重新判定", f"Judged anew {said}"), *new[:MOST_NEW]]


def _recorded(
    session: Session,
    changed: Sequence[MonthDifference],
    period: tuple[date, date],
    since: datetime,
    work: WorkCalendar,
) -> list[_Recorded]:
    """Everything that was recorded about these people's month after it was fixed, the earliest first."""
    first, last = period
    agents = {one.agent_id for one in changed}
    shifts = {day.fact.shift_id for one in changed for day in (one.before, one.after) if day is not None}
    begin, end = work.start_of_day(first) - REACH, work.start_of_day(last + _DAY) + REACH
    names = display_names(session)
    zone = work.timezone
    found: list[tuple[datetime, _Recorded]] = []

    def tell(
        agent_id: int,
        span: tuple[datetime, datetime],
        at: datetime,
        zh: str,
        en: str,
        shift_id: int | None = None,
    ) -> None:
        said = instant_text(at, zone)
        found.append((at, _Recorded(agent_id, *span, Step(f"{said} {zh}", f"{said} {en}"), shift_id)))

    def who(actor: str, language: str) -> str:
        if actor in ("", SYSTEM.actor):
            return "系统" if language == "zh" else "the desk"
        return names.get(actor, actor)

    def day_span(day: date) -> tuple[datetime, datetime]:
        return work.start_of_day(day), work.start_of_day(day + _DAY)

    for c in session.scalars(
        select(PunchCorrection).where(
            PunchCorrection.agent_id.in_(agents),
            PunchCorrection.state == "approved",
            PunchCorrection.decided_at > since,
            PunchCorrection.work_on.between(first, last),
        )
    ):
        assert c.decided_at is not None
        at = instant_text(c.at, zone)
        zh_kind, en_kind = (name_of("punch_kind", c.kind, language) for language in ("zh", "en"))
        tell(
            c.agent_id,
            (c.at - REACH, c.at + REACH),
            c.decided_at,
            f"{who(c.decided_by, 'zh')}批准补卡：{zh_kind} {at}",
            f"{who(c.decided_by, 'en')} approved a correction: {en_kind.lower()} {at}",
        )
    for p in session.scalars(
        select(Punch).where(
            Punch.agent_id.in_(agents),
            Punch.recorded_at > since,
            Punch.source != "correction",  # told by its request
            Punch.at.between(begin, end),
        )
    ):
        at = instant_text(p.at, zone)
        zh_kind, en_kind = (name_of("punch_kind", p.kind, language) for language in ("zh", "en"))
        zh_source, en_source = (name_of("punch_source", p.source, language) for language in ("zh", "en"))
        tell(
            p.agent_id,
            (p.at - REACH, p.at + REACH),
            p.recorded_at,
            f"{zh_source}打卡：{zh_kind} {at}",
            f"{en_source} reading: {en_kind.lower()} {at}",
        )
    for leave in session.scalars(
        select(Leave).where(
            Leave.agent_id.in_(agents),
            (Leave.decided_at > since) | (Leave.decided_at.is_(None) & (Leave.filed_at > since)),
            Leave.starts_at < end,
            Leave.ends_at > begin,
        )
    ):
        a, b = instant_text(leave.starts_at, zone), instant_text(leave.ends_at, zone)
        zh_state, en_state = (name_of("request_state", leave.status, language) for language in ("zh", "en"))
        tell(
            leave.agent_id,
            (leave.starts_at, leave.ends_at),
            leave.decided_at or leave.filed_at,
            f"请假 {a} 至 {b}：{zh_state}",
            f"leave {a} to {b}: {en_state.lower()}",
        )
    for change in session.scalars(
        select(ShiftChange).where(
            ShiftChange.agent_id.in_(agents) | ShiftChange.shift_id.in_(shifts),
            ShiftChange.changed_at > since,
            ShiftChange.work_on.between(first, last),
        )
    ):
        zh_source, en_source = (
            name_of("shift_change_source", change.source, language) for language in ("zh", "en")
        )
        tell(
            change.agent_id,
            day_span(change.work_on),
            change.changed_at,
            f"{who(change.changed_by, 'zh')}变更班次（{zh_source}）：{change.reason or '未写原因'}",
            f"{who(change.changed_by, 'en')} changed the shift ({en_source.lower()}): {change.reason or 'no reason given'}",
            change.shift_id,
        )
    for extra in session.scalars(
        select(Overtime).where(
            Overtime.agent_id.in_(agents),
            Overtime.decided_at > since,
            Overtime.work_on.between(first, last),
        )
    ):
        assert extra.decided_at is not None
        zh_state, en_state = (name_of("request_state", extra.state, language) for language in ("zh", "en"))
        tell(
            extra.agent_id,
            day_span(extra.work_on),
            extra.decided_at,
            f"加班申请：{zh_state}（{who(extra.decided_by, 'zh')}）",
            f"overtime: {en_state.lower()} ({who(extra.decided_by, 'en')})",
        )
    for away in session.scalars(
        select(OffPost).where(
            OffPost.agent_id.in_(agents), OffPost.recorded_at > since, OffPost.starts_at.between(begin, end)
        )
    ):
        assert away.recorded_at is not None
        zh_kind, en_kind = (name_of("off_post_kind", away.kind, language) for language in ("zh", "en"))
        at = instant_text(away.starts_at, zone)
        tell(
            away.agent_id,
            (away.starts_at, away.ends_at or away.starts_at + REACH),
            away.recorded_at,
            f"{who(away.recorded_by, 'zh')}登记{zh_kind} {at}",
            f"{who(away.recorded_by, 'en')} recorded {en_kind.lower()} {at}",
        )
    return [one for _at, one in sorted(found, key=lambda pair: pair[0])]
