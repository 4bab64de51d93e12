"""From the recogniser to the database and back: heard once, judged the same again, settled by a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from db import quality, rulebooks
from db.models import AuditEntry, Call, FindingReview, Inspection, Recording, Transcript, TranscriptSegment
from db.refusals import Refused, StaleCase
from db.transcripts import find_transcript, list_uninspected
from inspection.pipeline import inspect_transcript
from inspection.sound import listening
from inspection.sound.activity import Activity
from inspection.sound.listening import ChannelText, settings_hash
from inspection.transcript import Segment, Word
from jobs import inspecting
from jobs.channels import choices, settle_channels
from jobs.import_transcripts import import_transcripts
from jobs.inspecting import Inspector
from jobs.receiving import receive_recording
from jobs.results import inspection_facts, stored_transcript
from regulations.access import SYSTEM, AccessRefused
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts, scope_for
from tests.jobs.audio_files import write_wav

Factory = sessionmaker[Session]


def line(start: float, text: str, **more: Any) -> Segment:
    """An utterance with a word for each character, at times that no decimal number hits."""
    words = tuple(Word(c, c, start + i / 7, start + (i + 1) / 7, 0.1 + 0.2) for i, c in enumerate(text))
    return Segment("unknown", start, start + len(text) / 7, text, 0.1 + 0.2, words, **more)


def scored(said: Segment, **spellings: float) -> Segment:
    """The utterance with what its first word may have been."""
    first = replace(said.words[0], alternatives=tuple(spellings.items()))
    return replace(said, words=(first, *said.words[1:]))


GREETS = [
    scored(line(0.1, "您好,有什么可以帮您?", level_db=-22.63), 您=-0.1 - 0.2, 你=-2.5),
    line(3.3, "这不归我管。", level_db=-0.1 - 0.2),
    line(6.0, "随便你。", is_doubtful=True),
]
ASKS = [line(2.0, "我要退货。")]


class Counting:
    """Counts how often anything is transcribed. The words are written by the test."""

    name, model_hash, settings_hash, versions = "counting", "m" * 64, "s" * 64, {"counting": "1"}

    def __init__(self, *channels: list[Segment]) -> None:
        self.channels, self.asked = channels, 0

    def texts(
        self, channels: Sequence[Any], engine: object, on_progress: Callable[[float], None]
    ) -> list[ChannelText]:
        assert engine is self
        self.asked += 1
        on_progress(1.0)
        return [
            ChannelText(
                Activity(((0.1, 1 / 3),), ((5.0, 6.0 + 1 / 7),), 1.7, ((1.9, 2.0 + 1 / 3),)),
                said,
                [{"start": 7.0, "end": 7.5, "text": "字幕", "reason": "text_on_silence"}],
                [{"start": 7.7, "end": 7.9, "reason": "no_words"}],
            )
            for said, _ in zip(self.channels, channels, strict=True)
        ]


@pytest.fixture
def hears(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Counting]:
    def use(*channels: list[Segment]) -> Counting:
        engine = Counting(*channels)
        monkeypatch.setattr(inspecting, "load_engine", lambda *_a, **_k: engine)
        monkeypatch.setattr(listening, "hear_channels", engine.texts)
        return engine

    return use


@pytest.fixture
def take_in(factory: Factory, settings: Settings, tmp_path: Path) -> Callable[[str], int]:
    with factory() as session, session.begin():
        add_agents(session)

    def take(call_id: str) -> int:
        source = write_wav(tmp_path / "call.wav", seconds=8.0)
        facts = call_facts(call_id)
        return receive_recording(factory, SYSTEM, source, "call.wav", facts, settings, now=NOW).recording_id

    return take


def inspect(settings: Settings, recording_id: int) -> str | None:
    return Inspector(settings, lambda: NOW, "w").inspect(recording_id)


def again(factory: Factory, recording_id: int) -> None:
    with factory() as session, session.begin():
        session.get_one(Recording, recording_id).status = "queued"


def test_judged_again_from_the_database_a_call_gives_exactly_what_it_gave(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    engine = hears(GREETS, ASKS)
    assert inspect(settings, take_in("c1")) == "done"
    with factory() as session:
        kept = quality.get_inspection(session, SYSTEM, "c1")
        read = stored_transcript(kept.transcript, kept.call)
        mine = [s for s in read.segments if s.channel == 0]
        assert [(s.words, s.level_db) for s in mine] == [(s.words, s.level_db) for s in GREETS]
        assert [(c.speech, c.doubtful, c.echoes) for c in read.channels] == [
            (((0.1, 1 / 3),), ((5.0, 6.0 + 1 / 7),), ((1.9, 2.0 + 1 / 3),))
        ] * 2
        assert [(c.speaker, c.decided) for c in read.channels] == [
            ("agent", "confirmed"),
            ("customer", "confirmed"),
        ]
        book = rulebooks.in_force(session, kept.call.started_on)
        facts = inspection_facts(inspect_transcript(read, book))
        assert facts.machine_score == kept.machine_score
        assert facts.measures == kept.measures  # the warnings stand in it
        assert facts.suppressed == kept.suppressed and kept.suppressed
        assert facts.checks == kept.checks
        assert [
            (f.rule, f.verdict, f.start, f.end, f.quote, list(f.steps), f.points) for f in facts.findings
        ] == [
            (f.rule, f.verdict, f.start_seconds, f.end_seconds, f.quote, f.steps, f.points)
            for f in sorted(kept.findings, key=lambda f: f.id)
        ]
        assert {f.verdict for f in kept.findings if f.quote == "随便你"} == {"cannot_tell"}
        (shirks,) = (f for f in kept.findings if f.quote == "这不归我管")
        assert shirks.start_seconds == GREETS[1].words[0].start
    assert engine.asked == 1


def test_the_same_sound_is_never_transcribed_twice_not_even_under_another_call(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    engine = hears(GREETS, ASKS)
    first = take_in("c1")
    inspect(settings, first)
    again(factory, first)
    assert inspect(settings, first) == "done"
    with (
        factory() as session,
        session.begin(),
    ):  # the file was purged; then it comes in again, for another call
        session.execute(delete(Recording))
    second = take_in("c2")
    with factory() as session, session.begin():
        session.get_one(Recording, second).agent_channel = 1
    assert inspect(settings, second) == "done"
    assert engine.asked == 1
    with factory() as session:
        other = quality.get_inspection(session, SYSTEM, "c2")
        assert other.transcript.settings_hash == settings_hash(cast(Any, engine))
        assert other.transcript.audio_sha256 == session.get_one(Recording, second).sha256
        # Who is on which channel is this call's affair: configured the other way round, the greeting contradicts it.
        assert {c["decided"] for c in other.transcript.channel_map} == {"contradicted"}
        assert session.scalar(select(func.count()).select_from(Transcript)) == 2
        words = [len(s.words) for s in session.scalars(select(TranscriptSegment))]
        assert all(words)


def test_other_settings_are_another_transcript(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    recording = take_in("c1")
    hears(GREETS, ASKS)
    inspect(settings, recording)
    again(factory, recording)
    other = hears(GREETS, ASKS)
    other.settings_hash = "t" * 64
    inspect(settings, recording)
    assert other.asked == 1


def test_a_person_settles_who_is_on_which_channel_and_the_old_inspection_stays(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    engine = hears(ASKS, GREETS)  # connected the wrong way round
    recording = take_in("c1")
    inspect(settings, recording)
    with factory() as session, session.begin():
        call = session.scalars(select(Call)).one()
        scope = scope_for(session, "qa", call.team)
        wrong = quality.get_inspection(session, scope, "c1")
        assert {f.verdict for f in wrong.findings} == {"cannot_tell"}
        assert choices(wrong.transcript.channel_map) == [0, 1]
        right = settle_channels(session, scope, "c1", 1, seen_id=wrong.id, now=NOW)
        assert [f.quote for f in right.findings if f.verdict == "hit"] == ["这不归我管"]
        assert {c["decided"] for c in right.transcript.channel_map} == {"by_hand"}
        assert choices(right.transcript.channel_map) == [0]
        sha256 = session.get_one(Recording, recording).sha256
        assert (right.is_current, session.get_one(Recording, recording).agent_channel) == (True, 1)
        session.refresh(wrong)
        assert not wrong.is_current and wrong.findings
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor, entry.detail["after"]) == (
            "call.channels_settled",
            scope.actor,
            right.id,
        )
        # Of two people who looked at the same page the second is told.
        with pytest.raises(StaleCase):
            settle_channels(session, scope, "c1", 0, seen_id=wrong.id, now=NOW)
        back = settle_channels(session, scope, "c1", 0, seen_id=right.id, now=NOW)
        forth = settle_channels(session, scope, "c1", 1, seen_id=back.id, now=NOW)
        assert (forth.id, forth.is_current) == (right.id, True)
        assert session.scalar(select(func.count()).select_from(Inspection).where(Inspection.is_current)) == 1
        assert find_transcript(session, call, settings_hash(cast(Any, engine)), sha256) is wrong.transcript
    assert engine.asked == 1


def test_what_a_person_settled_outlives_another_try_another_model_and_another_rulebook(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    engine = hears(ASKS, GREETS)
    recording = take_in("c1")
    inspect(settings, recording)
    with factory() as session, session.begin():
        wrong = quality.get_inspection(session, SYSTEM, "c1")
        scope = scope_for(session, "qa", wrong.call.team)
        right = settle_channels(session, scope, "c1", 1, seen_id=wrong.id, now=NOW)
        settled, superseded = right.transcript_id, wrong.transcript_id
        # Judged again under another rulebook: only what counts, not what that person put aside.
        assert [t.id for t, _ in list_uninspected(session, "another rulebook")] == [settled]
    again(factory, recording)
    assert inspect(settings, recording) == "done"
    with factory() as session:
        assert quality.get_inspection(session, SYSTEM, "c1").transcript_id == settled
    assert engine.asked == 1
    again(factory, recording)
    other = hears(ASKS, GREETS)
    other.settings_hash = "t" * 64
    assert inspect(settings, recording) == "done"
    with factory() as session:
        latest = quality.get_inspection(session, SYSTEM, "c1")
        assert other.asked == 1 and latest.transcript_id not in (settled, superseded)
        assert {c["decided"] for c in latest.transcript.channel_map} == {"by_hand"}
        assert [f.quote for f in latest.findings if f.verdict == "hit"] == ["这不归我管"]


def test_another_sound_for_the_same_call_is_another_transcript(
    factory: Factory,
    settings: Settings,
    take_in: Callable[[str], int],
    hears: Callable[..., Counting],
    tmp_path: Path,
) -> None:
    engine = hears(GREETS, ASKS)
    inspect(settings, take_in("c1"))
    with factory() as session, session.begin():  # it was purged; then the right file comes in
        session.execute(delete(Recording))
    source = write_wav(tmp_path / "other.wav", seconds=9.0)
    facts = call_facts("c1")
    again_in = receive_recording(factory, SYSTEM, source, "other.wav", facts, settings, now=NOW)
    engine.channels = ([line(0.1, "您好,有什么可以帮您?")], ASKS)
    assert inspect(settings, again_in.recording_id) == "done"
    assert engine.asked == 2
    with factory() as session:
        kept = quality.get_inspection(session, SYSTEM, "c1")
        sound = session.get_one(Recording, again_in.recording_id).sha256
        assert (kept.transcript.audio_sha256, kept.transcript.duration_seconds) == (sound, 9.0)
        assert len(kept.transcript.segments) == 2 and not [f for f in kept.findings if f.verdict == "hit"]
        assert session.scalar(select(func.count()).select_from(Transcript)) == 2


def test_whoever_may_not_review_settles_nothing_and_mono_has_nothing_to_settle(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], hears: Callable[..., Counting]
) -> None:
    hears(GREETS, ASKS)
    inspect(settings, take_in("c1"))
    with factory() as session, session.begin():
        call = session.scalars(select(Call)).one()
        seen = quality.get_inspection(session, SYSTEM, "c1")
        with pytest.raises(AccessRefused):
            settle_channels(session, scope_for(session, "manager"), "c1", 1, seen_id=seen.id, now=NOW)
        elsewhere = scope_for(session, "qa", add_team(session))
        with pytest.raises(LookupError):
            settle_channels(session, elsewhere, "c1", 1, seen_id=seen.id, now=NOW)
        qa = scope_for(session, "qa", call.team)
        for channel in (0, 2):
            with pytest.raises(Refused):
                settle_channels(session, qa, "c1", channel, seen_id=seen.id, now=NOW)
        assert session.scalars(select(FindingReview)).all() == []
    assert choices([]) == choices([{"index": 0, "speaker": "unknown"}]) == []


def test_a_transcript_from_elsewhere_keeps_its_words_and_findings_stand_at_their_second(
    factory: Factory, settings: Settings, take_in: Callable[[str], int], tmp_path: Path
) -> None:
    told = "这事您看。这不归我管"
    spoken = [{"text": c, "start": 1 + i, "end": 1.5 + i, "probability": 0.8} for i, c in enumerate(told)]
    file = tmp_path / "words.json"
    segment = {"speaker": "agent", "start": 1, "end": 30, "text": told, "words": spoken}
    document = {"call_id": "w1", "agent": "K1", "started_at": NOW.isoformat(), "segments": [segment]}
    file.write_text(json.dumps(document), encoding="utf-8")
    with factory() as session, session.begin():
        book = rulebooks.in_force(session)
        assert import_transcripts(session, SYSTEM, file, book=book, now=NOW).accepted == 1
        kept = quality.get_inspection(session, SYSTEM, "w1")
        assert [w["text"] for w in kept.transcript.segments[0].words] == list(told)
        (found,) = [f for f in kept.findings if f.quote == "这不归我管"]
        assert (found.start_seconds, found.end_seconds) == (6.0, 10.5)


def add_team(session: Session) -> Any:
    from db.models import Team

    team = Team(code="Z", name="别组")
    session.add(team)
    session.flush()
    return team
