"""A device whose clock was wrong: every reading it took gets a new row that says what it should have said."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session, aliased

from db import attendance, audit
from db.engine import take_write_lock
from db.models import Agent, Punch
from db.punch_instants import free_instant, taken_readings
from db.refusals import CLOCK_SKEW, Refused
from db.visibility import demand, within
from regulations.access import Scope

LONGEST_TEXT = 2000
LARGEST_OFFSET = timedelta(
    hours=24
)  # a clock further off was set to another day: its readings are another matter


def correct_device(
    session: Session,
    scope: Scope,
    *,
    device: str,
    from_at: datetime,
    to_at: datetime,
    offset_seconds: int,
    reason: str,
    now: datetime,
) -> int:
    """Put right every reading that a device took between two instants, both included, by its own clock.

    Each gets a new row, `offset_seconds` later (negative: earlier); the old one is kept and no longer counts. Readings of
    people out of scope stay as they are, and so does what was put right before. The days are judged again. How many
    readings it were. Raises AccessRefused without attendance.record, Refused for an offset of nothing or of more than a
    day, without a reason, for readings that would lie in the future, and where there is none to put right.
    """
    demand(scope, "attendance.record")
    device, reason, offset = (
        device.replace("\x00", "").strip(),
        reason.replace("\x00", "").strip()[:LONGEST_TEXT],
        timedelta(seconds=offset_seconds),
    )
    if not device:
        raise Refused("请选择考勤设备。", "choose a device")
    if not reason:
        raise Refused("请写明设备时间有误的情况。", "say how the device's clock was wrong")
    if not offset or abs(offset) > LARGEST_OFFSET:
        raise Refused(
            "偏差须为一秒以上、24 小时以内。", "the offset is at least a second and at most 24 hours"
        )
    if to_at < from_at:
        raise Refused("结束时间不能早于开始时间。", "the end lies before the start")
    take_write_lock(session.connection())
    query = _readings(scope, device, from_at, to_at).order_by(Punch.at, Punch.id)
    found = session.execute(query.with_for_update(of=Punch)).all()
    if not found:
        raise Refused(
            f"“{device}”在这段时间没有需要更正的打卡：请核对设备名称和时间；更正过的不会再更正一次。",
            f"{device!r} has no reading to put right in that time: check device and time; what was put right is not"
            " put right again",
        )
    if found[-1].at + offset > now + CLOCK_SKEW:
        raise Refused(
            "更正后的打卡会晚于现在，请核对偏差。", "a reading would lie in the future: check the offset"
        )
    agent_ids = sorted({punch.agent_id for punch in found})
    first, last = found[0].at + offset, found[-1].at + offset
    taken = taken_readings(session, agent_ids, min(first, found[0].at), max(last, found[-1].at))
    rows = []
    for punch in found:
        at = free_instant(punch.at + offset, punch.agent_id, punch.kind, taken)
        taken.add((punch.agent_id, at, punch.kind))
        rows.append(
            {
                "agent_id": punch.agent_id,
                "at": at,
                "kind": punch.kind,
                "device": device,
                "recorded_at": now,
                "corrects_id": punch.id,
                "source": "device_clock",
                "recorded_by": scope.actor,
            }
        )
    session.execute(insert(Punch), rows)
    detail = {
        "from_at": from_at.isoformat(),
        "to_at": to_at.isoformat(),
        "offset_seconds": offset_seconds,
        "readings": len(rows),
        "reason": reason,
    }
    audit.record(session, scope, "punches.device_corrected", "device", device, detail, at=now)
    days = [
        at.date() for punch in found for at in (punch.at, punch.at + offset)
    ]  # the days beside them are judged too
    attendance.rejudge(
        session, agent_ids=agent_ids, from_on=min(days), to_on=max(days) + timedelta(days=1), now=now
    )
    return len(rows)


def list_devices(session: Session, scope: Scope, *, from_at: datetime) -> list[str]:
    """The devices that took readings of people in scope since that instant, by name. AccessRefused without
    attendance.record."""
    demand(scope, "attendance.record")
    query = (
        select(Punch.device)
        .join(Agent, Agent.id == Punch.agent_id)
        .where(
            Punch.at >= from_at,
            Punch.device != "",
            *within(scope, team=Agent.team_id, agent=Punch.agent_id),
        )
        .distinct()
        .order_by(Punch.device)
    )
    return list(session.scalars(query))


def count_device_readings(
    session: Session, scope: Scope, *, device: str, from_at: datetime, to_at: datetime
) -> tuple[int, int]:
    """How many readings `correct_device` would put right, and of how many people. AccessRefused as there."""
    demand(scope, "attendance.record")
    found = _readings(scope, device, from_at, to_at).subquery()
    row = session.execute(select(func.count(found.c.id), func.count(func.distinct(found.c.agent_id)))).one()
    return int(row[0]), int(row[1])


def _readings(
    scope: Scope, device: str, from_at: datetime, to_at: datetime
) -> Select[int, int, datetime, str]:
    """The readings as they came from the device that nothing has put right."""
    later = aliased(Punch)
    return (
        select(Punch.id, Punch.agent_id, Punch.at, Punch.kind)
        .join(Agent, Agent.id == Punch.agent_id)
        .outerjoin(later, later.corrects_id == Punch.id)
        .where(
            Punch.device == device,
            Punch.at.between(from_at, to_at),
            Punch.source == "import",
            later.id.is_(None),
            *within(scope, team=Agent.team_id, agent=Punch.agent_id),
        )
    )
