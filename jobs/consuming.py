"""The huey consumer as this program runs it: in threads, stopped by us, never by its own signal handlers."""

from __future__ import annotations

import signal

from huey import Huey
from huey.consumer import Consumer

POLL_SECONDS = 1.0
SHUTDOWN_SECONDS = 10


class QuietConsumer(Consumer):  # type: ignore[misc]
    """One worker thread on one queue. The process that owns it decides when to stop."""

    def __init__(self, queue: Huey, *, periodic: bool) -> None:
        super().__init__(
            queue,
            workers=1,
            periodic=periodic,
            max_delay=POLL_SECONDS,
            worker_type="thread",
            check_worker_health=True,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )

    def _set_signal_handlers(self) -> None:
        """Signals belong to the process, which may run more than this consumer."""


def stop_signals() -> list[signal.Signals]:
    """The signals that ask a process to stop, as far as this system has them."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
