"""Small sound files for the tests: written here, so that nothing depends on a file somewhere."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path

RATE = 8000


def wav_bytes(seconds: float = 1.0, channels: int = 2, hertz: float = 440.0) -> bytes:
    """A tone as 16-bit PCM; the second channel sounds an octave higher."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        frames = bytearray()
        for index in range(int(seconds * RATE)):
            for channel in range(channels):
                value = 8000 * math.sin(2 * math.pi * hertz * (channel + 1) * index / RATE)
                frames += struct.pack("<h", int(value))
        sound.writeframes(bytes(frames))
    return buffer.getvalue()


def write_wav(path: Path, seconds: float = 1.0, channels: int = 2, hertz: float = 440.0) -> Path:
    """The same in a file."""
    path.write_bytes(wav_bytes(seconds, channels, hertz))
    return path


def a_law_wav_bytes(seconds: float = 1.0) -> bytes:
    """A telephone system's WAV: G.711 A-law, two channels, 8 kHz. Browsers do not play it."""
    samples = int(seconds * RATE)
    data = bytes(0xD5 if (i // 2) % (20, 13)[i % 2] < 7 else 0x80 for i in range(samples * 2))
    header = b"RIFF" + struct.pack("<I", 4 + 26 + 8 + len(data)) + b"WAVE"
    form = b"fmt " + struct.pack("<IHHIIHHH", 18, 6, 2, RATE, RATE * 2, 2, 8, 0)
    return header + form + b"data" + struct.pack("<I", len(data)) + data
