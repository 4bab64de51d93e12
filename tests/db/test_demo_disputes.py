"""The demo's objections and calibration rounds: something of every kind, through the same doors as people, once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import calibration_compare, review_finishing, reviews
from db.accounts import scope_of
from db.demo.judging_disputes import judge_demo_disputes
from db.dispute_targets import judged
from db.models import Agent, CalibrationRound, CallReview, Dispute
from regulations.access import Scope
from tests.db.review_rows import BOOK, NOW, add_inspected, answer_all, department, finding
from tests.factories import make_user

DAY = timedelta(days=1)


def test_the_demo_objects_decides_and_calibrates(session: Session) -> None:
    department(session)
    first, _second = (
        make_user(session, role, username=name, is_demo=True)
        for role, name in (("qa", "shen"), ("qa", "ding"))
    )
    make_user(session, "manager", username="qin", is_demo=True)
    person = session.scalars(select(Agent).order_by(Agent.number)).first()
    make_user(session, "agent", agent=person, username="agent", is_demo=True)
    for n in range(20):  # for the rounds
        add_inspected(session, f"old{n}", started_at=NOW - 30 * DAY)
    for n in range(6):
        at = NOW - (14 - 2 * n) * DAY
        inspection = add_inspected(session, f"c{n}", finding(), agent=("K1", "K2")[n % 2], started_at=at)
        review = reviews.claim(session, scope_of(first), f"c{n}", book=BOOK, now=at)
        reviews.decide(
            session, scope_of(first), review.id, inspection.findings[0].id, "confirmed", "", book=BOOK, now=at
        )
        answer_all(session, scope_of(first), review, now=at, best=n > 0)
        review_finishing.finish(session, scope_of(first), review.id, book=BOOK, now=at)

    counts = judge_demo_disputes(session, NOW, book=BOOK)
    assert counts["calibration_rounds"] == 2 and 0 < counts["disputes_decided"] < counts["disputes"]
    for one in session.scalars(select(Dispute)):
        assert one.reason and one.filed_at <= NOW
        if one.state == "decided":
            assert one.decided_at is not None and one.filed_at < one.decided_at < NOW and one.decision_reason
            assert one.decided_by_id != first.id
        else:
            assert not judged(session, one.call, one.target, BOOK).is_judge(Scope(None, "秦岚", "manager"))
    closed = session.scalars(select(CalibrationRound).where(CalibrationRound.closed_at.is_not(None))).one()
    found = calibration_compare.compare(session, Scope(None, "m", "manager"), closed, BOOK)
    assert len(found.calls) == 8 and found.distances[0].calls == 8
    assert judge_demo_disputes(session, NOW, seed=8, book=BOOK) == counts
    standing = select(CallReview).where(CallReview.stands)
    assert all(review.round_id is None for review in session.scalars(standing))
