"""Where an opening ends and a closing begins: every edge by time, by turns and by what happens, on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspection.limits import Limits, limits_of
from inspection.phrases import find
from inspection.text.owed import Contact
from inspection.text.phases import ALWAYS
from inspection.transcript import Segment, Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, talk

BOOK = load_rulebook()
BASE = limits_of(BOOK)
LIMITS = replace(
    BASE, opening_seconds=20.0, opening_turns=1, opening_until_matter=6, closing_seconds=20.0, closing_turns=1,
    closing_cues=("再见",), turn_pause=3.0,
)  # fmt: skip


def contact(
    *segments: tuple[str, float, float, str], direction: str = "inbound", limits: Limits = LIMITS
) -> Contact:
    made = tuple(Segment(*s) for s in segments)
    return Contact(Transcript("c", direction=direction, segments=made), limits)


@pytest.mark.parametrize(("start", "is_inside"), [(30.0, True), (30.01, False)])
def test_the_opening_ends_when_its_seconds_from_the_agents_first_word_are_over(
    start: float, is_inside: bool
) -> None:
    call = contact(("agent", 10, 12, "喂"), ("customer", 13, 14, "喂"), ("agent", start, start + 1, "您好"))
    assert (2 in call.opening.segments) is is_inside
    assert call.opening.span == (0.0, 30.0)


@pytest.mark.parametrize(("turns", "is_inside"), [(1, False), (2, True)])
def test_the_opening_holds_the_agents_first_turns_however_late(turns: int, is_inside: bool) -> None:
    call = contact(
        ("agent", 0, 1, "喂"), ("customer", 2, 60, "嗯"), ("agent", 61, 62, "您好"),
        limits=replace(LIMITS, opening_turns=turns),
    )  # fmt: skip
    assert (2 in call.opening.segments) is is_inside
    assert call.opening.span[1] == (62.0 if is_inside else 20.0)


@pytest.mark.parametrize(
    ("said", "start", "is_inside"),
    [
        ("我要查订单", 39.0, False),  # five characters state no matter: the time is over
        ("我要查一订单", 39.9, True),  # six do, and he has not finished
        ("我要查一订单", 40.0, False),  # the answer to it
        ("喂,您好,请问在吗", 39.0, False),  # hellos are no matter, however many
        ("您好,我要查一订单", 39.9, True),
    ],
)
def test_the_opening_lasts_until_the_customer_has_stated_the_matter(
    said: str, start: float, is_inside: bool
) -> None:
    segments = (("agent", 0, 1, "喂"), ("customer", 30, 40, said), ("agent", start, 45, "您好"))
    assert (2 in contact(*segments).opening.segments) is is_inside
    # Whoever calls out states the matter himself; and a rulebook may not look for it at all.
    assert 2 not in contact(*segments, direction="outbound").opening.segments
    without = replace(LIMITS, opening_until_matter=None)
    assert 2 not in contact(*segments, limits=without).opening.segments


def test_a_greeting_after_the_matter_but_within_the_time_counts_and_the_check_says_so() -> None:
    call = talk(
        ("agent", "什么事?"),
        ("customer", "我想问一下我的订单。"),
        ("agent", "您好,请讲。"),
        ("agent", CLOSING),
    )
    (check,) = [c for c in find(call, BOOK).checks if c.rule == "greeting-phone"]
    assert check.verdict == "hit" and "说出来意" in check.steps[-1].zh
    polite = talk(("agent", GREETING), ("customer", "我想问一下我的订单。"), ("agent", CLOSING))
    (check,) = [c for c in find(polite, BOOK).checks if c.rule == "greeting-phone"]
    assert not any("说出来意" in s.zh for s in check.steps)


@pytest.mark.parametrize(("end", "is_inside"), [(80.0, True), (79.99, False)])
def test_the_closing_begins_its_seconds_before_the_agents_last_word_ends(end: float, is_inside: bool) -> None:
    call = contact(("agent", 70, end, "谢谢"), ("customer", 81, 90, "嗯"), ("agent", 91, 100, "好"))
    assert (0 in call.closing.segments) is is_inside
    assert call.closing.span == (80.0, float("inf"))


@pytest.mark.parametrize(("turns", "is_inside"), [(1, False), (2, True)])
def test_the_closing_holds_the_agents_last_turns_however_early(turns: int, is_inside: bool) -> None:
    call = contact(
        ("agent", 0, 1, "再会"), ("customer", 2, 60, "嗯"), ("agent", 61, 90, "好"),
        limits=replace(LIMITS, closing_turns=turns),
    )  # fmt: skip
    assert (0 in call.closing.segments) is is_inside


@pytest.mark.parametrize(
    ("at", "speaker", "said", "is_inside"),
    [
        (50.0, "agent", "再见", True),  # in the second half of 100 seconds
        (49.0, "agent", "再见", False),  # before it
        (50.0, "customer", "再见", True),  # either side closes
        (50.0, "customer", "回头见", False),
    ],
)
def test_the_closing_begins_with_the_last_cue_in_the_second_half(
    at: float, speaker: str, said: str, is_inside: bool
) -> None:
    cue = (speaker, at, at + 1, said)
    call = contact(
        ("agent", 0, 1, "喂"),
        cue,
        ("agent", 52, 53, "祝您顺利"),
        ("customer", 60, 95, "还有"),
        ("agent", 96, 100, "好"),
    )
    assert (2 in call.closing.segments) is is_inside
    assert (call.closing.why is not None and "再见" in call.closing.why.zh) is is_inside


def test_of_two_cues_the_last_begins_the_closing() -> None:
    call = contact(
        ("agent", 55, 56, "再见"), ("customer", 57, 65, "等等"), ("agent", 66, 67, "再见"), ("customer", 70, 95, "还有"),
        ("agent", 96, 100, "好"),
    )  # fmt: skip
    assert call.closing.segments == {2, 4}


def test_without_a_word_of_the_agent_there_are_no_phases() -> None:
    call = contact(("customer", 0, 1, "喂"))
    assert call.opening.segments == call.closing.segments == frozenset()
    assert call.opening.span == call.closing.span == ALWAYS
    assert contact().window("opening") == frozenset()
