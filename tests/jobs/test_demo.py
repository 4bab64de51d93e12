"""The demo's recordings and transcripts go through the ordinary doors."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from db import calls, quality
from db.models import Agent, Call, Inspection, Recording, Team, Transcript, TranscriptSegment
from jobs.demo import MANIFEST, RECORDINGS, inspect_demo_transcripts, queue_demo_recordings
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from settings import Settings
from tests.db.call_rows import NOW, add_agents, call_facts

Factory = sessionmaker[Session]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


def entries() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((RECORDINGS / MANIFEST).read_text(encoding="utf-8"))[
        "recordings"
    ]
    return found


def test_every_demo_recording_is_queued_and_the_damaged_one_is_shown_as_failed(
    factory: Factory, settings: Settings, book: Rulebook
) -> None:
    with factory() as session, session.begin():
        team = Team(code="demo", name="演示组")
        for number in sorted({str(entry["agent_number"]) for entry in entries()}):
            session.add(Agent(number=number, name=number, team=team))
    result = queue_demo_recordings(factory, settings, book, NOW)
    assert result.refused == []
    assert len(result.queued) + len(result.failed) == len(entries())
    assert [r.call_id for r in result.failed] == ["demo-c17"]
    with factory() as session:
        call = calls.get_call(session, SYSTEM, "demo-c06")
        assert (call.agent.number, call.kind, call.hangup_by) == ("K1003", "complaint", "agent")
        assert call.started_on.isoformat() == "2026-11-14"
        assert call.recording is not None
        assert (call.recording.status, call.recording.agent_channel) == ("queued", 0)
        damaged = calls.get_call(session, SYSTEM, "demo-c17").recording
        assert damaged is not None
        assert calls.failure_text(damaged, "en")
        mono = calls.get_call(session, SYSTEM, "demo-c15").recording
        assert mono is not None
        assert mono.agent_channel is None
    again = queue_demo_recordings(factory, settings, book, NOW)
    assert len(again.known) == len(entries())
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Recording)) == len(entries())


def test_recordings_of_agents_who_are_not_there_are_refused_one_by_one(
    factory: Factory, settings: Settings, book: Rulebook
) -> None:
    result = queue_demo_recordings(factory, settings, book, NOW)
    assert len(result.refused) == len(entries())
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Call)) == 0


def test_stored_transcripts_are_inspected_once_for_each_rulebook(factory: Factory, book: Rulebook) -> None:
    with factory() as session, session.begin():
        add_agents(session)
        for number in range(3):
            call = calls.add_call(session, SYSTEM, call_facts(f"c{number}"), now=NOW)
            segments = [
                TranscriptSegment(
                    ordinal=0, speaker="agent", start_seconds=0.5, end_seconds=3, text="您好,这不归我管。"
                ),
                TranscriptSegment(
                    ordinal=1, speaker="customer", start_seconds=4, end_seconds=6, text="那归谁管?"
                ),
            ]
            session.add(
                Transcript(
                    call_id=call.id, engine="script", settings_hash="x", created_at=NOW, segments=segments
                )
            )
    told: list[int] = []
    assert inspect_demo_transcripts(factory, book, NOW, told.append) == 3
    assert told == [3]
    assert inspect_demo_transcripts(factory, book, NOW) == 0
    with factory() as session:
        flagged = quality.list_flagged(
            session, SYSTEM, category="shirking", from_on=NOW.date(), to_on=NOW.date()
        )
        assert sorted(i.call.call_id for i in flagged) == ["c0", "c1", "c2"]
    other = load_rulebook(["ecommerce_shop"])
    assert inspect_demo_transcripts(factory, other, NOW) == 3
    with factory() as session:
        assert session.scalar(select(func.count()).select_from(Inspection)) == 6
        assert session.scalar(select(func.count()).where(Inspection.is_current)) == 3
