"""What kind of recording a file is, told by its first bytes and never by its name.

Only what telephone systems write is known, and nothing else is opened: left to guess, ffmpeg also takes playlists, and a
playlist can name other files of this machine and addresses of its network.
"""

from __future__ import annotations

HEAD_BYTES = 65_536
"""How much of a file `container_of` wants to see."""


def container_of(head: bytes) -> str | None:
    """The demuxer for a file that begins with `head`; None when it is no kind of recording we know."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    signatures = {
        b"OggS": "ogg",
        b"fLaC": "flac",
        b"#!AMR": "amr",
        b"\x1aE\xdf\xa3": "matroska",
        b"caff": "caf",
        b".snd": "au",
        b"0&\xb2u\x8ef\xcf\x11": "asf",
        b"riff\x2e\x91\xcf\x11": "w64",
    }
    for signature, name in signatures.items():
        if head.startswith(signature):
            return name
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    return _mpeg(head)


def _mpeg(head: bytes) -> str | None:
    """mp3 or aac: an ID3 tag, or two frames one after the other (one alone happens by chance in any noise)."""
    if head[:3] == b"ID3" and len(head) > 10:
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        after = head[10 + size :]
        return "aac" if len(after) > 2 and after[0] == 0xFF and after[1] & 0xF6 == 0xF0 else "mp3"
    if len(head) < 8 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return "aac" if length > 6 and head[length : length + 1] == b"\xff" else None
    length = _mp3_frame_bytes(head)
    return "mp3" if length and head[length : length + 2] == head[:2] else None


def _mp3_frame_bytes(head: bytes) -> int:
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, frequency = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer != 1 or rate in (0, 15) or frequency == 3:
        return 0
    low = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    high = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    hertz = (44100, 48000, 32000)[frequency] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * (high if version == 3 else low)[rate] * 1000 // hertz + (
        head[2] >> 1 & 1
    )
