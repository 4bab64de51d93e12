"""Looking for a phrase that ought to be there: exact, with gaps, mixed up by recognition, or nearly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from inspection.lexicon import LEXICON
from inspection.tracks import BREAK, Track
from inspection.wording import confuse, distance, normalise

_GAP = re.compile(r"(?:…+|\.{3,}|[XxX×○]{2,})")  # what a script leaves for the agent to fill in
_LONGEST_SEARCHED = 4_000  # characters in which a near miss is looked for


@dataclass(frozen=True, slots=True)
class Match:
    """Where a wanted phrase stands in a track. `is_confused`: only if 您 and 你 count as one sound."""

    text: str
    start: int
    end: int
    is_confused: bool = False
    is_fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The words that come nearest to a phrase that was not found. `ratio` 1 would be the phrase itself."""

    text: str
    start: int
    end: int
    ratio: float


@lru_cache(maxsize=4096)
def _pattern(text: str, is_confused: bool) -> re.Pattern[str] | None:
    parts = [normalise(part).text for part in _GAP.split(text)]
    parts = [re.escape(confuse(p) if is_confused else p) for p in parts if p]
    if not parts:
        return None
    gap = f"[^{BREAK}]{{0,{LEXICON.windows.gap_characters}}}?"
    return re.compile(gap.join(parts))


def occurrences(track: Track, text: str, *, is_confused: bool = False) -> list[tuple[int, int]]:
    """Every place of one phrase in the track."""
    pattern = _pattern(text, is_confused)
    said = confuse(track.text) if is_confused else track.text
    return [m.span() for m in pattern.finditer(said)] if pattern else []


def must_stand_alone(match: str, start: int, end: int) -> bool:
    """Whether only a word by itself counts. A single character always has to: it is part of too many words."""
    return match == "exact_word" or end - start == 1


def is_word(track: Track, start: int, end: int) -> bool:
    """Whether [start, end) stands alone: between punctuation, edges, or characters that begin or end a phrase.

    亲 in 好的亲,您稍等 stands alone; in 亲自 and 母亲 it does not, and 你好 in 你好像 does not.
    """
    is_free_left = bool(track.between(start - 1, start)) or track.text[start - 1] in LEXICON.before_word
    is_free_right = bool(track.between(end - 1, end)) or track.text[end] in LEXICON.after_word
    return is_free_left and is_free_right


def search(
    track: Track, texts: tuple[str, ...], allow: tuple[str, ...], match: str, *, is_heard: bool
) -> Match | None:
    """The first place of one of the alternatives. `is_heard`: recognised speech, where sounds get mixed up."""
    for is_confused in (False, True) if is_heard else (False,):
        found = [
            Match(text, start, end, is_confused)
            for text in texts
            for start, end in occurrences(track, text, is_confused=is_confused)
            if (match != "exact_word" or is_word(track, start, end))
            and not is_swallowed(track, start, end, allow)
        ]
        if found:
            return min(found, key=lambda m: (m.start, -m.end))
    if match == "fuzzy":
        miss = nearest(track, texts)
        if miss is not None and miss.ratio >= LEXICON.near_miss_ratio:
            return Match(miss.text, miss.start, miss.end, is_fuzzy=True)
    return None


def is_swallowed(track: Track, start: int, end: int, allow: tuple[str, ...]) -> bool:
    """Whether a longer harmless wording covers [start, end), undivided in the original."""
    for text in allow:
        length = len(normalise(text).text)
        low = max(0, start - length)
        for begin, until in occurrences(track, text):
            if begin < low:
                continue
            if begin > start:
                break
            if until >= end and not track.is_divided(begin, until):
                return True
    return False


def nearest(track: Track, texts: tuple[str, ...]) -> NearMiss | None:
    """The nearest near miss by edit distance over characters. None when nothing at all resembles."""
    best: NearMiss | None = None
    said = confuse(track.text[:_LONGEST_SEARCHED])
    for text in texts:
        wanted = confuse("".join(normalise(part).text for part in _GAP.split(text)))
        if not wanted or not said:
            continue
        edits, end = distance(wanted, said)
        ratio = 1 - edits / len(wanted)
        start = max(0, end - len(wanted))
        while start < end and track.owner[start] == -1:
            start += 1
        while end > start and track.owner[end - 1] == -1:
            end -= 1
        if end > start and ratio > 0 and (best is None or ratio > best.ratio):
            best = NearMiss(text, start, end, ratio)
    return best
