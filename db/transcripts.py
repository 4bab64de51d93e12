"""Transcripts: what an engine made of a call, stored once and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from db.models import Call, Inspection, Transcript, TranscriptSegment


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """One utterance; times in seconds from the start of the call, confidence 0..1 or None, level in dBFS or None."""

    speaker: str
    start: float
    end: float
    text: str
    confidence: float | None = None
    channel: int | None = None
    words: Sequence[Mapping[str, Any]] = ()
    is_doubtful: bool = False
    level_db: float | None = None


@dataclass(frozen=True, slots=True)
class TranscriptFacts:
    """A transcript with everything needed to make it again (model, settings, versions) and to judge it again.

    What the lists hold is written beside the columns in db/models/calls.py.
    """

    engine: str
    settings_hash: str
    segments: Sequence[SegmentFacts]
    model_hash: str = ""
    audio_sha256: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)
    channel_map: Sequence[Mapping[str, Any]] = ()
    suppressed: Sequence[Mapping[str, Any]] = ()
    to_listen: Sequence[Mapping[str, Any]] = ()
    duration_seconds: float = 0.0
    is_complete: bool = True


def find_transcript(
    session: Session, call: Call, settings_hash: str, audio_sha256: str = ""
) -> Transcript | None:
    """What these settings made of this sound of the call, with its segments; no sound: words that a file brought."""
    return session.scalar(
        select(Transcript)
        .where(
            Transcript.call_id == call.id,
            Transcript.audio_sha256 == audio_sha256,
            Transcript.settings_hash == settings_hash,
        )
        .options(selectinload(Transcript.segments))
    )


def find_heard(session: Session, audio_sha256: str, settings_hash: str) -> Transcript | None:
    """What these settings made of this sound, whichever call it stood under; with its segments.

    The oldest of several: they hold the same words.
    """
    return session.scalar(
        select(Transcript)
        .where(Transcript.audio_sha256 == audio_sha256, Transcript.settings_hash == settings_hash)
        .options(selectinload(Transcript.segments))
        .order_by(Transcript.id)
        .limit(1)
    )


def store_transcript(session: Session, call: Call, facts: TranscriptFacts, *, now: datetime) -> Transcript:
    """The transcript's row: the one already there for the same sound and settings, or a new one."""
    known = find_transcript(session, call, facts.settings_hash, facts.audio_sha256)
    if known is not None:
        return known
    transcript = Transcript(
        call_id=call.id,
        audio_sha256=facts.audio_sha256,
        engine=facts.engine[:60],
        model_hash=facts.model_hash,
        settings_hash=facts.settings_hash,
        versions=dict(facts.versions),
        created_at=now,
        channel_map=[dict(one) for one in facts.channel_map],
        suppressed=[dict(one) for one in facts.suppressed],
        to_listen=[dict(one) for one in facts.to_listen],
        duration_seconds=facts.duration_seconds,
        is_complete=facts.is_complete,
        segments=[
            TranscriptSegment(
                ordinal=ordinal,
                speaker=segment.speaker,
                start_seconds=segment.start,
                end_seconds=segment.end,
                text=segment.text,
                confidence=segment.confidence,
                channel=segment.channel,
                words=[dict(word) for word in segment.words],
                is_doubtful=segment.is_doubtful,
                level_db=segment.level_db,
            )
            for ordinal, segment in enumerate(facts.segments)
        ],
    )
    session.add(transcript)
    session.flush()
    return transcript


def list_uninspected(
    session: Session, book_version: str, *, after_id: int = 0, limit: int = 200
) -> list[tuple[Transcript, Call]]:
    """Transcripts that have no inspection under this rulebook, oldest row first, `limit` at a time.

    Of a call that is inspected already only what its current inspection stands on, and what came in after it: the
    others were superseded, by other settings or by a person who settled who is on which channel.
    """
    current = aliased(Inspection)
    stands_on = (
        select(current.transcript_id)
        .where(current.call_id == Transcript.call_id, current.is_current)
        .order_by(current.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    was_inspected = exists().where(current.transcript_id == Transcript.id)
    rows = session.execute(
        select(Transcript, Call)
        .join(Call, Call.id == Transcript.call_id)
        .where(
            Transcript.id > after_id,
            ~exists().where(
                Inspection.transcript_id == Transcript.id, Inspection.rulebook_version == book_version
            ),
            or_(stands_on.is_(None), stands_on == Transcript.id, ~was_inspected),
        )
        .options(selectinload(Transcript.segments))
        .order_by(Transcript.id)
        .limit(limit)
    )
    return list(rows.tuples())
