"""What the demo's supervisors did about the roster, and the verdicts of all of it: needs, changes, a month that is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import attendance, attendance_months, coverage, overtime_hours, roster_changes
from db.demo.accounts import Accounts
from db.demo.people import TEAMS, Person
from db.demo.roster import Roster
from db.demo.stage import Stage
from db.models import AttendanceDay, Leave, Shift, SwapRequest
from db.refusals import Refused
from db.roster_changes import Draft, seen
from regulations.access import AccessRefused

Row = dict[str, Any]
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# team, post, from, to (hours), how many; on every day
_NEEDS = (
    ("goods", "热线", 7.5, 9, 2), ("goods", "热线", 9, 18, 4), ("goods", "热线", 18, 24, 2),
    ("hospital", "回访", 9, 18, 4),
    ("property", "前台", 7.5, 24, 1), ("property", "前台", 0, 7.5, 1),
)  # fmt: skip
_LOCK_AFTER = timedelta(days=3)


def fill_needs(session: Session, stage: Stage, people: Sequence[Person], roster: Roster) -> int:
    """How many people each post needs; this evening one more than is there."""
    accounts, ids = Accounts(session), {team.code: i for i, team in enumerate(TEAMS, start=1)}
    at = stage.at(stage.start, 10)
    for team, post, begin, end, required in _NEEDS:
        coverage.set_need(
            session, accounts.supervisor(team), team_id=ids[team], post=post, weekday=-1, starts_minute=round(begin * 60),
            ends_minute=round(end * 60), required=required, now=at,
        )  # fmt: skip
    evening = stage.at(stage.today, 19), stage.at(stage.today, 22)
    team_of = {person.id: person.team for person in people}
    there = sum(
        s["starts_at"] <= evening[0] and evening[1] <= s["ends_at"] and team_of[s["agent_id"]] == "goods"
        for s in roster.by_day[stage.today]
    )
    coverage.set_need(
        session, accounts.supervisor("goods"), team_id=ids["goods"], post="热线", weekday=stage.today.weekday(),
        starts_minute=19 * 60, ends_minute=22 * 60, required=there + 1, now=stage.now - _HOUR,
    )  # fmt: skip
    return len(_NEEDS) + 1


def change_shifts(session: Session, stage: Stage, people: Sequence[Person]) -> int:
    """A shift put right after its day, and one moved before it; how many were."""
    accounts, made = Accounts(session), 0
    team_of = {person.id: person for person in people}
    for days, hours, reason in (
        (-2, 1, "当天临时延长一小时，事后补登"),
        (-12, -1, "当天提前一小时下班，补登"),
        (3, 0.5, "接待检查，推迟半小时下班"),
    ):
        shifts = session.scalars(
            select(Shift)
            .where(Shift.work_on == stage.today + timedelta(days=days), Shift.code == "day")
            .order_by(Shift.id)
        ).all()
        for shift in shifts:
            scope = accounts.supervisor(team_of[shift.agent_id].team)
            draft = Draft(
                shift.agent_id, shift.work_on, shift.starts_at, shift.ends_at + hours * _HOUR, shift.code, shift.post,
                tuple((datetime.fromisoformat(b["start"]), datetime.fromisoformat(b["end"])) for b in shift.breaks),
            )  # fmt: skip
            at = min(max(shift.ends_at + 2 * _HOUR, shift.ends_at + hours * _HOUR), stage.now)
            with suppress(Refused, AccessRefused):
                roster_changes.change_shift(
                    session,
                    scope,
                    shift.id,
                    draft,
                    reason=reason,
                    expected=seen(shift),
                    book=stage.book,
                    now=at,
                )
                made += 1
                break
    return made


def settle_attendance(session: Session, stage: Stage) -> dict[str, int]:
    """The verdict on every shift as it stands now, time off for overtime that was worked, a fixed month and what came after."""
    attendance.judge_days(session, from_on=stage.start, to_on=stage.today, book=stage.book, now=stage.now)
    overtime_hours.grant_worked(session, stage.book, stage.now)
    return {
        "attendance_days": session.scalar(select(func.count(AttendanceDay.id))) or 0,
        "attendance_months": _fix_a_month(session, stage),
    }


def _fix_a_month(session: Session, stage: Stage) -> int:
    """The last month that may be fixed, for the first team; afterwards a leave slip arrives that nobody had handed in."""
    manager = Accounts(session).scope("manager")
    last = stage.today.replace(day=1) - _DAY
    while last >= stage.start:
        at = stage.at(last, 10) + _LOCK_AFTER
        if at < stage.now:
            with suppress(Refused):
                attendance_months.lock_month(
                    session,
                    manager,
                    team_id=1,
                    month=f"{last:%Y-%m}",
                    note="各班组已核对",
                    now=at,
                    book=stage.book,
                )
                _arrive_late(session, stage, last.replace(day=1), last)
                return 1
        last = last.replace(day=1) - _DAY
    return 0


def _arrive_late(session: Session, stage: Stage, first: date, last: date) -> None:
    """Official leave of somebody who was absent or late, on a slip that another office sent after the month was fixed."""
    day = session.scalars(
        select(AttendanceDay)
        .join(Shift, Shift.id == AttendanceDay.shift_id)
        .where(
            AttendanceDay.work_on.between(first, last), AttendanceDay.class_.in_(("absent", "severe", "late"))
        )
        .where(AttendanceDay.agent.has(team_id=1))
        .where(
            Shift.id.not_in(
                select(SwapRequest.failed_shift_id).where(SwapRequest.failed_shift_id.is_not(None))
            )
        )
        .order_by(AttendanceDay.class_, AttendanceDay.work_on.desc(), AttendanceDay.id)
        .limit(1)
    ).first()
    if day is None:
        return
    shift = session.get_one(Shift, day.shift_id)
    session.add(
        Leave(
            agent_id=day.agent_id, type="official", starts_at=shift.starts_at, ends_at=shift.ends_at,
            filed_at=shift.starts_at - 2 * _DAY, filed_by="人事系统", status="approved", approver="人事系统",
            reason="外出培训，纸质单据补录", rulebook_version=stage.book.version,
        )
    )  # fmt: skip
    session.flush()
    attendance.rejudge(
        session, agent_ids=[day.agent_id], from_on=day.work_on, to_on=day.work_on, now=stage.now
    )
