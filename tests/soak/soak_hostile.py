"""Two hundred hostile files through `manage.py inspect` and through the watched folder: none stops anything.

Not part of `make test`: `make soak`. SOAK_MINUTES is the length of the long ones; the tables are written to build/soak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from sqlalchemy import select

from db import calls
from db.engine import session_scope
from db.models import Recording
from jobs.watching import REJECTED
from settings import ROOT
from tests.soak.desks import open_desk
from tests.soak.hostile import Placed, place, voice
from tests.soak.sounds import wav

pytestmark = [pytest.mark.soak, pytest.mark.speech, pytest.mark.timeout(0)]

MINUTES = int(os.environ.get("SOAK_MINUTES", "60"))
TABLES = ROOT / "build" / "soak"
LEFT_ALONE = {"a pipe", "a folder", "a link in a circle", "a link to another file"}


def test_each_file_is_inspected_or_refused_with_one_reason(tmp_path: Path) -> None:
    placed = place(tmp_path / "hostile", minutes=MINUTES)
    files = [one.path for one in placed]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "inspect", "--json", "--lang", "en", *files],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "WHISPER_THREADS": "1"},
        check=False,
    )
    seconds = time.monotonic() - began
    said = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 1, said[-3000:]
    assert "Traceback" not in said
    document = json.loads(done.stdout.decode("utf-8", "surrogateescape"))  # a file name may be no text
    refused = {entry["file"]: entry["reason"] for entry in document["refused"]}
    outcome = {str(path): refused.get(str(path), "inspected") for path in files}
    assert len(document["calls"]) + len(refused) == len(files) == 200
    assert all(reason and "\n" not in reason for reason in refused.values())
    _write("inspect", placed, {one.path: outcome[str(one.path)] for one in placed}, seconds)


def test_none_stops_the_watched_folder_or_the_worker(tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    placed = place(folder, minutes=MINUTES)
    growing = folder / "K1_20250620T235900_growing.wav"
    desk = open_desk(tmp_path / "desk", watch_dir=folder)
    began = time.monotonic()
    writer = threading.Thread(target=_grow, args=(growing, wav(voice(500, 3.0)), 100.0))
    writer.start()
    desk.start_worker()
    try:
        # Two looks of the worker, so that whatever it left the first time it has seen again.
        desk.wait_until(lambda: not _still_in(folder) and not writer.is_alive() and desk.is_settled())
        assert desk.stop_worker() == 0
    finally:
        if desk.process is not None and desk.process.poll() is None:
            desk.process.kill()
    seconds = time.monotonic() - began
    with session_scope(desk.settings.database) as session:
        rows = {row.original_name: _end_of(row) for row in session.scalars(select(Recording))}
    outcome = {one.path: _where(one, rows) for one in placed}
    _write("watched", placed, outcome, seconds)
    assert desk.started == 1
    assert "" not in outcome.values()
    assert rows[growing.name] == "done"
    taken = sum(end.startswith(("done", "failed")) for end in outcome.values())
    assert taken == len(rows) - 1


def _grow(path: Path, content: bytes, seconds: float) -> None:
    """Write a file as a telephone does: little by little, for longer than the worker waits between its looks."""
    with path.open("wb") as file:
        for at in range(0, len(content), len(content) // 100):
            file.write(content[at : at + len(content) // 100])
            file.flush()
            time.sleep(seconds / 100)


def _still_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]


def _end_of(row: Recording) -> str:
    return row.status if row.status == "done" else f"{row.status}: {calls.failure_text(row, 'en')}"


def _where(one: Placed, rows: dict[str, str]) -> str:
    """What became of a file: its recording's end, or the reason that lies beside it, or left alone."""
    name = os.fsencode(one.path.name).decode("utf-8", "replace")
    if name in rows:
        return rows[name]
    if os.path.lexists(one.path):
        return "left alone: no file of its own" if one.kind in LEFT_ALONE else ""
    aside = one.path.parent / REJECTED
    tail = os.fsencode(one.path.name)[-200:]
    note = aside / os.fsdecode(tail + b".txt")
    return f"set aside: {note.read_text(encoding='utf-8').splitlines()[1]}" if note.exists() else ""


def _write(what: str, placed: list[Placed], outcome: dict[Path, str], seconds: float) -> None:
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for one in placed:
        by_kind[one.kind][outcome[one.path]] += 1
    lines = []
    for kind, ends in by_kind.items():
        for number, (end, count) in enumerate(ends.most_common()):
            lines.append(f"{kind if number == 0 else '':<30}{count:>4}  {end or 'NOT ACCOUNTED FOR'}"[:170])
    total = Counter(end.partition(":")[0] or "not accounted for" for end in outcome.values())
    if what == "inspect":
        total = Counter("inspected" if end == "inspected" else "refused" for end in outcome.values())
    lines.append(
        f"{len(placed)} files in {seconds:.0f} s: "
        + ", ".join(f"{end} {n}" for end, n in total.most_common())
    )
    text = "\n".join(lines)
    TABLES.mkdir(parents=True, exist_ok=True)
    (TABLES / f"hostile-{what}.txt").write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}\n")
