"""The channels of a recording -> what is said on each, word by word in seconds of the call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from inspection.sound.activity import Activity, Span, listen, quietest
from inspection.sound.answers import (
    UNHEARD_SECONDS,
    Asked,
    Said,
    again,
    clip,
    mended,
    unheard,
    utterances,
    within,
)
from inspection.sound.echoes import without_echoes
from inspection.sound.engines import PROFILE, Engine, Heard
from inspection.sound.hallucinations import sift
from inspection.sound.levels import level_db
from inspection.sound.packing import Piece, pack
from inspection.transcript import Segment

FloatArray = npt.NDArray[np.float32]
OnProgress = Callable[[float], None]

LISTENING_VERSION = "1"
"""Raised when the same recording and engine would give other words than before."""

NOTES_VERSION = "1"
"""Of what is noted beside the words: their alternatives and levels (none before 1).

It tells old transcripts from new ones, but is no part of the settings hash. The hash names what decides the words, and
the words are the same. Were it part of it, every recording that is sent round again would be transcribed a second time
and get a second transcript of the same words, for a hint about one character. A transcript is never changed and never
made twice; an old one has no margins and no levels, and whoever reads it is told so (pairs.pair_step; a measure of
loudness that knows no level says nothing).
"""

_REPEATS_BESIDES = 4  # and one for every window: music costs no more than a bounded time
_LISTENED = 0.05  # of the progress: where somebody speaks is known
_FIRST_SHARE = 0.9  # of the progress; what is asked again is the rest
_ONE_STRETCH_SECONDS = 2.0  # what is closer is listened to in one go
_SHORTEST_MEASURED_SECONDS = 0.1  # words without a length of their own are as loud as their utterance


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What was heard on one channel, speakers `unknown`, times in seconds of the call.

    `suppressed`: [{"start", "end", "text", "reason"}], taken for invented, see hallucinations.sift.
    `to_listen`: [{"start", "end", "reason"}] where a person has to listen because no words that count came out:
    quiet_speech (sound that may be speech), no_words (speech, but nothing was written), failed (every retry failed).
    """

    activity: Activity
    segments: list[Segment]
    suppressed: list[dict[str, Any]]
    to_listen: list[dict[str, Any]]


def versions(engine: Engine) -> dict[str, str]:
    """What made a transcript: whatever decides its words, and the version of the notes beside them."""
    return {**_of_words(engine), "notes": NOTES_VERSION}


def _of_words(engine: Engine) -> dict[str, str]:
    """What decides the words: the engine's versions, our own way of listening, and the libraries behind it."""
    libraries = ("av", "silero-vad", "onnxruntime", "opencc")
    return {**engine.versions, "listening": LISTENING_VERSION, **{name: version(name) for name in libraries}}


def settings_hash(engine: Engine) -> str:
    """Equal for equal words: of the engine's own hash and everything that decides them."""
    settings = {"engine": engine.settings_hash, "versions": _of_words(engine)}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def hear_channels(
    channels: Sequence[FloatArray], engine: Engine, on_progress: OnProgress | None = None
) -> list[ChannelText]:
    """Every channel at 16 kHz by itself, in one question to the engine and one more for what it left out.

    `on_progress` is told the share 0..1 that is done, and may raise to stop. A channel without any sound that may be
    speech costs nothing: a recogniser writes subtitles over silence.
    """
    report = on_progress or (lambda _share: None)
    activities = without_echoes(channels, _listen_to_all(channels, report))
    asked = [a for i, c in enumerate(channels) for a in _plan(i, c, activities[i])]
    answers = _ask(
        engine,
        channels,
        activities,
        asked,
        lambda share: report(_LISTENED + (_FIRST_SHARE - _LISTENED) * share),
    )
    said = [s for a, heard in zip(asked, answers, strict=True) for s in utterances(a, heard)]
    rest = again(said, most=len(asked) + _REPEATS_BESIDES)
    if rest:
        more = _ask(
            engine,
            channels,
            activities,
            rest,
            lambda share: report(_FIRST_SHARE + (1 - _FIRST_SHARE) * share),
        )
        for one, heard in zip(rest, more, strict=True):
            said = mended(said, utterances(one, heard))
    report(1.0)
    return [
        _text(channels[i], activity, [s for s in said if s.channel == i])
        for i, activity in enumerate(activities)
    ]


