"""What differs between two judgements of the same calls: the findings that come and go, call by call and rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from db.models import Finding as StoredFinding
from db.models import Inspection
from inspection.findings import Finding
from inspection.pipeline import InspectionResult


@dataclass(frozen=True, slots=True)
class CallChange:
    """A call of which something else would be found, or that would score otherwise for what was found.

    `gained` and `lost` are findings in contract.md's shape.

    Each has `text` besides: the sentence in which it stands. Scores are the machine's, 0..100.
    """

    call_id: str
    agent_name: str
    started_on: date
    score_before: Decimal
    score_after: Decimal
    gained: list[dict[str, Any]]
    lost: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How many findings of one rule come and go."""

    rule: str
    category: str
    gained: int
    lost: int


@dataclass(slots=True)
class Comparison:
    """What would change on `calls` past calls. `changed`: largest change of score first."""

    calls: int
    changed: list[CallChange] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def gained(self) -> int:
        """Findings that come."""
        return sum(len(c.gained) for c in self.changed)

    @property
    def lost(self) -> int:
        """Findings that go."""
        return sum(len(c.lost) for c in self.changed)

    @property
    def by_rule(self) -> list[RuleChange]:
        """The rules by how much they change, most first."""
        came, went = (
            Counter((f["rule"], f["category"]) for c in self.changed for f in kept)
            for kept in (
                (f for c in self.changed for f in c.gained),
                (f for c in self.changed for f in c.lost),
            )
        )
        rules = [RuleChange(*key, came[key], went[key]) for key in {*came, *went}]
        return sorted(rules, key=lambda r: (-(r.gained + r.lost), r.rule))


def by_change(change: CallChange) -> tuple[Decimal, int, str]:
    """The largest change of the score first, then the latest call."""
    return -abs(change.score_after - change.score_before), -change.started_on.toordinal(), change.call_id


Found = tuple[Decimal, list[dict[str, Any]]]
"""The machine's score, and the findings as plain values."""


_PLAIN = ("rule", "kind", "category", "verdict", "layer", "segment", "quote", "severity", "points")


def found_then(inspection: Inspection) -> Found:
    """What a stored inspection found."""
    return inspection.machine_score, [_plain(f, f.start_seconds) for f in inspection.findings]


def found_now(result: InspectionResult) -> Found:
    """What an inspection just made has found."""
    return result.score.value, [_plain(f, f.start) for f in result.findings]


def _plain(finding: StoredFinding | Finding, start: float | None) -> dict[str, Any]:
    return {**{name: getattr(finding, name) for name in _PLAIN}, "start": start}


def change_of(inspection: Inspection, before: Found, after: InspectionResult) -> CallChange | None:
    """What differs, if only the score; None when nothing does. A finding whose verdict changes goes and comes."""
    known, found = _told_apart(before[1]), _told_apart(found_now(after)[1])
    gained = [f for key, f in found.items() if key not in known]
    lost = [f for key, f in known.items() if key not in found]
    if not gained and not lost and before[0] == after.score.value:
        return None
    segments = after.transcript.segments
    for finding in (*gained, *lost):
        at = finding["segment"]
        finding["text"] = segments[at].text if at is not None and at < len(segments) else ""
    call = inspection.call
    return CallChange(
        call.call_id, call.agent.name, call.started_on, before[0], after.score.value, gained, lost
    )


def _told_apart(findings: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The findings by what makes two the same; what is said twice in a segment counts twice."""
    seen: Counter[tuple[Any, ...]] = Counter()
    by_key: dict[tuple[Any, ...], dict[str, Any]] = {}
    for finding in findings:
        key = tuple(finding[name] for name in ("rule", "kind", "verdict", "segment", "quote"))
        by_key[*key, seen[key]] = finding
        seen[key] += 1
    return by_key
