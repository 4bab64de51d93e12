"""What one channel overhears of the other: the caller's voice in the agent's line, quieter and a little late.

Transcribed, it would put one person's words into the other's mouth. It is left out only where the very same sound
stands on the other channel, louder: two people who speak at once never have the same waveform.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from inspection.sound.activity import SAMPLE_RATE, Activity, Span, joined, overlap, without

FloatArray = npt.NDArray[np.float32]

_BLOCK_SECONDS = 0.4
_HOP_SECONDS = 0.2
_LATEST_SECONDS = 0.5  # either way: where a recorder taps the line is not known
_ALIKE = 0.6  # correlation; independent voices stay below 0.45, an echo through a telephone codec above 0.7
_QUIETER = 10 ** (-10 / 10)  # of the power; what is louder than that may hide words of one's own
_SOME_QUIETER = 10 ** (-1 / 10)  # below: whose of the two the words are, only a person can tell
_SHORTEST_SECONDS = 0.35  # what is left of a span beside an echo: its padding


def without_echoes(channels: Sequence[FloatArray], activities: Sequence[Activity]) -> list[Activity]:
    """The activities of two channels without what each overhears of the other, which stands in `echoes` instead.

    What is nearly as loud as the other's voice is only doubted: it is transcribed, and accuses nobody. Those of any
    other number of channels stay as they are.
    """
    if len(channels) != 2:
        return list(activities)
    result = []
    for mine, other in ((0, 1), (1, 0)):
        activity = activities[mine]
        pair, others = (channels[mine], channels[other]), activities[other].everything
        heard = echoes(*pair, activity.everything, others)
        rest = replace(
            activity,
            speech=_left(activity.speech, heard),
            doubtful=_left(activity.doubtful, heard),
            echoes=_dropped(activity, heard),
        )
        loud = echoes(*pair, rest.speech, others, _SOME_QUIETER)
        own = _left(rest.speech, loud)
        result.append(
            replace(rest, speech=own, doubtful=tuple(joined([*rest.doubtful, *without(rest.speech, own)])))
        )
    return result


def echoes(
    channel: FloatArray,
    other: FloatArray,
    spans: Iterable[Span],
    others: Iterable[Span],
    quieter: float = _QUIETER,
) -> list[Span]:
    """The stretches of `spans` in which `channel` carries what `other` carries in its own spans `others`.

    `quieter`: at most that part of the other's power.
    """
    elsewhere = tuple(others)
    found: list[Span] = []
    for start, end in spans:
        at = start
        while at < end:
            until = min(at + _BLOCK_SECONDS, end)
            near = overlap(elsewhere, at - _LATEST_SECONDS, until + _LATEST_SECONDS) > 0
            if near and _is_echo(channel, other, at, until, quieter):
                found.append((at, until))
            at += _HOP_SECONDS
    return joined(found)


def _is_echo(channel: FloatArray, other: FloatArray, start: float, end: float, quieter: float) -> bool:
    first, after = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
    reach = int(_LATEST_SECONDS * SAMPLE_RATE)
    begin = max(0, first - reach)
    quiet = np.asarray(channel[first:after], np.float64)
    loud = np.asarray(other[begin : after + reach], np.float64)
    lags = len(loud) - len(quiet) + 1
    if lags < 1 or len(quiet) < SAMPLE_RATE // 10:
        return False
    size = 1 << len(loud).bit_length()
    product = np.fft.irfft(np.fft.rfft(loud, size) * np.conj(np.fft.rfft(quiet, size)), size)[:lags]
    sums = np.concatenate(([0.0], np.cumsum(loud**2)))
    power = sums[len(quiet) :][:lags] - sums[:lags]
    mine = float(np.dot(quiet, quiet))
    best = int(np.argmax(np.abs(product) / np.sqrt(power + 1e-9)))
    alike = abs(product[best]) / np.sqrt(mine * power[best] + 1e-12)
    return bool(alike > _ALIKE and mine < quieter * power[best])


def _dropped(activity: Activity, heard: Sequence[Span]) -> tuple[Span, ...]:
    """What is no longer listened to, the rests beside an echo included: nothing is left out without a trace."""
    kept = (*_left(activity.speech, heard), *_left(activity.doubtful, heard))
    return tuple(without(activity.everything, kept))


def _left(spans: Sequence[Span], heard: Sequence[Span]) -> tuple[Span, ...]:
    touched = [s for s in spans if overlap(heard, *s) > 0]
    rest = [s for s in without(touched, heard) if s[1] - s[0] >= _SHORTEST_SECONDS]
    return tuple(sorted([*(s for s in spans if s not in touched), *rest]))
