"""Shifts from a file: a roster's rows, by times or by the names of shifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.import_days import DAY, Touched
from db.import_rows import BadCell, Job, Progress, Row, differences, each, on_day
from db.import_shift_names import ShiftTimes
from db.models import Shift, ShiftChange
from db.shift_changes import record_shift_change, snapshot

AT_THE_DESK = ("roster", "swap")  # changes that a file does not take back
REST = {"休", "休息", "休假", "off", "rest", "-", "/"}  # what rosters write on a day without a shift


class ShiftWriter:
    """A shift is its person and its time. One that overlaps a kept shift of the same day replaces its times."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        self.from_file: dict[int, dict[datetime, int]] = defaultdict(dict)  # person, start: row
        self.named = ShiftTimes(job)
        self.kept: dict[int, list[Shift]] = {}
        self.rest: list[tuple[Row, int, date]] = []  # days off that the file states
        self.moved: set[tuple[int, datetime, datetime]] = set()  # what the desk has changed since

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the roster of these days and take each row."""
        timed: list[tuple[Row, dict[str, Any]]] = []

        def read(row: Row) -> None:
            values = self._times_of(row)
            if values is None:
                self._rest(row)
            else:
                timed.append((row, values))

        each(self.job, rows, read)
        self._fetch(timed)
        wanted = {id(row): values for row, values in timed}
        each(self.job, [row for row, _ in timed], lambda row: self._take(row, wanted[id(row)]))
        self.job.session.flush()

    def finish(self, on_progress: Progress | None = None) -> None:
        """Answer the days off, and judge the touched days."""
        self._answer_rest()
        self.touched.judge(self.job, on_progress)

    def _rest(self, row: Row) -> None:
        """A day off needs no row; what it says is compared with the roster when all rows have come."""
        agent, on = self.job.agent_of(row), row.get("work_on")
        if on is None:
            self.job.took(row, "unchanged")
        else:
            self.rest.append((row, agent.id, on))

    def _answer_rest(self) -> None:
        """A day off on which the person has a shift is refused: an import takes nothing off the roster by itself."""
        if not self.rest:
            return
        self.job.session.flush()
        days = [on for _, _, on in self.rest]
        found = self.job.session.execute(
            select(Shift.agent_id, Shift.work_on).where(
                Shift.agent_id.in_({agent_id for _, agent_id, _ in self.rest}),
                Shift.work_on.between(min(days), max(days)),
                Shift.id.not_in(
                    select(ShiftChange.shift_id).where(
                        ShiftChange.source.in_(AT_THE_DESK),
                        ShiftChange.shift_id.is_not(None),
                        ShiftChange.work_on.between(min(days), max(days)),
                    )
                ),
            )
        )
        rostered = {(agent_id, on) for agent_id, on in found}
        for row, agent_id, on in self.rest:
            if (agent_id, on) in rostered:
                self.job.reject(
                    row,
                    BadCell(
                        "code",
                        "表中写休息，但当天已有班次。请在“排班”页删除该班次，或在表中改正。",
                        "the file says day off, but there is a shift on that day: remove it on the roster page, or mend the file",
                    ),
                )
            else:
                self.job.took(row, "unchanged")

    def _fetch(self, timed: Sequence[tuple[Row, dict[str, Any]]]) -> None:
        self.kept = defaultdict(list)
        if not timed:
            return
        days = [values["work_on"] for _, values in timed]
        found = self.job.session.scalars(
            select(Shift)
            .where(
                Shift.agent_id.in_({values["agent_id"] for _, values in timed}),
                Shift.work_on >= min(days) - DAY,
                Shift.work_on <= max(days) + DAY,
            )
            .order_by(Shift.id)
            .with_for_update(of=Shift)  # nobody edits at the desk what is being compared here
        )
        for shift in found:
            self.kept[shift.agent_id].append(shift)
        before = self.job.session.scalars(
            select(ShiftChange.before).where(
                ShiftChange.agent_id.in_({values["agent_id"] for _, values in timed}),
                ShiftChange.work_on.between(min(days), max(days)),
                ShiftChange.source.in_(AT_THE_DESK),
            )
        )
        self.moved = {
            (
                was["agent_id"],
                datetime.fromisoformat(was["starts_at"]),
                datetime.fromisoformat(was["ends_at"]),
            )
            for was in before
            if was
        }

    def _times_of(self, row: Row) -> dict[str, Any] | None:
        """Person, day, start, end and breaks of the row; None for a day off."""
        job = self.job
        agent = job.agent_of(row)
        called = str(row.get("code", "")).strip()
        if called.casefold() in REST and row.get("start") is None:
            return None
        start, end = row.get("start"), row.get("end")
        breaks: list[tuple[timedelta, timedelta]] = row.get("breaks") or []
        called = self.named.code_of(called)
        if start is None and end is None and called:
            start, end, usual = self.named.times(called, row.written("code"), agent)
            breaks = breaks or usual
        if start is None or end is None:
            missing, zh, en = ("start", "上班", "start") if start is None else ("end", "下班", "end")
            raise BadCell(
                missing,
                f"没有{zh}时间。请写明上班时间和下班时间，或在班次一列写排班中的班次名称。",
                f"there is no {en}: write start and end, or the name of a shift as the roster has it",
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
                "下班时间要在上班之后，且不超过 24 小时。",
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
        if (agent_id, values["starts_at"], values["ends_at"]) in self.moved:
            job.took(row, "unchanged")  # the file says what was before: a swap or an edit is not taken back
            return
        over = [shift for shift in self.kept[agent_id] if _overlap(shift, values)]
        if len(over) > 1 or (over and over[0].work_on != values["work_on"]):
            raise BadCell("start", "与已有的其他班次重叠。", "overlaps other shifts on the roster")
        mine[values["starts_at"]] = row.number
        if not over:
            shift = Shift(**values)
            job.session.add(shift)
            self.kept[agent_id].append(shift)
            job.took(row, "new", at=values["work_on"])
        else:
            shift = over[0]
            given = {
                "starts_at",
                "ends_at",
                *(n for n in ("code", "post", "breaks") if row.get(n) is not None),
            }
            changes = differences(shift, {name: values[name] for name in given})
            if not changes:
                job.took(row, "unchanged")
                return
            before = snapshot(shift)
            for name, (_, after) in changes.items():
                setattr(shift, name, after)
            job.log_change("shift", shift.id, changes)
            self._keep(shift, before)
            job.took(row, "changed", changes, values["work_on"])
        self.touched.add(agent_id, values["work_on"], values["work_on"])

    def _keep(self, shift: Shift, before: dict[str, Any]) -> None:
        """A shift that had begun, or begins in the past now, is changed after the day: its history says so."""
        job = self.job
        if job.is_dry_run or min(shift.starts_at, datetime.fromisoformat(before["starts_at"])) > job.now:
            return
        record_shift_change(
            job.session,
            shift_id=shift.id,
            before=before,
            after=snapshot(shift),
            source="import",
            reason="",
            actor=job.scope.actor,
            now=job.now,
        )


def _overlap(shift: Shift, values: dict[str, Any]) -> bool:
    starts_at: datetime = shift.starts_at
    return bool(starts_at < values["ends_at"] and values["starts_at"] < shift.ends_at)
