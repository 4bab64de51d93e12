"""What the classifier looks at: runs of characters, runs of sounds, and pairs that stand near each other.

Every feature is hashed into one of BUCKETS. All of it is arithmetic on arrays over the whole batch, so that a thousand
utterances cost little more than one. Sounds are syllables without tone and with what telephones mix up folded
together, so that an utterance written with other characters of the same sound keeps half of its features.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from inspection.text.wording import normalise

FEATURES_VERSION = 2  # 2: runs of characters and sounds, and the meaning of words
BUCKETS = 1 << 21  # many times the features kept, so that an unknown one seldom passes for a known one
LONGEST = 120  # compared characters of an utterance that are read; nobody says more in one sentence

_BUCKET_BITS = 21
_CHARACTER_RUNS = (1, 2, 3, 4)
_SOUND_RUNS = (1, 2, 3)
_PAIR_REACH = (2, 3, 4)  # characters from one to the other
_START, _END = "\x02", "\x03"
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)
_FOLDS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?=.)"), "l"),
    (re.compile(r"^f(?=[ae])"), "hu"),
    (re.compile(r"^fu$"), "hu"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)
_QUOTED = re.compile('“[^”]{2,40}”|「[^」]{2,40}」|『[^』]{2,40}』|"[^"]{2,40}"')

Numbers = npt.NDArray[Any]


@lru_cache(maxsize=32768)
def sound(character: str) -> str:
    """The syllable of a Chinese character without its tone, near sounds folded; another character is itself."""
    if character < "\u3400":
        return character
    from pypinyin import Style, pinyin

    read = pinyin(character, style=Style.NORMAL, errors="ignore", v_to_u=False)
    syllable = str(read[0][0]) if read else character
    for pattern, into in _FOLDS:
        syllable = pattern.sub(into, syllable)
    return syllable


class _Sounds(dict[int, str]):
    """Characters, as str.translate asks for them, to one character that stands for their sound in every process."""

    def __missing__(self, point: int) -> str:
        spoken = sound(chr(point))
        self[point] = spoken if len(spoken) == 1 else chr(0xF0000 + zlib.crc32(spoken.encode()) % 0xFFFD)
        return self[point]


_SOUNDS = _Sounds()


def compared(utterance: str) -> str:
    """What of an utterance is read: normalised, without fillers and punctuation, at most LONGEST characters.

    What stands in quotation marks is somebody else's wording and is left out, unless nothing else is said.
    """
    start = utterance[: 8 * LONGEST]
    return (normalise(_QUOTED.sub("", start)).text or normalise(start).text)[:LONGEST]


def features(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """(buckets, rows) of compared texts: feature `buckets[i]` stands in text `rows[i]`; repeated where it is repeated."""
    framed = [f"{_START}{text}{_END}" for text in texts]
    owner = np.repeat(np.arange(len(framed)), [len(t) for t in framed])
    written = "".join(framed)
    buckets: list[Numbers] = []
    rows: list[Numbers] = []

    def add(hashes: Numbers, first: Numbers, kind: int) -> None:
        mixed = (hashes ^ np.uint64(kind * 0x51ED2701)) * _SPREAD
        mixed = (mixed ^ (mixed >> np.uint64(32))) * _SPREAD
        buckets.append((mixed >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64))
        rows.append(first)

    for layer, (line, runs) in enumerate(
        ((written, _CHARACTER_RUNS), (written.translate(_SOUNDS), _SOUND_RUNS))
    ):
        codes = np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        hashes = np.zeros(len(codes) + 1, np.uint64)
        for length in range(1, max(runs) + 1):
            fits = max(len(codes) - length + 1, 0)
            hashes = hashes[:fits] * _STEP + codes[length - 1 : length - 1 + fits] * _SPREAD
            if length in runs:
                inside = owner[:fits] == owner[length - 1 : length - 1 + fits]
                if length == 1:
                    inside = codes > ord(_END)  # the frame by itself says nothing
                add(hashes[inside], owner[:fits][inside], 10 * layer + length)
        for reach in _PAIR_REACH:
            fits = max(len(codes) - reach, 0)
            inside = owner[:fits] == owner[reach:]
            pair = codes[:fits][inside] * _SPREAD * _STEP + codes[reach:][inside]
            add(pair, owner[:fits][inside], 10 * layer + 9)
    return np.concatenate(buckets), np.concatenate(rows)
