"""The worker: transcribing processes beside the minute's housekeeping, started and stopped together."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from types import FrameType

from huey import MemoryHuey

from db import claims
from db.engine import session_scope
from jobs.consuming import QuietConsumer, stop_signals
from jobs.housekeeping import Housekeeper
from settings import ROOT, Settings

log = logging.getLogger("jobs.worker")

HOUSEKEEPING = "housekeeping"

LOOK_EVERY_SECONDS = 0.5
RESTART_AFTER_SECONDS = 5.0  # a process that dies at once must not be started in a loop
CHILD_STOP_SECONDS = 14.0  # `manage.py run` waits 20 s for this process


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

    free_dead_claims(settings)
    housekeeper = Housekeeper(settings, lambda: datetime.now(UTC))
    queue = MemoryHuey(HOUSEKEEPING, results=False)  # every machine keeps its own timetable
    housekeeper.register(queue)
    consumer = QuietConsumer(queue, periodic=True)
    children = [_Child(number) for number in range(settings.worker_processes)]
    try:
        for child in children:
            child.start()
        consumer.start()
        while not stop.wait(LOOK_EVERY_SECONDS):
            for child in children:
                child.look_after()
    finally:
        for child in children:
            child.ask_to_stop()
        consumer.stop(graceful=True)
        for child in children:
            child.wait()
    return 0


def free_dead_claims(settings: Settings) -> int:
    """Claims of processes of this machine that are no longer running: they run out at once."""
    host = socket.gethostname()[:60]

    def is_alive(worker: str) -> bool:
        name, _, pid = worker.rpartition(":")
        return name != host or not pid.isdigit() or process_is_alive(int(pid))

    with session_scope(settings.database) as session:
        return claims.expire_dead(session, datetime.now(UTC), is_alive)


def process_is_alive(pid: int) -> bool:
    """Whether a process with this id runs on this machine."""
    if os.name == "nt":  # os.kill would end it there; a claim of a dead one simply runs out
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Child:
    """One transcribing process, started again when it dies."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(ROOT), environment.get("PYTHONPATH", "")) if part
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.transcriber", str(os.getpid())], env=environment
        )
        self._started = time.monotonic()

    def look_after(self) -> None:
        if self.process is None or self.process.poll() is None:
            return
        if time.monotonic() - self._started < RESTART_AFTER_SECONDS:
            return
        log.warning(
            "transcribing process %d ended with %s; starting it again",
            self.number + 1,
            self.process.returncode,
        )
        self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(CHILD_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
