"""One person's day as it can be checked: the shift, every clock reading, leave, time off the post, and the reasoning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.attendance import words_of
from db.models import (
    Agent,
    AttendanceDay,
    AttendanceMonth,
    AttendanceMonthRow,
    Leave,
    OffPost,
    Punch,
    Shift,
    ShiftChange,
)
from db.visibility import within
from regulations.access import Scope
from regulations.names import NAMES
from regulations.punches import belongs_to
from regulations.verdict import Step

REACH = timedelta(hours=12)  # as far as a reading may lie from the shift it belongs to
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """One shift of the day with the verdict as it stands. `class_` is empty while it has not begun."""

    shift_id: int
    code: str
    post: str
    starts_at: datetime
    ends_at: datetime
    class_: str
    remarks: tuple[str, ...]
    steps: tuple[Step, ...]
    rulebook_version: str
    judged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock reading. `is_replaced`: a later row puts it right, and it no longer counts."""

    punch_id: int
    at: datetime
    kind: str
    device: str
    source: str
    recorded_at: datetime
    recorded_by: str
    is_replaced: bool


@dataclass(frozen=True, slots=True)
class LeaveLine:
    """Leave that touches the day. `type` None: the viewer may only know that it is leave."""

    starts_at: datetime
    ends_at: datetime
    state: str
    type: str | None


@dataclass(frozen=True, slots=True)
class DayDetail:
    """Everything a person's day rests on."""

    agent_id: int
    number: str
    name: str
    team_id: int
    team: str
    phone: str
    on: date
    shifts: tuple[Judged, ...]
    readings: tuple[Reading, ...]
    leave: tuple[LeaveLine, ...]
    off_post: tuple[OffPost, ...]
    changes: tuple[ShiftChange, ...]
    fixed_steps: tuple[tuple[int, tuple[Step, ...]], ...]  # by shift, as the month was fixed


def may_know_leave(scope: Scope, agent_id: int) -> bool:
    """Whether the kind of leave is the viewer's business: his own, or of people whose requests he decides on.

    What kind of leave it is may be about somebody's health; everybody else reads that it is leave.
    """
    return scope.agent_id == agent_id or (scope.agent_id is None and scope.may("requests.decide"))


def get_day(session: Session, scope: Scope, number: str, on: date) -> DayDetail:
    """The day of a staff number. Raises LookupError when nobody of that number is in scope."""
    agent = session.scalar(
        select(Agent).where(
            Agent.number == number.replace("\x00", ""), *within(scope, team=Agent.team_id, agent=Agent.id)
        )
    )
    if agent is None:
        raise LookupError(number)
    near = session.scalars(
        select(Shift)
        .where(Shift.agent_id == agent.id, Shift.work_on.between(on - _DAY, on + _DAY))
        .order_by(Shift.starts_at)
    ).all()
    others = session.scalars(  # shifts of swaps that failed, which count for him though they are not his
        select(Shift)
        .join(AttendanceDay, AttendanceDay.shift_id == Shift.id)
        .where(AttendanceDay.agent_id == agent.id, Shift.agent_id != agent.id, Shift.work_on == on)
    ).all()
    near = sorted([*near, *others], key=lambda shift: (shift.starts_at, shift.id))
    shifts = [shift for shift in near if shift.work_on == on]
    knows = may_know_leave(scope, agent.id)
    begin = min((s.starts_at for s in shifts), default=None)
    end = max((s.ends_at for s in shifts), default=None)
    has_span = begin is not None and end is not None
    return DayDetail(
        agent.id,
        agent.number,
        agent.name,
        agent.team_id,
        agent.team.name,
        agent.phone,
        on,
        _judged(session, agent.id, shifts, knows),
        _readings(session, agent.id, near, on) if has_span else (),
        _leave(session, agent.id, begin, end, knows) if begin and end else (),
        _off_post(session, agent.id, begin, end) if begin and end else (),
        tuple(
            session.scalars(
                select(ShiftChange)
                .where(ShiftChange.agent_id == agent.id, ShiftChange.work_on == on)
                .order_by(ShiftChange.changed_at)
            )
        ),
        _fixed(session, agent.id, on, knows),
    )


