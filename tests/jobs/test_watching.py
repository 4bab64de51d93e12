"""The watched folder: complete files with a good name come in, everything else is set aside with the reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from db.calls import RecordingRefused
from db.models import Recording
from jobs.watching import WatchResult, facts_of_name, take_new_files
from regulations.rulebook import load_rulebook
from regulations.worktime import WorkCalendar
from settings import Settings
from tests.db.call_rows import NOW, add_agents
from tests.jobs.audio_files import wav_bytes, write_wav

Factory = sessionmaker[Session]
PATTERN = str(Settings.model_fields["watch_pattern"].default)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar.from_rulebook(load_rulebook())


@pytest.fixture
def watched(settings: Settings, factory: Factory, tmp_path: Path) -> Settings:
    """Settings with a watched folder, and the agents that its files name."""
    folder = tmp_path / "watched"
    folder.mkdir()
    with factory() as session, session.begin():
        add_agents(session)
    return settings.model_copy(update={"watch_dir": folder})


def look(factory: Factory, settings: Settings, calendar: WorkCalendar) -> WatchResult:
    return take_new_files(factory, settings, calendar, NOW, sleep=lambda _: None)


def folder_of(settings: Settings) -> Path:
    assert settings.watch_dir is not None
    return settings.watch_dir


def test_a_file_with_a_good_name_becomes_a_queued_recording_and_leaves_the_folder(
    factory: Factory, watched: Settings, calendar: WorkCalendar
) -> None:
    path = write_wav(folder_of(watched) / "K1_20261120T093015_line7-0042.wav")
    result = look(factory, watched, calendar)
    assert [r.call_id for r in result.received] == ["line7-0042"]
    assert not path.exists()
    with factory() as session:
        (row,) = session.scalars(select(Recording))
        assert row.call.agent.number == "K1"
        assert row.call.started_at == datetime(2026, 11, 20, 1, 30, 15, tzinfo=UTC)
        assert row.call.started_on.isoformat() == "2026-11-20"
        assert row.uploaded_by == "system"


def test_a_file_that_is_still_growing_waits(
    factory: Factory, watched: Settings, calendar: WorkCalendar
) -> None:
    path = folder_of(watched) / "K1_20261120T093015_a.wav"
    whole = wav_bytes()
    path.write_bytes(whole[:1000])

    def more(_seconds: float) -> None:
        path.write_bytes(whole)

    result = take_new_files(factory, watched, calendar, NOW, sleep=more)
    assert result == WatchResult([], [])
    assert path.exists()
    assert len(look(factory, watched, calendar).received) == 1


def test_a_file_that_vanishes_meanwhile_is_no_error(
    factory: Factory, watched: Settings, calendar: WorkCalendar
) -> None:
    path = write_wav(folder_of(watched) / "K1_20261120T093015_a.wav")
    result = take_new_files(factory, watched, calendar, NOW, sleep=lambda _: path.unlink())
    assert result == WatchResult([], [])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("recording.wav", "bad_name"),
        ("K1_20261120_093015_x.wav", "bad_name"),
        ("K1_20261320T093015_x.wav", "bad_time"),
        ("K1_20261120T256199_x.wav", "bad_time"),
        (f"K1_20261120T093015_{'x' * 81}.wav", "bad_name"),
    ],
)
def test_a_name_that_says_too_little_is_refused(calendar: WorkCalendar, name: str, code: str) -> None:
    with pytest.raises(RecordingRefused) as refused:
        facts_of_name(name, PATTERN, calendar)
    assert refused.value.code == code
    assert refused.value.zh


def test_a_pattern_that_is_none_is_named(calendar: WorkCalendar) -> None:
    with pytest.raises(RecordingRefused) as refused:
        facts_of_name("K1.wav", "(", calendar)
    assert "WATCH_PATTERN" in refused.value.en


def test_a_pattern_may_say_direction_and_kind(calendar: WorkCalendar) -> None:
    pattern = r"(?P<direction>in|out)bound-(?P<agent>\w+)-(?P<date>\d{8})(?P<time>\d{6})"
    with pytest.raises(RecordingRefused):
        facts_of_name("sideways-K1-20261120093015.wav", pattern, calendar)
    pattern = r"(?P<direction>\w+)-(?P<kind>\w+)-(?P<agent>\w+)-(?P<date>\d{8})(?P<time>\d{6})"
    facts = facts_of_name("outbound-callback_repair-K1-20261120093015.mp3", pattern, calendar)
    assert (facts.direction, facts.kind, facts.call_id) == ("outbound", "callback_repair", "")


def test_refused_files_are_set_aside_with_the_reason_in_both_languages(
    factory: Factory, watched: Settings, calendar: WorkCalendar
) -> None:
    folder = folder_of(watched)
    write_wav(folder / "no pattern.wav")
    write_wav(folder / "K9_20261120T093015_a.wav", hertz=300)
    (folder / "K1_20261120T093016_b.wav").write_text("no sound in here")
    write_wav(folder / "K1_20261120T093017_c.wav", hertz=500)
    write_wav(folder / "K1_20261120T093018_d.wav", hertz=500)
    result = look(factory, watched, calendar)
    assert [r.call_id for r in result.received] == ["c"]
    aside = {p.name for p in (folder / "rejected").iterdir()}
    expected = {
        "no pattern.wav",
        "K9_20261120T093015_a.wav",
        "K1_20261120T093016_b.wav",
        "K1_20261120T093018_d.wav",
    }
    assert aside == expected | {f"{name}.txt" for name in expected}
    duplicate = (folder / "rejected" / "K1_20261120T093018_d.wav.txt").read_text(encoding="utf-8")
    assert "c" in duplicate
    assert len(duplicate.splitlines()) == 2
    assert look(factory, watched, calendar) == WatchResult([], [])


def test_a_second_refused_file_of_the_same_name_does_not_replace_the_first(
    factory: Factory, watched: Settings, calendar: WorkCalendar
) -> None:
    folder = folder_of(watched)
    for content in ("first", "second"):
        (folder / "bad.wav").write_text(content)
        look(factory, watched, calendar)
    kept = sorted(p.read_text() for p in (folder / "rejected").glob("bad*.wav"))
    assert kept == ["first", "second"]


def test_unfinished_and_hidden_files_folders_and_links_are_left_alone(
    factory: Factory, watched: Settings, calendar: WorkCalendar, tmp_path: Path
) -> None:
    folder = folder_of(watched)
    write_wav(folder / ".K1_20261120T093015_a.wav")
    write_wav(folder / "K1_20261120T093015_a.wav.part")
    (folder / "K1_20261120T093015_folder").mkdir()
    outside = write_wav(tmp_path / "outside.wav")
    (folder / "K1_20261120T093015_link.wav").symlink_to(outside)
    before = sorted(folder.iterdir())
    assert look(factory, watched, calendar) == WatchResult([], [])
    assert sorted(folder.iterdir()) == before


def test_no_folder_and_a_missing_folder_are_no_work(
    factory: Factory, settings: Settings, calendar: WorkCalendar, tmp_path: Path
) -> None:
    assert look(factory, settings, calendar) == WatchResult([], [])
    gone = settings.model_copy(update={"watch_dir": tmp_path / "gone"})
    assert look(factory, gone, calendar) == WatchResult([], [])
