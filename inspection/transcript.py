"""What was said, by whom and when: the input of every rule, whether a recogniser wrote it or a file brought it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspection.wording import Normalised, normalise, simplify
from regulations.names import NAMES

__all__ = ["Normalised", "Segment", "Transcript", "TranscriptError", "merge", "normalise", "simplify"]

# Guards against a file that is not a transcript of one contact; far above any real call.
MAX_SEGMENTS = 20_000
MAX_TEXT_CHARACTERS = 5_000
MAX_SECONDS = 24 * 3600.0
MAX_CALL_ID_CHARACTERS = 80

SPEAKERS = tuple(NAMES["speaker"])
HANGUP_BY = ("agent", "customer", "unknown")


class TranscriptError(ValueError):
    """A transcript file that cannot be used. `field` is the place in the file, such as `segments[3].end`."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(f"{field}: {en}")
        self.field = field
        self.zh = f"{field}:{zh}"
        self.en = f"{field}: {en}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One utterance. Times in seconds from the start of the call; confidence 0..1 or None."""

    speaker: str  # agent customer unknown
    start: float
    end: float
    text: str
    confidence: float | None = None

    def as_json(self) -> dict[str, Any]:
        """contract.md's segment."""
        return {
            "speaker": self.speaker,
            "start": round(self.start, 2),
            "end": round(self.end, 2),
            "text": self.text,
            "confidence": None if self.confidence is None else round(self.confidence, 3),
        }


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole contact. Segments stand in time order; a finding's `segment` counts them from 0."""

    call_id: str
    channel: str = "phone"  # phone chat visit
    direction: str = "inbound"  # inbound outbound
    kind: str = "other"  # names.NAMES["contact_kind"]
    hangup_by: str = "unknown"  # agent customer unknown
    segments: tuple[Segment, ...] = ()
    rings: int | None = None  # rings before the answer, where the telephone system tells
    duration_seconds: float = 0.0  # of the recording; 0: as long as the last segment
    is_complete: bool = True  # False: the recording breaks off, its end is not the call's end

    @property
    def seconds(self) -> float:
        """How long the contact lasted: the recording, or until the last word."""
        return max([self.duration_seconds, *(s.end for s in self.segments)])

    @staticmethod
    def from_json(data: object) -> Transcript:
        """A transcript file of contract.md. Raises TranscriptError naming field and segment.

        `call_id` and `segments` must be there; a missing channel is phone, direction inbound, kind other,
        hangup_by unknown, speaker unknown. Keys that contract.md does not know are passed over.
        """
        if not isinstance(data, Mapping):
            raise TranscriptError("file", "不是一个 JSON 对象", "not a JSON object")
        segments = data.get("segments")
        if not isinstance(segments, list):
            raise TranscriptError("segments", "缺少，或不是列表", "missing, or not a list")
        if len(segments) > MAX_SEGMENTS:
            raise TranscriptError(
                "segments", f"超过 {MAX_SEGMENTS} 段", f"more than {MAX_SEGMENTS} segments in one contact"
            )
        read = [_segment(value, f"segments[{i}]") for i, value in enumerate(segments)]
        rings = data.get("rings")
        if rings is not None and (
            not isinstance(rings, int) or isinstance(rings, bool) or not 0 <= rings <= 1000
        ):
            raise TranscriptError("rings", "应为不小于 0 的整数", "must be a whole number, 0 or more")
        return Transcript(
            call_id=_call_id(data.get("call_id")),
            channel=_code(data, "channel", tuple(NAMES["channel"]), "phone"),
            direction=_code(data, "direction", tuple(NAMES["direction"]), "inbound"),
            kind=_code(data, "kind", tuple(NAMES["contact_kind"]), "other"),
            hangup_by=_code(data, "hangup_by", HANGUP_BY, "unknown"),
            segments=merge(read),
            rings=rings,
        )

    def as_json(self) -> dict[str, Any]:
        """contract.md's transcript file."""
        return {
            "call_id": self.call_id,
            "channel": self.channel,
            "direction": self.direction,
            "kind": self.kind,
            "hangup_by": self.hangup_by,
            "segments": [s.as_json() for s in self.segments],
        }


def merge(*tracks: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments of all tracks in time order, without those that have no text."""
    every = [s for track in tracks for s in track if s.text.strip()]
    return tuple(sorted(every, key=lambda s: (s.start, s.end)))


def spoken_by(segments: Sequence[Segment], speaker: str) -> list[Segment]:
    """The same segments with the speaker named."""
    return [replace(s, speaker=speaker) for s in segments]


def _call_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TranscriptError("call_id", "缺少，或不是文字", "missing, or not text")
    if len(value) > MAX_CALL_ID_CHARACTERS:
        raise TranscriptError(
            "call_id",
            f"超过 {MAX_CALL_ID_CHARACTERS} 个字符",
            f"longer than {MAX_CALL_ID_CHARACTERS} characters",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        raise TranscriptError("call_id", "含有控制字符", "contains control characters")
    return value.strip()


def _code(data: Mapping[str, Any], key: str, known: tuple[str, ...], default: str, where: str = "") -> str:
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value not in known:
        shown = repr(value)[:40]
        raise TranscriptError(
            f"{where}{key}",
            f"{shown} 不在 {'、'.join(known)} 之中",
            f"{shown} is not one of {', '.join(known)}",
        )
    return value


def _segment(value: object, where: str) -> Segment:
    if not isinstance(value, Mapping):
        raise TranscriptError(where, "不是一个 JSON 对象", "not a JSON object")
    text = value.get("text")
    if not isinstance(text, str):
        raise TranscriptError(f"{where}.text", "缺少，或不是文字", "missing, or not text")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TranscriptError(
            f"{where}.text",
            f"超过 {MAX_TEXT_CHARACTERS} 个字符",
            f"longer than {MAX_TEXT_CHARACTERS} characters",
        )
    # Half a surrogate pair or a NUL would be refused much later, by the database.
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    start, end = _seconds(value, "start", where), _seconds(value, "end", where)
    if end < start:
        raise TranscriptError(
            f"{where}.end", f"{end} 早于开始 {start}", f"{end} is before the start, {start}"
        )
    confidence = value.get("confidence")
    if confidence is not None:
        confidence = _number(confidence, f"{where}.confidence")
        if not 0 <= confidence <= 1:
            raise TranscriptError(f"{where}.confidence", "应在 0 与 1 之间", "must be between 0 and 1")
    return Segment(_code(value, "speaker", SPEAKERS, "unknown", f"{where}."), start, end, text, confidence)


def _seconds(value: Mapping[str, Any], key: str, where: str) -> float:
    if value.get(key) is None:
        raise TranscriptError(f"{where}.{key}", "缺少", "missing")
    seconds = _number(value[key], f"{where}.{key}")
    if not 0 <= seconds <= MAX_SECONDS:
        raise TranscriptError(
            f"{where}.{key}",
            f"应在 0 与 {MAX_SECONDS:.0f} 秒之间",
            f"must be between 0 and {MAX_SECONDS:.0f} seconds",
        )
    return seconds


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TranscriptError(where, "不是数字", "not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TranscriptError(where, "不是有限的数字", "not a finite number")
    return number
