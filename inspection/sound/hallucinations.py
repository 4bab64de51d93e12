"""Text that a recogniser invents: subtitles over silence, and the same words over and over.

Nothing is taken out for what it says: only where the sound says too that nobody spoke it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from inspection.sound.activity import Span, overlap
from inspection.sound.engines import PROFILE
from inspection.text.lexicon import LEXICON
from inspection.text.wording import normalise
from inspection.transcript import Segment, Word

_HEARD_SHARE = 0.1  # of the words' time with speech in it; below, nobody said them
_FASTEST_SPEECH = 16.0  # characters a second; the fastest announcers reach nine
_LOOP = re.compile(r"(.{1,12}?)\1{5,}")
_LOOP_SHARE = 0.6
_BOILERPLATE = tuple(sorted({normalise(text).text for text in LEXICON.hallucinations}, key=len, reverse=True))


def sift(
    segments: Sequence[Segment], speech: Iterable[Span], sounds: Iterable[Span] | None = None
) -> tuple[list[Segment], list[dict[str, Any]]]:
    """What was said, and what was invented: [{"start", "end", "text", "reason"}], seconds of the call.

    `speech` is where somebody speaks, `sounds` where anything that may be speech is heard (without it: the speech).
    Reasons: subtitle_on_silence, a known subtitle where nobody speaks or where there was no time to say it;
    text_on_silence, words further than the profile allows from any sound; repetition, a loop faster than anybody
    speaks. Of a segment with words only the invented ones go.
    """
    spoken = tuple(speech)
    heard = spoken if sounds is None else (*spoken, *sounds)
    kept: list[Segment] = []
    dropped: list[dict[str, Any]] = []
    for segment in segments:
        if _is_loop(segment):
            dropped.append(_entry(segment, "repetition"))
            continue
        for part, reason in _parts(segment, spoken, heard):
            if reason is None:
                kept.append(part)
            else:
                dropped.append(_entry(part, reason))
    return kept, dropped


def _entry(segment: Segment, reason: str) -> dict[str, Any]:
    return {
        "start": round(segment.start, 2),
        "end": round(segment.end, 2),
        "text": segment.text.strip(),
        "reason": reason,
    }


def _is_loop(segment: Segment) -> bool:
    text = normalise(segment.text).text
    loop = _LOOP.search(text)
    return bool(
        loop
        and len(loop.group()) > _LOOP_SHARE * len(text)
        and len(text) > _most_characters(segment.end - segment.start)
    )


def _most_characters(seconds: float) -> float:
    """How much anybody can say in that time; under half a second times are too rough to tell."""
    return _FASTEST_SPEECH * max(seconds, 0.5)


def _is_unspoken(speech: tuple[Span, ...], start: float, end: float) -> bool:
    if end - start < 0.04:  # a word as short as the engine's clock: in speech or not
        return _distance(start, end, speech) > 0
    return overlap(speech, start, end) <= _HEARD_SHARE * (end - start)


def _parts(
    segment: Segment, speech: tuple[Span, ...], sounds: tuple[Span, ...]
) -> list[tuple[Segment, str | None]]:
    """The segment in stretches of words that share their fate, with the reason of those that go."""
    words = segment.words or (Word(segment.text, segment.text, segment.start, segment.end, 1.0),)
    fates: list[str | None] = [
        "text_on_silence"
        if _distance(word.start, word.end, sounds) > PROFILE.hallucination_silence_seconds
        else None
        for word in words
    ]
    for known in _subtitles(words):
        first, after = _invented(words, known, speech)
        fates[first:after] = ["subtitle_on_silence"] * (after - first)
    if len(set(fates)) == 1:
        return [(segment, fates[0])]
    parts: list[tuple[Segment, str | None]] = []
    first = 0
    for number in range(1, len(words) + 1):
        if number == len(words) or fates[number] != fates[first]:
            parts.append((_cut(segment, words[first:number]), fates[first]))
            first = number
    return parts


def _invented(words: Sequence[Word], known: tuple[int, int], speech: tuple[Span, ...]) -> tuple[int, int]:
    """How far a known subtitle reaches that nobody spoke, with what belongs to it; nothing where it may be said."""

    def is_too_fast(first: int, after: int) -> bool:
        seconds = max(w.end for w in words[first:after]) - words[first].start
        return len(normalise("".join(w.text for w in words[first:after])).text) > _most_characters(seconds)

    first, after = known
    start, end = words[first].start, max(w.end for w in words[first:after])
    if not _is_unspoken(speech, start, end) and not is_too_fast(first, after):
        return first, first
    silent = [_is_unspoken(speech, w.start, w.end) for w in words]
    while after < len(words) and (silent[after] or is_too_fast(first, after + 1)):
        after += 1  # the name behind "subtitles by"
    while first > 0 and (silent[first - 1] or is_too_fast(first - 1, after)):
        first -= 1
    return first, after


def _cut(segment: Segment, words: tuple[Word, ...]) -> Segment:
    return replace(
        segment,
        start=words[0].start,
        end=max(w.end for w in words),
        text="".join(w.text for w in words),
        words=words,
        confidence=sum(w.probability for w in words) / len(words),
    )


def _subtitles(words: Sequence[Word]) -> list[tuple[int, int]]:
    """The words that hold known subtitles, as first and after the last; neighbours are one."""
    text = normalise("".join(word.text for word in words))
    owner = [number for number, word in enumerate(words) for _ in word.text]
    is_known = [False] * len(words)
    for known in _BOILERPLATE:
        at = text.text.find(known)
        while at >= 0:
            begin, until = text.span(at, at + len(known))
            for number in range(owner[begin], owner[until - 1] + 1):
                is_known[number] = True
            at = text.text.find(known, at + 1)
    found: list[tuple[int, int]] = []
    for number, known_word in enumerate(is_known):
        if known_word and found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        elif known_word:
            found.append((number, number + 1))
    return found


def _distance(start: float, end: float, spans: tuple[Span, ...]) -> float:
    return min((max(a - end, start - b, 0.0) for a, b in spans), default=float("inf"))
