"""The default engine with the demo checkpoint on real windows: batches, retries, word times, precision."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
import torch
import whisper.timing
from whisper.decoding import DecodingOptions

from inspection.sound.activity import listen
from inspection.sound.engines import PROFILE, Heard, Profile, load_engine
from inspection.sound.packing import Window, pack
from inspection.speech import checkpoints, decoding, precision, whisper_engine
from inspection.speech.alignment import _FILTER_WIDTH, _POSITIONS_PER_SECOND, median_filter, warp
from inspection.speech.decoding import Decoded, Encoded, bytes_per_window, decode, encode, through
from inspection.speech.whisper_engine import WhisperEngine
from inspection.text.wording import normalise
from tests.inspection.sounds import FloatArray, demo, line, music, spoken

pytestmark = pytest.mark.speech


@cache
def packed(
    call: str, channel: int, longest: float = PROFILE.window_seconds
) -> tuple[tuple[Window, ...], list[FloatArray]]:
    _, audio = demo(call)
    activity = listen(audio.channels[channel])
    windows = tuple(pack(activity.speech, longest, PROFILE.gap_seconds))
    return windows, [w.samples(audio.channels[channel], activity.gain) for w in windows]


@cache
def sounds() -> tuple[FloatArray, ...]:
    """Four windows of 2 to 5 s, not in order: short, because most of these tests hear them several times."""
    agent, customer = packed("c06", 0, 5.0)[1], packed("c06", 1, 5.0)[1]
    return customer[6], customer[0], agent[7], agent[1]


def engine(profile: Profile = PROFILE) -> WhisperEngine:
    loaded = load_engine("demo", 1, precision="float32")
    assert isinstance(loaded, WhisperEngine)
    return WhisperEngine("demo", loaded._model, loaded.model_hash, "float32", profile)


@cache
def heard() -> tuple[Heard, ...]:
    return tuple(engine().hear(sounds()))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    """Temperature and number of windows of every decode."""
    calls: list[tuple[float, int]] = []

    def counted(model: Any, sound: Encoded, options: DecodingOptions, seed: int, on_step: Any) -> Any:
        calls.append((options.temperature, len(sound)))
        return decode(model, sound, options, seed, on_step)

    monkeypatch.setattr(whisper_engine, "decode", counted)
    return calls


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of windows of every encode."""
    calls: list[int] = []

    def counted(model: Any, windows: Sequence[FloatArray], on_window: Any = None) -> Encoded:
        calls.append(len(windows))
        return encode(model, windows, on_window)

    monkeypatch.setattr(whisper_engine, "encode", counted)
    return calls


def same(one: Sequence[Heard], other: Sequence[Heard]) -> bool:
    """The same words at the same seconds; probabilities may differ in their last digits with the batch."""
    return all(
        a.raw == b.raw
        and a.temperature == b.temperature
        and a.has_failed == b.has_failed
        and a.mean_logprob == pytest.approx(b.mean_logprob, abs=1e-3)
        and [w.raw for w in a.words] == [w.raw for w in b.words]
        and [t for w in a.words for t in (w.start, w.end)]
        == pytest.approx([t for w in b.words for t in (w.start, w.end)], abs=0.021)
        for a, b in zip(one, other, strict=True)
    )


