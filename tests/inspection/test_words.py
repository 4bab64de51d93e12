"""Words with their own times: read from a file, refused by name, and turned into the second of a finding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.text.tracks import Track
from inspection.text.utterances import Span
from inspection.transcript import Segment, Transcript, TranscriptError, Word

WORDS: list[dict[str, Any]] = [
    {"text": "这", "start": 1.0, "end": 1.2, "probability": 0.9},
    {"text": "不归,", "raw": "不歸,", "start": 3.0, "end": 3.4, "probability": 0.8},
    {"text": "我管", "start": 3.4, "end": 4.0},
]


OWN = WORDS[1]["text"]


def document(words: object = WORDS, **segment: Any) -> dict[str, Any]:
    said = {"speaker": "agent", "start": 1, "end": 4, "text": "这不归,我管", "words": words, **segment}
    return {"call_id": "a", "segments": [said]}


def test_words_come_in_and_go_out_again() -> None:
    read = Transcript.from_json(document(is_doubtful=True, confidence=0.7))
    (segment,) = read.segments
    assert segment.is_doubtful
    assert segment.words[1] == Word("不歸,", "不归,", 3.0, 3.4, 0.8)
    assert segment.words[2].probability == 0.7  # the segment's, where the word has none
    assert Transcript.from_json(json.loads(json.dumps(read.as_json()))) == read


def test_spellings_and_levels_come_in_and_go_out_again() -> None:
    given = changed(1, alternatives=[[OWN, -1.75], ["不管,", -0.25]])
    read = Transcript.from_json(document(given, level_db=-23.4))
    (segment,) = read.segments
    assert segment.level_db == -23.4
    assert segment.words[1].alternatives == ((OWN, -1.75), ("不管,", -0.25))
    assert [w.alternatives for w in (segment.words[0], segment.words[2])] == [(), ()]
    assert Transcript.from_json(json.loads(json.dumps(read.as_json()))) == read
    none = Transcript.from_json(document(changed(1, alternatives=[]), level_db=None))
    assert none == Transcript.from_json(document()) and none.segments[0].level_db is None


def test_a_file_without_words_is_written_without_them() -> None:
    (shown,) = Transcript.from_json(document(None)).as_json()["segments"]
    assert set(shown) == {"speaker", "start", "end", "text", "confidence"}


def changed(number: int, **fields: Any) -> list[dict[str, Any]]:
    return [{**w, **fields} if i == number else w for i, w in enumerate(WORDS)]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("这不归我管", "words"),
        (WORDS[:2], "words"),  # joined they are not the text
        (changed(0, text="那"), "words"),
        (changed(1, text="不归", raw="不歸"), "words"),  # the comma belongs to a word
        ([*WORDS[:2], "我管"], "words[2]"),
        (changed(1, text=None), "words[1].text"),
        (changed(1, text=7), "words[1].text"),
        (changed(1, raw=7), "words[1].raw"),
        (changed(1, raw="不歸"), "words[1].raw"),
        (changed(1, start=None), "words[1].start"),
        (changed(1, start="3"), "words[1].start"),
        (changed(1, start=-1), "words[1].start"),
        (changed(1, end=2.9), "words[1].end"),
        (changed(1, start=0.9, end=1.0), "words[1].start"),  # before the word in front of it
        (changed(0, start=0.4), "words[0].start"),  # long before its segment
        (changed(2, end=4.6), "words[2].end"),
        (changed(2, end=float("nan")), "words[2].end"),
        (changed(2, probability=1.1), "words[2].probability"),
        (changed(2, probability="high"), "words[2].probability"),
        (changed(2, probability=True), "words[2].probability"),
        (changed(1, alternatives="你好"), "words[1].alternatives"),
        (changed(1, alternatives={"你好": -1}), "words[1].alternatives"),
        (changed(1, alternatives=[[OWN, -0.1]] * 21), "words[1].alternatives"),
        (changed(1, alternatives=[[OWN, -0.1], "容"]), "words[1].alternatives[1]"),
        (changed(1, alternatives=[[OWN, -0.1, 3]]), "words[1].alternatives[0]"),
        (changed(1, alternatives=[[1, -0.1]]), "words[1].alternatives[0]"),
        (changed(1, alternatives=[["不归", -0.1]]), "words[1].alternatives[0][0]"),
        (changed(1, alternatives=[[OWN, -0.1], [OWN, -0.2]]), "words[1].alternatives[1][0]"),
        (changed(1, alternatives=[[OWN, 0.1]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[[OWN, float("-inf")]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[[OWN, float("nan")]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[[OWN, None]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[[OWN, False]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[[OWN, 10**400]]), "words[1].alternatives[0][1]"),
        (changed(1, alternatives=[["他" * len(OWN), -0.1]]), "words[1].alternatives"),
    ],
)
def test_wrong_words_are_refused_by_the_name_of_the_field(words: object, field: str) -> None:
    with pytest.raises(TranscriptError) as refusal:
        Transcript.from_json(document(words))
    assert refusal.value.field == f"segments[0].{field}"
    assert refusal.value.field in refusal.value.zh and refusal.value.field in refusal.value.en


def test_whether_a_segment_is_doubtful_is_yes_or_no() -> None:
    with pytest.raises(TranscriptError) as refusal:
        Transcript.from_json(document(is_doubtful="yes"))
    assert refusal.value.field == "segments[0].is_doubtful"


# -- from words to seconds -------------------------------------------------------------------------------------------


def place(segment: Segment, start: int, end: int) -> Span:
    found = Track([(0, segment)], 2.5).place(start, end)
    return found.start, found.end


def words_of(*words: tuple[str, float, float]) -> tuple[Word, ...]:
    return tuple(Word(text, text, start, end, 0.9) for text, start, end in words)


def test_a_finding_begins_with_its_first_word_and_ends_with_its_last() -> None:
    segment = Segment(
        "agent",
        0,
        10,
        "您好,随便你。",
        words=words_of(("您好,", 0.5, 1.1), ("随便", 7.0, 7.6), ("你。", 7.6, 8.0)),
    )
    assert place(segment, 2, 5) == (7.0, 8.0)  # 随便你; by share of characters it would stand at 4.0
    assert place(segment, 0, 2) == (0.5, 1.1)  # the comma takes no time
    assert place(segment, 3, 4) == pytest.approx((7.3, 7.6))  # 便, half of its word


def test_without_words_the_time_is_shared_out() -> None:
    assert place(Segment("agent", 0, 10, "您好,随便你。"), 2, 5) == (4.0, 10.0)


def test_words_that_stick_out_are_held_within_their_utterance() -> None:
    segment = Segment("agent", 1, 2, "您好", words=words_of(("您", 0.6, 1.2), ("好", 1.9, 2.4)))
    assert place(segment, 0, 2) == (1.0, 2.0)


@given(
    st.lists(
        st.tuples(st.text("您好,a 嗯。", min_size=1, max_size=4), st.floats(0, 30), st.floats(0, 5)),
        min_size=1,
    )
)
def test_every_character_lies_in_its_word_and_none_before_the_one_in_front(
    drawn: list[tuple[str, float, float]],
) -> None:
    starts = sorted(start for _, start, _ in drawn)
    ends = [*starts[1:], 40.0]
    words = words_of(*((t, a, min(a + d, b)) for (t, _, d), a, b in zip(drawn, starts, ends, strict=True)))
    segment = Segment("agent", 0, 40, "".join(w.text for w in words), words=words)
    track = Track([(0, segment)], 2.5)
    owner = [w for w in words for _ in w.text]
    before = 0.0
    for i, at in enumerate(track.at):
        start, end = place(segment, i, i + 1)
        word = owner[at]
        assert word.start - 1e-6 <= start <= end <= word.end + 1e-6
        assert start >= before - 1e-6
        before = start
