"""What a call's page says about its sound: what must be heard, what was left out, who is on which channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import quality, rulebooks
from db.calls import AudioFacts, CallFacts, add_call, add_recording
from db.engine import session_scope
from db.inspections import store_inspection
from db.models import Agent, Call
from db.transcripts import store_transcript
from inspection.pipeline import inspect_transcript
from inspection.speakers import attribute
from inspection.transcript import Channel, Segment, Stretch, Transcript, Word
from jobs.results import inspection_facts, transcript_facts
from regulations.access import SYSTEM
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]
SPEECH = ((0.5, 9.0),)
HEARD = Transcript(
    "sound-1",
    segments=(
        Segment("unknown", 0.5, 2.0, "我要退货。", channel=0),
        Segment("unknown", 2.5, 4.0, "有什么可以帮您?", words=(Word("有什么可以帮您?", "有什么可以帮您?", 2.5, 4.0, 0.93),), channel=1),
        Segment("unknown", 5.0, 6.0, "这不归我管。", channel=1),
        Segment("unknown", 7.0, 8.0, "随便你。", channel=1, is_doubtful=True),
    ),
    duration_seconds=95.0,
    channels=(Channel(0, "unknown", "mono", SPEECH, (), -3.5), Channel(1, "unknown", "mono", SPEECH, ((7.0, 8.0),), 12.0)),
    to_listen=(Stretch(1, "unknown", 80.0, 82.5, "quiet_speech"),),
    suppressed=({"start": 90.0, "end": 92.0, "text": "请不吝点赞", "reason": "subtitle_on_silence", "channel": 0},),
)  # fmt: skip


def bring_in(url: str, agent_channel: int = 0, heard: Transcript = HEARD) -> None:
    """The call as the worker would store it, connected the wrong way round unless told otherwise."""
    with session_scope(url) as session:
        some = session.scalars(select(Call).order_by(Call.started_at.desc())).first()
        agent = session.scalars(select(Agent).order_by(Agent.id)).first()
        assert some is not None and agent is not None
        facts = CallFacts("sound-1", agent.number, some.started_at, some.started_on, duration_seconds=95.0)
        call = add_call(session, SYSTEM, facts, now=some.started_at)
        audio = AudioFacts(
            "e" * 64, "call.wav", f"ee/{'e' * 64}.wav", 100, "wav", 2, 8000, 95.0, agent_channel
        )
        add_recording(session, SYSTEM, call, audio, now=some.started_at).status = "done"
        book = rulebooks.in_force(session, call.started_on)
        result = replace(
            inspect_transcript(attribute(heard, agent_channel, book), book),
            engine="openai",
            model_hash="0123456789abcdef",
            settings_hash="fedcba9876543210",
        )
        kept = store_transcript(
            session, call, transcript_facts(result, audio_sha256="e" * 64), now=some.started_at
        )
        store_inspection(
            session, kept, call, inspection_facts(result), book_version=book.version, now=some.started_at
        )


def test_what_must_be_heard_what_is_doubtful_and_what_was_invented_is_said_in_words(
    open_page: OpenPage, demo_url: str
) -> None:
    bring_in(demo_url, agent_channel=1)
    tested = open_page(demo_url, "call", "qa", call="sound-1")
    assert not tested.exception
    text = words(tested).replace("\\", "")
    assert "需要人听的片段：1 段，共 2.5 秒" in text
    assert "1:20–1:22 · 客服 · 声音很轻，可能有人说话" in text
    assert "不能确定这是有人说的话" in text
    assert "识别器 openai，模型 01234567，设置 fedcba98" in text
    frames = [f.value for f in tested.dataframe]
    left_out = next(f for f in frames if "reason" in f.columns)
    assert left_out[["text", "reason"]].to_numpy().tolist() == [["请不吝点赞", "没有人说话处的字幕套话"]]
    every_word = next(f for f in frames if "probability" in f.columns)
    assert every_word[["at", "word", "probability"]].to_numpy().tolist() == [
        ["0:02.5", "有什么可以帮您?", "93%"]
    ]
    channels = next(f for f in frames if "decided" in f.columns)
    assert channels[["channel", "speaker", "decided", "gain"]].to_numpy().tolist() == [
        ["左声道", "客户", "按配置，且开场白与配置相符", "-3.5 dB"],
        ["右声道", "客服", "按配置，且开场白与配置相符", "+12.0 dB"],
    ]


def test_whoever_reviews_settles_the_channels_and_the_call_is_judged_again(
    open_page: OpenPage, demo_url: str
) -> None:
    bring_in(demo_url)
    tested = open_page(demo_url, "call", "qa", call="sound-1")
    assert "AGENT_CHANNEL" in " ".join(w.value for w in tested.warning).replace("\\", "")
    tested.button(key="settle_1").click().run()
    assert not tested.exception
    assert "已重新判定：客服在右声道" in tested.success[0].value
    with session_scope(demo_url) as session:
        now = quality.get_inspection(session, SYSTEM, "sound-1")
        assert {c["decided"] for c in now.transcript.channel_map} == {"by_hand"}
        assert "这不归我管" in {f.quote for f in now.findings if f.verdict == "hit"}
        assert "随便你" in {f.quote for f in now.findings if f.verdict == "cannot_tell"}
    assert [b.key for b in tested.button if b.key and b.key.startswith("settle_")] == ["settle_0"]


@pytest.mark.parametrize("role", ["manager", "supervisor"])
def test_others_see_the_channels_and_cannot_settle_them(
    open_page: OpenPage, demo_url: str, role: str
) -> None:
    bring_in(demo_url)
    tested = open_page(demo_url, "call", role, call="sound-1")
    assert not tested.exception
    assert any("decided" in f.value.columns for f in tested.dataframe)
    assert not [b for b in tested.button if b.key and b.key.startswith("settle_")]


def test_a_call_that_needs_an_ear_is_found_in_the_quality_list(open_page: OpenPage, demo_url: str) -> None:
    bare = open_page(demo_url, "quality", "qa", listen="1")
    assert "没有需要人听的通话" in words(bare)
    bring_in(demo_url)
    tested = open_page(demo_url, "quality", "qa", listen="1")
    assert not tested.exception
    rows = next(f.value for f in tested.dataframe if "severity" in f.value.columns)
    assert rows["call"].tolist() == ["sound-1"]
    assert "秒没有可靠文字" in rows["to_hear"].iloc[0]


def test_what_is_wrong_with_the_recording_stands_before_the_findings(
    open_page: OpenPage, demo_url: str
) -> None:
    left, right = HEARD.channels
    broken = replace(
        HEARD,
        is_complete=False,
        channels=(left, replace(right, echoes=((10.0, 14.2),))),
        to_listen=(Stretch(1, "unknown", 80.0, 82.5, "lost"), Stretch(1, "unknown", 85.0, 86.0, "no_words")),
    )
    bring_in(demo_url, agent_channel=1, heard=broken)
    tested = open_page(demo_url, "call", "qa", call="sound-1")
    assert not tested.exception
    assert tested.warning[0].value.startswith("文件不完整")
    text = words(tested).replace("\\", "")
    assert text.count("文件不完整") == 1
    assert "右声道（客服）有 4.2 秒是另一声道的串音" in text
    # A hole in the file has no sound: it is named, and nobody is sent to listen to it.
    assert "录音在这里有缺损" in text
    assert [b.key for b in tested.button if (b.key or "").startswith("stretch_")] == ["stretch_1"]


def test_a_click_on_a_finding_is_remembered_for_the_player_and_decided_ones_change_the_score(
    open_page: OpenPage, demo_url: str
) -> None:
    bring_in(demo_url, agent_channel=1)
    tested = open_page(demo_url, "call", "qa", call="sound-1")
    hear = next(b for b in tested.button if (b.key or "").startswith("hear_"))
    hear.click().run()
    assert not tested.exception
    assert tested.session_state["play_from"] == (2, 1)  # "这不归我管" at 5 s, three seconds before
    hear.click().run()
    assert tested.session_state["play_from"] == (2, 2)
    before = tested.metric[2].value
    next(b for b in tested.button if (b.key or "").startswith("confirm_")).click().run()
    assert "已" in tested.success[0].value
    assert float(tested.metric[2].value) < float(before)
