"""One transcribing process: `python -m jobs.transcriber`, started and watched by `manage.py worker`.

It is a process of its own because a speech model serves one recording at a time and uses every core it is given.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType

from jobs import processes
from jobs.consuming import QuietConsumer, stop_signals
from jobs.inspecting import Inspector
from jobs.queue import open_queue, register_inspection
from settings import get_settings

log = logging.getLogger("jobs.transcriber")

WATCH_PARENT_SECONDS = 1.0
HEALTH_EVERY = 30  # turns of the loop between two looks at the consumer's thread


def main() -> int:
    """Take recordings from the queue until asked to stop, or until the parent is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("huey").setLevel(logging.WARNING)
    settings = get_settings()
    inspector = Inspector(settings, lambda: datetime.now(UTC), processes.own_name())
    # Told, not asked: while the speech library was being imported the parent may have died already.
    # (Not on Windows, where a launcher stands between the two.)
    parent = int(sys.argv[1]) if len(sys.argv) > 1 and os.name != "nt" else os.getppid()
    stop = threading.Event()

    def on_signal(signum: int, frame: FrameType | None) -> None:
        stop.set()
        inspector.stop.set()

    for wanted in stop_signals():
        signal.signal(wanted, on_signal)

    queue = open_queue(settings)
    register_inspection(queue, lambda recording_id: _inspect(inspector, recording_id))
    consumer = QuietConsumer(queue, periodic=False)
    consumer.start()
    log.info("%s is ready", inspector.worker)
    turns = 0
    while not stop.wait(WATCH_PARENT_SECONDS):
        turns += 1
        if os.getppid() != parent:  # killed without a chance to tell us
            inspector.stop.set()
            break
        if turns % HEALTH_EVERY == 0:
            consumer.check_worker_health()
    consumer.stop(graceful=True)
    released = inspector.release_all()
    if released:
        log.info("%s put %d recording(s) back into the queue", inspector.worker, released)
    return 0


def _inspect(inspector: Inspector, recording_id: int) -> None:
    """This recording, then whatever else waits: a wake-up that was lost delays nothing."""
    status = inspector.inspect(recording_id)
    if status is not None:
        log.info("recording %s: %s", recording_id, status)
    while (status := inspector.inspect()) in ("done", "failed"):
        log.info("another recording: %s", status)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a transcription that does not look at the wish to stop must not hold the exit
