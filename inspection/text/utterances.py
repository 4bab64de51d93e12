"""What a transcript consists of: words, utterances, channels, and the stretches that a person has to hear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Span = tuple[float, float]  # seconds, start and end


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was heard. Times in seconds from the start of the call, probability 0..1.

    `raw` is what the recogniser wrote; `text` is the same in simplified characters, one for one.
    `alternatives` are the spellings that sound nearly alike (您 and 你 before 好), `text` among them, each as long as
    `text` and with its natural log-probability given the sound; empty where nobody asked (inspection/text/pairs.py).
    """

    raw: str
    text: str
    start: float
    end: float
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The word as a transcript file holds it; `raw` only where it differs, `alternatives` where there are any."""
        shown: dict[str, Any] = {
            "text": self.text,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "probability": round(self.probability, 3),
        }
        if self.raw != self.text:
            shown["raw"] = self.raw
        if self.alternatives:
            shown["alternatives"] = [[text, round(score, 3)] for text, score in self.alternatives]
        return shown


@dataclass(frozen=True, slots=True)
class Segment:
    """One utterance. Times in seconds from the start of the call; confidence 0..1 or None.

    The texts of `words` joined are `text`; empty where nobody timed the words. `is_doubtful`: written over sound that
    the speech detector does not take for speech, over what may be the other channel's voice, or by a window that failed
    every retry; such words accuse nobody.
    `channel` counts from 0; None where the words did not come from a recording of ours. `level_db` is how loud it is
    (inspection/sound/levels.py), None where nobody measured it.
    """

    speaker: str  # agent customer unknown
    start: float
    end: float
    text: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    is_doubtful: bool = False
    channel: int | None = None
    level_db: float | None = None

    def as_json(self) -> dict[str, Any]:
        """contract.md's segment, with `words`, `is_doubtful` and `level_db` beside it where there is something to say."""
        shown: dict[str, Any] = {
            "speaker": self.speaker,
            "start": round(self.start, 2),
            "end": round(self.end, 2),
            "text": self.text,
            "confidence": None if self.confidence is None else round(self.confidence, 3),
        }
        if self.words:
            shown["words"] = [word.as_json() for word in self.words]
        if self.is_doubtful:
            shown["is_doubtful"] = True
        if self.level_db is not None:
            shown["level_db"] = round(self.level_db, 1)
        return shown


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a recording: who is on it, how that was decided, and where it sounds.

    `decided` is a code of names.NAMES["channel_decision"]. `speech` and `doubtful` in seconds, `gain_db` is what the
    speech was raised by before it was recognised. `echoes` is what it overhears of the other channel, left out here.
    """

    index: int
    speaker: str  # agent customer unknown
    decided: str
    speech: tuple[Span, ...] = ()
    doubtful: tuple[Span, ...] = ()
    gain_db: float = 0.0
    echoes: tuple[Span, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Who, why, seconds of speech and of sound that may be speech, gain, and the echoes that were left out."""
        return {
            "index": self.index,
            "speaker": self.speaker,
            "decided": self.decided,
            "speech_seconds": round(sum(b - a for a, b in self.speech), 2),
            "doubtful_seconds": round(sum(b - a for a, b in self.doubtful), 2),
            "gain_db": round(self.gain_db, 1),
            "echoes": [[round(a, 2), round(b, 2)] for a, b in self.echoes],
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a channel that the recogniser could make nothing of, although somebody may speak there.

    `reason` is a code of names.NAMES["listen_reason"].
    """

    channel: int
    speaker: str
    start: float
    end: float
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Channel, speaker, seconds, reason."""
        return {
            "channel": self.channel,
            "speaker": self.speaker,
            "start": round(self.start, 2),
            "end": round(self.end, 2),
            "reason": self.reason,
        }


def merge(*tracks: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments of all tracks in time order, without those that have no text."""
    every = [s for track in tracks for s in track if s.text.strip()]
    return tuple(sorted(every, key=lambda s: (s.start, s.end)))
