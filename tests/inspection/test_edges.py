"""Transcripts that begin or end in the middle, silences that are the customer's, and talks that never took place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspection.limits import limits_of
from inspection.required.edges import begins_amid, ends_amid
from inspection.required.excuses import why_not_owed
from inspection.required.holds import waits
from inspection.text.owed import Contact
from inspection.transcript import Segment, Transcript
from regulations.rulebook import load_rulebook
from regulations.values import PhraseRule
from tests.inspection.speaking import GREETING, talk

BOOK = load_rulebook(("goods_sales", "hospital_callback"))
RULES = {rule.id: rule for rule in BOOK.required_phrases()}


def laid_out(call: Transcript) -> Contact:
    return Contact(call, limits_of(BOOK))


def rule(name: str) -> PhraseRule:
    return RULES[name]


@pytest.mark.parametrize(
    ("first", "at", "is_amid"),
    [
        (("agent", "么可以帮您的吗?"), 0.0, True),  # the rest of 有什么可以帮您
        (("agent", "么可以帮您的吗?"), 0.05, False),  # something was heard before: nothing
        (("agent", "有什么可以帮您?"), 0.0, False),  # a whole sentence is judged as it stands
        (("agent", ",那您看这样好不好。"), 0.0, True),
        (("agent", "那您看这样好不好。"), 0.0, False),
        (("customer", "然后师傅说要换传感器。"), 0.0, True),  # amid his matter, greeted by nobody
        (("customer", "喂,我想换个传感器。"), 0.0, False),  # a hello begins
        (("customer", "嗯,行。"), 0.0, False),
    ],
)
def test_a_transcript_that_begins_amid_a_sentence_or_a_talk(
    first: tuple[str, str], at: float, is_amid: bool
) -> None:
    call = laid_out(talk(*([at] if at else []), first, ("agent", "好的,给您安排。")))
    assert (begins_amid(call, rule("greeting-phone")) is not None) is is_amid


def test_a_chat_begins_with_whoever_writes_first() -> None:
    call = talk(("customer", "这件衣服什么时候发货"), ("agent", "明天"), channel="chat", kind="chat")
    assert begins_amid(laid_out(call), rule("greeting-chat")) is None


@pytest.mark.parametrize(
    ("last", "hangup_by", "is_amid"),
    [
        (("agent", "您先把电源"), "unknown", True),
        (("agent", "您先把电源,"), "unknown", True),
        (("agent", "您先把电源关了。"), "unknown", False),
        (("agent", "您先把电源"), "agent", False),  # he hung up
        (("customer", "好,知道了。"), "unknown", True),
        (("customer", "好,知道了。"), "agent", False),
    ],
)
def test_a_transcript_that_ends_amid_a_sentence_or_with_the_customer(
    last: tuple[str, str], hangup_by: str, is_amid: bool
) -> None:
    call = talk(
        ("agent", GREETING), ("customer", "我要退一台秤。"), ("agent", "好的。"), last, hangup_by=hangup_by
    )
    assert (ends_amid(laid_out(call)) is not None) is is_amid


def test_where_nothing_is_punctuated_no_end_is_missed() -> None:
    call = talk(
        ("agent", "您好请问哪位"), ("customer", "我要退秤"), ("agent", "您先把电源"), hangup_by="unknown"
    )
    assert ends_amid(laid_out(call)) is None


def silence(before: tuple[str, str], seconds: float, *after: tuple[str, str] | float) -> list[bool]:
    """Of every wait in the contact: whether it was certainly the agent's."""
    call = talk(("agent", GREETING), ("customer", "我的秤坏了。"), before, seconds, *after)
    return [w.is_meant for w in waits(laid_out(call))]


OVER = ("agent", "好了。")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("agent", "我看看。"), (OVER,), [True]),
        (("agent", "我看看。"), (("customer", "喂,还在吗?"), OVER), [True]),  # he calls: he was waiting
        (("agent", "修一次八十。"), (("customer", "那行吧。"), OVER), [False]),  # he may have been thinking
        (("agent", "您看一下编号。"), (("customer", "二零一九。"), OVER), []),
        (("agent", "您看一下编号。"), (("customer", "二零一九。"), 12.0, OVER), [True]),  # he has answered
        (("agent", "编号是多少?"), (("customer", "二零一九。"), 12.0, OVER), [True]),
        (("agent", "编号是多少?"), (OVER,), []),
        (("customer", "你等一下,我找找。"), (OVER,), []),
        (("customer", "什么时候修?"), (OVER,), [True]),
    ],
)
def test_a_silence_is_the_agents_only_where_it_is_his_turn(
    before: tuple[str, str], after: tuple[tuple[str, str] | float, ...], found: list[bool]
) -> None:
    assert silence(before, 14.0, *after) == found


def callback(*lines: tuple[str, str] | float) -> Contact:
    return laid_out(talk(*lines, kind="callback_inpatient", direction="outbound", seconds=60.0))


@pytest.mark.parametrize(
    ("cue", "turns", "is_excused"),
    [("打错了。", 3, True), ("打错了。", 4, False), ("我爸去世了。", 9, True), ("我在家。", 1, False)],
)
def test_what_was_called_off_owes_no_wish_unless_it_took_place_all_the_same(
    cue: str, turns: int, is_excused: bool
) -> None:
    call = callback(
        ("agent", "您好,请问是王先生吗?"),
        ("customer", cue),
        *[("agent", "哦。"), ("customer", "嗯。")] * turns,
    )
    assert (why_not_owed(call, rule("inpatient-wish")) is not None) is is_excused
    assert why_not_owed(call, rule("closing")) is None  # whoever is on the line is seen off
    assert why_not_owed(call, rule("greeting-phone")) is None


def test_who_has_no_time_before_the_agent_has_said_a_word_need_not_be_greeted() -> None:
    call = callback(("customer", "喂,我在开会。"), ("agent", "好的,我晚点打。"))
    assert why_not_owed(call, rule("greeting-phone")) is not None


def test_nobody_is_asked_for_at_a_machine() -> None:
    call = callback(("customer", "您拨打的电话已关机。"), ("agent", "关机了。"))
    assert all(
        why_not_owed(call, rule(r)) is not None for r in ("greeting-phone", "closing", "patient-name-check")
    )


def test_of_somebody_who_may_speak_unheard_nothing_is_excused() -> None:
    alone = talk(("agent", GREETING), ("agent", "喂?"))
    assert why_not_owed(laid_out(alone), rule("closing")) is not None
    doubtful = Segment("customer", 9.0, 20.0, "喂", is_doubtful=True)
    assert (
        why_not_owed(laid_out(replace(alone, segments=(*alone.segments, doubtful))), rule("closing")) is None
    )


def test_whoever_is_fetched_to_the_telephone_gets_an_opening_of_his_own() -> None:
    start: list[tuple[str, str] | float] = [("customer", "喂?"), ("agent", "您好,我找刘先生。")]
    late: list[tuple[str, str] | float] = [
        40.0,
        ("customer", "喂,哪位?"),
        ("agent", "您好。"),
        ("customer", "嗯。"),
        ("agent", "我是医院的。"),
    ]
    fetched = callback(*start, ("customer", "你等一下,我叫他。"), *late)
    assert len(fetched.segments) - 1 in fetched.opening.segments
    slow = callback(*start, ("customer", "嗯。"), *late)
    assert len(slow.segments) - 1 not in slow.opening.segments
