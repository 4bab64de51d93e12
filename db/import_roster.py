"""Shifts, punches and leave from files; the verdicts on the days they touch are made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from db.attendance import judge_days
from db.import_rows import BadCell, Job, Row, differences, each, on_day
from db.models import Leave, Punch, Shift

DAY = timedelta(days=1)
REST = {"休", "休息", "休假", "off", "rest", "-", "/"}  # what rosters write on a day without a shift


@dataclass(slots=True)
class Touched:
    """Which days of whom an import has touched."""

    first: date | None = None
    last: date | None = None
    agents: set[int] = field(default_factory=set)

    def add(self, agent_id: int, first: date, last: date) -> None:
        """Days from first to last of one person."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
        self.agents.add(agent_id)

    def judge(self, job: Job) -> None:
        """Make the verdicts on these days anew; a day more on each side, since punches cross midnight."""
        if self.first is None or self.last is None or job.is_dry_run:
            return
        job.session.flush()
        last = min(self.last + DAY, job.calendar.day_of(job.now) + DAY)
        judge_days(
            job.session,
            from_on=self.first - DAY,
            to_on=last,
            book=job.book,
            now=job.now,
            agent_ids=sorted(self.agents),
        )


class ShiftWriter:
    """A shift is its person and its time. One that overlaps a kept shift of the same day replaces its times."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        self.from_file: dict[int, dict[datetime, int]] = defaultdict(dict)  # person, start: row
        self.definitions = {d.code.casefold(): d for d in job.book.shift_definitions()}
        self.kept: dict[int, list[Shift]] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the roster of these days and take each row."""
        timed: list[tuple[Row, dict[str, Any]]] = []

        def read(row: Row) -> None:
            values = self._times_of(row)
            if values is None:
                self.job.result.unchanged += 1  # a day off needs no row
            else:
                timed.append((row, values))

        each(self.job, rows, read)
        self._fetch(timed)
        wanted = {id(row): values for row, values in timed}
        each(self.job, [row for row, _ in timed], lambda row: self._take(row, wanted[id(row)]))
        self.job.session.flush()

    def finish(self) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job)

    def _fetch(self, timed: Sequence[tuple[Row, dict[str, Any]]]) -> None:
        self.kept = defaultdict(list)
        if not timed:
            return
        days = [values["work_on"] for _, values in timed]
        found = self.job.session.scalars(
            select(Shift).where(
                Shift.agent_id.in_({values["agent_id"] for _, values in timed}),
                Shift.work_on >= min(days) - DAY,
                Shift.work_on <= max(days) + DAY,
            )
        )
        for shift in found:
            self.kept[shift.agent_id].append(shift)

    def _times_of(self, row: Row) -> dict[str, Any] | None:
        """Person, day, start, end and breaks of the row; None for a day off."""
        job = self.job
        agent = job.agent_of(row)
        called = str(row.get("code", "")).strip()
        if called.casefold() in REST and row.get("start") is None:
            return None
        start, end = row.get("start"), row.get("end")
        breaks: list[tuple[timedelta, timedelta]] = row.get("breaks") or []
        definition = self.definitions.get(called.casefold())
        if start is None and end is None and definition is not None:
            start, end = _since_midnight(definition.start), _since_midnight(definition.end)
            breaks = breaks or [(_since_midnight(b.start), _since_midnight(b.end)) for b in definition.breaks]
        if start is None or end is None:
            missing = "start" if start is None else "end"
            raise BadCell(
                missing,
                "没有上班或下班时间,规则中也没有这个班次的定义。",
                "no start or end, and the rulebook does not define this shift",
            )
        work_on = row.get("work_on") or (job.calendar.day_of(start) if isinstance(start, datetime) else None)
        if work_on is None:
            raise BadCell("work_on", "没有日期。", "there is no date")
        starts_at = start if isinstance(start, datetime) else on_day(work_on, start, job.zone)
        ends_at = end if isinstance(end, datetime) else on_day(work_on, end, job.zone)
        if ends_at <= starts_at and not isinstance(end, datetime):
            ends_at = on_day(work_on + DAY, end, job.zone)
        if not timedelta(0) < ends_at - starts_at <= DAY:
            raise BadCell(
                "end",
                "下班时间要在上班之后,且不超过 24 小时。",
                "the end must follow the start within 24 hours",
            )
        return {
            "agent_id": agent.id,
            "work_on": work_on,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "code": called or "day",
            "post": row.get("post", ""),
            "breaks": self._breaks(breaks, work_on, starts_at, ends_at),
        }

    def _breaks(
        self, breaks: Sequence[tuple[timedelta, timedelta]], on: date, starts_at: datetime, ends_at: datetime
    ) -> list[dict[str, str]]:
        placed = []
        for start, end in breaks:
            a, b = on_day(on, start, self.job.zone), on_day(on, end, self.job.zone)
            if a < starts_at:
                a, b = a + DAY, b + DAY
            if b <= a:
                b += DAY
            if not (starts_at <= a and b <= ends_at):
                raise BadCell("breaks", "休息时段不在班次之内。", "a break lies outside the shift")
            placed.append({"start": a.isoformat(), "end": b.isoformat()})
        return placed

    def _take(self, row: Row, values: dict[str, Any]) -> None:
        job, agent_id = self.job, values["agent_id"]
        mine = self.from_file[agent_id]
        for other in self.kept[agent_id]:
            if other.starts_at in mine and _overlap(other, values):
                first = mine[other.starts_at]
                raise BadCell(
                    "start",
                    f"与第 {first} 行的班次重复或重叠。",
                    f"the same as or overlaps the shift in row {first}",
                )
        over = [shift for shift in self.kept[agent_id] if _overlap(shift, values)]
        if len(over) > 1 or (over and over[0].work_on != values["work_on"]):
            raise BadCell("start", "与已有的其他班次重叠。", "overlaps other shifts on the roster")
        mine[values["starts_at"]] = row.number
        if not over:
            shift = Shift(**values)
            job.session.add(shift)
            self.kept[agent_id].append(shift)
            job.result.accepted += 1
        else:
            shift = over[0]
            given = {
                "starts_at",
                "ends_at",
                *(n for n in ("code", "post", "breaks") if row.get(n) is not None),
            }
            changes = differences(shift, {name: values[name] for name in given})
            if not changes:
                job.result.unchanged += 1
                return
            for name, (_, after) in changes.items():
                setattr(shift, name, after)
            job.log_change("shift", shift.id, changes)
            job.result.updated += 1
        self.touched.add(agent_id, values["work_on"], values["work_on"])


