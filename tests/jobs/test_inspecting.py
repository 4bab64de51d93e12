"""One recording from the queue to its findings, and every way that can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from db import calls, claims, quality
from db.models import Finding, Inspection, Recording, Transcript
from inspection.sound.engines import EngineError
from jobs import inspecting
from jobs.receiving import receive_recording
from regulations.access import SYSTEM
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.written_engine import WrittenEngine, how_many, inspector, row

Factory = sessionmaker[Session]


def test_a_recording_becomes_transcript_findings_and_score_with_every_version(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    use_engine(WrittenEngine("这不归我管", "那归谁管"))
    assert inspector(settings).inspect(recording_id) == "done"
    with factory() as session:
        kept = quality.get_inspection(session, SYSTEM, "c1")
        assert [s.speaker for s in kept.transcript.segments] == ["agent", "customer"]
        banned = [f for f in kept.findings if f.kind == "banned"]
        assert [f.category for f in banned] == ["shirking"]
        assert banned[0].quote == "这不归我管"
        assert {"zh", "en", "clause"} <= set(banned[0].steps[0])
        assert kept.machine_score < 100
        assert kept.rulebook_version
        assert (kept.transcript.engine, kept.transcript.model_hash) == ("written", "m" * 64)
        assert kept.transcript.versions["written"] == "1"
        assert kept.call.recording is not None
        assert kept.transcript.audio_sha256 == kept.call.recording.sha256
    done = row(factory, recording_id)
    assert (done.status, done.progress, done.failure_reason) == ("done", 1.0, "")


def test_work_that_is_done_is_not_done_again(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    engine = WrittenEngine("您好", "你好")
    use_engine(engine)
    assert inspector(settings).inspect(recording_id) == "done"
    assert inspector(settings).inspect(recording_id) is None
    assert inspector(settings).inspect() is None
    assert engine.heard == 2
    assert (how_many(factory, Transcript), how_many(factory, Inspection)) == (1, 1)


def test_a_transcript_of_the_same_model_is_not_made_twice(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    engine = WrittenEngine("这不归我管", "那归谁管")
    use_engine(engine)
    inspector(settings).inspect(recording_id)
    with factory() as session, session.begin():
        session.get_one(Recording, recording_id).status = "queued"
    assert inspector(settings).inspect(recording_id) == "done"
    assert engine.heard == 2
    assert (how_many(factory, Transcript), how_many(factory, Inspection)) == (1, 1)


def test_a_model_that_cannot_be_had_leaves_the_recording_queued_with_the_reason(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    use_engine(EngineError("no_network", "模型无法下载", "the model cannot be downloaded"))
    worker = inspector(settings)
    for _ in range(5):
        assert worker.inspect(recording_id) == "queued"
    waiting = row(factory, recording_id)
    assert (waiting.status, waiting.attempts, waiting.failure_code) == ("queued", 0, "no_network")
    assert calls.failure_text(waiting, "en") == "the model cannot be downloaded"
    use_engine(WrittenEngine("您好", "您好"))
    assert inspector(settings).inspect(recording_id) == "done"
    assert row(factory, recording_id).failure_reason == ""


def test_a_model_that_just_failed_is_not_asked_for_by_every_recording(
    settings: Settings, recording_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(model: str, *_how: object) -> Any:
        asked.append(model)
        raise EngineError("no_network", "无网络", "no network")

    monkeypatch.setattr(inspecting, "load_engine", load)
    worker = inspector(settings)
    for _ in range(4):
        worker.inspect(recording_id)
    assert asked == ["demo"]


def test_a_damaged_file_fails_at_once_in_plain_words(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    use_engine(WrittenEngine("您好"))
    stored = settings.recordings_dir / row(factory, recording_id).stored_name
    stored.write_bytes(b"RIFF\x00\x00\x00\x00WAVE")
    assert inspector(settings).inspect(recording_id) == "failed"
    failed = row(factory, recording_id)
    assert failed.status == "failed"
    assert failed.attempts == 1
    assert calls.failure_text(failed, "zh") != calls.failure_text(failed, "en")


def test_a_file_that_is_gone_fails_at_once(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    use_engine(WrittenEngine("您好"))
    (settings.recordings_dir / row(factory, recording_id).stored_name).unlink()
    assert inspector(settings).inspect(recording_id) == "failed"
    assert row(factory, recording_id).failure_code == "missing"


@pytest.mark.parametrize("error", [RuntimeError("a tensor of the wrong shape"), MemoryError()])
def test_what_nobody_foresaw_is_tried_again_and_then_fails_with_a_reason(
    factory: Factory,
    settings: Settings,
    recording_id: int,
    use_engine: Callable[[Any], None],
    error: Exception,
) -> None:
    def explode() -> None:
        raise error

    use_engine(WrittenEngine("您好", during=explode))
    worker = inspector(settings)
    for attempt in range(1, claims.MAX_ATTEMPTS + 1):
        worker.inspect(recording_id)
        status = row(factory, recording_id).status
        assert status == ("failed" if attempt == claims.MAX_ATTEMPTS else "queued")
    assert "tensor" not in row(factory, recording_id).failure_reason
    assert how_many(factory, Transcript) == 0


def test_a_worker_asked_to_stop_puts_its_recording_back(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    worker = inspector(settings)
    use_engine(WrittenEngine("您好", during=worker.stop.set))
    assert worker.inspect(recording_id) == "queued"
    back = row(factory, recording_id)
    assert (back.status, back.attempts, back.failure_reason) == ("queued", 0, "")
    assert worker.inspect(recording_id) is None  # it takes nothing more
    assert how_many(factory, Transcript) == 0


def test_whatever_a_worker_still_holds_is_put_back_at_its_end(
    factory: Factory, settings: Settings, recording_id: int
) -> None:
    with factory() as session, session.begin():
        claims.claim_next(session, "w", NOW, recording_id)
    assert inspector(settings, "other").release_all() == 0
    assert inspector(settings, "w").release_all() == 1
    assert row(factory, recording_id).status == "queued"


def test_a_worker_whose_claim_ran_out_stores_nothing(
    factory: Factory, settings: Settings, recording_id: int, use_engine: Callable[[Any], None]
) -> None:
    late = NOW + claims.CLAIM_LASTS + timedelta(seconds=1)

    def taken_over() -> None:
        with factory() as session, session.begin():
            claims.claim_next(session, "quicker", late, recording_id)

    use_engine(WrittenEngine("这不归我管", "那归谁管", during=taken_over))
    assert inspector(settings).inspect(recording_id) is None
    assert row(factory, recording_id).claimed_by == "quicker"
    assert (how_many(factory, Transcript), how_many(factory, Finding)) == (0, 0)


@pytest.mark.speech
def test_the_real_model_finds_what_a_demo_recording_contains(factory: Factory, settings: Settings) -> None:
    with factory() as session, session.begin():
        add_agents(session)
    source = Path(__file__).parent.parent.parent / "demo" / "recordings" / "K1005_c05.wav"
    received = receive_recording(factory, SYSTEM, source, source.name, call_facts("demo"), settings, now=NOW)
    assert inspector(settings).inspect(received.recording_id) == "done"
    with factory() as session:
        kept = quality.get_inspection(session, SYSTEM, "demo")
        assert kept.transcript.engine == "demo"
        assert {s.speaker for s in kept.transcript.segments} == {"agent", "customer"}
        assert "您好" in "".join(s.text for s in kept.transcript.segments if s.speaker == "agent")
