"""Looking for a phrase in what was said: what is found, in which order, how it is counted, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from db import transcript_scan, transcript_search
from db.demo.stage import insert_rows
from db.metrics.quality_trends import phrase_trend
from db.models import Call, Inspection, Transcript, TranscriptSegment
from db.transcript_search import (
    MOST_COUNTED,
    Count,
    SearchRefused,
    count_said,
    list_said,
    wanted_phrase,
)
from db.transcripts import SegmentFacts, TranscriptFacts, store_transcript
from regulations.access import AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.call_rows import NOW, add_agents, add_inspected, add_queued, scope_for
from tests.db.search_rows import DAY, READER, found, say, search, speak


@pytest.fixture
def spoken(session: Session) -> Session:
    """Three calls of two teams; the second was a day earlier."""
    return speak(session)


FOUND = {
    "退款": ["c3", "c1", "c1"],
    "退 款！": ["c3", "c1", "c1"],
    "请问您": ["c1", "c2"],
    "請問": ["c1", "c2"],
    "ok": ["c1"],
    "ＯＫ": ["c1"],
    "好": ["c3", "c1"],
    "退": ["c3", "c1", "c1", "c1", "c2"],
    "了没有": ["c2"],
    "没有": ["c2"],
    "有": ["c2"],
    "100退款": ["c3"],
    "0": ["c3"],
    "退款没有": [],  # every pair is somewhere, the phrase is nowhere
    "款退款": [],
    "吗我要": [],  # over the end of an utterance
}


@pytest.mark.parametrize("many", [transcript_search.MANY, 0])
def test_it_is_found_however_it_is_written_the_newest_call_first(
    spoken: Session, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Taken from the index, and met call by call where so many utterances have it that this is quicker."""
    monkeypatch.setattr(transcript_search, "MANY", many)
    for typed, calls in FOUND.items():
        assert [call for call, _ in found(spoken, typed)] == calls, typed


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "*", '"', "'; --", "😀", "\0", "\ud800"])
def test_what_has_no_letter_is_refused_in_words(typed: str) -> None:
    with pytest.raises(SearchRefused) as refused:
        wanted_phrase(typed)
    assert "一个汉字" in refused.value.text("zh")


def test_too_much_is_refused_in_words() -> None:
    with pytest.raises(SearchRefused, match="at most 100"):
        wanted_phrase("退" * 10_000)


def test_what_means_something_to_a_database_is_only_characters(spoken: Session) -> None:
    for sign in ('"', "'", "*", "%", "_", "\\", ":*", " & ", " | ", "!", "^", "(", "😀", "\0", "; --"):
        assert [call for call, _ in found(spoken, f"{sign}退{sign}款{sign}")] == FOUND["退款"], sign
    for typed in (
        '退款" OR "您',
        "退款') OR 1=1 --",
        "NOT 退款",
        "退款 AND 您",
        "terms:退款",
        "退款 NEAR 您",
    ):
        assert found(spoken, typed) == [], typed


