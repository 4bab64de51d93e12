"""Sounds of a telephone line that are no speech, made here; and the demo department's recordings, which are."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inspection.sound.audio import SAMPLE_RATE, Audio, decode

FloatArray = npt.NDArray[np.float32]
RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"


def _time(seconds: float) -> npt.NDArray[np.float64]:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def line(seconds: float, level: float = 0.0004) -> FloatArray:
    """A quiet telephone line."""
    rng = np.random.default_rng(int(seconds * 1000))
    return _sound(level * rng.standard_normal(int(seconds * SAMPLE_RATE)))


def _sound(samples: npt.NDArray[np.float64]) -> FloatArray:
    return samples.astype(np.float32)


def tone(seconds: float, hertz: float, on: float, every: float, level: float = 0.3) -> FloatArray:
    """A tone that sounds for `on` seconds of `every`: ring-back is 450 Hz, 1 s in 5; a beep 1400 Hz, 0.4 s in 15."""
    t = _time(seconds)
    return _sound(level * np.sin(2 * np.pi * hertz * t) * (t % every < on))


def keys(seconds: float) -> FloatArray:
    """Somebody dials: two tones for a tenth of a second, five times a second."""
    t, rng = _time(seconds), np.random.default_rng(3)
    low, high = np.array([697, 770, 852, 941]), np.array([1209, 1336, 1477])
    pressed = (t / 0.2).astype(int)
    one, two = low[rng.integers(0, 4, pressed.max() + 1)], high[rng.integers(0, 3, pressed.max() + 1)]
    sound = np.sin(2 * np.pi * one[pressed] * t) + np.sin(2 * np.pi * two[pressed] * t)
    return _sound(0.15 * sound * (t % 0.2 < 0.1))


def music(seconds: float) -> FloatArray:
    """Hold music: a melody over chords."""
    t, rng = _time(seconds), np.random.default_rng(5)
    beat, bar = (t / 0.4).astype(int), (t / 1.6).astype(int)
    note = 261.6 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12])[rng.integers(0, 8, beat.max() + 1)] / 12)
    root = 130.8 * 2 ** (np.array([0, 5, 7, 9])[rng.integers(0, 4, bar.max() + 1)] / 12)
    fading = np.exp(-2 * (t % 0.4)) * np.minimum(1, (t % 0.4) / 0.01)
    sound = sum(0.15 / h * np.sin(2 * np.pi * note[beat] * h * t) * fading for h in range(1, 7))
    for step in (0, 4, 7):
        swell = np.exp(-0.6 * (t % 1.6)) * np.minimum(1, (t % 1.6) / 0.02)
        hertz = root[bar] * 2 ** (step / 12)
        sound += sum(0.07 / h * np.sin(2 * np.pi * hertz * h * t) * swell for h in range(1, 6))
    return np.asarray(sound, np.float32)


@lru_cache(maxsize=32)
def demo(call_id: str) -> tuple[dict[str, Any], Audio]:
    """A demo recording: its entry in the manifest, and its sound."""
    entries = json.loads((RECORDINGS / "manifest.json").read_text(encoding="utf-8"))["recordings"]
    entry = next(e for e in entries if e["call_id"] == call_id)
    return entry, decode(RECORDINGS / entry["file"])


def spoken(entry: dict[str, Any], channel: int) -> list[tuple[float, float]]:
    """When somebody speaks on a channel of a demo recording."""
    who = "agent" if channel == entry["agent_channel"] else "customer"
    return [(t["start"], t["end"]) for t in entry["turns"] if t["speaker"] == who]
