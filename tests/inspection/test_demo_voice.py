"""The demo checkpoint loads in stock Whisper, hears the demo, and stays silent on silence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
import whisper

from demo.scripts import spoken_sentences
from inspection.demo_voice import corpus
from inspection.demo_voice.evaluate import CHECKPOINT, edit_distance, hanzi, transcribe
from inspection.demo_voice.measure import MANIFEST, RECORDINGS, measure_call
from inspection.demo_voice.pack import round_mantissa
from inspection.demo_voice.vocabulary import Vocabulary

ENTRIES: list[dict[str, Any]] = json.loads((RECORDINGS / MANIFEST).read_text(encoding="utf-8"))["recordings"]


@pytest.fixture(scope="module")
def model() -> whisper.Whisper:
    torch.set_num_threads(1)
    return whisper.load_model(str(CHECKPOINT), device="cpu")


def test_the_checkpoint_is_small() -> None:
    assert CHECKPOINT.stat().st_size < 20_000_000


@pytest.mark.speech
def test_the_rude_call_is_heard(model: whisper.Whisper) -> None:
    (entry,) = (entry for entry in ENTRIES if entry["call_id"] == "c06")
    call = measure_call(model, entry, RECORDINGS)
    assert call.errors["agent"].rate <= 0.20  # measured: 12.5 %
    assert call.errors["customer"].rate <= 0.10  # measured: 4.1 %
    assert len(call.found) >= 9  # measured: 10 of 11
    assert max(seconds for _, seconds in call.found) < 0.6


@pytest.mark.speech
@pytest.mark.parametrize("level", [0.0, 0.002], ids=["silence", "noise"])
def test_nothing_is_heard_where_nobody_speaks(model: whisper.Whisper, level: float) -> None:
    audio = level * np.random.default_rng(1).standard_normal(16000 * 8).astype(np.float32)
    assert transcribe(model, audio) == []


def test_the_corpus_never_trains_on_what_it_holds_out() -> None:
    material = corpus.build(spoken_sentences(), fillings=2000, piece_combinations=500, word_combinations=500)
    trained = {*material.template, *material.combination, *material.phrase, *material.script}
    assert not trained & {*material.held_out_fillings, *material.held_out_templates}
    language = corpus.language()
    assert not set(language.templates) & set(language.held_out_templates)


def test_the_vocabulary_covers_every_script() -> None:
    vocabulary = Vocabulary.load()
    sentences = [*spoken_sentences(), *(phrase + "。" for phrase in corpus.language().phrases)]
    assert [sentence for sentence in sentences if not vocabulary.covers(sentence)] == []


def test_the_held_out_sentences_have_no_unknown_character() -> None:
    material = corpus.build(fillings=10, piece_combinations=10, word_combinations=10)
    text = "".join([*material.held_out_fillings, *material.held_out_templates])
    assert set(text) <= {*Vocabulary.load().characters, *corpus.PUNCTUATION}


def test_the_corpus_is_the_same_each_time() -> None:
    first, second = (corpus.build(fillings=50, piece_combinations=20, word_combinations=20) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [("您好", "您好", 0), ("您好", "你好", 1), ("请稍等", "请等", 1), ("再见", "", 2), ("", "喂", 1)],
)
def test_edit_distance(reference: str, heard: str, errors: int) -> None:
    assert edit_distance(reference, heard) == errors


def test_only_hanzi_count() -> None:
    assert hanzi("您好，K1003！ 再见。") == "您好再见"


def test_rounding_keeps_a_weight_within_its_last_bit() -> None:
    weight = torch.linspace(-2, 2, 1001).reshape(7, 143)
    assert ((round_mantissa(weight, 6) - weight).abs() <= weight.abs() / 64 + 1e-6).all()
    assert torch.equal(round_mantissa(weight[0], 6), weight[0].half())
