"""What is a loop and what is a person who repeats himself; and words out of tokens. Pure."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.sound.engines import PROFILE
from inspection.speech.loops import compression_ratio, is_loop, repeats, spoken
from inspection.speech.words import split
from tests.inspection.sounds import demo

THRESHOLD = PROFILE.compression_ratio_threshold
NATURAL = [
    "",
    "。。。。。。。。。。。。。。。。。。。。。。。。。。。。。。",
    "对对对对",
    "喂？喂？喂？喂？喂？喂？",
    "好的好的好的",
    "好的，好的，好的，好的，好的，谢谢。",
    "对。" * 20,  # a listener's half minute, packed
    "嗯。好的。嗯。对。好的。嗯。嗯。对。好的，好的。嗯。",
    "我的电话是一三八八八八八八八八八，对，一三八八八八八八八八八。",
    "您的电话是一三八零零一三八零零零对吗？对，一三八零零一三八零零零。订单号是三五八二零七一六，三五八二零七一六，好的好的。",
    "我说了不是我的问题，我说了不是我的问题，我说了不是我的问题，你们到底管不管？",
    "退款退款退款，我就要退款，听懂了吗？退款！",
    "哈哈哈哈哈哈哈哈哈哈",
    "1000000000000",
]
LOOPS = [
    "谢" * 24,
    "好的" * 12,
    "好的，" * 30,
    "对对好" * 8,
    "谢谢观看" * 6,
    "请不吝点赞订阅转发打赏支持明镜与点点栏目。" * 5,
    "我们的客服人员会尽快与您联系。" * 5,
    "您的包裹已经到了，请问" + "您的地址是哪里，" * 6,
    # exact, and never twice in a row
    "您说的那个订单我看到了，一。您说的那个订单我看到了，二。您说的那个订单我看到了，三。您说的那个订单我看到了，四。您说的那个订单我看到了，五。",
]


@pytest.mark.parametrize("text", NATURAL)
def test_a_person_may_repeat_himself(text: str) -> None:
    assert not is_loop(text, THRESHOLD)


@pytest.mark.parametrize("text", LOOPS)
def test_a_loop_is_one_even_where_zlib_does_not_see_it(text: str) -> None:
    assert repeats(text) and is_loop(text, float("inf"))


@pytest.mark.parametrize(("text", "is_one"), [("谢" * 23, False), ("谢" * 24, True), ("好的" * 11, False)])
def test_the_edge(text: str, is_one: bool) -> None:
    assert repeats(text) is is_one


@pytest.mark.parametrize("call", ["c01", "c06", "c07", "c14"])
def test_nobody_in_the_demo_calls_is_a_loop(call: str) -> None:
    for who in ("agent", "customer"):
        said = "".join(t["text"] for t in demo(call)[0]["turns"] if t["speaker"] == who)
        assert not is_loop(said, THRESHOLD)


def test_zlib_says_nothing_about_a_short_answer() -> None:
    assert compression_ratio("对" * 20) > THRESHOLD
    assert not is_loop("对" * 20, THRESHOLD)
    assert is_loop("对不起" * 7 + "是的呢" * 7, THRESHOLD)  # long enough, and little in it


@given(st.text(alphabet="甲乙丙丁", min_size=1, max_size=12), st.integers(24, 60))
def test_anything_said_two_dozen_times_is_a_loop_whatever_stands_between(unit: str, times: int) -> None:
    assert repeats(unit * times) and repeats("，".join([unit] * times))


@given(st.permutations([chr(c) for c in range(0x4E00, 0x4E00 + 90)]))
def test_text_without_repetition_is_none(characters: list[str]) -> None:
    assert not repeats("".join(characters))


@given(st.text(max_size=60))
def test_what_stands_before_a_loop_does_not_hide_it(before: str) -> None:
    assert repeats(before + "好的吗" * 9)


# --- words ---


def test_words_are_as_fine_as_tokens_and_punctuation_goes_with_the_word_before() -> None:
    words = split(["“".encode(), "您".encode(), "好".encode(), "，".encode(), "客服".encode(), "。".encode()])
    assert [(w.raw, w.first, w.until) for w in words] == [("“您", 1, 2), ("好，", 2, 3), ("客服。", 4, 5)]


def test_a_character_of_several_tokens_is_one_word() -> None:
    data = "您".encode()
    assert [(w.raw, w.first, w.until) for w in split([data[:1], data[1:2], data[2:], b"a"])] == [
        ("您", 0, 3),
        ("a", 3, 4),
    ]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["好".encode(), "您".encode()[:2]], "好"),  # it ends in half a character
        (["您".encode()[:2], "好".encode()], "好"),  # never finished
        (["您".encode()[1:], "好".encode()], "好"),  # never begun
        (["好".encode() + "您".encode()[:1]], "好"),
        ([b"\xff", b"\xfe"], ""),
        (["\ufffd".encode(), "好".encode()], "好"),
        ([], ""),
        ([b" ", "。".encode(), b"..."], ""),  # nobody said anything
        ([b" a", b" b "], "a b"),
    ],
)
def test_half_a_character_is_none(tokens: list[bytes], text: str) -> None:
    assert "".join(w.raw for w in split(tokens)) == text


@given(st.lists(st.binary(max_size=4), max_size=30))
def test_whatever_the_tokens_are_words_are_whole_in_order_and_never_share_a_token(
    tokens: list[bytes],
) -> None:
    words = split(tokens)
    assert all(w.first < w.until <= len(tokens) and spoken(w.raw) and "\ufffd" not in w.raw for w in words)
    assert all(a.until <= b.first for a, b in itertools.pairwise(words))


@given(st.text(alphabet="您好吗abc，。 1", max_size=20), st.integers(1, 5))
def test_nothing_spoken_is_lost_however_the_text_is_cut_into_tokens(text: str, size: int) -> None:
    data = text.encode()
    words = split([data[i : i + size] for i in range(0, len(data), size)])
    joined = "".join(w.raw for w in words)
    assert spoken(joined) == spoken(text) and joined == joined.strip()
    assert joined == (text.strip() if spoken(text) else "")
