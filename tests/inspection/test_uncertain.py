"""What may not have been said, or may have been said unheard, accuses nobody; and leaves no more open than it must."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspection.findings import Findings
from inspection.measured.measures import measure
from inspection.phrases import find
from inspection.transcript import Channel, Segment, Stretch, Transcript
from tests.inspection.speaking import CLOSING, GREETING, department, talk

BOOK = department()
RUDE_START = "什么事?有什么可以帮您?"
QUESTION = ("customer", "我想问一下我的订单。")
ANSWER = ("agent", "您的订单已经发货了。")


def doubtful(call: Transcript, *numbers: int) -> Transcript:
    segments = [replace(s, is_doubtful=i in numbers) for i, s in enumerate(call.segments)]
    return replace(call, segments=tuple(segments))


def to_hear(call: Transcript, start: float, end: float, speaker: str = "agent") -> Transcript:
    return replace(call, to_listen=(Stretch(0, speaker, start, end, "quiet_speech"),))


def verdicts(call: Transcript, kind: str) -> list[tuple[str, str]]:
    """By the words themselves: what only resembles something is a proposal, and another matter."""
    found = find(call, BOOK).findings
    return [(f.category, f.verdict) for f in found if f.kind == kind and f.layer == "exact"]


def reasons(found: Findings, category: str) -> str:
    return " ".join(s.zh for f in found.findings if f.category == category for s in f.steps)


# -- banned words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("which", "verdict"), [((), "hit"), ((2,), "cannot_tell"), ((0,), "hit")])
def test_banned_words_that_may_not_have_been_said_cost_nothing(which: tuple[int, ...], verdict: str) -> None:
    call = doubtful(talk(("agent", GREETING), QUESTION, ("agent", "随便你。"), ("agent", CLOSING)), *which)
    (found,) = [f for f in find(call, BOOK).findings if f.kind == "banned" and f.layer == "exact"]
    assert (found.verdict, found.points > 0) == (verdict, verdict == "hit")
    assert any("不能确定是有人说话" in s.zh for s in found.steps) is (verdict != "hit")
    assert found.needs_review


def test_banned_words_that_lie_partly_in_doubtful_sound_are_left_open() -> None:
    call = Transcript(
        "c",
        hangup_by="customer",
        segments=(
            Segment("agent", 0, 3, GREETING),
            Segment("agent", 5, 6, "这事随便"),
            Segment("agent", 6.5, 7, "你。", is_doubtful=True),
        ),
    )
    found = [
        f for f in find(call, BOOK).findings if f.kind == "banned" and f.layer == "exact" and "你" in f.quote
    ]
    assert [f.verdict for f in found] == ["cannot_tell"]


@pytest.mark.parametrize(
    ("starts", "verdict"),
    [(5.0, "cannot_tell"), (6.4, "cannot_tell"), (6.5, "hit"), (3.6, "cannot_tell")],
)
def test_words_that_both_channels_carry_at_one_moment_may_be_an_echo(starts: float, verdict: str) -> None:
    call = Transcript(
        "c",
        hangup_by="customer",
        segments=(
            Segment("agent", 0, 3, GREETING),
            Segment("customer", starts, starts + 1, "随便你"),
            Segment("agent", 5, 6, "随便你"),
        ),
    )
    assert verdicts(call, "banned") == [("cold", verdict)]


# -- required phrases ------------------------------------------------------------------------------------------------


def test_a_greeting_heard_only_in_doubtful_sound_is_neither_missing_nor_certain() -> None:
    call = talk(("agent", "您好。"), ("agent", "什么事?有什么可以帮您?"), QUESTION, ("agent", CLOSING))
    assert verdicts(call, "missing") == []
    unsure = find(doubtful(call, 0), BOOK)
    (greeting,) = [f for f in unsure.findings if f.category == "greeting"]
    assert (greeting.verdict, greeting.points, greeting.segment, greeting.start) == ("cannot_tell", 0, 0, 0.0)
    assert "不能确定是有人说话" in reasons(unsure, "greeting")


def test_said_for_certain_as_well_it_counts() -> None:
    call = doubtful(talk(("agent", "您好。"), ("agent", GREETING), QUESTION, ("agent", CLOSING)), 0)
    assert verdicts(call, "missing") == []


# start and end of a stretch on the agent's channel; the agent's first word is at 3 s, the opening lasts 25 s from it
@pytest.mark.parametrize(
    ("start", "end", "speaker", "verdict"),
    [
        (0.0, 2.5, "agent", "cannot_tell"),  # before the first words: perhaps they were the first
        (27.0, 29.0, "agent", "cannot_tell"),  # begins in the opening
        (28.0, 29.0, "agent", "absent"),  # begins where the opening ends
        (40.0, 60.0, "agent", "absent"),  # long after it
        (0.0, 2.5, "customer", "absent"),  # the customer's greeting is not asked for
        (0.0, 2.5, "unknown", "cannot_tell"),
        (0.0, 0.17, "agent", "cannot_tell"),  # two characters take a sixth of a second
        (0.0, 0.16, "agent", "absent"),
    ],
)
def test_a_greeting_not_heard_is_open_only_where_an_unheard_stretch_could_hold_it(
    start: float, end: float, speaker: str, verdict: str
) -> None:
    call = talk(3.0, ("agent", RUDE_START), QUESTION, ANSWER, QUESTION, 60.0, ANSWER, ("agent", CLOSING))
    found = find(to_hear(call, start, end, speaker), BOOK)
    assert {f.verdict for f in found.findings if f.category == "greeting"} == {verdict}
    assert ("没有可靠的文字" in reasons(found, "greeting")) is (verdict == "cannot_tell")
    assert (f"{start:.1f}–{end:.1f} 秒" in reasons(found, "greeting")) is (verdict == "cannot_tell")


@pytest.mark.parametrize(("seconds_after_last_word", "verdict"), [(1.0, "cannot_tell"), (-60.0, "absent")])
def test_a_closing_not_heard_is_open_only_if_the_stretch_is_at_the_end(
    seconds_after_last_word: float, verdict: str
) -> None:
    call = talk(
        ("agent", GREETING), QUESTION, 70.0, ANSWER, ("customer", "还有一个问题。"), ("agent", "自己查吧。")
    )  # fmt: skip
    at = call.segments[-1].end + seconds_after_last_word
    assert {v for c, v in verdicts(to_hear(call, at, at + 2), "missing") if c == "closing"} == {verdict}


def test_a_phrase_that_may_come_anywhere_may_be_in_any_stretch_but_not_at_another_occasion() -> None:
    call = talk(
        ("agent", GREETING), QUESTION, ANSWER, ("customer", "你态度真好。"), ("agent", "嗯。"), QUESTION, ANSWER,
        QUESTION, ANSWER, QUESTION, ANSWER, ("agent", CLOSING),
    )  # fmt: skip
    praise = call.segments[3]
    late = call.segments[-2]
    assert ("praise_reply", "absent") in verdicts(call, "missing")
    assert ("praise_reply", "cannot_tell") in verdicts(to_hear(call, praise.end, praise.end + 2), "missing")
    assert ("praise_reply", "absent") in verdicts(to_hear(call, late.start, late.end), "missing")


def test_a_trigger_that_may_not_have_been_said_owes_nothing_for_certain() -> None:
    call = talk(
        ("agent", GREETING), QUESTION, ("customer", "你态度真好。"), ("agent", "嗯。"), ("agent", CLOSING)
    )
    found = find(doubtful(call, 2), BOOK)
    assert "praise_reply" not in {f.category for f in found.findings}
    assert {c.verdict for c in found.checks if c.category == "praise_reply"} == {"cannot_tell"}


@pytest.mark.parametrize(
    ("sound", "speaker", "verdict"),
    [
        (0.0, "customer", "absent"),
        (3.0, "customer", "absent"),
        (5.0, "customer", "cannot_tell"),
        (1.0, "agent", "cannot_tell"),
    ],
)
def test_a_silence_that_holds_unheard_sound_is_no_certain_wait(
    sound: float, speaker: str, verdict: str
) -> None:
    call = talk(("agent", GREETING), QUESTION, ("agent", "嗯,我看看。"), 14.0, ANSWER, ("agent", CLOSING))
    begin = call.segments[2].end + 2
    heard = to_hear(call, begin, begin + sound, speaker) if sound else call
    assert ("hold_notice", verdict) in verdicts(heard, "missing")


def test_an_agent_of_whom_only_doubtful_words_were_heard_is_charged_with_nothing() -> None:
    call = doubtful(talk(("agent", "嗯。"), QUESTION, ("agent", "喂。")), 0, 2)
    found = find(call, BOOK)
    assert {f.verdict for f in found.findings} == {"cannot_tell"}
    assert "没有一句能确定是说话" in reasons(found, "greeting")


def test_doubtful_sound_is_no_silence_and_nobodys_speech() -> None:
    call = talk(("agent", GREETING), 8.0, ("agent", "嗯嗯嗯嗯。"), 8.0, ("customer", "好。"))
    sure, unsure = measure(call, BOOK), measure(doubtful(call, 1), BOOK)
    assert unsure["agent_talk_seconds"] < sure["agent_talk_seconds"]
    assert unsure["silence_seconds"] == sure["silence_seconds"]


# -- a recording that breaks off ---------------------------------------------------------------------------------------


def cut(*lines: tuple[str, str]) -> Transcript:
    """A recording that breaks off with its last word; the agent hung up, as far as anybody knows."""
    call = talk(*lines)
    return replace(call, is_complete=False, duration_seconds=call.segments[-1].end)


PRAISE = ("customer", "你态度真好。")


def test_what_may_have_been_said_after_the_break_is_left_open_and_costs_nothing() -> None:
    whole = talk(("agent", GREETING), QUESTION, ANSWER, PRAISE, ("agent", "嗯。"))
    assert {("praise_reply", "absent"), ("closing", "absent")} <= set(verdicts(whole, "missing"))
    broken = find(cut(("agent", GREETING), QUESTION, ANSWER, PRAISE, ("agent", "嗯。")), BOOK)
    assert [(f.category, f.verdict) for f in broken.findings] == []
    checks = {c.category: c for c in broken.checks if c.applicable}
    assert checks["closing"].verdict == checks["praise_reply"].verdict == "cannot_tell"
    assert checks["greeting"].verdict == "hit"
    assert any("录音在中途断开" in s.zh for s in checks["closing"].steps)


def test_what_was_over_before_the_break_is_judged_as_ever() -> None:
    call = cut(
        ("agent", RUDE_START), QUESTION, ANSWER, PRAISE, ("agent", "嗯。"), QUESTION, ANSWER, QUESTION, ANSWER,
        ("customer", "麻烦您把地址再给我念一遍,我记一下,我现在找一支笔,请您稍等一下,好的,我找到笔了,您说吧。"), ANSWER,
    )  # fmt: skip
    assert {("greeting", "absent"), ("praise_reply", "absent")} <= set(verdicts(call, "missing"))


# -- one line overheard on the other -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "verdict"), [(0.3, "cannot_tell"), (4.0, "absent")])
def test_what_makes_a_phrase_owed_owes_nothing_where_it_may_be_the_other_ones_echo(
    after: float, verdict: str
) -> None:
    """The customer says that she does not know; the agent's channel overhears it."""
    call = talk(("agent", GREETING), QUESTION, ("customer", "我不知道。"), 6.0, ANSWER, ("agent", CLOSING))
    at = call.segments[2].start + after
    overheard = Segment("agent", at, at + 1.2, "我不知道。")
    call = replace(call, segments=tuple(sorted((*call.segments, overheard), key=lambda s: s.start)))
    found = find(call, BOOK)
    (finding,) = [f for f in found.findings if f.category == "apology"]
    assert (finding.verdict, finding.points > 0) == (verdict, verdict == "absent")
    assert ("可能是串音" in reasons(found, "apology")) is (verdict == "cannot_tell")


