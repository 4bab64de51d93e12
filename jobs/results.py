"""What the inspection answers, as the plain values the database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from db.models import Call
from db.models import Transcript as StoredTranscript
from db.quality import FindingFacts, InspectionFacts
from db.transcripts import SegmentFacts, TranscriptFacts
from inspection.transcript import Segment, Transcript

if TYPE_CHECKING:
    from inspection.pipeline import InspectionResult  # it brings the speech library


def inspection_facts(result: InspectionResult) -> InspectionFacts:
    """Findings, checks, measures and score of a result."""
    return InspectionFacts(
        machine_score=result.score.value,
        findings=[
            FindingFacts(
                rule=found.rule,
                kind=found.kind,
                category=found.category,
                verdict=found.verdict,
                phase=found.phase,
                segment=found.segment,
                start=found.start,
                end=found.end,
                quote=found.quote or "",
                clauses=found.clauses,
                severity=found.severity,
                points=found.points,
                needs_review=found.needs_review,
                steps=[step.as_record() for step in found.steps],
            )
            for found in result.findings
        ],
        checks=[
            {
                "rule": check.rule,
                "category": check.category,
                "verdict": check.verdict,
                "applicable": check.applicable,
                "clauses": list(check.clauses),
                "segment": check.segment,
                "start": check.start,
                "end": check.end,
            }
            for check in result.checks
        ],
        measures=dict(result.measures),
        suppressed=[_plain(item) for item in result.suppressed],
    )


def segment_facts(segments: Iterable[Segment]) -> list[SegmentFacts]:
    """The utterances of a transcript."""
    return [SegmentFacts(s.speaker, s.start, s.end, s.text, s.confidence) for s in segments]


def transcript_facts(
    result: InspectionResult, *, engine: str = "", audio_sha256: str = ""
) -> TranscriptFacts:
    """The transcript of a result, with model, settings and versions. `engine` names another maker."""
    return TranscriptFacts(
        engine=engine or result.engine,
        settings_hash=result.settings_hash,
        segments=segment_facts(result.transcript.segments),
        model_hash=result.model_hash,
        audio_sha256=audio_sha256,
        versions=dict(result.versions),
    )


def stored_transcript(stored: StoredTranscript, call: Call) -> Transcript:
    """A transcript from the database as the inspection takes it."""
    return Transcript(
        call_id=call.call_id,
        channel=call.channel,
        direction=call.direction,
        kind=call.kind,
        hangup_by=call.hangup_by,
        segments=tuple(
            Segment(s.speaker, s.start_seconds, s.end_seconds, s.text, s.confidence) for s in stored.segments
        ),
        rings=call.rings,
        duration_seconds=call.duration_seconds,
    )


def _plain(item: object) -> object:
    as_json = getattr(item, "as_json", None)
    if callable(as_json):
        return as_json()
    return dict(item) if isinstance(item, Mapping) else item
