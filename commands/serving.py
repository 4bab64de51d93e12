"""`serve` starts the web desk; `run` prepares the database and starts web desk and worker together."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.error import URLError

from commands.database import plain_errors
from commands.output import COULD_NOT_START, DONE, CommandError, say
from db import rulebooks, schema, scorecards
from db.engine import session_scope
from regulations.access import SYSTEM
from settings import ROOT, Settings, get_settings

HEALTH_SECONDS = 60.0  # importing everything takes a few seconds; a slow disk takes longer
STOP_SECONDS = 20.0  # then a child that does not end by itself is ended
GRACE_SECONDS = 5  # open pages are told that the server goes away
POLL_SECONDS = 0.2
CHILD_DIED = 1


def register(commands: Any) -> None:
    """Add `serve` and `run`."""
    serve = commands.add_parser(
        "serve",
        help="start the web desk",
        description="Starts the web desk on WEB_HOST and WEB_PORT until it is told to stop (Ctrl-C).",
    )
    serve.set_defaults(run=run_serve)
    run = commands.add_parser(
        "run",
        help="prepare the database, then start web desk and worker",
        description="Makes the database or brings it up to date, fills an empty one with the demo department,"
        " starts the web desk and a worker, and stops both on Ctrl-C.",
    )
    run.set_defaults(run=run_both)


def run_serve(_arguments: argparse.Namespace) -> int:
    """The web desk, in this process, until SIGINT or SIGTERM."""
    settings = get_settings()
    with plain_errors():
        schema.require_current(settings.database)
        with session_scope(settings.database) as session:
            rulebooks.in_force(session)  # one that cannot be read is said now, not on the first page
    listening = bind(settings.web_host, settings.web_port)
    # Streamlit takes these from the environment; everything else stands in .streamlit/config.toml.
    os.environ["STREAMLIT_SERVER_ADDRESS"] = settings.web_host
    os.environ["STREAMLIT_SERVER_PORT"] = str(settings.web_port)
    os.environ["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"] = str(settings.max_upload_mb)
    import uvicorn

    logging.getLogger("uvicorn.access").disabled = True  # Streamlit would switch its lines on again
    server = uvicorn.Server(
        uvicorn.Config(
            "app:app",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_max_size=(settings.max_upload_mb + 1) * 1024 * 1024,
        )
    )
    say(f"the desk is at {address(settings)} · Ctrl-C stops it")

    def stop(_number: int, _frame: object) -> None:
        # Once it has stopped, uvicorn raises the signal that stopped it again: that one is done with.
        if not server.should_exit:
            raise SystemExit(DONE)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
    if not server.started:
        raise CommandError("the web desk could not start; the lines above say why")
    return DONE


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on the address. Raises CommandError when it cannot."""
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise CommandError(f"WEB_HOST={host!r} is no address of this machine. Mend: correct it") from None
    listening = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(256)
    except OSError as error:
        listening.close()
        raise CommandError(_cannot_bind(error, host, port)) from None
    return listening


