"""The whole way: a recording or a transcript in, findings, checks, measures and score out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspection.audio import AudioError
from inspection.pipeline import CallContext, inspect_audio, inspect_transcript
from inspection.speech import load_engine
from inspection.transcript import Segment, Transcript
from tests.inspection.speaking import CLOSING, GREETING, department, talk
from tests.inspection.test_audio import pcm

RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"
BOOK = department()


class Scripted:
    """An engine that says what the test wrote for the loudness of the channel; the seam where Whisper stands."""

    name, model_hash, settings_hash = "scripted", "m", "s"
    versions: dict[str, str] = {}

    def __init__(self, *channels: list[Segment]) -> None:
        self.channels, self.asked = list(channels), 0

    def transcribe(self, audio: Any, on_progress: Callable[[float], None] | None = None) -> list[Segment]:
        self.asked += 1
        if on_progress:
            on_progress(0.5)
            on_progress(1.0)
        return self.channels.pop(0)


def sounding(*stretches: tuple[float, float], seconds: float = 20.0) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(3)
    channel = rng.normal(0, 0.0003, int(seconds * 8000))
    for a, b in stretches:
        channel[int(a * 8000) : int(b * 8000)] += rng.normal(0, 0.1, int(b * 8000) - int(a * 8000))
    return channel


def said(start: float, end: float, text: str) -> Segment:
    return Segment("unknown", start, end, text, 0.9)


AGENT = [said(1, 4, GREETING), said(8, 10, "随便你。"), said(15, 18, CLOSING)]
CUSTOMER = [said(5, 7, "急什么,我要退货。")]


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    return pcm(tmp_path / "call.wav", np.stack([sounding((1, 4), (8, 10), (15, 18)), sounding((5, 7))]))


def test_each_channel_is_heard_by_itself_and_merged_by_time(stereo: Path) -> None:
    progress: list[float] = []
    result = inspect_audio(
        stereo, CallContext("c1", hangup_by="agent"), Scripted(AGENT, CUSTOMER), BOOK, progress.append
    )
    assert [s.speaker for s in result.transcript.segments] == ["agent", "customer", "agent", "agent"]
    assert [(f.category, f.quote, f.segment) for f in result.findings] == [("cold", "随便你", 2)]
    assert result.duration_seconds == pytest.approx(20)
    assert (result.call_id, result.engine, result.settings_hash) == ("c1", "scripted", "s")
    assert result.rulebook_version == BOOK.version
    assert progress == sorted(progress) and (progress[0], progress[-1]) == (0, 1)


@pytest.mark.parametrize("right", ["right", 1])
def test_the_agent_may_be_on_the_right(stereo: Path, right: str | int) -> None:
    result = inspect_audio(stereo, CallContext("c1", agent_channel=right), Scripted(AGENT, CUSTOMER), BOOK)
    assert [f.quote for f in result.findings if f.kind == "banned"] == ["急什么"]


def test_channels_that_look_swapped_are_reported_and_left_alone(stereo: Path) -> None:
    result = inspect_audio(
        stereo,
        CallContext("c1"),
        Scripted([said(2, 3, "我要退货。")], [said(5, 6, GREETING), said(6, 7, "请问您是哪位?谢谢夸奖。")]),
        BOOK,
    )
    assert result.measures["channels_look_swapped"] is True
    assert result.transcript.segments[0].speaker == "agent"
    right = inspect_audio(stereo, CallContext("c1"), Scripted(AGENT, CUSTOMER), BOOK)
    assert right.measures["channels_look_swapped"] is False and right.measures["warnings"] == []


@pytest.mark.parametrize("context", ["mono", None])
def test_two_channels_of_which_nobody_knows_whose_have_no_speakers(stereo: Path, context: str | None) -> None:
    result = inspect_audio(stereo, CallContext("c1", agent_channel=context), Scripted(AGENT, CUSTOMER), BOOK)
    assert {s.speaker for s in result.transcript.segments} == {"unknown"}
    assert {f.verdict for f in result.findings} == {"cannot_tell"}
    assert result.score.value == 100


@pytest.mark.parametrize("channels", [1, 2])
def test_a_mono_recording_and_its_copy_on_two_channels_have_no_speakers(
    tmp_path: Path, channels: int
) -> None:
    path = pcm(tmp_path / "mono.wav", np.stack([sounding((1, 10))] * channels))
    result = inspect_audio(path, CallContext("c1"), Scripted([said(2, 4, "你懂不懂?")]), BOOK)
    assert {s.speaker for s in result.transcript.segments} == {"unknown"}
    codes = [w["code"] for w in result.measures["warnings"]]
    assert codes == (["speakers_unknown"] if channels == 1 else ["dual_mono"])


def test_a_silent_channel_is_never_transcribed(tmp_path: Path) -> None:
    path = pcm(tmp_path / "one.wav", np.stack([sounding((1, 4)), sounding()]))
    engine = Scripted([said(1, 4, GREETING)])
    inspect_audio(path, CallContext("c1"), engine, BOOK)
    assert engine.asked == 1


def test_a_silent_recording_has_no_findings_and_says_that_it_is_silent(tmp_path: Path) -> None:
    path = pcm(tmp_path / "silent.wav", np.stack([sounding(), sounding()]))
    result = inspect_audio(path, CallContext("c1", hangup_by="agent"), Scripted(), BOOK)
    assert (result.findings, result.transcript.segments, result.score.value) == ((), (), 100)
    assert [w["code"] for w in result.measures["warnings"]] == ["silent"]


def test_a_subtitle_on_silence_is_kept_apart(stereo: Path) -> None:
    result = inspect_audio(
        stereo, CallContext("c1"), Scripted([*AGENT, said(19, 20, "请不吝点赞")], CUSTOMER), BOOK
    )
    assert [(s["text"], s["speaker"]) for s in result.suppressed] == [("请不吝点赞", "agent")]
    assert all("点赞" not in s.text for s in result.transcript.segments)


def test_a_recording_that_breaks_off_owes_no_closing_and_says_so(stereo: Path) -> None:
    content = stereo.read_bytes()
    stereo.write_bytes(content[: len(content) * 6 // 10])
    result = inspect_audio(stereo, CallContext("c1", hangup_by="agent"), Scripted(AGENT[:1], CUSTOMER), BOOK)
    assert [w["code"] for w in result.measures["warnings"]] == ["truncated"]
    assert "closing" not in {f.category for f in result.findings}


def test_what_cannot_be_decoded_is_refused_before_the_engine_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"no sound at all")
    with pytest.raises(AudioError):
        inspect_audio(path, CallContext("c1"), Scripted(), BOOK)


def test_a_recording_longer_than_allowed_is_refused(stereo: Path) -> None:
    with pytest.raises(AudioError) as error:
        inspect_audio(stereo, CallContext("c1"), Scripted(AGENT, CUSTOMER), BOOK, max_seconds=5)
    assert error.value.code == "too_long"


def test_a_transcript_gives_the_same_every_time_and_the_shape_of_the_contract() -> None:
    call = talk(
        ("agent", GREETING), ("customer", "我要退货。"), ("agent", "这不归我管。"), hangup_by="agent", rings=5
    )
    one, two = inspect_transcript(call, BOOK), inspect_transcript(call, BOOK)
    assert one == two
    shown = json.loads(json.dumps(one.as_json("en"), default=float))
    assert set(shown) >= {
        "call_id",
        "engine",
        "duration_seconds",
        "segments",
        "findings",
        "measures",
        "score",
        "suppressed",
    }
    assert shown["engine"] == "transcript" and shown["score"] == 100 - 5 - 5
    assert {f["category"] for f in shown["findings"]} == {"shirking", "closing", "agent_hangup", "rings"}
    for finding in shown["findings"]:
        assert set(finding) == {
            *("rule", "kind", "category", "verdict", "phase", "segment", "start", "end", "quote", "clauses"),
            *("severity", "points", "needs_review", "steps"),
        }
        assert all(set(s) == {"text", "clause"} for s in finding["steps"])


def test_another_wording_is_another_transcript() -> None:
    one = inspect_transcript(talk(("agent", GREETING)), BOOK)
    two = inspect_transcript(talk(("agent", GREETING + "嗯")), BOOK)
    assert one.settings_hash != two.settings_hash


def test_an_empty_transcript_is_no_reason_to_crash() -> None:
    result = inspect_transcript(Transcript("c"), BOOK)
    assert (result.findings, result.duration_seconds, result.score.value) == ((), 0, 100)


def script_of(entry: dict[str, Any]) -> Transcript:
    """What a recogniser without a fault would write of a demo recording."""
    is_known = entry["layout"] != "mono"
    segments = [{**t, "speaker": t["speaker"] if is_known else "unknown"} for t in entry["turns"]]
    return Transcript.from_json(
        {
            **{k: entry[k] for k in ("call_id", "channel", "direction", "kind", "hangup_by")},
            "segments": segments,
        }
    )


DEMO = json.loads((RECORDINGS / "manifest.json").read_text(encoding="utf-8"))["recordings"]


@pytest.mark.parametrize("entry", [pytest.param(e, id=e["call_id"]) for e in DEMO if e["turns"]])
def test_every_demo_script_is_found_out_and_nothing_innocent_is_charged(entry: dict[str, Any]) -> None:
    result = inspect_transcript(script_of(entry), BOOK)
    charged = [f for f in result.findings if f.verdict != "cannot_tell" and f.kind != "measure"]
    found = {(f.kind, f.category, f.quote) for f in charged}
    assert {(e["kind"], e["category"], e.get("quote") or "") for e in entry["expected"]} <= found
    for innocent in entry["lookalikes"]:
        assert not any(
            f.kind == "banned" and f.start < innocent["end"] and f.end > innocent["start"] for f in charged
        )


@pytest.mark.speech
def test_a_demo_recording_goes_the_whole_way_through_whisper() -> None:
    entry = next(e for e in DEMO if e["layout"] == "two_channel" and e["duration_seconds"] < 40)
    context = CallContext(
        entry["call_id"],
        entry["channel"],
        entry["direction"],
        entry["kind"],
        entry["hangup_by"],
        entry["agent_channel"],
    )
    result = inspect_audio(RECORDINGS / entry["file"], context, load_engine("demo", 1), BOOK)
    assert {s.speaker for s in result.transcript.segments} == {"agent", "customer"}
    assert result.engine == "demo" and len(result.model_hash) == 64
    assert result.duration_seconds == pytest.approx(entry["duration_seconds"], abs=0.5)
    assert len(result.checks) > 3


@pytest.mark.speech
def test_the_silent_and_the_damaged_demo_recordings() -> None:
    silent = next(e for e in DEMO if e["layout"] == "silent")
    damaged = next(e for e in DEMO if e["layout"] == "damaged")
    engine = load_engine("demo", 1)
    assert (
        inspect_audio(RECORDINGS / silent["file"], CallContext("s"), engine, BOOK).transcript.segments == ()
    )
    with pytest.raises(AudioError):
        inspect_audio(RECORDINGS / damaged["file"], CallContext("d"), engine, BOOK)
