"""Punches from a file: one reading a row, or the day's in and out in one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from db.import_days import DAY, Touched
from db.import_rows import BadCell, Job, Progress, Row, each, on_day
from db.models import Punch


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

    def finish(self, on_progress: Progress | None = None) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job, on_progress)

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
        self.job.took(row, "new" if added else "unchanged", at=readings[0][1])
