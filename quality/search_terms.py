"""What is compared when transcripts are searched: letters and digits in one spelling, taken in pairs.

Chinese is written without spaces, and half of its words have two characters. So a text is kept as all pairs of
neighbouring characters (退款吗 is 退款, 款吗, 吗): a phrase is in the text exactly where its pairs stand in a row. The last
character stands alone as well, so that every character begins an entry and a phrase of one can be looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from regulations.spelling import Spellings, spell

MOST_OF_A_PHRASE = 100  # compared characters; nobody says more in one breath
MOST_OF_A_TEXT = 100_000  # characters of an utterance; what follows is not looked at
_SPELLINGS = Spellings(spell)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for: its compared characters, 1 to MOST_OF_A_PHRASE letters and digits and nothing else."""

    text: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """The entries it consists of, in their order; the character itself where it has only one."""
        return tuple(self.text[i : i + 2] for i in range(len(self.text) - 1)) or (self.text,)

    @property
    def is_one_character(self) -> bool:
        """Whether it is found as the beginning of an entry."""
        return len(self.text) == 1


class NoPhrase(ValueError):
    """Nothing that can be looked for. `code`: empty (no letter or digit) or too_long."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def phrase_of(typed: str) -> Phrase:
    """What somebody typed as it is looked for; spaces and punctuation do not count. Raises NoPhrase."""
    compared = "".join(_SPELLINGS[character] for character in typed[:MOST_OF_A_TEXT])
    if not compared:
        raise NoPhrase("empty")
    if len(compared) > MOST_OF_A_PHRASE:
        raise NoPhrase("too_long")
    return Phrase(compared)


def index_terms(text: str) -> str:
    """The entries of a text with a space between them; empty for a text without a letter or digit."""
    compared = "".join([_SPELLINGS[character] for character in text[:MOST_OF_A_TEXT]])
    if not compared:
        return ""
    return " ".join([*map("".join, pairwise(compared)), compared[-1]])


def places_of(phrase: Phrase, text: str) -> list[tuple[int, int]]:
    """Where the phrase stands in a text, each as the slice [start, end) of it, in order and without overlaps."""
    spelt = [(i, s) for i, c in enumerate(text[:MOST_OF_A_TEXT]) if (s := _SPELLINGS[c])]
    compared = "".join(s for _, s in spelt)
    found, at = [], compared.find(phrase.text)
    while at >= 0:
        after = at + len(phrase.text)
        found.append((spelt[at][0], spelt[after - 1][0] + 1))
        at = compared.find(phrase.text, after)
    return found