class PunchWriter:
    """Clock readings are only ever added: person, instant and direction together are the reading."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        self.seen: dict[tuple[int, datetime, str], int] = {}
        self.kept: set[tuple[int, datetime, str]] = set()
        self.new: list[dict[str, Any]] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the readings of these days and add the new ones in one INSERT."""
        job = self.job
        read: list[tuple[Row, list[tuple[int, datetime, str]]]] = []
        each(job, rows, lambda row: read.append((row, self._readings(row))))
        instants = [at for _, readings in read for _, at, _ in readings]
        self.kept, self.new = set(), []
        if instants:
            found = job.session.execute(
                select(Punch.agent_id, Punch.at, Punch.kind).where(
                    Punch.at >= min(instants),
                    Punch.at <= max(instants),
                    Punch.agent_id.in_({agent_id for _, readings in read for agent_id, _, _ in readings}),
                )
            )
            self.kept = {(punch.agent_id, punch.at, punch.kind) for punch in found}
        readings_of = {id(row): readings for row, readings in read}
        each(job, [row for row, _ in read], lambda row: self._take(row, readings_of[id(row)]))
        if self.new:
            job.session.execute(insert(Punch), self.new)

    def finish(self) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job)

    def _readings(self, row: Row) -> list[tuple[int, datetime, str]]:
        job = self.job
        agent = job.agent_of(row)
        on, at, kind = row.get("date"), row.get("at"), row.get("kind")
        found: list[tuple[int, datetime, str]] = []
        if at is not None:
            if kind is None:
                raise BadCell("kind", "没有注明上班还是下班。", "neither in nor out is given")
            found.append((agent.id, self._instant("at", at, on), kind))
        came, left = row.get("in_at"), row.get("out_at")
        if came is not None:
            found.append((agent.id, self._instant("in_at", came, on), "in"))
        if left is not None:
            at_left = self._instant("out_at", left, on)
            if came is not None and at_left < found[-1][1] and not isinstance(left, datetime):
                at_left = self._instant("out_at", left, on + DAY if on else None)  # after midnight
            found.append((agent.id, at_left, "out"))
        if not found:
            raise BadCell("at", "没有打卡时间。", "there is no time")
        for _, instant, _ in found:
            job.not_in_future("at" if at is not None else "in_at", instant)
        return found

    def _instant(self, name: str, at: timedelta | datetime, on: date | None) -> datetime:
        if isinstance(at, datetime):
            return at
        if on is None:
            raise BadCell(name, "只有时间,没有日期。", "a time without a date")
        return on_day(on, at, self.job.zone)

    def _take(self, row: Row, readings: Sequence[tuple[int, datetime, str]]) -> None:
        for reading in readings:
            if reading in self.seen:
                first = self.seen[reading]
                raise BadCell(
                    "at" if row.get("at") is not None else "in_at",
                    f"与第 {first} 行重复。",
                    f"the same as row {first}",
                )
        added = False
        for reading in readings:
            self.seen[reading] = row.number
            if reading in self.kept:
                continue
            agent_id, at, kind = reading
            on = self.job.calendar.day_of(at)
            device = row.get("device", "")
            self.new.append(
                {"agent_id": agent_id, "at": at, "kind": kind, "device": device, "recorded_at": self.job.now}
            )
            self.touched.add(agent_id, on, on)
            added = True
        if added:
            self.job.result.accepted += 1
        else:
            self.job.result.unchanged += 1


