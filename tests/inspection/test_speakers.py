"""Who is on which channel: the configuration, checked against who greets."""

from __future__ import annotations

import pytest

from inspection.speakers import attribute
from inspection.transcript import Channel, Segment, Stretch, Transcript
from tests.inspection.speaking import CLOSING, GREETING, department

BOOK = department()
ASKS = "我想问一下我的订单。"


def heard(*channels: list[str], doubtful: bool = False, direction: str = "inbound") -> Transcript:
    """What each channel says, line after line, the channels in turn."""
    segments = [
        Segment("unknown", 4.0 * n + i, 4.0 * n + i + 0.9, text, channel=i, is_doubtful=doubtful)
        for i, lines in enumerate(channels)
        for n, text in enumerate(lines)
    ]
    return Transcript(
        "c",
        direction=direction,
        segments=tuple(sorted(segments, key=lambda s: s.start)),
        channels=tuple(
            Channel(i, "unknown", "mono", ((0.0, 9.0),) if lines else ()) for i, lines in enumerate(channels)
        ),
        to_listen=(Stretch(0, "unknown", 50, 52, "no_words"),),
        suppressed=({"start": 60, "text": "x", "channel": 1},),
    )


@pytest.mark.parametrize(
    ("channels", "decided"),
    [
        (([GREETING, CLOSING], [ASKS]), "confirmed"),
        (([ASKS], [GREETING, CLOSING]), "contradicted"),
        ((["喂。", "随便你。"], [ASKS]), "not_checked"),
        ((["喂。"], ["您好," + ASKS]), "not_checked"),  # 您好 is said by everybody
        (([GREETING], [GREETING]), "not_checked"),
        (([GREETING, "怎么称呼您?"], ["请问您是哪位?"]), "confirmed"),  # both, but more on the right one
        ((["喂。"], [ASKS, "不好意思,稍等一下。"]), "not_checked"),  # a polite customer
        ((["喂。"], [ASKS, "对不起,稍等一下。", "谢谢夸奖,您走好。"]), "contradicted"),
        ((["谢谢夸奖,稍等一下。"], [GREETING]), "not_checked"),  # one phrase does not outweigh the courtesies
        (([ASKS] * 8 + [GREETING], [ASKS]), "not_checked"),  # long after the opening
    ],
)
def test_the_configured_channel_is_checked_against_who_greets(
    channels: tuple[list[str], list[str]], decided: str
) -> None:
    result = attribute(heard(*channels), 0, BOOK)
    assert {c.decided for c in result.channels} == {decided}
    known = ("agent", "customer") if decided != "contradicted" else ("unknown", "unknown")
    assert tuple(c.speaker for c in result.channels) == known
    assert {(s.channel, s.speaker) for s in result.segments} == set(enumerate(known))
    assert (result.to_listen[0].speaker, result.suppressed[0]["speaker"]) == known


def test_doubtful_words_neither_confirm_nor_contradict() -> None:
    result = attribute(heard([ASKS], [GREETING, CLOSING], doubtful=True), 0, BOOK)
    assert result.channels[0].decided == "not_checked"


def test_a_customers_question_is_no_opening_of_another_kind_of_call() -> None:
    """请问是…吗 opens outbound calls only."""
    lines = (["喂。"], ["请问是客服中心吗?"])
    assert attribute(heard(*lines), 0, BOOK).channels[0].decided == "not_checked"
    assert attribute(heard(*lines, direction="outbound"), 0, BOOK).channels[0].decided == "contradicted"


def test_a_person_who_listened_is_believed_whoever_greets() -> None:
    result = attribute(heard([ASKS], [GREETING]), 1, BOOK, is_settled=True)
    assert [(c.speaker, c.decided) for c in result.channels] == [
        ("customer", "by_hand"),
        ("agent", "by_hand"),
    ]


@pytest.mark.parametrize(
    ("channels", "agent", "decided"),
    [
        (([GREETING],), 0, "mono"),
        (([GREETING], []), 0, "one_silent"),
        (([], [GREETING]), 0, "one_silent"),
        (([GREETING], [ASKS]), None, "not_configured"),
        (([GREETING], [ASKS]), 2, "not_configured"),
    ],
)
def test_where_nobody_can_tell_everybody_is_unknown(
    channels: tuple[list[str], ...], agent: int | None, decided: str
) -> None:
    result = attribute(heard(*channels), agent, BOOK)
    assert {(c.speaker, c.decided) for c in result.channels} == {("unknown", decided)}
    assert {s.speaker for s in result.segments} == {"unknown"}


def test_words_from_elsewhere_keep_their_speakers() -> None:
    brought = Transcript("c", segments=(Segment("agent", 0, 1, ASKS),))
    assert attribute(brought, 1, BOOK) == brought
