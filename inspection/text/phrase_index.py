"""Every phrase of a rulebook in one Aho-Corasick automaton: one walk over what was said finds all of them.

How to use it::

    index = index_of(book)              # built once per rulebook
    hits = index.find(track)            # one walk; remembered for as long as the track lives
    hits.of(rule)                       # every place of the texts of a PhraseRule, PhraseTrigger or FlowCue
    hits.allowed(rule)                  # every place of a rule's `allow`, or of a trigger's `unless`
    hits.chosen(rule)                   # leftmost-longest places that no undivided `allow` covers
    index.find(track, is_confused=True) # 您 and 你 count as one sound, as recognised telephone speech needs it

Not in it: texts with a gap (…, ..., XXX, ××), `has_gap(text)` tells; they are looked for with a regular expression
(inspection/required/wanted.py). A text is found in every spelling that `spellings_of` names (百分之百 also as 100%).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any
from weakref import WeakKeyDictionary

import ahocorasick

from inspection.text.tracks import Track
from inspection.text.wording import confuse, spellings_of
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.values import FlowCue, PhraseRule, PhraseTrigger

Record = PhraseRule | PhraseTrigger | FlowCue
Key = tuple[str, str]
_GAP = re.compile(r"…+|\.{3,}|[XxX×○]{2,}")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase at characters [start, end) of a track's compared text. `text` is as the rulebook writes it."""

    start: int
    end: int
    text: str


def has_gap(text: str) -> bool:
    """Whether the text leaves something for the agent to fill in (请问是XXX小姐或先生吗): no automaton finds it."""
    return _GAP.search(text) is not None


def key_of(record: Record) -> Key:
    """What a record is filed under: rules, triggers and cues are numbered apart, required apart from banned."""
    if isinstance(record, PhraseRule):
        return "banned" if record.kind == "banned" else "required", record.id
    return ("trigger", record.code) if isinstance(record, PhraseTrigger) else ("flow", record.code)


class Cover:
    """Places that swallow what lies inside one of them. Asked many times: each answer is one search."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def holds(self, start: int, end: int) -> bool:
        """Whether one of the places begins at `start` or before and ends at `end` or after."""
        last = bisect_right(self._starts, start) - 1
        return last >= 0 and self._ends[last] >= end

    def meets(self, start: int, end: int) -> bool:
        """Whether one of the places shares a character with [start, end)."""
        last = bisect_left(self._starts, end) - 1
        return last >= 0 and self._ends[last] > start


class TrackHits:
    """What one walk over a track found, by record."""

    def __init__(
        self, track: Track, texts: Mapping[Key, list[Found]], allowed: Mapping[Key, list[Found]]
    ) -> None:
        # The track itself is not kept: it would keep itself alive in the index that remembers it.
        self._texts = {key: _in_order(found) for key, found in texts.items()}
        self._allowed = {key: _in_order(found) for key, found in allowed.items()}
        self._whole = {
            key: Cover((f.start, f.end) for f in found if not track.is_divided(f.start, f.end))
            for key, found in self._allowed.items()
            if key in self._texts
        }

    def of(self, record: Record) -> tuple[Found, ...]:
        """Every place of the record's texts, by start, longest first. They may overlap."""
        return self._texts.get(key_of(record), ())

    def allowed(self, record: Record) -> tuple[Found, ...]:
        """Every place of what excuses the record: a rule's `allow`, a trigger's `unless`."""
        return self._allowed.get(key_of(record), ())

    def chosen(self, rule: PhraseRule) -> tuple[Found, ...]:
        """Leftmost-longest places of the rule's texts outside of its allowed look-alikes.

        A look-alike that punctuation or a pause divides swallows nothing: in 亲,自己看 nobody says 亲自.
        """
        whole = self._whole.get(key_of(rule))
        return tuple(
            leftmost_longest(f for f in self.of(rule) if whole is None or not whole.holds(f.start, f.end))
        )

    def spoken(self) -> frozenset[Key]:
        """Which records have a text somewhere in the track."""
        return frozenset(self._texts)


def leftmost_longest(found: Iterable[Found]) -> Iterator[Found]:
    """Of overlapping places the one that begins first, and of those the longest."""
    until = -1
    for place in _in_order(found):
        if place.start >= until:
            until = place.end
            yield place


def _in_order(found: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(sorted(found, key=lambda f: (f.start, -f.end)))


class PhraseIndex:
    """The texts of all records of a rulebook, ready to be looked for at once."""

    def __init__(self, records: Iterable[Record]) -> None:
        entries: dict[str, list[tuple[Key, str, bool]]] = {}
        folded: dict[str, list[tuple[Key, str, bool]]] = {}
        for record in records:
            key = key_of(record)
            for is_allowed, texts in ((False, record.texts), (True, _excuses(record))):
                for text in texts:
                    if has_gap(text):
                        continue
                    spellings = spellings_of(text)
                    for spelling in spellings:
                        entries.setdefault(spelling, []).append((key, text, is_allowed))
                    for spelling in dict.fromkeys(map(confuse, spellings)):
                        folded.setdefault(spelling, []).append((key, text, is_allowed))
        self._plain, self._folded = automaton_of(entries), automaton_of(folded)
        self._seen: WeakKeyDictionary[Track, dict[bool, TrackHits]] = WeakKeyDictionary()

    def find(self, track: Track, *, is_confused: bool = False) -> TrackHits:
        """Everything of the rulebook that stands in the track. `is_confused`: 您 and 你 count as one."""
        kept = self._seen.setdefault(track, {})
        if is_confused not in kept:
            said = confuse(track.text) if is_confused else track.text
            kept[is_confused] = self._walk(track, said, self._folded if is_confused else self._plain)
        return kept[is_confused]

    @staticmethod
    def _walk(track: Track, said: str, automaton: Any) -> TrackHits:
        texts: dict[Key, list[Found]] = {}
        allowed: dict[Key, list[Found]] = {}
        if automaton is not None and said:
            for last, (length, meaning) in automaton.iter(said):
                for key, text, is_allowed in meaning:
                    place = Found(last + 1 - length, last + 1, text)
                    (allowed if is_allowed else texts).setdefault(key, []).append(place)
        return TrackHits(track, texts, allowed)


def automaton_of(entries: Mapping[str, Any]) -> Any:
    """An automaton that answers (length, value) for every spelling; None where there is nothing to look for."""
    automaton = ahocorasick.Automaton()
    for spelling, value in entries.items():
        if spelling:
            automaton.add_word(spelling, (len(spelling), value))
    automaton.make_automaton()
    return automaton if len(automaton) else None


def _excuses(record: Record) -> tuple[str, ...]:
    if isinstance(record, PhraseRule):
        return record.allow
    return record.unless if isinstance(record, PhraseTrigger) else ()


@lru_cache(maxsize=32)
def index_of(book: Rulebook) -> PhraseIndex:
    """The index over all required, conditional and banned phrases, triggers and flow cues of a rulebook."""
    cues = {cue.code: cue for kind in NAMES["contact_kind"] for cue in book.flow_cues(kind)}
    return PhraseIndex(
        [*book.required_phrases(), *book.banned_phrases(), *book.triggers().values(), *cues.values()]
    )
