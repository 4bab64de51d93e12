"""The watched folder: recordings that a telephone system drops are taken in; what cannot be is set aside.

The file's name says agent, local time and call number (WATCH_PATTERN). A file is taken when it has stopped
growing. A refused one is moved to the folder's `rejected`, with a .txt beside it that says why.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from db.calls import CallFacts, RecordingRefused
from db.engine import DatabaseError
from jobs.receiving import Received, SessionFactory, receive_recording
from regulations.access import SYSTEM
from regulations.worktime import WorkCalendar
from settings import Settings

log = logging.getLogger(__name__)

REJECTED = "rejected"
_ROOM_BYTES = 200  # of a set-aside file's name; the rest of the 255 is for what is appended
SETTLE_SECONDS = 3.0  # a file whose size has not changed for this long is complete
NOT_ITS_FAULT = ("disk_full", "storage")  # the file stays where it is and is tried again with the next look
UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")


class _Look(NamedTuple):
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What one look at the folder brought."""

    received: list[Received]
    rejected: list[tuple[str, str]]  # (file name, reason)


def take_new_files(
    session_factory: SessionFactory,
    settings: Settings,
    calendar: WorkCalendar,
    now: datetime,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> WatchResult:
    """Take in every file of the watched folder that is complete. No folder set: nothing to do."""
    result = WatchResult([], [])
    folder = settings.watch_dir
    if folder is None:
        return result
    try:
        before = _looks(folder)
    except OSError as error:
        log.warning("the watched folder %s cannot be read: %s", folder, error.strerror)
        return result
    if not before:
        return result
    sleep(settle_seconds)
    for path, look in sorted(before.items()):
        try:
            if _look(path) != look:
                continue  # still being written: next time
        except OSError:
            continue  # gone again
        name = os.fsencode(path.name).decode("utf-8", "replace")  # names are bytes and may be no text at all
        try:
            facts = facts_of_name(name, settings.watch_pattern, calendar)
            received = receive_recording(session_factory, SYSTEM, path, name, facts, settings, now=now)
        except RecordingRefused as refused:
            if refused.code in NOT_ITS_FAULT:
                log.warning("%r waits in the watched folder: %s", name, refused.en)
                continue
            result.rejected.append((name, refused.en))
            _set_aside(path, refused, now)
            continue
        except (DatabaseError, OperationalError, OSError):
            raise  # no file's fault: everything stays where it is until the next look
        except Exception as error:  # one strange file must not stand in the way of all others
            log.exception("%r in the watched folder", name)
            kind = type(error).__name__
            strange = RecordingRefused(
                "unexpected",
                f"接收时出现意外错误（{kind}），详情见处理程序的日志",
                f"Something unexpected went wrong while taking it in ({kind}); the worker's log has the details",
            )
            result.rejected.append((name, strange.en))
            _set_aside(path, strange, now)
            continue
        result.received.append(received)
        try:
            path.unlink()
        except OSError as error:  # taken in all the same; next time it is a duplicate and is set aside
            log.warning("%s was taken in but cannot be removed: %s", path, error.strerror)
    return result


def facts_of_name(name: str, pattern: str, calendar: WorkCalendar) -> CallFacts:
    """Agent, time and number of a call from its file's name. Raises RecordingRefused.

    The pattern's groups: agent, date (YYYYMMDD) and time (HHMMSS) in local time, call_id; direction and kind
    may be there too.
    """
    try:
        match = re.fullmatch(pattern, Path(name).stem)
    except re.error as error:
        raise RecordingRefused(
            "watch_pattern",
            f"设置 WATCH_PATTERN 不是有效的正则表达式：{error}",
            f"the setting WATCH_PATTERN is not a regular expression: {error}",
        ) from None
    if match is None:
        raise RecordingRefused(
            "bad_name",
            f"文件名与规定的格式不符（客服工号、日期、时间、通话编号）：{pattern}",
            f"the file's name does not follow the pattern (agent, date, time, call number): {pattern}",
        )
    parts = match.groupdict()
    try:
        local = datetime.strptime(f"{parts['date']}{parts['time']}", "%Y%m%d%H%M%S")
    except (KeyError, TypeError, ValueError):
        raise RecordingRefused(
            "bad_time",
            "文件名中的日期或时间无效",
            "the date or time in the file's name is not valid",
        ) from None
    started_at = local.replace(tzinfo=calendar.timezone)
    agent = parts.get("agent") or ""
    call_id = (parts.get("call_id") or "").strip()
    if not call_id.isprintable():
        raise RecordingRefused(
            "bad_name",
            "通话编号含有不可见的字符",
            "the call number holds characters that cannot be seen",
        )
    if len(call_id) > 80:
        raise RecordingRefused(
            "bad_name", "通话编号超过 80 个字符", "the call number is longer than 80 characters"
        )
    return CallFacts(
        call_id=call_id,
        agent_number=agent,
        started_at=started_at,
        started_on=calendar.day_of(started_at),
        direction=parts.get("direction") or "inbound",
        kind=parts.get("kind") or "inbound_service",
    )


def _looks(folder: Path) -> dict[Path, _Look]:
    found: dict[Path, _Look] = {}
    for path in folder.iterdir():
        if path.name.startswith(".") or path.suffix.lower() in UNFINISHED or path.is_symlink():
            continue
        try:
            if path.is_file():
                found[path] = _look(path)
        except OSError:
            continue
    return found


def _look(path: Path) -> _Look:
    stat = path.stat()
    return _Look(stat.st_size, stat.st_mtime_ns)


def _short(name: str) -> str:
    """The name with room for an ending: file systems take 255 bytes."""
    return name if len(os.fsencode(name)) <= _ROOM_BYTES else os.fsdecode(os.fsencode(name)[-_ROOM_BYTES:])


def _set_aside(path: Path, refused: RecordingRefused, now: datetime) -> None:
    aside = path.parent / REJECTED
    try:
        aside.mkdir(exist_ok=True)
        target = aside / _short(path.name)
        number = 0
        while os.path.lexists(target):
            number += 1
            target = aside / f"{_short(path.stem)}.{now:%Y%m%dT%H%M%S}.{number}{path.suffix[:20]}"
        shutil.move(path, target)
        note = target.with_name(target.name + ".txt")
        note.write_text(f"{refused.zh}\n{refused.en}\n", encoding="utf-8")
    except OSError as error:
        log.warning("%s was refused (%s) and cannot be set aside: %s", path, refused.en, error.strerror)
