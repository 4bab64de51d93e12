"""您好 and 你好 scored against the sound: where it is asked, what the margin is, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.limits import limits_of
from inspection.pipeline import InspectionResult, inspect_transcript
from inspection.sound.activity import SAMPLE_RATE
from inspection.sound.engines import load_engine
from inspection.sound.listening import hear_channels
from inspection.text.pairs import Margin, margin_at, other_spelling, pair_step, pair_steps
from inspection.text.tracks import Track
from inspection.text.utterances import Segment, Word
from inspection.transcript import Transcript
from regulations.rulebook import Rulebook, load_rulebook
from tests.inspection.sounds import demo

NEARER = Margin("你好", "您好", -1.8, -0.3)


def said(*words: tuple[str, tuple[tuple[str, float], ...]], start: float = 0.0) -> Segment:
    """A segment of words, a second each, with their alternatives."""
    timed = tuple(
        Word(text, text, start + i, start + i + 1, 0.9, others) for i, (text, others) in enumerate(words)
    )
    return Segment("agent", start, start + len(words), "".join(text for text, _ in words), 0.9, timed)


ONE_WORD = said(("那，", ()), ("你好，", (("你好，", -1.8), ("您好，", -0.3))), ("请问", ()))
TWO_WORDS = said(("您", (("您", -0.1), ("你", -4.0))), ("好。", ()))


@pytest.mark.parametrize(
    ("text", "position", "other"),
    [
        ("您好", 0, "你"),
        ("你好", 0, "您"),
        ("喂你好吗", 1, "您"),
        ("你好", 1, ""),  # 好 itself
        ("你们好", 0, ""),  # not directly before it
        ("您，好的", 0, ""),
        ("帮您", 1, ""),
        ("你", 0, ""),
        ("很好", 0, ""),
    ],
)
def test_it_is_asked_only_where_it_matters(text: str, position: int, other: str) -> None:
    assert other_spelling(text, position) == other


@given(st.text("您你好们，a", min_size=1, max_size=12))
def test_the_other_spelling_s_other_spelling_is_what_was_written(text: str) -> None:
    for at, character in enumerate(text):
        if other := other_spelling(text, at):
            assert other != character and text[at + 1] == "好"
            assert other_spelling(text[:at] + other + text[at + 1 :], at) == character


def test_the_margin_stands_at_the_character_whether_the_greeting_is_one_word_or_two() -> None:
    assert margin_at(ONE_WORD, 2) == NEARER
    assert NEARER.difference == pytest.approx(-1.5) and NEARER.likelier == "您好"
    assert margin_at(TWO_WORDS, 0) == Margin("您好", "你好", -0.1, -4.0)


def test_there_is_none_where_nobody_scored_or_another_word_stands() -> None:
    bare = replace(ONE_WORD, words=tuple(replace(w, alternatives=()) for w in ONE_WORD.words))
    assert margin_at(bare, 2) is None
    assert margin_at(replace(ONE_WORD, words=()), 2) is None
    assert margin_at(ONE_WORD, 0) is None and margin_at(ONE_WORD, 99) is None
    only_itself = said(("你好", (("你好", -1.0),)))
    other_place = said(("你好", (("你好", -1.0), ("你号", -2.0))))
    assert margin_at(only_itself, 0) is None and margin_at(other_place, 0) is None


@pytest.mark.parametrize(
    ("limit", "zh", "en"),
    [
        (1.5, "：更像“您好”", ": nearer to “您好”"),
        (1.6, "：小于 1.6，听不出是哪一个", ": under 1.6, too close to tell"),
        (None, "差距 1.5", "margin 1.5"),
    ],
)
def test_it_is_told_with_both_scores_the_likelier_first(limit: float | None, zh: str, en: str) -> None:
    told = pair_step(Margin("你好", "您好", -1.75, -0.25), limit)
    assert told.zh.startswith("对照录音评分：“您好”−0.2，“你好”−1.8，差距 1.5") and told.zh.endswith(zh)
    assert told.en.startswith("scored against the sound: “您好” −0.2, “你好” −1.8") and told.en.endswith(en)


def test_without_scores_it_says_so() -> None:
    assert "没有对照录音" in pair_step(None, 1.0).zh and "not scored" in pair_step(None, 1.0).en


def test_a_step_for_every_greeting_in_the_words_and_none_for_the_rest() -> None:
    track = Track([(0, ONE_WORD), (3, said(("你好", ()), start=20.0))], 2.5)
    first, second = pair_steps(track, 0, len(track.text), 1.0)
    assert first == pair_step(NEARER, 1.0) and second == pair_step(None, 1.0)
    at = track.text.index("你好")
    assert pair_steps(track, at, at + 2, 1.0) == (first,)
    assert pair_steps(track, at + 1, at + 2, 1.0) == ()


BAN = """
[[phrase.banned]]
id = "no-nihao"
category = "informal_nihao"
texts = ["你好"]
suggest = ["您好"]
channel = ["phone", "chat"]
points = 2
source = []
status = "product_choice"
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """A rulebook that bans 你好 everywhere and asks for 您好 on the telephone."""
    site = tmp_path_factory.mktemp("site") / "site.toml"
    site.write_text(BAN, encoding="utf-8")
    return load_rulebook(site=site)


