"""Text as it is compared: one spelling for everything, with the way back to the original kept."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

from inspection.lexicon import LEXICON

_SIMPLIFIER = OpenCC("tw2s")


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` is what is compared; its character i came from `original[positions[i]]`. Positions strictly increase."""

    text: str
    positions: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the original that holds characters [start, end) of the normalised text (end > start)."""
        return self.positions[start], self.positions[end - 1] + 1


@lru_cache(maxsize=65536)
def _spelling(character: str) -> str:
    """The one compared spelling of a character; empty when it is not compared at all."""
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) != 1:  # a sign that unfolds to several stays itself: positions must stay one to one
        folded = character
    lowered = folded.lower()
    folded = lowered if len(lowered) == 1 else folded
    if (
        unicodedata.category(folded)[0] not in "LN"
    ):  # letters and digits; no marks, spaces, punctuation, emoji
        return ""
    simple = _SIMPLIFIER.convert(folded)
    folded = simple if len(simple) == 1 else folded
    folded = LEXICON.variants.get(folded, folded)
    return "" if folded in LEXICON.fillers else folded


def normalise(text: str) -> Normalised:
    """NFKC, lower case, simplified characters, without punctuation, spaces and fillers, with positions kept."""
    characters: list[str] = []
    positions: list[int] = []
    for position, character in enumerate(text):
        spelling = _spelling(character)
        if spelling:
            characters.append(spelling)
            positions.append(position)
    return Normalised("".join(characters), tuple(positions))


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, for display. Keeps the length, so positions stay true."""
    whole = str(_SIMPLIFIER.convert(text))  # by phrase: 皇后 stays, 後面 changes
    if len(whole) == len(text):
        return whole
    return "".join(s if len(s := str(_SIMPLIFIER.convert(c))) == 1 else c for c in text)


def confuse(text: str) -> str:
    """The text with characters that recognition mixes up folded together (您 and 你)."""
    return "".join(LEXICON.confusable.get(c, c) for c in text)


def distance(pattern: str, text: str) -> tuple[int, int]:
    """The fewest edits that turn `pattern` into some part of `text`, and where that part ends (exclusive).

    An empty text gives (len(pattern), 0).
    """
    previous = [0] * (len(text) + 1)  # a part may begin anywhere
    for i, wanted in enumerate(pattern, start=1):
        row = [i]
        for j, found in enumerate(text, start=1):
            row.append(min(previous[j - 1] + (wanted != found), previous[j] + 1, row[j - 1] + 1))
        previous = row
    end = min(range(len(previous)), key=previous.__getitem__)
    return previous[end], end
