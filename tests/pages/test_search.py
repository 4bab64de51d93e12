"""The search page: who may search, what is found and marked, how it is counted, the trends, and where clicks lead."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard import desk
from dashboard.search_results import marked
from db.calls import AudioFacts, CallFacts, add_call, add_recording
from db.engine import session_scope
from db.inspections import InspectionFacts, store_inspection
from db.models import Agent, AuditEntry, Call, Sample, SampleCall, Team
from db.transcripts import SegmentFacts, TranscriptFacts, store_transcript
from quality.search_terms import phrase_of
from regulations.access import SYSTEM
from tests.pages.conftest import ROLES, OpenPage, words

MAY = ("supervisor", "qa", "manager", "executive", "top")
TIMES = 25  # that the first team says it


def cards(tested: AppTest) -> list[str]:
    """The utterances that are listed."""
    return [m.value for m in tested.markdown if ":orange-background" in m.value]


def say(session: Session, call_id: str, agent: str, at: datetime, *texts: str) -> None:
    """A recorded call in which the agent says these half a minute apart; its closing was owed and left out."""
    call = add_call(session, SYSTEM, CallFacts(call_id, agent, at, at.date()), now=at)
    sha256 = call_id.encode().hex().ljust(64, "0")
    add_recording(session, SYSTEM, call, AudioFacts(sha256, f"{call_id}.wav", "none.wav", 1), now=at)
    said = tuple(SegmentFacts("agent", 30.0 * n + 1, 30.0 * n + 9, text) for n, text in enumerate(texts))
    facts = TranscriptFacts("test", "s", (*said, SegmentFacts("customer", 900, 901, "我知道了")))
    transcript = store_transcript(session, call, facts, now=at)
    checks = [
        {"rule": rule, "category": category, "verdict": verdict, "applicable": True}
        for rule, category, verdict in (("g", "greeting", "hit"), ("c", "closing", "absent"))
    ]
    judged = InspectionFacts(Decimal(100), (), checks=checks)
    store_inspection(session, transcript, call, judged, book_version="book", now=at)


@pytest.fixture
def said_url(bare_url: str) -> str:
    """Two teams that talk of refunds, the first more than a page holds."""
    this_month = desk.now().replace(day=1, hour=4, minute=0, second=0, microsecond=0)
    now = (this_month - timedelta(days=1)).replace(day=15)
    with session_scope(bare_url) as session:
        second = Team(code="second", name="二组")
        session.add(second)
        session.flush()
        session.add(Agent(number="K2", name="乙", team_id=second.id))
        session.flush()
        say(session, "first", "K1", now - timedelta(hours=1), *(f"第 {n} 次退 款" for n in range(TIMES)))
        say(session, "second", "K2", now - timedelta(hours=2), "請問您要退款嗎", "好的")
        say(session, "silent", "K2", now - timedelta(hours=3), "您好")
    return bare_url


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_open_calls_may_search_them_and_nobody_else(
    open_page: OpenPage, said_url: str, role: str
) -> None:
    tested = open_page(said_url, "search", role, q="退款")
    assert not tested.exception
    assert ("通话检索" in [title.value for title in tested.title]) is (role in MAY)
    assert bool(cards(tested)) is (role in MAY)
    if role in MAY:
        utterances, calls = (
            (TIMES, 1) if role == "supervisor" else (TIMES + 1, 2)
        )  # the second team is not his
        assert f"共 {utterances} 句，出自 {calls} 通" in words(tested)


def test_before_anything_is_typed_the_page_says_what_to_do(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "search", "qa")
    assert not tested.exception
    assert "想查什么" in words(tested)
    tested.text_input(key="search_phrase").set_value(" 退款 ").run()
    assert tested.query_params["q"] in ("退款", ["退款"])
    assert "没有人说过这句话" in words(tested)


@pytest.mark.parametrize("view", ["said", "trend"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("，。%_\"'😀", "一个汉字"),
        ("退" * 10_000, "最多 100 个字"),
        ("'; DROP TABLE calls --", ""),
        ("<b>**[x](y)$\\", ""),
    ],
)
def test_hostile_phrases_are_answered_in_words(
    open_page: OpenPage, bare_url: str, typed: str, said: str, view: str
) -> None:
    tested = open_page(
        bare_url, "search", "qa", q=typed, show=view, part="-1", agent="x", speaker="y", kind="z"
    )
    assert not tested.exception
    assert said in words(tested)


def test_the_list_is_paged_and_each_leads_to_its_second(open_page: OpenPage, said_url: str) -> None:
    tested = open_page(said_url, "search", "qa", q="退款")
    assert not tested.exception
    first = cards(tested)
    assert len(first) == 20
    assert "第 0 次:orange-background[**退 款**]" in first[0]
    assert "甲 (K1)" in first[0].replace("\\", "")
    labels = [button.label for button in tested.button if str(button.key).startswith("open_")]
    assert labels[:3] == ["从 0:01 听起", "从 0:31 听起", "从 1:01 听起"]
    next(button for button in tested.button if button.label == "较早的").click().run()
    assert not tested.exception
    assert len(cards(tested)) == TIMES + 1 - 20
    assert not set(cards(tested)) & set(first)
    tested.selectbox(key="search_speaker").set_value("customer").run()
    assert "没有人说过这句话" in words(tested)


def test_a_call_opened_at_a_second_begins_there(open_page: OpenPage, said_url: str) -> None:
    for at, begins in (("58", 58), ("", 0), ("-3", 0), ("9999999", 0), ("5x", 0), ("٣", 0)):
        tested = open_page(said_url, "call", "qa", call="first", at=at)
        assert not tested.exception
        assert tested.session_state["play_from"] == (begins, 0), at


def test_a_call_opened_from_a_search_knows_the_way_back(open_page: OpenPage, said_url: str) -> None:
    def links(**query: str) -> list[str]:
        tested = open_page(said_url, "call", "qa", call="first", **query)
        return [link.proto.label for link in tested.get("page_link")]

    assert "回到检索结果" in links(q="退款", speaker="agent")
    assert "回到检索结果" not in links(team="1")


def test_the_trend_counts_as_many_calls_as_the_list_has(open_page: OpenPage, said_url: str) -> None:
    tested = open_page(said_url, "search", "qa", q="退款", show="trend")
    assert not tested.exception
    rows = {row["code"]: row for row in tested.dataframe[0].value.to_dict("records")}
    counts = {code: (row["numerator"], row["denominator"]) for code, row in rows.items()}
    assert counts == {"first": (1, 1), "second": (1, 2)}
    assert "3 通中有 2 通说到（66.7%）" in words(tested).replace("\\", "")
    with session_scope(said_url) as session:
        second = session.scalar(select(Team.id).where(Team.code == "second"))
    said = open_page(said_url, "search", "qa", q="退款", team=str(second))
    assert "共 1 句，出自 1 通" in words(said)
    own = open_page(said_url, "search", "supervisor", q="退款", show="trend")
    assert list(own.dataframe[0].value["code"]) == ["first"]


def test_courtesies_have_their_trend_and_the_list_of_what_was_left_out(
    open_page: OpenPage, said_url: str
) -> None:
    tested = open_page(said_url, "search", "qa", show="courtesies", courtesy="closing")
    assert not tested.exception
    rows: Any = {row["code"]: row for row in tested.dataframe[0].value.to_dict("records")}
    assert {code: (row["numerator"], row["denominator"]) for code, row in rows.items()} == {
        "first": (0, 1),
        "second": (0, 2),
    }
    month = str(rows["second"]["month"])
    behind = open_page(
        said_url, "search", "qa", show="courtesies", courtesy="closing", month=month, of="second"
    )
    assert not behind.exception
    assert "应说而未听到的服务用语 2 处" in words(behind)
    assert sorted(behind.dataframe[0].value["call"]) == ["second", "silent"]


def test_who_is_to_hear_a_call_blind_is_not_told_what_it_left_out(open_page: OpenPage, said_url: str) -> None:
    with session_scope(said_url) as session:
        call = session.scalars(select(Call).where(Call.call_id == "second")).one()
        sample = Sample(
            month=call.started_on.replace(day=1), seed="s", created_at=call.started_at, created_by="t"
        )
        session.add(sample)
        session.flush()
        session.add(
            SampleCall(
                sample_id=sample.id, call_id=call.id, stratum="K2|phone", wave=1, number=0.5, weight=1.0,
                probability=0.5, is_drawn=True, is_blind=True, reason="share",
            )
        )  # fmt: skip
        month = f"{call.started_on:%Y-%m}"
    asked = {"show": "courtesies", "courtesy": "closing", "month": month, "of": "second"}
    reviewer = open_page(said_url, "search", "qa", **asked)
    assert list(reviewer.dataframe[0].value["call"]) == ["silent"]
    assert "其中 1 处在您尚待盲审的通话中" in words(reviewer)
    manager = open_page(said_url, "search", "manager", **asked)
    assert sorted(manager.dataframe[0].value["call"]) == ["second", "silent"]


@pytest.mark.parametrize("month", ["x", "2026-99", "-", "0000-00", "99999-01"])
def test_a_month_that_is_none_opens_no_list(open_page: OpenPage, said_url: str, month: str) -> None:
    tested = open_page(said_url, "search", "qa", show="courtesies", courtesy="z", month=month, of="nobody")
    assert not tested.exception
    assert "应说而未听到" not in words(tested)


def test_english_is_there_too(open_page: OpenPage, said_url: str) -> None:
    tested = open_page(said_url, "search", "qa", q="退款", lang="en")
    assert f"{TIMES + 1} utterances in 2 calls" in words(tested)
    assert "Search calls" in [title.value for title in tested.title]


def test_a_search_is_not_logged_as_opening_a_call_is_not(open_page: OpenPage, said_url: str) -> None:
    """Listening is logged, reading is not: the log is for what leaves a trace on somebody."""

    def actions() -> set[str]:
        with session_scope(said_url) as session:
            return set(session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "qa")))

    open_page(said_url, "call", "qa", call="first")
    before = actions()
    open_page(said_url, "search", "qa", q="退款")
    assert actions() == before


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("我要退 款。", "退款", "我要:orange-background[**退 款**]。"),
        ("退款**退款", "退款", ":orange-background[**退款**]\\*\\*:orange-background[**退款**]"),
        ("请問", "请问", ":orange-background[**请問**]"),
        (
            "啊" * 200 + "退款" + "吧" * 200,
            "退款",
            "…" + "啊" * 60 + ":orange-background[**退款**]" + "吧" * 60 + "…",
        ),
    ],
)
def test_the_phrase_is_marked_as_it_was_written(text: str, typed: str, shown: str) -> None:
    assert marked(text, phrase_of(typed)) == shown
