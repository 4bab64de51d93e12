"""How loud an utterance is. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from inspection.sound.energy import FRAME_SECONDS, SAMPLE_RATE, loudness

FloatArray = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds, start and end

_PAUSE_DB = 15.9  # so far below the level and quieter is pause: the margin of ITU-T P.56
_SILENCE_DB = -90.0  # quieter is nobody: sixteen bits end there


def level_db(channel: FloatArray, start: float, end: float, speech: Iterable[Span]) -> float | None:
    """The root mean square of what was said between two seconds, in decibels below full scale (0 and below).

    Of the channel's own samples, before anything was raised or lowered; only of 20 ms pieces that lie in `speech` and
    are no pause. None where nothing sounds there.

    Comparable on one channel of one recording, and no further: telephones and headsets differ by more than voices. A
    telephone that evens out loudness by itself (automatic gain) hides a raised voice, and one that clips cannot carry
    it: at −3 dB and above the true level may be higher. So a jump is at least what it measures, and none proves nothing.
    """
    power: list[npt.NDArray[np.float64]] = []
    for a, b in speech:
        first, until = (round(edge * SAMPLE_RATE) for edge in (max(a, start), min(b, end)))
        if until - first >= FRAME_SECONDS * SAMPLE_RATE:
            power.append(10 ** (loudness(channel[first:until]) / 10))
    frames = np.concatenate(power) if power else np.empty(0)
    if not len(frames) or _decibels(frames) < _SILENCE_DB:
        return None
    for _ in range(2):  # the first level holds the pauses as well, and lies too low by them
        frames = frames[frames >= frames.mean() * 10 ** (-_PAUSE_DB / 10)]
    return round(min(0.0, _decibels(frames)), 2)


def _decibels(power: npt.NDArray[np.float64]) -> float:
    return float(10 * np.log10(power.mean() + 1e-12))
