"""A real desk for the soak: migrated, staffed, with a real `manage.py worker` that can be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from db import rulebooks, schema
from db.engine import engine_for, session_scope
from db.models import Agent, Recording, Team
from jobs import processes
from jobs.receiving import receive_recording
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from settings import ROOT, Settings
from tests.db.call_rows import NOW, call_facts

PATIENCE_SECONDS = 1800.0


@dataclass
class Desk:
    """Settings of a desk of its own and the worker that runs on it, if one does."""

    settings: Settings
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: int = 0
    variables: dict[str, str] = field(default_factory=dict)

    def start_worker(self) -> None:
        """Start `manage.py worker`."""
        variables = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "DATA_DIR": str(self.settings.data_dir),
            "DATABASE_URL": self.settings.database_url,
            "WORKER_PROCESSES": str(self.settings.worker_processes),
            "WHISPER_THREADS": "1",
            "WATCH_DIR": str(self.settings.watch_dir or ""),
            **self.variables,
        }
        if self.settings.watch_dir is None:
            del variables["WATCH_DIR"]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "worker"],
                env=variables,
                stdout=out,
                stderr=out,
                cwd=ROOT,
            )
        self.started += 1

    def stop_worker(self) -> int:
        """Ask the worker to stop, once it is far enough to be asked; its exit status."""
        assert self.process is not None
        while self.process.poll() is None and not self.children():  # still reading its own modules
            time.sleep(0.1)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def children(self) -> list[int]:
        """The transcribing processes."""
        if self.process is None:
            return []
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [pid for pid in map(int, listed.stdout.split()) if processes.process_is_alive(pid)]

    def held(self) -> dict[int, int]:
        """Recordings under way: row -> process."""
        with session_scope(self.settings.database) as session:
            rows = session.execute(
                select(Recording.id, Recording.claimed_by).where(Recording.status == "claimed")
            ).all()
        found = {row_id: processes.parts_of(name) for row_id, name in rows}
        return {row_id: process.pid for row_id, process in found.items() if process is not None}

    def statuses(self) -> dict[int, str]:
        """Every recording's state."""
        with session_scope(self.settings.database) as session:
            return dict(session.execute(select(Recording.id, Recording.status)).tuples().all())

    def is_settled(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not {"queued", "claimed"} & set(self.statuses().values())

    def wait_until(self, happened: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
        """Wait; an AssertionError with the end of the worker's log when the patience is over."""
        until = time.monotonic() + patience
        while not happened():
            said = self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""
            assert time.monotonic() < until, said
            time.sleep(0.2)


def open_desk(folder: Path, database_url: str = "", **settings: object) -> Desk:
    """A migrated desk with two agents, K1 and K2."""
    made = Settings.model_validate(
        {"data_dir": folder / "data", "database_url": database_url, "worker_processes": 2, **settings}
    )
    schema.migrate(made.database)
    with session_scope(made.database) as session:
        rulebooks.publish(session, SYSTEM, load_rulebook(), NOW.date(), NOW)
        team = Team(code="A", name="甲组")
        session.add_all(
            [Agent(number=n, name=name, team=team) for n, name in (("K1", "王芳"), ("K2", "李强"))]
        )
    return Desk(made, folder / "worker.log")


def bring_in(desk: Desk, files: list[Path]) -> dict[int, Path]:
    """Take files in through the ordinary door: row -> file."""
    factory = sessionmaker(engine_for(desk.settings.database), expire_on_commit=False)
    return {
        receive_recording(
            factory,
            SYSTEM,
            path,
            path.name,
            call_facts(path.stem),
            desk.settings,
            now=datetime.now(UTC),
        ).recording_id: path
        for path in files
    }
