"""Where somebody speaks on a channel, where somebody may be speaking quietly, and how loud speech is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from inspection.sound.energy import FRAME_SECONDS, SAMPLE_RATE, is_machine, loudness, runs, speech_spans
from inspection.sound.silero import FRAME_SECONDS as LOOK_SECONDS
from inspection.sound.silero import speech_probabilities

__all__ = [
    "SAMPLE_RATE",
    "Activity",
    "Span",
    "joined",
    "listen",
    "overlap",
    "quietest",
    "speech_seconds",
    "without",
]

FloatArray = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds, start and end

# The network's own advice is 0.5, for those who would rather miss a word than hear a noise. A word missed here is
# never transcribed; a noise costs a few characters that are sifted later.
_BEGINS = 0.25
_GOES_ON = 0.1
_SURE = 0.5  # loud enough to tell how loud speech is
_SHORTEST_SECONDS = 0.09
_BRIDGE_SECONDS = 0.4  # stops inside words, and the breath between two
_PAD_SECONDS = 0.2
_DOUBTFUL_SECONDS = 0.4  # less is a click or a breath
_TRAILING_SECONDS = 1.0  # sound that touches speech and is no longer than this belongs to it
_JUDGED_SECONDS = 1.0  # how much is judged at once for being a tone
_SPEECH_LEVEL_DB = -23.0
_MOST_GAIN_DB = 30.0
_LISTEN_AGAIN = 2.0  # from this gain on the network is asked again, at the level that it knows


@dataclass(frozen=True, slots=True)
class Activity:
    """What a channel holds. Spans are in order, apart from one another, and within the channel.

    `speech`: somebody speaks. `doubtful`: something sounds that may be quiet speech, or the other channel's voice; it is
    transcribed as well, and whatever comes out accuses nobody. `gain`: the factor that brings the speech to one level; 1
    where there is none.
    `echoes`: the other channel's voice overheard on this one; not transcribed here (inspection/sound/echoes.py).
    """

    speech: tuple[Span, ...]
    doubtful: tuple[Span, ...]
    gain: float
    echoes: tuple[Span, ...] = ()

    @property
    def everything(self) -> tuple[Span, ...]:
        """Speech and what may be speech, in order."""
        return tuple(sorted((*self.speech, *self.doubtful)))


def listen(channel: FloatArray, on_share: Callable[[float], None] | None = None) -> Activity:
    """Speech on one channel at 16 kHz, tuned for recall. Hours may lie in a file: they are read in pieces.

    `on_share` is told the share 0..1 that was listened to, every few seconds of sound, and may raise to stop.
    """
    length = len(channel) / SAMPLE_RATE
    level = loudness(channel)
    if not len(level):
        return Activity((), (), 1.0)
    probability = speech_probabilities(channel, on_share=on_share)
    gain, speech_db = _gain(level, probability)
    if gain > _LISTEN_AGAIN:  # the network grows deaf to what is quieter than what it was taught with
        probability = np.maximum(probability, speech_probabilities(channel, gain, on_share))
        gain, speech_db = _gain(level, probability)
    speech = _spans(probability, length)
    doubtful: list[Span] = []
    for span in without(speech_spans(channel, speech_db), speech):
        touches = any(span[0] <= b and span[1] >= a for a, b in speech)
        judged = joined(_unlike_machines(channel, span))
        if touches and span[1] - span[0] <= _TRAILING_SECONDS and judged:
            speech = joined([*speech, span])
            continue
        for part in judged:
            found = _heard_afresh(channel, part, gain)
            speech = joined([*speech, *found])
            doubtful += without([part], found)
    apart = without(joined(doubtful), speech)
    return Activity(tuple(speech), tuple(s for s in apart if s[1] - s[0] >= _DOUBTFUL_SECONDS), gain)


def _gain(level: npt.NDArray[np.float64], probability: FloatArray) -> tuple[float, float | None]:
    """The factor for the speech, and how loud it is in decibels; 1 and None where nobody is heard.

    Only what the network takes for speech counts: beeps, ring-back and hold music turn nobody down.
    """
    frames = np.minimum(
        (np.arange(len(level)) * FRAME_SECONDS / LOOK_SECONDS).astype(np.int64), len(probability) - 1
    )
    likely = probability[frames]
    heard = level[likely > _SURE]
    if len(heard) < 10:
        heard = level[likely > _BEGINS]
    if len(heard) < 5:
        return 1.0, None
    decibels = float(np.clip(_SPEECH_LEVEL_DB - np.median(heard), -_MOST_GAIN_DB, _MOST_GAIN_DB))
    return float(10 ** (decibels / 20)), float(np.percentile(heard, 95))


def _spans(probability: FloatArray, length: float) -> list[Span]:
    """Speech begins where it is likely and goes on while it is not unlikely; then pauses are bridged, edges padded."""
    heard = [
        (a * LOOK_SECONDS, b * LOOK_SECONDS)
        for a, b in runs(probability > _GOES_ON)
        if probability[a:b].max() > _BEGINS
    ]
    bridged = joined(heard, _BRIDGE_SECONDS)
    return joined(
        (max(0.0, a - _PAD_SECONDS), min(length, b + _PAD_SECONDS))
        for a, b in bridged
        if b - a >= _SHORTEST_SECONDS
    )


def _heard_afresh(channel: FloatArray, span: Span, gain: float) -> list[Span]:
    """The speech in a stretch that the network passed over, when it hears it without what came before.

    After half a minute of ring-back or music it needs a second to notice that somebody says hello.
    """
    begin, end = max(0.0, span[0] - _PAD_SECONDS), span[1] + _PAD_SECONDS
    sound = np.asarray(channel[int(begin * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
    found = _spans(speech_probabilities(sound, gain), len(sound) / SAMPLE_RATE)
    return [(begin + a, begin + b) for a, b in found]


def _unlike_machines(channel: FloatArray, span: Span) -> list[Span]:
    """The parts of a stretch that are no beep, music or hum, judged a second at a time."""
    count = max(1, round((span[1] - span[0]) / _JUDGED_SECONDS))
    edges = np.linspace(span[0], span[1], count + 1)
    return [
        (float(a), float(b))
        for a, b in pairwise(edges)
        if not is_machine(np.asarray(channel[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)]))
    ]


def joined(spans: Iterable[Span], gap: float = 0.0) -> list[Span]:
    """The same stretches in order, those that overlap or lie within `gap` seconds of each other as one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start - result[-1][1] <= gap:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` lies outside `taken`."""
    result = list(spans)
    for start, end in taken:
        cut: list[Span] = []
        for a, b in result:
            if b <= start or a >= end:
                cut.append((a, b))
                continue
            cut += [s for s in ((a, start), (end, b)) if s[1] > s[0]]
        result = cut
    return result


def speech_seconds(spans: Iterable[Span]) -> float:
    """How long somebody speaks altogether."""
    return sum(b - a for a, b in spans)


def overlap(spans: Iterable[Span], start: float, end: float) -> float:
    """Seconds of [start, end] that lie within the spans."""
    return sum(max(0.0, min(b, end) - max(a, start)) for a, b in spans)


def quietest(channel: FloatArray) -> Callable[[float, float], float]:
    """For packing: the second between two at which the channel is quietest."""

    def cut(start: float, end: float) -> float:
        level = loudness(channel[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
        if len(level) < 5:
            return end
        smooth = np.convolve(level, np.ones(5) / 5, "valid")
        return start + float(np.argmin(smooth) + 2.5) * FRAME_SECONDS

    return cut
