"""What was said, by whom and when: the input of every rule, whether a recogniser wrote it or a file brought it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspection.text.transcript_fields import (
    HANGUP_BY,
    MAX_SEGMENTS,
    TranscriptError,
    call_id_of,
    code_of,
    segment_of,
)
from inspection.text.utterances import Channel, Segment, Stretch, Word, merge
from inspection.text.wording import Normalised, normalise, simplify
from regulations.names import NAMES

__all__ = [
    "MAX_SEGMENTS",
    "Channel",
    "Normalised",
    "Segment",
    "Stretch",
    "Transcript",
    "TranscriptError",
    "Word",
    "merge",
    "normalise",
    "simplify",
]


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
    channels: tuple[Channel, ...] = ()  # of our own recordings; empty where a file brought the words
    to_listen: tuple[Stretch, ...] = ()  # where a person has to hear what the recogniser could not
    suppressed: tuple[
        Mapping[str, Any], ...
    ] = ()  # what the recogniser invented: start, end, text, reason, speaker

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
        read = [segment_of(value, f"segments[{i}]") for i, value in enumerate(segments)]
        rings = data.get("rings")
        if rings is not None and (
            not isinstance(rings, int) or isinstance(rings, bool) or not 0 <= rings <= 1000
        ):
            raise TranscriptError("rings", "应为不小于 0 的整数", "must be a whole number, 0 or more")
        return Transcript(
            call_id=call_id_of(data.get("call_id")),
            channel=code_of(data, "channel", tuple(NAMES["channel"]), "phone"),
            direction=code_of(data, "direction", tuple(NAMES["direction"]), "inbound"),
            kind=code_of(data, "kind", tuple(NAMES["contact_kind"]), "other"),
            hangup_by=code_of(data, "hangup_by", HANGUP_BY, "unknown"),
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
