"""Trains the classifier: ``python -m inspection.classifier.training.train [--out FILE]``. The same examples give the same bytes."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from inspection.classifier.features import FEATURES_VERSION, Numbers, compared
from inspection.classifier.model import MODEL, logistic
from inspection.classifier.training.examples import Example, digest, groups, read
from inspection.classifier.training.fitting import SEED, Fitted, fit
from inspection.classifier.training.packing import header_of, packed
from inspection.classifier.words import load_words

_FOLDS = 3
_BINS = 10
_OFFENDING_SHARE = (
    1 / 3
)  # of the utterances a probability is meant for; our examples hold more, calls far less
_STEPS = 127  # of a quantised weight, each side of nought


def categories_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """The categories the examples offend against, in order of their names."""
    return tuple(sorted({label for e in examples for label in e.labels}))


def held_out(examples: Sequence[Example], categories: Sequence[str]) -> tuple[Numbers, Numbers]:
    """(log odds, fold) of every example by a model that saw neither it nor a near copy of it."""
    texts = [compared(e.text) for e in examples]
    wanted = np.array([bool(e.labels) for e in examples])
    values = np.zeros((len(examples), 1 + len(categories)))
    fold = np.zeros(len(examples), int)
    splits = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=SEED)
    for number, (seen, kept) in enumerate(splits.split(texts, wanted, groups(texts))):
        fitted = fit([examples[i] for i in seen], categories)
        values[kept] = fitted.values([texts[i] for i in kept])
        fold[kept] = number
    return values, fold


def importance(wanted: Numbers) -> Numbers:
    """Weights that sum to one, under which _OFFENDING_SHARE of the examples offend."""
    weights: Numbers = np.where(
        wanted, _OFFENDING_SHARE / wanted.sum(), (1 - _OFFENDING_SHARE) / (~wanted).sum()
    )
    return weights


def calibration(values: Numbers, wanted: Numbers) -> tuple[float, float]:
    """(slope, offset) that turn held-out log odds of offending into honest ones (Platt)."""
    weights = importance(wanted) * len(wanted)
    model = LogisticRegression(C=1e6).fit(values[:, None], wanted, sample_weight=weights)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def reliability(probabilities: Numbers, wanted: Numbers, weights: Numbers) -> tuple[list[list[float]], float]:
    """Per tenth of probability: (mean probability, share that offends, examples); and the expected error, 0..1.

    Means and shares are by weight; the weights sum to one.
    """
    tenth = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    rows: list[list[float]] = []
    error = 0.0
    for number in range(_BINS):
        inside = tenth == number
        if inside.any():
            said = float(np.average(probabilities[inside], weights=weights[inside]))
            true = float(np.average(wanted[inside], weights=weights[inside]))
            rows.append([round(said, 3), round(true, 3), int(inside.sum())])
            error += abs(said - true) * float(weights[inside].sum())
    return rows, error


def figures(
    examples: Sequence[Example], categories: Sequence[str], values: Numbers, fold: Numbers
) -> dict[str, Any]:
    """What cross-validation found at probability 0.5: calibrated on the other folds, so nothing has seen its answer."""
    wanted = np.array([bool(e.labels) for e in examples])
    probabilities = np.zeros(len(examples))
    for number in np.unique(fold):
        slope, offset = calibration(values[fold != number, 0], wanted[fold != number])
        probabilities[fold == number] = logistic(values[fold == number, 0] * slope + offset)
    proposed = probabilities >= 0.5
    likeliest = np.array(categories)[values[:, 1:].argmax(axis=1)]
    rows, error = reliability(probabilities, wanted, importance(wanted))
    kinds = np.array([e.kind for e in examples])
    per_category: dict[str, dict[str, float]] = {}
    for category in categories:
        own = np.array([category in e.labels for e in examples])
        named = proposed & (likeliest == category)
        per_category[category] = {
            "examples": int(own.sum()),
            "found": round(float(proposed[own].mean()), 3),
            "recall": round(float(named[own].mean()), 3),
            "precision": round(float(own[named].mean()) if named.any() else 0.0, 3),
        }
    return {
        "examples": len(examples),
        "offending": int(wanted.sum()),
        "found": round(float(proposed[wanted].mean()), 3),
        "right": round(float(wanted[proposed].mean()), 3),
        "proposed_of_fine": {
            str(kind): round(float(proposed[~wanted & (kinds == kind)].mean()), 3)
            for kind in np.unique(kinds[~wanted])
        },
        "found_by_kind": {
            str(kind): round(float(proposed[wanted & (kinds == kind)].mean()), 3)
            for kind in np.unique(kinds[wanted])
        },
        "categories": per_category,
        "reliability": rows,
        "calibration_error": round(error, 4),
    }


def pack(fitted: Fitted, header: dict[str, Any], slope: float, offset: float) -> bytes:
    """The model as an .npz; each weight of a run of characters in one byte."""
    weights, offsets = fitted.weights.copy(), fitted.offsets.copy()
    weights[:, 0] *= slope
    offsets[0] = offsets[0] * slope + offset
    runs, meanings = np.split(weights, [len(fitted.buckets)])
    scales = np.abs(runs).max(axis=0) / _STEPS
    arrays = {
        "header": header_of(header),
        "buckets": fitted.buckets.astype(np.uint32),
        "idf": fitted.idf.astype(np.float16),
        "weights": np.round(runs / scales).astype(np.int8),
        "scales": scales.astype(np.float32),
        "meanings": meanings.astype(np.float32),
        "offsets": offsets.astype(np.float32),
    }
    return packed(arrays)


def train(examples: Sequence[Example], examples_digest: str) -> bytes:
    """The packed model of the examples, with what cross-validation says of it in the header."""
    categories = categories_of(examples)
    values, fold = held_out(examples, categories)
    slope, offset = calibration(values[:, 0], np.array([bool(e.labels) for e in examples]))
    header = {
        "features": FEATURES_VERSION,
        "words": load_words().digest,
        "seed": SEED,
        "examples": examples_digest,
        "categories": categories,
        "calibration": [slope, offset],
        "versions": {
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "figures": figures(examples, categories, values, fold),
    }
    return pack(fit(examples, categories), header, slope, offset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=MODEL)
    out: Path = parser.parse_args().out
    made = train(read(), digest())
    out.write_bytes(made)
    with np.load(io.BytesIO(made)) as arrays:
        found = json.loads(arrays["header"].tobytes())["figures"]
    print(json.dumps(found, ensure_ascii=False, indent=1))
    print(f"{out.name}: {len(made):,} bytes")


if __name__ == "__main__":
    main()
