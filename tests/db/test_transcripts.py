"""Transcripts: stored once with every word's time, never changed, found again by their sound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from db import schema
from db.calls import add_call
from db.engine import make_engine
from db.models import Call, Transcript, TranscriptSegment
from db.transcripts import SegmentFacts, TranscriptFacts, find_heard, store_transcript
from regulations.access import SYSTEM
from tests.db.call_rows import NOW, add_agents, add_inspected, call_facts

WORD = {
    "raw": "您好",
    "text": "您好",
    "start": 0.1,
    "end": 0.30000000000000004,
    "probability": 0.9,
    "alternatives": [["您好", -0.063], ["你好", -7.558]],
}
FACTS = TranscriptFacts(
    "openai",
    "s" * 64,
    (SegmentFacts("agent", 0.1, 0.9, "您好", 0.9, 1, (WORD,), True, -22.63),),
    audio_sha256="a" * 64,
    channel_map=({"index": 0, "speaker": "agent", "decided": "confirmed"},),
    suppressed=({"text": "请不吝点赞", "start": 1.0},),
    to_listen=({"channel": 0, "start": 2.5, "end": 3.0},),
    duration_seconds=12.34,
    is_complete=False,
)


def new_call(session: Session, call_id: str) -> Call:
    return add_call(session, SYSTEM, call_facts(call_id), now=NOW)


def test_everything_that_was_heard_is_kept_to_the_last_digit(session: Session) -> None:
    add_agents(session)
    store_transcript(session, new_call(session, "c1"), FACTS, now=NOW)
    session.expire_all()
    kept = session.scalars(select(Transcript)).one()
    assert kept.channel_map == list(FACTS.channel_map)
    assert (kept.suppressed, kept.to_listen) == (list(FACTS.suppressed), list(FACTS.to_listen))
    assert (kept.duration_seconds, kept.is_complete) == (12.34, False)
    (said,) = kept.segments
    assert (said.words, said.is_doubtful, said.channel, said.level_db) == ([WORD], True, 1, -22.63)


def test_a_sound_is_found_again_under_whichever_call_it_was_heard(session: Session) -> None:
    add_agents(session)
    first = store_transcript(session, new_call(session, "c1"), FACTS, now=NOW)
    store_transcript(session, new_call(session, "c2"), FACTS, now=NOW)
    assert find_heard(session, "a" * 64, "s" * 64) is first
    assert find_heard(session, "b" * 64, "s" * 64) is None
    assert find_heard(session, "a" * 64, "t" * 64) is None


@pytest.mark.parametrize("table", [Transcript, TranscriptSegment])
def test_a_statement_that_would_change_one_is_refused(
    session: Session, table: type[Transcript] | type[TranscriptSegment]
) -> None:
    add_agents(session)
    add_inspected(session, "c1")
    column = {"engine": "other"} if table is Transcript else {"text": "别的话"}
    for statement in (
        update(table).values(**column),
        text(f"UPDATE {table.__tablename__} SET id = id"),  # nothing would change, and still
    ):
        with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
            session.execute(statement)
    assert session.scalars(select(Transcript.engine)).all() == ["test"]


def test_a_row_changed_in_python_cannot_be_written(session: Session) -> None:
    add_agents(session)
    add_inspected(session, "c1")
    said = session.scalars(select(TranscriptSegment).order_by(TranscriptSegment.ordinal)).first()
    assert said is not None
    with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
        said.text = "我没有这样说过"
        session.flush()


def test_what_is_past_its_time_may_be_deleted(session: Session) -> None:
    add_agents(session)
    call = new_call(session, "c1")
    store_transcript(session, call, FACTS, now=NOW)
    session.execute(delete(Transcript))
    assert session.scalars(select(TranscriptSegment.id)).all() == []  # they go with it
    session.expunge_all()
    call = session.get_one(Call, call.id)
    store_transcript(session, call, replace(FACTS, engine="again"), now=NOW)
    assert session.scalars(select(Transcript.engine)).all() == ["again"]


def test_an_upgraded_database_refuses_too_and_its_old_rows_read_as_they_were(database_url: str) -> None:
    from alembic import command

    engine = make_engine(database_url)
    config = schema.config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for row in (
            "INSERT INTO teams (id, code, name) VALUES (1, 'a', 'A')",
            "INSERT INTO agents (id, number, name, team_id, post, level, phone, is_active)"
            " VALUES (1, 'K1', 'K', 1, '', '', '', true)",
            "INSERT INTO calls (id, call_id, agent_id, team_id, started_at, started_on, channel, direction, kind,"
            " duration_seconds, hangup_by) VALUES (1, 'c1', 1, 1, '2026-11-20 09:00:00', '2026-11-20', 'phone',"
            " 'inbound', 'complaint', 5, 'agent')",
            "INSERT INTO transcripts (id, call_id, audio_sha256, engine, model_hash, settings_hash, versions, created_at)"
            " VALUES (1, 1, '', 'e', '', 's', '{}', '2026-11-20 09:00:00')",
            "INSERT INTO transcript_segments (id, transcript_id, ordinal, speaker, start_seconds, end_seconds, text)"
            " VALUES (1, 1, 0, 'agent', 0.5, 2, '您好')",
        ):
            connection.execute(text(row))
    assert schema.migrate(database_url) == "older"
    with Session(engine) as session:
        old = session.scalars(select(Transcript)).one()
        assert (old.channel_map, old.to_listen, old.suppressed, old.is_complete) == ([], [], [], True)
        assert [(s.text, s.words, s.is_doubtful, s.channel, s.level_db) for s in old.segments] == [
            ("您好", [], False, None, None)
        ]
        for table in ("transcripts", "transcript_segments"):
            with pytest.raises(DatabaseError, match="never changed"), session.begin_nested():
                session.execute(text(f"UPDATE {table} SET id = id"))
