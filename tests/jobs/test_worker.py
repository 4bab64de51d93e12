"""`manage.py worker` as people run it: it works, says what it waits for, and stops cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import sessionmaker

from db import calls, claims, rulebooks, schema
from db.engine import engine_for, session_scope
from db.models import Recording
from jobs import processes, worker
from jobs.housekeeping import Housekeeper
from jobs.processes import process_is_alive
from jobs.receiving import receive_recording
from jobs.worker import Child
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


def test_what_a_killed_worker_of_this_machine_held_is_free_at_once_and_no_attempt_counts(
    desk: Settings,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    name = processes.name_of(gone.pid)
    gone.wait()
    machine, own = processes.this_machine(), processes.own_name()
    with session_scope(desk.database) as session:
        held = {}
        for what, worker in (
            ("dead", name),
            ("named in the old way", f"{machine}:{gone.pid}"),
            ("this process's number, before a restart", f"{machine}:{os.getpid()}:1"),
            ("alive", own),
            ("elsewhere", f"another-machine:{gone.pid}:1"),
        ):
            held[what] = add_queued(session, what).id
            claims.claim_next(session, worker, datetime.now(UTC), held[what])
    freed = Housekeeper(desk, lambda: datetime.now(UTC)).free_abandoned()
    assert freed == sorted(held[what] for what in list(held)[:3])
    with session_scope(desk.database) as session:
        row = session.get_one(Recording, held["dead"])
        assert (row.attempts, row.interruptions) == (0, 1)


def test_a_process_that_ended_and_was_not_buried_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    name = processes.name_of(child.pid)
    while process_is_alive(child.pid):
        time.sleep(0.01)
    assert not processes.may_run(name)
    child.wait()
    assert processes.may_run("no name of a process")


def as_child(settings: Settings, program: str) -> Child:
    child = Child(settings, 0)
    child.process = subprocess.Popen([sys.executable, "-c", program])
    child.name = processes.name_of(child.process.pid)
    return child


def test_a_process_that_crashes_on_a_recording_three_times_leaves_it_failed_with_the_reason(
    desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Child, "start", lambda child: None)
    with session_scope(desk.database) as session:
        recording_id = add_queued(session, "poison").id
    for turn in range(3):
        child = as_child(desk, "import time; time.sleep(600)")
        assert child.process is not None
        with session_scope(desk.database) as session:
            assert claims.claim_next(session, child.name, datetime.now(UTC), recording_id)
        assert not child.look_after()
        child.process.kill() if turn == 0 else child.process.send_signal(signal.SIGSEGV)
        child.process.wait()
        assert child.look_after() is (turn < 2)
        assert not child.look_after()
    with session_scope(desk.database) as session:
        row = session.get_one(Recording, recording_id)
        assert (row.status, row.failure_code, row.attempts, row.interruptions) == ("failed", "crashed", 3, 0)
        assert "signal 11" in calls.failure_text(row, "en")
        calls.retry(session, SYSTEM, recording_id, now=NOW)
        assert claims.claim_next(session, "w", NOW, recording_id)


def test_a_process_that_hangs_is_ended_whatever_the_wall_clock_says(
    desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = as_child(desk, "import time; time.sleep(600)")
    assert child.process is not None
    with session_scope(desk.database) as session:
        recording_id = add_queued(session, "endless").id
        claims.claim_next(session, child.name, NOW, recording_id)  # NOW is long ago: only progress counts
    child.end_if_hanging()
    child.end_if_hanging()
    assert child.process.poll() is None
    monkeypatch.setattr(worker, "HANGS_AFTER_SECONDS", 0.0)
    with session_scope(desk.database) as session:
        claims.set_progress(session, recording_id, child.name, 0.5, NOW + timedelta(seconds=1))
    child.end_if_hanging()
    assert child.process.poll() is None
    child.end_if_hanging()
    assert child.process.wait(timeout=PATIENCE_SECONDS) == -signal.SIGKILL
