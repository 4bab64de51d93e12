"""`manage.py inspect`: what it answers, what it refuses, and with which exit status."""

from __future__ import annotations

import json
import os
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import manage
from inspection.sound.audio import SAMPLE_RATE, decode
from tests.inspection.speaking import CLOSING, GREETING, talk

RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"
PRESETS = "goods_sales,office_building_property,hospital_callback"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from settings import get_settings

    monkeypatch.chdir(tmp_path)  # no .env of this checkout
    monkeypatch.setenv("WHISPER_THREADS", "1")  # tests run beside one another
    get_settings.cache_clear()


@pytest.fixture
def rude(tmp_path: Path) -> Path:
    path = tmp_path / "rude.json"
    call = talk(
        ("agent", GREETING), ("customer", "我要退货。"), ("agent", "这不归我管。"), ("agent", CLOSING)
    )
    path.write_text(json.dumps(call.as_json(), ensure_ascii=False), encoding="utf-8")
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    status = manage.main(["inspect", "--json", "--rulebook", PRESETS, *map(str, arguments)])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def test_a_transcript_is_answered_in_the_contracts_shape(
    capsys: pytest.CaptureFixture[str], rude: Path
) -> None:
    status, document, _ = answer(capsys, rude)
    assert status == 0 and document["refused"] == []
    (call,) = document["calls"]
    assert set(call) >= {
        "call_id",
        "engine",
        "duration_seconds",
        "segments",
        "findings",
        "measures",
        "score",
        "suppressed",
    }
    (finding,) = call["findings"]
    assert (finding["category"], finding["quote"], finding["verdict"], finding["kind"]) == (
        "shirking",
        "这不归我管",
        "hit",
        "banned",
    )
    assert call["score"] == 95


def test_the_steps_are_in_the_language_asked_for(capsys: pytest.CaptureFixture[str], rude: Path) -> None:
    zh = answer(capsys, rude, "--lang", "zh")[1]["calls"][0]["findings"][0]["steps"][0]["text"]
    en = answer(capsys, rude, "--lang", "en")[1]["calls"][0]["findings"][0]["steps"][0]["text"]
    assert "服务忌语" in zh and "banned wording" in en


def test_without_json_there_is_a_table(capsys: pytest.CaptureFixture[str], rude: Path) -> None:
    assert manage.main(["inspect", "--rulebook", PRESETS, str(rude)]) == 0
    out = capsys.readouterr().out
    assert "推诿" in out and "这不归我管" in out and "95 / 100" in out


