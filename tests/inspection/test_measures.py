"""Measures against conversations whose numbers can be worked out by hand."""

from __future__ import annotations

import pytest

from inspection.findings import Check
from inspection.measures import measure, measured_findings
from inspection.transcript import Segment, Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, talk

BOOK = load_rulebook()


def call(*segments: Segment, **more: object) -> Transcript:
    return Transcript("c", segments=segments, **more)  # type: ignore[arg-type]


def test_silence_talk_and_speed_add_up() -> None:
    m = measure(
        call(
            Segment("agent", 1, 4, "您好,客服中心。"),
            Segment("customer", 5, 7, "我要查订单。"),
            Segment("agent", 13, 16, "好的。"),
            duration_seconds=20.0,
        )
    )
    assert m["duration_seconds"] == 20
    assert (m["agent_talk_seconds"], m["customer_talk_seconds"]) == (6, 2)
    assert m["agent_talk_share"] == pytest.approx(0.75)
    assert m["agent_characters_per_minute"] == pytest.approx(8 * 60 / 6)
    assert m["silence_seconds"] == 12 and m["silence_share"] == pytest.approx(0.6)
    assert (m["dead_air_seconds"], m["dead_air_count"]) == (
        6,
        1,
    )  # 7 to 13; the 4 seconds at the end are none
    assert (m["longest_silence_seconds"], m["longest_silence_start"]) == (6, 7)


def test_an_interruption_is_who_begins_while_the_other_speaks() -> None:
    m = measure(call(Segment("customer", 0, 5, "我要投诉你们"), Segment("agent", 3, 6, "等一下")))
    assert (m["agent_interruptions"], m["customer_interruptions"], m["overlap_seconds"]) == (1, 0, 2)


def test_taking_turns_closely_is_no_interruption() -> None:
    m = measure(call(Segment("customer", 0, 5, "我要投诉你们"), Segment("agent", 4.9, 6, "好的")))
    assert m["agent_interruptions"] == 0


def test_overlapping_segments_of_one_speaker_are_not_counted_twice() -> None:
    assert (
        measure(call(Segment("agent", 0, 4, "您好"), Segment("agent", 2, 5, "您好")))["agent_talk_seconds"]
        == 5
    )


def test_nothing_said_has_no_shares_and_no_speed() -> None:
    m = measure(call(duration_seconds=12.0))
    assert m["agent_talk_share"] is None and m["agent_characters_per_minute"] is None
    assert m["silence_share"] == 1.0 and m["longest_silence_seconds"] == 12


def test_an_empty_transcript_measures_nothing() -> None:
    m = measure(call())
    assert m["duration_seconds"] == 0 and m["silence_share"] is None and m["longest_silence_start"] is None


@pytest.mark.parametrize(("rings", "is_found"), [(None, False), (0, False), (3, False), (4, True)])
def test_more_rings_than_the_rulebook_allows_are_recorded_without_points(
    rings: int | None, is_found: bool
) -> None:
    found = measured_findings(talk(("agent", GREETING), rings=rings), (), BOOK)
    assert [(f.category, f.points, f.kind) for f in found] == ([("rings", 0, "measure")] if is_found else [])
    if found:
        assert found[0].clauses == BOOK.clauses("call.max_rings")


@pytest.mark.parametrize(
    ("hangup_by", "verdict", "is_found"),
    [
        ("agent", "absent", True),
        ("agent", "hit", False),
        ("customer", "absent", False),
        ("agent", "cannot_tell", False),
    ],
)
def test_an_agent_who_hangs_up_without_a_closing_is_recorded(
    hangup_by: str, verdict: str, is_found: bool
) -> None:
    found = measured_findings(
        talk(("agent", CLOSING), hangup_by=hangup_by), (Check("closing", "closing", verdict, True),), BOOK
    )
    assert [f.category for f in found] == (["agent_hangup"] if is_found else [])
