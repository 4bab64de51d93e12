"""Text as it is compared: one spelling for everything, with the way back to the original kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from inspection.text.lexicon import LEXICON
from regulations.spelling import Spellings, simplify, spell

__all__ = [
    "Normalised",
    "confuse",
    "distance",
    "folded_repeats",
    "loosen",
    "normalise",
    "simplify",
    "spellings_of",
]

_PUT_IN = re.compile("|".join(sorted(map(re.escape, LEXICON.spoken_fillers), key=len, reverse=True)))
_CONFUSABLE = str.maketrans(LEXICON.confusable)


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` is what is compared; its character i came from `original[positions[i]]`. Positions strictly increase."""

    text: str
    positions: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the original that holds characters [start, end) of the normalised text (end > start)."""
        return self.positions[start], self.positions[end - 1] + 1


def _spelling(character: str) -> str:
    """The one compared spelling of a character; empty for a filler and for what is no letter or digit."""
    spelt = spell(character)
    return "" if spelt in LEXICON.fillers else spelt


_SPELLINGS = Spellings(_spelling)


def normalise(text: str) -> Normalised:
    """NFKC, lower case, simplified characters, without punctuation, spaces and fillers, with positions kept."""
    spelt = [_SPELLINGS[character] for character in text]
    return Normalised("".join(spelt), tuple(i for i, spelling in enumerate(spelt) if spelling))


@lru_cache(maxsize=65536)
def spellings_of(text: str) -> tuple[str, ...]:
    """The compared spellings of a phrase, its own first: 百分之百 is also said 百分百 and written 100%.

    Empty for a phrase without a letter or digit.
    """
    found = [normalise(text).text]
    for group in LEXICON.same:
        for spelling in tuple(found):
            held = next((word for word in sorted(group, key=len, reverse=True) if word in spelling), None)
            if held is not None:
                found += [spelling.replace(held, word) for word in group if word != held]
    return tuple(spelling for spelling in dict.fromkeys(found) if spelling)


def loosen(text: str) -> Normalised:
    """A compared text once more, looser: 您 is 你, words put in while thinking are gone, repeats said once.

    The positions lead back into `text`. What is found only in it is never sure.
    """
    folded = confuse(text)
    kept: list[int] = []
    at = 0
    for filler in _PUT_IN.finditer(folded):
        kept.extend(range(at, filler.start()))
        at = filler.end()
    kept.extend(range(at, len(folded)))
    once = [i for n, i in enumerate(kept) if n == 0 or folded[i] != folded[kept[n - 1]]]
    return Normalised("".join(folded[i] for i in once), tuple(once))


def folded_repeats(text: str) -> str:
    """A phrase as `loosen` would leave it, the words put in by the speaker apart: 您看看 is 你看."""
    folded = confuse(text)
    return "".join(c for i, c in enumerate(folded) if i == 0 or c != folded[i - 1])


def confuse(text: str) -> str:
    """The text with characters that recognition mixes up folded together (您 and 你)."""
    return text.translate(_CONFUSABLE)


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
