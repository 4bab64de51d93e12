"""One walk finds every phrase of a rulebook, at its place in what was written; held against looking for each by itself."""

from __future__ import annotations

import random
from weakref import ref

from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.phrases import find
from inspection.text.phrase_index import Found, PhraseIndex, has_gap, index_of
from inspection.text.tracks import BREAK, Track
from inspection.text.wording import normalise, spellings_of
from inspection.transcript import Segment, Transcript, merge
from regulations.rulebook import Rulebook, load_rulebook
from regulations.values import FlowCue, PhraseRule, PhraseTrigger
from tests.inspection.speaking import agent_says, department, listed

WORDS = st.text(st.sampled_from("天地人和,"), min_size=1, max_size=4)
RULES = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, max_size=2)), min_size=1, max_size=5
)
SAID = st.lists(st.text(st.sampled_from("天地人和嗯，。 "), max_size=14), max_size=3)


def made(pairs: list[tuple[list[str], list[str]]]) -> list[PhraseRule]:
    return [
        PhraseRule(f"r{i}", "banned", "cold", tuple(texts), allow=tuple(allow))
        for i, (texts, allow) in enumerate(pairs)
    ]


def track_of(pieces: list[str], pause: float = 0.5) -> Track:
    return Track(((i, Segment("agent", i * 9, (i + 1) * 9 - pause, t)) for i, t in enumerate(pieces)), 2.5)


def naive(track: Track, texts: tuple[str, ...]) -> set[tuple[int, int]]:
    """Every place of every spelling, by looking at every place."""
    return {
        (at, at + len(spelling))
        for text in texts
        for spelling in spellings_of(text)
        for at in range(len(track.text))
        if track.text.startswith(spelling, at)
    }


@settings(deadline=None, max_examples=150)
@given(RULES, SAID)
def test_the_index_finds_what_looking_everywhere_finds(
    pairs: list[tuple[list[str], list[str]]], pieces: list[str]
) -> None:
    rules, track = made(pairs), track_of(pieces)
    hits = PhraseIndex(rules).find(track)
    for rule in rules:
        assert {(f.start, f.end) for f in hits.of(rule)} == naive(track, rule.texts)
        assert {(f.start, f.end) for f in hits.allowed(rule)} == naive(track, rule.allow)


@settings(deadline=None, max_examples=150)
@given(RULES, SAID)
def test_what_is_chosen_is_leftmost_longest_and_outside_of_whole_look_alikes(
    pairs: list[tuple[list[str], list[str]]], pieces: list[str]
) -> None:
    rules, track = made(pairs), track_of(pieces)
    hits = PhraseIndex(rules).find(track)
    for rule in rules:
        whole = [(a, b) for a, b in naive(track, rule.allow) if not track.is_divided(a, b)]
        free = {(a, b) for a, b in naive(track, rule.texts) if not any(c <= a and d >= b for c, d in whole)}
        expected: list[tuple[int, int]] = []
        at = 0
        while at < len(track.text):  # as one reads: here the longest, then on behind it
            longest = max((b for a, b in free if a == at), default=0)
            if longest:
                expected.append((at, longest))
            at = max(at + 1, longest)
        assert [(f.start, f.end) for f in hits.chosen(rule)] == expected


