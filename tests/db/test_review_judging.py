"""From decisions and answers to a score: derived, blind until the first judgement, nothing rewritten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import quality, review_finishing, review_missed, review_notes, review_work, reviews
from db.models import (
    AuditEntry,
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    CallReview,
    Finding,
)
from db.refusals import Refused
from db.review_blind import is_blind_for
from db.review_missed import Missed
from tests.db.review_rows import (
    BOOK,
    NOW,
    add_inspected,
    answer_all,
    department,
    draw,
    finding,
    finished,
    proposal,
    queue,
    scope_for,
)

MINUTE, HALF_HOUR = timedelta(minutes=1), timedelta(minutes=30)


# -- finishing -----------------------------------------------------------------------------------------


def test_a_review_is_finished_when_everything_is_decided_and_answered(session: Session) -> None:
    first, _ = department(session)
    inspection = add_inspected(session, "c1", finding(points=10), proposal())
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    with pytest.raises(Refused, match="still to be answered"):
        review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    answer_all(session, first, review)
    with pytest.raises(Refused, match="to be decided on: 1"):
        review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    flag = next(f for f in inspection.findings if f.verdict == "hit")
    reviews.decide(session, first, review.id, flag.id, "confirmed", "", book=BOOK, now=NOW)
    done = review_finishing.finish(session, first, review.id, book=BOOK, now=NOW + MINUTE)
    assert (done.state, done.stands, done.finished_at) == ("finished", True, NOW + MINUTE)
    assert done.score is not None and done.machine_score is not None
    assert 0 < done.score < 100
    assert done.machine_score < 100
    assert any("机器评分" in line["zh"] for line in done.receipt)
    assert inspection.machine_score == Decimal(90)  # what the machine said stays
    assert queue(session, first) == []
    assert session.scalar(select(AuditEntry).where(AuditEntry.action == "review.finished")) is not None
    with pytest.raises(reviews.NotYours):
        review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    with pytest.raises(Refused, match="has reviewed this call already"):
        reviews.claim(session, first, "c1", book=BOOK, now=NOW)


def test_what_is_overturned_costs_nothing_and_the_machine_s_score_is_kept(session: Session) -> None:
    first, _ = department(session)
    add_inspected(session, "c1", finding(points=10))
    add_inspected(session, "c2", finding(points=10))
    held, fell = finished(session, first, "c1"), finished(session, first, "c2", "overturned")
    assert held.machine_score == fell.machine_score
    assert held.score is not None and fell.score == 100
    assert held.score < fell.score


def test_a_decision_on_which_a_score_rests_is_changed_by_reopening_alone(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding(points=10))
    finished(session, first, "c1")
    with pytest.raises(Refused, match="reopen its review"):
        reviews.decide_alone(session, second, inspection.findings[0].id, "overturned", "引用", now=NOW)
    assert inspection.findings[0].decision == "confirmed"


def test_a_critical_finding_fails_the_call_once_it_is_confirmed(session: Session) -> None:
    first, _ = department(session)
    add_inspected(session, "c1", finding("insult", points=10))
    done = finished(session, first, "c1")
    assert (done.score, done.is_failed) == (0, True)


def test_an_answer_that_the_card_does_not_know_is_refused(session: Session) -> None:
    first, _ = department(session)
    add_inspected(session, "c1", finding())
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    for answers in ({"no_such_item": {"answer": "yes"}}, {"voice_polite": {"answer": "excellent"}}):
        with pytest.raises(Refused):
            reviews.save_answers(session, first, review.id, answers, book=BOOK, now=NOW)
    assert review.answers == {}
    reviews.save_answers(
        session,
        first,
        review.id,
        {"voice_polite": {"answer": "good", "note": "x" * 9000}},
        book=BOOK,
        now=NOW,
    )
    assert len(review.answers["voice_polite"]["note"]) == 500
    reviews.save_answers(session, first, review.id, {"voice_polite": None}, book=BOOK, now=NOW)
    assert review.answers == {}


# -- what the machine missed ---------------------------------------------------------------------------


def test_what_the_machine_missed_is_added_at_its_sentence_and_costs_its_points(session: Session) -> None:
    first, _ = department(session)
    add_inspected(session, "c1")
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    assert review.purpose == "chosen"
    row = review_missed.add_missed(
        session,
        first,
        review.id,
        Missed("banned", "shirking", 0, " 这不归我管 ", "推给别人"),
        book=BOOK,
        now=NOW,
    )
    assert (row.quote, row.start_seconds, row.points > 0) == ("这不归我管", 0.5, True)
    assert row.clauses
    answer_all(session, first, review)
    before = review_finishing.judge(session, review, BOOK).scored.score
    review_missed.withdraw_missed(session, first, row.id, now=NOW)
    after = review_finishing.judge(session, review, BOOK).scored.score
    assert before is not None and after == 100 and before < after
    for missed in (Missed("banned", "no_such"), Missed("missing", "shirking"), Missed("banned", "cold", 99)):
        with pytest.raises(Refused):
            review_missed.add_missed(session, first, review.id, missed, book=BOOK, now=NOW)


def test_the_same_slip_is_charged_once(session: Session) -> None:
    first, _ = department(session)
    inspection = add_inspected(session, "c1", finding("shirking", points=1))
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    answer_all(session, first, review)
    reviews.decide(session, first, review.id, inspection.findings[0].id, "confirmed", "", book=BOOK, now=NOW)
    alone = review_finishing.judge(session, review, BOOK).scored.score
    review_missed.add_missed(session, first, review.id, Missed("banned", "shirking", 0), book=BOOK, now=NOW)
    assert review_finishing.judge(session, review, BOOK).scored.score == alone
    review_missed.add_missed(session, first, review.id, Missed("banned", "shirking", 1), book=BOOK, now=NOW)
    together = review_finishing.judge(session, review, BOOK).scored.score
    assert alone is not None and together is not None and together < alone


# -- blind ---------------------------------------------------------------------------------------------


def test_a_blind_review_reads_nothing_of_the_machine_until_the_first_judgement(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding("insult", points=50), proposal())
    draw(session, inspection, is_blind=True)
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    assert (review.is_blind, review.purpose) == (True, "sample")
    review_notes.write_note(session, second, "c1", "comment", "机器说有辱骂", now=NOW)
    session.commit()
    session.expunge_all()
    review = reviews.get_review(session, first, review.id)
    work = review_work.read_work(session, first, review.id)
    assert work.segments and (work.findings, work.notes, work.contact.owed) == ([], [], None)
    assert not any(isinstance(row, Finding) for row in session)  # not even read
    one = inspection.findings[0].id
    with pytest.raises(Refused, match="blind"):
        reviews.decide(session, first, review.id, one, "confirmed", "", book=BOOK, now=NOW)
    with pytest.raises(Refused, match="first judgement"):
        review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    with pytest.raises(Refused, match="still to be answered"):
        review_finishing.close_blind(session, first, review.id, book=BOOK, now=NOW)
    review_missed.add_missed(session, first, review.id, Missed("banned", "insult", 0), book=BOOK, now=NOW)
    answer_all(session, first, review)
    judged = review_finishing.close_blind(session, first, review.id, book=BOOK, now=NOW)
    answers = dict(judged.answers)
    assert len(review_work.read_work(session, first, review.id).findings) == 2
    # The first judgement stays as it was.
    with pytest.raises(Refused):
        reviews.save_answers(session, first, review.id, {"voice_polite": None}, book=BOOK, now=NOW)
    with pytest.raises(Refused):
        review_missed.add_missed(session, first, review.id, Missed("banned", "cold", 0), book=BOOK, now=NOW)
    flag = session.scalars(select(Finding).where(Finding.verdict == "hit")).one()
    reviews.decide(session, first, review.id, flag.id, "confirmed", "", book=BOOK, now=NOW)
    done = review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    assert (done.is_blind, done.judged_at, done.answers, done.stands) == (True, NOW, answers, True)


def test_who_has_decided_on_the_findings_before_does_not_pass_for_blind(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    draw(session, inspection, is_blind=True)
    quality.decide(session, first, inspection.findings[0].id, "confirmed", "", now=NOW)
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    assert (review.is_blind, review.sample_call_id is not None) == (False, True)
    reviews.release(session, first, review.id, now=NOW)
    assert reviews.claim(session, second, "c1", book=BOOK, now=NOW).is_blind


def test_a_reviewer_s_lists_leave_out_what_he_is_to_hear_blind(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding("insult", points=50))
    draw(session, inspection, is_blind=True)
    manager, day = scope_for(session, "manager"), {"from_on": NOW.date(), "to_on": NOW.date()}
    one = inspection.findings[0].id

    def seen(scope: object) -> int:
        return len(quality.list_flagged(session, scope, **day))  # type: ignore[arg-type]

    assert (seen(first), seen(second), seen(manager)) == (0, 0, 1)
    with pytest.raises(LookupError):
        reviews.decide_alone(session, first, one, "confirmed", "", now=NOW)
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    answer_all(session, first, review)
    review_finishing.close_blind(session, first, review.id, book=BOOK, now=NOW)
    assert (seen(first), seen(second)) == (1, 0)  # the colleague may still come to hear it
    reviews.decide(session, first, review.id, one, "confirmed", "", book=BOOK, now=NOW)
    review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    assert (seen(first), seen(second)) == (1, 1)


def test_a_call_of_a_running_round_is_kept_from_its_members_until_they_have_answered(
    session: Session,
) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    card = reviews.claim(session, second, "c1", book=BOOK, now=NOW).scorecard_id
    assert card is not None and first.user_id is not None
    one = CalibrationRound(name="一", scorecard_id=card, opened_at=NOW, opened_by="test")
    session.add(one)
    session.flush()
    session.add(CalibrationCall(round_id=one.id, call_id=inspection.call_id, ordinal=1))
    session.add(CalibrationMember(round_id=one.id, user_id=first.user_id))
    session.flush()
    reviews.release(session, second, session.scalars(select(CallReview.id)).one(), now=NOW)
    assert (queue(session, first), queue(session, second)) == ([], ["c1"])
    assert is_blind_for(session, first, inspection.call_id)
    assert not is_blind_for(session, second, inspection.call_id)
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW, round_id=one.id)
    assert review_work.read_work(session, first, review.id).findings == []
    answer_all(session, first, review)
    done = review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    assert (done.state, done.stands, done.score is not None) == ("finished", False, True)
    assert queue(session, first) == ["c1"]


def test_nobody_decides_on_a_finding_while_a_colleague_reviews_its_call(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    one = inspection.findings[0].id
    with pytest.raises(reviews.Taken):
        reviews.decide_alone(session, second, one, "confirmed", "", now=NOW)
    reviews.decide_alone(session, first, one, "confirmed", "", now=NOW)
    reviews.decide_alone(session, second, one, "overturned", "引用", now=NOW + HALF_HOUR + MINUTE)
    assert inspection.findings[0].decision == "overturned"
