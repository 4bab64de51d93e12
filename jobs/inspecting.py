"""One recording from the queue to its findings: claim, transcribe, match, store, finish.

Every way this can end is written to the recording's row in plain words. A worker that dies in the middle leaves
a claim that runs out; a worker that is asked to stop puts its recording back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db import claims, rulebooks
from db.claims import ClaimLost
from db.engine import DatabaseError, session_scope
from db.inspections import store_inspection
from db.models import Call, Recording
from db.quality_channels import get_settled
from db.transcripts import store_transcript
from inspection.files import AudioError
from inspection.pipeline import CallContext, InspectionResult, inspect_audio
from inspection.sound.engines import Engine, EngineError, EngineName, Precision, load_engine
from jobs.cores import shares_of
from jobs.known import known_result
from jobs.results import inspection_facts, transcript_facts
from jobs.storage import stored_path
from regulations.rulebook import Rulebook
from settings import Settings

log = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 1.0
DATABASE_RETRY_SECONDS = 2.0
AWAY = (DatabaseError, OperationalError)  # what a database says that is stopped, full or locked
MODEL_RETRY_SECONDS = 50.0  # a model that could not be loaded is asked for again with the next minute's sweep


class Stopped(Exception):
    """The worker was asked to stop; the recording goes back."""


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed recording, as plain values: no row is held while the model works."""

    recording_id: int
    call_id: int
    path: Path
    sha256: str
    context: CallContext
    book: Rulebook


