"""What the inspection answers, as the plain values the database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from db.inspections import FindingFacts, InspectionFacts
from db.models import Call
from db.models import Transcript as StoredTranscript
from db.transcripts import SegmentFacts, TranscriptFacts
from inspection.findings import MATCHING_VERSION
from inspection.text.utterances import Span
from inspection.transcript import Channel, Segment, Stretch, Transcript, Word

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
                layer=found.layer,
                probability=found.probability,
                stake=found.stake,
            )
            for found in result.findings
        ],
        checks=[
            {
                "rule": check.rule,
                "category": check.category,
                "title": check.title,
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
        suppressed=[dict(piece) for piece in result.suppressed],
        matching=MATCHING_VERSION,
    )


def segment_facts(segments: Iterable[Segment]) -> list[SegmentFacts]:
    """The utterances of a transcript."""
    return [
        SegmentFacts(
            s.speaker,
            s.start,
            s.end,
            s.text,
            s.confidence,
            s.channel,
            [_word_facts(word) for word in s.words],
            s.is_doubtful,
            s.level_db,
        )
        for s in segments
    ]


def _word_facts(word: Word) -> dict[str, Any]:
    """`alternatives` only where there are any: of most words there are none."""
    facts = asdict(word)
    alternatives = facts.pop("alternatives")
    return {**facts, "alternatives": [list(pair) for pair in alternatives]} if alternatives else facts


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
        channel_map=[asdict(channel) for channel in result.transcript.channels],
        suppressed=[dict(piece) for piece in result.transcript.suppressed],
        to_listen=[asdict(stretch) for stretch in result.transcript.to_listen],
        duration_seconds=result.transcript.duration_seconds,
        is_complete=result.transcript.is_complete,
    )


def stored_transcript(stored: StoredTranscript, call: Call) -> Transcript:
    """A transcript from the database as the inspection takes it: judged again, it gives what it gave at first.

    What the telephone system says about the call (kind, who hung up) is read from the call as it stands now.
    """
    return Transcript(
        call_id=call.call_id,
        channel=call.channel,
        direction=call.direction,
        kind=call.kind,
        hangup_by=call.hangup_by,
        segments=tuple(
            Segment(
                s.speaker,
                s.start_seconds,
                s.end_seconds,
                s.text,
                s.confidence,
                tuple(_word(word) for word in s.words),
                s.is_doubtful,
                s.channel,
                s.level_db,
            )
            for s in stored.segments
        ),
        rings=call.rings,
        duration_seconds=stored.duration_seconds or call.duration_seconds,
        is_complete=stored.is_complete,
        channels=tuple(
            Channel(
                c["index"],
                c["speaker"],
                c["decided"],
                _spans(c["speech"]),
                _spans(c["doubtful"]),
                c["gain_db"],
                _spans(c.get("echoes", ())),
            )
            for c in stored.channel_map
        ),
        to_listen=tuple(Stretch(**stretch) for stretch in stored.to_listen),
        suppressed=tuple(stored.suppressed),
    )


def _word(facts: Mapping[str, Any]) -> Word:
    alternatives = tuple((str(text), float(score)) for text, score in facts.get("alternatives", ()))
    return Word(**{**facts, "alternatives": alternatives})


def _spans(pairs: Iterable[Sequence[float]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in pairs)
