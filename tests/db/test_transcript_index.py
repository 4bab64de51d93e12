"""The index over what was said follows what is written and deleted, and is what a search asks first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, event, text
from sqlalchemy.orm import Session

from db import schema, transcript_scan
from db.demo.stage import insert_rows
from db.engine import make_engine
from db.models import Call, Transcript, TranscriptSegment
from db.transcript_search import count_said, holding, list_said, wanted_phrase
from tests.db.call_rows import NOW, add_agents
from tests.db.search_rows import DAY, READER, found, say, search, speak


@pytest.fixture
def spoken(session: Session) -> Session:
    """Three calls of two teams; the second was a day earlier."""
    return speak(session)


def test_the_index_follows_whatever_is_written_and_deleted(session: Session) -> None:
    first, _second = add_agents(session)
    say(session, "c1", "我要退款")
    at = {"started_at": NOW, "started_on": DAY, "agent_id": first.id, "team_id": first.team_id}
    insert_rows(session, Call, [{"id": 50, "call_id": "c50", **at}, {"id": 51, "call_id": "c51", **at}])
    made = {"engine": "e", "settings_hash": "s", "created_at": NOW}
    insert_rows(session, Transcript, [{"id": n, "call_id": n, **made} for n in (50, 51)])
    said = {"ordinal": 0, "speaker": "agent", "start_seconds": 0.0, "end_seconds": 1.0}
    insert_rows(
        session,
        TranscriptSegment,
        [
            {"id": 500, "transcript_id": 50, "text": "退款单", **said},
            {"id": 501, "transcript_id": 51, "text": "退款", **said},
        ],
    )
    assert sorted(t for _, t in found(session, "退款")) == ["我要退款", "退款", "退款单"]
    session.execute(delete(TranscriptSegment).where(TranscriptSegment.id == 501))
    session.execute(delete(Transcript).where(Transcript.id == 50))  # its utterances go with it
    session.commit()
    assert found(session, "退款") == [("c1", "我要退款")]
    say(session, "c2", "退款")
    session.rollback()
    assert found(session, "退款") == [("c1", "我要退款")]
    transcript_scan.rebuild_index(session)
    assert found(session, "退款") == [("c1", "我要退款")]
    if session.get_bind().dialect.name == "sqlite":  # what the table holds is what was written
        session.execute(text("INSERT INTO transcript_index (transcript_index) VALUES ('integrity-check')"))


def test_an_upgraded_database_finds_what_was_said_before(database_url: str) -> None:
    from alembic import command

    engine, config = make_engine(database_url), schema.config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for row in (
            "INSERT INTO teams (id, code, name) VALUES (1, 'a', 'A')",
            "INSERT INTO agents (id, number, name, team_id, post, level, phone, is_active)"
            " VALUES (1, 'K1', 'K', 1, '', '', '', true)",
            "INSERT INTO calls (id, call_id, agent_id, team_id, started_at, started_on, channel, direction, kind,"
            f" duration_seconds, hangup_by) VALUES (1, 'c1', 1, 1, '{DAY} 09:00:00', '{DAY}', 'phone',"
            " 'inbound', 'complaint', 5, 'agent')",
            "INSERT INTO transcripts (id, call_id, audio_sha256, engine, model_hash, settings_hash, versions, created_at)"
            " VALUES (1, 1, '', 'e', '', 's', '{}', '2026-11-20 09:00:00')",
            "INSERT INTO transcript_segments (id, transcript_id, ordinal, speaker, start_seconds, end_seconds, text)"
            " VALUES (1, 1, 0, 'agent', 0.5, 2, '請問您要退款嗎？')",
        ):
            connection.execute(text(row))
    assert schema.migrate(database_url) == "older"
    with Session(engine) as session:
        assert found(session, "请问您要退款吗") == [("c1", "請問您要退款嗎？")]
        session.execute(delete(Transcript))
        assert found(session, "请问") == []


@pytest.fixture
def plans(session: Session) -> Iterator[list[list[str]]]:
    """How the database goes about every statement that reads utterances, one line a step."""
    seen: list[list[str]] = []
    words = "EXPLAIN QUERY PLAN " if session.get_bind().dialect.name == "sqlite" else "EXPLAIN "

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "transcript_segments" in statement:
            seen.append([str(row[-1]) for row in connection.exec_driver_sql(words + statement, values)])

    event.listen(session.get_bind(), "before_cursor_execute", explain)
    yield seen
    event.remove(session.get_bind(), "before_cursor_execute", explain)


def test_the_index_is_asked_before_any_call_whatever_the_filter(
    spoken: Session, plans: list[list[str]]
) -> None:
    """Planned the other way round, a million utterances take minutes."""
    if spoken.get_bind().dialect.name == "sqlite":
        wanted = search("退款处理", team_id=1, agent_id=1, speaker="agent", kind="complaint")
        count_said(spoken, READER, wanted)
        list_said(spoken, READER, wanted, limit=5)
        assert len(plans) >= 2
        for steps in plans:
            asked = next(n for n, step in enumerate(steps) if "transcript_index VIRTUAL TABLE" in step)
            assert not [s for s in steps[:asked] if "SCAN calls" in s or "calls USING INDEX" in s], steps
            assert any("SEARCH transcript_segments USING INTEGER PRIMARY KEY" in step for step in steps)
        return
    spoken.execute(text("SET LOCAL enable_seqscan = off"))  # too few rows to need an index
    spoken.execute(holding("postgresql", wanted_phrase("退款处理"), "agent"))
    spoken.execute(holding("postgresql", wanted_phrase("退")))
    assert len(plans) == 2
    for steps in plans:
        assert any("ix_transcript_segments_terms" in step for step in steps), steps
