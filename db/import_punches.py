"""Punches from a file: one reading a row, or the day's in and out in one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from db.device_clocks import WrongClocks, corrected_row, take_turn
from db.import_days import DAY, Touched
from db.import_rows import BadCell, Job, Progress, Row, each, on_day
from db.models import DeviceCorrection, Punch
from db.punch_instants import as_read, free_instant

Reading = tuple[int, datetime, str]  # person, instant, direction


class PunchWriter:
    """Clock readings are only ever added: person, instant and direction together are the reading.

    One of a device whose clock is known to have been wrong then gets the row that puts it right at once.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        take_turn(job.session)
        self.clocks = WrongClocks(job.session)
        self.seen: dict[Reading, int] = {}
        self.kept: set[Reading] = set()  # as the devices told them
        self.taken: set[Reading] = set()  # as they stand in rows, of whatever source
        self.new: list[dict[str, Any]] = []
        self.wrong: list[tuple[dict[str, Any], DeviceCorrection]] = []  # of the new ones

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the readings of these days and add the new ones in one INSERT."""
        job = self.job
        read: list[tuple[Row, list[Reading]]] = []
        each(job, rows, lambda row: read.append((row, self._readings(row))))
        self._read_kept([reading for _, readings in read for reading in readings])
        self.new, self.wrong = [], []
        readings_of = {id(row): readings for row, readings in read}
        each(job, [row for row, _ in read], lambda row: self._take(row, readings_of[id(row)]))
        self._add()

    def _read_kept(self, readings: Sequence[Reading]) -> None:
        """The readings of these people around these instants, corrected ones too."""
        self.kept, self.taken = set(), set()
        if not readings:
            return
        instants = [at for _, at, _ in readings]
        for agent_id, at, kind, source in self.job.session.execute(
            select(Punch.agent_id, Punch.at, Punch.kind, Punch.source).where(
                Punch.at >= min(instants) - self.clocks.reach,
                Punch.at <= max(instants) + self.clocks.reach,
                Punch.agent_id.in_({agent_id for agent_id, _, _ in readings}),
            )
        ):
            self.taken.add((agent_id, at, kind))
            if source == "import":
                self.kept.add((agent_id, as_read(at), kind))

    def _add(self) -> None:
        """Write the new readings, and beside those of a wrong clock the ones that count."""
        session = self.job.session
        wrong = {id(row) for row, _ in self.wrong}
        plain = [row for row in self.new if id(row) not in wrong]
        if plain:
            session.execute(insert(Punch), plain)
        if not self.wrong:
            return
        ids = session.scalars(
            insert(Punch).returning(Punch.id, sort_by_parameter_order=True), [row for row, _ in self.wrong]
        ).all()
        rows = []
        for punch_id, (row, clock) in zip(ids, self.wrong, strict=True):
            agent_id, kind = row["agent_id"], row["kind"]
            offset = timedelta(seconds=clock.offset_seconds)
            at = free_instant(as_read(row["at"]) + offset, agent_id, kind, self.taken)
            self.taken.add((agent_id, at, kind))
            self.touched.add(agent_id, *[self.job.calendar.day_of(at)] * 2)
            rows.append(corrected_row(clock, punch_id, agent_id, kind, at, self.job.now))
        session.execute(insert(Punch), rows)
        self.job.result.clock_corrected += len(rows)

    def finish(self, on_progress: Progress | None = None) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job, on_progress)

    def _readings(self, row: Row) -> list[Reading]:
        job = self.job
        agent = job.agent_of(row)
        on, at, kind = row.get("date"), row.get("at"), row.get("kind")
        found: list[Reading] = []
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
            clock = self.clocks.of(row.get("device", ""), agent, instant)
            offset = timedelta(seconds=clock.offset_seconds) if clock is not None else timedelta()
            job.not_in_future("at" if at is not None else "in_at", instant + offset)
        return found

    def _instant(self, name: str, at: timedelta | datetime, on: date | None) -> datetime:
        if isinstance(at, datetime):
            return at
        if on is None:
            raise BadCell(name, "只有时间，没有日期。", "a time without a date")
        return on_day(on, at, self.job.zone)

    def _take(self, row: Row, readings: Sequence[Reading]) -> None:
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
            stands_at = free_instant(at, agent_id, kind, self.taken)
            self.taken.add((agent_id, stands_at, kind))
            told = {"agent_id": agent_id, "at": stands_at, "kind": kind, "device": device}
            self.new.append({**told, "recorded_at": self.job.now})
            clock = self.clocks.of(device, self.job.agent_of(row), at)
            if clock is not None:
                self.wrong.append((self.new[-1], clock))
            self.touched.add(agent_id, on, on)
            added = True
        self.job.took(row, "new" if added else "unchanged", at=readings[0][1])
