"""The utterances the classifier learns from: written by us, one file per category of banned wording."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from inspection.classifier.features import compared

FOLDER = Path(__file__).parents[2] / "examples" / "train"
FINE = "fine"
KINDS = (
    "plain", "paraphrase", "quotation", "negation", "question", "superset", "lookalike", "ordinary",
)  # fmt: skip
_HEADER = "label\tkind\ttext"
_ALIKE = 0.6  # of the pairs of neighbouring characters of the shorter one: the same sentence in other clothes


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance of an agent. `labels` are the categories it offends against; none: it is fine."""

    labels: tuple[str, ...]
    kind: str
    text: str


def read(folder: Path = FOLDER) -> list[Example]:
    """All examples, file by file. ValueError names the file and the line that cannot be read."""
    result: list[Example] = []
    for path in sorted(folder.glob("*.tsv")):
        lines = path.read_text("utf-8").splitlines()
        if not lines or lines[0] != _HEADER:
            raise ValueError(f"{path.name}: the first line is not {_HEADER!r}")
        for number, line in enumerate(lines[1:], start=2):
            cells = line.split("\t")
            if len(cells) != 3 or cells[1] not in KINDS or not compared(cells[2]):
                raise ValueError(f"{path.name}, line {number}: not a label, a known kind and a text")
            labels = () if cells[0] == FINE else tuple(sorted(cells[0].split("|")))
            result.append(Example(labels, cells[1], cells[2]))
    return result


@lru_cache(maxsize=32)
def texts_of(category: str) -> tuple[str, ...]:
    """The offending examples of a category, as they are written."""
    return tuple(e.text for e in read() if category in e.labels)


def digest(folder: Path = FOLDER) -> str:
    """One hash over all examples as they lie on disk: hexadecimal, 64 characters."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the number of its group: texts that are nearly the same share one, so that no fold sees both."""
    from sklearn.feature_extraction.text import CountVectorizer

    pairs = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True).fit_transform(
        [f"^{compared(t)}$" for t in texts]
    )
    shared = (pairs @ pairs.T).tocoo()
    lengths = np.asarray(pairs.sum(axis=1)).ravel()
    is_alike = shared.data >= _ALIKE * np.minimum(lengths[shared.row], lengths[shared.col])
    edges = csr_matrix(
        (shared.data[is_alike], (shared.row[is_alike], shared.col[is_alike])), shape=shared.shape
    )
    return [int(g) for g in connected_components(edges, directed=False)[1]]
