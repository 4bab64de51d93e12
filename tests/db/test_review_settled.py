"""What is settled stays settled: by an objection, by a finished review, by another rulebook; and who may read it before."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import (
    calibration,
    disputes,
    own_calls,
    quality,
    review_finishing,
    review_missed,
    review_work,
    reviews,
)
from db.inspections import InspectionFacts, store_inspection
from db.models import Agent
from db.refusals import Refused
from db.review_missed import Missed
from db.review_words import tidy
from regulations.access import AccessRefused, Scope
from tests.db.review_rows import BOOK, NOW, add_inspected, department, draw, finding, scope_for
from tests.db.test_decided_is_final import judged_anew
from tests.db.test_disputes import DAY, Desk
from tests.db.test_review_integrity import finished

LATER = NOW + timedelta(days=3)


def the_agent(session: Session) -> Scope:
    k1 = session.scalars(select(Agent).where(Agent.number == "K1")).one()
    return scope_for(session, "agent", k1.team, agent=k1)


def open_round(session: Session, expert: Scope, member: Scope) -> None:
    calibration.open_round(
        session,
        expert,
        name="r",
        call_ids=["c1"],
        member_ids=[member.user_id or 0],
        expert_id=expert.user_id or 0,
        due_on=None,
        now=NOW,
    )


# -- words ---------------------------------------------------------------------------------------------


def test_words_are_kept_without_what_no_database_stores(session: Session) -> None:
    assert tidy(" a\x00b\ud800 ") == "ab"
    first, _second = department(session)
    [slip] = add_inspected(session, "c1", finding()).findings
    kept = quality.decide(session, first, slip.id, "overturned", "\ud800" + "长" * 10_000, now=NOW)
    session.expire(kept)
    assert kept.reason == "长" * 500


# -- rounds, and what colleagues answer ----------------------------------------------------------------


def test_a_call_of_ones_own_open_round_is_neither_reopened_nor_read_outside_it(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    done = finished(session, first)
    open_round(session, first, second)
    with pytest.raises(Refused, match="calibration round of yours"):
        review_finishing.reopen(session, second, "c1", "再听", book=BOOK, now=NOW)
    with pytest.raises(LookupError):
        reviews.get_review(session, second, done.id)


def test_in_a_round_nobody_reads_what_a_colleague_answered(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    open_round(session, first, second)
    round_id = calibration.list_rounds(session, first)[0].id
    begun = reviews.claim(session, first, "c1", book=BOOK, now=NOW, round_id=round_id)
    assert review_work.read_work(session, first, begun.id).review is begun
    with pytest.raises(LookupError):
        review_work.read_work(session, second, begun.id)


def test_a_review_is_read_by_reviewers_once_it_is_finished(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    begun = reviews.claim(session, first, "c1", book=BOOK, now=NOW)
    with pytest.raises(LookupError):
        review_work.read_work(session, second, begun.id)
    done = finished(session, first)
    assert review_work.read_work(session, second, done.id).findings
    agent = the_agent(session)
    with pytest.raises(AccessRefused):
        review_work.read_work(session, agent, done.id)
    with pytest.raises(AccessRefused):
        reviews.list_finished(session, agent, "c1")


def test_a_call_can_be_reopened_once_a_colleague_who_had_reopened_it_is_silent(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding())
    finished(session, first)
    lapsed = review_finishing.reopen(session, first, "c1", "再听", book=BOOK, now=NOW)
    again = review_finishing.reopen(session, second, "c1", "我来", book=BOOK, now=LATER)
    session.refresh(lapsed)
    assert (lapsed.state, again.state) == ("released", "claimed")


# -- another rulebook ----------------------------------------------------------------------------------


def test_a_review_after_another_rulebook_begins_with_what_was_answered(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding())
    draw(session, inspection, is_blind=True)
    begun = reviews.claim(session, second, "c1", book=BOOK, now=NOW)
    reviews.release(session, second, begun.id, now=NOW)
    heard = finished(session, first)
    after = judged_anew(session, inspection)
    after.findings[0].decision = None  # as when it was found for the first time now
    new = reviews.claim(session, scope_for(session, "qa"), "c1", book=BOOK, now=NOW)
    assert (new.is_blind, new.answers, new.inspection_id) == (False, heard.answers, after.id)
    # Who had begun before the colleague finished takes his own up again: no more blind, and of the call as it is now.
    again = reviews.claim(session, second, "c1", book=BOOK, now=LATER)
    assert (again.id, again.is_blind, again.inspection_id) == (begun.id, False, after.id)


def test_what_was_heard_blind_stays_so_when_it_is_reopened(session: Session) -> None:
    first, second = department(session)
    draw(session, add_inspected(session, "c1", finding()), is_blind=True)
    heard = finished(session, first)
    again = review_finishing.reopen(session, second, "c1", "点错了", book=BOOK, now=LATER)
    assert not review_work.read_work(session, second, again.id).is_frozen
    assert (again.is_blind, again.judged_at) == (True, heard.judged_at)


def test_what_the_score_rests_on_can_be_objected_to_after_a_rulebook_without_it(session: Session) -> None:
    first, second = department(session)
    before = add_inspected(session, "c1", finding("insult", points=10))
    charged = finished(session, first)
    nothing = InspectionFacts(Decimal(100), ())
    store_inspection(session, before.transcript, before.call, nothing, book_version="book-2", now=NOW)
    agent = the_agent(session)
    [charge] = own_calls.charges(session, own_calls.get_own(session, agent, "c1"), BOOK, NOW)
    assert (charged.score, charge.may_object) == (0, True)
    one = disputes.file(session, agent, "c1", charge.target, "没有骂人", book=BOOK, now=NOW)
    disputes.decide(
        session, second, one.id, "accepted", "引用", expected_version=one.row_version, book=BOOK, now=NOW
    )
    stands = reviews.standing(session, first, "c1")
    assert stands is not None and stands.score == 100


def test_a_decision_that_a_score_rests_on_is_not_changed_by_way_of_another_rulebook(session: Session) -> None:
    first, second = department(session)
    before = add_inspected(session, "c1", finding())
    finished(session, first)
    [like] = judged_anew(session, before).findings
    with pytest.raises(Refused, match="reopen its review"):
        reviews.decide_alone(session, second, like.id, "overturned", "引用", now=NOW)
    like.decision = None  # as when it was found for the first time now
    assert reviews.decide_alone(session, second, like.id, "overturned", "引用", now=NOW)


# -- objections ----------------------------------------------------------------------------------------


def test_an_item_is_settled_where_a_review_has_no_answer_of_its_own(session: Session) -> None:
    desk = Desk(session, worst=True)
    desk.decide(desk.file("criterion:voice_polite"), "accepted", answer="good")
    judged_anew(session, desk.inspection)
    again = reviews.claim(session, desk.first, "c1", book=BOOK, now=LATER)
    again.answers = {}  # as of a review by another card
    worse = {"voice_polite": {"answer": "poor"}}
    with pytest.raises(Refused, match="an objection is about this item"):
        reviews.save_answers(session, desk.first, again.id, worse, book=BOOK, now=LATER)


def test_what_an_objection_is_about_is_neither_added_nor_taken_back_meanwhile(session: Session) -> None:
    desk = Desk(session, missed=True)
    one = desk.file(f"added:{desk.added.id}")
    again = review_finishing.reopen(session, desk.first, "c1", "再听", book=BOOK, now=LATER)
    for segment in (0, None):
        same = Missed("banned", "cold", segment)
        with pytest.raises(Refused, match="cannot be added again"):
            review_missed.add_missed(session, desk.first, again.id, same, book=BOOK, now=LATER)
    with pytest.raises(Refused, match="what is decided there counts"):
        review_missed.withdraw_missed(session, desk.first, desk.added.id, now=LATER)
    disputes.withdraw(session, desk.agent, one.id, now=LATER)
    assert review_missed.withdraw_missed(session, desk.first, desk.added.id, now=LATER).withdrawn_at == LATER


def test_the_like_that_a_person_added_does_not_take_the_place_of_what_was_overturned(
    session: Session,
) -> None:
    desk = Desk(session)
    again = review_finishing.reopen(session, desk.first, "c1", "再听", book=BOOK, now=NOW)
    like = Missed("banned", desk.slip.category, desk.slip.segment)
    review_missed.add_missed(session, desk.first, again.id, like, book=BOOK, now=NOW)
    charged = review_finishing.finish(session, desk.first, again.id, book=BOOK, now=NOW)

    def charges() -> list[str]:
        own = own_calls.get_own(session, desk.agent, "c1")
        return [one.target for one in own_calls.charges(session, own, BOOK, NOW)]

    assert charges() == [desk.about_slip()]
    desk.decide(desk.file(desk.about_slip()), "accepted")
    assert charged.score is not None and desk.standing.score is not None
    assert (charges(), desk.standing.score > charged.score) == ([], True)


def test_the_machine_s_like_of_what_was_taken_away_is_not_confirmed(session: Session) -> None:
    desk = Desk(session, missed=True)
    desk.decide(desk.file(f"added:{desk.added.id}"), "accepted")
    like = judged_anew(session, desk.inspection).findings[0]
    like.rule, like.category, like.decision = "classifier.cold", "cold", None  # as another rulebook finds it
    session.flush()
    with pytest.raises(Refused, match="overturn this"):
        quality.decide(session, desk.first, like.id, "confirmed", "", now=LATER)
    assert quality.decide(session, desk.first, like.id, "overturned", "申诉已成立", now=LATER)


def test_who_is_to_hear_a_call_blind_does_not_decide_on_its_objections(session: Session) -> None:
    desk = Desk(session)
    [loose] = add_inspected(session, "c2", finding("cold")).findings
    quality.decide(session, desk.first, loose.id, "confirmed", "", now=NOW)
    one = disputes.file(session, desk.agent, "c2", f"finding:{loose.id}", "有原因", book=BOOK, now=NOW)
    draw(session, loose.inspection, is_blind=True)
    with pytest.raises(LookupError):
        desk.decide(one, "rejected")
    assert desk.decide(one, "rejected", desk.manager, now=NOW + DAY).state == "decided"
