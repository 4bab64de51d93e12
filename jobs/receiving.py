"""A recording comes in: checked by its content, stored privately, entered and audited in one transaction."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.orm import Session

from db.calls import (
    AudioFacts,
    CallFacts,
    DuplicateRecording,
    RecordingRefused,
    add_call,
    add_recording,
    find_duplicate,
)
from inspection.files import AudioError
from inspection.sound.audio import AudioInfo, probe
from jobs.storage import StoredFile, has_room, remove_file, store_file, too_large
from regulations.access import Scope
from regulations.names import NAMES
from settings import Settings

SessionFactory = Callable[[], Session]
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """A recording that was taken in: its row's id and the number of its call."""

    recording_id: int
    call_id: str
    status: str


def receive_recording(
    session_factory: SessionFactory,
    scope: Scope,
    source: Path | BinaryIO,
    original_name: str,
    facts: CallFacts,
    settings: Settings,
    *,
    now: datetime,
    agent_channel: int | None = None,
    keep_unreadable: bool = False,
    dry_run: bool = False,
) -> Received:
    """Check, store and enter one recording, so that it waits for a worker.

    `agent_channel` overrides the setting (0 left, 1 right). A call number left empty is made from the content.
    With `keep_unreadable` a file that no decoder reads is kept as a failed recording, so that people see it;
    otherwise it is refused. With `dry_run` everything is checked and nothing kept. Raises RecordingRefused (DuplicateRecording names the call that has the audio
    already), AccessRefused, DatabaseError. Whatever is raised, no file and no row stay behind.
    """
    _check_facts(facts, now)
    size = _size_of(source)
    if size is not None and size > settings.max_upload_mb * MEGABYTE:
        raise too_large(settings.max_upload_mb * MEGABYTE)
    folder = settings.recordings_dir
    stored = _store(source, original_name, folder, size or 0, settings.max_upload_mb * MEGABYTE)
    try:
        failure: RecordingRefused | None = None
        info: AudioInfo | None = None
        try:
            info = _checked(stored.path, settings)
        except RecordingRefused as refused:
            if not keep_unreadable:
                raise
            failure = refused
        with session_factory() as session, session.begin():
            duplicate = find_duplicate(session, stored.sha256)
            if duplicate is not None:
                raise DuplicateRecording(duplicate)
            if not facts.call_id:
                facts = replace(facts, call_id=_own_number(facts, stored.sha256))
            call = add_call(session, scope, facts, now=now)
            audio = _audio_facts(stored, original_name, info, settings, agent_channel)
            recording = add_recording(session, scope, call, audio, now=now, failure=failure)
            received = Received(recording.id, call.call_id, recording.status)
            if dry_run:
                session.rollback()
        if dry_run:
            _forget(session_factory, folder, stored)
    except BaseException:
        _forget(session_factory, folder, stored)
        raise
    return received


def _check_facts(facts: CallFacts, now: datetime) -> None:
    for kind, code in (
        ("direction", facts.direction),
        ("contact_kind", facts.kind),
        ("channel", facts.channel),
    ):
        if code not in NAMES[kind]:
            known = "、".join(NAMES[kind])
            raise RecordingRefused(
                "bad_facts",
                f"“{code}”不是有效的取值，可用：{known}",
                f"{code!r} is not one of {', '.join(NAMES[kind])}",
            )
    if facts.started_at > now:
        raise RecordingRefused(
            "future", "通话开始时间在将来，请核对", "The call would begin in the future; check its time"
        )


def _size_of(source: Path | BinaryIO) -> int | None:
    if isinstance(source, Path):
        try:
            found = source.stat()
            if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for without end
                raise OSError(errno.EINVAL, "not a regular file")
            if not os.access(source, os.R_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            return found.st_size
        except OSError as error:
            raise RecordingRefused(
                "unreadable", f"文件无法读取：{error.strerror}", f"The file cannot be read: {error.strerror}"
            ) from None
    if not source.seekable():
        return None
    size = source.seek(0, 2)
    source.seek(0)
    return size


def _store(
    source: Path | BinaryIO, original_name: str, folder: Path, size: int, max_bytes: int
) -> StoredFile:
    try:
        if not has_room(folder, size):
            raise OSError(errno.ENOSPC, "No space left on device")
        return store_file(source, original_name, folder, max_bytes=max_bytes)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise RecordingRefused(
                "disk_full",
                "磁盘空间不足，录音没有保存。请清理磁盘后重试",
                "The disk is full; the recording was not saved. Free some space and try again",
            ) from None
        raise RecordingRefused(
            "storage",
            f"录音无法保存：{error.strerror}。请检查数据目录的权限",
            f"The recording cannot be saved: {error.strerror}. Check the permissions of the data folder",
        ) from None


def _checked(path: Path, settings: Settings) -> AudioInfo:
    """What the file is, by its content. Raises RecordingRefused when it is no audio, or too long."""
    try:
        info = probe(path)
    except AudioError as error:
        raise RecordingRefused(error.code, error.zh, error.en) from None
    if info.duration_seconds > settings.max_recording_minutes * 60:
        limit = settings.max_recording_minutes
        raise RecordingRefused(
            "too_long",
            f"录音长 {info.duration_seconds / 60:.0f} 分钟，超过 {limit} 分钟的上限",
            f"The recording is {info.duration_seconds / 60:.0f} minutes long; the limit is {limit}",
        )
    return info


def _audio_facts(
    stored: StoredFile,
    original_name: str,
    info: AudioInfo | None,
    settings: Settings,
    agent_channel: int | None,
) -> AudioFacts:
    facts = AudioFacts(stored.sha256, original_name, stored.name, stored.size_bytes)
    if info is None:
        return facts
    channel: int | None = None
    if info.channels >= 2:
        channel = (0 if settings.agent_channel == "left" else 1) if agent_channel is None else agent_channel
    return replace(
        facts,
        container=info.container,
        channels=info.channels,
        sample_rate_hz=info.sample_rate_hz,
        duration_seconds=info.duration_seconds,
        agent_channel=channel,
    )


def _own_number(facts: CallFacts, sha256: str) -> str:
    """A call number for a recording that came without one; the same for the same audio."""
    return f"{facts.started_on:%Y%m%d}-{facts.agent_number}-{sha256[:8]}"


def _forget(session_factory: SessionFactory, folder: Path, stored: StoredFile) -> None:
    """Remove the file of a recording that was not entered, unless a row owns the same content."""
    try:
        with session_factory() as session:
            is_owned = find_duplicate(session, stored.sha256) is not None
    except Exception:  # the database is gone, which is being reported already: rather a file too many
        is_owned = not stored.is_new
    if not is_owned:
        remove_file(folder, stored.name)
