"""The whole way: a recording or a transcript in, findings, checks, measures and score out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from inspection.files import AudioError
from inspection.findings import Finding
from inspection.pipeline import (
    CallContext,
    InspectionResult,
    heard_from,
    inspect_audio,
    inspect_transcript,
)
from inspection.sound import listening
from inspection.sound.activity import Activity
from inspection.sound.audio import Audio, AudioInfo
from inspection.sound.engines import load_engine
from inspection.sound.listening import ChannelText, settings_hash
from inspection.speakers import attribute
from inspection.transcript import Segment, Transcript
from tests.inspection.speaking import CLOSING, GREETING, department, talk
from tests.inspection.test_audio import pcm

RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"
BOOK = department()


class Scripted:
    """What is heard on each channel, as the test wrote it: the seam where the speech detector and Whisper stand."""

    name, model_hash, settings_hash = "scripted", "m", "s"
    versions: dict[str, str] = {}

    def __init__(self, *channels: list[Segment], **more: list[dict[str, Any]]) -> None:
        self.channels, self.asked, self.more = list(channels), 0, more

    def texts(self, channels: Any, _engine: Any, on_progress: Callable[[float], None]) -> list[ChannelText]:
        self.asked += 1
        on_progress(0.5)
        on_progress(1.0)
        heard = [*self.channels, *[[]] * len(channels)][: len(channels)]
        nothing: list[dict[str, Any]] = []
        return [
            ChannelText(
                Activity(tuple((s.start, s.end) for s in said), (), 2.0),
                said,
                self.more.get("suppressed", nothing) if i == 0 else [],
                self.more.get("to_listen", nothing) if i == 0 else [],
            )
            for i, said in enumerate(heard)
        ]


def inspected(
    path: Path, context: CallContext, scripted: Scripted, *rest: Any, **more: Any
) -> InspectionResult:
    """`inspect_audio` on a real file, hearing what is scripted."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(listening, "hear_channels", scripted.texts)
        return inspect_audio(path, context, scripted, BOOK, *rest, **more)  # type: ignore[arg-type]


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


def codes(result: InspectionResult) -> list[str]:
    return [w["code"] for w in result.measures["warnings"]]


def test_each_channel_is_heard_by_itself_and_merged_by_time(stereo: Path) -> None:
    progress: list[float] = []
    result = inspected(
        stereo, CallContext("c1", hangup_by="agent"), Scripted(AGENT, CUSTOMER), progress.append
    )
    assert [s.speaker for s in result.transcript.segments] == ["agent", "customer", "agent", "agent"]
    assert [s.channel for s in result.transcript.segments] == [0, 1, 0, 0]
    assert [(f.category, f.quote, f.segment) for f in result.findings] == [("cold", "随便你", 2)]
    assert result.duration_seconds == pytest.approx(20)
    assert (result.call_id, result.engine, result.settings_hash) == (
        "c1",
        "scripted",
        settings_hash(cast(Any, Scripted(AGENT))),
    )
    assert result.rulebook_version == BOOK.version
    assert progress == sorted(progress) and (progress[0], progress[-1]) == (0, 1)
    assert [(c.speaker, c.decided) for c in result.transcript.channels] == [
        ("agent", "confirmed"),
        ("customer", "confirmed"),
    ]
    assert result.transcript.channels[0].gain_db == pytest.approx(6.02, abs=0.01)
    assert result.measures["channels_look_swapped"] is False and codes(result) == []


@pytest.mark.parametrize("right", ["right", 1])
def test_the_agent_may_be_on_the_right(stereo: Path, right: str | int) -> None:
    result = inspected(stereo, CallContext("c1", agent_channel=right), Scripted(CUSTOMER, AGENT))
    assert [f.quote for f in result.findings if f.kind == "banned"] == ["随便你"]
    assert {s.speaker for s in result.transcript.segments if s.channel == 1} == {"agent"}


def test_channels_that_were_connected_the_wrong_way_round_accuse_nobody(stereo: Path) -> None:
    result = inspected(stereo, CallContext("c1"), Scripted(CUSTOMER, AGENT))
    assert result.measures["channels_look_swapped"] is True and codes(result) == ["channels_look_swapped"]
    assert {s.speaker for s in result.transcript.segments} == {"unknown"}
    assert {f.verdict for f in result.findings} == {"cannot_tell"} and result.score.value == 100
    assert "AGENT_CHANNEL" in result.measures["warnings"][0]["en"]


@pytest.mark.parametrize("context", ["mono", None])
def test_two_channels_of_which_nobody_knows_whose_have_no_speakers(stereo: Path, context: str | None) -> None:
    result = inspected(stereo, CallContext("c1", agent_channel=context), Scripted(AGENT, CUSTOMER))
    assert {s.speaker for s in result.transcript.segments} == {"unknown"}
    assert {f.verdict for f in result.findings} == {"cannot_tell"}
    assert result.score.value == 100


@pytest.mark.parametrize("channels", [1, 2])
def test_a_mono_recording_and_its_copy_on_two_channels_have_no_speakers(
    tmp_path: Path, channels: int
) -> None:
    path = pcm(tmp_path / "mono.wav", np.stack([sounding((1, 10))] * channels))
    result = inspected(path, CallContext("c1"), Scripted([said(2, 4, "你懂不懂?")]))
    assert {s.speaker for s in result.transcript.segments} == {"unknown"}
    assert codes(result) == (["speakers_unknown"] if channels == 1 else ["dual_mono"])
    assert {c.decided for c in result.transcript.channels} == {"mono" if channels == 1 else "dual_mono"}


