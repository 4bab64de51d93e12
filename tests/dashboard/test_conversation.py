"""The words of the findings are marked where they were said, and what people said is never interpreted."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.conversation import clock_text, lines_of, marked, numbered, play_from
from dashboard.formats import plain
from db.models import Finding, TranscriptSegment


def found(quote: str, segment: int = 0, start: float = 5.0, **values: Any) -> Finding:
    known: dict[str, object] = {"kind": "banned", "verdict": "hit", "severity": "medium", "decision": None}
    return Finding(quote=quote, segment=segment, start_seconds=start, id=int(start), **(known | values))


def test_a_quote_is_marked_with_its_number() -> None:
    assert (
        marked("您好，这不归我管。", [(1, found("这不归我管"))])
        == "您好，:orange-background[**这不归我管** 1]。"
    )


def test_two_quotes_in_one_utterance_are_both_marked_and_a_repeated_one_twice() -> None:
    text = marked(
        "急什么，急什么，随便你", [(1, found("急什么")), (2, found("急什么")), (3, found("随便你"))]
    )
    assert text.count("-background[") == 3
    assert [text.index(f" {n}]") for n in (1, 2, 3)] == sorted(text.index(f" {n}]") for n in (1, 2, 3))


def test_a_quote_inside_another_shares_its_mark() -> None:
    text = marked("你懂不懂规矩", [(1, found("不懂")), (2, found("你懂不懂"))])
    assert text == ":orange-background[**你懂不懂** 1,2]规矩"


def test_a_quote_that_is_not_there_marks_nothing() -> None:
    assert marked("您好", [(1, found("再见"))]) == "您好"


@pytest.mark.parametrize(
    "said", ["**x**", "[a](javascript:alert(1))", "<script>", ":red[x]", "$x^2$", "# x", "a_b_c"]
)
def test_what_was_said_stays_text(said: str) -> None:
    text = marked(f"{said}滚{said}", [(1, found("滚"))])
    assert plain(said) != said
    assert text == f"{plain(said)}:orange-background[**滚** 1]{plain(said)}"


@pytest.mark.parametrize(
    ("values", "colour"),
    [
        ({"severity": "critical"}, "red"),
        ({"severity": "low"}, "gray"),
        ({"decision": "overturned", "severity": "critical"}, "gray"),
        ({"verdict": "cannot_tell", "severity": "critical"}, "blue"),
    ],
)
def test_the_ground_says_how_grave_it_is(values: dict[str, Any], colour: str) -> None:
    assert marked("滚", [(1, found("滚", **values))]) == f":{colour}-background[**滚** 1]"


def test_findings_are_numbered_as_they_come_in_the_call() -> None:
    late, early = found("乙", start=9), found("甲", start=2)
    missing = found("", start=1, kind="missing", verdict="absent")
    assert [(n, f.quote) for n, f in numbered([missing, late, early])] == [(1, "甲"), (2, "乙"), (3, "")]


def test_the_sure_come_first_then_the_missing_then_proposals_by_likelihood_then_measurements() -> None:
    open_ones: dict[str, Any] = {"verdict": "cannot_tell"}
    findings = [
        found("开口", start=1, kind="missing", **open_ones),
        found("振铃", start=2, kind="measure"),
        found("也许", start=3, probability=0.6, **open_ones),
        found("多半", start=4, probability=0.9, **open_ones),
        found("原话", start=5, **open_ones),
        found("没说", start=6, kind="missing", verdict="absent"),
        found("确定", start=7),
    ]
    assert [f.quote for _, f in numbered(findings)] == [
        "确定",
        "没说",
        "原话",
        "多半",
        "也许",
        "振铃",
        "开口",
    ]


def test_lines_carry_the_findings_of_their_utterance() -> None:
    segments = [
        TranscriptSegment(ordinal=0, speaker="agent", start_seconds=0.4, end_seconds=2, text="您好"),
        TranscriptSegment(ordinal=1, speaker="agent", start_seconds=4, end_seconds=6, text="随便你"),
    ]
    lines = lines_of(segments, [(1, found("随便你", segment=1)), (2, found("", segment=0, verdict="absent"))])
    assert [(line.speaker, line.numbers) for line in lines] == [("agent", ()), ("agent", (1,))]


@pytest.mark.parametrize(("at", "start"), [(10.9, 7), (3.0, 0), (1.2, 0), (None, 0)])
def test_playing_starts_three_seconds_before(at: float | None, start: int) -> None:
    assert play_from(at) == start


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0:00"), (65.0, "1:05"), (3600.0, "60:00")])
def test_a_place_is_written_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text
