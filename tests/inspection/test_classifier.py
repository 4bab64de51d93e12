"""The classifier proposes by resemblance: the same in any company, whoever writes to it, and made the same twice."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.classifier.features import compared, features
from inspection.classifier.model import MODEL, Classifier, load
from inspection.classifier.training import noise
from inspection.classifier.training.examples import FINE, FOLDER, digest, groups, read
from inspection.classifier.training.packing import header_of, packed
from inspection.classifier.training.train import categories_of, reliability, train
from inspection.classifier.words import WORDS

RUDE = "说了八百遍了您还有完没完"
POLITE = "您好请问有什么可以帮您"


def likeliest(utterance: str) -> tuple[str, float]:
    """The first category named and its probability; nothing named: fine, 0."""
    (scores,) = load().score([utterance])
    return next(iter(scores.items()), (FINE, 0.0))


def test_an_offending_utterance_is_proposed_under_its_category_and_a_polite_one_is_not() -> None:
    category, probability = likeliest(RUDE)
    assert category == "impatience" and probability > 0.8
    assert likeliest(POLITE)[1] < 0.2


def test_the_likeliest_category_stands_first_and_all_of_them_are_known() -> None:
    for scores in load().score([e.text for e in read()[::40]]):
        assert list(scores.values()) == sorted(scores.values(), reverse=True)
        assert set(scores) <= set(load().categories)
        assert all(0.0 < p <= 1.0 for p in scores.values())


def test_an_utterance_is_judged_by_itself_whatever_stands_beside_it() -> None:
    texts = [e.text for e in read()[::25]]
    together = dict(zip(texts, Classifier(MODEL.read_bytes()).score(texts), strict=True))
    shuffled = random.Random(3).sample(texts, len(texts))
    alone = Classifier(MODEL.read_bytes())
    for text, scores in zip(shuffled, Classifier(MODEL.read_bytes()).score(shuffled), strict=True):
        assert scores == together[text] == alone.score([text])[0]


def test_who_changes_an_answer_does_not_change_the_next_one() -> None:
    load().score([RUDE])[0].clear()
    assert likeliest(RUDE)[1] > 0.8


def test_words_written_with_other_characters_of_the_same_sound_are_still_found() -> None:
    offending = [e.text for e in read() if e.labels and len(e.text) >= 8]
    of_sound = noise.homophones(offending)
    chance = random.Random(11)
    found = [max(s.values(), default=0) >= 0.5 for s in load().score([noise.misheard(t, of_sound, chance) for t in offending])]  # fmt: skip
    assert np.mean(found) > 0.8


def test_punctuation_and_fillers_change_nothing() -> None:
    assert likeliest("嗯，说了八百遍了，您还有完没完啊！") == likeliest(RUDE)


def test_what_stands_in_quotation_marks_is_not_the_agents_own_wording() -> None:
    assert likeliest("您截图里那句“你给我滚”我们看到了")[1] < 0.5
    assert compared("“你给我滚”") == "你给我滚"


@pytest.mark.parametrize(
    "text", ["", "   ", "。！？", "😀🙃", "\x00\x02\x03", "\ud800", "𠀀" * 5, "é" * 9, "啊嗯哦"]
)
def test_what_is_no_speech_offends_nobody(text: str) -> None:
    assert likeliest(text)[1] < 0.5


def test_a_hundred_thousand_characters_are_read_from_their_beginning() -> None:
    assert len(compared("退" * 100_000)) <= 120
    assert likeliest(RUDE + "好" * 100_000) == likeliest(RUDE + "好" * 200)
    assert load().score([]) == []


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_whatever_is_written_gets_probabilities(texts: list[str]) -> None:
    scores = load().score(texts)
    assert len(scores) == len(texts)
    assert all(0.0 <= p <= 1.0 for s in scores for p in s.values())


def test_no_feature_reaches_from_one_utterance_into_the_next() -> None:
    both, rows = features(["有本事", "投诉我"])
    for row, text in enumerate(["有本事", "投诉我"]):
        alone, _ = features([text])
        assert sorted(both[rows == row].tolist()) == sorted(alone.tolist())


def test_the_nearest_example_is_one_of_the_category_and_an_example_is_nearest_to_itself() -> None:
    example = next(e for e in read() if e.labels == ("shirking",))
    assert load().nearest(example.text, "shirking") == example.text
    near = load().nearest("都讲了好多遍您怎么还问", "impatience")
    assert near in {e.text for e in read() if "impatience" in e.labels}
    assert load().nearest("您好", "no-such-category") is None
    assert load().nearest("", "shirking") is None


def test_the_shipped_model_is_that_of_the_examples_on_disk() -> None:
    header = load().header
    assert header["examples"] == digest(FOLDER), "run python -m inspection.classifier.training.train"
    assert header["figures"]["examples"] == len(read())
    assert load().categories == categories_of(read())


@pytest.mark.parametrize(("path", "most"), [(MODEL, 3_500_000), (WORDS, 4_000_000)])
def test_model_and_words_are_small_and_hold_no_pickle(path: Path, most: int) -> None:
    whole = path.read_bytes()
    assert len(whole) < most
    with np.load(io.BytesIO(whole), allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} <= set("uif")
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert all(entry.date_time[0] == 1980 for entry in archive.infolist())


@pytest.mark.parametrize(("what", "other"), [("features", 1), ("words", "of another table"), ("words", None)])
def test_a_model_trained_for_other_features_or_other_words_is_refused_and_says_what_to_do(
    what: str, other: object
) -> None:
    with np.load(io.BytesIO(MODEL.read_bytes())) as shipped:
        arrays = {name: shipped[name] for name in shipped.files}
    arrays["header"] = header_of(load().header | {what: other})
    with pytest.raises(
        ValueError, match=rf"other {what} .*run python -m inspection.classifier.training.train"
    ):
        Classifier(packed(arrays))


def test_training_twice_gives_the_same_bytes_and_a_working_classifier() -> None:
    few = read()[::20]
    made = train(few, "a few")
    assert train(few, "a few") == made
    small = Classifier(made)
    assert small.header["examples"] == "a few" and small.version == Classifier(made).version
    offending = small.score([e.text for e in few if e.labels])
    assert np.mean([max(s.values(), default=0) >= 0.5 for s in offending]) > 0.9


def test_on_held_out_folds_the_probabilities_mean_what_they_say() -> None:
    figures = load().header["figures"]
    assert figures["calibration_error"] < 0.05
    assert sum(count for _, _, count in figures["reliability"]) == figures["examples"]
    assert figures["found"] > 0.7 and figures["right"] > 0.85


def test_reliability_counts_the_distance_between_said_and_true() -> None:
    said, true = np.array([0.1, 0.1, 0.9, 0.9]), np.array([False, False, True, False])
    rows, error = reliability(said, true, np.full(4, 0.25))
    assert rows == [[0.1, 0.0, 2], [0.9, 0.5, 2]]
    assert error == pytest.approx(0.25)


def test_variants_of_one_sentence_share_a_group() -> None:
    one, two, other = groups(["这个不归我管", "这个不归我管的呀", "请您带上身份证"])
    assert one == two != other


def test_the_examples_are_many_balanced_and_none_is_both() -> None:
    examples = read()
    assert len(examples) >= 3_500
    seen: dict[str, tuple[str, ...]] = {}
    for example in examples:
        assert seen.setdefault(compared(example.text), example.labels) == example.labels, example.text
    assert 0.35 < np.mean([bool(e.labels) for e in examples]) < 0.65
    assert all(sum(c in e.labels for e in examples) >= 95 for c in categories_of(examples))


def test_noise_keeps_the_sound_or_only_loses_characters() -> None:
    chance = random.Random(5)
    of_sound = noise.homophones(["他她它是事市试"])
    assert len(noise.misheard("他是事" * 20, of_sound, chance)) == 60
    assert set(noise.misheard("他" * 60, of_sound, chance)) == set("他她它")
    kept = iter("有本事你去投诉")
    assert all(c in kept for c in noise.shortened("有本事你去投诉", chance))
    assert noise.readdressed("您别急你先坐") == "你别急您先坐"
