"""The scores of two spellings are what Whisper itself gives them, and change no word."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
import whisper
from whisper.decoding import DecodingOptions, DecodingTask
from whisper.tokenizer import get_tokenizer

from inspection.sound.engines import PROFILE, Heard, HeardWord, load_engine
from inspection.speech import spellings
from inspection.speech.decoding import Decoded, encode
from inspection.speech.whisper_engine import WhisperEngine
from inspection.speech.words import split
from tests.inspection.sounds import FloatArray, demo

TOKENIZER = get_tokenizer(True, language="zh", task="transcribe")


def found(text: str | list[int]) -> list[spellings.Place]:
    tokens = TOKENIZER.encode(text) if isinstance(text, str) else text
    words = split([TOKENIZER.encoding.decode_single_token_bytes(t) for t in tokens])
    return spellings.places(words, tokens, TOKENIZER.decode, TOKENIZER.encode)


def test_both_spellings_are_told_by_their_own_tokens() -> None:
    (place,) = found("喂，您好，请问")  # 您 and 好 are two tokens, 你好 is one
    assert (place.other, place.until - place.first) == ("你", 2)
    assert list(place.tokens) == TOKENIZER.encode("你好")
    (place,) = found("你好，请问")
    assert (place.other, place.first, place.until) == ("您", 0, 1)
    assert list(place.tokens) == TOKENIZER.encode("您好")


@pytest.mark.parametrize("text", ["", "再见。", "帮您查一下，好的", "你们好", "♪"])
def test_nothing_is_asked_where_neither_greeting_stands(text: str) -> None:
    assert found(text) == []


def test_each_greeting_is_asked_about_and_a_loop_of_them_costs_no_more_than_eight() -> None:
    assert [p.other for p in found("您好，你好，您好")] == ["你", "您", "你"]
    assert len(found("你好，" * 40)) == 8


def test_beside_half_a_character_nothing_is_asked() -> None:
    half = TOKENIZER.encode("，")[:1]  # three tokens, a byte each
    assert found([*half, *TOKENIZER.encode("您好")]) == []
    assert len(found([*TOKENIZER.encode("你好"), *half])) == 1


@cache
def greets() -> FloatArray:
    """The first seconds of a call in which the agent greets."""
    _, audio = demo("c01")
    return np.ascontiguousarray(audio.channels[0][: 4 * 16_000], np.float32)


def openai() -> WhisperEngine:
    engine = load_engine("demo", 1, precision="float32")
    assert isinstance(engine, WhisperEngine)
    return engine


@cache
def heard() -> Heard:
    return openai().hear([greets()])[0]


def whispers(engine: WhisperEngine, before: list[int], tokens: list[int]) -> float:
    """The same log-probability from Whisper's own model, token by token."""
    model = engine._model
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(torch.from_numpy(greets())), model.dims.n_mels)
    with torch.no_grad():
        features = model.embed_audio(mel[None])
        logits = model.logits(torch.tensor([[*before, *tokens]]), features)[0].log_softmax(-1)
    return sum(float(logits[len(before) + i - 1, token]) for i, token in enumerate(tokens))


@pytest.mark.speech
class TestScores:
    def test_they_are_whisper_s_after_the_same_prompt_and_text(self) -> None:
        engine = openai()
        model, tokenizer = engine._model, engine._tokenizer()
        options = DecodingOptions(language=PROFILE.language, prompt=PROFILE.prompt, fp16=False)
        before = [*DecodingTask(model, options).initial_tokens, tokenizer.timestamp_begin]
        tokens = tokenizer.encode("喂，您好，你好。")
        words = split([tokenizer.encoding.decode_single_token_bytes(t) for t in tokens])
        timed = tuple(HeardWord(w.raw, 0, 0, 1) for w in words)
        decoded = Decoded(0.0, tokens, written=[*before, *tokens])
        (scored,) = spellings.score(model, tokenizer, encode(model, [greets()]), [decoded], [timed])
        polite, plain = (w for w in scored if w.alternatives)
        lead, middle = tokenizer.encode("喂，"), tokenizer.encode("喂，您好，")
        nin, ni = tokenizer.encode("您好"), tokenizer.encode("你好")
        expected = {
            "您": whispers(engine, [*before, *lead], nin),
            "你": whispers(engine, [*before, *lead], ni),
        }
        assert dict(polite.alternatives) == pytest.approx(expected, abs=0.01)
        expected = {
            "你好。": whispers(engine, [*before, *middle], ni),
            "您好。": whispers(engine, [*before, *middle], nin),
        }
        assert dict(plain.alternatives) == pytest.approx(expected, abs=0.01)

    def test_they_change_no_word_and_stand_only_where_they_are_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = heard()
        with_any = [w for w in answer.words if w.alternatives]
        assert [w.raw[0] for w in with_any] == ["您"]
        (written, _), (other, _) = with_any[0].alternatives
        assert (written, other) == (with_any[0].raw, with_any[0].raw.replace("您", "你"))
        monkeypatch.setattr(spellings, "places", lambda *_: [])
        (bare,) = openai().hear([greets()])
        assert bare.raw == answer.raw and not any(w.alternatives for w in bare.words)
        assert [(w.start, w.end) for w in bare.words] == [(w.start, w.end) for w in answer.words]

    def test_they_are_the_same_in_any_company(self) -> None:
        _, audio = demo("c06")
        other = np.ascontiguousarray(audio.channels[0][: 10 * 16_000], np.float32)
        (_, again) = openai().hear([other, greets()])
        assert [w.alternatives for w in again.words] == [w.alternatives for w in heard().words]
