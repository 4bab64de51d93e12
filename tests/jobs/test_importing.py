"""Recordings and transcripts as imports: what is taken, what is refused and why, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

import jobs.importing
from db import calls, importing, quality
from db.import_results import ImportResult
from db.models import AuditEntry, Call, ImportRun, Recording, Transcript
from db.refusals import Refused
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from settings import get_settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.audio_files import write_wav

assert jobs.importing  # importing it registers the kinds


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


@pytest.fixture
def desk(
    engine: Engine, tables_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sessionmaker[Session]]:
    """Settings point at this test's database and folder."""
    monkeypatch.setenv("DATABASE_URL", tables_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    factory = sessionmaker(engine, expire_on_commit=False)
    with factory() as session, session.begin():
        add_agents(session)
    yield factory
    get_settings.cache_clear()


def take(
    desk: sessionmaker[Session], kind: str, path: Path, book: Rulebook, *, dry_run: bool = False
) -> ImportResult:
    with desk() as session, session.begin():
        return importing.import_file(session, SYSTEM, kind, path, book=book, now=NOW, dry_run=dry_run)


def count(desk: sessionmaker[Session], table: type[Any]) -> int:
    with desk() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def a_list(folder: Path) -> Path:
    """A list of three recordings: good, of nobody, and one that is not there."""
    write_wav(folder / "a.wav", hertz=300)
    write_wav(folder / "b.wav", hertz=400)
    lines = [
        "录音文件,工号,通话时间,呼叫方向,通话编号",
        "a.wav,K1,2026-11-20 09:30:15,呼出,t-1",
        "b.wav,K404,2026-11-20 09:40,呼入,t-2",
        "c.wav,K1,2026-11-20 09:50,呼入,t-3",
        "../outside.wav,K1,2026-11-20 09:55,呼入,t-4",
        "a.wav,K1,不知道,呼入,t-5",
    ]
    path = folder / "list.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_list_of_recordings_is_taken_row_by_row(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    write_wav(tmp_path.parent / "outside.wav")
    result = take(desk, "recordings", a_list(tmp_path), book)
    assert result.accepted == 1
    assert [(r.row, r.field) for r in result.rejected] == [
        (3, "agent"),
        (4, "file"),
        (5, "file"),
        (6, "started_at"),
    ]
    assert all(r.reason and r.reason_en for r in result.rejected)
    with desk() as session:
        call = calls.get_call(session, SYSTEM, "t-1")
        assert (call.direction, call.agent.number) == ("outbound", "K1")
        assert call.recording is not None
        run = session.scalar(select(ImportRun))
        assert run is not None
        assert (run.kind, run.accepted, len(run.rejected)) == ("recordings", 1, 4)
        assert session.scalar(select(AuditEntry).where(AuditEntry.action == "data.imported")) is not None


def test_the_same_list_again_changes_nothing(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    path = a_list(tmp_path)
    take(desk, "recordings", path, book)
    again = take(desk, "recordings", path, book)
    assert (again.accepted, again.unchanged, len(again.rejected)) == (0, 1, 4)
    assert count(desk, Recording) == 1


def test_a_trial_keeps_nothing(desk: sessionmaker[Session], tmp_path: Path, book: Rulebook) -> None:
    result = take(desk, "recordings", a_list(tmp_path), book, dry_run=True)
    assert (result.accepted, len(result.rejected)) == (1, 4)
    assert (count(desk, Recording), count(desk, Call), count(desk, ImportRun)) == (0, 0, 0)
    assert not (tmp_path / "data" / "recordings").exists()


def test_a_folder_and_a_single_file_are_read_by_the_names(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    write_wav(folder / "K1_20261120T093015_x-1.wav", hertz=300)
    write_wav(folder / "what is this.wav", hertz=400)
    result = take(desk, "recordings", folder, book)
    assert (result.accepted, [r.value for r in result.rejected]) == (1, ["what is this.wav"])
    single = write_wav(tmp_path / "K2_20261120T100000_x-2.wav", hertz=500)
    assert take(desk, "recordings", single, book).accepted == 1
    assert count(desk, Recording) == 2


def test_a_path_that_is_not_there_is_refused(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    for path in (tmp_path / "gone", tmp_path / "gone.csv"):
        with pytest.raises(Refused):
            take(desk, "recordings", path, book)


# -- transcripts -------------------------------------------------------------------------------------


def transcript(call_id: str = "c1", text: str = "您好,这不归我管。", **more: Any) -> dict[str, Any]:
    segments = [
        {"speaker": "agent", "start": 0.5, "end": 3.0, "text": text, "confidence": 0.9},
        {"speaker": "customer", "start": 3.5, "end": 5.0, "text": "那归谁管?", "confidence": None},
    ]
    known = {"channel": "phone", "direction": "inbound", "kind": "inbound_service", "hangup_by": "customer"}
    return {"call_id": call_id, **known, "segments": segments, **more}


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


OF_K1 = {"agent": "K1", "started_at": "2026-11-20T09:30:00+08:00"}


def test_a_transcript_is_stored_and_inspected_on_the_spot(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    with desk() as session, session.begin():
        calls.add_call(session, SYSTEM, call_facts("c1"), now=NOW)
    result = take(desk, "transcripts", written(tmp_path / "t.json", transcript()), book)
    assert (result.updated, result.accepted, result.rejected) == (1, 0, [])
    with desk() as session:
        kept = quality.get_inspection(session, SYSTEM, "c1")
        assert kept.transcript.engine == "imported"
        assert "shirking" in {f.category for f in kept.findings}


def test_a_transcript_of_an_unknown_call_says_whose_and_when(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    documents = [
        transcript("new", **OF_K1),
        transcript("orphan"),
        transcript("nobody", agent="K404", started_at=OF_K1["started_at"]),
        transcript("naive", agent="K1", started_at="2026-11-20T09:30:00"),
        transcript("later", agent="K1", started_at="2030-01-01T00:00:00+08:00"),
        {"call_id": "bad", "segments": [{"speaker": "agent", "start": 5, "end": 1, "text": "x"}], **OF_K1},
        "not a transcript",
    ]
    result = take(desk, "transcripts", written(tmp_path / "list.json", documents), book)
    assert result.accepted == 1
    assert [r.row for r in result.rejected] == [2, 3, 4, 5, 6, 7]
    assert result.rejected[4].field == "segments[0].end"
    with desk() as session:
        call = calls.get_call(session, SYSTEM, "new")
        assert (call.started_on.isoformat(), call.duration_seconds) == ("2026-11-20", 5.0)
    assert count(desk, Call) == 1


def test_one_transcript_a_line_and_the_same_again(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    path = tmp_path / "t.jsonl"
    lines = [json.dumps(transcript(f"c{n}", **OF_K1), ensure_ascii=False) for n in range(3)]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert take(desk, "transcripts", path, book).accepted == 3
    again = take(desk, "transcripts", path, book)
    assert (again.accepted, again.unchanged) == (0, 3)
    assert count(desk, Transcript) == 3


def test_a_trial_of_transcripts_keeps_nothing(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook
) -> None:
    path = written(tmp_path / "t.json", [transcript(**OF_K1), transcript("orphan")])
    result = take(desk, "transcripts", path, book, dry_run=True)
    assert (result.accepted, len(result.rejected)) == (1, 1)
    assert (count(desk, Call), count(desk, Transcript), count(desk, ImportRun)) == (0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused_in_one_sentence(
    desk: sessionmaker[Session], tmp_path: Path, book: Rulebook, content: bytes
) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(content)
    with pytest.raises(Refused):
        take(desk, "transcripts", path, book)
