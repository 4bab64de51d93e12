"""Where a channel sounds, told by loudness and by how a sound holds still: what may be speech, and what is a tone.

It knows nothing of voices; it stands behind the network that does, so that nothing quiet is passed over in silence.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float64]
Span = tuple[float, float]  # seconds, start and end

SAMPLE_RATE = 16_000
FRAME_SECONDS = 0.02
_FRAME = SAMPLE_RATE // 50
_QUIETEST_SPEECH_DB = -55.0  # full scale is 0; a line's own noise lies below
_ABOVE_NOISE_DB = 9.0
_WIDEST_RANGE_DB = 35.0  # more than this below the speech is somebody else's, far away
_SHORTEST_SECONDS = 0.12  # a click is shorter
_BRIDGE_SECONDS = 0.3  # stops inside words
_PAD_SECONDS = 0.15

# Two spectra of 64 ms, one after the other. A tone's, a chord's are the same; the pitch of a voice never rests.
_WINDOW, _HOP, _APART = 1024, 512, 2
_LOWEST_BIN, _HIGHEST_BIN = 10, 243  # 156 to 3800 Hz: what a telephone carries
_SAME_SPECTRUM = 0.85  # cosine; speech reaches it in half of a second at the very most
_PURE = 0.95  # of the energy in two peaks: keys of a telephone, too short to be compared
_TONE_SHARE = 0.55
_STEADY_DB = 2.0  # a hiss or a hum; syllables rise and fall by more than twice that


def loudness(channel: FloatArray) -> Levels:
    """Decibels below full scale of every 20 ms, computed a minute at a time."""
    frames = len(channel) // _FRAME
    power = np.empty(frames)
    for at in range(0, frames, 3000):
        block = np.asarray(channel[at * _FRAME : min(at + 3000, frames) * _FRAME], np.float64)
        power[at : at + 3000] = (block.reshape(-1, _FRAME) ** 2).mean(axis=1)
    return 10 * np.log10(power + 1e-12)


def speech_spans(channel: FloatArray, speech_db: float | None = None) -> list[Span]:
    """The stretches with sound that may be speech, in order, a little wider than heard. Silence gives none.

    `speech_db` is how loud the channel's speech is, where that is known; without it the loudest sound stands for it.
    """
    level = loudness(channel)
    if not len(level):
        return []
    noise = float(np.percentile(level, 10))
    loud = float(np.percentile(level, 99))
    # On a channel that speaks throughout, the 10th percentile is speech itself: hence never above the middle.
    threshold = max(
        _QUIETEST_SPEECH_DB,
        (loud if speech_db is None else speech_db) - _WIDEST_RANGE_DB,
        min(noise + _ABOVE_NOISE_DB, loud - 15.0),
    )
    spans: list[Span] = []
    for first, after in runs(level > threshold):
        start, end = first * FRAME_SECONDS, after * FRAME_SECONDS
        if spans and start - spans[-1][1] < _BRIDGE_SECONDS:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    length = len(channel) / SAMPLE_RATE
    heard = [(a, b) for a, b in spans if b - a >= _SHORTEST_SECONDS]
    return [(max(0.0, a - _PAD_SECONDS), min(length, b + _PAD_SECONDS)) for a, b in heard]


def runs(is_on: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of True, as first index and index after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_on.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def is_machine(sound: FloatArray) -> bool:
    """Whether a second or so of sound is a beep, ring-back, keys, music or a steady hum, and no quiet voice."""
    spectra = _spectra(np.asarray(sound, np.float32))
    if len(spectra) <= _APART:
        return False
    power = (spectra**2).sum(axis=1)
    is_heard = power > 0.01 * power.max()  # pauses between the notes say nothing
    if _is_steady(sound):
        return True
    norm = np.sqrt(power) + 1e-12
    alike = (spectra[:-_APART] * spectra[_APART:]).sum(axis=1) / (norm[:-_APART] * norm[_APART:])
    holds = np.zeros(len(spectra))
    holds[:-_APART] = alike
    holds[_APART:] = np.maximum(holds[_APART:], alike)
    is_tone = (holds > _SAME_SPECTRUM) | (_purity(spectra**2) > _PURE)
    return bool(is_tone[is_heard].mean() >= _TONE_SHARE)


def _spectra(sound: FloatArray) -> Levels:
    if len(sound) < _WINDOW:
        return np.zeros((0, _HIGHEST_BIN - _LOWEST_BIN))
    frames: FloatArray = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    spectra: Levels = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1))
    band: Levels = spectra[:, _LOWEST_BIN:_HIGHEST_BIN]
    return band


def _purity(power: Levels) -> Levels:
    """The share of each frame's energy that lies in its two narrowest and highest peaks."""
    rest, rows = power.copy(), np.arange(len(power))
    for _ in range(2):
        peak = rest.argmax(axis=1)
        for beside in (-2, -1, 0, 1, 2):
            rest[rows, np.clip(peak + beside, 0, rest.shape[1] - 1)] = 0
    shares: Levels = 1 - rest.sum(axis=1) / (power.sum(axis=1) + 1e-20)
    return shares


def _is_steady(sound: FloatArray) -> bool:
    level = loudness(sound)
    inner = level[level > level.max() - 20.0] if len(level) else level
    return len(inner) > 25 and float(np.std(inner)) < _STEADY_DB
