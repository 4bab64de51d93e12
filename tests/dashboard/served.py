"""A web desk in a process of its own, as users meet it, for tests that need the real server."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from db import demo, people, rulebooks, schema
from db.engine import engine_for, session_scope
from db.models import Agent, Team
from regulations.access import SYSTEM
from settings import ROOT

START_SECONDS = 90.0
PASSWORD = demo.DEMO_PASSWORD


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Desk:
    """A running desk and how to talk to it."""

    port: int
    process: subprocess.Popen[str]

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, redirects not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = urlencode(form) if form is not None else None
        more = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        try:
            connection.request(method, path, body=body, headers={**more, **(headers or {})})
            got = connection.getresponse()
            answered: dict[str, str] = {}
            for name, value in got.getheaders():  # a header that comes twice: one line each
                name = name.lower()
                answered[name] = f"{answered[name]}\n{value}" if name in answered else value
            return Answer(got.status, answered, got.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def sign_in(self, username: str, password: str = PASSWORD, onward: str = "/", **headers: str) -> Answer:
        """Post the sign-in form."""
        form = {"username": username, "password": password, "next": onward, "lang": "zh"}
        return self.ask("/auth/login", method="POST", form=form, headers=headers)

    def cookie(self, username: str) -> dict[str, str]:
        """The header that somebody who signed in sends along."""
        cookies = self.sign_in(username).headers["set-cookie"].splitlines()
        return {"Cookie": next(c for c in cookies if c.startswith("desk_sign_in=")).split(";")[0]}


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def small_desk(path: Path, *, is_demo: bool = True) -> str:
    """A database with one team and an account of each role; its address."""
    path.write_bytes(_small_desk(is_demo))
    return f"sqlite:///{path}"


@cache
def _small_desk(is_demo: bool) -> bytes:
    """The file of a small desk, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "desk.sqlite3"
        _fill_small_desk(f"sqlite:///{path}", is_demo)
        return path.read_bytes()


def _fill_small_desk(url: str, is_demo: bool) -> None:
    now = datetime.now(UTC)
    schema.migrate(url)
    with session_scope(url) as session:
        rulebooks.publish_configured(session, SYSTEM, now)
        team = Team(code="first", name="一组")
        session.add(team)
        session.flush()
        session.add(Agent(number="K1", name="甲", team_id=team.id))
        session.flush()
        for username, role, *_rest in demo.DEMO_SIGN_INS:
            people.add_user(
                session,
                SYSTEM,
                username=username,
                password=PASSWORD,
                role=role,
                now=now,
                team_codes=("first",) if role == "supervisor" else (),
                agent_number="K1" if role == "agent" else None,
                is_demo=is_demo,
            )
    engine_for(url).dispose()


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """The settings of a desk whose data is in a folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    for name in ("DATABASE_URL", "RULEBOOK", "SITE_RULEBOOK", "WATCH_DIR"):
        kept.pop(name, None)
    return {**kept, "DATA_DIR": str(folder), "WEB_PORT": str(port), "WEB_HOST": "127.0.0.1", **more}


def start(command: str, folder: Path, port: int, **more: str) -> subprocess.Popen[str]:
    """`manage.py <command>` with its data in a folder."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), command],
        env=environment(folder, port, **more),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_healthy(desk: Desk) -> None:
    """Wait for the first answer; fails with what the server said when it ends instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if desk.process.poll() is not None:
            raise AssertionError(f"the desk ended: {desk.process.communicate()[0]}")
        try:
            if desk.ask("/_stcore/health").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("the desk did not answer")


@contextmanager
def served(folder: Path) -> Iterator[Desk]:
    """`manage.py serve` on a free port, stopped at the end."""
    port = free_port()
    desk = Desk(port, start("serve", folder, port))
    try:
        wait_until_healthy(desk)
        yield desk
    finally:
        desk.process.send_signal(signal.SIGTERM)
        try:
            desk.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            desk.process.kill()
            desk.process.communicate()
