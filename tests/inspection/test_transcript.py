"""Transcript files: what is accepted, and what is refused with the field and the segment named."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspection.text.wording import confuse, distance
from inspection.transcript import (
    MAX_SEGMENTS,
    Segment,
    Transcript,
    TranscriptError,
    merge,
    normalise,
    simplify,
)

GOOD: dict[str, Any] = {
    "call_id": "20261121-001",
    "channel": "phone",
    "direction": "inbound",
    "kind": "complaint",
    "hangup_by": "customer",
    "segments": [
        {"speaker": "customer", "start": 3, "end": 4.5, "text": "你好。", "confidence": 0.8},
        {"speaker": "agent", "start": 0.5, "end": 2, "text": "您好!", "confidence": None},
    ],
}


def with_segment(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "segments": [GOOD["segments"][0], {**GOOD["segments"][1], **changes}]}


def test_a_good_file_is_read_and_its_segments_stand_in_time_order() -> None:
    transcript = Transcript.from_json(GOOD)
    assert [s.speaker for s in transcript.segments] == ["agent", "customer"]
    assert (transcript.kind, transcript.hangup_by, transcript.seconds) == ("complaint", "customer", 4.5)


def test_what_is_written_is_read_again() -> None:
    transcript = Transcript.from_json(GOOD)
    assert Transcript.from_json(json.loads(json.dumps(transcript.as_json()))) == transcript


def test_what_may_be_left_out_has_a_meaning() -> None:
    read = Transcript.from_json({"call_id": "a", "segments": [{"start": 0, "end": 1, "text": "喂"}]})
    assert (read.channel, read.direction, read.kind, read.hangup_by) == (
        "phone",
        "inbound",
        "other",
        "unknown",
    )
    assert read.segments == (Segment("unknown", 0.0, 1.0, "喂", None),)


def test_segments_without_words_are_dropped() -> None:
    assert Transcript.from_json(with_segment(text="  ")).segments[0].speaker == "customer"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", -0.1),
        ("start", None),
        ("start", "1"),
        ("start", True),
        ("start", float("nan")),
        ("start", float("inf")),
        ("start", 10**400),
        ("start", 10**9),
        ("start", [1]),
        ("end", 0.4),
        ("end", -1),
        ("end", {"s": 1}),
        ("text", None),
        ("text", 5),
        ("text", "好" * 100_000),
        ("speaker", "客服"),
        ("speaker", 1),
        ("speaker", ["agent"]),
        ("confidence", 1.5),
        ("confidence", "high"),
        ("confidence", float("nan")),
        ("confidence", True),
        ("is_doubtful", "no"),
        ("is_doubtful", 0),
        ("level_db", "-20"),
        ("level_db", 0.1),
        ("level_db", -201),
        ("level_db", float("-inf")),
        ("level_db", float("nan")),
        ("level_db", False),
        ("level_db", [-20]),
    ],
)
def test_a_wrong_value_is_refused_with_its_segment_and_field(field: str, value: object) -> None:
    with pytest.raises(TranscriptError) as refusal:
        Transcript.from_json(with_segment(**{field: value}))
    assert refusal.value.field == f"segments[1].{field}"
    assert refusal.value.field in refusal.value.zh and refusal.value.field in refusal.value.en


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_id", None),
        ("call_id", ""),
        ("call_id", "  "),
        ("call_id", 7),
        ("call_id", "x" * 81),
        ("call_id", "a\x00b"),
        ("channel", "电话"),
        ("channel", 1),
        ("direction", "up"),
        ("kind", "unheard_of"),
        ("hangup_by", "nobody"),
        ("rings", -1),
        ("rings", 2.5),
        ("rings", True),
        ("segments", None),
        ("segments", {}),
        ("segments", "您好"),
    ],
)
def test_a_wrong_head_is_refused_with_its_field(field: str, value: object) -> None:
    with pytest.raises(TranscriptError) as refusal:
        Transcript.from_json({**GOOD, field: value})
    assert refusal.value.field == field


@pytest.mark.parametrize("document", [None, [], "text", 3, True])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(TranscriptError):
        Transcript.from_json(document)


@pytest.mark.parametrize("segment", [None, 1, "您好", []])
def test_a_segment_that_is_no_object_is_refused_by_number(segment: object) -> None:
    with pytest.raises(TranscriptError, match=r"segments\[0\]"):
        Transcript.from_json({**GOOD, "segments": [segment]})


def test_a_million_segments_are_refused_at_once() -> None:
    with pytest.raises(TranscriptError, match=str(MAX_SEGMENTS)):
        Transcript.from_json({**GOOD, "segments": [GOOD["segments"][0]] * 1_000_000})


def test_control_characters_and_half_surrogates_do_not_reach_the_database() -> None:
    read = Transcript.from_json(with_segment(text="您\x00好\ud800。"))
    assert read.segments[0].text == "您 好 。"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "text", "speaker", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from([*GOOD, "rings", "extra"]), _JSON))
def test_no_json_whatever_causes_anything_but_a_refusal(document: dict[str, Any]) -> None:
    try:
        Transcript.from_json(document)
    except TranscriptError as refusal:
        assert refusal.field and refusal.zh


def test_channels_are_merged_by_time() -> None:
    agent = [Segment("agent", 0, 2, "您好"), Segment("agent", 6, 7, "好的")]
    customer = [Segment("customer", 3, 5, "喂"), Segment("customer", 6, 6.5, "嗯")]
    assert [s.text for s in merge(agent, customer)] == ["您好", "喂", "嗯", "好的"]


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("您好,请稍等。", "您好请稍等"),
        ("請您稍等", "请您稍等"),
        ("嗯…那个、您好啊!", "那个您好"),
        ("ＡＢＣ１２３", "abc123"),
        ("他*妈*的", "他妈的"),
        ("妳好", "你好"),
        ("皇后", "皇后"),
        ("😀您 好\n", "您好"),
        ("①号", "1号"),
        ("", ""),
    ],
)
def test_different_spellings_compare_equal(said: str, compared: str) -> None:
    assert normalise(said).text == compared


@given(st.text(max_size=60))
def test_positions_strictly_increase_and_lead_back_to_the_character(text: str) -> None:
    result = normalise(text)
    assert len(result.text) == len(result.positions)
    assert all(a < b for a, b in pairwise(result.positions))
    assert all(normalise(text[p]).text == c for c, p in zip(result.text, result.positions, strict=True))


@given(st.text(alphabet="您好,。請稍 等嗯啊ABc１亲", min_size=1, max_size=40), st.data())
def test_a_slice_maps_back_to_words_that_compare_equal(text: str, data: st.DataObject) -> None:
    result = normalise(text)
    if not result.text:
        return
    start = data.draw(st.integers(0, len(result.text) - 1))
    end = data.draw(st.integers(start + 1, len(result.text)))
    begin, until = result.span(start, end)
    assert normalise(text[begin:until]).text == result.text[start:end]


@given(st.text(max_size=60))
def test_comparing_twice_changes_nothing(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.text(alphabet="請您稍等後面皇后裏麵乾淨ab,。", max_size=30))
def test_simplifying_keeps_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)


def test_simplifying_knows_words() -> None:
    assert simplify("請您稍等,皇后在後面。") == "请您稍等,皇后在后面。"


@given(st.text(alphabet="您好再见", min_size=1, max_size=5), st.text(alphabet="您好再见", max_size=12))
def test_the_distance_is_the_least_over_all_parts(pattern: str, text: str) -> None:
    def edits(a: str, b: str) -> int:
        row = list(range(len(b) + 1))
        for i, x in enumerate(a, start=1):
            fresh = [i]
            for j, y in enumerate(b, start=1):
                fresh.append(min(row[j - 1] + (x != y), row[j] + 1, fresh[-1] + 1))
            row = fresh
        return row[-1]

    parts = [text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
    assert distance(pattern, text)[0] == min(edits(pattern, part) for part in parts)


def test_nin_and_ni_can_be_folded_together() -> None:
    assert confuse("您好") == confuse("你好")
