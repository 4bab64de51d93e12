"""Looking for a phrase that ought to be there: its texts by the index of the rulebook, texts with gaps and patterns by expression."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import lru_cache

from inspection.limits import Limits
from inspection.required.near import nearest
from inspection.text.lexicon import LEXICON
from inspection.text.phrase_index import Found, PhraseIndex, has_gap
from inspection.text.tracks import BREAK, Track
from inspection.text.wording import confuse, normalise, spellings_of
from regulations.patterns import parse
from regulations.values import PhraseRule

GAP = re.compile(r"…+|\.{3,}|[XxX×○]{2,}")  # what a script leaves for the agent to fill in


@dataclass(frozen=True, slots=True)
class Match:
    """Where a wanted phrase stands in a track. `is_confused`: only if 您 and 你 count as one sound."""

    text: str
    start: int
    end: int
    is_confused: bool = False
    is_fuzzy: bool = False


@lru_cache(maxsize=4096)
def expression_of(text: str, gap_characters: int, *, is_confused: bool) -> re.Pattern[str] | None:
    """A text as an expression over compared words; … and XXX stand for up to so many characters."""
    parts = [normalise(part).text for part in GAP.split(text)]
    parts = [re.escape(confuse(p) if is_confused else p) for p in parts if p]
    if not parts:
        return None
    return re.compile(f"[^{BREAK}]{{0,{gap_characters}}}?".join(parts))


@lru_cache(maxsize=4096)
def expression_of_pattern(pattern: str, *, is_confused: bool) -> re.Pattern[str]:
    """A pattern with slots (regulations/patterns.py) as an expression over compared words."""
    parts: list[str] = []
    for part in parse(pattern):
        if part.kind == "gap":
            parts.append(f"[^{BREAK}]{{0,{part.most}}}?")
            continue
        spelt = {s for text in part.texts for s in spellings_of(text)}
        words = sorted({confuse(s) if is_confused else s for s in spelt}, key=lambda s: (-len(s), s))
        parts.append(f"(?:{'|'.join(map(re.escape, words))}){'?' if part.kind == 'maybe' else ''}")
    return re.compile("".join(parts))


def occurrences(track: Track, text: str, *, gap: int = 0, is_confused: bool = False) -> list[tuple[int, int]]:
    """Every place of one phrase in the track; `gap` is how many characters … may stand for."""
    expression = expression_of(text, gap, is_confused=is_confused)
    said = track.confused if is_confused else track.text
    return [m.span() for m in expression.finditer(said)] if expression else []


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
    track: Track,
    rule: PhraseRule,
    index: PhraseIndex,
    limits: Limits,
    *,
    is_heard: bool,
    within: Set[int] | None = None,
) -> Match | None:
    """The first place of one of the rule's wordings.

    `is_heard`: recognised speech, where sounds get mixed up. `within`: only in these segments.
    """
    span = (0, len(track.text)) if within is None else track.extent(within)
    if span[0] == span[1]:
        return None
    for is_confused in (False, True) if is_heard else (False,):
        found = [
            Match(text, start, end, is_confused)
            for text, start, end in _places(track, rule, index, limits, is_confused, span)
            if _is_within(track, start, end, within)
            and (rule.match != "exact_word" or is_word(track, start, end))
            and not _is_swallowed(track, start, end, rule, index, is_confused)
        ]
        if found:
            return min(found, key=lambda m: (m.start, -m.end))
    if rule.match == "fuzzy":
        miss = nearest(track, rule.texts)
        if (
            miss is not None
            and miss.ratio >= limits.near_miss_from
            and _is_within(track, miss.start, miss.end, within)
        ):
            return Match(miss.text, miss.start, miss.end, is_fuzzy=True)
    return None


def _places(
    track: Track,
    rule: PhraseRule,
    index: PhraseIndex,
    limits: Limits,
    is_confused: bool,
    span: tuple[int, int],
) -> Iterator[tuple[str, int, int]]:
    """Every place of a wording of the rule in that span of the track."""
    literal = index.find(track, is_confused=is_confused).of(rule)
    for place in literal[
        bisect_left(literal, span[0], key=_start) : bisect_left(literal, span[1], key=_start)
    ]:
        yield place.text, place.start, place.end
    said = track.confused if is_confused else track.text
    for text in rule.texts:
        if has_gap(text) and (
            expression := expression_of(text, limits.gap_characters, is_confused=is_confused)
        ):
            for m in expression.finditer(said, *span):
                yield text, *m.span()
    for pattern in rule.patterns:
        for m in expression_of_pattern(pattern, is_confused=is_confused).finditer(said, *span):
            yield pattern, *m.span()


def _start(place: Found) -> int:
    return place.start


def _is_within(track: Track, start: int, end: int, within: Set[int] | None) -> bool:
    return within is None or all(o in within for o in set(track.owner[start:end]) if o >= 0)


def _is_swallowed(
    track: Track, start: int, end: int, rule: PhraseRule, index: PhraseIndex, is_confused: bool
) -> bool:
    """Whether a longer harmless wording covers [start, end), undivided in the original."""
    return any(
        a.start <= start and a.end >= end and not track.is_divided(a.start, a.end)
        for a in index.find(track, is_confused=is_confused).allowed(rule)
    )