@settings(deadline=None, max_examples=50)
@given(RULES, SAID, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_changes_nothing(
    pairs: list[tuple[list[str], list[str]]], pieces: list[str], luck: random.Random
) -> None:
    rules, track = made(pairs), track_of(pieces)
    mixed = list(rules)
    luck.shuffle(mixed)
    one, two = PhraseIndex(rules).find(track), PhraseIndex(mixed).find(track)
    assert all(one.of(r) == two.of(r) and one.chosen(r) == two.chosen(r) for r in rules)


def test_required_and_banned_rules_triggers_and_cues_of_one_name_stay_apart() -> None:
    records = (
        PhraseRule("x", "required", "thanks", ("天地",)),
        PhraseRule("x", "banned", "cold", ("人和",)),
        PhraseTrigger("x", "agent", ("天",), unless=("不",)),
        FlowCue("x", "x", "agent", ("和",)),
    )
    hits = PhraseIndex(records).find(track_of(["不天地人和"]))
    assert [hits.of(r) for r in records] == [
        (Found(1, 3, "天地"),),
        (Found(3, 5, "人和"),),
        (Found(1, 2, "天"),),
        (Found(4, 5, "和"),),
    ]
    assert hits.allowed(records[2]) == (Found(0, 1, "不"),)


def test_a_text_is_found_in_every_spelling_and_two_sounds_only_where_asked() -> None:
    sure = PhraseRule("s", "banned", "cold", ("百分之百有效", "您懂什么"))
    index = PhraseIndex([sure])
    track = track_of(["100%有效，百分百有效。你懂啥"])
    assert [f.text for f in index.find(track).of(sure)] == ["百分之百有效"] * 2
    assert [f.text for f in index.find(track, is_confused=True).of(sure)] == ["百分之百有效"] * 2 + [
        "您懂什么"
    ]


def test_texts_with_a_gap_are_left_to_expressions() -> None:
    gaps = PhraseRule("g", "required", "name_check", ("请问是XXX先生吗", "我是……", "我是客服"))
    assert [has_gap(t) for t in gaps.texts] == [True, True, False]
    assert [f.text for f in PhraseIndex([gaps]).find(track_of(["请问是XXX先生吗我是客服"])).of(gaps)] == [
        "我是客服"
    ]


def test_nothing_is_found_across_a_long_pause() -> None:
    rule = PhraseRule("r", "banned", "cold", ("天地",))
    track = track_of(["天", "地"], pause=6)
    assert BREAK in track.text and PhraseIndex([rule]).find(track).of(rule) == ()


def test_a_rulebook_is_indexed_once_and_holds_every_kind_of_record() -> None:
    book = department()
    assert index_of(book) is index_of(Rulebook.from_record(book.as_record()))
    track = track_of(["您好，再见"])
    assert index_of(book).find(track) is index_of(book).find(track)


def test_what_was_found_in_a_track_is_forgotten_with_the_track() -> None:
    index, track = PhraseIndex(made([(["天地"], ["天地人"])])), track_of(["天地人和"])
    index.find(track)
    alive = ref(track)
    del track
    assert alive() is None


SLIPS = st.lists(
    st.sampled_from(
        [
            "这不归我管",
            "有完没完",
            "您刚才说随便你",
            "好的，请您稍等",
            "他妈的电话",
            "百分之百有效",
            "我们不会让您自己想办法",
            "神经病",
        ]
    ),
    min_size=1,
    max_size=3,
).map("。".join)


def seen(text: str, book: Rulebook) -> list[tuple[str, str, str]]:
    found = listed(Transcript("c", segments=(Segment("agent", 0, 30, text),)), book)
    return [(f.rule, f.verdict, f.layer) for f in found]


@settings(deadline=None, max_examples=25)
@given(SLIPS, st.data())
def test_fillers_blanks_width_and_script_change_no_finding_and_every_quote_is_what_was_written(
    said: str, data: st.DataObject
) -> None:
    book = department()
    written = []
    for character in said:
        if data.draw(st.integers(0, 5)) == 0:
            written.append(data.draw(st.sampled_from(["嗯", "呃", " ", "\u3000"])))
        written.append(
            {"归": "歸", "说": "說", "您": "您", "经": "經", "随": "隨", "会": "會"}.get(character, character)
        )
    text = "".join(written)
    assert seen(text, book) == seen(said, book)
    for f in listed(Transcript("c", segments=(Segment("agent", 0, 30, text),)), book):
        assert f.quote in text
        assert normalise(f.quote).text[:1] == normalise(f.quote[0]).text


HOSTILE = st.text(
    st.sampled_from("滚你他妈的\u202e\u200f\u0301😀👨‍👩‍👧﷽ﬁ①\ud800\udfffＡa1%\n\t\0“”\"') "), max_size=60
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["agent", "customer", "unknown"]), HOSTILE), max_size=4))
def test_no_text_breaks_it_and_the_customer_is_never_charged(lines: list[tuple[str, str]]) -> None:
    segments = merge([Segment(who, i * 2, i * 2 + 1, text) for i, (who, text) in enumerate(lines)])
    for f in find(Transcript("c", segments=segments), department()).findings:
        if f.kind == "banned":
            assert f.segment is not None and segments[f.segment].speaker != "customer"
            assert (f.verdict == "hit") <= (segments[f.segment].speaker == "agent")


def test_a_hundred_thousand_characters_are_one_walk() -> None:
    found = listed(agent_says("好的" * 50_000 + "。这不归我管。" + "你" * 1000), load_rulebook())
    assert [f.quote for f in found if f.layer == "exact"] == ["这不归我管"]
