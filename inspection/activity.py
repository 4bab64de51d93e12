"""Where somebody speaks on a channel, told by energy alone: enough to skip silence and to cut at pauses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds, start and end

SAMPLE_RATE = 16_000
_FRAME = SAMPLE_RATE // 50  # 20 ms
_QUIETEST_SPEECH_DB = -55.0  # full scale is 0; a line's own noise lies below
_ABOVE_NOISE_DB = 9.0
_WIDEST_RANGE_DB = 35.0  # speech more than this below the loudest part is somebody else's, far away
_SHORTEST_SECONDS = 0.12  # a click is shorter
_BRIDGE_SECONDS = 0.3  # stops inside words
_PAD_SECONDS = 0.15
_SPEECH_LEVEL_DB = -23.0
_MOST_GAIN_DB = 30.0


def loudness(channel: FloatArray) -> npt.NDArray[np.float64]:
    """Decibels below full scale of every 20 ms, computed a minute at a time."""
    frames = len(channel) // _FRAME
    power = np.empty(frames)
    for at in range(0, frames, 3000):
        block = np.asarray(channel[at * _FRAME : min(at + 3000, frames) * _FRAME], np.float64)
        power[at : at + 3000] = (block.reshape(-1, _FRAME) ** 2).mean(axis=1)
    return 10 * np.log10(power + 1e-12)


def speech_spans(channel: FloatArray) -> list[Span]:
    """The stretches with sound that may be speech, in order, a little wider than heard. Silence gives none."""
    level = loudness(channel)
    if not len(level):
        return []
    noise = float(np.percentile(level, 10))
    loud = float(np.percentile(level, 99))
    # On a channel that speaks throughout, the 10th percentile is speech itself: hence never above the middle.
    threshold = max(_QUIETEST_SPEECH_DB, loud - _WIDEST_RANGE_DB, min(noise + _ABOVE_NOISE_DB, loud - 15.0))
    is_active = level > threshold
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_active.astype(np.int8), [0]))))
    bursts = [(a * 0.02, b * 0.02) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    spans: list[Span] = []
    for start, end in bursts:
        if spans and start - spans[-1][1] < _BRIDGE_SECONDS:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    length = len(channel) / SAMPLE_RATE
    padded = [
        (max(0.0, a - _PAD_SECONDS), min(length, b + _PAD_SECONDS))
        for a, b in spans
        if b - a >= _SHORTEST_SECONDS
    ]
    return [(float(a), float(b)) for a, b in padded]


def speech_seconds(spans: list[Span]) -> float:
    """How long somebody speaks altogether."""
    return sum(b - a for a, b in spans)


def overlap(spans: list[Span], start: float, end: float) -> float:
    """Seconds of [start, end] that lie within the spans."""
    return sum(max(0.0, min(b, end) - max(a, start)) for a, b in spans)


def gain_for(channel: FloatArray) -> float:
    """The factor that brings speech to one level.

    It follows the median of the frames that are not silent, so that a few loud beeps do not turn the speech down.
    """
    level = loudness(channel)
    heard = (
        level[level > max(_QUIETEST_SPEECH_DB, float(np.percentile(level, 10)) + 6.0)]
        if len(level)
        else level
    )
    if len(heard) < 10:
        return 1.0
    decibels = float(np.clip(_SPEECH_LEVEL_DB - np.median(heard), -_MOST_GAIN_DB, _MOST_GAIN_DB))
    return float(10 ** (decibels / 20))


def windows(
    channel: FloatArray, spans: list[Span], longest: float = 28.0, longest_gap: float = 4.0
) -> list[Span]:
    """Stretches of at most `longest` seconds that hold all the spans, cut in pauses.

    A pause over `longest_gap` is left out. Speech without any pause is cut where it is quietest.
    """
    whole: list[Span] = []
    for start, end in spans:
        while end - start > longest:
            cut = _quietest(channel, start + longest - 8.0, start + longest)
            whole.append((start, cut))
            start = cut
        whole.append((start, end))
    result: list[Span] = []
    for start, end in whole:
        if result and end - result[-1][0] <= longest and start - result[-1][1] <= longest_gap:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def _quietest(channel: FloatArray, start: float, end: float) -> float:
    level = loudness(channel[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
    smooth = np.convolve(level, np.ones(5) / 5, "same")
    return start + float(np.argmin(smooth[2:-2]) + 2) * 0.02
