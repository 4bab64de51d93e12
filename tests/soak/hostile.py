"""Two hundred files that nobody would want in a folder of recordings, always the same ones."""

from __future__ import annotations

import json
import os
import random
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.soak import sounds
from tests.soak.recordings import RATE, Sound, demo_call

COUNT = 200
SEED = 20_261_122
STEM = "K1_20250620T{clock}_{number:03d}{name}"


class Hostile(NamedTuple):
    """One file: what is wrong with it, the end of its name, and its content (None: no ordinary file)."""

    kind: str
    name: str
    content: bytes | None


class Placed(NamedTuple):
    """One file where it lies."""

    kind: str
    path: Path


def place(folder: Path, *, minutes: int = 60, count: int = COUNT) -> list[Placed]:
    """Write the files into the folder, under names as a telephone system gives them but for those that are wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    placed: list[Placed] = []
    for number, hostile in enumerate(_cut(list(everything(minutes)), count)):
        clock = f"{8 + number // 60:02d}{number % 60:02d}00"
        name = STEM.format(clock=clock, number=number, name=hostile.name)
        if hostile.kind == "a name without a call":
            name = hostile.name
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name)))
        _write(path, hostile)
        placed.append(Placed(hostile.kind, path))
    return placed


def _cut(files: list[Hostile], count: int) -> list[Hostile]:
    """So many of them; what is missing is filled with damaged bytes of all formats."""
    assert len(files) <= count, len(files)
    draw = random.Random(SEED)
    base = _bases()
    while len(files) < count:
        extension = draw.choice(sorted(base))
        content = bytearray(base[extension])
        for _ in range(draw.choice((1, 10, 200))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        files.append(Hostile("bytes flipped", f"flipped{extension}", bytes(content)))
    return files


def _write(path: Path, hostile: Hostile) -> None:
    if hostile.content is not None:
        path.write_bytes(hostile.content)
    if hostile.kind == "not to be read":
        path.chmod(0)
    elif hostile.kind == "a pipe":
        os.mkfifo(path)
    elif hostile.kind == "a folder":
        path.mkdir()
    elif hostile.kind == "a link in a circle":
        path.symlink_to(path.name)
    elif hostile.kind == "a link to another file":
        path.symlink_to("/dev/zero")


def everything(minutes: int) -> Iterator[Hostile]:
    """Every kind of file, in a fixed order."""
    yield from _nothing_in_it()
    yield from _cut_short()
    yield from _something_else()
    yield from _lying_headers()
    yield from _damaged()
    yield from _extremes(minutes)
    yield from _names()
    yield from _no_files()


_VOICE: list[Sound] = []


def voice(number: int, seconds: float = 1.6) -> Sound:
    """A piece of a demo call, another one for every number."""
    if not _VOICE:
        _VOICE.append(demo_call("K1005_c05.wav"))
    call, length = _VOICE[0], int(seconds * RATE)
    at = (number * 3571) % (call.shape[1] - length)
    return call[:, at : at + length]


def _bases() -> dict[str, bytes]:
    return {
        ".wav": sounds.wav(voice(1)),
        ".mp3": sounds.encoded(voice(2), "mp3", "libmp3lame", 16000),
        ".ogg": sounds.encoded(voice(3), "ogg", "libopus", 48000),
        ".m4a": sounds.encoded(voice(4), "ipod", "aac", 16000),
        ".flac": sounds.encoded(voice(5), "flac", "flac"),
    }


def _nothing_in_it() -> Iterator[Hostile]:
    for extension in (".wav", ".mp3", ".ogg", ".m4a", ".amr"):
        yield Hostile("empty", f"empty{extension}", b"")
        yield Hostile("one byte", f"byte{extension}", b"R")
    yield Hostile("zeros", "zeros.wav", bytes(4000))
    yield Hostile("zero-length data", "nodata.wav", sounds.riff(b""))


def _cut_short() -> Iterator[Hostile]:
    for extension, whole in _bases().items():
        places = (4, 12, 44, 100, len(whole) // 10, len(whole) // 2, len(whole) * 9 // 10, len(whole) - 1)
        for at in places:
            yield Hostile("cut short", f"cut{at}{extension}", whole[:at])


def _something_else() -> Iterator[Hostile]:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.wav", sounds.wav(voice(6)))
    others = {
        "text": "客户来电,内容如下。".encode() * 40,
        "json": json.dumps({"call": 1, "segments": "none"}).encode(),
        "html": b"<!doctype html><html><script>alert(1)</script></html>",
        "zip": archive.getvalue(),
        "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + bytes(500),
        "exe": b"MZ\x90\x00" + bytes(600),
        "elf": b"\x7fELF\x02\x01\x01" + bytes(600),
        "m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
        "pls": b"[playlist]\nFile1=http://127.0.0.1/a.mp3\n",
        "xml": b"<?xml version='1.0'?><MPD><Period/></MPD>",
        "png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "gzip": b"\x1f\x8b\x08\x00" + bytes(200),
        "script": b"#!/bin/sh\nrm -rf /\n",
        "sqlite": b"SQLite format 3\x00" + bytes(400),
        "utf16": "一段文字".encode("utf-16") * 50,
        "srt": "1\n00:00:00,000 --> 00:00:05,000\n您好\n".encode(),
    }
    for what, content in others.items():
        yield Hostile("no sound at all, named .wav", f"{what}.wav", content)
    draw = random.Random(SEED)
    for number in range(4):
        yield Hostile("random bytes", f"random{number}.mp3", draw.randbytes(3000))
    for container, extension in (("mp4", ".mp4"), ("matroska", ".mkv"), ("avi", ".avi")):
        yield Hostile("pictures without sound", f"film{extension}", sounds.video(container))
    bases = _bases()
    for number, (real, told) in enumerate(
        (
            (".wav", ".mp3"),
            (".mp3", ".wav"),
            (".ogg", ".amr"),
            (".m4a", ".wav"),
            (".flac", ".txt"),
            (".wav", ""),
        )
    ):
        content = sounds.wav(voice(10 + number)) if real == ".wav" else bases[real]
        yield Hostile("wrong extension", f"wrong{number}{told}", content)


def _lying_headers() -> Iterator[Hostile]:
    data = sounds.wav(voice(20)[:1])[44:]
    for size in (0, 7, 2 * len(data), 0x7FFFFFFF, 0xFFFFFFFF):
        yield Hostile("lies about its length", f"length{size}.wav", sounds.riff(data, claims=size))
    for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        yield Hostile(
            "lies about its length", f"riff{size}.wav", sounds.riff(data + b"\0\0", riff_claims=size)
        )
    for channels in (0, 3, 6, 255, 65535):
        yield Hostile("absurd channels", f"channels{channels}.wav", sounds.riff(data, channels=channels))
    for rate in (0, 1, 10, 4_000_000_000):
        yield Hostile("absurd rate", f"rate{rate}.wav", sounds.riff(data, rate=rate))
    for align in (0, 1, 65535):
        yield Hostile("absurd block", f"align{align}.wav", sounds.riff(data, align=align))
    for bits in (0, 7, 64, 255):
        yield Hostile("absurd bits", f"bits{bits}.wav", sounds.riff(data, bits=bits))
    for tag in (0, 0x50, 0x1234, 0xFFFE):
        yield Hostile("unknown coding", f"tag{tag}.wav", sounds.riff(data, tag=tag))
    yield Hostile("chunks missing", "nofmt.wav", b"RIFF" + struct.pack("<I", 100) + b"WAVEdata" + data[:92])
    yield Hostile("chunks missing", "huge-chunk.wav", sounds.riff(data, before=b"LIST\xff\xff\xff\x7fINFO"))
    values = voice(21)[0]
    for name, value in (("nan", np.nan), ("inf", np.inf), ("huge", 1e38)):
        spoilt = values.copy()
        spoilt[::50] = value
        yield Hostile("floats that are no sound", f"{name}.wav", sounds.floats(spoilt))
    yield Hostile("floats that are no sound", "all-nan.wav", sounds.floats(np.full(8000, np.nan, np.float32)))


def _damaged() -> Iterator[Hostile]:
    bases, draw = _bases(), random.Random(SEED + 1)
    mp3, ogg, m4a = bases[".mp3"], bases[".ogg"], bases[".m4a"]
    yield Hostile("a tag of ten megabytes", "id3.mp3", sounds.id3(10 << 20) + mp3)
    yield Hostile("a tag longer than the file", "id3lies.mp3", sounds.id3(100, 50 << 20) + mp3)
    for number in range(5):
        at = draw.randrange(len(mp3))
        yield Hostile(
            "rubbish between frames", f"rubbish{number}.mp3", mp3[:at] + draw.randbytes(700) + mp3[at:]
        )
    pages = [at for at in range(len(ogg)) if ogg.startswith(b"OggS", at)]
    for number, at in enumerate(pages[:5]):
        spoilt = bytearray(ogg)
        spoilt[at + 22] ^= 0xFF
        yield Hostile("wrong checksum", f"crc{number}.ogg", bytes(spoilt))
    moov = m4a.find(b"moov")
    yield Hostile("no index", "nomoov.m4a", m4a[: moov - 4])
    yield Hostile("no index", "freemoov.m4a", m4a.replace(b"moov", b"free"))
    yield Hostile("no index", "nomdat.m4a", m4a.replace(b"mdat", b"free"))
    noise = draw.randbytes(1100)
    yield Hostile("AMR", "header.amr", b"#!AMR\n")
    yield Hostile("AMR", "noise.amr", sounds.amr(60, noise))
    yield Hostile("AMR", "broken.amr", sounds.amr(40, noise)[:700] + noise[:300] + sounds.amr(40, noise)[6:])
    yield Hostile("AMR", "modes.amr", b"#!AMR\n" + bytes(range(256)) * 4)
    yield Hostile("AMR", "wide.amr", b"#!AMR-WB\n" + noise)


def _extremes(minutes: int) -> Iterator[Hostile]:
    draw = np.random.default_rng(SEED)
    for kind in ("silence", "tone", "noise", "music"):
        yield Hostile(f"an hour of {kind}", f"hour-{kind}.wav", sounds.long_wav(kind, minutes, draw))
    for samples in (1, 10, 80, 800):
        yield Hostile("very short", f"short{samples}.wav", sounds.wav(voice(30)[:, :samples]))
    for number, rate in enumerate((8000, 11025, 192000)):
        sound = np.repeat(voice(31 + number, 0.8), max(1, rate // RATE), axis=1)
        yield Hostile("unusual but sound", f"rate{rate}.wav", sounds.wav(sound, rate))
    for width in (1, 3, 4):
        yield Hostile("unusual but sound", f"width{width}.wav", sounds.wav(voice(36 + width), width=width))
    for codec in ("pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "pcm_f64le"):
        yield Hostile(
            "unusual but sound", f"{codec}.wav", sounds.encoded(voice(41 + len(codec)), "wav", codec)
        )
    yield Hostile("unusual but sound", "opus.ogg", sounds.encoded(voice(60), "ogg", "libopus", 48000))
    yield Hostile("unusual but sound", "a.mka", sounds.encoded(voice(61), "matroska", "libopus", 48000))
    yield Hostile("unusual but sound", "a.aiff", sounds.encoded(voice(62), "aiff", "pcm_s16be"))
    same = sounds.wav(voice(63))
    yield Hostile("the same twice", "twin1.wav", same)
    yield Hostile("the same twice", "twin2.wav", same)


def _names() -> Iterator[Hostile]:
    names = (
        "a\nb",
        "电话📞",
        "\u202egpj",
        "x" * 190,
        "'; drop--",
        "%s%n",
        "back\\slash",
        "bell\x07",
        "\udcff",
        " ",
    )
    for number, name in enumerate(names):
        yield Hostile("strange name", f"{name}.wav", sounds.wav(voice(70 + number, 0.8)))
    for number, name in enumerate(
        ("-rf.wav", "--help.wav", "录音.wav", "x" * 250 + ".wav", "K1_20259999T999999_z.wav")
    ):
        yield Hostile("a name without a call", name, sounds.wav(voice(90 + number, 0.8)))


def _no_files() -> Iterator[Hostile]:
    yield Hostile("not to be read", "locked.wav", sounds.wav(voice(99)))
    for kind in ("a pipe", "a folder", "a link in a circle", "a link to another file"):
        yield Hostile(kind, ".wav", None)
