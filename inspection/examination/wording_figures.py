"""Precision and recall of what was found in utterances whose truth is known, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inspection.examination.wording_sets import Utterance

LAYERS = ("exact", "pattern", "sound", "classifier")
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Flag:
    """What one finding says of an utterance. `is_sure`: a hit that counts before a person has looked.

    `probability` 0..1 is the classifier's; None of the other layers.
    """

    layer: str
    category: str
    is_sure: bool
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An utterance and all that was found in it."""

    utterance: Utterance
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`, with a Wilson interval of 95 %."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Shares 0..1, lower and upper; 0 and 1 of nothing."""
        return wilson(self.hits, self.of)

    def __str__(self) -> str:
        if not self.of:
            return "none"
        low, high = self.interval
        return f"{self.hits}/{self.of} = {self.hits / self.of:.1%} ({low:.0%}–{high:.0%})".replace("%", " %")


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The Wilson score interval of 95 % for a share."""
    if of == 0:
        return 0.0, 1.0
    z, p = 1.959964, hits / of
    middle, spread = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    width = 1 + z * z / of
    return max(0.0, (middle - spread) / width), min(1.0, (middle + spread) / width)


@dataclass(frozen=True, slots=True)
class Row:
    """Flagged utterances of one sort. `precision`: really offending; `recall`: of all offending ones.

    `in_category`: of the rightly flagged, those where a category proposed is one of its own.
    """

    name: str
    precision: Share
    recall: Share
    in_category: Share


def row(name: str, judged: Iterable[Judged], counts: Callable[[Flag], bool]) -> Row:
    """Precision and recall of the flags that count."""
    every = [(j.utterance.labels, [f for f in j.flags if counts(f)]) for j in judged]
    flagged = [(labels, flags) for labels, flags in every if flags]
    right = [(labels, flags) for labels, flags in flagged if labels]
    named = sum(any(f.category in labels for f in flags) for labels, flags in right)
    offending = sum(bool(labels) for labels, _ in every)
    return Row(name, Share(len(right), len(flagged)), Share(len(right), offending), Share(named, len(right)))


def rows(judged: Sequence[Judged], by_list: Sequence[Judged]) -> list[Row]:
    """Sure, each layer, all together, and the plain list."""
    return [
        row("sure", judged, lambda f: f.is_sure),
        *(row(f"{layer}, sure or proposed", judged, lambda f, of=layer: f.layer == of) for layer in LAYERS),  # type: ignore[misc]
        row("sure and proposed", judged, lambda f: True),
        row("plain list of ninety", by_list, lambda f: True),
    ]


def by_category(judged: Sequence[Judged]) -> dict[str, tuple[Share, Share, Share]]:
    """Of each category (an utterance counts in its first): sure, found at all, and precision of what it is named for."""
    result: dict[str, tuple[Share, Share, Share]] = {}
    for category in sorted({j.utterance.labels[0] for j in judged if j.utterance.labels}):
        own = [j for j in judged if j.utterance.labels[:1] == (category,)]
        named = [j for j in judged if any(f.category == category for f in j.flags)]
        result[category] = (
            Share(sum(any(f.is_sure for f in j.flags) for j in own), len(own)),
            Share(sum(bool(j.flags) for j in own), len(own)),
            Share(sum(category in j.utterance.labels for j in named), len(named)),
        )
    return result


def by_kind(judged: Sequence[Judged]) -> dict[str, tuple[Share, Share]]:
    """Of each kind of sentence, offending and fine apart: flagged as sure, flagged at all."""
    result: dict[str, tuple[Share, Share]] = {}
    for name in dict.fromkeys(_kind(j.utterance) for j in judged):
        own = [j for j in judged if _kind(j.utterance) == name]
        result[name] = (
            Share(sum(any(f.is_sure for f in j.flags) for j in own), len(own)),
            Share(sum(bool(j.flags) for j in own), len(own)),
        )
    return result


def _kind(utterance: Utterance) -> str:
    return f"{'offending' if utterance.labels else 'fine'}: {utterance.kind}"


def rates(judged: Sequence[Judged]) -> dict[str, float]:
    """Sure flags in 500 ordinary utterances, proposals in 100 ordinary ones and in 100 hard innocent ones."""
    fine = [j for j in judged if not j.utterance.labels]
    ordinary = [j for j in fine if j.utterance.kind == "ordinary"]
    hard = [j for j in fine if j.utterance.kind != "ordinary"]

    def rate(among: list[Judged], per: int, is_sure: bool) -> float:
        flagged = sum(any(f.is_sure for f in j.flags) if is_sure else _is_proposed(j) for j in among)
        return per * flagged / len(among) if among else 0.0

    return {
        "sure flags in 500 ordinary utterances": rate(ordinary, 500, True),
        "sure flags in 100 hard innocent utterances": rate(hard, 100, True),
        "proposals in 100 ordinary utterances": rate(ordinary, 100, False),
        "proposals in 100 hard innocent utterances": rate(hard, 100, False),
    }


def by_threshold(judged: Sequence[Judged]) -> dict[float, tuple[Share, Share, Share]]:
    """If the classifier proposed from this probability only: offending found by all layers, ordinary and hard flagged."""
    result: dict[float, tuple[Share, Share, Share]] = {}
    for least in THRESHOLDS:
        shares = []
        for is_own in (
            lambda u: bool(u.labels),
            lambda u: u.kind == "ordinary",
            lambda u: not u.labels and u.kind != "ordinary",
        ):
            own = [j for j in judged if is_own(j.utterance)]
            kept = sum(any(f.probability is None or f.probability >= least for f in j.flags) for j in own)
            shares.append(Share(kept, len(own)))
        result[least] = (shares[0], shares[1], shares[2])
    return result


def _is_proposed(judged: Judged) -> bool:
    return bool(judged.flags) and not any(f.is_sure for f in judged.flags)


def mistakes(judged: Sequence[Judged]) -> list[str]:
    """What is wrong: innocent but flagged (the sure ones first), then missed. One line each."""
    lines: list[tuple[int, str]] = []
    for j in judged:
        is_sure, labels = any(f.is_sure for f in j.flags), "|".join(j.utterance.labels) or "fine"
        said = ", ".join(sorted({f"{f.layer}:{f.category}" for f in j.flags}))
        if not j.utterance.labels and j.flags:
            lines.append((0 if is_sure else 1, f"{'SURE' if is_sure else 'proposed'} {said}"))
        elif j.utterance.labels and not j.flags:
            lines.append((2, "missed"))
        else:
            continue
        lines[-1] = (lines[-1][0], f"{lines[-1][1]} [{labels} {j.utterance.kind}] {j.utterance.text}")
    return [line for _, line in sorted(lines, key=lambda one: one[0])]


def as_json(judged: Sequence[Judged], by_list: Sequence[Judged]) -> dict[str, Any]:
    """All figures as numbers; an interval is [lower, upper], shares 0..1."""

    def figures(*shares: tuple[str, Share]) -> dict[str, Any]:
        return {n: {"hits": s.hits, "of": s.of, "interval": list(s.interval)} for n, s in shares}

    return {
        "rows": {
            r.name: figures(("precision", r.precision), ("recall", r.recall), ("in_category", r.in_category))
            for r in rows(judged, by_list)
        },
        "categories": {
            name: figures(("sure", sure), ("found", found), ("precision", precision))
            for name, (sure, found, precision) in by_category(judged).items()
        },
        "kinds": {
            name: figures(("sure", sure), ("flagged", any_)) for name, (sure, any_) in by_kind(judged).items()
        },
        "thresholds": {
            str(least): figures(("found", found), ("ordinary", ordinary), ("hard innocent", hard))
            for least, (found, ordinary, hard) in by_threshold(judged).items()
        },
        "rates": rates(judged),
    }
