"""The reviewers' queue, and who has a call in hand: one reviewer at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import review_finishing, review_missed, reviews
from db.models import (
    CallReview,
)
from db.review_missed import Missed
from db.review_queue import list_held, list_queue
from regulations.access import AccessRefused
from tests.db.review_rows import (
    BOOK,
    NOW,
    add_inspected,
    answer_all,
    department,
    draw,
    finding,
    proposal,
    queue,
    scope_for,
)
from tests.db.test_races import at_once

MINUTE, HALF_HOUR = timedelta(minutes=1), timedelta(minutes=30)


# -- the queue -----------------------------------------------------------------------------------------


def test_the_queue_stands_in_the_order_of_harm_times_probability(session: Session) -> None:
    first, _ = department(session)
    add_inspected(session, "mild", finding(points=3))
    add_inspected(session, "grave", finding("insult", points=10))
    add_inspected(session, "proposed", proposal(probability=0.9))
    add_inspected(session, "clean")
    add_inspected(session, "old", finding(points=50), started_at=NOW - timedelta(days=60))
    assert queue(session, first) == ["grave", "proposed", "mild"]


def test_what_reviewers_overturned_before_moves_its_like_down(session: Session) -> None:
    first, _ = department(session)
    for n in range(20):
        old = add_inspected(session, f"old{n}", finding("shirking", points=8))
        old.findings[0].decision = "overturned"
    add_inspected(session, "doubtful", finding("shirking", points=8))
    add_inspected(session, "usual", finding("cold", points=4))
    assert queue(session, first) == ["usual", "doubtful"]
    entry = list_queue(session, first, BOOK, NOW)[1]
    assert "20" in entry.place.steps[0].zh


def test_drawn_calls_are_in_the_queue_and_blind_ones_tell_nothing(session: Session) -> None:
    first, _ = department(session)
    grave = add_inspected(session, "blind", finding("insult", points=50))
    clean = add_inspected(session, "clean")
    draw(session, clean)
    draw(session, grave, is_blind=True)
    add_inspected(session, "mild", finding(points=1))
    entries = {entry.call.call_id: entry for entry in list_queue(session, first, BOOK, NOW)}
    assert set(entries) == {"blind", "clean", "mild"}
    assert entries["mild"].place.position == 1
    assert entries["blind"].is_blind and entries["blind"].place.expected is None
    assert (entries["clean"].place.lane, entries["clean"].place.expected) == ("sample", 0.0)


def test_only_who_reviews_sees_the_queue_or_takes_a_call(session: Session) -> None:
    department(session)
    add_inspected(session, "c1", finding())
    for role in ("supervisor", "manager", "executive", "administrator"):
        other = scope_for(session, role)
        with pytest.raises(AccessRefused):
            list_queue(session, other, BOOK, NOW)
        with pytest.raises(AccessRefused):
            reviews.claim(session, other, "c1", book=BOOK, now=NOW)


# -- one at a time -------------------------------------------------------------------------------------


def test_the_second_is_told_who_has_the_call_and_gets_the_next_one(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "grave", finding("insult", points=10))
    add_inspected(session, "mild", finding(points=1))
    mine = reviews.next_for(session, first, BOOK, NOW)
    assert mine.review is not None and mine.review.call.call_id == "grave"
    with pytest.raises(reviews.Taken) as told:
        reviews.claim(session, second, "grave", book=BOOK, now=NOW + MINUTE)
    assert (told.value.by, told.value.until) == ("qa", NOW + HALF_HOUR)
    assert "29" in told.value.zh
    other = reviews.next_for(session, second, BOOK, NOW)
    assert other.review is not None and other.review.call.call_id == "mild"
    assert [held.call.call_id for held in list_held(session, first, NOW)] == ["grave", "mild"]
    again = reviews.next_for(session, first, BOOK, NOW + MINUTE)
    assert again.review is mine.review and again.review.claimed_until == NOW + MINUTE + HALF_HOUR


def test_of_two_who_take_the_same_call_in_the_same_instant_one_gets_it(
    session: Session, engine: Engine
) -> None:
    first, second = department(session)
    add_inspected(session, "grave", finding("insult", points=10))
    add_inspected(session, "mild", finding(points=1))
    session.commit()
    outcomes = at_once(
        engine,
        *(lambda mine, s=s: reviews.claim(mine, s, "grave", book=BOOK, now=NOW) for s in (first, second)),
    )
    assert outcomes.count("done") == 1
    assert next(o for o in outcomes if o != "done").startswith("refused: qa is reviewing call grave")
    assert session.scalar(select(func.count()).where(CallReview.state == "claimed")) == 1


def test_of_two_who_ask_for_the_next_call_in_the_same_instant_each_gets_another(
    session: Session, engine: Engine
) -> None:
    scopes = department(session)
    for n in range(3):
        add_inspected(session, f"c{n}", finding(points=10 - n))
    session.commit()
    asked = at_once(engine, *(lambda mine, s=s: reviews.next_for(mine, s, BOOK, NOW) for s in scopes))
    assert asked == ["done", "done"]
    rows = session.execute(
        select(CallReview.call_id, CallReview.reviewer_id).order_by(CallReview.call_id)
    ).all()
    assert len({row.call_id for row in rows}) == len({row.reviewer_id for row in rows}) == 2


def test_a_claim_that_lapsed_returns_and_its_first_holder_is_told(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    mine = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    assert queue(session, second) == []
    late = NOW + HALF_HOUR + timedelta(seconds=1)
    assert [e.call.call_id for e in list_queue(session, second, BOOK, late)] == ["c1"]
    reviews.renew(session, first, mine.id, book=BOOK, now=late)  # nobody took it: he may go on
    later = late + HALF_HOUR + timedelta(seconds=1)
    theirs = reviews.claim(session, second, "c1", book=BOOK, now=later)
    assert theirs.id != mine.id
    with pytest.raises(reviews.NotYours, match="qa has taken the call"):
        reviews.save_answers(session, first, mine.id, {}, book=BOOK, now=later)


def test_who_gives_a_call_back_is_offered_it_last_and_finds_his_answers_again(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "grave", finding("insult", points=10))
    add_inspected(session, "mild", finding(points=1))
    mine = reviews.claim(session, first, "grave", book=BOOK, now=NOW)
    answer_all(session, first, mine)
    answers = dict(mine.answers)
    reviews.release(session, first, mine.id, now=NOW)
    following = reviews.next_for(session, first, BOOK, NOW + MINUTE)
    assert following.review is not None and following.review.call.call_id == "mild"
    again = reviews.claim(session, first, "grave", book=BOOK, now=NOW + MINUTE)
    assert (again.id, again.answers) == (mine.id, answers)
    reviews.release(session, first, mine.id, now=NOW + MINUTE)
    theirs = reviews.claim(session, second, "grave", book=BOOK, now=NOW + MINUTE)
    assert theirs.answers == {}


def test_nobody_writes_into_a_review_that_is_another_s(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    mine = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    missed = Missed("banned", "cold", segment=0)
    for write in (
        lambda: reviews.save_answers(session, second, mine.id, {}, book=BOOK, now=NOW),
        lambda: reviews.release(session, second, mine.id, now=NOW),
        lambda: reviews.decide(
            session, second, mine.id, inspection.findings[0].id, "confirmed", "", book=BOOK, now=NOW
        ),
        lambda: review_missed.add_missed(session, second, mine.id, missed, book=BOOK, now=NOW),
        lambda: review_finishing.finish(session, second, mine.id, book=BOOK, now=NOW),
    ):
        with pytest.raises(reviews.NotYours):
            write()
