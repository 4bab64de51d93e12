"""Bytes of sound files, whole and lying, for the hostile folder."""

from __future__ import annotations

import io
import struct
import wave
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from tests.soak.recordings import RATE, Sound


def wav(sound: Sound, rate: int = RATE, width: int = 2) -> bytes:
    """PCM of 1 to 4 bytes a sample."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(sound))
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(_pcm(sound, width))
    return buffer.getvalue()


def _pcm(sound: Sound, width: int) -> bytes:
    values = (np.clip(sound.T.ravel(), -1, 1) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    if width == 1:
        return bytes((values + 128).astype(np.uint8).tobytes())
    return bytes(values.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes())


def riff(
    data: bytes,
    *,
    tag: int = 1,
    channels: int = 1,
    rate: int = RATE,
    bits: int = 16,
    align: int | None = None,
    claims: int | None = None,
    riff_claims: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV whose header says whatever it is told: format tag, channels, rate, bits, block, length of the data."""
    block = channels * bits // 8 if align is None else align
    fmt = struct.pack(
        "<HHIIHH",
        tag,
        channels & 0xFFFF,
        rate & 0xFFFFFFFF,
        (rate * block) & 0xFFFFFFFF,
        block & 0xFFFF,
        bits,
    )
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(fmt)) + fmt
    body += b"data" + struct.pack("<I", len(data) if claims is None else claims) + data
    return b"RIFF" + struct.pack("<I", len(body) if riff_claims is None else riff_claims) + body


def floats(values: npt.NDArray[np.float32]) -> bytes:
    """A WAV of 32-bit floats, whatever they are."""
    return riff(values.astype("<f4").tobytes(), tag=3, bits=32)


def encoded(sound: Sound, container: str, codec: str, rate: int = RATE) -> bytes:
    """The sound as ffmpeg writes it in this container."""
    buffer = io.BytesIO()
    layout = "stereo" if len(sound) == 2 else "mono"
    with av.open(buffer, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate)
        stream.layout = layout
        resampler = av.AudioResampler(
            format=stream.codec_context.codec.audio_formats[0].name, layout=layout, rate=rate
        )
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), "fltp", layout)
        frame.sample_rate = RATE
        for piece in resampler.resample(frame) + resampler.resample(None):
            piece.pts = None
            fifo.write(piece)
        size = stream.codec_context.frame_size or 1024
        at = 0
        while (block := fifo.read(size, True)) is not None and block.samples:
            block.pts, at = at, at + block.samples
            output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def video(container: str, codec: str = "mpeg4") -> bytes:
    """A second of moving pictures without any sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            picture = np.full((48, 64, 3), number * 20, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def amr(frames: int, noise: bytes) -> bytes:
    """AMR-NB at 12.2 kbit/s: so many frames of 20 ms filled from the noise, which no telephone ever made."""
    body = b"".join(b"\x3c" + noise[(i * 31) % 997 : (i * 31) % 997 + 31] for i in range(frames))
    return b"#!AMR\n" + body


def id3(size: int, claims: int | None = None) -> bytes:
    """An ID3 tag of so many bytes, or one that claims another size."""
    said = size if claims is None else claims
    syncsafe = bytes((said >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + syncsafe + b"\x00" * size


def long_wav(kind: str, minutes: int, draw: np.random.Generator) -> bytes:
    """An hour or so of one channel at 8 kHz: silence, tone, noise or music."""
    samples = minutes * 60 * RATE
    at = np.arange(samples, dtype=np.float32) / RATE
    if kind == "silence":
        sound = np.zeros(samples, np.float32)
    elif kind == "tone":
        sound = (0.3 * np.sin(2 * np.pi * 450 * at)).astype(np.float32)
    elif kind == "noise":
        sound = (0.05 * draw.standard_normal(samples)).astype(np.float32)
    else:  # a melody of held chords with a beat, as on hold
        step = (at * 2).astype(np.int64) % 8
        notes = np.array([262, 330, 392, 523, 440, 349, 294, 392], np.float32)[step]
        beat = np.exp(-4 * (at * 2 % 1))
        sound = (0.15 * beat * sum(np.sin(2 * np.pi * notes * k * at) / k for k in (1, 1.5, 2))).astype(
            np.float32
        )
    return wav(sound[None, :])
