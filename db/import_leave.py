"""Leave from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from db.import_days import Touched
from db.import_rows import BadCell, Job, Progress, Row, differences, each
from db.models import Leave

_COPIED = ("ends_at", "filed_at", "filed_by", "status", "approver", "has_certificate", "reason")


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

    def finish(self, on_progress: Progress | None = None) -> None:
        """Judge the touched days."""
        self.touched.judge(self.job, on_progress)

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
        values = {name: row.get(name) for name in _COPIED if row.get(name) is not None}
        kept = self.kept.get(key)
        if kept is None:
            # Who does not say when it was asked for has it on record since the import, at the latest
            # since the leave began.
            values.setdefault("filed_at", min(job.now, starts_at))
            job.session.add(Leave(agent_id=agent.id, starts_at=starts_at, type=row.get("type"), **values))
            job.took(row, "new", at=starts_at)
        else:
            changes = differences(kept, values)
            if not changes:
                job.took(row, "unchanged")
                return
            for name, (_, after) in changes.items():
                setattr(kept, name, after)
            job.log_change("leave", kept.id, changes)
            job.took(row, "changed", changes, starts_at)
        self.touched.add(agent.id, job.calendar.day_of(starts_at), job.calendar.day_of(ends_at))
