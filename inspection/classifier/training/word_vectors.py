"""Makes the table of word vectors: ``python -m inspection.classifier.training.word_vectors PATH [--out FILE]``.

PATH is synonyms/data/words.vector of the source distribution of synonyms 3.9.0 (MIT), in the binary format of word2vec: the
number of words and of coordinates, then each word, a space and its coordinates as 32-bit floats, the frequent words
first. Of the Chinese words the most frequent are kept, each number in one byte. The same file gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from inspection.classifier.features import Numbers, compared
from inspection.classifier.training.packing import header_of, packed
from inspection.classifier.words import WORDS

MOST = 40_000  # words; more are names of places and people
_CHINESE = re.compile("[\u4e00-\u9fff]{1,5}")
_STEPS = 127  # of a quantised number, each side of nought
_NOTICE = (
    "Word vectors derived from synonyms 3.9.0, trained by its authors on Chinese"
    " Wikipedia. Copyright (c) 2017 Hu Ying Xi, Hai Liang Wang. MIT License; the text stands in README.md beside this file."
)


def read(whole: bytes) -> Iterator[tuple[str, Numbers]]:
    """(word, vector) of a binary word2vec file, in its order. ValueError if it is not one."""
    end = whole.find(b"\n")
    numbers = whole[: max(end, 0)].split()
    if len(numbers) != 2 or not all(n.isdigit() for n in numbers):
        raise ValueError("this is no binary word2vec file: its first line is not two numbers")
    count, width = map(int, numbers)
    at = end + 1
    for _ in range(count):
        space = whole.find(b" ", at)
        if space < 0 or space + 1 + 4 * width > len(whole):
            raise ValueError("the word2vec file ends before its last word")
        vector = np.frombuffer(whole, "<f4", width, space + 1)
        yield whole[at:space].decode("utf-8", "replace").strip(), vector
        at = space + 1 + 4 * width


def table(whole: bytes, most: int = MOST) -> bytes:
    """The packed table of the first `most` Chinese words that are written as utterances are compared."""
    kept: dict[str, Numbers] = {}
    for word, vector in read(whole):
        if _CHINESE.fullmatch(word) and compared(word) == word and word not in kept:
            kept[word] = vector
        if len(kept) == most:
            break
    if not kept:
        raise ValueError("the word2vec file holds no Chinese word")
    vectors = np.array(list(kept.values()))
    vectors /= np.median(np.linalg.norm(vectors, axis=1))  # a usual word has length one
    scales = np.abs(vectors).max(axis=0) / _STEPS
    return packed(
        {
            "header": header_of({"notice": _NOTICE, "sha256_of_source": hashlib.sha256(whole).hexdigest()}),
            "words": np.frombuffer("\n".join(kept).encode(), np.uint8),
            "vectors": np.round(vectors / scales).astype(np.int8),
            "scales": scales.astype(np.float32),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--out", type=Path, default=WORDS)
    wanted = parser.parse_args()
    made = table(wanted.path.read_bytes())
    wanted.out.write_bytes(made)
    print(f"{wanted.out.name}: {len(made):,} bytes")


if __name__ == "__main__":
    main()
