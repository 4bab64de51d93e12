"""The queue only wakes workers up; whatever happens to it, no recording is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from db import claims
from jobs import queue
from jobs.housekeeping import Housekeeper
from jobs.queue import enqueue_inspection, enqueue_waiting, open_queue, register_inspection
from settings import Settings
from tests.db.call_rows import NOW, add_agents, add_queued

Factory = sessionmaker[Session]


def take_all(settings: Settings) -> list[int]:
    """The recordings that the queue calls a worker for, in order, taking them out."""
    taken: list[int] = []
    huey = open_queue(settings)
    register_inspection(huey, taken.append)
    while (task := huey.dequeue()) is not None:
        huey.execute(task)
    return taken


def test_a_recording_put_into_the_queue_reaches_a_worker(settings: Settings, factory: Factory) -> None:
    assert enqueue_inspection(settings, 7)
    assert enqueue_inspection(settings, 8)
    assert take_all(settings) == [7, 8]
    assert take_all(settings) == []


def test_what_is_in_the_queue_already_is_not_put_in_twice(settings: Settings, factory: Factory) -> None:
    enqueue_inspection(settings, 1)
    assert enqueue_waiting(settings, [1, 2]) == 1
    assert enqueue_waiting(settings, [1, 2]) == 0
    assert take_all(settings) == [1, 2]


def test_a_queue_that_cannot_be_written_does_not_stop_an_upload(tmp_path: Path, factory: Factory) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be")
    settings = Settings(_env_file=None, data_dir=tmp_path / "blocked", database_url="")
    assert not enqueue_inspection(settings, 1)


def test_the_sweep_calls_again_for_recordings_that_lost_their_task(
    settings: Settings, factory: Factory
) -> None:
    with factory() as session, session.begin():
        add_agents(session)
        waiting = add_queued(session, "waiting").id
        abandoned = add_queued(session, "abandoned").id
        working = add_queued(session, "working").id
        claims.claim_next(session, "dead", NOW - timedelta(hours=1), abandoned)
        claims.claim_next(session, "alive", NOW, working)
    keeper = Housekeeper(settings, lambda: NOW)
    assert keeper.requeue() == 2
    assert keeper.requeue() == 0
    assert sorted(take_all(settings)) == sorted([waiting, abandoned])


def test_every_piece_of_housekeeping_runs_on_an_empty_desk(settings: Settings, factory: Factory) -> None:
    keeper = Housekeeper(settings, lambda: NOW)
    assert keeper.sweep_deadlines() == 0
    assert keeper.judge_attendance() == 0
    assert keeper.watch().received == []


def test_queues_of_different_desks_do_not_meet(tmp_path: Path) -> None:
    desks = [Settings(_env_file=None, data_dir=tmp_path / name, database_url="") for name in ("one", "two")]
    enqueue_inspection(desks[0], 1)
    assert take_all(desks[1]) == []
    assert take_all(desks[0]) == [1]
    assert len({id(queue.open_queue(desk)) for desk in desks}) == 2
