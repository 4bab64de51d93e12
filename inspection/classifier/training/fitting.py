"""From examples to the arrays of a model: one vector that tells offending from fine, one for each category."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB

from inspection.classifier.features import BUCKETS, Numbers, compared, features
from inspection.classifier.model import represent
from inspection.classifier.training import noise
from inspection.classifier.training.examples import Example

SEED = 20240601
_FEWEST = 2  # examples a feature must stand in
_NOISY = 0.4  # weight of a copy with noise
_STRICTNESS = 10.0  # inverse of the regularisation; flat between 3 and 30
_TOLERANCE = 0.01  # flat below; a tenth of it takes twice as long
_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Fitted:
    """Log odds of a row x of `represent`: x @ weights + offsets; column 0 offending at all, then one per category."""

    buckets: Numbers
    idf: Numbers
    weights: Numbers
    offsets: Numbers

    def values(self, texts: Sequence[str]) -> Numbers:
        """Uncalibrated log odds of compared texts."""
        slots = np.full(BUCKETS, -1, np.int32)
        slots[self.buckets] = np.arange(len(self.buckets))
        return np.asarray(represent(texts, slots, self.idf) @ self.weights + self.offsets)


def fit(examples: Sequence[Example], categories: Sequence[str]) -> Fitted:
    """The model of these examples and their noisy copies; the same examples give the same numbers."""
    texts = [compared(e.text) for e in examples]
    buckets, idf = _vocabulary(texts)
    slots = np.full(BUCKETS, -1, np.int32)
    slots[buckets] = np.arange(len(buckets))
    chance = random.Random(SEED)
    of_sound = noise.homophones(texts)
    copies = [
        texts,
        [noise.misheard(t, of_sound, chance) for t in texts],
        [noise.shortened(t, chance) for t in texts],
        [noise.readdressed(t) for t in texts],
    ]
    rows = vstack([represent(c, slots, idf) for c in copies], format="csr")
    runs = len(buckets)
    importance = np.repeat([1.0, *[_NOISY] * (len(copies) - 1)], len(texts))
    is_offending = np.tile([bool(e.labels) for e in examples], len(copies))
    columns = [_offending(rows, runs, is_offending, importance)]
    offending = rows[is_offending][:, :runs]  # which category it is the runs of characters tell as well
    for category in categories:
        is_of_it = np.tile([category in e.labels for e in examples], len(copies))
        own, offset = _logistic(offending, is_of_it[is_offending], importance[is_offending])
        columns.append((np.concatenate([own, np.zeros(rows.shape[1] - runs)]), offset))
    weights = np.stack([c[0] for c in columns], axis=1)
    return Fitted(buckets, idf, weights, np.array([c[1] for c in columns]))


def _vocabulary(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    found, rows = features(texts)
    pairs = np.unique(rows * BUCKETS + found)
    counts = np.bincount(pairs % BUCKETS, minlength=BUCKETS)
    buckets = np.flatnonzero(counts >= _FEWEST).astype(np.uint32)
    idf = np.log((1 + len(texts)) / (1 + counts[buckets])) + 1
    return buckets, idf.astype(np.float16).astype(np.float32)


def _logistic(rows: csr_matrix, wanted: Numbers, importance: Numbers) -> tuple[Numbers, float]:
    share = np.average(wanted, weights=importance)
    balanced = importance * np.where(wanted, 0.5 / share, 0.5 / (1 - share))
    model = LogisticRegression(C=_STRICTNESS, solver="liblinear", tol=_TOLERANCE, random_state=SEED)
    model.fit(rows, wanted, sample_weight=balanced)
    return model.coef_[0], float(model.intercept_[0])


def _offending(rows: csr_matrix, runs: int, wanted: Numbers, importance: Numbers) -> tuple[Numbers, float]:
    """Logistic regression and complement naive Bayes, added: the first is exact, the second forgives new wording.

    Bayes counts what is there, so it reads only the first columns, the `runs` of characters.
    """
    weights, offset = _logistic(rows, wanted, importance)
    bayes = ComplementNB(alpha=_SMOOTHING).fit(rows[:, :runs], wanted, sample_weight=importance)
    simple = np.zeros(rows.shape[1])
    simple[:runs] = bayes.feature_log_prob_[1] - bayes.feature_log_prob_[0]
    own, other = rows @ weights + offset, rows @ simple
    return weights / own.std() + simple / other.std(), float(
        (offset - own.mean()) / own.std() - other.mean() / other.std()
    )