class TestWindows:
    def test_the_words_are_the_text_and_stand_in_order_within_the_window(self) -> None:
        for samples, answer in zip(sounds(), heard(), strict=True):
            assert answer.raw and "".join(w.raw for w in answer.words) == answer.raw
            assert not answer.has_failed and answer.temperature == 0 and -1 < answer.mean_logprob < 0
            ends = 0.0
            for word in answer.words:
                assert ends - 0.021 <= word.start <= word.end <= len(samples) / 16_000
                assert 0 < word.probability <= 1
                ends = word.end

    def test_a_window_is_heard_the_same_alone_and_in_any_order(self) -> None:
        assert same(heard(), [engine().hear([s])[0] for s in sounds()])
        assert same(heard(), engine().hear(sounds()[::-1])[::-1])

    def test_one_is_encoded_once_and_decoded_once_if_nothing_fails(
        self, decoded: list[tuple[float, int]], encoded: list[int]
    ) -> None:
        engine().hear(sounds())
        assert decoded == [(0.0, len(sounds()))] and encoded == [len(sounds())]

    def test_more_windows_than_a_batch_are_answered_in_their_order(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(whisper_engine, "_LARGEST_BATCH", 3)
        told: list[int] = []
        assert same(heard(), engine().hear(sounds(), told.append))
        assert sum(told) == len(sounds()) and max(told) <= 3

    @pytest.mark.parametrize(
        "window", [np.zeros(0, np.float32), np.zeros(1, np.float32), np.ones(15, np.float32)]
    )
    def test_next_to_no_sound_is_no_text(self, window: FloatArray) -> None:
        assert [h.raw for h in engine().hear([window])] == [""]

    def test_no_windows_at_all(self) -> None:
        assert engine().hear([]) == []

    def test_a_window_that_whisper_would_cut_off_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"30\.0 s; Whisper hears 30 s"):
            engine().hear([np.zeros(480_001, np.float32)])

    def test_a_caller_can_stop_it_within_a_batch(self) -> None:
        class Stop(Exception):
            pass

        def stop(_count: int) -> None:
            raise Stop

        with pytest.raises(Stop):
            engine().hear(sounds(), stop)
        assert same(heard()[:1], engine().hear(sounds()[:1]))  # and it is as good as before

    def test_it_can_be_stopped_between_two_tokens_and_tells_of_a_window_when_it_has_ended(self) -> None:
        class Stop(Exception):
            pass

        told: list[int] = []
        answers = engine().hear(sounds(), told.append)
        encoding, rest = told[: len(sounds())], told[len(sounds()) :]
        assert not any(encoding) and sum(rest) == len(sounds())
        assert rest.index(1) < len(rest) - 5  # the others still speak
        assert len(rest) > max(len(a.words) for a in answers)  # a token is a word, or less

        def stop(_count: int) -> None:
            told.pop()
            if len(told) == len(rest) // 2:
                raise Stop

        with pytest.raises(Stop):
            engine().hear(sounds(), stop)
        assert same(heard()[:1], engine().hear(sounds()[:1]))

    @pytest.mark.parametrize(
        "window", [np.zeros(160_000, np.float32), line(10, 0.02), line(10, 0.2), music(25)], ids=len
    )
    def test_where_nobody_speaks_nothing_is_heard_and_the_prompt_does_not_come_back(
        self, window: FloatArray
    ) -> None:
        (answer,) = engine().hear([window])
        assert answer.raw == "" and answer.words == ()


class TestFailing:
    def test_only_the_windows_that_fail_are_asked_again_from_what_was_encoded(
        self, decoded: list[tuple[float, int]], encoded: list[int]
    ) -> None:
        logprobs = sorted(h.mean_logprob for h in heard())
        between = (logprobs[1] + logprobs[2]) / 2  # two windows are below
        answers = engine(dataclasses.replace(PROFILE, logprob_threshold=between)).hear(sounds())
        assert decoded[:2] == [(0.0, len(sounds())), (0.2, 2)] and encoded == [len(sounds())]
        for answer, before in zip(answers, heard(), strict=True):
            if before.mean_logprob >= between:
                assert answer == before or same([answer], [before])
            else:
                assert answer.temperature > 0 and answer.has_failed == (answer.mean_logprob < between)

    def test_what_fails_every_time_says_so_and_is_the_same_in_any_company(
        self, decoded: list[tuple[float, int]]
    ) -> None:
        strict = engine(dataclasses.replace(PROFILE, logprob_threshold=0.5))
        one = strict.hear(sounds()[2:])
        assert all(h.has_failed and h.temperature == 0.4 and h.raw for h in one)
        assert decoded == [(0.0, 2), (0.2, 2), (0.4, 2)]
        told: list[int] = []
        strict.hear(sounds()[2:], told.append)
        assert told[-1] == sum(told) == 2  # a window that is asked again is not done
        del decoded[3:]
        assert same(one, [strict.hear([s])[0] for s in sounds()[2:]])

    def test_another_seed_draws_other_lots(self) -> None:
        hot = dataclasses.replace(PROFILE, temperatures=(1.5,))
        other = dataclasses.replace(hot, seed=1)
        first = engine(hot).hear(sounds()[:1])
        assert same(first, engine(hot).hear(sounds()[:1]))
        assert first[0].raw != engine(other).hear(sounds()[:1])[0].raw

    @pytest.mark.parametrize(
        ("prompt", "has_failed"),
        [(PROFILE.prompt, True), ("普通话", True), ("另一句话。", False), ("。", False)],
    )
    def test_the_prompt_come_back_as_speech_is_a_failure(self, prompt: str, has_failed: bool) -> None:
        asked = engine(dataclasses.replace(PROFILE, prompt=prompt))
        answer = Decoded(0.0, asked._tokenizer().encode("好的，" + PROFILE.prompt))
        assert asked._has_failed(answer) is has_failed

    def test_a_low_probability_is_silence_only_where_nobody_speaks(self) -> None:
        everything = dataclasses.replace(PROFILE, logprob_threshold=0.5, no_speech_threshold=-1.0)
        assert all(h.raw == "" and not h.has_failed for h in engine(everything).hear(sounds()[:2]))

    def test_text_that_does_not_end_is_cut_and_has_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("inspection.speech.decoding._TOKENS_PER_SECOND", 0)
        (answer,) = engine().hear(sounds()[1:2])
        assert answer.has_failed and 5 < len(answer.words) <= 24
        assert heard()[1].raw.startswith(answer.raw[:5])