def test_where_one_channel_is_silent_nobody_can_tell_who_is_on_the_other(stereo: Path) -> None:
    result = inspected(stereo, CallContext("c1"), Scripted([said(1, 4, GREETING), said(8, 10, "随便你。")]))
    assert codes(result) == ["one_channel_silent"]
    assert {(f.verdict, f.points) for f in result.findings} == {("cannot_tell", 0)}


def test_a_silent_recording_has_no_findings_and_says_that_it_is_silent(tmp_path: Path) -> None:
    path = pcm(tmp_path / "silent.wav", np.stack([sounding(), sounding()]))
    result = inspected(path, CallContext("c1", hangup_by="agent"), Scripted())
    assert (result.findings, result.transcript.segments, result.score.value) == ((), (), 100)
    assert codes(result) == ["silent"]


def test_sound_without_a_reliable_word_is_not_silence_and_accuses_nobody(stereo: Path) -> None:
    heard = Scripted([], CUSTOMER, to_listen=[{"start": 1.0, "end": 4.0, "reason": "quiet_speech"}])
    result = inspected(stereo, CallContext("c1", hangup_by="agent"), heard)
    assert codes(result) == ["one_channel_silent", "to_listen"]
    only = inspected(
        stereo,
        CallContext("c1", hangup_by="agent"),
        Scripted([], [], to_listen=[{"start": 1.0, "end": 4.0, "reason": "quiet_speech"}]),
    )
    assert codes(only) == ["to_listen"]
    assert only.findings == () and {c.verdict for c in only.checks} == {"cannot_tell", ""}


def test_what_was_invented_and_what_must_be_heard_is_kept_with_its_channel_and_speaker(stereo: Path) -> None:
    heard = Scripted(
        AGENT,
        CUSTOMER,
        suppressed=[{"start": 19.0, "end": 20.0, "text": "请不吝点赞", "reason": "subtitle_on_silence"}],
        to_listen=[{"start": 12.0, "end": 13.0, "reason": "no_words"}],
    )
    shown = inspected(stereo, CallContext("c1"), heard).as_json("zh")
    assert [(s["text"], s["speaker"], s["channel"]) for s in shown["suppressed"]] == [
        ("请不吝点赞", "agent", 0)
    ]
    assert shown["to_listen"] == [
        {"channel": 0, "speaker": "agent", "start": 12.0, "end": 13.0, "reason": "no_words"}
    ]
    assert [w["code"] for w in shown["measures"]["warnings"]] == ["to_listen"]


def test_a_recording_that_breaks_off_owes_no_closing_and_says_so(stereo: Path) -> None:
    content = stereo.read_bytes()
    stereo.write_bytes(content[: len(content) * 6 // 10])
    result = inspected(stereo, CallContext("c1", hangup_by="agent"), Scripted(AGENT[:1], CUSTOMER))
    assert codes(result) == ["truncated"]
    assert "closing" not in {f.category for f in result.findings}


def test_a_hole_in_the_file_is_no_silence_and_may_hold_what_was_not_heard() -> None:
    heard = [
        ChannelText(Activity((), (), 1.0, ((2.0, 3.0),)), said, [], []) for said in (AGENT[1:], CUSTOMER)
    ]
    audio = Audio([], 20.0, AudioInfo("ogg", "opus", 2, 48_000, 20.0), True, holes=((1.0, 4.5),))
    transcript = attribute(heard_from(heard, audio, CallContext("c1", hangup_by="agent")), 0, BOOK)
    assert [(p.channel, p.speaker, p.start, p.end, p.reason) for p in transcript.to_listen] == [
        (0, "agent", 1.0, 4.5, "lost"),
        (1, "customer", 1.0, 4.5, "lost"),
    ]
    found = {f.category: f.verdict for f in inspect_transcript(transcript, BOOK).findings}
    assert found["greeting"] == "cannot_tell"
    assert transcript.channels[0].as_json()["echoes"] == [[2.0, 3.0]]


def test_what_cannot_be_decoded_is_refused_before_the_engine_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"no sound at all")
    engine = Scripted()
    with pytest.raises(AudioError):
        inspected(path, CallContext("c1"), engine)
    assert engine.asked == 0


def test_a_recording_longer_than_allowed_is_refused(stereo: Path) -> None:
    with pytest.raises(AudioError) as error:
        inspected(stereo, CallContext("c1"), Scripted(AGENT, CUSTOMER), max_seconds=5)
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
            *("severity", "points", "needs_review", "steps", "layer", "probability", "stake"),
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
    found = [f for f in result.findings if f.kind != "measure"]
    charged = [f for f in found if f.verdict != "cannot_tell"]

    def is_it(expected: dict[str, Any], f: Finding) -> bool:  # 我打包票 is 打包票 and more
        same = (f.kind, f.category) == (expected["kind"], expected["category"])
        return same and (expected.get("quote") or "") in f.quote

    # Banned wording that a polite agent might use as well is only proposed; what is missing is certain.
    for expected in entry["expected"]:
        assert any(is_it(expected, f) for f in (charged if expected["kind"] == "missing" else found)), (
            expected
        )
    for f in charged:
        assert any(is_it(expected, f) for expected in entry["expected"]), f
        assert f.verdict == ("absent" if f.kind == "missing" else "hit")
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
