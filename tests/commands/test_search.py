"""`manage.py search`: what is found, how it is counted, the trend beside it; refusals in one line."""

from __future__ import annotations

import pytest

from db.transcripts import SegmentFacts, TranscriptFacts, store_transcript
from tests.commands.desk import Desk
from tests.db.call_rows import NOW, add_agents, add_queued

AT = ["--now", "2026-11-20T20:00:00+08:00"]


@pytest.fixture
def spoken(desk: Desk) -> Desk:
    """One call each of two teams, with words."""
    with desk.session() as session:
        add_agents(session)
        for number, agent, texts in (("c1", "K1", ("您好", "我要退 款")), ("c2", "K2", ("退款成功", "謝謝"))):
            call = add_queued(session, number, agent).call
            said = tuple(
                SegmentFacts(("agent", "customer")[i], i * 9.5, i * 9.5 + 5, t) for i, t in enumerate(texts)
            )
            store_transcript(session, call, TranscriptFacts("test", "s", said), now=NOW)
    return desk


def test_it_answers_with_what_was_said_and_how_often(spoken: Desk) -> None:
    answer = spoken.json("search", "退款", "--by", "both", *AT)
    assert (answer["phrase"], answer["utterances"], answer["calls"], answer["more_than"]) == (
        "退款",
        2,
        2,
        None,
    )
    assert (answer["from"], answer["to"]) == ("2025-11-01", "2026-11-20")
    by_call = {row["call_id"]: row for row in answer["results"]}
    one = by_call["c1"]
    assert (one["speaker"], one["start"], one["agent"], one["text"], one["places"]) == (
        ("customer", 9.5, "K1", "我要退 款", [[2, 5]])
    )
    assert one["started_at"] == "2026-11-20T12:00:00+08:00"
    assert [(g["month"], g["team"], g["numerator"], g["denominator"]) for g in answer["groups"]] == [
        ("2026-11", "A", 1, 1),
        ("2026-11", "B", 1, 1),
    ]


def test_options_narrow_it(spoken: Desk) -> None:
    for options, calls in (
        (["--team", "A"], ["c1"]),
        (["--agent", "K2"], ["c2"]),
        (["--speaker", "agent"], ["c2"]),
        (["--kind", "complaint"], []),
        (["--to", "2026-11-19", "--from", "2026-11-01"], []),
        (["--limit", "0"], []),
    ):
        answer = spoken.json("search", "退款", *options, *AT)
        assert [row["call_id"] for row in answer["results"]] == calls, options


def test_a_person_reads_a_table_with_the_phrase_in_brackets(spoken: Desk) -> None:
    status, out, err = spoken.run("search", "谢谢", "--by", "month", *AT)
    assert status == 0
    assert "【謝謝】" in out
    assert "utterances: 1, in calls: 1" in err
    assert "2026-11" in out
    assert spoken.run("search", "没说过的", *AT)[1] == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["，。%_\"'"], "at least one character"),
        (["退" * 10_000], "at most 100"),
        (["退款", "--team", "Z"], "no team 'Z'"),
        (["退款", "--agent", "Z"], "no agent 'Z'"),
        (["退款", "--limit", "-1"], "--limit"),
        (["退款", "--from", "2026-11-02", "--to", "2026-11-01"], "is after"),
        (["退款", "--speaker", "nobody"], "invalid choice"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_one_line(
    spoken: Desk, arguments: list[str], said: str
) -> None:
    assert said in spoken.refuses("search", *arguments)
