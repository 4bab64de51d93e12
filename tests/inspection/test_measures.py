"""Measures against conversations whose numbers can be worked out by hand, and against a grid of ten milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.findings import Check
from inspection.limits import measured_by
from inspection.measured.measures import interruptions, measure
from inspection.measured.remarks import measured_findings
from inspection.transcript import Segment, Stretch, Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import CLOSING, GREETING, talk

BOOK = load_rulebook()


def call(*segments: Segment, **more: object) -> Transcript:
    return Transcript("c", segments=segments, **more)  # type: ignore[arg-type]


def measured(*segments: Segment, **more: object) -> dict[str, Any]:
    return measure(call(*segments, **more), BOOK)


def test_silence_talk_and_speed_add_up() -> None:
    m = measured(
        Segment("agent", 1, 4, "您好,客服中心。"),
        Segment("customer", 5, 7, "我要查订单。"),
        Segment("agent", 13, 16, "好的。"),
        duration_seconds=20.0,
    )
    assert m["duration_seconds"] == 20
    assert (m["agent_talk_seconds"], m["customer_talk_seconds"]) == (6, 2)
    assert m["agent_talk_share"] == pytest.approx(0.75)
    assert m["agent_characters_per_minute"] == pytest.approx(8 * 60 / 6)
    assert m["silence_seconds"] == 12 and m["silence_share"] == pytest.approx(0.6)
    assert m["talk_share"] == pytest.approx(0.4)
    # 7 to 13; the 4 seconds at the end are none
    assert (m["dead_air_seconds"], m["dead_air_count"]) == (6, 1)
    assert m["dead_air"] == [{"start": 7, "seconds": 6}]
    assert (m["longest_silence_seconds"], m["longest_silence_start"]) == (6, 7)


@pytest.mark.parametrize(("next_word", "count"), [(7.1, 1), (7.09, 0)])
def test_a_silence_is_dead_air_from_its_very_limit_on(next_word: float, count: int) -> None:
    m = measured(Segment("agent", 0, 2.1, "您好"), Segment("customer", next_word, 9, "喂"))
    assert m["dead_air_count"] == count


def test_an_interruption_is_who_begins_while_the_other_speaks() -> None:
    m = measured(Segment("customer", 0, 5, "我要投诉你们"), Segment("agent", 3, 6, "等一下"))
    assert (m["agent_interruptions"], m["customer_interruptions"], m["overlap_seconds"]) == (1, 0, 2)


@pytest.mark.parametrize(
    ("start", "end", "text", "count"),
    [
        (4.69, 6, "等一下", 1),
        (4.7, 6, "等一下", 0),  # 0.3 s at once is how people take turns
        (1, 1.31, "等一下", 1),
        (1, 1.3, "等一下", 0),
        (5, 6, "等一下", 0),
        (0, 6, "等一下", 0),  # they began together
        (1, 3, "嗯嗯", 0),  # who listens breaks in on nobody
        (1, 3, "好的,", 0),
        (1, 3, "好的你听我说", 1),
    ],
)
def test_what_counts_as_an_interruption(start: float, end: float, text: str, count: int) -> None:
    segments = (Segment("customer", 0, 5, "我要投诉你们"), Segment("agent", start, end, text))
    m = measured(*sorted(segments, key=lambda s: s.start))
    assert m["agent_interruptions"] == count


def test_overlapping_segments_of_one_speaker_are_not_counted_twice() -> None:
    assert measured(Segment("agent", 0, 4, "您好"), Segment("agent", 2, 5, "您好"))["agent_talk_seconds"] == 5


def test_nothing_said_has_no_shares_and_no_speed() -> None:
    m = measured(duration_seconds=12.0)
    assert m["agent_talk_share"] is None and m["agent_characters_per_minute"] is None
    assert m["silence_share"] == 1.0 and m["longest_silence_seconds"] == 12


def test_an_empty_transcript_measures_nothing() -> None:
    m = measured()
    assert m["duration_seconds"] == 0 and m["silence_share"] is None and m["longest_silence_start"] is None


def test_the_fastest_turn_is_of_enough_speech_and_named_with_its_second() -> None:
    m = measured(
        Segment("agent", 0, 1, "快" * 20),  # a second is no stretch
        Segment("customer", 1, 2, "啊?"),
        Segment("agent", 10, 13, "字" * 15),
        Segment("agent", 13, 15, "字" * 15),
        Segment("customer", 15, 16, "好"),
        Segment("agent", 20, 26, "字" * 24),
    )
    assert (m["agent_fastest_characters_per_minute"], m["agent_fastest_start"]) == (360, 10)
    slow = measured(Segment("agent", 0, 4.99, "字" * 15))
    assert slow["agent_fastest_start"] is None and slow["agent_characters_per_minute"] is not None


def test_answering_takes_as_long_as_its_rings() -> None:
    assert measured(rings=2)["answer_seconds"] == 10
    assert measured()["answer_seconds"] is None and measured(rings=0)["answer_seconds"] == 0


# -- loudness ----------------------------------------------------------------------------------------------------------


def loud(*levels: float | None, seconds: float = 1.0, **more: Any) -> Transcript:
    return call(
        *(
            Segment("agent", 2.0 * i, 2.0 * i + seconds, "您好", level_db=d, **more)
            for i, d in enumerate(levels)
        )
    )


@pytest.mark.parametrize(
    ("transcript", "jumps"),
    [
        (loud(-30, -30, -30, -20), [3]),
        (loud(-30, -30, -30, -20.1), []),
        (loud(-30, -20), None),  # of two nobody knows which is usual
        (loud(-30, None, -30, -30, -20), [4]),
        (loud(-30, -30, -30, -20, seconds=0.99), None),
        (loud(-30, -30, -30, -20, is_doubtful=True), None),
        (loud(None, None, None), None),
        (loud(-30, -20, -20, -20), []),  # loud is his usual
    ],
)
def test_a_jump_is_an_utterance_far_above_the_agents_own_median(
    transcript: Transcript, jumps: list[int] | None
) -> None:
    m = measure(transcript, BOOK)
    assert (None if m["loudness_jumps"] is None else [j["segment"] for j in m["loudness_jumps"]]) == jumps
    found = [f for f in measured_findings(transcript, (), BOOK) if f.category == "loudness"]
    assert [f.segment for f in found] == (jumps or [])
    if found:
        assert found[0].clauses == ("B1.29", "B1.8") and found[0].start == 2.0 * found[0].segment  # type: ignore[operator]
        assert "10.0 分贝" in found[0].steps[0].zh


# -- a chat ------------------------------------------------------------------------------------------------------------


def test_in_a_chat_nothing_of_speech_is_measured() -> None:
    chat = replace(
        talk(("agent", "您好"), 90.0, ("customer", "在吗"), ("agent", "字" * 900), rings=9), channel="chat"
    )
    m = measure(chat, BOOK)
    spoken = set(m) - {"duration_seconds", "hangup_by"}
    assert spoken == set(measured()) - {"duration_seconds", "hangup_by"}
    assert all(m[key] is None for key in spoken)
    assert measured_findings(chat, (), BOOK) == ()


# -- remarks -----------------------------------------------------------------------------------------------------------


def categories(transcript: Transcript, *checks: Check) -> list[str]:
    found = measured_findings(transcript, checks, BOOK)
    assert all(
        (f.kind, f.verdict, f.points, f.layer, f.needs_review) == ("measure", "hit", 0, "measure", True)
        for f in found
    )
    return [f.category for f in found]


@pytest.mark.parametrize(("rings", "is_found"), [(None, False), (0, False), (2, False), (3, True), (4, True)])
def test_a_call_still_unanswered_at_the_last_ring_is_recorded_without_points(
    rings: int | None, is_found: bool
) -> None:
    """B1.8, 三声以上, read with the number included."""
    transcript = talk(("agent", GREETING), rings=rings)
    assert categories(transcript) == (["rings"] if is_found else [])
    if is_found:
        (found,) = measured_findings(transcript, (), BOOK)
        assert found.clauses == ("B1.8",) and any("5 秒" in s.zh for s in found.steps)


@pytest.mark.parametrize(
    ("hangup_by", "verdict", "is_found"),
    [
        ("agent", "absent", True),
        ("agent", "hit", False),
        ("customer", "absent", False),
        ("unknown", "absent", False),
        ("agent", "cannot_tell", False),
    ],
)
def test_an_agent_who_hangs_up_without_a_closing_is_recorded(
    hangup_by: str, verdict: str, is_found: bool
) -> None:
    transcript = talk(("agent", CLOSING), hangup_by=hangup_by)
    found = categories(transcript, Check("closing", "closing", verdict, True))
    assert found == (["agent_hangup"] if is_found else [])


def speech(who: str, start: float, end: float, rate: float = 240.0) -> Segment:
    return Segment(who, start, end, "字" * round((end - start) * rate / 60))


SLOW = (speech("agent", 0, 10), speech("customer", 28, 38), speech("agent", 56, 66))


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ((speech("agent", 0, 30), speech("customer", 60, 90)), []),  # 30 s of dead air
        ((speech("agent", 0, 30), speech("customer", 60.01, 90.2)), ["dead_air"]),
        ((*SLOW, speech("customer", 84, 108)), []),  # 54 s of 108
        ((*SLOW, speech("customer", 84, 107)), ["non_talk"]),
        (
            (speech("agent", 0, 4), speech("customer", 30, 34)),
            [],
        ),  # much of a short contact, but not much silence
        ((speech("agent", 0, 9), speech("customer", 9, 10)), []),
        ((speech("agent", 0, 9.1), speech("customer", 9.1, 10)), ["talk_share"]),
        ((speech("agent", 0, 20),), []),  # no conversation
        ((speech("agent", 0, 5, 360), speech("customer", 5, 9)), []),
        ((speech("agent", 0, 5, 372), speech("customer", 5, 9)), ["speaking_rate"]),
        ((speech("agent", 0, 4.9, 600), speech("customer", 5, 9)), []),  # too little to say
        ((speech("agent", 0, 5, 120), speech("customer", 5, 9)), []),
        ((speech("agent", 0, 5, 108), speech("customer", 5, 9)), ["speaking_rate"]),
    ],
)
def test_what_passes_a_limit_is_remarked_and_what_reaches_it_is_not(
    segments: tuple[Segment, ...], expected: list[str]
) -> None:
    assert categories(call(*segments)) == expected


@pytest.mark.parametrize(("times", "expected"), [(3, []), (4, ["interruption"])])
def test_an_agent_who_breaks_in_too_often_is_remarked_with_every_place(
    times: int, expected: list[str]
) -> None:
    segments = [
        s
        for i in range(times)
        for s in (speech("customer", 5 * i, 5 * i + 4), speech("agent", 5 * i + 3, 5 * i + 5))
    ]
    transcript = call(*segments)
    assert categories(transcript) == expected
    for found in measured_findings(transcript, (), BOOK):
        assert (found.segment, found.start) == (1, 3) and "3.0 秒、8.0 秒、13.0 秒、18.0 秒" in found.steps[
            1
        ].zh


def test_a_wait_that_was_announced_is_remarked_with_that() -> None:
    transcript = call(speech("agent", 0, 30), speech("customer", 70, 100))
    (found,) = measured_findings(transcript, (Check("hold", "hold_notice", "hit", True),), BOOK)
    assert (found.start, found.end) == (30, 70) and any("请客户等候过" in s.zh for s in found.steps)
    assert any("asked to wait" in s.en for s in found.steps)


def test_a_rulebook_that_switches_its_limits_off_remarks_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    site = tmp_path / "site.toml"
    keys = "dead_air_from dead_air_limit non_talk_limit agent_talk_limit interruption_tolerance interruptions_limit"
    names = f"{keys} fastest_rate slowest_rate loudness_jump".split()
    lines = (f'{key} = {{ state = "off", source = [], status = "product_choice" }}' for key in names)
    site.write_text("[measure]\n" + "\n".join(lines), encoding="utf-8")
    book = load_rulebook(site=site)
    rough = call(speech("agent", 0, 30, 500), speech("customer", 29, 31), speech("agent", 90, 99, 500))
    assert [f.category for f in measured_findings(rough, (), BOOK)][:2] == ["speaking_rate", "dead_air"]
    assert measured_findings(rough, (), book) == () and measure(rough, book)["dead_air_count"] == 0


# -- against a grid of ten milliseconds --------------------------------------------------------------------------------


@st.composite
def conversations(draw: st.DrawFn) -> Transcript:
    """A few utterances of both sides anywhere in half a minute, to the hundredth of a second."""
    segments: list[Segment] = []
    to_listen: list[Stretch] = []
    for who, start, length, is_doubtful in draw(
        st.lists(
            st.tuples(
                st.sampled_from(["agent", "customer", "unknown", "stretch"]), st.integers(0, 2400), st.integers(1, 700), st.booleans()
            ),
            max_size=6,
        )
    ):  # fmt: skip
        a, b = start / 100, (start + length) / 100
        if who == "stretch":
            to_listen.append(Stretch(0, "agent", a, b, "no_words"))
        else:
            segments.append(Segment(who, a, b, "我要投诉", is_doubtful=is_doubtful))
    segments.sort(key=lambda s: (s.start, s.end))
    seconds = max([31.0, *(s.end for s in segments)])
    return Transcript("c", segments=tuple(segments), to_listen=tuple(to_listen), duration_seconds=seconds)


@given(conversations())
def test_silence_shares_and_interruptions_are_what_a_grid_counts(transcript: Transcript) -> None:
    cells = round(transcript.seconds * 100)
    certain = [s for s in transcript.segments if not s.is_doubtful]

    def grid(places: Iterable[Segment | Stretch]) -> list[bool]:
        held = [False] * cells
        for p in places:
            for cell in range(round(p.start * 100), min(cells, round(p.end * 100))):
                held[cell] = True
        return held

    anybody = grid([*transcript.segments, *transcript.to_listen])
    agent, customer = (grid([s for s in certain if s.speaker == who]) for who in ("agent", "customer"))
    runs: list[int] = [0]
    for is_held in anybody:
        if is_held:
            runs.append(0)
        else:
            runs[-1] += 1
    dead = [r for r in runs if r >= 500]
    m = measure(transcript, BOOK)
    assert m["silence_seconds"] == pytest.approx(sum(runs) / 100)
    assert (m["dead_air_count"], m["dead_air_seconds"]) == (len(dead), pytest.approx(sum(dead) / 100))
    assert m["longest_silence_seconds"] == pytest.approx(max(runs) / 100)
    assert (m["agent_talk_seconds"], m["customer_talk_seconds"]) == (
        pytest.approx(sum(agent) / 100),
        pytest.approx(sum(customer) / 100),
    )
    assert m["overlap_seconds"] == pytest.approx(
        sum(a and c for a, c in zip(agent, customer, strict=True)) / 100
    )
    for who, other in (("agent", customer), ("customer", agent)):
        expected = 0
        for s in (s for s in certain if s.speaker == who):
            first, after = round(s.start * 100), round(s.end * 100)
            if first == 0 or not other[first] or not other[first - 1]:
                continue  # nobody spoke, or they began together
            length = 0
            while first + length < after and other[first + length]:
                length += 1
            expected += length > 30
        assert len(interruptions(certain, who, measured_by(BOOK))) == m[f"{who}_interruptions"] == expected
