"""What keeps a review honest: no way round a calibration round, no blind review of what is known, nothing decided is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import calibration, own_calls, quality, review_finishing, review_missed, reviews
from db.models import Agent, CallReview, Finding, Inspection
from db.refusals import Refused
from db.review_missed import Missed
from db.review_queue import list_queue
from regulations.access import Scope
from tests.db.review_rows import BOOK, NOW, add_inspected, answer_all, department, draw, finding, scope_for
from tests.db.test_decided_is_final import judged_anew, values_of
from tests.db.test_races import at_once

GONE = "a\x00b"


def finished(session: Session, scope: Scope, call_id: str = "c1") -> CallReview:
    """A review of the call in which every finding is confirmed."""
    review = reviews.claim(session, scope, call_id, book=BOOK, now=NOW)
    answer_all(session, scope, review)
    if review.is_blind:
        review_finishing.close_blind(session, scope, review.id, book=BOOK, now=NOW)
    inspection = session.get_one(Inspection, review.inspection_id)
    for one in inspection.findings:
        if one.decision is None:
            reviews.decide(session, scope, review.id, one.id, "confirmed", "", book=BOOK, now=NOW)
    return review_finishing.finish(session, scope, review.id, book=BOOK, now=NOW)


def test_a_call_of_ones_own_open_round_is_not_reviewed_outside_it(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    one = calibration.open_round(
        session, first, name="r", call_ids=["c1"], member_ids=[second.user_id or 0],
        expert_id=first.user_id or 0, due_on=None, now=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="calibration round of yours"):
        reviews.claim(session, second, "c1", book=BOOK, now=NOW)
    assert reviews.claim(session, scope_for(session, "qa"), "c1", book=BOOK, now=NOW).state == "claimed"
    in_it = reviews.claim(session, second, "c1", book=BOOK, now=NOW, round_id=one.id)
    answer_all(session, second, in_it)
    review_finishing.finish(session, second, in_it.id, book=BOOK, now=NOW)
    with pytest.raises(reviews.Taken):  # a colleague has it; nothing else is in the way
        reviews.claim(session, second, "c1", book=BOOK, now=NOW)


def test_a_review_that_was_begun_is_not_taken_up_again_in_a_closed_round(session: Session) -> None:
    first, second = department(session)
    third = scope_for(session, "qa")
    add_inspected(session, "c1")
    one = calibration.open_round(
        session, first, name="r", call_ids=["c1"], member_ids=[second.user_id or 0, third.user_id or 0],
        expert_id=first.user_id or 0, due_on=None, now=NOW,
    )  # fmt: skip
    begun = {
        scope: reviews.claim(session, scope, "c1", book=BOOK, now=NOW, round_id=one.id)
        for scope in (first, second, third)
    }
    for scope in (first, second):
        answer_all(session, scope, begun[scope])
        review_finishing.finish(session, scope, begun[scope].id, book=BOOK, now=NOW)
    calibration.close_round(session, first, one.id, "", expected_version=one.row_version, now=NOW)
    with pytest.raises(Refused, match="this round is closed"):
        reviews.claim(session, third, "c1", book=BOOK, now=NOW, round_id=one.id)
    assert begun[third].state == "released"


def test_what_is_confirmed_after_the_call_was_judged_anew_can_be_objected_to(session: Session) -> None:
    first, second = department(session)
    before = add_inspected(session, "c1", finding("insult", points=10))
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    after = judged_anew(session, before)
    slip = session.get_one(Inspection, before.id).findings[0]
    reviews.decide(session, first, review.id, slip.id, "confirmed", "听过", book=BOOK, now=NOW)
    answer_all(session, first, review)
    review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    session.expire_all()
    [current] = session.get_one(Inspection, after.id).findings
    assert (current.decision, [one.reason for one in current.reviews]) == ("confirmed", ["听过"])
    assert list_queue(session, second, BOOK, NOW) == [], "nobody decides it twice"
    k1 = session.scalars(select(Agent).where(Agent.number == "K1")).one()
    own = own_calls.get_own(session, scope_for(session, "agent", agent=k1), "c1")
    [charge] = own_calls.charges(session, own, BOOK, NOW)
    assert (charge.target, charge.may_object, own.waiting) == (f"finding:{current.id}", True, [])


def test_a_call_that_somebody_finished_is_blind_to_nobody_any_more(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    draw(session, inspection, is_blind=True)
    assert finished(session, first).is_blind
    after = judged_anew(session, inspection)
    with pytest.raises(Refused, match="reopen it"):  # nothing in it waits
        reviews.claim(session, second, "c1", book=BOOK, now=NOW)
    after.findings.append(Finding(**{**values_of(after.findings[0]), "quote": "另一处"}))
    session.flush()
    assert not reviews.claim(session, second, "c1", book=BOOK, now=NOW).is_blind


def test_a_slip_in_a_blind_review_is_put_right_by_reopening_it(session: Session) -> None:
    first, second = department(session)
    draw(session, add_inspected(session, "c1", finding()), is_blind=True)
    heard = finished(session, first)
    again = review_finishing.reopen(session, second, "c1", "点错了", book=BOOK, now=NOW)
    code = next(iter(heard.answers))
    reviews.save_answers(session, second, again.id, {code: {"answer": "na"}}, book=BOOK, now=NOW)
    review_finishing.finish(session, second, again.id, book=BOOK, now=NOW)
    assert (again.stands, again.answers[code]["answer"]) == (True, "na")
    assert heard.is_blind and heard.judged_at is not None and heard.answers[code]["answer"] != "na"


def test_what_was_added_before_is_taken_back_after_reopening(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1")
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    added = review_missed.add_missed(
        session, first, review.id, Missed("banned", "cold", segment=0), book=BOOK, now=NOW
    )
    answer_all(session, first, review)
    charged = review_finishing.finish(session, first, review.id, book=BOOK, now=NOW).score
    with pytest.raises(reviews.NotYours):
        review_missed.withdraw_missed(session, second, added.id, now=NOW)
    again = review_finishing.reopen(session, second, "c1", "听错了", book=BOOK, now=NOW)
    review_missed.withdraw_missed(session, second, added.id, now=NOW)
    score = review_finishing.finish(session, second, again.id, book=BOOK, now=NOW).score
    assert charged is not None and score is not None and score > charged


def test_of_two_who_reopen_at_once_the_second_is_told(session: Session, engine: Engine) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    finished(session, first)
    session.commit()
    came = at_once(
        engine,
        *(
            lambda mine, s=s: review_finishing.reopen(mine, s, "c1", "x", book=BOOK, now=NOW)
            for s in (first, second)
        ),
    )
    assert sorted(came) == ["done", "refused: somebody is reviewing this call just now"]


def test_characters_that_no_database_keeps_are_left_out(session: Session) -> None:
    first, _second = department(session)
    [slip] = add_inspected(session, "c1", finding()).findings
    review = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    decided = reviews.decide(session, first, review.id, slip.id, "overturned", GONE, book=BOOK, now=NOW)
    added = review_missed.add_missed(
        session, first, review.id, Missed("banned", "cold", None, GONE, GONE), book=BOOK, now=NOW
    )
    answer_all(session, first, review)
    code = next(iter(review.answers))
    kept = {**review.answers[code], "note": GONE}
    reviews.save_answers(session, first, review.id, {code: kept}, book=BOOK, now=NOW)
    review_finishing.finish(session, first, review.id, book=BOOK, now=NOW)
    review_finishing.reopen(session, first, "c1", GONE, book=BOOK, now=NOW)
    assert {decided.reason, added.quote, added.note, review.answers[code]["note"]} == {"ab"}
    with pytest.raises(Refused):
        quality.decide(session, first, slip.id, "overturned", "\x00", now=NOW)
