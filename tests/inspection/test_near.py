"""What comes near a phrase: by characters, by sound, and a short one by its place. Near accuses nobody."""

from __future__ import annotations

import pytest

from inspection.required.near import nearest
from inspection.text.tracks import Track
from inspection.transcript import Segment
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, missing, of_kind, talk

BOOK = load_rulebook()
QUESTION = ("customer", "我想问一下我的订单。")
ANSWER = ("agent", "您的订单已经发货了。")


def track(*texts: str, pause: float = 1.0) -> Track:
    at = 0.0
    spoken = []
    for number, text in enumerate(texts):
        spoken.append((number, Segment("agent", at, at + 2, text)))
        at += 2 + pause
    return Track(spoken, 2.5)


@pytest.mark.parametrize(
    ("said", "text", "ratio", "quote", "is_by_sound"),
    [
        ("祝您早日健复,再见", "祝您早日康复", 5 / 6, "祝您早日健复", False),
        ("主您早日康富", "祝您早日康复", 1.0, "主您早日康富", True),
        ("早日康复", "祝您早日康复", 4 / 6, "早日康复", False),
        ("你好", "您好", 1.0, "你好", False),
        ("谢谢", "谢谢您的夸奖", 2 / 6, "谢谢", False),  # a short answer is not like a long phrase
    ],
)
def test_the_nearest_words_are_named_with_how_near_they_are(
    said: str, text: str, ratio: float, quote: str, is_by_sound: bool
) -> None:
    spoken = track(said)
    miss = nearest(spoken, (text,))
    assert miss is not None
    assert (miss.ratio, miss.is_by_sound) == (pytest.approx(ratio), is_by_sound)
    assert spoken.place(miss.start, miss.end).quote == quote


def test_nothing_resembles_nothing() -> None:
    assert nearest(track(), ("您好",)) is None
    assert nearest(track("摩托"), ("您好",)) is None
    assert nearest(track("您好"), ("……",)) is None


def test_of_several_wordings_the_nearest_is_named_wherever_it_stands() -> None:
    miss = nearest(track("请您稍后", "好", pause=9.0), ("请您稍等一会儿", "请您稍候"))
    assert miss is not None and miss.text == "请您稍候" and miss.is_by_sound


@pytest.mark.parametrize(
    ("first", "verdict"),
    [
        ("今天好,请问有什么可以帮您?", "cannot_tell"),
        ("你号,请问有什么可以帮您?", "cannot_tell"),
        ("里好请问有什么可以帮您?", "cannot_tell"),
        ("喂,你号,请问有什么可以帮您?", "cannot_tell"),
        ("好,请问有什么可以帮您?", "cannot_tell"),  # the rest of it was lost
        ("您,请问有什么可以帮您?", "cannot_tell"),
        ("您请问有什么可以帮您?", "absent"),
        ("什么事?有什么可以帮您?", "absent"),
        ("你说,有什么可以帮您?", "absent"),  # 你 begins half of all sentences
        ("好的,有什么可以帮您?", "absent"),
        ("喂,有什么可以帮您?", "absent"),
        ("请问有什么可以帮您?最近好吗?", "absent"),  # not at its place
    ],
)
def test_a_short_greeting_may_have_been_misheard_in_the_agents_first_words(first: str, verdict: str) -> None:
    call = talk(("agent", first), QUESTION, ANSWER, ("agent", CLOSING))
    found = [f for f in of_kind(call, "missing", BOOK) if f.category == "greeting"]
    assert [(f.verdict, f.points > 0) for f in found] == [(verdict, verdict == "absent")]
    assert any("读音相近" in s.zh for s in found[0].steps) is (verdict == "cannot_tell")


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        ("您的订单发货了,在建。", "cannot_tell"),
        ("谢谢您的来电在件。", "cannot_tell"),  # run on, but every sound of it
        ("回头见。", "cannot_tell"),
        ("就这样,见。", "cannot_tell"),
        ("就这样,再。", "cannot_tell"),
        ("就这样再。", "absent"),
        ("您看看我的意见。", "absent"),  # 见 at the end of something longer
        ("我再看看。", "absent"),
        ("您的订单好了。", "absent"),
        ("好的。", "absent"),
    ],
)
def test_a_short_closing_may_have_been_misheard_at_the_end_of_the_agents_last_words(
    last: str, verdict: str
) -> None:
    call = talk(("agent", GREETING), QUESTION, ANSWER, ("agent", last))
    assert [v for c, v in missing(call, BOOK) if c == "closing"] == [verdict]


@pytest.mark.parametrize(
    ("answer", "verdict"), [("对不齐,这个我不清楚。", "cannot_tell"), ("这个我不清楚。", "absent")]
)
def test_a_short_apology_counts_as_near_only_if_all_of_it_sounds_the_same(answer: str, verdict: str) -> None:
    call = talk(("agent", GREETING), QUESTION, ("agent", answer), ("customer", "哦。"), ("agent", CLOSING))
    assert [v for c, v in missing(call, BOOK) if c == "apology"] == [verdict]


def test_in_a_chat_what_is_written_is_what_was_meant() -> None:
    call = talk(("agent", "你号,在的"), ("customer", "在吗"), channel="chat", kind="chat")
    assert [v for c, v in missing(call, BOOK) if c == "greeting"] == ["absent"]