def _cannot_bind(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program. Mend: stop it, or set WEB_PORT to a free port"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user. Mend: set WEB_PORT to a port above 1023"
    return f"cannot listen on {host}:{port}: {error.strerror}. Mend: correct WEB_HOST and WEB_PORT"


def address(settings: Settings) -> str:
    """What to type into the browser."""
    host = "localhost" if settings.web_host in ("0.0.0.0", "::", "127.0.0.1", "::1") else settings.web_host
    return f"http://{host}:{settings.web_port}"


def run_both(_arguments: argparse.Namespace) -> int:
    """Prepare, start both, wait, stop both. Exit status 1 when one of them ends by itself."""
    settings = get_settings()
    bind(settings.web_host, settings.web_port).close()  # said before minutes go into the demo department
    prepare(settings)
    children = {"web desk": _start("serve"), "worker": _start("worker")}
    stop = _Stop()
    try:
        if not _wait_until_healthy(settings, children, stop):
            return _end(children, stop)
        say("")
        say(f"  督导台 · supervisor desk: {address(settings)}")
        for line in sign_in_lines(settings):
            say(f"  {line}")
        say("  Ctrl-C stops web desk and worker.")
        while not stop.is_asked and not _ended(children):
            time.sleep(POLL_SECONDS)
        return _end(children, stop)
    finally:
        _terminate(children)


def prepare(settings: Settings) -> None:
    """Schema, rulebook, and the demo department where there is nothing yet."""
    from commands.demo import set_up
    from db import demo

    with plain_errors():
        schema.migrate(settings.database)
        with session_scope(settings.database) as session:
            book = rulebooks.publish_configured(session, SYSTEM, datetime.now(UTC))
            scorecards.ship_cards(session, datetime.now(UTC))
            needs_demo = demo.is_empty(session) or demo.is_unfinished(session, book)
    if needs_demo:
        say(
            "filling the empty database with the demo department; this happens once and takes a minute or two"
        )
        set_up(settings, now=datetime.now(UTC))


def sign_in_lines(settings: Settings) -> list[str]:
    """The demo sign-ins, if this database has them."""
    from db import demo, people

    lines = []
    with plain_errors(), session_scope(settings.database) as session:
        for username, _role, zh, en in demo.DEMO_SIGN_INS:
            try:
                user = people.get_user(session, username)
            except LookupError:
                continue
            if user.is_demo and user.is_active:
                lines.append(f"  {username:<12} {zh} · {en}")
    if lines:
        lines.insert(
            0, f"demo sign-ins (they exist only in the demo department), password {demo.DEMO_PASSWORD}:"
        )
    return lines


class _Stop:
    """Whether we were told to stop (SIGINT, SIGTERM, and SIGBREAK on Windows)."""

    def __init__(self) -> None:
        self.is_asked = False
        for signal_name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, signal_name, None)
            if number is not None:
                signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.is_asked = True


def _start(command: str) -> subprocess.Popen[bytes]:
    """A child of its own session, so that Ctrl-C reaches it through us, once."""
    line = [sys.executable, str(ROOT / "manage.py"), command]
    if sys.platform == "win32":
        return subprocess.Popen(line, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
    return subprocess.Popen(line, start_new_session=True)


def _wait_until_healthy(
    settings: Settings, children: dict[str, subprocess.Popen[bytes]], stop: _Stop
) -> bool:
    host = "127.0.0.1" if settings.web_host in ("0.0.0.0", "::") else settings.web_host
    host = f"[{host}]" if ":" in host else host
    deadline = time.monotonic() + HEALTH_SECONDS
    while time.monotonic() < deadline and not stop.is_asked and not _ended(children):
        try:
            with urllib.request.urlopen(
                f"http://{host}:{settings.web_port}/_stcore/health", timeout=2
            ) as answer:
                if answer.status == 200:
                    return True
        except (URLError, OSError):
            pass
        time.sleep(POLL_SECONDS)
    if not stop.is_asked and not _ended(children):
        say(f"the web desk did not answer within {HEALTH_SECONDS:.0f} s")
    return False


def _ended(children: dict[str, subprocess.Popen[bytes]]) -> list[str]:
    return [title for title, child in children.items() if child.poll() is not None]


def _end(children: dict[str, subprocess.Popen[bytes]], stop: _Stop) -> int:
    """Stop what still runs; the exit status."""
    if stop.is_asked:
        say("stopping …")
        _terminate(children)
        return DONE
    codes = [children[title].returncode for title in _ended(children)]
    for title in _ended(children):
        say(f"the {title} ended by itself (exit status {children[title].returncode}); stopping the rest")
    _terminate(children)
    return COULD_NOT_START if COULD_NOT_START in codes else CHILD_DIED


def _terminate(children: dict[str, subprocess.Popen[bytes]]) -> None:
    running = [child for child in children.values() if child.poll() is None]
    for child in running:
        child.send_signal(_polite_signal())
    deadline = time.monotonic() + STOP_SECONDS
    for child in running:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _polite_signal() -> int:
    if sys.platform == "win32":
        return signal.CTRL_BREAK_EVENT
    return signal.SIGTERM
