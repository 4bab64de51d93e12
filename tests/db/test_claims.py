"""The work on recordings: exactly one worker has each, and none is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import calls, claims
from db.claims import CLAIM_LASTS, MAX_ATTEMPTS, MAX_INTERRUPTIONS, ClaimLost
from db.models import Recording
from regulations.access import SYSTEM
from tests.db.call_rows import NOW, add_agents, add_queued

LATER = NOW + CLAIM_LASTS + timedelta(seconds=1)


@pytest.fixture
def recording(session: Session) -> Recording:
    add_agents(session)
    return add_queued(session, "c1")


def test_the_oldest_waiting_recording_is_claimed_first(session: Session) -> None:
    add_agents(session)
    add_queued(session, "young", at=NOW)
    add_queued(session, "old", at=NOW - timedelta(hours=1))
    claimed = claims.claim_next(session, "w", NOW)
    assert claimed is not None
    assert claimed.call.call_id == "old"
    assert (claimed.status, claimed.claimed_by, claimed.attempts) == ("claimed", "w", 1)
    assert claimed.claimed_until == NOW + CLAIM_LASTS


def test_a_named_recording_is_claimed_and_no_other(session: Session) -> None:
    add_agents(session)
    add_queued(session, "a")
    wanted = add_queued(session, "b")
    claimed = claims.claim_next(session, "w", NOW, wanted.id)
    assert claimed is not None
    assert claimed.id == wanted.id
    assert claims.claim_next(session, "v", NOW, wanted.id) is None


def test_of_many_workers_at_the_same_recordings_each_recording_has_exactly_one(engine: Engine) -> None:
    workers, recordings = 8, 5
    with Session(engine) as session, session.begin():
        add_agents(session)
        for number in range(recordings):
            add_queued(session, f"c{number}")
    start = Barrier(workers)

    def work(name: str) -> list[int]:
        taken: list[int] = []
        start.wait()
        while True:
            with Session(engine) as session, session.begin():
                claimed = claims.claim_next(session, name, NOW)
                if claimed is None:
                    return taken
                taken.append(claimed.id)

    with ThreadPoolExecutor(workers) as pool:
        taken = list(pool.map(work, [f"w{n}" for n in range(workers)]))
    everything = [recording_id for one in taken for recording_id in one]
    assert len(everything) == len(set(everything)) == recordings


def test_of_two_workers_at_one_expired_claim_exactly_one_gets_it(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        add_agents(session)
        add_queued(session, "c1")
        claims.claim_next(session, "dead", NOW)
    start = Barrier(2)

    def work(name: str) -> bool:
        start.wait()
        with Session(engine) as session, session.begin():
            return claims.claim_next(session, name, LATER) is not None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, ["a", "b"])) == [False, True]


def test_a_claim_in_force_keeps_others_away_until_it_runs_out(session: Session, recording: Recording) -> None:
    assert claims.claim_next(session, "a", NOW) is not None
    assert claims.claim_next(session, "b", NOW + CLAIM_LASTS) is None
    assert claims.claim_next(session, "b", LATER) is not None


def test_progress_extends_the_claim(session: Session, recording: Recording) -> None:
    claims.claim_next(session, "a", NOW)
    claims.set_progress(session, recording.id, "a", 0.4, NOW + CLAIM_LASTS)
    session.refresh(recording)
    assert recording.progress == 0.4
    assert claims.claim_next(session, "b", LATER) is None


@pytest.mark.parametrize(("given", "kept"), [(-1.0, 0.0), (2.0, 1.0)])
def test_progress_stays_between_nothing_and_all(
    session: Session, recording: Recording, given: float, kept: float
) -> None:
    claims.claim_next(session, "a", NOW)
    claims.set_progress(session, recording.id, "a", given, NOW)
    session.refresh(recording)
    assert recording.progress == kept


def test_a_worker_that_lost_its_claim_can_neither_progress_nor_finish(
    session: Session, recording: Recording
) -> None:
    claims.claim_next(session, "slow", NOW)
    claims.claim_next(session, "quick", LATER)
    with pytest.raises(ClaimLost):
        claims.set_progress(session, recording.id, "slow", 0.9, LATER)
    with pytest.raises(ClaimLost):
        claims.finish(session, recording.id, "slow", LATER)
    with pytest.raises(ClaimLost):
        claims.fail(session, recording.id, "slow", LATER, "x", "甲", "a")
    claims.finish(session, recording.id, "quick", LATER)
    session.refresh(recording)
    assert (recording.status, recording.progress, recording.finished_at) == ("done", 1.0, LATER)


def test_a_finished_recording_is_never_claimed_again(session: Session, recording: Recording) -> None:
    claims.claim_next(session, "a", NOW)
    claims.finish(session, recording.id, "a", NOW)
    assert claims.claim_next(session, "a", LATER, recording.id) is None


def test_an_attempt_that_failed_is_repeated_until_there_were_enough(
    session: Session, recording: Recording
) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert claims.claim_next(session, "a", NOW) is not None
        claims.give_back(session, recording.id, "a", NOW, "unexpected", "意外", "unexpected")
        session.refresh(recording)
        assert recording.status == ("failed" if attempt == MAX_ATTEMPTS else "queued")
    assert calls.failure_text(recording, "en") == "unexpected"
    assert recording.finished_at == NOW
    assert claims.claim_next(session, "a", LATER) is None


def test_releasing_does_not_count_the_attempt_and_may_say_why(session: Session, recording: Recording) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        assert claims.claim_next(session, "a", NOW) is not None
        assert claims.release(session, "a", code="no_network", zh="没有网络", en="no network") == 1
    session.refresh(recording)
    assert (recording.status, recording.attempts) == ("queued", 0)
    assert calls.failure_text(recording) == "没有网络"


def test_a_worker_releases_only_what_is_its_own(session: Session, recording: Recording) -> None:
    claims.claim_next(session, "a", NOW)
    assert claims.release(session, "b") == 0
    session.refresh(recording)
    assert recording.status == "claimed"


def test_the_sweep_puts_back_what_a_dead_worker_left(session: Session, recording: Recording) -> None:
    claims.claim_next(session, "dead", NOW)
    assert claims.requeue_abandoned(session, NOW) == []
    assert claims.requeue_abandoned(session, LATER) == [recording.id]
    session.refresh(recording)
    assert (recording.status, recording.attempts, recording.interruptions) == ("queued", 0, 1)
    assert claims.queued_ids(session) == [recording.id]


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_recording_that_takes_every_worker_down_fails_with_a_reason_and_can_be_sent_again(
    session: Session, recording: Recording, is_swept: bool
) -> None:
    now = NOW
    for _ in range(MAX_INTERRUPTIONS):
        assert claims.claim_next(session, "dies", now) is not None
        now += CLAIM_LASTS + timedelta(seconds=1)
        if is_swept:  # otherwise the next worker takes the claim over as it is
            claims.requeue_abandoned(session, now)
    claims.requeue_abandoned(session, now)
    session.refresh(recording)
    assert (recording.status, recording.failure_code) == ("failed", "abandoned")
    assert calls.failure_text(recording, "zh") != calls.failure_text(recording, "en") != ""
    calls.retry(session, SYSTEM, recording.id, now=now)
    assert (recording.status, recording.attempts, recording.interruptions) == ("queued", 0, 0)


def test_a_power_cut_in_the_last_attempt_costs_the_recording_nothing(
    session: Session, recording: Recording
) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        claims.claim_next(session, "a", NOW)
        claims.give_back(session, recording.id, "a", NOW, "unexpected", "意外", "unexpected")
    claims.claim_next(session, "a", NOW)
    again = claims.claim_next(session, "b", LATER)
    assert again is not None
    assert (again.attempts, again.interruptions) == (MAX_ATTEMPTS, 1)
    claims.finish(session, recording.id, "b", LATER)
    session.refresh(recording)
    assert recording.status == "done"


def test_what_a_crashed_process_held_counts_the_attempt_and_goes_behind_the_others(
    session: Session, recording: Recording
) -> None:
    other = add_queued(session, "young", at=NOW + timedelta(seconds=5))
    claims.claim_next(session, "crashes", NOW)
    assert claims.process_died(session, "somebody else", NOW, "signal 9") == []
    assert claims.process_died(session, "crashes", NOW, "signal 9") == [recording.id]
    assert claims.process_died(session, "crashes", NOW, "signal 9") == []
    session.refresh(recording)
    assert (recording.status, recording.attempts, recording.interruptions) == ("queued", 1, 0)
    assert "signal 9" in calls.failure_text(recording, "zh")
    assert claims.queued_ids(session) == [other.id, recording.id]


def test_a_clock_that_is_put_back_leaves_no_claim_that_never_ends(
    session: Session, recording: Recording
) -> None:
    claims.claim_next(session, "dead", NOW + timedelta(days=1))
    assert claims.requeue_abandoned(session, NOW) == []
    assert claims.requeue_abandoned(session, NOW + CLAIM_LASTS) == []
    assert claims.requeue_abandoned(session, LATER) == [recording.id]


def test_a_clock_that_leaps_ahead_costs_a_living_worker_its_claim_and_doubles_nothing(
    session: Session, recording: Recording
) -> None:
    claims.claim_next(session, "alive", NOW)
    assert claims.requeue_abandoned(session, NOW + timedelta(days=1)) == [recording.id]
    with pytest.raises(ClaimLost):
        claims.finish(session, recording.id, "alive", NOW + timedelta(days=1))
    assert claims.claim_next(session, "other", NOW + timedelta(days=1)) is not None


def test_claims_of_processes_known_to_be_dead_run_out_at_once(session: Session) -> None:
    add_agents(session)
    for name, worker in (("a", "host:1"), ("b", "host:2")):
        add_queued(session, name)
        claims.claim_next(session, worker, NOW)
    assert claims.expire_dead(session, NOW, lambda worker: worker == "host:2") == 1
    assert len(claims.requeue_abandoned(session, NOW)) == 1