def test_an_occasion_left_open_does_not_hide_one_that_is_certain() -> None:
    call = talk(
        ("agent", GREETING), QUESTION, ANSWER, PRAISE, ("agent", "嗯。"), QUESTION, ANSWER, QUESTION, ANSWER,
        QUESTION, ANSWER, PRAISE, ("agent", "哦。"), QUESTION, ANSWER, ("agent", CLOSING),
    )  # fmt: skip
    first, second = (s for s in call.segments if s.text == PRAISE[1])
    found = find(to_hear(call, first.end, first.end + 2), BOOK)
    (finding,) = [f for f in found.findings if f.category == "praise_reply"]
    assert finding.verdict == "absent" and finding.start is not None
    assert second.start <= finding.start < second.end


# -- utterances that were cut ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pause", "found"),
    [(0.0, []), (0.04, []), (0.9, ["cannot_tell"]), (2.4, ["cannot_tell"]), (2.6, ["hit"])],
)
def test_a_harmless_wording_cut_by_a_window_or_a_pause_accuses_nobody(pause: float, found: list[str]) -> None:
    """随便你什么时候 is nothing to object to, wherever speech without a pause was cut to fit an engine's window."""
    call = Transcript(
        "c",
        segments=(
            Segment("agent", 0, 3, GREETING),
            Segment("agent", 5, 6, "嗯,随便你"),
            Segment("agent", 6 + pause, 7 + pause, "什么时候过来"),
        ),
    )
    assert [v for _, v in verdicts(call, "banned")] == found


