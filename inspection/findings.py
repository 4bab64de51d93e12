"""What was found in a contact: proposals for a person to confirm, each with its explanation (contract.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from regulations.verdict import Lang, Step

MATCHING_VERSION = "3"
"""Raised when the same transcript and rulebook would give other findings than before."""

SEVERITIES = ("low", "medium", "high", "critical")


def milder(severity: str) -> str:
    """The severity one step down; `low` stays."""
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]


@dataclass(frozen=True, slots=True)
class Finding:
    """contract.md's finding. `segment` counts from 0; times in seconds from the start of the call.

    `verdict`: hit (said), absent (not said), cannot_tell (costs nothing until a person decides). `layer` is a code of
    names.NAMES["finding_layer"]: by what it was found. Of banned wording only `exact` may say hit; `pattern`, `sound` and
    `classifier` only ever propose (cannot_tell). `probability` 0..1 is the classifier's own estimate.
    `stake` is what it takes off, or would once a person confirmed it (inspection/stakes.py).
    """

    rule: str
    kind: str  # banned missing measure
    category: str
    verdict: str
    phase: str
    segment: int | None
    start: float | None
    end: float | None
    quote: str
    clauses: tuple[str, ...]
    severity: str
    points: Decimal
    needs_review: bool
    steps: tuple[Step, ...]
    layer: str = "exact"
    probability: float | None = None
    stake: Decimal = Decimal(0)

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The shape that contract.md promises."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "category": self.category,
            "verdict": self.verdict,
            "phase": self.phase,
            "segment": self.segment,
            "start": None if self.start is None else round(self.start, 2),
            "end": None if self.end is None else round(self.end, 2),
            "quote": self.quote,
            "clauses": list(self.clauses),
            "severity": self.severity,
            "points": self.points,
            "needs_review": self.needs_review,
            "stake": self.stake,
            "layer": self.layer,
            "probability": None if self.probability is None else round(self.probability, 3),
            "steps": [s.as_json(lang) for s in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One required phrase of the rulebook and what became of it.

    `applicable` False: not owed in this contact (the last step says why), and then `verdict` is "" unless it was
    said all the same. `segment`, `start` and `end` tell where it was said.
    """

    rule: str
    category: str
    verdict: str  # hit absent cannot_tell, "" when not owed
    applicable: bool
    clauses: tuple[str, ...] = ()
    segment: int | None = None
    start: float | None = None
    end: float | None = None
    steps: tuple[Step, ...] = field(default=())
    title: str = ""  # the name of a script's step, as the regulations write it

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """Rule, category, verdict and applicable, and where it was said."""
        return {
            "rule": self.rule,
            "category": self.category,
            "title": self.title,
            "verdict": self.verdict,
            "applicable": self.applicable,
            "clauses": list(self.clauses),
            "segment": self.segment,
            "start": None if self.start is None else round(self.start, 2),
            "end": None if self.end is None else round(self.end, 2),
            "steps": [s.as_json(lang) for s in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the phrase rules say about a contact."""

    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
