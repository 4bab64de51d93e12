"""A dozen of the hostile files (all two hundred: make soak): each is taken in or set aside with its reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from db.calls import RecordingRefused
from db.engine import DatabaseError
from db.models import Recording
from inspection.sound.audio import probe
from jobs import receiving, watching
from jobs.receiving import receive_recording
from jobs.watching import REJECTED, WatchResult, take_new_files
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from regulations.worktime import WorkCalendar
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts
from tests.jobs.audio_files import wav_bytes, write_wav

Factory = sessionmaker[Session]
NAMED = "K1_20251120T0930{:02d}_{}"


@pytest.fixture
def folder(factory: Factory, tmp_path: Path) -> Path:
    with factory() as session, session.begin():
        add_agents(session)
    made = tmp_path / "watched"
    made.mkdir()
    return made


def look(factory: Factory, settings: Settings, folder: Path) -> WatchResult:
    calendar = WorkCalendar.from_rulebook(load_rulebook())
    watched = settings.model_copy(update={"watch_dir": folder})
    return take_new_files(factory, watched, calendar, NOW, sleep=lambda _: None)


def test_a_strange_file_is_set_aside_with_its_reason_and_stops_none_behind_it(
    factory: Factory, settings: Settings, folder: Path
) -> None:
    strange = {
        "playlist.wav": b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n",
        "concat.wav": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "page.wav": b"<!doctype html><script>alert(1)</script>",
        "program.wav": b"MZ\x90\x00" + bytes(600),
        "byte.mp3": b"R",
        "nothing.ogg": b"",
        "bell\x07.wav": wav_bytes(hertz=300),
        "\udcff\u202e.wav": wav_bytes(hertz=310),
        "x" * 220 + ".wav": wav_bytes(hertz=320),
    }
    for number, (name, content) in enumerate(strange.items()):
        (folder / NAMED.format(number, name)).write_bytes(content)
    write_wav(folder / NAMED.format(50, "电话📞 'quoted'.wav"), hertz=330)
    write_wav(folder / "z K1 last.wav", hertz=340)
    result = look(factory, settings, folder)
    assert [received.call_id for received in result.received] == ["电话📞 'quoted'"]
    aside = [os.fsencode(path.name) for path in (folder / REJECTED).iterdir()]
    notes = [name for name in aside if name.endswith(b".txt")]
    assert len(notes) == len(result.rejected) == len(strange) + 1
    assert sorted(name.removesuffix(b".txt") for name in notes) == sorted(set(aside) - set(notes))
    for note in notes:
        assert (
            len(
                Path(os.fsdecode(os.fsencode(folder / REJECTED) + b"/" + note))
                .read_text("utf-8")
                .splitlines()
            )
            == 2
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_neither_waited_for_nor_taken(factory: Factory, settings: Settings, folder: Path) -> None:
    pipe = folder / NAMED.format(1, "pipe.wav")
    os.mkfifo(pipe)
    assert look(factory, settings, folder) == WatchResult([], [])
    with pytest.raises(RecordingRefused) as refused:
        receive_recording(factory, SYSTEM, pipe, pipe.name, call_facts("c1"), settings, now=NOW)
    assert refused.value.code == "unreadable"


def test_what_nobody_foresaw_in_one_file_does_not_stop_the_next(
    factory: Factory, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = write_wav(folder / NAMED.format(1, "bad.wav"), seconds=0.5)
    write_wav(folder / NAMED.format(2, "good.wav"), seconds=0.7)
    size = bad.stat().st_size
    monkeypatch.setattr(
        receiving, "probe", lambda path: probe(path) if path.stat().st_size != size else _explode()
    )
    result = look(factory, settings, folder)
    assert [received.call_id for received in result.received] == ["good"]
    ((name, reason),) = result.rejected
    assert name.endswith("bad.wav")
    assert "AttributeError" in reason


def _explode() -> None:
    raise AttributeError("'NoneType' object has no attribute 'channels'")


@pytest.mark.parametrize("trouble", ["no room", "no database"])
def test_trouble_that_is_no_files_fault_leaves_every_file_where_it_is(
    factory: Factory, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    path = write_wav(folder / NAMED.format(1, "a.wav"))
    with monkeypatch.context() as patched:
        if trouble == "no room":
            patched.setattr(receiving, "has_room", lambda folder, size: False)
            assert look(factory, settings, folder) == WatchResult([], [])
        else:

            def away(*_: object, **__: object) -> None:
                raise DatabaseError("the database server does not answer")

            patched.setattr(watching, "receive_recording", away)
            with pytest.raises(DatabaseError):
                look(factory, settings, folder)
    assert path.exists()
    assert len(look(factory, settings, folder).received) == 1
    with factory() as session:
        assert len(session.scalars(select(Recording)).all()) == 1