def test_a_banned_phrase_cut_by_a_window_is_found_at_its_second() -> None:
    call = Transcript(
        "c",
        segments=(Segment("agent", 5, 6, "您这个随"), Segment("agent", 6, 7, "便你。")),
    )
    (found,) = [f for f in find(call, BOOK).findings if f.kind == "banned" and f.layer == "exact"]
    assert (found.verdict, found.quote, found.start, found.end) == ("hit", "随便你", 5.75, pytest.approx(7.0))


# -- a recording that begins in the middle -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "speaker", "verdict"),
    [
        (0.0, "agent", "cannot_tell"),
        (0.05, "agent", "absent"),
        (1.5, "agent", "absent"),
        (0.0, "customer", "absent"),
    ],
)
def test_a_greeting_may_have_been_cut_off_where_the_agent_speaks_at_once(
    first: float, speaker: str, verdict: str
) -> None:
    """The recorder was started late, or the agent greeted nobody: a person decides."""
    call = talk(("agent", RUDE_START), QUESTION, ANSWER, QUESTION, 40.0, ANSWER, ("agent", "好的。"))
    call = replace(call, channels=(Channel(0, speaker, "not_checked", ((first, 3.0),)),))
    found = find(call, BOOK)
    assert {f.verdict for f in found.findings if f.category == "greeting"} == {verdict}
    assert ("录音一开始" in reasons(found, "greeting")) is (verdict == "cannot_tell")
    assert {f.verdict for f in found.findings if f.category == "closing"} == {
        "absent"
    }  # that is another matter


@pytest.mark.parametrize(
    ("confidence", "verdict"), [(None, "absent"), (0.6, "absent"), (0.59, "cannot_tell")]
)
def test_what_was_hardly_made_out_proves_nothing_missing(confidence: float | None, verdict: str) -> None:
    call = talk(("agent", RUDE_START), QUESTION, ANSWER, ("agent", "好的。"))
    call = replace(call, segments=tuple(replace(s, confidence=confidence) for s in call.segments))
    assert {v for c, v in verdicts(call, "missing") if c in ("greeting", "closing")} == {verdict}
