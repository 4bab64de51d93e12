"""What the worker does every minute besides transcribing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from huey import Huey, crontab
from sqlalchemy.orm import Session, sessionmaker

from db import attendance, claims, complaints, handovers, ledger, overtime_hours, rulebooks, surges
from db.engine import engine_for, session_scope
from jobs import processes
from jobs.queue import enqueue_waiting
from jobs.watching import WatchResult, take_new_files
from regulations.worktime import WorkCalendar
from settings import Settings

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


class Housekeeper:
    """The periodic work. Each piece runs in its own transaction; one that fails does not stop the others."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock

    def register(self, queue: Huey) -> None:
        """Put every piece into the queue's timetable: once a minute."""
        for piece in (
            self.watch,
            self.requeue,
            self.sweep_deadlines,
            self.check_surges,
            self.propose_penalties,
            self.judge_attendance,
            self.open_handovers,
            self.grant_time_off,
        ):
            queue.periodic_task(crontab(minute="*"), name=piece.__name__)(_guarded(piece))

    def requeue(self) -> int:
        """Put back what dead workers left, and wake a worker for everything that waits."""
        self.free_abandoned()
        with self._session() as session:
            waiting = claims.queued_ids(session)
        return enqueue_waiting(self.settings, waiting)

    def free_abandoned(self) -> list[int]:
        """Put back what workers held that are gone: at once where that is known, else when the claim has run out."""
        now = self.clock()
        with self._session() as session:
            claims.expire_dead(session, now, processes.may_run)
            return claims.requeue_abandoned(session, now)

    def sweep_deadlines(self) -> int:
        """Note the complaint clocks that ran out. Lateness itself does not depend on it."""
        with self._session() as session:
            return complaints.sweep(session, self.clock())

    def check_surges(self) -> int:
        """Raise the surges that no registration has raised: recorded by others, or at the same time (D1.10)."""
        now = self.clock()
        with self._session() as session:
            return len(surges.check_recent(session, rulebooks.in_force(session), now))

    def propose_penalties(self) -> int:
        """Propose the doubling for rectifications that ran out without anything being recorded (A6.29)."""
        now = self.clock()
        with self._session() as session:
            return len(ledger.propose_overdue(session, rulebooks.in_force(session), now))

    def judge_attendance(self) -> int:
        """Judge yesterday and today again: punches and leave arrive late."""
        now = self.clock()
        with self._session() as session:
            book = rulebooks.in_force(session)
            today = WorkCalendar.from_rulebook(book).day_of(now)
            return attendance.judge_days(
                session, from_on=today - timedelta(days=1), to_on=today, book=book, now=now
            )

    def open_handovers(self) -> int:
        """Make the handovers that the shifts under way owe (A2.48, B1.15)."""
        now = self.clock()
        with self._session() as session:
            return handovers.open_due(session, rulebooks.in_force(session), now)

    def grant_time_off(self) -> int:
        """Put approved overtime that was worked on the account for time off (E3.14)."""
        now = self.clock()
        with self._session() as session:
            return overtime_hours.grant_worked(session, rulebooks.in_force(session), now)

    def watch(self) -> WatchResult:
        """Take in what lies in the watched folder."""
        if self.settings.watch_dir is None:
            return WatchResult([], [])
        with self._session() as session:
            calendar = WorkCalendar.from_rulebook(rulebooks.in_force(session))
        factory = sessionmaker(engine_for(self.settings.database), expire_on_commit=False)
        result = take_new_files(factory, self.settings, calendar, self.clock())
        if result.received:
            enqueue_waiting(self.settings, [received.recording_id for received in result.received])
        return result

    def _session(self) -> AbstractContextManager[Session]:
        return session_scope(self.settings.database)


def _guarded(piece: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            piece()
        except Exception:  # logged and tried again next minute
            log.exception("%s", piece.__name__)

    return run
