"""Inspections: what the machine found in one transcript under one rulebook. What people made of it is in db/quality.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Call, Finding, Inspection, Transcript


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One finding in contract.md's shape, as plain values; `steps` are Step.as_record dictionaries."""

    rule: str
    kind: str
    category: str
    verdict: str
    phase: str
    segment: int | None
    start: float | None
    end: float | None
    quote: str
    clauses: Sequence[str]
    severity: str
    points: Decimal
    needs_review: bool
    steps: Sequence[Mapping[str, Any]]
    layer: str = "exact"
    probability: float | None = None
    stake: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """The result of an inspection as plain values: what `store_inspection` keeps."""

    machine_score: Decimal
    findings: Sequence[FindingFacts]
    checks: Sequence[Mapping[str, Any]] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    suppressed: Sequence[Any] = ()
    matching: str = ""  # inspection.pipeline.MATCHING_VERSION


def store_inspection(
    session: Session,
    transcript: Transcript,
    call: Call,
    facts: InspectionFacts,
    *,
    book_version: str,
    now: datetime,
    make_current: bool = True,
) -> Inspection:
    """The inspection of this transcript under this rulebook and matching: the one already there, or a new one.

    A new one becomes the call's current inspection; earlier ones stay as they were, no longer current.
    """
    known = session.scalar(
        select(Inspection).where(
            Inspection.transcript_id == transcript.id,
            Inspection.rulebook_version == book_version,
            Inspection.matching == facts.matching,
        )
    )
    if known is not None:
        return known
    if make_current:
        _retire(session, [call.id])
    inspection = _row(transcript, call, facts, book_version, now, make_current)
    session.add(inspection)
    session.flush()
    return inspection


def store_inspections(
    session: Session,
    results: Sequence[tuple[Transcript, Call, InspectionFacts]],
    *,
    book_version: str,
    now: datetime,
) -> int:
    """Many inspections at once, of transcripts that have none under this rulebook; how many were stored.

    Of several transcripts of one call the latest gives the current inspection.
    """
    _retire(session, [call.id for _, call, _ in results])
    latest: dict[int, int] = {}
    for transcript, call, _ in results:
        latest[call.id] = max(transcript.id, latest.get(call.id, 0))
    session.add_all(
        _row(transcript, call, facts, book_version, now, transcript.id == latest[call.id])
        for transcript, call, facts in results
    )
    session.flush()
    return len(results)


def _retire(session: Session, call_ids: Sequence[int]) -> None:
    session.execute(
        update(Inspection)
        .where(Inspection.call_id.in_(call_ids), Inspection.is_current)
        .values(is_current=False)
    )


def _row(
    transcript: Transcript,
    call: Call,
    facts: InspectionFacts,
    book_version: str,
    now: datetime,
    is_current: bool,
) -> Inspection:
    return Inspection(
        call_id=call.id,
        call=call,
        transcript_id=transcript.id,
        started_on=call.started_on,
        rulebook_version=book_version,
        matching=facts.matching,
        machine_score=facts.machine_score,
        measures=dict(facts.measures),
        suppressed=list(facts.suppressed),
        checks=[dict(check) for check in facts.checks],
        created_at=now,
        is_current=is_current,
        findings=[
            Finding(
                rule=found.rule,
                kind=found.kind,
                category=found.category,
                verdict=found.verdict,
                phase=found.phase,
                segment=found.segment,
                start_seconds=found.start,
                end_seconds=found.end,
                quote=found.quote,
                clauses=list(found.clauses),
                severity=found.severity,
                points=found.points,
                needs_review=found.needs_review,
                steps=[dict(step) for step in found.steps],
                layer=found.layer,
                probability=found.probability,
                stake=found.stake or found.points,
            )
            for found in facts.findings
        ],
    )
