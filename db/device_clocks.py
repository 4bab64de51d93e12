"""A device whose clock was wrong: every reading it took gets a new row that says what it should have said.

What was wrong is remembered, so that readings which arrive later are put right as they come: the order in which files and
corrections come in makes no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session, aliased

from db import attendance, audit
from db.engine import take_write_lock
from db.models import Agent, DeviceCorrection, Punch
from db.punch_instants import NUDGE, as_read, free_instant, taken_readings
from db.refusals import CLOCK_SKEW, Refused
from db.visibility import demand, within
from regulations.access import Scope

LONGEST_TEXT = 2000
LARGEST_OFFSET = timedelta(
    hours=24
)  # a clock further off was set to another day: its readings are another matter
_TURN = 5_310_112  # the advisory lock of PostgreSQL that whoever adds or corrects a device's readings holds


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
    people out of scope stay as they are, and so does what was put right before. The days are judged again. It is
    remembered for readings that arrive later. How many readings it were; 0 when they are all still to come. Raises
    AccessRefused without attendance.record, Refused for an offset of nothing or of more than a day, without a reason, for
    readings that would lie in the future, for a device that nobody knows, and for what was put right before.
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
    take_turn(session)
    query = _readings(scope, device, from_at, to_at).order_by(Punch.at, Punch.id)
    found = session.execute(query.with_for_update(of=Punch)).all()
    if not found:
        _refuse_nothing(session, scope, device, from_at, to_at)
    if found and found[-1].at + offset > now + CLOCK_SKEW:
        raise Refused(
            "更正后的打卡会晚于现在，请核对偏差。", "a reading would lie in the future: check the offset"
        )
    remembered = DeviceCorrection(
        device=device,
        from_at=from_at,
        to_at=to_at,
        offset_seconds=offset_seconds,
        reason=reason,
        team_ids=None if scope.team_ids is None else list(scope.team_ids),
        agent_id=scope.agent_id,
        recorded_by=scope.actor,
        recorded_at=now,
    )
    session.add(remembered)
    session.flush()
    agent_ids = sorted({punch.agent_id for punch in found})
    rows = _moved(session, found, agent_ids, remembered)
    if rows:
        session.execute(insert(Punch), rows)
    detail = {
        "from_at": from_at.isoformat(),
        "to_at": to_at.isoformat(),
        "offset_seconds": offset_seconds,
        "readings": len(rows),
        "reason": reason,
    }
    audit.record(session, scope, "punches.device_corrected", "device", device, detail, at=now)
    if not found:
        return 0
    days = [
        at.date() for punch in found for at in (punch.at, punch.at + offset)
    ]  # the days beside them are judged too
    attendance.rejudge(
        session, agent_ids=agent_ids, from_on=min(days), to_on=max(days) + timedelta(days=1), now=now
    )
    return len(rows)


def _moved(
    session: Session, found: Sequence[Any], agent_ids: Sequence[int], remembered: DeviceCorrection
) -> list[dict[str, Any]]:
    """The rows that take the place of these readings."""
    if not found:
        return []
    offset = timedelta(seconds=remembered.offset_seconds)
    first, last = found[0].at + offset, found[-1].at + offset
    taken = taken_readings(session, agent_ids, min(first, found[0].at), max(last, found[-1].at) + 2 * NUDGE)
    rows = []
    for punch in found:
        at = free_instant(as_read(punch.at) + offset, punch.agent_id, punch.kind, taken)
        taken.add((punch.agent_id, at, punch.kind))
        rows.append(
            corrected_row(remembered, punch.id, punch.agent_id, punch.kind, at, remembered.recorded_at)
        )
    return rows


def corrected_row(
    remembered: DeviceCorrection, punch_id: int, agent_id: int, kind: str, at: datetime, now: datetime
) -> dict[str, Any]:
    """The reading that takes the place of `punch_id`, at the instant it really was; recorded `now`."""
    return {
        "agent_id": agent_id,
        "at": at,
        "kind": kind,
        "device": remembered.device,
        "recorded_at": now,
        "corrects_id": punch_id,
        "source": "device_clock",
        "recorded_by": remembered.recorded_by,
    }


class WrongClocks:
    """What is remembered of wrong clocks, for readings that arrive now. Read once, under `take_turn`."""

    def __init__(self, session: Session) -> None:
        self._by_device: dict[str, list[DeviceCorrection]] = defaultdict(list)
        self.reach = 2 * NUDGE  # how far a reading may come to stand from what its device told
        for row in session.scalars(select(DeviceCorrection).order_by(DeviceCorrection.id)):
            self._by_device[row.device].append(row)
            self.reach = max(self.reach, timedelta(seconds=abs(row.offset_seconds)) + 2 * NUDGE)

    def of(self, device: str, agent: Agent, at: datetime) -> DeviceCorrection | None:
        """The correction that such a reading falls under; of several the one that was recorded first."""
        for row in self._by_device.get(device, ()):
            if row.from_at <= at <= row.to_at and _covers(row, agent):
                return row
        return None


def _covers(row: DeviceCorrection, agent: Agent) -> bool:
    is_in_team = row.team_ids is None or agent.team_id in row.team_ids
    return is_in_team and row.agent_id in (None, agent.id)


def take_turn(session: Session) -> None:
    """Let nobody else add or correct readings of devices until the commit: else neither would see the other's."""
    connection = session.connection()
    take_write_lock(connection)
    if connection.dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))


def _refuse_nothing(session: Session, scope: Scope, device: str, from_at: datetime, to_at: datetime) -> None:
    """Raises Refused where no reading is to be put right, unless they are only still to come."""
    is_known = session.scalar(
        select(Punch.id)
        .join(Agent, Agent.id == Punch.agent_id)
        .where(Punch.device == device, *within(scope, team=Agent.team_id, agent=Punch.agent_id))
        .limit(1)
    )
    is_corrected = session.scalar(
        select(DeviceCorrection.id)
        .where(
            DeviceCorrection.device == device,
            DeviceCorrection.from_at <= to_at,
            DeviceCorrection.to_at >= from_at,
        )
        .limit(1)
    )
    if is_known is None or is_corrected is not None:
        raise Refused(
            f"“{device}”在这段时间没有需要更正的打卡：请核对设备名称和时间；更正过的不会再更正一次。",
            f"{device!r} has no reading to put right in that time: check device and time; what was put right is not"
            " put right again",
        )


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
            Punch.at.between(from_at, to_at + NUDGE),
            Punch.source == "import",
            later.id.is_(None),
            *within(scope, team=Agent.team_id, agent=Punch.agent_id),
        )
    )
