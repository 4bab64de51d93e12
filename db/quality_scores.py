"""What a reviewer's decisions make of the machine's findings: which still stand, and the score they leave."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from db.models import Finding, Inspection
from db.quality import FLAGS, SEVERITIES

FULL_SCORE = Decimal(100)


def flags_of(inspection: Inspection) -> list[Finding]:
    """The findings that say something and were not overturned."""
    return [f for f in inspection.findings if f.verdict in FLAGS and f.decision != "overturned"]


def confirmed_of(inspection: Inspection) -> list[Finding]:
    """The findings a person confirmed, whatever the machine made of them."""
    return [f for f in inspection.findings if f.decision == "confirmed"]


def worst_severity(findings: Iterable[Finding]) -> str | None:
    """The gravest severity among the findings."""
    return max((f.severity for f in findings), key=SEVERITIES.index, default=None)


def score_of(findings: Iterable[Finding]) -> Decimal:
    """Full score less the points of these findings, never under 0; what a person confirmed counts with its stake."""
    lost = (f.stake if f.decision == "confirmed" else f.points for f in findings)
    return max(Decimal(0), FULL_SCORE - sum(lost, Decimal(0)))


def final_score(inspection: Inspection) -> Decimal:
    """The machine's score without what was overturned, and with what only a person could tell."""
    standing = {f.id: f for f in (*flags_of(inspection), *confirmed_of(inspection))}
    return score_of(standing.values())


def confirmed_score(inspection: Inspection) -> Decimal:
    """The score from confirmed findings only: nothing undecided counts against anybody."""
    return score_of(confirmed_of(inspection))


def is_reviewed(inspection: Inspection) -> bool:
    """Whether every flag was decided."""
    return all(f.decision is not None for f in inspection.findings if f.verdict in FLAGS)
