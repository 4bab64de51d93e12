"""What words mean to the classifier: a table cut from a word2vec file, read the same whoever else is read with it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from inspection.classifier.training.word_vectors import read, table
from inspection.classifier.words import WORDS, Words, load_words


def word2vec(*words: tuple[str, list[float]], count: int | None = None) -> bytes:
    """A binary word2vec file of these words."""
    width = len(words[0][1])
    lines = [word.encode() + b" " + np.array(vector, "<f4").tobytes() for word, vector in words]
    return f"{len(words) if count is None else count} {width}\n".encode() + b"".join(lines)


FILE = word2vec(
    ("</s>", [9.0, 9.0]),
    ("投诉", [3.0, 0.0]),
    ("wiki", [5.0, 5.0]),
    ("举报", [2.0, -1.0]),
    ("嗯", [7.0, 7.0]),
    ("憑證", [4.0, 4.0]),
    ("天气", [0.0, 3.0]),
)


def cosine(one: str, other: str) -> float:
    a, b = load_words().meaning([one, other]).toarray()[:, : load_words().width // 2]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_words_of_one_meaning_lie_closer_than_others() -> None:
    assert cosine("投诉", "举报") > 0.5 > cosine("投诉", "螺丝")
    assert cosine("治愈", "痊愈") > 0.5 > cosine("治愈", "发票")


def test_a_sentence_is_the_mean_and_the_greatest_of_its_words_and_one_said_twice_counts_once() -> None:
    words = Words(table(FILE))
    complaint, weather, both, twice = words.meaning(["投诉", "天气", "投诉天气", "投诉天气投诉"]).toarray()
    half = words.width // 2
    assert both[:half] == pytest.approx((complaint[:half] + weather[:half]) / 2)
    assert both[half:] == pytest.approx(np.maximum(complaint[half:], weather[half:]))
    assert twice.tolist() == both.tolist()


def test_words_that_overlap_all_count() -> None:
    words = Words(table(word2vec(("身份", [1.0, 0.0]), ("身份证", [0.0, 1.0]), ("证", [1.0, 1.0]))))
    alone = words.meaning(["身份", "身份证"]).toarray()
    assert (alone[1] != alone[0]).any()
    assert words.meaning(["身份证"]).toarray()[0, words.width // 2 :] == pytest.approx([0.4, 0.4], abs=0.2)


def test_a_row_is_the_same_in_whatever_company_and_nothing_known_is_nought() -> None:
    texts = ["投诉举报", "", "xyz", "天气", "𠀀\ud800", "您", "这个月的账单已经寄出"]
    together = load_words().meaning(texts).toarray()
    for text, row in zip(texts, together, strict=True):
        assert load_words().meaning([text]).toarray()[0].tolist() == row.tolist()
    assert not together[[1, 2]].any()
    assert load_words().meaning([]).shape == (0, load_words().width)


def test_only_chinese_words_as_utterances_are_compared_are_kept_the_frequent_ones_first() -> None:
    def kept(most: int) -> list[str]:
        with np.load(io.BytesIO(table(FILE, most))) as arrays:
            return str(arrays["words"].tobytes(), "utf-8").split("\n")

    assert kept(9) == ["投诉", "举报", "天气"]  # no markup, no filler, no traditional spelling
    assert kept(2) == ["投诉", "举报"]


def test_the_same_file_gives_the_same_table_and_numbers_keep_to_half_a_step() -> None:
    assert table(FILE) == table(FILE)
    rows = dict(read(FILE))
    made = Words(table(FILE)).meaning(["投诉", "天气"]).toarray()[:, :2] / 0.4
    usual = np.median([np.linalg.norm(rows[word]) for word in ("投诉", "举报", "天气")])
    assert made == pytest.approx(np.array([rows["投诉"], rows["天气"]]) / usual, abs=0.01)


@pytest.mark.parametrize(
    ("whole", "why"),
    [
        (b"", "first line"),
        (b"PK\x03\x04", "first line"),
        (b"two 2\n", "first line"),
        (word2vec(("投诉", [1.0, 2.0]), count=2), "ends before"),
        (word2vec(("投诉", [1.0, 2.0]))[:-1], "ends before"),
        (word2vec(("wiki", [1.0, 2.0])), "no Chinese word"),
    ],
)
def test_what_is_no_word2vec_file_of_chinese_is_refused(whole: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        table(whole)


def test_the_shipped_table_carries_its_origin_and_the_licence_stands_beside_it() -> None:
    with np.load(WORDS, allow_pickle=False) as arrays:
        header = json.loads(arrays["header"].tobytes())
        assert len(arrays["words"].tobytes().decode().split("\n")) == len(arrays["vectors"]) == 40_000
    assert "synonyms 3.9.0" in header["notice"] and len(header["sha256_of_source"]) == 64
    beside = Path(WORDS.parent, "README.md").read_text("utf-8")
    assert "MIT License" in beside and "Permission is hereby granted, free of charge" in beside
    assert all(name in beside and name in header["notice"] for name in ("Hu Ying Xi", "Hai Liang Wang"))
