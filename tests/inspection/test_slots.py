"""Patterns with slots and loosened spelling: proposed at their place, never sure."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.text.hits import Hit
from inspection.text.slots import SlotIndex
from inspection.text.tracks import BREAK, Track
from inspection.transcript import Segment
from regulations.values import PhraseRule


def track_of(*pieces: str, pause: float = 0.5) -> Track:
    return Track(((i, Segment("agent", i * 9, (i + 1) * 9 - pause, t)) for i, t in enumerate(pieces)), 2.5)


def hits(
    said: str | Track, *patterns: str, texts: tuple[str, ...] = ("甲乙丙丁",), allow: tuple[str, ...] = ()
) -> list[str]:
    rule = PhraseRule("r", "banned", "cold", texts, allow=allow, patterns=patterns)
    track = said if isinstance(said, Track) else track_of(said)
    found: list[Hit] = SlotIndex([rule]).find(track)
    assert all(h.layer == "pattern" and h.how is not None for h in found)
    return [track.place(h.start, h.end).quote for h in found]


@pytest.mark.parametrize(
    ("said", "pattern", "quotes"),
    [
        ("那您自己看着办吧", "{你|您}自己{看着办|想办法}", ["您自己看着办"]),
        ("你爱来不来呗", "[你]爱{信|买|来}不{信|买|来}", None),
        ("有本事你现在就去投诉我呀", "有本事*投诉", ["有本事你现在就去投诉"]),
        ("有本事的人不少,这位先生要找主管投诉", "有本事*投诉", []),
        ("跟你讲都八百遍了", "讲<2>八百遍", ["讲都八百遍"]),
        ("跟你讲都讲过八百遍了", "你讲<2>八百遍", []),
        ("百分百能退", "{百分之百}{能|可以}退", ["百分百能退"]),
        ("有本事,投诉", "有本事*投诉", ["有本事,投诉"]),
        ("有本事。投诉", "有本事*投诉", []),
        ("急什么急,急什么急", "急什么急", ["急什么急", "急什么急"]),
    ],
)
def test_slots_are_filled_as_the_pattern_says(said: str, pattern: str, quotes: list[str] | None) -> None:
    if quotes is None:  # a pattern may not begin with what need not be there
        with pytest.raises(ValueError, match="begin"):
            hits(said, pattern)
    else:
        assert hits(said, pattern) == quotes


def test_a_gap_holds_no_long_pause() -> None:
    assert hits(track_of("有本事", "投诉", pause=0.5), "有本事*投诉") == ["有本事投诉"]
    assert hits(track_of("有本事", "投诉", pause=7), "有本事*投诉") == []


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        ("您自己看着办", "您自己看着办"),
        ("你那个自己看着办", "你那个自己看着办"),
        ("你自自己看看着办", "你自自己看看着办"),
        ("你嘛就是自己呢看着办", "你嘛就是自己呢看着办"),
    ],
)
def test_words_put_in_repeats_and_a_polite_you_hide_no_text(said: str, quote: str) -> None:
    assert hits(said, texts=("你自己看着办",)) == [quote]


def test_what_is_spelt_exactly_so_is_left_to_the_exact_layer() -> None:
    assert hits("你自己看着办", texts=("你自己看着办",)) == []


def test_look_alikes_swallow_patterns_too() -> None:
    assert hits("您自己看着办理就行", "{你|您}自己看着办", allow=("你自己看着办理",)) == []


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(["天", "{地|人}", "[和]", "*", "<2>", "天地"]), max_size=4),
    st.text("天地人和", max_size=16),
)
def test_a_pattern_is_found_wherever_one_expression_over_everything_finds_it(
    middle: list[str], said: str
) -> None:
    pattern = "天" + "".join(middle) + "人"
    whole = re.compile(
        pattern.replace("{", "(?:").replace("}", ")").replace("[", "(?:").replace("]", ")?")
        .replace("<2>", "[^\n]{0,2}?").replace("*", "[^\n]{0,6}?")
    )  # fmt: skip
    track = track_of(said)
    assert BREAK not in track.text
    assert bool(hits(track, pattern)) == bool(whole.search(said))
