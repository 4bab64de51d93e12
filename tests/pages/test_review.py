"""The reviewers' page: the queue with its reasons, a call worked through by its buttons, blind calls, hostile addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from dashboard import desk
from db import people, reviews, rulebooks, samples, scorecards
from db.engine import session_scope
from db.models import (
    AddedFinding,
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    Call,
    CallNote,
    CallReview,
    Finding,
    Inspection,
    SampleCall,
    User,
)
from tests.pages.conftest import ROLES, USERNAMES, words
from tests.pages.test_call import a_flagged_call, own_team

OpenPage = Callable[..., AppTest]


def press(tested: AppTest, name: str) -> AppTest:
    tested.button(key=f"review_{name}").click().run()
    assert not tested.exception
    return tested


def has(tested: AppTest, name: str) -> bool:
    return any(button.key == f"review_{name}" for button in tested.button)


def taken(url: str, call_id: str, username: str = "qa2") -> int:
    """A colleague takes the call; the review's id."""
    with session_scope(url) as session:
        scope = people.scope_of(session.scalars(select(User).where(User.username == username)).one())
        return reviews.claim(session, scope, call_id, book=rulebooks.in_force(session), now=desk.now()).id


@pytest.mark.parametrize("role", [role for role in ROLES if role != "qa"])
def test_only_who_reviews_has_the_page(open_page: OpenPage, demo_url: str, role: str) -> None:
    tested = open_page(demo_url, "review", role)
    assert not tested.exception
    assert not tested.dataframe
    assert "您的角色不能查看本页" in words(tested)


def test_nothing_waits_in_an_empty_desk(open_page: OpenPage, bare_url: str) -> None:
    tested = open_page(bare_url, "review", "qa")
    assert not tested.exception
    assert "没有待复核的通话" in words(tested)
    assert not has(tested, "next")


def test_the_queue_says_why_each_call_stands_where_it_stands(open_page: OpenPage, demo_url: str) -> None:
    tested = open_page(demo_url, "review", "qa")
    assert not tested.exception
    frame = tested.dataframe[0].value
    assert list(frame["position"]) == list(range(1, len(frame) + 1))
    assert frame["expected"].dropna().is_monotonic_decreasing
    assert "×" in frame["why"][0] and "成立可能" in frame["why"][0]


