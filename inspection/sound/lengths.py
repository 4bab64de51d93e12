"""What a recording's header says about its length, and whether that can be believed."""

from __future__ import annotations

from pathlib import Path

from inspection.sound.containers import HEAD_BYTES

_UNKNOWN_SIZE = 0xFFFFFF00  # what recorders write that do not know the length yet


def is_cut_short(path: Path) -> bool:
    """Whether a WAV is shorter than its header says: of PCM, ffmpeg believes the file's size and not the header."""
    with path.open("rb") as file:
        head = file.read(12)
    claimed = int.from_bytes(head[4:8], "little") + 8
    is_known = head[:4] == b"RIFF" and head[8:12] == b"WAVE" and 8 < claimed < _UNKNOWN_SIZE
    return is_known and claimed > path.stat().st_size + 1


def knows_length(path: Path, container: str) -> bool:
    """Whether the header says how long it is. Of a bare stream of frames ffmpeg guesses by the rate of the first."""
    if container == "mp3":
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return any(tag in head for tag in (b"Xing", b"Info", b"VBRI"))
    return container not in ("aac", "amr")
