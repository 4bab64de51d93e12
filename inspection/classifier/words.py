"""What the words of an utterance mean: pre-trained word vectors, in which words that are used alike lie close together.

A sentence in words that no example has still lies where sentences of the same meaning lie. The vectors are those
of the package `synonyms` (MIT), cut down to the frequent words and to one byte a number; README.md beside this file says where
they come from and under which licence. Where words overlap all of them count, so nothing has to be segmented.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import ahocorasick
import numpy as np
from scipy.sparse import csr_matrix

WORDS = Path(__file__).with_name("words.npz")

_SHARE = 0.4  # of the meaning beside runs of characters, whose rows have length one


class Words:
    """A table of word vectors, as ``inspection.classifier.training.word_vectors`` writes it."""

    def __init__(self, packed: bytes) -> None:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            words = arrays["words"].tobytes().decode().split("\n")
            self._vectors = arrays["vectors"].astype(np.float32) * arrays["scales"]
        self.digest = hashlib.sha256(packed).hexdigest()
        self.width = 2 * self._vectors.shape[1]
        self._automaton = ahocorasick.Automaton()
        for number, word in enumerate(words):
            self._automaton.add_word(word, number)
        self._automaton.make_automaton()

    def meaning(self, texts: Sequence[str]) -> csr_matrix:
        """A row for each compared text: the mean of its words' vectors, then the greatest of each coordinate.

        Shape (texts, width). A word said twice counts once; a text without a known word has a row of noughts.
        """
        found = [sorted({number for _, number in self._automaton.iter(text)}) for text in texts]
        counts = np.array([len(numbers) for numbers in found], np.int64)
        columns = np.array([number for numbers in found for number in numbers], np.int32)
        bounds = np.concatenate([[0], np.cumsum(counts)])
        is_in = csr_matrix(
            (np.ones(len(columns), np.float32), columns, bounds), shape=(len(texts), len(self._vectors))
        )
        rows = np.zeros((len(texts), self.width), np.float32)
        rows[:, : self.width // 2] = (is_in @ self._vectors) / np.maximum(counts, 1)[:, None]
        if len(columns):
            has_words = counts > 0
            rows[has_words, self.width // 2 :] = np.maximum.reduceat(
                self._vectors[columns], bounds[:-1][has_words], axis=0
            )
        return csr_matrix(rows * np.float32(_SHARE))


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The shipped table, read once per process. FileNotFoundError without it."""
    return Words(WORDS.read_bytes())