class TestTimes:
    @pytest.mark.parametrize(("call", "channel"), [("c06", 0), ("c06", 1)])
    def test_a_turn_begins_and_ends_where_it_was_spoken(self, call: str, channel: int) -> None:
        windows, samples = packed(call, channel)
        words = [
            (window.to_call(w.start), window.to_call(w.end))
            for window, answer in zip(windows, engine().hear(samples), strict=True)
            for w in answer.words
        ]
        ends = [min(abs(b - end) for _, b in words) for _, end in spoken(demo(call)[0], channel)]
        begins = [min(abs(a - start) for a, _ in words) for start, _ in spoken(demo(call)[0], channel)]
        assert median(begins) <= 0.3 and median(ends) <= 0.3
        assert max(*begins, *ends) <= 1.0

    def test_the_median_is_whisper_s(self) -> None:
        x = torch.randn(5, 40, generator=torch.Generator().manual_seed(1))
        assert torch.equal(median_filter(x), whisper.timing.median_filter(x[None], _FILTER_WIDTH)[0])
        assert torch.equal(median_filter(x[:, :3]), x[:, :3])  # too short to have seven neighbours

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 5), (7, 30), (30, 7)])
    def test_the_way_is_whisper_s(self, shape: tuple[int, int]) -> None:
        cost = np.random.default_rng(sum(shape)).normal(size=shape)
        rows, positions = warp(cost)
        expected = whisper.timing.dtw_cpu.py_func(cost)
        assert np.array_equal(np.stack([rows, positions]), expected)

    def test_positions_are_whisper_s(self) -> None:
        assert _POSITIONS_PER_SECOND == whisper.audio.TOKENS_PER_SECOND


