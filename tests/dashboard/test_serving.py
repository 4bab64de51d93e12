"""`serve` and `run`: they start only when they can, say in one line why not, and stop cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.dashboard.served import Desk, environment, free_port, served, small_desk, start, wait_until_healthy

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def tried(command: str, folder: Path, port: int, **more: str) -> subprocess.CompletedProcess[str]:
    """The command run to its end."""
    return subprocess.run(
        [sys.executable, str(MANAGE), command],
        env=environment(folder, port, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that could not start."""
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_busy_port_is_said_with_the_way_out(tmp_path: Path) -> None:
    small_desk(tmp_path / "desk.sqlite3")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        for command in ("serve", "run"):
            line = refused(tried(command, tmp_path, port))
            assert str(port) in line and "WEB_PORT" in line


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    small_desk(tmp_path / "desk.sqlite3")
    assert "WEB_HOST" in refused(tried("serve", tmp_path, free_port(), WEB_HOST="203.0.113.7"))
    assert "WEB_HOST" in refused(tried("serve", tmp_path, free_port(), WEB_HOST="no such host"))


def test_without_a_database_serve_says_how_to_make_one(tmp_path: Path) -> None:
    assert "migrate" in refused(tried("serve", tmp_path, free_port()))


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    url = small_desk(tmp_path / "desk.sqlite3")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    engine.dispose()
    for command in ("serve", "run"):
        assert "newer" in refused(tried(command, tmp_path, free_port()))


@pytest.mark.parametrize(
    ("name", "value"),
    [("WEB_PORT", "eighty"), ("WEB_PORT", "70000"), ("DESK_LANGUAGE", "fr"), ("DATABASE_URL", "x:y")],
)
def test_an_unreadable_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    if name == "DATABASE_URL":
        line = refused(tried("serve", tmp_path, free_port(), DATABASE_URL=value))
    elif name == "DESK_LANGUAGE":
        line = refused(tried("serve", tmp_path, free_port(), DESK_LANGUAGE=value))
    else:
        settings = environment(tmp_path, 1)
        settings[name] = value
        ended = subprocess.run(
            [sys.executable, str(MANAGE), "serve"], env=settings, capture_output=True, text=True, timeout=60
        )
        line = refused(ended)
    assert name in line


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_when_asked_and_its_log_names_no_case(tmp_path: Path, asked: signal.Signals) -> None:
    """Addresses of pages carry case numbers; the log of the server does not collect them."""
    small_desk(tmp_path / "desk.sqlite3")
    with served(tmp_path) as desk:
        assert desk.ask("/case?case=TS-secret").status == 303
        desk.process.send_signal(asked)
        output = desk.process.communicate(timeout=20)[0]
        assert desk.process.returncode == 0
        assert "Traceback" not in output
        assert "TS-secret" not in output


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_run_starts_both_says_where_and_stops_both(tmp_path: Path) -> None:
    small_desk(tmp_path / "desk.sqlite3")
    port = free_port()
    desk = Desk(port, start("run", tmp_path, port))
    wait_until_healthy(desk)
    children = children_of(desk.process.pid)
    assert len(children) == 2
    time.sleep(1)
    desk.process.send_signal(signal.SIGINT)
    output = desk.process.communicate(timeout=60)[0]
    assert desk.process.returncode == 0, output
    assert f"http://localhost:{desk.port}" in output
    assert "supervisor" in output and "demo" in output
    assert "Traceback" not in output
    assert not any(is_alive(child) for child in children)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("which", [0, 1])
def test_run_ends_with_an_error_when_one_of_the_two_dies(tmp_path: Path, which: int) -> None:
    small_desk(tmp_path / "desk.sqlite3")
    port = free_port()
    process = start("run", tmp_path, port)
    wait_until_healthy(Desk(port, process))
    children = children_of(process.pid)
    os.kill(children[which], signal.SIGKILL)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 1, output
    assert "ended by itself" in output
    assert not any(is_alive(child) for child in children)