_LEAVE_COPIED = ("ends_at", "filed_at", "filed_by", "status", "approver", "has_certificate", "reason")


class LeaveWriter:
    """A leave is its person, its start and its type."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        self.seen: dict[tuple[int, datetime, str], int] = {}
        self.kept: dict[tuple[int, datetime, str], Leave] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the leave that is there and take each row."""
        starts = [row.get("starts_at") for row in rows]
        found = self.job.session.scalars(select(Leave).where(Leave.starts_at.in_(starts)))
        self.kept = {(leave.agent_id, leave.starts_at, leave.type): leave for leave in found}
        each(self.job, rows, self._take)
        self.job.session.flush()

    def finish(self) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job)

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        starts_at, ends_at = row.get("starts_at"), row.get("ends_at")
        if ends_at <= starts_at:
            raise BadCell("ends_at", "结束时间要在开始之后。", "the end must follow the start")
        job.not_in_future("filed_at", row.get("filed_at"))
        key = (agent.id, starts_at, row.get("type"))
        if key in self.seen:
            first = self.seen[key]
            raise BadCell("starts_at", f"与第 {first} 行重复。", f"the same as row {first}")
        self.seen[key] = row.number
        values = {name: row.get(name) for name in _LEAVE_COPIED if row.get(name) is not None}
        kept = self.kept.get(key)
        if kept is None:
            # Who does not say when it was asked for has it on record since the import, at the latest
            # since the leave began.
            values.setdefault("filed_at", min(job.now, starts_at))
            job.session.add(Leave(agent_id=agent.id, starts_at=starts_at, type=row.get("type"), **values))
            job.result.accepted += 1
        else:
            changes = differences(kept, values)
            if not changes:
                job.result.unchanged += 1
                return
            for name, (_, after) in changes.items():
                setattr(kept, name, after)
            job.log_change("leave", kept.id, changes)
            job.result.updated += 1
        self.touched.add(agent.id, job.calendar.day_of(starts_at), job.calendar.day_of(ends_at))


def _overlap(shift: Shift, values: dict[str, Any]) -> bool:
    starts_at: datetime = shift.starts_at
    return bool(starts_at < values["ends_at"] and values["starts_at"] < shift.ends_at)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
