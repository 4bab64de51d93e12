"""A recording comes in whole or not at all: checked by content, stored privately, row and audit together."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from db.calls import CallFacts, DuplicateRecording, RecordingRefused
from db.models import AuditEntry, Call, Recording
from jobs import receiving
from jobs.receiving import Received, receive_recording
from jobs.storage import plain_extension, store_file, stored_path
from regulations.access import SYSTEM, AccessRefused, Scope
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.audio_files import a_law_wav_bytes, wav_bytes, write_wav

Factory = sessionmaker[Session]


@pytest.fixture(autouse=True)
def _agents(factory: Factory) -> None:
    with factory() as session, session.begin():
        add_agents(session)


def receive(
    factory: Factory,
    settings: Settings,
    source: Path | bytes,
    name: str = "call.wav",
    facts: CallFacts | None = None,
    scope: Scope = SYSTEM,
    keep_unreadable: bool = False,
) -> Received:
    return receive_recording(
        factory,
        scope,
        source if isinstance(source, Path) else io.BytesIO(source),
        name,
        facts or call_facts("c1"),
        settings,
        now=NOW,
        keep_unreadable=keep_unreadable,
    )


def files_in(settings: Settings) -> list[Path]:
    folder = settings.recordings_dir
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def rows(factory: Factory) -> list[Recording]:
    with factory() as session:
        return list(session.scalars(select(Recording)))


def test_a_recording_is_stored_under_its_hash_for_this_program_only(
    factory: Factory, settings: Settings, tmp_path: Path
) -> None:
    source = write_wav(tmp_path / "brought.wav", seconds=2.0)
    received = receive(factory, settings, source, "客户 电话.WAV")
    (row,) = rows(factory)
    (stored,) = files_in(settings)
    assert received == Received(row.id, "c1", "queued")
    assert stored == settings.recordings_dir / row.sha256[:2] / f"{row.sha256}.wav"
    assert stored.read_bytes() == source.read_bytes()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.recordings_dir.stat().st_mode) == 0o700
    assert (row.original_name, row.container, row.channels) == ("客户 电话.WAV", "wav", 2)
    assert row.duration_seconds == pytest.approx(2.0)
    assert row.agent_channel == 0
    assert source.exists()


def test_the_type_is_told_by_content_not_by_name(factory: Factory, settings: Settings) -> None:
    receive(factory, settings, wav_bytes(), "holiday.jpg")
    assert rows(factory)[0].container == "wav"
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, b"this is a text" * 100, "call.wav", call_facts("c2"))
    assert refused.value.code == "not_audio"
    assert len(files_in(settings)) == 1


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVE", b"OggS" + os.urandom(400)])
def test_what_holds_no_sound_leaves_neither_file_nor_row(
    factory: Factory, settings: Settings, content: bytes
) -> None:
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, content)
    assert refused.value.zh
    assert refused.value.en
    assert files_in(settings) == []
    assert rows(factory) == []
    with factory() as session:
        assert session.scalar(select(Call)) is None
        assert session.scalar(select(AuditEntry)) is None


def test_an_unreadable_recording_may_be_kept_as_failed(factory: Factory, settings: Settings) -> None:
    received = receive(factory, settings, b"OggS" + os.urandom(400), "broken.ogg", keep_unreadable=True)
    assert received.status == "failed"
    assert rows(factory)[0].failure_reason.count("\n") == 1
    assert len(files_in(settings)) == 1


def test_the_same_audio_again_is_refused_and_the_first_file_stays(
    factory: Factory, settings: Settings
) -> None:
    receive(factory, settings, wav_bytes())
    with pytest.raises(DuplicateRecording) as refused:
        receive(factory, settings, wav_bytes(), "other name.wav", call_facts("c2"))
    assert refused.value.call_id == "c1"
    assert len(files_in(settings)) == 1
    assert len(rows(factory)) == 1


def test_too_large_and_too_long_are_refused(factory: Factory, settings: Settings) -> None:
    small = settings.model_copy(update={"max_upload_mb": 1})
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, small, wav_bytes(seconds=40.0))
    assert refused.value.code == "too_large"
    short = settings.model_copy(update={"max_recording_minutes": 1})
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, short, wav_bytes(seconds=61.0, channels=1))
    assert refused.value.code == "too_long"
    assert files_in(settings) == []


def test_the_size_of_a_stream_that_cannot_be_measured_is_limited_all_the_same(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(RecordingRefused):
        store_file(Pipe(b"x" * 5000), "a.wav", tmp_path / "store", max_bytes=4999)
    assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == []


def test_no_row_means_no_file(factory: Factory, settings: Settings) -> None:
    with pytest.raises(RecordingRefused):
        receive(factory, settings, wav_bytes(), facts=call_facts("c1", "K404"))
    with pytest.raises(AccessRefused):
        receive(factory, settings, wav_bytes(), scope=Scope(None, "x", "manager"))
    assert files_in(settings) == []


def test_a_failing_database_leaves_no_file(
    factory: Factory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("the database went away")

    monkeypatch.setattr(receiving, "add_recording", broken)
    with pytest.raises(OSError, match="went away"):
        receive(factory, settings, wav_bytes())
    assert files_in(settings) == []
    with factory() as session:
        assert session.scalar(select(Call)) is None


def test_a_full_disk_is_said_plainly(
    factory: Factory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "has_room", lambda folder, size: False)
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, wav_bytes())
    assert refused.value.code == "disk_full"


def test_a_folder_where_nothing_can_be_stored_is_said_plainly(factory: Factory, settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.recordings_dir.write_text("a file where the folder should be")
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, wav_bytes())
    assert refused.value.code == "storage"


@pytest.mark.parametrize(
    ("field", "value"), [("direction", "sideways"), ("kind", "gossip"), ("channel", "smoke")]
)
def test_facts_that_are_none_are_refused(
    factory: Factory, settings: Settings, field: str, value: str
) -> None:
    changed: dict[str, Any] = {field: value}
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, wav_bytes(), facts=replace(call_facts("c1"), **changed))
    assert value in refused.value.en


def test_a_call_in_the_future_is_refused(factory: Factory, settings: Settings) -> None:
    with pytest.raises(RecordingRefused) as refused:
        receive(factory, settings, wav_bytes(), facts=call_facts("c1", started_at=NOW + timedelta(seconds=1)))
    assert refused.value.code == "future"


def test_a_recording_without_a_call_number_gets_one_from_its_content(
    factory: Factory, settings: Settings
) -> None:
    received = receive(factory, settings, wav_bytes(), facts=call_facts(""))
    assert received.call_id.startswith("20261120-K1-")


def test_channels_say_who_speaks(factory: Factory, settings: Settings) -> None:
    receive(factory, settings, wav_bytes(channels=1), facts=call_facts("mono"))
    receive(factory, settings, a_law_wav_bytes(), facts=call_facts("alaw"))
    right = settings.model_copy(update={"agent_channel": "right"})
    receive(factory, right, wav_bytes(hertz=300), facts=call_facts("right"))
    with factory() as session:
        found = {
            row.call.call_id: (row.channels, row.agent_channel) for row in session.scalars(select(Recording))
        }
    assert found == {"mono": (1, None), "alaw": (2, 0), "right": (2, 1)}


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.wav", ".wav"),
        ("A.MP3", ".mp3"),
        ("../../etc/passwd", ""),
        ("x.ogg/../../y", ""),
        ("a.tar gz", ""),
        ("a.\u202egpj", ""),
        ("", ""),
        (".", ""),
    ],
)
def test_only_harmless_extensions_are_kept(name: str, extension: str) -> None:
    assert plain_extension(name) == extension


@pytest.mark.parametrize(
    "name", ["../desk.sqlite3", "/etc/passwd", "aa/../../x", "", "aa/" + "g" * 64, "x" * 64]
)
def test_a_name_that_storage_never_gave_out_leads_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(LookupError):
        stored_path(tmp_path, name)
