"""Banned wording by patterns with slots (regulations/patterns.py) and by loosened spelling. Never sure, only proposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from inspection.text.hits import Hit
from inspection.text.phrase_index import Cover, automaton_of, has_gap
from inspection.text.tracks import BREAK, Track
from inspection.text.wording import confuse, folded_repeats, loosen, spellings_of
from regulations.patterns import Part, parse
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_MOST_SEEDS = 200  # spellings of one pattern's seed; past that a shorter seed is taken
_LEAST_LOOSE = 3  # characters: 滚 said twice is found by the exact layer


@dataclass(frozen=True, slots=True)
class _Slot:
    """One pattern, compiled. A seed of it stands at most `before` characters behind its start, `after` before its end."""

    rule: PhraseRule
    pattern: str
    regex: re.Pattern[str]
    before: int
    after: int


class SlotIndex:
    """The patterns of a rulebook's banned phrases behind one automaton of the words that have to be there."""

    def __init__(self, rules: Iterable[PhraseRule]) -> None:
        seeds: dict[str, list[_Slot]] = {}
        loose: dict[str, list[tuple[PhraseRule, str, bool]]] = {}
        for rule in rules:
            for pattern in rule.patterns:
                words, slot = _compiled(rule, pattern)
                for word in words:
                    seeds.setdefault(word, []).append(slot)
            for is_allowed, texts in ((False, rule.texts), (True, rule.allow)):
                for spelling, text in ((s, t) for t in texts if not has_gap(t) for s in spellings_of(t)):
                    folded = folded_repeats(spelling)
                    if is_allowed or (len(folded) >= _LEAST_LOOSE and rule.match != "exact_word"):
                        loose.setdefault(folded, []).append((rule, text, is_allowed))
        self._seeds, self._loose = automaton_of(seeds), automaton_of(loose)

    def find(self, track: Track) -> list[Hit]:
        """Where a pattern of a rule, or a text of it loosely spelt, stands in the track outside of its `allow`."""
        if not track.text:
            return []
        loose, harmless = self._loosely(track)
        allowed = {rule_id: Cover(spans) for rule_id, spans in harmless.items()}
        found = {(h.rule.id, h.start, h.end): h for h in (*loose, *self._patterns(track))}
        return [
            hit
            for hit in found.values()
            if not track.crosses_sentence(hit.start, hit.end)
            and not (hit.rule.id in allowed and allowed[hit.rule.id].holds(hit.start, hit.end))
        ]

    def _patterns(self, track: Track) -> Iterator[Hit]:
        if self._seeds is None:
            return
        said = track.confused
        looked: dict[int, int] = {}  # slots, by identity, and how far they were looked for
        for last, (length, slots) in self._seeds.iter(said):
            for slot in slots:
                begin = max(last + 1 - length - slot.before, looked.get(id(slot), 0))
                found = slot.regex.search(said, begin, last + 1 + slot.after)
                if found is not None:
                    looked[id(slot)] = found.end()
                    yield Hit(
                        found.start(),
                        found.end(),
                        slot.rule,
                        slot.pattern,
                        "pattern",
                        _by_pattern(slot.pattern),
                    )

    def _loosely(self, track: Track) -> tuple[list[Hit], dict[str, list[tuple[int, int]]]]:
        hits: list[Hit] = []
        allowed: dict[str, list[tuple[int, int]]] = {}
        if self._loose is None:
            return hits, allowed
        loose = loosen(track.text)
        for last, (length, entries) in self._loose.iter(loose.text):
            start, end = loose.span(last + 1 - length, last + 1)
            for rule, text, is_allowed in entries:
                if is_allowed:
                    allowed.setdefault(rule.id, []).append((start, end))
                elif track.text[start:end] not in spellings_of(text):
                    hits.append(Hit(start, end, rule, text, "pattern", _loosely_said(text)))
        return hits, allowed


def _compiled(rule: PhraseRule, pattern: str) -> tuple[tuple[str, ...], _Slot]:
    """The pattern as a regular expression over folded text, and the words of which one has to be in it."""
    parts = parse(pattern)
    regex = re.compile("".join(map(_regex, parts)))
    first, last, words = _seed(parts)
    before, after = sum(map(_most, parts[:first])), sum(map(_most, parts[last:]))
    return words, _Slot(rule, pattern, regex, before, after)


def _spelt(part: Part) -> tuple[str, ...]:
    """The alternatives of a part as they are compared, longest first, so that a longer one is not cut short."""
    found = dict.fromkeys(confuse(s) for text in part.texts for s in spellings_of(text))
    return tuple(sorted(found, key=len, reverse=True))


def _regex(part: Part) -> str:
    if part.kind == "gap":
        return f"[^{BREAK}]{{0,{part.most}}}?"
    words = "|".join(map(re.escape, _spelt(part)))
    return f"(?:{words}){'?' if part.kind == 'maybe' else ''}"


def _most(part: Part) -> int:
    return part.most if part.kind == "gap" else max(map(len, _spelt(part)), default=0)


def _seed(parts: tuple[Part, ...]) -> tuple[int, int, tuple[str, ...]]:
    """The run of parts [first, last) whose shortest spelling is longest, and all its spellings."""
    best: tuple[int, int, tuple[str, ...]] = (0, 1, _spelt(parts[0]))
    for first in range(len(parts)):
        words: tuple[str, ...] = ("",)
        for last in range(first, len(parts)):
            if parts[last].kind in ("gap", "maybe"):
                break
            choices = _spelt(parts[last])
            if len(words) * len(choices) > _MOST_SEEDS:
                break
            words = tuple(a + b for a, b in product(words, choices))
            if min(map(len, words)) > min(map(len, best[2])):
                best = (first, last + 1, words)
    return best


@lru_cache(maxsize=8192)
def _by_pattern(pattern: str) -> Step:
    return Step(
        f"符合句式“{pattern}”：只作提示，请人工判断",
        f"fits the pattern “{pattern}”: only a proposal, a person decides",
    )


@lru_cache(maxsize=8192)
def _loosely_said(text: str) -> Step:
    return step(
        "去掉口头语和重复的字、把您和你看作一个音之后是“{text}”：只作提示，请人工判断",
        "without words put in and said twice, and with 您 and 你 as one sound, it is “{text}”: only a proposal, a person"
        " decides",
        text=text,
    )


@lru_cache(maxsize=32)
def slots_of(book: Rulebook) -> SlotIndex:
    """The slot index of a rulebook's banned phrases."""
    return SlotIndex(book.banned_phrases())
