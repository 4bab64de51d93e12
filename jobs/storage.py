"""Private storage of recordings: files named by their content, readable by this program's user only."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from db.calls import RecordingRefused

_CHUNK_BYTES = 1 << 20
_PLAIN_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")
_STORED_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z0-9]{1,8})?")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in storage. `name` is relative to the folder; `is_new` False when the content was there already."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    is_new: bool


def store_file(source: Path | BinaryIO, original_name: str, folder: Path, *, max_bytes: int) -> StoredFile:
    """Copy a file into storage under the hash of its content, whole or not at all.

    It is written to a temporary name, synced and renamed, with mode 0600. Raises RecordingRefused when it
    is empty or larger than `max_bytes`; OSError when the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft_name = tempfile.mkstemp(dir=folder, prefix="incoming-")  # mkstemp makes it 0600
    draft = Path(draft_name)
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as target:
            stream = source.open("rb") if isinstance(source, Path) else source
            try:
                while chunk := stream.read(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > max_bytes:
                        raise too_large(max_bytes)
                    digest.update(chunk)
                    target.write(chunk)
            finally:
                if isinstance(source, Path):
                    stream.close()
            target.flush()
            os.fsync(target.fileno())
        if size == 0:
            raise RecordingRefused("empty", "文件是空的", "The file is empty")
        sha256 = digest.hexdigest()
        name = f"{sha256[:2]}/{sha256}{plain_extension(original_name)}"
        final = folder / name
        final.parent.mkdir(exist_ok=True, mode=0o700)
        is_new = not final.exists()
        draft.replace(final)
        return StoredFile(name, final, sha256, size, is_new)
    finally:
        draft.unlink(missing_ok=True)


def too_large(max_bytes: int) -> RecordingRefused:
    """The refusal of a file over the limit."""
    limit = max_bytes // (1 << 20)
    return RecordingRefused(
        "too_large", f"文件超过 {limit} MB 的上限", f"The file is larger than the limit of {limit} MB"
    )


def plain_extension(original_name: str) -> str:
    """The extension of a file name if it is a harmless one, else nothing."""
    extension = Path(original_name).suffix.lower()
    return extension if _PLAIN_EXTENSION.fullmatch(extension) else ""


def stored_path(folder: Path, stored_name: str) -> Path:
    """Where a stored recording lies. Raises LookupError for a name that storage never gave out."""
    if not _STORED_NAME.fullmatch(stored_name):
        raise LookupError("not a stored recording")
    return folder / stored_name


def remove_file(folder: Path, stored_name: str) -> None:
    """Take a file out of storage again; a file that is not there is no error."""
    stored_path(folder, stored_name).unlink(missing_ok=True)


def has_room(folder: Path, size_bytes: int) -> bool:
    """Whether the disk takes a file of this size and stays usable (a tenth more, and 50 MB)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return shutil.disk_usage(folder).free > size_bytes * 1.1 + (50 << 20)