def test_a_call_is_worked_through_and_finished(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    assert not tested.exception
    assert "call" not in tested.query_params
    seen: set[str] = set()
    for _ in range(60):
        if has(tested, "confirm"):
            if "overturn" not in seen:
                seen.add("overturn")
                press(tested, "overturn")
                press(tested, "reason_1")
            else:
                press(tested, "confirm")
        elif has(tested, "all_best"):
            press(tested, "answer_2")
            press(tested, "all_best")
        elif has(tested, "answer_1"):
            press(tested, "answer_1")
        else:
            break
    press(tested, "finish")
    text = words(tested)
    assert "复核得分" in text and "机器评分" in text
    assert has(tested, "next")
    with session_scope(demo_url) as session:
        review = session.scalars(select(CallReview)).one()
        assert (review.state, review.stands) == ("finished", True)
        first = session.scalars(
            select(Finding).where(
                Finding.inspection_id == review.inspection_id, Finding.decision == "overturned"
            )
        ).one()
        assert first.reviews[-1].reason == "复述客户或制度的原话"
        assert review.score is not None and review.machine_score is not None
    press(tested, "next")
    with session_scope(demo_url) as session:
        assert len(session.scalars(select(CallReview)).all()) == 2


def test_finishing_too_early_says_what_is_left_and_leads_there(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    for _ in range(40):
        if has(tested, "finish"):
            break
        press(tested, "on")
    press(tested, "finish")
    assert "没有" in tested.warning[0].value
    assert has(tested, "confirm") or has(tested, "answer_1")


def test_what_was_missed_a_comment_and_coaching_are_written_where_they_belong(
    open_page: OpenPage, demo_url: str
) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    press(tested, "open_missed")
    tested.selectbox(key="review_what").set_value("banned:cold")
    tested.text_input(key="review_why").set_value("语气冷淡")
    next(b for b in tested.button if b.label == "补充").click()
    tested.run()
    assert not tested.exception
    for mode in ("comment", "coaching"):
        press(tested, f"open_{mode}")
        tested.text_input(key="review_text").set_value(f"*{mode}* <b>")
        next(b for b in tested.button if b.label == "记下").click()
        tested.run()
        assert not tested.exception
    with session_scope(demo_url) as session:
        added = session.scalars(select(AddedFinding)).one()
        assert (added.category, added.note) == ("cold", "语气冷淡")
        assert sorted(n.kind for n in session.scalars(select(CallNote))) == ["coaching", "comment"]
    assert "\\*coaching\\*" in words(tested)


def test_who_comes_second_is_told_and_given_the_next_call(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    taken(demo_url, call_id)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    assert not tested.exception
    text = words(tested)
    assert f"通话 {call_id} 正由" in text and "已为你换成队列中的下一通" in text
    assert has(tested, "give_back")
    press(tested, "give_back")
    assert "已退回队列" in words(tested)
    assert call_id in "".join(str(e.label) for e in tested.expander) + words(tested)


def test_whose_claim_lapsed_is_told_who_went_on(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    with session_scope(demo_url) as session:
        session.scalars(select(CallReview)).one().claimed_until = desk.now() - timedelta(minutes=1)
    taken(demo_url, call_id)
    press(tested, "confirm")
    assert "接手" in words(tested)
    with session_scope(demo_url) as session:
        assert session.scalars(select(Finding).join(Inspection).join(Call).where(Call.call_id == call_id, Finding.decision.is_not(None))).all() == []  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        {"call": "no-such-call"},
        {"call": "' OR 1=1 --"},
        {"call": "a" * 3000},
        {"review": "999999"},
        {"review": "-1"},
        {"review": "٣"},
        {"review": "9" * 40},
    ],
)
def test_an_address_that_leads_nowhere_leaves_the_queue(
    open_page: OpenPage, demo_url: str, query: dict[str, str]
) -> None:
    tested = open_page(demo_url, "review", "qa", **query)
    assert not tested.exception
    assert len(tested.dataframe) == 1


def test_nobody_works_on_anothers_review_by_its_address(open_page: OpenPage, demo_url: str) -> None:
    call_id, _ = a_flagged_call(demo_url)
    review_id = taken(demo_url, call_id)
    tested = open_page(demo_url, "review", "qa", review=str(review_id))
    assert not tested.exception
    assert not has(tested, "confirm")
    assert "不在你手上" in words(tested)


def blind(url: str) -> str:
    """A flagged call, drawn to be heard blind."""
    call_id, _ = a_flagged_call(url, own_team(url))
    with session_scope(url) as session:
        book, now = rulebooks.in_force(session), desk.now()
        scorecards.ship_cards(session, now)
        row = session.scalars(select(Call).where(Call.call_id == call_id)).one()
        qa = session.scalars(select(User).where(User.username == USERNAMES["qa"])).one()
        samples.draw_month(session, people.scope_of(qa), row.started_on, book=book, now=now, seed="pages")
        drawn = session.scalars(select(SampleCall).where(SampleCall.call_id == row.id)).one()
        drawn.is_drawn = drawn.is_blind = True
    return call_id


def test_a_blind_call_is_judged_before_the_machine_speaks(open_page: OpenPage, demo_url: str) -> None:
    call_id = blind(demo_url)
    tested = open_page(demo_url, "review", "qa", call=call_id)
    text = words(tested)
    assert "盲审" in text
    assert "-background[**" not in text and "目前得分" not in text
    assert not has(tested, "confirm")
    press(tested, "all_best")
    while has(tested, "answer_1"):
        press(tested, "answer_1")
    press(tested, "finish")
    assert "第一遍判断已完成" in words(tested)
    assert has(tested, "confirm")
    assert "-background[**" in words(tested)


def test_a_reviewer_finds_nothing_of_a_blind_call_on_its_own_page(open_page: OpenPage, demo_url: str) -> None:
    call_id = blind(demo_url)
    hidden = open_page(demo_url, "call", "qa", call=call_id)
    assert not hidden.exception
    assert "盲审" in hidden.info[0].value
    assert "-background[**" not in words(hidden) and not hidden.metric
    assert len(hidden.chat_message) > 1
    # Who does not review is not blind.
    assert "-background[**" in words(open_page(demo_url, "call", "supervisor", call=call_id))


def test_a_call_of_a_calibration_round_is_answered_without_machine_and_score(
    open_page: OpenPage, demo_url: str
) -> None:
    call_id, _ = a_flagged_call(demo_url)
    with session_scope(demo_url) as session:
        now, book = desk.now(), rulebooks.in_force(session)
        scorecards.ship_cards(session, now)
        user = session.scalars(select(User).where(User.username == USERNAMES["qa"])).one()
        call = session.scalars(select(Call).where(Call.call_id == call_id)).one()
        card = scorecards.card_for(session, call)
        one = CalibrationRound(name="十一月", scorecard_id=card.id, opened_at=now, opened_by="经理")
        session.add(one)
        session.flush()
        session.add(CalibrationCall(round_id=one.id, call_id=call.id, ordinal=1))
        session.add(CalibrationMember(round_id=one.id, user_id=user.id))
        session.flush()
        scope = people.scope_of(user)
        review_id = reviews.claim(session, scope, call_id, book=book, now=now, round_id=one.id).id
    tested = open_page(demo_url, "review", "qa", review=str(review_id))
    assert "盲审" in words(tested) and not has(tested, "confirm")
    press(tested, "all_best")
    while has(tested, "answer_1"):
        press(tested, "answer_1")
    press(tested, "finish")
    assert "你的评分已保存" in words(tested)
    assert not tested.metric
    with session_scope(demo_url) as session:
        review = session.get_one(CallReview, review_id)
        assert (review.state, review.stands) == ("finished", False)


@pytest.mark.parametrize("role", ["supervisor", "manager", "executive"])
def test_the_receipt_stands_on_the_calls_page_for_every_role_that_sees_it(
    open_page: OpenPage, demo_url: str, role: str
) -> None:
    call_id, _ = a_flagged_call(demo_url, own_team(demo_url))
    review_id = taken(demo_url, call_id)
    with session_scope(demo_url) as session:
        review = session.get_one(CallReview, review_id)
        review.state, review.stands, review.finished_at = "finished", True, desk.now()
        review.score, review.machine_score = 88, 91  # type: ignore[assignment]
        review.receipt = [{"zh": "礼貌：5 分", "en": "Polite: 5", "clause": "A2.18"}]
    tested = open_page(demo_url, "call", role, call=call_id)
    assert not tested.exception
    assert {"复核得分 88", "同一评分表的机器评分 91"} <= set(words(tested).splitlines())
    assert "礼貌：5 分" in words(tested)
    assert bool([b for b in tested.button if b.label == "记下"]) == (role != "executive")


def test_english_is_there_too(open_page: OpenPage, demo_url: str) -> None:
    tested = open_page(demo_url, "review", "qa", lang="en")
    assert "calls wait" in words(tested)
    press(tested, "next")
    assert "Findings 0 of" in words(tested)
