"""What stands around a hit, as the guards read it (inspection/banned/guards.py, inspection/banned/reports.py)."""

from __future__ import annotations

from collections.abc import Collection

from inspection.banned import guard_words as words
from inspection.limits import Limits
from inspection.text.lexicon import LEXICON
from inspection.text.tracks import BREAK, Track
from regulations.values import PhraseRule

_FARTHER = 44  # characters that are read on either side where sentences and pauses do not matter

_STILL_TELLING = 6.0  # seconds for which somebody who began to tell or read may fall silent


class Sentence:
    """What stands around a hit: compared characters, `,` where something divides them, up to the sentence's ends."""

    def __init__(self, track: Track, start: int, end: int, rule: PhraseRule, limits: Limits) -> None:
        self.track, self.start, self.end = track, start, end
        self.rule, self.limits = rule, limits
        self.left = _context(track, start, -1)
        self.right = _context(track, end, +1)
        self.after = _after_a_question(track, end)
        # 我跟您说 is how one speaks oneself.
        self.others = words.OWN_WORDS.sub("我", self.left)
        self.clause = self.left.rpartition(",")[2]
        self.begins_with_you = track.text[start] in "您你"
        # Recognised speech has no sentences to rely on, and people pause behind 他的原话是.
        self.preceding = _farther(track, start, -1)
        self.following = _farther(track, end, +1)

    def written_around(self) -> tuple[str, str]:
        """What stands in the segment before and after the hit, as it was written."""
        text = self.track.segments[self.track.owner[self.start]].text
        return text[: self.track.at[self.start]], text[self.track.at[self.end - 1] + 1 :]


def last_of(text: str, marks: Collection[str]) -> int:
    """Where the last of the marks stands in the text; -1 where none does."""
    return max(text.rfind(mark) for mark in marks)


def _context(track: Track, edge: int, way: int) -> str:
    """The characters before (-1) or after (+1) an edge, until the sentence ends; a pause divides, and ends nothing."""
    found: list[str] = []
    at = edge
    text = track.text
    while 0 < at < len(text) and len(found) < words.CONTEXT:
        if text[at - 1] == BREAK or text[at] == BREAK:
            break
        gap = track.between(at - 1, at)
        if BREAK in gap:
            one = track.segments[track.owner[at - 1]].text[track.at[at - 1] + 1 :]
            gap = one + ","
        if set(gap) & LEXICON.sentence_ends:
            break
        if any(not c.isspace() and c not in LEXICON.fillers for c in gap):
            found.append(",")
        found.append(text[at - 1] if way < 0 else text[at])
        at += way
    return "".join(found if way > 0 else reversed(found))


def _after_a_question(track: Track, end: int) -> str:
    """What is said next where the hit ends in a question mark; nothing otherwise."""
    if not set(track.between(end - 1, end)) & {"?", "\uff1f"}:
        return ""
    return track.text[end : end + 4]


def _silence(track: Track, at: int) -> float:
    """Seconds of silence at the break that stands at `at`."""
    return track.segments[track.owner[at + 1]].start - track.segments[track.owner[at - 1]].end


def _farther(track: Track, edge: int, way: int) -> str:
    """The characters before (-1) or after (+1) an edge over sentence ends, with `,` where something divides.

    Backwards over longer pauses too, 他的原话是 and then a look at the screen; forwards up to a long one.
    """
    found: list[str] = []
    at = edge
    while len(found) < _FARTHER and (at > 0 if way < 0 else at < len(track.text)):
        character = track.text[at - 1] if way < 0 else track.text[at]
        if character == BREAK and (way > 0 or _silence(track, at - 1) > _STILL_TELLING):
            break
        gap = track.between(at - 1, at)
        if character != BREAK and any(not c.isspace() and c not in LEXICON.fillers for c in gap):
            found.append(",")
        if character != BREAK:
            found.append(character)
        at += way
    return "".join(found if way > 0 else reversed(found))