def _listen_to_all(channels: Sequence[FloatArray], report: OnProgress) -> list[Activity]:
    """An hour takes a busy machine minutes: whoever waits, and the claim on the recording, is told as it goes."""
    activities: list[Activity] = []
    done = 0.0

    def on_share(share: float) -> None:
        nonlocal done
        done = max(done, _LISTENED * (len(activities) + share) / len(channels))  # a quiet one is heard twice
        report(done)

    for channel in channels:
        activities.append(listen(channel, on_share))
        on_share(0.0)
    return activities


def _plan(number: int, channel: FloatArray, activity: Activity) -> list[Asked]:
    """Doubtful sound has windows of its own: noise in a window can spoil the speech beside it."""
    cut = quietest(channel)
    return [
        Asked(number, window, is_doubtful)
        for spans, is_doubtful in ((activity.speech, False), (activity.doubtful, True))
        for window in pack(spans, PROFILE.window_seconds, PROFILE.gap_seconds, cut)
    ]


class _Sounds(Sequence[FloatArray]):
    """The windows' sound, made when it is asked for: that of an hour does not lie in memory at once."""

    def __init__(
        self, channels: Sequence[FloatArray], activities: Sequence[Activity], asked: Sequence[Asked]
    ) -> None:
        self._channels, self._activities, self._asked = channels, activities, asked

    def __len__(self) -> int:
        return len(self._asked)

    @overload
    def __getitem__(self, index: int) -> FloatArray: ...
    @overload
    def __getitem__(self, index: slice) -> _Sounds: ...
    def __getitem__(self, index: int | slice) -> FloatArray | _Sounds:
        if isinstance(index, slice):
            return _Sounds(self._channels, self._activities, self._asked[index])
        one = self._asked[index]
        return one.window.samples(self._channels[one.channel], self._activities[one.channel].gain)


def _ask(
    engine: Engine,
    channels: Sequence[FloatArray],
    activities: Sequence[Activity],
    asked: Sequence[Asked],
    report: OnProgress,
) -> list[Heard]:
    if not asked:
        return []
    done = 0

    def on_windows(more: int) -> None:
        nonlocal done
        done += more
        report(min(1.0, done / len(asked)))

    return engine.hear(_Sounds(channels, activities, asked), on_windows)


def _text(channel: FloatArray, activity: Activity, said: Sequence[Said]) -> ChannelText:
    segments: list[Segment] = []
    suppressed: list[dict[str, Any]] = []
    listen_to: list[tuple[Span, str]] = []
    for one in said:
        span = (one.piece.start, one.piece.end)
        kept, dropped = sift(_segment(one), () if one.is_doubtful else (span,), (span,))
        segments += [_levelled(within(segment, one.piece), one.piece, channel, activity) for segment in kept]
        suppressed += [d | {"start": clip(d["start"], span), "end": clip(d["end"], span)} for d in dropped]
        if one.is_doubtful:
            if not kept or one.has_failed:
                listen_to.append((span, "quiet_speech"))
        elif one.has_failed:
            listen_to.append((span, "failed"))
        elif not kept and span[1] - span[0] >= UNHEARD_SECONDS:
            listen_to.append((span, "no_words"))
        elif kept:
            listen_to += [(missing, "no_words") for missing in unheard(one)]
    return ChannelText(
        activity,
        sorted(segments, key=lambda s: (s.start, s.end)),
        sorted(suppressed, key=lambda d: float(d["start"])),
        _stretches(listen_to),
    )


def _levelled(segment: Segment, piece: Piece, channel: FloatArray, activity: Activity) -> Segment:
    has_length = segment.end - segment.start >= _SHORTEST_MEASURED_SECONDS
    start, end = (segment.start, segment.end) if has_length else (piece.start, piece.end)
    return replace(segment, level_db=level_db(channel, start, end, activity.everything))


def _segment(said: Said) -> list[Segment]:
    words = said.words
    if not words:
        return []
    return [
        Segment(
            "unknown",
            words[0].start,
            max(w.end for w in words),
            "".join(w.text for w in words),
            min(1.0, sum(w.probability for w in words) / len(words)),
            words,
            said.is_doubtful or said.has_failed,
        )
    ]


def _stretches(wanted: Sequence[tuple[Span, str]]) -> list[dict[str, Any]]:
    """Neighbours with one reason are one stretch."""
    result: list[dict[str, Any]] = []
    for (start, end), reason in sorted(wanted):
        if result and result[-1]["reason"] == reason and start - result[-1]["end"] <= _ONE_STRETCH_SECONDS:
            result[-1]["end"] = round(max(result[-1]["end"], end), 2)
        else:
            result.append({"start": round(start, 2), "end": round(end, 2), "reason": reason})
    return result
