"""Traditional characters become simplified ones, and every character keeps its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.text.wording import normalise, simplify

# Whatever a recogniser may write: both scripts mixed, signs, Latin, rare characters beyond the first plane.
WRITTEN = st.text(
    st.sampled_from("請您稍後皇后後面裏裡麵乾淨乾隆著名看著什麼甚麼隻只祇臺台灣妳您嗯啊，。？！ aB１②ﬁ😀")
    | st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)
    | st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF)
    | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)


@settings(deadline=None, max_examples=300)
@given(WRITTEN)
def test_simplifying_keeps_every_character_at_its_place(text: str) -> None:
    simple = simplify(text)
    assert len(simple) == len(text)
    assert simplify(simple) == simple
    for before, after in zip(
        text, simple, strict=True
    ):  # a character becomes another form of itself, or stays
        assert before == after or (before >= "\u3400" and after >= "\u3400")


@settings(deadline=None, max_examples=300)
@given(WRITTEN)
def test_what_is_compared_leads_back_to_what_was_written(text: str) -> None:
    compared = normalise(text)
    assert len(compared.text) == len(compared.positions)
    assert all(a < b for a, b in pairwise(compared.positions))
    for character, position in zip(compared.text, compared.positions, strict=True):
        assert normalise(text[position]).text == character


@settings(deadline=None)
@given(WRITTEN, st.integers(0, 60))
def test_what_stands_before_a_place_does_not_move_what_stands_behind_it(text: str, cut: int) -> None:
    left, right = normalise(text[:cut]), normalise(text[cut:])
    whole = normalise(text)
    assert whole.text == left.text + right.text
    assert whole.positions == (*left.positions, *(p + min(cut, len(text)) for p in right.positions))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("請您稍後", "请您稍后"),
        ("皇后在後面", "皇后在后面"),
        ("裡面乾淨", "里面干净"),  # 裡 and 裏 are Taiwan's and Hong Kong's
        ("裏面", "里面"),
        ("看著辦", "看着办"),
        ("這是著名的", "这是著名的"),
        ("乾隆年間", "乾隆年间"),
        ("謝謝您的來電，再見。", "谢谢您的来电，再见。"),
    ],
)
def test_words_decide_how_a_character_is_simplified(written: str, shown: str) -> None:
    assert simplify(written) == shown


def test_it_gives_the_same_from_many_threads() -> None:
    texts = ["請您稍後，皇后在後面，裡面很乾淨。" * n for n in range(1, 200)]
    alone = [(simplify(t), normalise(t)) for t in texts]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(lambda t: (simplify(t), normalise(t)), texts)) == alone
