"""Calls with words, and looking for a phrase in them, for the tests of searching."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.calls import add_call
from db.models import Call
from db.transcript_search import MOST_COUNTED, Count, Search, count_said, list_said, wanted_phrase
from db.transcripts import SegmentFacts, TranscriptFacts, store_transcript
from regulations.access import SYSTEM, Scope
from tests.db.call_rows import NOW, add_agents, call_facts

READER = Scope(None, "reader", "qa")
DAY = NOW.date()


def say(
    session: Session, call_id: str, *texts: str, agent: str = "K1", at: datetime = NOW, made: str = "s"
) -> Call:
    """A call in which agent and customer say these in turn, ten seconds apart."""
    call = add_call(session, SYSTEM, call_facts(call_id, agent, at), now=at)
    segments = tuple(
        SegmentFacts(("agent", "customer")[i % 2], i * 10.0, i * 10.0 + 5, said)
        for i, said in enumerate(texts)
    )
    store_transcript(session, call, TranscriptFacts("test", made, segments), now=at)
    return call


def search(phrase: str, **narrower: Any) -> Search:
    """Looking for it in the fortnight up to the day of NOW."""
    days = {"from_on": DAY - timedelta(days=14), "to_on": DAY}
    return Search(**{"phrase": wanted_phrase(phrase), **days, **narrower})


def found(session: Session, phrase: str, scope: Scope = READER, **narrower: Any) -> list[tuple[str, str]]:
    """Call and words of everything that is found; as many as are counted."""
    wanted = search(phrase, **narrower)
    said = list_said(session, scope, wanted, limit=MOST_COUNTED)
    calls = {one.call_id for one in said}
    assert count_said(session, scope, wanted) == Count(len(said), len(calls))
    return [(one.call_id, one.text) for one in said]


def speak(session: Session) -> Session:
    """Three calls of two teams; the second was a day earlier."""
    add_agents(session)
    say(session, "c1", "您好，请问您要退款吗？", "我要退 款，OK。", "退货不退钱")
    say(session, "c2", "請問您是哪位", "款退了没有", agent="K2", at=NOW - timedelta(days=1))
    say(session, "c3", "好", "100%_退款'\"", at=NOW + timedelta(seconds=1))
    return session
