"""A recording's file: opened and looked at, or refused in words."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import IO

from inspection.sound.containers import HEAD_BYTES


class AudioError(Exception):
    """A recording that cannot be used, in plain words. `code` is stored, `zh` and `en` are shown.

    Codes: missing empty not_audio no_audio_stream damaged too_long absurd_duration too_many_channels disk_full.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


def open_file(path: Path) -> IO[bytes]:
    """An ordinary file, open for reading. Raises AudioError `missing` with the reason in words."""
    try:
        if not path.is_file():  # a pipe would be waited for without end
            path.stat()
            raise AudioError("missing", "不是普通文件", "not a regular file")
        return path.open("rb")
    except OSError as error:
        raise _unreadable(error) from None


def read_head(file: IO[bytes]) -> bytes:
    """What `container_of` wants to see; the file stands at its beginning again. Raises AudioError `missing`."""
    try:
        head = file.read(HEAD_BYTES)
        file.seek(0)
    except OSError as error:
        raise _unreadable(error) from None
    return head


def _unreadable(error: OSError) -> AudioError:
    reason = error.strerror or type(error).__name__
    known = {errno.ENOENT: "文件不存在", errno.EACCES: "没有读取权限"}.get(error.errno or 0, reason)
    return AudioError("missing", f"无法读取文件：{known}", f"the file cannot be read: {reason}")
