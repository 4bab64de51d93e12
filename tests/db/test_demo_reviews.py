"""The demo's reviews of whole calls are what the desk itself would have made of the same answers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import review_finishing
from db.demo.judging_reviews import review_demo_calls
from db.models import CallReview, Finding
from tests.db.review_rows import BOOK, NOW, add_inspected, department, draw, finding
from tests.factories import make_user

CALLS = 14


def heard(session: Session) -> list[CallReview]:
    department(session)
    make_user(session, "qa", username="qa-demo", display_name="沈若兰", is_demo=True)
    found = [
        add_inspected(session, f"c{n}", finding(points=5), started_at=NOW - timedelta(days=20, minutes=n))
        for n in range(CALLS)
    ]
    draw(session, *found[::2])
    draw(session, *found[1::2], is_blind=True)
    session.commit()
    review_demo_calls(session, NOW, 7, BOOK)
    return list(session.scalars(select(CallReview).order_by(CallReview.id)))


def test_the_demos_reviews_are_derived_as_every_other(session: Session) -> None:
    reviews = heard(session)
    assert CALLS - 4 <= len(reviews) <= CALLS
    for review in reviews:
        judged = review_finishing.judge(session, review, BOOK)
        assert (review.score, review.is_failed) == (judged.scored.score, judged.scored.is_failed)
        assert review.machine_score == judged.machine.score
        assert judged.scored.unanswered == () and review.stands and review.sample_call_id is not None
        assert (review.judged_at is not None) == review.is_blind
        assert review.finished_at is not None and review.finished_at <= NOW
        kept = review_finishing.receipt(judged.scored, judged.machine.score)
        assert review.receipt == [step.as_record() for step in kept]
    inspections = [review.inspection_id for review in reviews]
    undecided = select(Finding.id).where(Finding.inspection_id.in_(inspections), Finding.decision.is_(None))
    assert session.scalars(undecided).all() == []


def test_asked_again_the_demo_adds_nothing(session: Session) -> None:
    count = len(heard(session))
    assert review_demo_calls(session, NOW, 7, BOOK)["call_reviews"] == 0
    assert len(session.scalars(select(CallReview)).all()) == count