@pytest.mark.parametrize("many", [transcript_search.MANY, 0])
def test_filters_narrow_it(spoken: Session, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(transcript_search, "MANY", many)
    calls = {call.call_id: call for call in spoken.query(Call)}
    assert [c for c, _ in found(spoken, "退", agent_id=calls["c2"].agent_id)] == ["c2"]
    assert [c for c, _ in found(spoken, "请问", team_id=calls["c1"].team_id)] == ["c1"]
    assert [t for _, t in found(spoken, "退款", speaker="agent")] == ["您好，请问您要退款吗？"]
    assert found(spoken, "退款", speaker="unknown") == []
    assert found(spoken, "退款", kind="complaint") == []
    assert [c for c, _ in found(spoken, "退", to_on=DAY - timedelta(days=1))] == ["c2"]
    assert found(spoken, "退", from_on=DAY + timedelta(days=1), to_on=DAY + timedelta(days=9)) == []


def test_each_says_who_said_it_when_and_where_to_listen(session: Session) -> None:
    add_agents(session)
    say(session, "c1", "您好", "我要退款")
    recording = add_queued(session, "c2")
    call = recording.call
    segment = SegmentFacts("unknown", 61.5, 63.0, "退款", is_doubtful=True)
    store_transcript(session, call, TranscriptFacts("test", "s", (segment,)), now=NOW)
    heard, said = list_said(session, READER, search("退款"), limit=9)
    assert (said.speaker, said.start_seconds, said.agent, said.agent_number, said.team) == (
        ("customer", 10.0, "王芳", "K1", "甲组")
    )
    assert (said.started_at, said.is_recorded, said.is_doubtful) == (NOW, False, False)
    assert (heard.speaker, heard.start_seconds, heard.is_recorded, heard.is_doubtful) == (
        ("unknown", 61.5, True, True)
    )


def test_only_the_teams_of_the_viewer_are_searched(spoken: Session) -> None:
    first = spoken.query(Call).filter_by(call_id="c1").one().team
    own = scope_for(spoken, "supervisor", first)
    assert {call for call, _ in found(spoken, "退", own)} == {"c1", "c3"}
    assert found(spoken, "没有", own) == []
    assert found(spoken, "退", Scope(1, "s", "supervisor", ())) == []


@pytest.mark.parametrize("role", ["agent", "administrator"])
def test_who_may_not_open_calls_may_not_search_them(spoken: Session, role: str) -> None:
    scope, book = Scope(1, "x", role), load_rulebook(["base"])
    for ask in (
        lambda: count_said(spoken, scope, search("退款")),
        lambda: list_said(spoken, scope, search("退款"), limit=1),
        lambda: transcript_scan.scan(spoken, scope, search("退款"), "退款", limit=1),
        lambda: phrase_trend(spoken, scope, search("退款"), book, NOW),
    ):
        with pytest.raises(AccessRefused):
            ask()


def test_words_that_were_superseded_are_not_found(session: Session) -> None:
    add_agents(session)
    inspected = add_inspected(session, "c1")
    call = inspected.call
    later = TranscriptFacts("test", "later", (SegmentFacts("agent", 0, 1, "另外一种写法"),))
    store_transcript(session, call, later, now=NOW)
    assert [c for c, _ in found(session, "不归我管")] == ["c1"]  # what the inspection stands on
    assert found(session, "另外一种") == []
    session.execute(delete(Inspection))
    assert found(session, "不归我管") == []
    assert [c for c, _ in found(session, "另外一种")] == ["c1"]  # nobody judged it: the newest


@pytest.mark.parametrize("many", [transcript_search.MANY, 1_000])
def test_beyond_a_thousand_nobody_pretends_to_have_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(transcript_search, "MANY", many)
    add_agents(session)
    for number in range(3):
        call = say(session, f"c{number}", at=NOW - timedelta(days=number * 40))
        said = {"speaker": "agent", "start_seconds": 0.0, "end_seconds": 1.0, "text": "退款"}
        transcript_id = session.query(Transcript.id).filter_by(call_id=call.id).scalar()
        rows = [{**said, "transcript_id": transcript_id, "ordinal": n} for n in range(MOST_COUNTED // 2 + 1)]
        insert_rows(session, TranscriptSegment, rows)
    wide = search("退款", from_on=DAY - timedelta(days=100))
    assert count_said(session, READER, wide) == Count(None, None)
    exactly = search("退款", from_on=DAY - timedelta(days=1))
    assert count_said(session, READER, exactly) == Count(501, 1)
    seen = [
        (said.call_id, said.start_seconds)
        for page in range(6)
        for said in list_said(session, READER, wide, limit=300, offset=300 * page)
    ]
    assert [call for call, _ in seen] == ["c0"] * 501 + ["c1"] * 501 + [
        "c2"
    ] * 501  # no page lacks or repeats one


def test_index_and_reading_everything_agree(spoken: Session) -> None:
    team = spoken.query(Call).filter_by(call_id="c2").one().team_id
    for phrase in ("退款", "请问您", "退", "款退", "有", "琉璃"):
        for narrower in ({}, {"speaker": "customer"}, {"team_id": team}):
            wanted = search(phrase, **narrower)
            scanned = transcript_scan.scan(spoken, READER, wanted, phrase, limit=9)
            here = [s for s in list_said(spoken, READER, wanted, limit=9) if phrase in s.text]
            assert here == scanned[1], phrase
