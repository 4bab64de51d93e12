"""How characters are compared, whoever compares them: width, case, traditional and variant forms. Nothing here is a rule."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from opencc import OpenCC

_SIMPLIFIER = OpenCC("tw2s")
_MOST_REMEMBERED = 65536  # characters; whoever writes in all of Unicode fills no memory
# Characters written for one another; they are compared as the second.
_VARIANTS = {"妳": "你", "甚": "什", "著": "着", "祇": "只", "裏": "里", "唸": "念", "幺": "么"}


def spell(character: str) -> str:
    """The one compared spelling of a character; empty when it is not compared at all (no letter, no digit)."""
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) != 1:  # a sign that unfolds to several stays itself: positions must stay one to one
        folded = character
    lowered = folded.lower()
    folded = lowered if len(lowered) == 1 else folded
    # Letters and digits; no marks, spaces, punctuation, emoji, halves of a surrogate pair.
    if unicodedata.category(folded)[0] not in "LN":
        return ""
    simple = _SIMPLIFIER.convert(folded)
    folded = simple if len(simple) == 1 else folded
    return _VARIANTS.get(folded, folded)


class Spellings(dict[str, str]):
    """What `spelling` answers for every character met so far, so that a second look costs one look-up."""

    def __init__(self, spelling: Callable[[str], str]) -> None:
        super().__init__()
        self._spelling = spelling

    def __missing__(self, character: str) -> str:
        spelt = self._spelling(character)
        if len(self) < _MOST_REMEMBERED:
            self[character] = spelt
        return spelt


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, for display. Keeps the length, so positions stay true."""
    whole = str(_SIMPLIFIER.convert(text))  # by phrase: 皇后 stays, 後面 changes
    if len(whole) == len(text):
        return whole
    return "".join(s if len(s := str(_SIMPLIFIER.convert(c))) == 1 else c for c in text)
