"""The queue as a person sees it: what hurts first, in words, each cause once, and a way to try again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard import desk
from db import calls, claims, workers
from db.calls import AudioFacts
from db.engine import session_scope
from db.models import Agent, Call, Recording
from jobs import processes
from regulations.access import SYSTEM
from tests.pages.conftest import OpenPage, words


def add(session: Session, number: int, at: datetime) -> Recording:
    """A waiting recording."""
    call = Call(
        call_id=f"q{number}",
        agent=session.scalar(select(Agent)),
        team_id=1,
        started_at=at,
        started_on=at.date(),
    )
    session.add(call)
    session.flush()
    sha256 = f"{number:064x}"
    audio = AudioFacts(
        sha256, f"call {number}.wav", f"00/{sha256}.wav", 1, "wav", 2, 8000, duration_seconds=95.0
    )
    return calls.add_recording(session, SYSTEM, call, audio, now=at)


def crash(session: Session, recording: Recording, at: datetime) -> None:
    for _ in range(claims.MAX_ATTEMPTS):
        claims.claim_next(session, "w", at, recording.id)
        claims.process_died(session, "w", at, "signal 9")


def said(text: str) -> str:
    return text.replace("\\", "")


@pytest.fixture
def mixed_url(bare_url: str) -> str:
    """Six failed (five crashed), one running for a minute at 25 %, three waiting of which one broke off, one done."""
    now = desk.now()
    with session_scope(bare_url) as session:
        rows = [add(session, number, now - timedelta(minutes=40 - number)) for number in range(11)]
        for row in rows[:5]:
            crash(session, row, now)
        claims.claim_next(session, "w", now, rows[5].id)
        claims.fail(session, rows[5].id, "w", now, "damaged", "文件已损坏", "the file is damaged")
        claims.claim_next(session, processes.own_name(), now - timedelta(minutes=1), rows[6].id)
        claims.set_progress(session, rows[6].id, processes.own_name(), 0.25, now)
        claims.claim_next(session, "w", now, rows[7].id)
        claims.process_died(session, "w", now, "signal 11")
        claims.claim_next(session, "w", now - timedelta(minutes=5), rows[8].id)
        claims.finish(session, rows[8].id, "w", now - timedelta(minutes=3))
    return bare_url


def test_every_state_is_counted_and_what_hurts_most_stands_first(open_page: OpenPage, mixed_url: str) -> None:
    tested = open_page(mixed_url, "data", "qa", view="queue")
    assert not tested.exception
    assert [(metric.label, metric.value) for metric in tested.metric] == [
        ("失败", "6"),
        ("转写中", "1"),
        ("等待转写", "3"),
        ("24 小时内完成", "1"),
    ]
    text = said(words(tested))
    assert "共 11 段录音" in text
    assert text.index("转写中断了三次") < text.index("失败：文件已损坏")
    assert "请在机器空闲时重试" in text
    assert "重试没有用" in text
    waiting, done = (frame.value for frame in tested.dataframe[-2:])
    assert list(waiting["file"]) == ["call 9.wav", "call 10.wav", "call 7.wav"]
    assert list(waiting["place"]) == [1, 2, 3]
    assert "signal 11" in waiting["note"].iloc[-1]
    assert list(done["took"]) == ["2 分钟"]
    progress = said(tested.get("progress")[0].proto.text)
    assert "25%" in progress
    assert "约剩 3 分钟" in progress
    assert "本机进程" in progress


def test_all_that_broke_off_is_sent_again_with_one_button_and_a_damaged_file_is_not(
    open_page: OpenPage, mixed_url: str
) -> None:
    tested = open_page(mixed_url, "data", "qa", view="queue")
    assert not tested.exception
    assert not [button for button in tested.button if button.key == "retry_all_damaged"]
    tested.button(key="retry_all_crashed").click().run()
    assert not tested.exception
    with session_scope(mixed_url) as session:
        assert calls.count_queue(session, SYSTEM) == {"queued": 8, "claimed": 1, "done": 1, "failed": 1}


def test_who_may_not_bring_recordings_in_is_offered_no_button(open_page: OpenPage, mixed_url: str) -> None:
    tested = open_page(mixed_url, "data", "supervisor", view="queue")
    assert not tested.exception
    assert not [button for button in tested.button if str(button.key).startswith("retry_")]


def test_that_no_worker_runs_is_said_with_the_way_to_start_it(open_page: OpenPage, mixed_url: str) -> None:
    without = said(words(open_page(mixed_url, "data", "qa", view="queue")))
    assert "处理程序没有运行，录音不会被转写" in without
    assert "manage.py worker" in without
    with session_scope(mixed_url) as session:
        workers.note_alive(session, processes.own_name(), 2, desk.now())
    running = said(words(open_page(mixed_url, "data", "qa", view="queue")))
    assert "处理程序没有运行" not in running
    assert "最多同时 2 段" in running


def test_a_missing_model_is_said_once_above_and_not_on_each_row(open_page: OpenPage, bare_url: str) -> None:
    now = desk.now()
    with session_scope(bare_url) as session:
        for number in range(240):
            add(session, number, now)
        session.flush()
        for row in session.scalars(select(Recording).limit(200)):
            row.failure_code, row.failure_reason = (
                "no_network",
                "模型无法下载\nthe model cannot be downloaded",
            )
        workers.note_alive(session, processes.own_name(), 1, now)
    tested = open_page(bare_url, "data", "qa", view="queue")
    assert not tested.exception
    (notice,) = (said(warning.value) for warning in tested.warning)
    assert notice.startswith("有 200 段录音暂时无法转写：模型无法下载")
    assert "不必重新上传" in notice
    assert len(tested.dataframe[0].value) == 240
    assert len(tested.button) < 20
