"""Leave from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from db.import_days import Touched
from db.import_rows import BadCell, Job, Progress, Row, differences, each
from db.leave_facts import stated
from db.leave_rows import stored
from db.models import Leave
from regulations.leave import check

_DECIDED = ("ends_at", "status", "approver")
_COPIED = (
    *("ends_at", "filed_at", "filed_by", "status", "approver", "has_certificate", "reason", "is_emergency"),
    *("certificate_from_on", "certificate_to_on", "slip_received_on", "returned_at"),
)

_HEALTH = (
    "reason",
    "is_emergency",
    "has_certificate",
    "certificate_from_on",
    "certificate_to_on",
    "slip_received_on",
)


class LeaveWriter:
    """A leave is its person, its start and its type.

    What another system decided is taken as it says. What still waits is checked by the rulebook, so that it goes to the
    level whose it is. What was asked for in the desk is decided in the desk: a file adds its certificate and no more.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.touched = Touched()
        self.seen: dict[tuple[int, datetime, str], int] = {}
        self.kept: dict[tuple[int, datetime, str], Leave] = {}
        self.waiting: list[Leave] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the leave that is there and take each row."""
        starts = [row.get("starts_at") for row in rows]
        found = self.job.session.scalars(
            select(Leave).where(Leave.starts_at.in_(starts)).order_by(Leave.revision)
        )
        self.kept = {(leave.agent_id, leave.starts_at, leave.type): leave for leave in found}
        each(self.job, rows, self._take)
        self.job.session.flush()

    def finish(self, on_progress: Progress | None = None) -> None:
        """Check what waits for a decision, and judge the touched days."""
        if not self.job.is_dry_run:
            for leave in self.waiting:
                ruling = check(stated(self.job.session, leave, self.job.book), self.job.book, self.job.now)
                for name, value in stored(ruling, self.job.book).items():
                    setattr(leave, name, value)
        self.touched.judge(self.job, on_progress)

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        starts_at, ends_at = row.get("starts_at"), row.get("ends_at")
        if ends_at <= starts_at:
            raise BadCell("ends_at", "结束时间要在开始之后。", "the end must follow the start")
        for name in ("filed_at", "returned_at"):
            job.not_in_future(name, row.get(name))
        self._check_certificate(row, starts_at)
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
            kept = Leave(agent_id=agent.id, agent=agent, starts_at=starts_at, type=row.get("type"), **values)
            job.session.add(kept)
            job.took(row, "new", at=starts_at)
        else:
            if kept.rulebook_version:
                values = _beside(kept, values)
            changes = differences(kept, values)
            if not changes:
                job.took(row, "unchanged")
                return
            for name, (_, after) in changes.items():
                setattr(kept, name, after)
            # What may be about somebody's health stays out of the log; that it changed does not.
            job.log_change("leave", kept.id, {**changes, **{n: ("", "") for n in _HEALTH if n in changes}})
            job.took(row, "changed", changes, starts_at)
        if kept.status == "requested" and not kept.rulebook_version:
            self.waiting.append(kept)
        self.touched.add(agent.id, job.calendar.day_of(starts_at), job.calendar.day_of(ends_at))

    def _check_certificate(self, row: Row, starts_at: datetime) -> None:
        first, last = row.get("certificate_from_on"), row.get("certificate_to_on")
        if (first is None) != (last is None):
            missing = "certificate_from_on" if first is None else "certificate_to_on"
            raise BadCell(
                missing,
                "证明的开始和结束日期要一起填。",
                "give the first and the last day of the certificate",
            )
        if first is not None and last is not None and last < first:
            raise BadCell(
                "certificate_to_on", "证明的结束日期早于开始日期。", "the certificate ends before it begins"
            )
        slip = row.get("slip_received_on")
        if slip is not None and slip > self.job.calendar.day_of(self.job.now):
            raise BadCell("slip_received_on", "交假条的日期晚于今天。", "the slip comes in later than today")
        back = row.get("returned_at")
        if back is not None and back < starts_at:
            raise BadCell("returned_at", "销假时间早于请假开始。", "the return lies before the leave")


def _beside(kept: Leave, values: dict[str, object]) -> dict[str, object]:
    """What a file may add to leave that was asked for in the desk. Raises BadCell where it says something else."""
    for name in _DECIDED:
        if name in values and values[name] != getattr(kept, name):
            raise BadCell(
                name,
                "这份请假在本台申请，审批结果以本台为准；要改请在本台变更或撤回。",
                "this leave was asked for in the desk and is decided there: amend or withdraw it there",
            )
    return {
        name: value
        for name, value in values.items()
        if name not in (*_DECIDED, "filed_at", "filed_by", "reason", "is_emergency")
    }
