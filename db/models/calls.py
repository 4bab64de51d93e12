"""Calls, their recordings, and what was said in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.models.base import Base
from db.models.immutable import keep_unchanged
from db.models.people import Agent, Team
from db.models.transcript_index import keep_indexed, terms_of


class Call(Base):
    """A contact with a customer by telephone or chat."""

    __tablename__ = "calls"
    __table_args__ = (Index("ix_calls_team_day", "team_id", "started_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(80), unique=True)  # the telephony system's number
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    started_at: Mapped[datetime]
    started_on: Mapped[date] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(20), default="phone")
    direction: Mapped[str] = mapped_column(String(20), default="inbound")
    kind: Mapped[str] = mapped_column(String(40), default="inbound_service")
    duration_seconds: Mapped[float] = mapped_column(Float, default=0.0)
    rings: Mapped[int | None]
    hangup_by: Mapped[str] = mapped_column(String(20), default="unknown")

    agent: Mapped[Agent] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    recording: Mapped[Recording | None] = relationship(back_populates="call", uselist=False)


class Recording(Base):
    """An audio file in private storage. Its row is the truth about its work (DESIGN section 4)."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_work", "status", "claimed_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    original_name: Mapped[str] = mapped_column(String(300))
    stored_name: Mapped[str] = mapped_column(String(100))  # inside settings.recordings_dir
    size_bytes: Mapped[int]
    container: Mapped[str] = mapped_column(String(40), default="")
    channels: Mapped[int] = mapped_column(default=0)
    sample_rate_hz: Mapped[int] = mapped_column(default=0)
    duration_seconds: Mapped[float] = mapped_column(Float, default=0.0)
    agent_channel: Mapped[int | None]
    uploaded_at: Mapped[datetime] = mapped_column(index=True)
    uploaded_by: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(20), default="queued")  # queued claimed done failed
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    claimed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0, server_default="0")  # the whole worker vanished
    progress: Mapped[float] = mapped_column(Float, default=0.0)  # 0..1
    failure_code: Mapped[str] = mapped_column(String(40), default="")
    failure_reason: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship(back_populates="recording", lazy="joined")


class Transcript(Base):
    """What an engine made of a call, with everything needed to repeat and to judge it again.

    Immutable: the database refuses to change a row (db/models/immutable.py); it may be deleted.
    """

    __tablename__ = "transcripts"
    __table_args__ = (
        UniqueConstraint("call_id", "audio_sha256", "settings_hash"),
        Index("ix_transcripts_audio", "audio_sha256", "settings_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id"), index=True)
    audio_sha256: Mapped[str] = mapped_column(String(64), default="")
    engine: Mapped[str] = mapped_column(String(60))
    model_hash: Mapped[str] = mapped_column(String(64), default="")
    settings_hash: Mapped[str] = mapped_column(String(64))
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    # Who is on which channel and why, and where it sounds:
    # [{"index","speaker","decided","speech","doubtful","gain_db","echoes"}], the last left out as the other's voice
    channel_map: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    suppressed: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # invented by the recogniser
    to_listen: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # a person has to hear these
    duration_seconds: Mapped[float] = mapped_column(
        Float, default=0.0, server_default="0"
    )  # 0: as the call says
    is_complete: Mapped[bool] = mapped_column(
        default=True, server_default=true()
    )  # False: the file breaks off

    segments: Mapped[list[TranscriptSegment]] = relationship(
        back_populates="transcript", order_by="TranscriptSegment.ordinal"
    )


class TranscriptSegment(Base):
    """One utterance. Times in seconds from the start of the call."""

    __tablename__ = "transcript_segments"
    __table_args__ = (UniqueConstraint("transcript_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcripts.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(10))  # agent customer unknown
    start_seconds: Mapped[float] = mapped_column(Float)
    end_seconds: Mapped[float] = mapped_column(Float)
    text: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float | None] = mapped_column(Float)
    channel: Mapped[int | None]  # of the recording, from 0; None where a file brought the words
    words: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # [{"raw","text","start","end","probability"}], where they were scored with "alternatives": [[text, logprob]]
    is_doubtful: Mapped[bool] = mapped_column(default=False, server_default=false())
    level_db: Mapped[float | None] = mapped_column(Float)  # below full scale; None: not measured
    # What the text is found by (db/models/transcript_index.py); derived, and never needed in Python.
    terms: Mapped[str] = mapped_column(Text, default=terms_of, server_default="", deferred=True)

    transcript: Mapped[Transcript] = relationship(back_populates="segments")


keep_unchanged(Transcript.__table__, TranscriptSegment.__table__)
keep_indexed(TranscriptSegment.__table__)
