"""The worker: transcribing processes beside the minute's housekeeping, started and stopped together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

from huey import MemoryHuey
from sqlalchemy.exc import OperationalError

from db import claims, workers
from db.engine import DatabaseError, session_scope
from jobs import processes
from jobs.consuming import QuietConsumer, stop_signals
from jobs.cores import shares_of
from jobs.housekeeping import Housekeeper
from settings import ROOT, Settings

log = logging.getLogger("jobs.worker")

HOUSEKEEPING = "housekeeping"

LOOK_EVERY_SECONDS = 0.5
SIGN_OF_LIFE_SECONDS = 15.0
RESTART_AFTER_SECONDS = 5.0  # a process that dies at once must not be started in a loop
CHILD_STOP_SECONDS = 14.0  # `manage.py run` waits 20 s for this process
HANGS_AFTER_SECONDS = claims.CLAIM_LASTS.total_seconds()
_AWAY = (DatabaseError, OperationalError, OSError)


def run(settings: Settings, stop: threading.Event | None = None) -> int:
    """Work until SIGINT or SIGTERM (or `stop`): the exit status, 0 when stopped cleanly.

    Transcriptions under way go back into the queue. Raises DatabaseError when the queue cannot be opened.
    """
    stop = stop or threading.Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is threading.main_thread():
        for wanted in stop_signals():
            signal.signal(wanted, on_signal)

    housekeeper = Housekeeper(settings, lambda: datetime.now(UTC))
    housekeeper.free_abandoned()  # what the one before left: at once, not with the next minute
    queue = MemoryHuey(HOUSEKEEPING, results=False)  # every machine keeps its own timetable
    housekeeper.register(queue)
    consumer = QuietConsumer(queue, periodic=True)
    shares = shares_of(settings)
    for _zh, en in shares.said:
        log.warning("%s", en)
    children = [Child(settings, number) for number in range(shares.processes)]
    watch = _Watch(settings, children, housekeeper)
    try:
        for child in children:
            child.start()
        consumer.start()
        watch.wake_waiting()
        while True:
            watch.look()
            if stop.wait(LOOK_EVERY_SECONDS):
                break
    finally:
        for child in children:
            child.ask_to_stop()
        consumer.stop(graceful=True)
        for child in children:
            child.wait()
        watch.say_farewell()
    return 0


class _Watch:
    """What the worker looks at twice a second: dead and hanging processes, and its own sign of life."""

    def __init__(self, settings: Settings, children: list[Child], housekeeper: Housekeeper) -> None:
        self.settings, self.children, self.housekeeper = settings, children, housekeeper
        self.name = processes.own_name()
        self._last_sign: float | None = None

    def look(self) -> None:
        is_time = self._last_sign is None or time.monotonic() - self._last_sign >= SIGN_OF_LIFE_SECONDS
        if is_time:
            self._last_sign = time.monotonic()
            self._tell(lambda: self._with_session(workers.note_alive, len(self.children), self._now()))
        has_freed = False
        for child in self.children:
            if is_time:
                self._tell(child.end_if_hanging)
            has_freed |= child.look_after()
        if has_freed:
            self.wake_waiting()

    def wake_waiting(self) -> None:
        self._tell(self.housekeeper.requeue)

    def say_farewell(self) -> None:
        self._tell(lambda: self._with_session(workers.note_stopped))

    def _with_session(self, what: Callable[..., None], *arguments: object) -> None:
        with session_scope(self.settings.database) as session:
            what(session, self.name, *arguments)

    def _tell(self, what: Callable[[], object]) -> None:
        """A database that is away for a while stops no worker: it is asked again a few seconds later."""
        try:
            what()
        except _AWAY as error:
            log.warning("the database is away: %s", error)
        except Exception:  # the queue's driver has errors of its own
            log.warning("tried again soon", exc_info=True)

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


class Child:
    """One transcribing process: started again when it dies, ended when it hangs."""

    def __init__(self, settings: Settings, number: int) -> None:
        self.settings, self.number = settings, number
        self.process: subprocess.Popen[bytes] | None = None
        self.name = ""
        self._started = 0.0
        self._is_death_noted = False
        self._held: tuple[tuple[int, datetime | None] | None, float] = (None, 0.0)

    def start(self) -> None:
        """Start the process."""
        environment = dict(os.environ) | shares_of(self.settings).environment
        environment["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(ROOT), environment.get("PYTHONPATH", "")) if part
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.transcriber", str(os.getpid())], env=environment
        )
        self.name = processes.name_of(self.process.pid)
        self._started, self._is_death_noted, self._held = time.monotonic(), False, (None, 0.0)

    def look_after(self) -> bool:
        """Start it again when it has died; True when recordings that it held were put back."""
        if self.process is None or self.process.poll() is None:
            return False
        has_freed = False
        if not self._is_death_noted:
            try:
                has_freed = self._note_death(_how_it_ended(self.process.returncode))
            except _AWAY as error:
                log.warning("the database is away: %s", error)
                return False  # started again only when its death is known: it would hide it
            self._is_death_noted = True
        if time.monotonic() - self._started >= RESTART_AFTER_SECONDS:
            self.start()
        return has_freed

    def end_if_hanging(self) -> None:
        """End the process when what it holds has made no progress for as long as a claim lasts.

        Measured by this process's own clock, so that the wall clock may jump.
        """
        if self.process is None or self.process.poll() is not None:
            return
        with session_scope(self.settings.database) as session:
            held = claims.held_by(session, self.name)
        before, since = self._held
        if held is None or held != before:
            self._held = (held, time.monotonic())
        elif time.monotonic() - since > HANGS_AFTER_SECONDS:
            log.warning("transcribing process %d makes no progress; ending it", self.number + 1)
            self.process.kill()

    def ask_to_stop(self) -> None:
        """Ask the process to put its recording back and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        """Wait until it has ended; after a while end it."""
        if self.process is None:
            return
        try:
            self.process.wait(CHILD_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _note_death(self, how: str) -> bool:
        log.warning("transcribing process %d ended with %s", self.number + 1, how)
        with session_scope(self.settings.database) as session:
            return bool(claims.process_died(session, self.name, datetime.now(UTC), how))


def _how_it_ended(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
