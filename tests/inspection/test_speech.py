"""The real Whisper code with the demo checkpoint, the activity in front of it, and engines that cannot be had."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import whisper

from inspection import speech
from inspection.activity import SAMPLE_RATE, gain_for, speech_seconds, speech_spans, windows
from inspection.audio import decode
from inspection.hallucinations import sift
from inspection.speech import DEMO_MODEL, PROFILE, EngineError, load_engine
from inspection.transcript import Segment
from inspection.wording import normalise

RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"
RNG = np.random.default_rng(7)


def noise(seconds: float, level: float) -> np.ndarray[Any, Any]:
    return (RNG.standard_normal(int(seconds * SAMPLE_RATE)) * level).astype(np.float32)


def line(seconds: float, *bursts: tuple[float, float], level: float = 0.1) -> np.ndarray[Any, Any]:
    """A quiet telephone line with louder stretches."""
    channel = noise(seconds, 0.0005)
    for start, end in bursts:
        channel[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] += noise(end - start, level)[
            : int(end * SAMPLE_RATE) - int(start * SAMPLE_RATE)
        ]
    return channel


class TestActivity:
    def test_it_finds_the_loud_stretches(self) -> None:
        spans = speech_spans(line(20, (2, 5), (9, 10)))
        assert len(spans) == 2
        assert spans[0] == pytest.approx((2, 5), abs=0.25) and spans[1] == pytest.approx((9, 10), abs=0.25)

    @pytest.mark.parametrize(
        "channel",
        [
            np.zeros(0, np.float32),
            np.zeros(100, np.float32),
            np.zeros(160_000, np.float32),
            noise(10, 0.0005),
        ],
        ids=["empty", "short", "zeros", "line noise"],
    )
    def test_silence_has_none(self, channel: np.ndarray[Any, Any]) -> None:
        assert speech_spans(channel) == []

    def test_speech_without_any_pause_is_found_whole(self) -> None:
        assert speech_seconds(speech_spans(noise(10, 0.1))) == pytest.approx(10, abs=0.5)

    def test_a_click_is_no_speech(self) -> None:
        assert speech_spans(line(10, (3, 3.04))) == []

    def test_windows_are_short_enough_and_lose_nothing(self) -> None:
        channel = line(130, (1, 20), (21, 60), (80, 81), (83, 125))
        spans = speech_spans(channel)
        cuts = windows(channel, spans)
        assert all(0 < b - a <= 28.0 for a, b in cuts)
        assert all(a2 >= b1 for (_, b1), (a2, _) in pairwise(cuts))
        for a, b in spans:
            assert sum(max(0.0, min(b, y) - max(a, x)) for x, y in cuts) == pytest.approx(b - a, abs=0.01)

    def test_a_long_silence_is_left_out_of_the_windows(self) -> None:
        channel = line(40, (1, 3), (20, 22))
        assert len(windows(channel, speech_spans(channel))) == 2

    def test_the_gain_follows_the_speech_and_not_a_beep(self) -> None:
        quiet = line(20, (1, 15), level=0.01)
        beeping = quiet.copy()
        beeping[17 * SAMPLE_RATE : 18 * SAMPLE_RATE] += 0.9
        assert gain_for(quiet) > 3
        assert gain_for(beeping) == pytest.approx(gain_for(quiet), rel=0.2)

    def test_silence_is_not_turned_up(self) -> None:
        assert gain_for(np.zeros(16000, np.float32)) == 1.0


class TestInvented:
    SPOKEN = [(0.0, 5.0)]

    @pytest.mark.parametrize(
        "text",
        ["请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "字幕by索兰娅", "謝謝觀看", "Thanks for watching!"],
    )
    def test_a_subtitle_on_silence_is_set_aside_and_kept_for_the_record(self, text: str) -> None:
        kept, dropped = sift([Segment("unknown", 10, 12, text)], self.SPOKEN)
        assert kept == []
        assert dropped == [{"start": 10, "end": 12, "text": text, "reason": "subtitle_on_silence"}]

    @pytest.mark.parametrize("text", ["谢谢观看", "下次再见。", "谢谢大家"])
    def test_the_same_words_stay_where_somebody_speaks(self, text: str) -> None:
        assert sift([Segment("unknown", 3, 5, text)], self.SPOKEN)[1] == []

    def test_a_loop_nobody_could_speak_so_fast_is_set_aside(self) -> None:
        (dropped,) = sift([Segment("unknown", 1, 3, "好的" * 50)], self.SPOKEN)[1]
        assert dropped["reason"] == "repetition"

    def test_a_person_who_repeats_himself_is_heard(self) -> None:
        assert sift([Segment("unknown", 1, 4, "喂喂喂喂喂喂喂喂")], self.SPOKEN)[1] == []


class TestEnginesThatCannotBeHad:
    def refusal(self, model: str) -> EngineError:
        with pytest.raises(EngineError) as error:
            load_engine(model, 1)
        assert error.value.zh and error.value.en and "\n" not in error.value.en
        return error.value

    def test_an_unknown_name_is_answered_with_the_known_ones(self) -> None:
        error = self.refusal("gigantic")
        assert error.code == "model_unknown" and "small" in error.en and "demo" in error.en

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        assert self.refusal(str(tmp_path / "none.pt")).code == "model_unknown"

    @pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04" + bytes(100), bytes(5000)])
    def test_a_file_that_is_no_checkpoint(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.pt"
        path.write_bytes(content)
        assert self.refusal(str(path)).code == "model_unreadable"

    def test_a_truncated_checkpoint(self, tmp_path: Path) -> None:
        path = tmp_path / "half.pt"
        path.write_bytes(DEMO_MODEL.read_bytes()[:100_000])
        assert self.refusal(str(path)).code == "model_unreadable"

    def test_no_network(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nothing downloaded before
        monkeypatch.setitem(whisper._MODELS, "tiny", "http://127.0.0.1:9/" + "0" * 64 + "/tiny.pt")
        error = self.refusal("tiny")
        assert error.code == "no_network" and "WHISPER_MODEL" in error.zh

    def test_a_failure_is_not_remembered(self, tmp_path: Path) -> None:
        path = tmp_path / "model.pt"
        path.write_bytes(b"not yet")
        self.refusal(str(path))
        path.write_bytes(DEMO_MODEL.read_bytes())
        assert load_engine(str(path), 1).name == "model"


def test_the_profile_is_part_of_the_settings_hash_and_has_no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    first = speech.WhisperEngine("a", None, "hash")
    assert first.settings_hash == speech.WhisperEngine("b", None, "hash").settings_hash
    assert first.settings_hash != speech.WhisperEngine("a", None, "other").settings_hash
    monkeypatch.setattr(speech, "PROFILE", speech.Profile(language="yue"))
    assert first.settings_hash != speech.WhisperEngine("a", None, "hash").settings_hash
    assert PROFILE.language == "zh" and "prompt" not in json.dumps(list(PROFILE.__dataclass_fields__))


@pytest.mark.speech
class TestWhisper:
    def test_it_is_loaded_once_and_knows_its_own_weights(self) -> None:
        one, two = load_engine("demo", 1), load_engine(str(DEMO_MODEL), 1)
        assert one is two and one.name == "demo"
        import hashlib

        assert one.model_hash == hashlib.sha256(DEMO_MODEL.read_bytes()).hexdigest()
        assert set(one.versions) == {"openai-whisper", "torch", "profile"}

    def test_a_real_recording_is_heard_at_the_right_seconds_and_twice_the_same(self) -> None:
        script = json.loads((RECORDINGS / "manifest.json").read_text(encoding="utf-8"))["recordings"]
        entry = next(r for r in script if r["layout"] == "two_channel")
        audio = decode(RECORDINGS / entry["file"])
        engine, progress = load_engine("demo", 1), list[float]()
        agent = audio.channels[entry["agent_channel"]][: 20 * SAMPLE_RATE]
        heard = engine.transcribe(agent, progress.append)
        assert heard == engine.transcribe(agent)
        assert all(s.speaker == "unknown" and s.text.strip() and 0 <= s.start <= s.end <= 20 for s in heard)
        assert all(s.confidence is not None and 0 < s.confidence <= 1 for s in heard)
        first = next(t for t in entry["turns"] if t["speaker"] == "agent")
        assert heard[0].start == pytest.approx(first["start"], abs=0.5)
        assert normalise(heard[0].text).text.startswith(normalise(first["text"]).text[:2])
        assert progress == sorted(progress) and progress[-1] == 1.0

    def test_silence_gives_no_text_and_asks_no_model(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("Whisper was asked about silence")

        monkeypatch.setattr("whisper.transcribe", refuse)
        progress: list[float] = []
        assert load_engine("demo", 1).transcribe(noise(10, 0.0003), progress.append) == []
        assert progress == [1.0]
