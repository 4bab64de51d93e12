"""Text that a recogniser writes when it has lost the thread: the same words over and over. Pure.

People repeat themselves as well (对对对对, 好的好的好的, a number said back), so what counts is how often and how long.
"""

from __future__ import annotations

import unicodedata
import zlib

_MOST_REPEATS = {1: 23, 2: 11, 3: 7, 4: 5}  # of a unit of so many characters, one after the other
_MOST_REPEATS_OF_LONGER = 4
_LONGEST_UNIT = 40
_GRAM = 8  # characters in a row, which come back with something else in between ...
_MOST_GRAMS = 4  # ... so often at most
_SHORTEST_COMPRESSED = 40  # characters; zlib says nothing about a person who answers 对 ten times in a window


def is_loop(text: str, compression_ratio_threshold: float) -> bool:
    """Whether nobody would speak like this for half a minute: see `repeats` and `compression_ratio`."""
    said = spoken(text)
    if len(said) >= _SHORTEST_COMPRESSED and compression_ratio(text) > compression_ratio_threshold:
        return True
    return _repeats(said)


def repeats(text: str) -> bool:
    """Whether a few characters follow themselves, or come back, too often. Punctuation and spaces do not count."""
    return _repeats(spoken(text))


def compression_ratio(text: str) -> float:
    """Bytes of the text by bytes after zlib, as Whisper measures it; 0.0 for an empty text."""
    data = text.strip().encode("utf-8")
    return len(data) / len(zlib.compress(data))


def spoken(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")


def _repeats(said: str) -> bool:
    for unit in range(1, min(_LONGEST_UNIT, len(said) // 2) + 1):
        most = _MOST_REPEATS.get(unit, _MOST_REPEATS_OF_LONGER)
        run = 0  # characters in a row that are the same as one unit before
        for at in range(unit, len(said)):
            run = run + 1 if said[at] == said[at - unit] else 0
            if run >= unit * most:
                return True
    grams = (said[at : at + _GRAM] for at in range(len(said) - _GRAM + 1))
    return any(said.count(gram) > _MOST_GRAMS for gram in set(grams))
