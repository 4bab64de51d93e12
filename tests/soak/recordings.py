"""Recordings for the soak: cut from the demo's, joined and made louder or quieter, so that each is a file of its own."""

from __future__ import annotations

import json
import random
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inspection.files import AudioError
from inspection.sound.audio import decode
from settings import ROOT

DEMO = ROOT / "demo" / "recordings"
RATE = 8000
Sound = npt.NDArray[np.float32]


def make_recordings(
    folder: Path, count: int, seed: int, shortest: float = 4.0, longest: float = 9.0
) -> list[Path]:
    """So many WAV files of two channels, each of two pieces of demo calls of `shortest` to `longest` s together."""
    draw = random.Random(seed)
    calls = [sound for sound in map(_of, _two_channel_files()) if sound is not None]
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for number in range(count):
        seconds = draw.uniform(shortest, longest) / 2
        pieces = [_piece(draw, draw.choice(calls), seconds) for _ in range(2)]
        gain = draw.uniform(0.4, 1.1)
        made.append(
            write_wav(folder / f"soak-{number:02d}.wav", np.concatenate(pieces, axis=1) * np.float32(gain))
        )
    return made


def demo_call(name: str) -> Sound:
    """The channels of one demo recording, (2, samples) at 8 kHz."""
    found = _of(DEMO / name)
    assert found is not None, name
    return found


def write_wav(path: Path, sound: Sound, rate: int = RATE) -> Path:
    """A 16-bit WAV of (channels, samples)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(sound))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _two_channel_files() -> list[Path]:
    manifest = json.loads((DEMO / "manifest.json").read_text(encoding="utf-8"))
    return [DEMO / str(entry["file"]) for entry in manifest["recordings"] if entry["channels"] == 2]


def _of(path: Path) -> Sound | None:
    try:
        audio = decode(path)
    except AudioError:  # the demo has a damaged one on purpose
        return None
    if len(audio.channels) != 2:
        return None
    return np.stack([channel[::2] for channel in audio.channels])


def _piece(draw: random.Random, call: Sound, seconds: float) -> Sound:
    length = int(seconds * RATE)
    at = draw.randrange(max(1, call.shape[1] - length))
    return call[:, at : at + length]
