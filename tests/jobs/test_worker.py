"""`manage.py worker` as people run it: it works, says what it waits for, and stops cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import sessionmaker

from db import calls, claims, rulebooks, schema
from db.engine import engine_for, session_scope
from db.models import Recording
from jobs.receiving import receive_recording
from jobs.worker import free_dead_claims, process_is_alive
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from settings import ROOT, Settings
from tests.db.call_rows import NOW, add_agents, add_queued, call_facts
from tests.jobs.audio_files import write_wav

PATIENCE_SECONDS = 120.0  # importing torch on a busy machine


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """A migrated desk of its own, with agents."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url="")
    schema.migrate(settings.database)
    with session_scope(settings.database) as session:
        rulebooks.publish(session, SYSTEM, load_rulebook(), NOW.date(), NOW)
        add_agents(session)
    return settings


def start(settings: Settings, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    variables = {**os.environ, "DATA_DIR": str(settings.data_dir), **environment}
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "worker"], env=variables, stdout=out, stderr=out
        )


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(log.read_text(encoding="utf-8")[-3000:])
        time.sleep(0.3)


def children_of(pid: int) -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return {int(line) for line in listed.stdout.split()}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_whose_model_is_missing_says_so_keeps_the_recording_and_stops_cleanly(
    desk: Settings, tmp_path: Path, how: signal.Signals
) -> None:
    factory = sessionmaker(engine_for(desk.database), expire_on_commit=False)
    source = write_wav(tmp_path / "call.wav")
    recording_id = receive_recording(
        factory, SYSTEM, source, source.name, call_facts("c1"), desk, now=NOW
    ).recording_id
    log = tmp_path / "worker.log"
    process = start(desk, log, WHISPER_MODEL=str(tmp_path / "no such model.pt"))
    try:

        def is_explained() -> bool:
            with session_scope(desk.database) as session:
                row = session.get_one(Recording, recording_id)
                return row.status == "queued" and row.failure_code == "model_unknown"

        wait_for(is_explained, process, log)
        children = children_of(process.pid)
        assert children
        process.send_signal(how)
        assert process.wait(timeout=40) == 0
        assert not any(process_is_alive(child) for child in children)
    finally:
        process.kill()
    text = log.read_text(encoding="utf-8")
    assert "Traceback" not in text
    with session_scope(desk.database) as session:
        row = session.get_one(Recording, recording_id)
        assert (row.status, row.attempts) == ("queued", 0)
        assert "no such model" in calls.failure_text(row, "en")


def test_a_worker_killed_at_once_leaves_no_process_behind(desk: Settings, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    process = start(desk, log)
    try:
        wait_for(lambda: bool(children_of(process.pid)), process, log)
        children = children_of(process.pid)
    finally:
        process.kill()  # the children are still importing: they never saw their parent alive
        process.wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(process_is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.3)
    left = [child for child in children if process_is_alive(child)]
    for child in left:
        os.kill(child, signal.SIGKILL)
    assert left == []


def test_a_worker_without_a_database_says_in_one_line_how_to_mend_it(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "nothing", database_url="")
    log = tmp_path / "worker.log"
    process = start(settings, log)
    assert process.wait(timeout=PATIENCE_SECONDS) == 2
    text = log.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "manage.py migrate" in text.strip().splitlines()[-1]


def test_what_a_killed_worker_of_this_machine_held_is_free_at_once(desk: Settings) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = socket.gethostname()[:60]
    with session_scope(desk.database) as session:
        held = {}
        for name, worker in (
            ("dead", f"{host}:{gone.pid}"),
            ("alive", f"{host}:{os.getpid()}"),
            ("elsewhere", f"another-machine:{gone.pid}"),
        ):
            held[name] = add_queued(session, name).id
            claims.claim_next(session, worker, datetime.now(UTC), held[name])
    assert free_dead_claims(desk) == 1
    with session_scope(desk.database) as session:
        assert claims.requeue_abandoned(session, datetime.now(UTC)) == [held["dead"]]
