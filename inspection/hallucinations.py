"""Text that a recogniser invents: subtitles over silence, and the same words over and over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from inspection.activity import Span, overlap
from inspection.lexicon import LEXICON
from inspection.transcript import Segment
from inspection.wording import normalise

_HEARD_SHARE = 0.1  # of the segment's time with sound in it; below, nothing was said there
_FASTEST_SPEECH = 16.0  # characters a second; the fastest announcers reach nine
_LOOP = re.compile(r"(.{1,12}?)\1{5,}")
_BOILERPLATE = tuple(normalise(text).text for text in LEXICON.hallucinations)


def sift(segments: Sequence[Segment], activity: list[Span]) -> tuple[list[Segment], list[dict[str, Any]]]:
    """What was said, and what was invented: [{"start", "end", "text", "reason"}].

    Words are never dropped for what they say alone: only where the channel is silent as well, or where nobody could
    have spoken so fast.
    """
    kept: list[Segment] = []
    dropped: list[dict[str, Any]] = []
    for segment in segments:
        reason = _reason(segment, activity)
        if reason is None:
            kept.append(segment)
        else:
            dropped.append(
                {
                    "start": round(segment.start, 2),
                    "end": round(segment.end, 2),
                    "text": segment.text,
                    "reason": reason,
                }
            )
    return kept, dropped


def _reason(segment: Segment, activity: list[Span]) -> str | None:
    text = normalise(segment.text).text
    seconds = segment.end - segment.start
    is_silent = overlap(activity, segment.start, segment.end) <= _HEARD_SHARE * seconds
    if is_silent and (any(b in text for b in _BOILERPLATE) or seconds > 0):
        return "subtitle_on_silence" if any(b in text for b in _BOILERPLATE) else "text_on_silence"
    loop = _LOOP.search(text)
    if loop and len(loop.group()) > 0.6 * len(text) and len(text) > _FASTEST_SPEECH * max(seconds, 0.5):
        return "repetition"
    return None
