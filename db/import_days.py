"""The days that an import of shifts, punches or leave touches, and their verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from db.attendance import judge_days
from db.import_rows import Job, Progress

DAY = timedelta(days=1)


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

    def judge(self, job: Job, on_progress: Progress | None = None) -> None:
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
            on_progress=on_progress,
        )