class Inspector:
    """What a worker process keeps between recordings: its name, the speech model, the wish to stop."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], worker: str) -> None:
        self.settings, self.clock, self.worker = settings, clock, worker
        self.stop = threading.Event()
        self._failed: tuple[float, EngineError] | None = None

    def inspect(self, recording_id: int | None = None) -> str | None:
        """Take this recording (or the oldest waiting one) through; its status afterwards.

        None when there was nothing to take: done already, or another worker has it.
        """
        if self.stop.is_set():
            return None
        # Before the claim: a model may take longer to arrive than a claim lasts.
        engine = self._engine_or_reason()
        work = self._claim(recording_id)
        if work is None:
            return None
        try:
            if isinstance(engine, EngineError):
                raise engine
            result = self._known(work, engine) or self._listen(work, engine)
            self._store(work, result)
            return "done"
        except AudioError as error:
            if error.code == "disk_full":  # no fault of the recording's: it waits until there is room
                log.warning("recording %s waits: %s", work.recording_id, error.en)
                self._release(work, error.code, error.zh, error.en)
                return "queued"
            return self._end(work, claims.fail, error.code, error.zh, error.en, "failed")
        except EngineError as error:
            log.warning("recording %s waits: %s", work.recording_id, error.en)
            self._release(work, error.code, error.zh, error.en)
            return "queued"
        except Stopped:
            self._release(work)
            return "queued"
        except ClaimLost as error:
            log.warning("%s", error)
            return None
        except AWAY as error:
            log.warning("recording %s: %s", work.recording_id, error)
            self._release(work)
            return "queued"
        except MemoryError:
            return self._end(
                work,
                claims.give_back,
                "memory",
                "内存不足，转写中断",
                "The machine ran out of memory while transcribing",
                "queued",
            )
        except Exception as error:
            log.exception("recording %s", work.recording_id)
            name = type(error).__name__
            return self._end(
                work,
                claims.give_back,
                "unexpected",
                f"转写时出现意外错误({name}),详情见处理程序的日志",
                f"Something unexpected went wrong while transcribing ({name}); the worker's log has the details",
                "queued",
            )

    def release_all(self) -> int:
        """Put back whatever this worker still holds, when it ends."""
        with self._session() as session:
            return claims.release(session, self.worker)

    def _session(self) -> AbstractContextManager[Session]:
        return session_scope(self.settings.database)

    def _claim(self, recording_id: int | None) -> Work | None:
        with self._session() as session:
            recording = claims.claim_next(session, self.worker, self.clock(), recording_id)
            if recording is None:
                return None
            call = recording.call
            try:
                path = stored_path(self.settings.recordings_dir, recording.stored_name)
            except LookupError:  # damaged by hand; it must not stand in everybody's way
                zh, en = "录音的存放位置无效", "The place where the recording lies is not a valid one"
                claims.fail(session, recording.id, self.worker, self.clock(), "missing", zh, en)
                return None
            return Work(
                recording.id,
                call.id,
                path,
                recording.sha256,
                context_of(
                    call, recording, is_settled=get_settled(session, call, recording.sha256) is not None
                ),
                rulebooks.in_force(session, call.started_on),
            )

    def _engine_or_reason(self) -> Engine | EngineError:
        try:
            return self._engine()
        except EngineError as error:
            return error

    def _engine(self) -> Engine:
        """The speech model; one that failed a moment ago is not asked for again for every recording."""
        if self._failed is not None and time.monotonic() - self._failed[0] < MODEL_RETRY_SECONDS:
            raise self._failed[1]
        try:
            engine = load_engine(*engine_asked_for(self.settings))
        except EngineError as error:
            self._failed = (time.monotonic(), error)
            raise
        self._failed = None
        return engine

    def _known(self, work: Work, engine: Engine) -> InspectionResult | None:
        with self._session() as session:
            call = session.get_one(Call, work.call_id)
            return known_result(session, call, work.sha256, work.context, engine, work.book)

    def _listen(self, work: Work, engine: Engine) -> InspectionResult:
        last_noted = 0.0

        def on_progress(fraction: float) -> None:
            nonlocal last_noted
            if self.stop.is_set():
                raise Stopped
            if time.monotonic() - last_noted >= PROGRESS_EVERY_SECONDS:
                last_noted = time.monotonic()
                try:
                    with self._session() as session:
                        claims.set_progress(session, work.recording_id, self.worker, fraction, self.clock())
                except AWAY as error:  # what was heard so far is worth more than the bar on a page
                    log.warning("recording %s: %s", work.recording_id, error)

        on_progress(0.0)
        longest = self.settings.max_recording_minutes * 60.0
        return inspect_audio(work.path, work.context, engine, work.book, on_progress, longest)

    def _store(self, work: Work, result: InspectionResult) -> None:
        self._persist(lambda session: self._store_in(session, work, result))

    def _persist(self, write: Callable[[Session], object]) -> None:
        """Write in one transaction; a database that is away is waited for, as long as a claim lasts."""
        until = time.monotonic() + claims.CLAIM_LASTS.total_seconds()
        while True:
            try:
                with self._session() as session:
                    write(session)
                return
            except AWAY as error:
                if time.monotonic() > until or self.stop.wait(DATABASE_RETRY_SECONDS):
                    raise
                log.warning("waiting for the database: %s", error)

    def _store_in(self, session: Session, work: Work, result: InspectionResult) -> None:
        now = self.clock()
        # First, so that a claim that was lost meanwhile stores nothing.
        claims.finish(session, work.recording_id, self.worker, now)
        call = session.get_one(Call, work.call_id)
        if result.duration_seconds:
            call.duration_seconds = result.duration_seconds
        facts = transcript_facts(result, audio_sha256=work.sha256)
        transcript = store_transcript(session, call, facts, now=now)
        store_inspection(
            session,
            transcript,
            call,
            inspection_facts(result),
            book_version=work.book.version,
            now=now,
        )

    def _release(self, work: Work, code: str = "", zh: str = "", en: str = "") -> None:
        self._persist(
            lambda session: claims.release(
                session, self.worker, recording_id=work.recording_id, code=code, zh=zh, en=en
            )
        )

    def _end(
        self,
        work: Work,
        how: Callable[[Session, int, str, datetime, str, str, str], None],
        code: str,
        zh: str,
        en: str,
        status: str,
    ) -> str | None:
        try:
            self._persist(
                lambda session: how(session, work.recording_id, self.worker, self.clock(), code, zh, en)
            )
        except ClaimLost as error:
            log.warning("%s", error)
            return None
        return status


def context_of(call: Call, recording: Recording, *, is_settled: bool = False) -> CallContext:
    """What the inspection is told about a call besides its sound."""
    return CallContext(
        call_id=call.call_id,
        channel=call.channel,
        direction=call.direction,
        kind=call.kind,
        hangup_by=call.hangup_by,
        agent_channel=recording.agent_channel,
        rings=call.rings,
        is_settled=is_settled,
    )


def engine_asked_for(settings: Settings) -> tuple[str, int, EngineName, Precision, Path]:
    """What `load_engine` is called with: model, threads that all processes together can have, engine, precision, cache."""
    threads = shares_of(settings).threads
    return (
        settings.whisper_model,
        threads,
        settings.speech_engine,
        settings.whisper_precision,
        settings.speech_dir,
    )
