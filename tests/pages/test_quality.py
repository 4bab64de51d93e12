"""The quality page: who sees it, what hurts most first, filters in the address, recordings on their way in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import desk
from dashboard.quality_lists import state_of
from db import calls, claims
from db.calls import AudioFacts, RecordingRefused
from db.engine import session_scope
from db.models import Agent, Call, Finding, Inspection, Recording, Transcript
from regulations.access import SYSTEM
from settings import get_settings
from tests.jobs.audio_files import wav_bytes
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]


def period() -> dict[str, str]:
    on = desk.now().date()
    return {"from": (on - timedelta(days=60)).isoformat(), "to": on.isoformat()}


def flagged(tested: AppTest) -> Any:
    """The table of flagged calls."""
    return next(frame.value for frame in tested.dataframe if "severity" in frame.value.columns)


@pytest.mark.parametrize("role", ["supervisor", "qa", "manager"])
def test_those_who_may_see_flagged_calls_and_the_state_of_the_period(
    open_page: OpenPage, demo_url: str, role: str
) -> None:
    tested = open_page(demo_url, "quality", role, **period())
    assert not tested.exception
    assert [title.value for title in tested.title] == ["质检"]
    rows = flagged(tested)
    assert len(rows) > 0
    assert {"call", "severity", "categories", "agent", "score", "state"} <= set(rows.columns)
    assert [metric.label for metric in tested.metric][:5] == [
        "有录音",
        "已检查",
        "被标记",
        "复核完毕",
        "至少一处成立",
    ]


@pytest.mark.parametrize("role", ["agent", "administrator", None])
def test_nobody_else_sees_any_of_it(open_page: OpenPage, demo_url: str, role: str | None) -> None:
    tested = open_page(demo_url, "quality", role, **period())
    assert not tested.exception
    assert "质检" not in [title.value for title in tested.title]
    assert not [frame for frame in tested.dataframe if "severity" in frame.value.columns]


def test_a_supervisor_sees_only_the_calls_of_his_teams(open_page: OpenPage, demo_url: str) -> None:
    all_teams = set(flagged(open_page(demo_url, "quality", "qa", **period()))["team"])
    own = set(flagged(open_page(demo_url, "quality", "supervisor", **period()))["team"])
    assert len(own) == 1
    assert own < all_teams


def test_what_waits_and_hurts_comes_first(open_page: OpenPage, demo_url: str) -> None:
    rows = flagged(open_page(demo_url, "quality", "qa", **period()))
    waiting = [bool(n) for n in rows["undecided"]]
    assert waiting == sorted(waiting, reverse=True)


def test_the_filters_stand_in_the_address_and_hold(open_page: OpenPage, demo_url: str) -> None:
    tested = open_page(demo_url, "quality", "qa", category="closing", **period())
    rows = flagged(tested)
    assert len(rows) > 0
    assert all("结束语" in labels for labels in rows["categories"])
    tested.selectbox(key="flagged_category").set_value("").run()
    assert "category" not in tested.query_params
    assert len(flagged(tested)) > len(rows)
    agent = next(code for code in tested.selectbox(key="flagged_agent").options if "K1003" in code)
    tested.selectbox(key="flagged_agent").set_value("K1003").run()
    assert tested.query_params["agent"] == "K1003"
    assert set(flagged(tested)["agent"]) == {agent.split(" ")[0]}


@pytest.mark.parametrize("value", ["nonsense", "'; DROP TABLE calls --", "<b>"])
def test_a_filter_that_is_none_is_passed_over(open_page: OpenPage, demo_url: str, value: str) -> None:
    tested = open_page(demo_url, "quality", "qa", category=value, agent=value, **period())
    assert not tested.exception
    assert len(flagged(tested)) > 0


def test_an_empty_desk_says_what_to_do(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "quality", "qa")
    assert not tested.exception
    assert "本月还没有检查过的通话" in words(tested)
    assert "没有等待处理的录音" in words(tested)


def test_english_is_there_too(open_page: OpenPage, demo_url: str) -> None:
    tested = open_page(demo_url, "quality", "qa", lang="en", **period())
    assert "Flagged calls" in words(tested)
    assert "only by measurements" in words(tested)
    assert "A flag is a lead, not a verdict" in words(tested).replace("\\", "")


def test_the_queue_shows_progress_and_why_something_failed_and_lets_qa_try_again(
    open_page: OpenPage, bare_url: str
) -> None:
    now = desk.now()
    with session_scope(bare_url) as session:
        for number, name in enumerate(("works", "waits", "broken")):
            call = Call(
                call_id=name,
                agent=session.scalar(select(Agent)),
                team_id=1,
                started_at=now,
                started_on=now.date(),
            )
            session.add(call)
            session.flush()
            audio = AudioFacts(str(number) * 64, f"{name}.wav", f"{number}{number}/{str(number) * 64}.wav", 1)
            failure = (
                RecordingRefused("damaged", "文件已损坏", "the file is damaged") if name == "broken" else None
            )
            row = calls.add_recording(session, SYSTEM, call, audio, now=now, failure=failure)
            if name == "works":
                claims.claim_next(session, "w", now, row.id)
                claims.set_progress(session, row.id, "w", 0.4, now)
            broken_id = row.id
    tested = open_page(bare_url, "quality", "qa")
    assert not tested.exception
    text = words(tested).replace("\\", "")
    assert [m.value for m in tested.metric if m.label in ("失败", "转写中", "等待转写")] == ["1", "1", "1"]
    assert "共 3 段录音" in text
    assert "文件已损坏" in text
    supervisor = open_page(bare_url, "quality", "supervisor")
    assert not [b for b in supervisor.button if b.key == f"retry_{broken_id}"]
    tested = open_page(bare_url, "quality", "qa")
    tested.button(key=f"retry_{broken_id}").click().run()
    with session_scope(bare_url) as session:
        assert session.get_one(Recording, broken_id).status == "queued"


def test_only_those_who_may_upload_are_offered_the_form(open_page: OpenPage, bare_url: str) -> None:
    assert "上传录音" in words(open_page(bare_url, "quality", "qa"))
    assert "上传录音" not in words(open_page(bare_url, "quality", "supervisor"))


def test_an_uploaded_recording_is_taken_in_and_waits(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "quality", "qa")
    tested.file_uploader(key="upload_file").upload("来电.wav", wav_bytes(), "audio/wav")
    tested.selectbox(key="upload_agent").set_value("K1")
    tested.text_input(key="upload_number").set_value("T-1")
    submit(tested)
    assert not tested.exception
    assert [s.value for s in tested.success], words(tested)
    with session_scope(bare_url) as session:
        row = calls.get_call(session, SYSTEM, "T-1").recording
        assert row is not None
        assert (row.status, row.original_name) == ("queued", "来电.wav")
        assert row.uploaded_by == "qa"
        assert (get_settings().recordings_dir / row.stored_name).read_bytes() == wav_bytes()


def test_an_upload_that_is_no_recording_is_refused_in_words(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "quality", "qa")
    tested.file_uploader(key="upload_file").upload(
        "来电.wav", io.BytesIO(b"no sound").getvalue(), "audio/wav"
    )
    tested.selectbox(key="upload_agent").set_value("K1")
    submit(tested)
    assert not tested.exception
    assert "没有收下" in tested.error[0].value
    with session_scope(bare_url) as session:
        assert session.scalar(select(Recording)) is None


def test_an_upload_without_its_agent_says_what_is_missing(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "quality", "qa")
    submit(tested)
    assert "请选择" in tested.warning[0].value


def submit(tested: AppTest) -> None:
    next(button for button in tested.button if button.label == "提交").click().run()


@pytest.mark.parametrize(
    ("finding", "stretches", "state"),
    [
        (None, [], "无需复核"),
        (None, [{"reason": "unclear", "start": 1.0, "end": 2.5}], "待听辨"),
        ({"kind": "missing", "verdict": "cannot_tell"}, [], "有待确认的提示 1 处"),
        (
            {"kind": "missing", "verdict": "cannot_tell"},
            [{"reason": "unclear", "start": 1.0, "end": 2.5}],
            "待听辨",
        ),
        ({"kind": "banned", "verdict": "cannot_tell"}, [], "有待确认的提示 1 处"),
        ({"kind": "banned", "verdict": "cannot_tell", "decision": "confirmed"}, [], "成立 1 处"),
        ({"kind": "banned", "verdict": "hit"}, [], "1 处中 1 处待复核"),
        ({"kind": "banned", "verdict": "hit", "decision": "overturned"}, [], "均不成立"),
    ],
)
def test_the_state_of_a_review_in_words(
    finding: dict[str, Any] | None, stretches: list[dict[str, Any]], state: str
) -> None:
    findings = [] if finding is None else [Finding(**({"decision": None, "needs_review": True} | finding))]
    transcript = Transcript(to_listen=stretches, channel_map=[])
    assert state_of(Inspection(findings=findings, transcript=transcript)) == state
