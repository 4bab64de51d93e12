"""The task queue (huey): SQLite in the data folder, or the tables of the PostgreSQL the desk runs on.

A task in the queue is only a wake-up call; the truth about the work is in the recordings' rows. A queue that
is lost costs at most a minute: the sweep calls again for every recording that waits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey

from settings import Settings

log = logging.getLogger(__name__)

INSPECTION = "inspection"  # the queue's name
INSPECT_RECORDING = "inspect_recording"  # the task's name in the queue; its argument is a recording's id


def open_queue(settings: Settings) -> Huey:
    """The queue of recordings to inspect. The schema must be up to date before: on PostgreSQL huey makes its own tables."""
    driver, _, rest = settings.database.partition(":")
    if driver.startswith("postgresql"):
        return PostgresHuey(INSPECTION, dsn=f"postgresql:{rest}", results=False, table_prefix="huey")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(
        INSPECTION, filename=str(settings.data_dir / "queue.sqlite3"), results=False, timeout=15
    )


def register_inspection(queue: Huey, inspect: Callable[[int], None]) -> Callable[[int], Any]:
    """Name the task that inspects one recording; calling the answer puts it into the queue."""

    def inspect_recording(recording_id: int) -> None:
        inspect(recording_id)

    enqueue: Callable[[int], Any] = queue.task(name=INSPECT_RECORDING)(inspect_recording)
    return enqueue


def enqueue_inspection(settings: Settings, recording_id: int) -> bool:
    """Wake a worker for this recording. False when the queue cannot be written; the sweep will find it."""
    try:
        _, send = _sender(settings)
        send(recording_id)
    except Exception:  # whatever the queue's driver raises: the recording is safe in the database
        log.warning(
            "recording %s could not be put into the queue; the sweep will", recording_id, exc_info=True
        )
        return False
    return True


def enqueue_waiting(settings: Settings, waiting: list[int]) -> int:
    """Wake workers for all waiting recordings that have no task in the queue; how many tasks were added."""
    queue, send = _sender(settings)
    present = {task.args[0] for task in queue.pending() if task.args}
    missing = [recording_id for recording_id in waiting if recording_id not in present]
    for recording_id in missing:
        send(recording_id)
    return len(missing)


_senders: dict[
    tuple[str, str], tuple[Huey, Callable[[int], Any]]
] = {}  # one connection per queue and process


def _sender(settings: Settings) -> tuple[Huey, Callable[[int], Any]]:
    key = (settings.database, str(settings.data_dir))
    if key not in _senders:
        queue = open_queue(settings)
        _senders[key] = (queue, register_inspection(queue, _never_here))
    return _senders[key]


def _never_here(recording_id: int) -> None:
    raise RuntimeError("only a worker process inspects recordings")
