"""Calls and recordings: who may bring them in, who sees them, and that nothing comes in twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import calls, claims, recording_queue
from db.calls import DuplicateRecording, RecordingRefused
from db.models import AuditEntry, Recording
from regulations.access import SYSTEM, AccessRefused, Scope
from tests.db.call_rows import NOW, add_agents, add_queued, audio_facts, call_facts, scope_for


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_recording_comes_in_with_its_call_and_two_audit_rows(session: Session) -> None:
    add_agents(session)
    recording = add_queued(session, "c1")
    assert (recording.status, recording.attempts, recording.call.agent.number) == ("queued", 0, "K1")
    assert recording.call.duration_seconds == 60.0
    assert actions(session) == ["call.added", "recording.added"]


def test_the_same_audio_again_names_the_call_that_has_it(session: Session) -> None:
    add_agents(session)
    add_queued(session, "c1")
    other = calls.add_call(session, SYSTEM, call_facts("c2"), now=NOW)
    with pytest.raises(DuplicateRecording) as refused:
        calls.add_recording(session, SYSTEM, other, audio_facts("c1"), now=NOW)
    assert refused.value.call_id == "c1"
    assert "c1" in refused.value.zh
    assert "c1" in refused.value.en


def test_of_two_sessions_bringing_the_same_audio_at_once_the_second_is_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(engine) as setup, setup.begin():
        add_agents(setup)
        calls.add_call(setup, SYSTEM, call_facts("c1"), now=NOW)
        calls.add_call(setup, SYSTEM, call_facts("c2"), now=NOW)
    with Session(engine) as late:
        second = calls.get_call(late, SYSTEM, "c2")
        late.commit()
        unseen = {"n": 0}
        original = calls.find_duplicate

        def blind_once(session: Session, sha256: str) -> str | None:
            # The other transaction commits after our look and before our insert.
            unseen["n"] += 1
            if unseen["n"] == 1:
                with Session(engine) as first, first.begin():
                    call = calls.get_call(first, SYSTEM, "c1")
                    row = Recording(
                        call=call,
                        sha256=sha256,
                        original_name="x.wav",
                        stored_name="x",
                        size_bytes=1,
                        uploaded_at=NOW,
                    )
                    first.add(row)
                return None
            return original(session, sha256)

        monkeypatch.setattr(calls, "find_duplicate", blind_once)
        with pytest.raises(DuplicateRecording) as refused:
            calls.add_recording(late, SYSTEM, second, audio_facts("same"), now=NOW)
        assert refused.value.call_id == "c1"


def test_a_call_has_one_recording(session: Session) -> None:
    add_agents(session)
    call = add_queued(session, "c1").call
    with pytest.raises(RecordingRefused) as refused:
        calls.add_recording(session, SYSTEM, call, audio_facts("other"), now=NOW)
    assert refused.value.code == "call_has_recording"


def test_a_call_number_does_not_move_to_another_agent(session: Session) -> None:
    add_agents(session)
    add_queued(session, "c1")
    with pytest.raises(RecordingRefused) as refused:
        calls.add_call(session, SYSTEM, call_facts("c1", "K2"), now=NOW)
    assert refused.value.code == "call_of_another"
    assert "王芳" in refused.value.zh


@pytest.mark.parametrize("number", ["K9", "", "K1' OR 1=1 --"])
def test_an_agent_nobody_knows_is_refused_in_both_languages(session: Session, number: str) -> None:
    add_agents(session)
    with pytest.raises(RecordingRefused) as refused:
        calls.add_call(session, SYSTEM, call_facts("c1", number), now=NOW)
    assert refused.value.code == "unknown_agent"
    assert number in refused.value.zh


def test_a_supervisor_brings_in_recordings_of_his_own_team_only(session: Session) -> None:
    first, second = add_agents(session)
    own = scope_for(session, "supervisor", first.team)
    assert calls.add_call(session, own, call_facts("c1", first.number), now=NOW).agent is first
    with pytest.raises(RecordingRefused):
        calls.add_call(session, own, call_facts("c2", second.number), now=NOW)


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_who_may_not_upload_is_refused(session: Session, role: str) -> None:
    first, _ = add_agents(session)
    scope = scope_for(session, role, agent=first if role == "agent" else None)
    with pytest.raises(AccessRefused):
        calls.add_call(session, scope, call_facts("c1"), now=NOW)
    assert actions(session) == []


def test_an_unreadable_recording_is_kept_as_failed_with_its_reason(session: Session) -> None:
    add_agents(session)
    call = calls.add_call(session, SYSTEM, call_facts("c1"), now=NOW)
    reason = RecordingRefused("damaged", "文件已损坏", "the file is damaged")
    recording = calls.add_recording(session, SYSTEM, call, audio_facts("c1"), now=NOW, failure=reason)
    assert (recording.status, recording.failure_code) == ("failed", "damaged")
    assert calls.failure_text(recording) == "文件已损坏"
    assert calls.failure_text(recording, "en") == "the file is damaged"
    assert claims.claim_next(session, "w", NOW) is None


def test_reads_show_each_viewer_his_own(session: Session) -> None:
    first, second = add_agents(session)
    mine, theirs = add_queued(session, "c1", "K1"), add_queued(session, "c2", "K2")
    supervisor = scope_for(session, "supervisor", first.team)
    agent = scope_for(session, "agent", agent=second)
    lost_agent = scope_for(session, "agent")
    nobody = Scope(None, "x", "supervisor", ())

    def seen(scope: Scope) -> list[str]:
        return sorted(
            call.call_id for call in calls.list_calls(session, scope, from_on=NOW.date(), to_on=NOW.date())
        )

    assert seen(SYSTEM) == ["c1", "c2"]
    assert seen(supervisor) == ["c1"]
    assert seen(agent) == ["c2"]
    assert seen(lost_agent) == seen(nobody) == []
    assert [r.id for r in recording_queue.list_in_state(session, supervisor, "queued")] == [mine.id]
    assert calls.count_queue(session, supervisor)["queued"] == 1
    with pytest.raises(LookupError):
        calls.get_recording(session, supervisor, theirs.id)
    with pytest.raises(LookupError):
        calls.get_call(session, agent, "c1")


def test_calls_of_a_period_include_both_days_and_filter_by_team_and_agent(session: Session) -> None:
    first, second = add_agents(session)
    for index, days in enumerate((0, 1, 2)):
        calls.add_call(
            session, SYSTEM, call_facts(f"c{index}", started_at=NOW - timedelta(days=days)), now=NOW
        )
    calls.add_call(session, SYSTEM, call_facts("d", "K2"), now=NOW)
    day = NOW.date()
    both = calls.list_calls(session, SYSTEM, from_on=day - timedelta(days=1), to_on=day)
    assert {call.call_id for call in both} == {"c0", "c1", "d"}
    team = calls.list_calls(session, SYSTEM, from_on=day, to_on=day, team_id=second.team_id)
    assert [call.call_id for call in team] == ["d"]
    agent = calls.list_calls(session, SYSTEM, from_on=day, to_on=day, agent_id=first.id)
    assert [call.call_id for call in agent] == ["c0"]


def test_a_person_sends_a_failed_recording_round_again(session: Session) -> None:
    _first, second = add_agents(session)
    recording = add_queued(session, "c1")
    claims.claim_next(session, "w", NOW)
    claims.fail(session, recording.id, "w", NOW, "damaged", "坏了", "broken")
    session.refresh(recording)
    with pytest.raises(AccessRefused):
        calls.retry(session, scope_for(session, "manager"), recording.id, now=NOW)
    with pytest.raises(LookupError):
        calls.retry(session, scope_for(session, "supervisor", second.team), recording.id, now=NOW)
    calls.retry(session, scope_for(session, "qa"), recording.id, now=NOW)
    assert (recording.status, recording.attempts, recording.failure_reason) == ("queued", 0, "")
    assert actions(session)[-1] == "recording.retried"
    assert claims.claim_next(session, "w", NOW) is not None


def test_listening_is_noted_once_for_each_sign_in(session: Session) -> None:
    add_agents(session)
    recording = add_queued(session, "c1")
    qa = scope_for(session, "qa")
    assert calls.record_playback(session, qa, recording, "first", now=NOW)
    assert not calls.record_playback(session, qa, recording, "first", now=NOW)
    assert calls.record_playback(session, qa, recording, "second", now=NOW)
    assert calls.record_playback(session, scope_for(session, "qa"), recording, "first", now=NOW)
    assert actions(session).count("recording.played") == 3