@pytest.fixture
def callback(tmp_path: Path) -> Path:
    """A callback with something of everything: banned words, a phrase missing, one left open, a step left out, a long silence."""
    call = talk(
        ("agent", "今天好,请问是陈先生吗?"), ("customer", "是的。"), ("agent", "我是人民医院的回访员,您恢复得怎么样?"),
        ("customer", "还可以。"), 35.0, ("agent", "请按时吃药。"), ("customer", "我不太满意。"), ("agent", "随便你。"),
        kind="callback_inpatient", direction="outbound", hangup_by="unknown",
    )  # fmt: skip
    path = tmp_path / "callback.json"
    path.write_text(json.dumps({**call.as_json(), "rings": 3}, ensure_ascii=False), encoding="utf-8")
    return path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert manage.main(["inspect", "--rulebook", PRESETS, *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_one_file_is_explained_to_the_last_step(capsys: pytest.CaptureFixture[str], callback: Path) -> None:
    out = shown(capsys, callback)
    for words in (
        "[发现的问题]", "“今天好”与“您好”读音相近", "开场：从客服第一句话", "不知道是谁先挂机", "超过 30 秒", "响到第 3 声仍无人接听即超限",
        "[应说的用语]", "✗ 没有说    祝愿", "? 无法判断  问候", "✓ 说了      自我介绍", "没有出现需要说这句话的情形",
        "[规定流程]", "✓ 说了      2. 自我介绍", "? 无法判断  8. 感谢", "9. 登记回访信息",
        "[测量]", "客服说话占比", "超过 90%", "[评分]", "满分 100 分",
    ):  # fmt: skip
        assert words in out, words


def test_the_explanation_is_in_english_too(capsys: pytest.CaptureFixture[str], callback: Path) -> None:
    out = shown(capsys, callback, "--lang", "en")
    for words in (
        "[What was found]", "sounds like", "[Phrases owed]", "✗ not said", "who hung up first is not known",
        "[Steps of the script]", "not heard", "[Measures]", "agent's share of the talk", "[Score]", "100 points to begin with",
    ):  # fmt: skip
        assert words in out, words
    own = [line for line in out.splitlines() if "rings before" in line or line.startswith("[")]
    assert len(own) > 5 and not any("\u4e00" <= c <= "\u9fff" for line in own for c in line)


def test_of_several_files_only_the_tables_are_shown_unless_asked(
    capsys: pytest.CaptureFixture[str], callback: Path, rude: Path
) -> None:
    assert "[测量]" not in shown(capsys, callback, rude)
    assert shown(capsys, callback, rude, "--explain").count("[测量]") == 2
    assert "[测量]" not in shown(capsys, callback, "--no-explain")


def test_a_chat_is_explained_without_measures_of_speech(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "chat.json"
    call = talk(("agent", "您好"), ("customer", "在吗"), channel="chat", kind="chat")
    path.write_text(json.dumps(call.as_json(), ensure_ascii=False), encoding="utf-8")
    out = shown(capsys, path)
    assert "[应说的用语]" in out and "[测量]" not in out and "[规定流程]" not in out


def test_what_is_refused_is_named_and_the_rest_is_done(
    capsys: pytest.CaptureFixture[str], rude: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(
        '{"call_id": "x", "segments": [{"start": 3, "end": 1, "text": "您好"}]}', encoding="utf-8"
    )
    broken = tmp_path / "broken.json"
    broken.write_text('{"call_id": ', encoding="utf-8")
    latin = tmp_path / "latin.json"
    latin.write_bytes(b'{"call_id": "\xff\xfe"}')
    deep = tmp_path / "deep.json"
    deep.write_text('{"a":' + "[" * 100_000, encoding="utf-8")
    noise = tmp_path / "noise.wav"
    noise.write_bytes(bytes(range(256)) * 20)
    files = [wrong, broken, latin, deep, noise, tmp_path, tmp_path / "nothing.wav"]
    status, document, err = answer(capsys, *files, rude, "--lang", "en")
    assert status == 1
    assert [c["call_id"] for c in document["calls"]] == ["call-1"]
    reasons = {r["file"]: r["reason"] for r in document["refused"]}
    assert set(reasons) == {str(f) for f in files}
    assert "segments[0].end" in reasons[str(wrong)]
    assert "line 1" in reasons[str(broken)] and "UTF-8" in reasons[str(latin)]
    assert "not an audio file" in reasons[str(noise)]
    assert "Traceback" not in err


def test_a_damaged_demo_recording_is_refused_and_needs_no_model(capsys: pytest.CaptureFixture[str]) -> None:
    (damaged,) = RECORDINGS.glob("*_c17.ogg")
    status, document, _ = answer(capsys, damaged, "--model", "no-such-model")
    assert status == 1 and len(document["refused"]) == 1


def test_an_unknown_rulebook_is_one_line_and_status_two(
    capsys: pytest.CaptureFixture[str], rude: Path
) -> None:
    assert manage.main(["inspect", str(rude), "--rulebook", "nowhere"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "nowhere" in captured.err


def test_an_unknown_model_is_one_line_and_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    (short,) = RECORDINGS.glob("*_c05.wav")
    assert manage.main(["inspect", "--json", str(short), "--model", "gigantic", "--rulebook", PRESETS]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "gigantic" in captured.err and "Traceback" not in captured.err


def test_the_rulebook_decides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    call = talk(("agent", "你好"), ("customer", "在吗"), ("agent", "亲,在的"), channel="chat", kind="chat")
    path.write_text(json.dumps(call.as_json(), ensure_ascii=False), encoding="utf-8")
    in_shop = answer(capsys, path, "--rulebook", "ecommerce_shop")[1]["calls"][0]
    elsewhere = answer(capsys, path)[1]["calls"][0]
    assert [f["category"] for f in in_shop["findings"]] == ["informal_nihao"]
    assert [f["category"] for f in elsewhere["findings"]] != ["informal_nihao"]
    assert in_shop["rulebook"] != elsewhere["rulebook"]


class TestManifest:
    def context(self, recording: Path, *options: str) -> Any:
        from commands.inspect import _Desk
        from settings import get_settings

        arguments = manage.build_parser().parse_args(["inspect", str(recording), *options])
        return _Desk(arguments, get_settings()).context_of(recording)

    def test_it_tells_about_the_recording_beside_it(self, tmp_path: Path) -> None:
        entry = {
            "file": "a.wav",
            "call_id": "C-7",
            "kind": "complaint",
            "direction": "outbound",
            "hangup_by": "agent",
            "agent_channel": 1,
            "rings": 4,
        }
        (tmp_path / "manifest.json").write_text(json.dumps({"recordings": [entry]}))
        context = self.context(tmp_path / "a.wav")
        assert (context.call_id, context.kind, context.direction, context.hangup_by) == (
            "C-7",
            "complaint",
            "outbound",
            "agent",
        )
        assert (context.agent_index, context.rings) == (1, 4)

    def test_options_come_before_it(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_text(
            '{"recordings": [{"file": "a.wav", "kind": "complaint", "agent_channel": 1}]}'
        )
        context = self.context(
            tmp_path / "a.wav", "--kind", "other", "--agent-channel", "left", "--hangup-by", "customer"
        )
        assert (context.kind, context.agent_index, context.hangup_by) == ("other", 0, "customer")

    def test_without_one_the_file_names_the_call(self, tmp_path: Path) -> None:
        context = self.context(tmp_path / "20261121_001.wav")
        assert (context.call_id, context.kind, context.agent_index) == ("20261121_001", "inbound_service", 0)

    def test_mono_means_that_nobody_knows(self, tmp_path: Path) -> None:
        assert self.context(tmp_path / "a.wav", "--agent-channel", "mono").agent_index is None

    @pytest.mark.parametrize(
        "content",
        ["not json", "[]", '{"recordings": 5}', '{"recordings": [{"file": "a.wav", "kind": "nonsense"}]}'],
    )
    def test_a_bad_one_is_refused_or_passed_over_but_never_a_crash(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str
    ) -> None:
        (tmp_path / "manifest.json").write_text(content)
        (tmp_path / "a.wav").write_bytes(b"no sound")
        status, document, err = answer(capsys, tmp_path / "a.wav")
        assert status == 1 and len(document["refused"]) == 1 and "Traceback" not in err


@pytest.mark.speech
def test_a_demo_recording_is_heard_with_its_manifest_and_progress_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (short,) = RECORDINGS.glob("*_c05.wav")
    status, document, err = answer(capsys, short, "--model", "demo")
    assert status == 0
    (call,) = document["calls"]
    assert call["call_id"] == "c05" and call["engine"] == "demo"
    assert {s["speaker"] for s in call["segments"]} == {"agent", "customer"}
    assert "100%" in err
    assert not any(f["category"] == "closing" for f in call["findings"])  # the customer hung up first


@pytest.mark.speech
def test_what_one_line_overhears_of_the_other_is_told_in_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The customer in the agent's line, 20 dB lower and a little late: not the agent's words, and not without a trace."""
    (short,) = RECORDINGS.glob("*_c05.wav")
    agent, customer = (np.asarray(c)[: 20 * SAMPLE_RATE] for c in decode(short).channels)
    overhearing = agent + np.float32(0.1) * np.concatenate([np.zeros(800, np.float32), customer[:-800]])
    with wave.open(str(tmp_path / "echo.wav"), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((np.stack([overhearing, customer], axis=1) * 32767).astype("<i2").tobytes())
    status, document, _ = answer(capsys, tmp_path / "echo.wav", "--model", "demo")
    (call,) = document["calls"]
    assert status == 0 and sum(b - a for a, b in call["channels"][0]["echoes"]) > 3
    assert call["channels"][1]["echoes"] == []
    assert not any("广州" in s["text"] for s in call["segments"] if s["speaker"] == "agent")
    for lang, told in (("zh", "第 1 声道（客服）有 "), ("en", "channel 1 (Agent) overhears the other for ")):
        assert manage.main(["inspect", "--model", "demo", "--lang", lang, str(tmp_path / "echo.wav")]) == 0
        assert told in capsys.readouterr().out


def test_strange_files_are_refused_one_by_one_and_end_nothing(
    capsys: pytest.CaptureFixture[str], rude: Path, tmp_path: Path
) -> None:
    pipe, folder, unknown = tmp_path / "pipe.wav", tmp_path / "folder.wav", tmp_path / "unknown.wav"
    os.mkfifo(pipe)  # opened like a file it would be waited for without end
    folder.mkdir()
    head = struct.pack("<HHIIHH", 0x1234, 1, 8000, 8000, 1, 8)  # a coding that nobody knows
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", 8000) + bytes(8000)
    unknown.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    no_text = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.wav")
    Path(no_text).write_bytes(b"nothing")
    status, document, told = answer(capsys, pipe, folder, unknown, no_text, rude)
    assert status == 1
    assert [call["call_id"] for call in document["calls"]] == [json.loads(rude.read_text("utf-8"))["call_id"]]
    reasons = [entry["reason"] for entry in document["refused"]]
    assert reasons[:2] == ["不是普通文件"] * 2
    assert "编码方式无法识别" in reasons[2] and "不是录音文件" in reasons[3]
    assert "Traceback" not in told
    json.dumps(document, ensure_ascii=False).encode("utf-8")  # also where a name is no text