def contact(channel: str, segment: Segment = ONE_WORD) -> Transcript:
    ends = Segment("agent", 30, 32, "谢谢您的来电，再见。")
    return Transcript("c", channel, "inbound", "inbound_service", "agent", (segment, ends))


def told(result: InspectionResult) -> tuple[list[tuple[str, Decimal]], list[str]]:
    """Verdict and points of the findings on 你好, and every step of them and of the greeting's check."""
    found = [f for f in result.findings if f.rule == "no-nihao"]
    checks = [c for c in result.checks if c.category == "greeting" and c.applicable]
    steps = [s.zh for f in found for s in f.steps] + [s.zh for c in checks for s in c.steps]
    return [(f.verdict, f.points) for f in found], steps


def test_in_speech_it_costs_nothing_and_both_the_finding_and_the_greeting_show_the_margin(
    strict: Rulebook,
) -> None:
    charged, steps = told(inspect_transcript(contact("phone"), strict))
    assert charged == [("cannot_tell", Decimal(0))]
    shown = pair_step(NEARER, limits_of(strict).nihao_margin).zh
    assert steps.count(shown) == 2
    clear = said(("你好", (("你好", -0.01), ("您好", -30.0))), ("请问", ()))
    charged, steps = told(inspect_transcript(contact("phone", clear), strict))
    assert charged == [("cannot_tell", Decimal(0))]  # however far apart they are
    assert sum("更像“你好”" in s for s in steps) == 2


def test_without_scores_both_say_that_there_is_no_margin(strict: Rulebook) -> None:
    bare = replace(ONE_WORD, words=tuple(replace(w, alternatives=()) for w in ONE_WORD.words))
    charged, steps = told(inspect_transcript(contact("phone", bare), strict))
    assert charged == [("cannot_tell", Decimal(0))] and steps.count(pair_step(None, 1).zh) == 2


def test_in_a_chat_the_spelling_is_exact_and_nobody_speaks_of_sound(strict: Rulebook) -> None:
    charged, steps = told(inspect_transcript(contact("chat"), strict))
    assert charged == [("hit", Decimal(2))] and not any("录音评分" in s for s in steps)


@pytest.mark.speech
def test_a_recording_in_which_you_is_said_plainly_shows_its_margin_and_accuses_nobody(
    strict: Rulebook,
) -> None:
    entry, audio = demo("c01")
    customer = 1 - entry["agent_channel"]
    turn = next(t for t in entry["turns"] if t["speaker"] == "customer" and t["text"].startswith("你好"))
    sound = np.ascontiguousarray(
        audio.channels[customer][: int((turn["end"] + 0.5) * SAMPLE_RATE)], np.float32
    )
    (heard,) = hear_channels((sound,), load_engine("demo", 1, precision="float32"))
    (greets,) = (replace(s, speaker="agent") for s in heard.segments if s.text.startswith("你好"))
    stored = json.loads(json.dumps(contact("phone", greets).as_json()))
    charged, steps = told(inspect_transcript(Transcript.from_json(stored), strict))
    assert charged == [("cannot_tell", Decimal(0))]
    assert any(s.startswith("对照录音评分：“你好”") and s.endswith("更像“你好”") for s in steps)
