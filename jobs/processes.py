"""The processes that work on recordings: their names, and whether one still runs on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NamedTuple


class ProcessName(NamedTuple):
    """Machine, process id, and when it began in the kernel's count ("" where that is not told)."""

    machine: str
    pid: int
    began: str


def name_of(pid: int) -> str:
    """The name under which a process of this machine claims recordings.

    Process ids come again, in a container after every start: the moment of its beginning tells them apart.
    """
    return f"{this_machine()}:{pid}:{_stat(pid)[1]}"


def own_name() -> str:
    """The name of this process."""
    return name_of(os.getpid())


def this_machine() -> str:
    """What this machine calls itself, cut to what a name has room for."""
    return socket.gethostname()[:50]


def parts_of(name: str) -> ProcessName | None:
    """The parts of a process's name; None for a name that is none."""
    machine, _, rest = name.partition(":")
    pid, _, began = rest.partition(":")
    return ProcessName(machine, int(pid), began) if pid.isdecimal() else None


def may_run(name: str) -> bool:
    """Whether the process of this name may still be running: False only where it is known to be gone."""
    process = parts_of(name)
    if process is None or process.machine != this_machine():
        return True
    if not process_is_alive(process.pid):
        return False
    began = _stat(process.pid)[1]
    return not (began and process.began) or began == process.began


def process_is_alive(pid: int) -> bool:
    """Whether a process with this id runs on this machine. One that ended and was not buried does not."""
    if os.name == "nt":  # os.kill would end it there; a claim of a dead one simply runs out
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[0] not in ("Z", "X")


def _stat(pid: int) -> tuple[str, str]:
    """State and beginning of a process as Linux tells them; empty elsewhere."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    fields = text.rpartition(")")[2].split()  # the program's own name may hold anything, brackets too
    return (fields[0], fields[19]) if len(fields) > 19 else ("", "")