def _judged(session: Session, agent_id: int, shifts: Sequence[Shift], knows: bool) -> tuple[Judged, ...]:
    rows = session.scalars(
        select(AttendanceDay).where(
            AttendanceDay.shift_id.in_([shift.id for shift in shifts]), AttendanceDay.agent_id == agent_id
        )
    )
    verdicts = {row.shift_id: row for row in rows}
    words = words_of(session, list(verdicts.values()))
    found = []
    for shift in shifts:
        row = verdicts.get(shift.id)
        found.append(
            Judged(
                shift.id,
                shift.code,
                shift.post,
                shift.starts_at,
                shift.ends_at,
                row.class_ if row is not None else "",
                tuple(row.remarks) if row is not None else (),
                readable(words[shift.id, agent_id], knows) if row is not None else (),
                row.rulebook_version if row is not None else "",
                row.judged_at if row is not None else None,
            )
        )
    return tuple(found)


def _readings(session: Session, agent_id: int, near: Sequence[Shift], on: date) -> tuple[Reading, ...]:
    """The readings nearer to a shift of this day than to one of the days beside it: an in by the start, an out by the end."""
    begin, end = min(s.starts_at for s in near) - REACH, max(s.ends_at for s in near) + REACH
    rows = session.scalars(
        select(Punch)
        .where(Punch.agent_id == agent_id, Punch.at >= begin, Punch.at <= end)
        .order_by(Punch.at, Punch.id)
    ).all()
    replaced = set(
        session.scalars(select(Punch.corrects_id).where(Punch.corrects_id.in_([row.id for row in rows])))
    )
    found, spans = [], [(s.starts_at, s.ends_at) for s in near]
    for row in rows:
        place = belongs_to(row.at, row.kind, spans, REACH)
        if place is not None and near[place].work_on == on:
            found.append(
                Reading(
                    row.id,
                    row.at,
                    row.kind,
                    row.device,
                    row.source,
                    row.recorded_at,
                    row.recorded_by,
                    row.id in replaced,
                )
            )
    return tuple(found)


def _leave(
    session: Session, agent_id: int, begin: datetime, end: datetime, knows: bool
) -> tuple[LeaveLine, ...]:
    rows = session.scalars(
        select(Leave)
        .where(Leave.agent_id == agent_id, Leave.starts_at < end, Leave.ends_at > begin)
        .order_by(Leave.starts_at, Leave.id)
    )
    return tuple(LeaveLine(r.starts_at, r.ends_at, r.status, r.type if knows else None) for r in rows)


def _off_post(session: Session, agent_id: int, begin: datetime, end: datetime) -> tuple[OffPost, ...]:
    return tuple(
        session.scalars(
            select(OffPost)
            .where(OffPost.agent_id == agent_id, OffPost.starts_at >= begin, OffPost.starts_at <= end)
            .order_by(OffPost.starts_at)
        )
    )


def _fixed(
    session: Session, agent_id: int, on: date, knows: bool
) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    days = session.scalar(
        select(AttendanceMonthRow.days)
        .join(AttendanceMonth, AttendanceMonth.id == AttendanceMonthRow.month_id)
        .where(AttendanceMonthRow.agent_id == agent_id, AttendanceMonth.month == on.replace(day=1))
        .limit(1)
    )
    return tuple(
        (day["shift_id"], readable(day["steps"], knows))
        for day in days or ()
        if day["work_on"] == on.isoformat()
    )


# A step about leave begins with what kind it is: "病假 2026-10-12 00:00 至 …" and "Sick leave 2026-10-12 00:00 to …".
_ZH_KIND = re.compile(
    f"^({'|'.join(sorted((re.escape(zh) for zh, _ in NAMES['leave_type'].values()), key=len, reverse=True))})(?= )"
)
_EN_KIND = re.compile(
    f"^({'|'.join(sorted((re.escape(en) for _, en in NAMES['leave_type'].values()), key=len, reverse=True))}) leave(?= )"
)


def readable(records: Iterable[dict[str, Any]], knows: bool) -> tuple[Step, ...]:
    """Stored steps as this viewer may read them: without what kind of leave it was where that is not his business."""
    steps = tuple(Step.from_record(record) for record in records)
    if knows:
        return steps
    return tuple(Step(_ZH_KIND.sub("请假", s.zh), _EN_KIND.sub("Leave", s.en), s.clause) for s in steps)