class TestSteps:
    def test_a_layer_is_whisper_s(self) -> None:
        model = engine()._model
        sound = encode(model, sounds()[:2])
        x = torch.randn(2, 5, model.dims.n_text_state, generator=torch.Generator().manual_seed(1))
        block, mask = model.decoder.blocks[-1], model.decoder.mask
        with torch.no_grad():
            ours, _ = through(block, x, mask, [window[-1] for window in sound.cross])
            mels = [
                whisper.log_mel_spectrogram(whisper.pad_or_trim(s), model.dims.n_mels) for s in sounds()[:2]
            ]
            theirs = block(x, model.encoder(torch.stack(mels)), mask=mask)
        assert torch.allclose(ours, theirs, atol=1e-4)

    def test_candidates_by_a_rounded_table_choose_the_tokens_of_the_whole_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = load_engine("demo", 1, precision="bfloat16")._model  # type: ignore[attr-defined]
        sound = encode(model, sounds())
        options = DecodingOptions(language="zh", temperature=0.0, fp16=False)
        rounded: list[bool] = []
        by_candidates = decode(model, sound, options, 1)
        init = decoding._Task.__init__

        def whole(task: Any, *given: Any) -> None:
            init(task, *given)
            rounded.append(task._rounded is not None)
            task._rounded = None

        monkeypatch.setattr(decoding._Task, "__init__", whole)
        for one, exact in zip(by_candidates, decode(model, sound, options, 1), strict=True):
            assert one.tokens == exact.tokens and one.tokens
            assert one.logprobs == pytest.approx(exact.logprobs, abs=0.01)
            assert one.no_speech_probability == pytest.approx(exact.no_speech_probability, abs=1e-6)
        decode(model, sound.pick([0]), DecodingOptions(language="zh", temperature=0.2, fp16=False), 1)
        decode(engine()._model, encode(engine()._model, sounds()[:1]), options, 1)
        assert rounded == [True, False, False]  # neither where lots are drawn nor in float32

    def test_what_a_window_holds_is_counted(self) -> None:
        model = engine()._model
        sound = encode(model, sounds()[:1])
        held = sum(part.nbytes for layer in sound.cross[0] for part in layer)
        own = held * model.dims.n_text_ctx // model.dims.n_audio_ctx
        assert bytes_per_window(model) == held + own


class TestPrecision:
    def test_bfloat16_hears_the_same_words(self) -> None:
        shortened = load_engine("demo", 1, precision="bfloat16")
        assert shortened.versions["precision"] == "bfloat16"
        for answer, exact in zip(shortened.hear(sounds()), heard(), strict=True):
            assert normalise(answer.raw).text == normalise(exact.raw).text
            assert "".join(w.raw for w in answer.words) == answer.raw
            assert [w.start for w in answer.words] == pytest.approx([w.start for w in exact.words], abs=0.2)

    @pytest.mark.parametrize("is_fast", [True, False])
    def test_the_choice_follows_the_processor(self, is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[torch.dtype] = []

        def words_of(model: Any) -> str:
            asked.append(model.encoder.conv1.weight.dtype)
            return "您好"

        monkeypatch.setattr(precision, "is_fast_here", lambda: is_fast)
        model, _ = checkpoints.read(checkpoints.find("demo"))
        assert precision.settle(model, "auto", words_of) == ("bfloat16" if is_fast else "float32")
        assert asked == ([torch.float32, torch.bfloat16] if is_fast else [])

    def test_other_words_keep_float32_and_the_weights_as_they_were(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(precision, "is_fast_here", lambda: True)
        model, _ = checkpoints.read(checkpoints.find("demo"))
        before = {name: p.clone() for name, p in model.named_parameters()}
        assert precision.settle(model, "auto", lambda m: str(m.encoder.conv1.weight.dtype)) == "float32"
        assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
        assert type(model.encoder.conv1) is whisper.model.Conv1d
        assert type(model.decoder.blocks[0].attn.query) is whisper.model.Linear

    def test_without_the_demo_s_recording_nothing_is_compared_and_float32_stays(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(whisper_engine, "_KNOWN_RECORDING", tmp_path / "none.wav")
        assert whisper_engine._load.__wrapped__(checkpoints.find("demo"), "auto").precision == "float32"

    def test_norms_and_the_words_themselves_are_not_shortened(self) -> None:
        model, _ = checkpoints.read(checkpoints.find("demo"))
        assert precision.settle(model, "bfloat16", lambda _: "") == "bfloat16"
        block = model.decoder.blocks[0]
        assert block.mlp[0].weight.dtype == block.attn.query.bias.dtype == torch.bfloat16
        assert block.attn_ln.weight.dtype == model.decoder.token_embedding.weight.dtype == torch.float32

    def test_auto_says_which_it_took(self) -> None:
        taken = load_engine("demo", 1).versions["precision"]
        assert taken in ({"float32", "bfloat16"} if precision.is_fast_here() else {"float32"})


def test_threads_are_respected() -> None:
    before = torch.get_num_threads()
    try:
        load_engine("demo", 2, precision="float32")
        assert torch.get_num_threads() == 2
        load_engine("demo", 1, precision="float32")
        assert torch.get_num_threads() == 1
        engine().hear(sounds()[:1])
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
