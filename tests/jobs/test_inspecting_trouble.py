"""A full disk, a crash while storing, a database that is away: no recording is lost and none done twice."""

from __future__ import annotations

import resource
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from db import calls, claims
from db.engine import DatabaseError
from db.models import Finding, Inspection, Recording, Transcript
from jobs import inspecting
from jobs.receiving import receive_recording
from regulations.access import SYSTEM
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.audio_files import write_wav
from tests.jobs.written_engine import WrittenEngine, how_many, inspector, row

Factory = sessionmaker[Session]


def test_a_disk_that_is_full_while_decoding_lets_the_recording_wait(
    factory: Factory,
    settings: Settings,
    tmp_path: Path,
    use_engine: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with factory() as session, session.begin():
        add_agents(session)
    source = write_wav(tmp_path / "long.wav", seconds=20.0, channels=1)
    recording_id = receive_recording(
        factory, SYSTEM, source, "long.wav", call_facts("c1"), settings, now=NOW
    ).recording_id
    use_engine(WrittenEngine("您好"))
    worker = inspector(settings)
    listen = worker._listen

    def listen_without_room(*work: Any) -> Any:
        # No file of this process may grow beyond 64 KB meanwhile: the system's own refusal, not a pretended one.
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        monkeypatch.setattr(
            worker, "_session", lambda: nullcontext()
        )  # the database's file would not grow either
        monkeypatch.setattr(claims, "set_progress", lambda *_: None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
        try:
            return listen(*work)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            monkeypatch.undo()

    with monkeypatch.context() as patched:
        patched.setattr(worker, "_listen", listen_without_room)
        assert worker.inspect(recording_id) == "queued"
    waiting = row(factory, recording_id)
    assert (waiting.status, waiting.attempts, waiting.failure_code) == ("queued", 0, "disk_full")
    use_engine(WrittenEngine("您好"))
    assert inspector(settings).inspect(recording_id) == "done"


@pytest.mark.parametrize("where", ["store_transcript", "store_inspection"])
def test_a_crash_while_the_result_is_being_stored_leaves_no_half_of_it(
    factory: Factory,
    settings: Settings,
    recording_id: int,
    use_engine: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    class Killed(BaseException):
        """What no handler catches, as a killed process runs none."""

    store = getattr(inspecting, where)

    def stored_and_killed(*arguments: Any, **named: Any) -> None:
        store(*arguments, **named)
        raise Killed

    use_engine(WrittenEngine("这不归我管", "那归谁管"))
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(inspecting, where, stored_and_killed)
        inspector(settings).inspect(recording_id)
    assert row(factory, recording_id).status == "claimed"
    assert [how_many(factory, table) for table in (Transcript, Inspection, Finding)] == [0, 0, 0]
    late = NOW + claims.CLAIM_LASTS + timedelta(seconds=1)
    assert inspector(settings, "another", late).inspect(recording_id) == "done"
    assert [how_many(factory, table) for table in (Transcript, Inspection)] == [1, 1]


def test_a_database_that_is_away_for_a_while_costs_no_transcription(
    factory: Factory,
    settings: Settings,
    recording_id: int,
    use_engine: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = WrittenEngine("这不归我管", "那归谁管")
    use_engine(engine)
    worker, refusals = inspector(settings), [DatabaseError("the database server does not answer")] * 3
    monkeypatch.setattr(inspecting, "PROGRESS_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(inspecting, "DATABASE_RETRY_SECONDS", 0.0)
    noted, stored = claims.set_progress, claims.finish

    def away(how: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            if refusals:
                raise refusals.pop()
            how(*arguments)

        return call

    monkeypatch.setattr(claims, "set_progress", away(noted))
    assert worker.inspect(recording_id) == "done"
    refusals += [DatabaseError("the database server does not answer")] * 3
    with factory() as session, session.begin():
        calls.send_round(session, SYSTEM, session.get_one(Recording, recording_id), now=NOW)
    monkeypatch.setattr(claims, "finish", away(stored))
    assert worker.inspect(recording_id) == "done"
    assert engine.heard == 2
    assert [how_many(factory, table) for table in (Transcript, Inspection)] == [1, 1]
