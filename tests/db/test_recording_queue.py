"""The queue as people look at it: each state in its order, reasons counted, everything of one reason sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import calls, claims, recording_queue, workers
from db.models import AuditEntry, Recording
from regulations.access import SYSTEM, AccessRefused
from tests.db.call_rows import NOW, add_agents, add_queued, scope_for


def ids(rows: list[Recording]) -> list[str]:
    return [row.call.call_id for row in rows]


def fail(
    session: Session, call_id: str, code: str = "damaged", agent: str = "K1", minutes: int = 0
) -> Recording:
    row = add_queued(session, call_id, agent, at=NOW - timedelta(hours=1))
    claims.claim_next(session, "w", NOW, row.id)
    claims.fail(session, row.id, "w", NOW + timedelta(minutes=minutes), code, "坏了", "broken")
    session.refresh(row)
    return row


def test_every_state_has_its_order_and_every_waiting_recording_its_place(session: Session) -> None:
    add_agents(session)
    broke_off = add_queued(session, "broke off", at=NOW - timedelta(hours=2))
    claims.claim_next(session, "dies", NOW, broke_off.id)
    claims.process_died(session, "dies", NOW, "signal 9")
    young = add_queued(session, "young", at=NOW)
    old = add_queued(session, "old", at=NOW - timedelta(hours=1))
    fail(session, "first", minutes=1)
    fail(session, "second", minutes=2)
    done = add_queued(session, "done")
    claims.claim_next(session, "w", NOW, done.id)
    assert ids(recording_queue.list_in_state(session, SYSTEM, "claimed")) == ["done"]
    claims.finish(session, done.id, "w", NOW)
    assert ids(recording_queue.list_in_state(session, SYSTEM, "queued")) == ["old", "young", "broke off"]
    assert recording_queue.places(session) == {old.id: 1, young.id: 2, broke_off.id: 3}
    assert ids(recording_queue.list_in_state(session, SYSTEM, "failed", limit=1)) == ["second"]
    assert ids(recording_queue.list_in_state(session, SYSTEM, "done", since=NOW)) == ["done"]
    assert recording_queue.list_in_state(session, SYSTEM, "done", since=NOW + timedelta(seconds=1)) == []
    assert recording_queue.count_done_since(session, SYSTEM, NOW) == 1
    assert recording_queue.count_done_since(session, SYSTEM, NOW + timedelta(seconds=1)) == 0
    assert calls.count_queue(session, SYSTEM) == {"queued": 3, "claimed": 0, "done": 1, "failed": 2}


def test_what_is_anothers_team_is_in_no_list_and_no_count_but_takes_its_place(session: Session) -> None:
    first, _second = add_agents(session)
    add_queued(session, "theirs", "K2", at=NOW - timedelta(hours=1))
    mine = add_queued(session, "mine")
    fail(session, "their failure", agent="K2")
    viewer = scope_for(session, "supervisor", first.team)
    assert ids(recording_queue.list_in_state(session, viewer, "queued")) == ["mine"]
    assert recording_queue.places(session)[mine.id] == 2
    assert recording_queue.count_failures(session, viewer) == {}


def test_what_waits_for_the_model_is_one_reason_however_many_wait(session: Session) -> None:
    add_agents(session)
    for number in range(3):
        row = add_queued(session, f"c{number}")
        claims.claim_next(session, "w", NOW, row.id)
        claims.release(session, "w", code="model_unknown", zh="没有模型", en="no model")
    broke_off = add_queued(session, "broke off")
    claims.claim_next(session, "dies", NOW, broke_off.id)
    claims.process_died(session, "dies", NOW, "signal 9")
    (reason,) = recording_queue.waiting_reasons(session, SYSTEM)
    assert reason == recording_queue.WaitingReason("model_unknown", "没有模型", "no model", 3)


def test_everything_that_failed_for_one_reason_is_sent_again_and_only_that(session: Session) -> None:
    first, _second = add_agents(session)
    rows = [fail(session, "a", "crashed"), fail(session, "b", "crashed")]
    theirs, damaged = fail(session, "c", "crashed", "K2"), fail(session, "d", "damaged")
    assert recording_queue.count_failures(session, SYSTEM) == {"crashed": 3, "damaged": 1}
    qa = scope_for(session, "qa", first.team)
    assert recording_queue.retry_all(session, qa, "crashed", now=NOW) == [row.id for row in rows]
    assert [row.status for row in (*rows, theirs, damaged)] == ["queued", "queued", "failed", "failed"]
    assert rows[0].attempts == 0
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording.retried")).all()
    assert {entry.object_id for entry in noted} == {str(row.id) for row in rows}
    with pytest.raises(AccessRefused):
        recording_queue.retry_all(session, scope_for(session, "manager"), "damaged", now=NOW)


def test_a_worker_runs_as_long_as_it_says_so(session: Session) -> None:
    assert workers.last_seen(session) is None
    workers.note_alive(session, "host:1:2", 2, NOW)
    workers.note_alive(session, "host:1:2", 3, NOW + timedelta(seconds=30))
    session.flush()
    (row,) = workers.list_alive(session, NOW + timedelta(seconds=60))
    assert (row.processes, row.started_at, row.seen_at) == (3, NOW, NOW + timedelta(seconds=30))
    silent = NOW + timedelta(seconds=31) + workers.SILENT_AFTER
    assert workers.list_alive(session, silent) == []
    assert workers.last_seen(session) == NOW + timedelta(seconds=30)
    workers.note_alive(session, "host:9:9", 1, NOW + timedelta(days=2))  # the long silent one is forgotten
    session.flush()
    assert workers.last_seen(session) == NOW + timedelta(days=2)
    workers.note_stopped(session, "host:9:9")
    assert workers.last_seen(session) is None
