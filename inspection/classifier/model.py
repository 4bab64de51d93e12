"""The third layer of banned wording: how much an utterance resembles offending ones that we wrote. It only ever proposes.

One linear model over runs of characters and sounds (features.py) and over what words mean (words.py), trained by
``python -m inspection.classifier.training.train`` from inspection/examples/train and shipped as model.npz. It reads every utterance by itself: the same words
get the same probability in whatever company. A probability holds for material of which a third offends, half of the rest
being near misses; among ordinary calls, where hardly anything does, fewer of the proposals are right.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from inspection.classifier.features import BUCKETS, FEATURES_VERSION, Numbers, compared, features
from inspection.classifier.words import load_words

MODEL = Path(__file__).with_name("model.npz")
LEAST = 0.05  # probabilities below are not named at all

_BATCH = 8192  # utterances at a time: bounds the memory, whoever asks for how many
_MOST_REMEMBERED = 100_000  # utterances; polite sentences come again and again


def weigh(texts: Sequence[str], slots: Numbers, idf: Numbers) -> csr_matrix:
    """Compared texts as rows of length one over the known features (`slots`: bucket to column, -1 unknown)."""
    buckets, rows = features(texts)
    columns = slots[buckets]
    is_known = columns >= 0
    matrix = csr_matrix(
        (np.ones(int(is_known.sum()), np.float32), (rows[is_known], columns[is_known])),
        shape=(len(texts), len(idf)),
    )
    matrix.data = idf[matrix.indices]  # what stands twice counts once
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(matrix.indptr)).astype(np.float32)
    return matrix


def represent(texts: Sequence[str], slots: Numbers, idf: Numbers) -> csr_matrix:
    """Compared texts as the model reads them: the row of `weigh`, then what the words mean."""
    return hstack([weigh(texts, slots, idf), load_words().meaning(texts)], format="csr", dtype=np.float32)


def logistic(values: Numbers) -> Numbers:
    """Log odds to probabilities; whatever is beyond 30 is as sure as 30."""
    probabilities: Numbers = 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))
    return probabilities


class Classifier:
    """A trained model. ValueError if it was trained for other features or other word vectors than this program has."""

    def __init__(self, packed: bytes) -> None:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            self.header: dict[str, Any] = json.loads(arrays["header"].tobytes())
            has = {"features": FEATURES_VERSION, "words": load_words().digest}
            for what, own in has.items():
                if self.header.get(what) != own:
                    raise ValueError(
                        f"model.npz was trained for other {what} ({self.header.get(what)!s:.12}) than this program has"
                        f" ({own!s:.12}); run python -m inspection.classifier.training.train"
                    )
            self._slots = np.full(BUCKETS, -1, np.int32)
            self._slots[arrays["buckets"]] = np.arange(len(arrays["buckets"]))
            self._idf = arrays["idf"].astype(np.float32)
            runs = arrays["weights"].astype(np.float32) * arrays["scales"]
            self._weights = np.concatenate([runs, arrays["meanings"]])
            self._offsets = arrays["offsets"]
        self.categories: tuple[str, ...] = tuple(self.header["categories"])
        self.version = hashlib.sha256(packed).hexdigest()[:12]
        self._remembered: dict[str, dict[str, float]] = {}

    def score(self, utterances: Sequence[str]) -> list[dict[str, float]]:
        """For each utterance the categories it may offend against, the likeliest first, with a probability 0..1.

        The first is the probability that the utterance offends at all; each other is that, lowered by how much less
        the utterance resembles the category's examples. Below LEAST nothing is named: an empty dict is fine wording.
        """
        new = [u for u in dict.fromkeys(utterances) if u not in self._remembered]
        if len(self._remembered) + len(new) > _MOST_REMEMBERED:
            self._remembered = {}
            new = list(dict.fromkeys(utterances))
        found: dict[str, dict[str, float]] = {}
        for first in range(0, len(new), _BATCH):
            batch = new[first : first + _BATCH]
            found.update(zip(batch, self._judge([compared(u) for u in batch]), strict=True))
        result = [dict(found.get(u) or self._remembered.get(u) or {}) for u in utterances]
        self._remembered.update((u, s) for u, s in found.items() if len(u) <= 200)
        return result

    def _judge(self, texts: Sequence[str]) -> list[dict[str, float]]:
        matrix = represent(texts, self._slots, self._idf)
        values = matrix @ self._weights + self._offsets
        offends = logistic(values[:, 0])
        offends[np.diff(matrix.indptr) == 0] = 0.0
        alike = logistic(values[:, 1:])
        alike *= (offends / alike.max(axis=1))[:, None]
        result: list[dict[str, float]] = [{} for _ in texts]
        rows, columns = np.nonzero(alike >= LEAST)
        order = np.lexsort((columns, -alike[rows, columns], rows))
        for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
            result[row][self.categories[column]] = min(float(alike[row, column]), 1.0)
        return result

    def nearest(self, utterance: str, category: str) -> str | None:
        """The training example of the category that is most like the utterance; None where none has anything of it."""
        from inspection.classifier.training.examples import (
            texts_of,
        )  # only a person who looks closer pays for reading them

        examples = texts_of(category)
        if not examples:
            return None
        rows = weigh([compared(text) for text in (utterance, *examples)], self._slots, self._idf)
        alike = (rows[1:] @ rows[0].T).toarray().ravel()
        best = int(alike.argmax())
        return examples[best] if alike[best] > 0 else None


@lru_cache(maxsize=1)
def load() -> Classifier:
    """The shipped classifier, read once per process. FileNotFoundError without its model."""
    return Classifier(MODEL.read_bytes())
