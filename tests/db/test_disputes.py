"""Objections: in time, with a reason, about what counts; decided once by somebody else; the score follows, the old one is kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import dispute_lists, disputes, quality, review_finishing, review_missed, reviews, scorecards
from db.inspections import InspectionFacts, store_inspection
from db.models import Agent, AuditEntry, Call, CallReview, Dispute, Finding, Inspection
from db.refusals import Refused, StaleCase
from db.rescoring import take_place
from db.review_missed import Missed
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, AccessRefused, Scope
from tests.db.call_rows import scope_for
from tests.db.review_rows import (
    BOOK,
    NOW,
    add_inspected,
    answer_all,
    department,
    finding,
    proposal,
)
from tests.db.test_races import at_once

DAY = timedelta(days=1)
SLIP = finding("shirking", points=5)


class Desk:
    """Two reviewers, a manager, the agent of the call and another one; a call reviewed by the first reviewer."""

    def __init__(self, session: Session, *, missed: bool = False, worst: bool = False) -> None:
        self.session = session
        self.first, self.second = department(session)
        self.manager = scope_for(session, "manager")
        agents = session.scalars(select(Agent).order_by(Agent.number)).all()
        self.agent, self.other = (scope_for(session, "agent", one.team, agent=one) for one in agents)
        self.inspection = add_inspected(session, "c1", SLIP, proposal())
        self.slip, self.proposal = self.inspection.findings
        review = reviews.claim(session, self.first, "c1", book=BOOK, now=NOW)
        reviews.decide(session, self.first, review.id, self.slip.id, "confirmed", "", book=BOOK, now=NOW)
        if missed:
            what = Missed("banned", "cold", segment=0)
            self.added = review_missed.add_missed(session, self.first, review.id, what, book=BOOK, now=NOW)
        answer_all(session, self.first, review, best=not worst)
        self.review = review_finishing.finish(session, self.first, review.id, book=BOOK, now=NOW)

    def file(self, target: str, **changes: object) -> Dispute:
        given = {"reason": "当时已经答应帮他查", "book": BOOK, "now": NOW + DAY, **changes}
        return disputes.file(self.session, self.agent, "c1", target, **given)  # type: ignore[arg-type]

    def decide(self, one: Dispute, decision: str, scope: Scope | None = None, **changes: object) -> Dispute:
        given = {
            "reason": "听过录音",
            "expected_version": one.row_version,
            "book": BOOK,
            "now": NOW + 2 * DAY,
            **changes,
        }
        return disputes.decide(self.session, scope or self.second, one.id, decision, **given)  # type: ignore[arg-type]

    @property
    def standing(self) -> CallReview:
        found = reviews.standing(self.session, self.first, "c1")
        assert found is not None
        return found

    def about_slip(self) -> str:
        return f"finding:{self.slip.id}"


def refusal(action: object) -> str:
    with pytest.raises(Refused) as refused:
        action()  # type: ignore[operator]
    assert refused.value.zh
    return refused.value.en


# -- filing ------------------------------------------------------------------------------------------


def test_an_accepted_objection_overturns_the_finding_and_the_score_follows(session: Session) -> None:
    desk = Desk(session)
    before = desk.review.score
    one = desk.file(desk.about_slip())
    assert (one.state, one.review_id, one.agent_id) == ("open", desk.review.id, desk.agent.agent_id)
    assert one.due_at is not None and one.due_at > one.filed_at
    desk.decide(one, "accepted")
    assert desk.slip.decision == "overturned"
    after = desk.standing
    assert (
        after.id != desk.review.id and after.purpose == "dispute" and after.reviewer_id == desk.second.user_id
    )
    assert before is not None and after.score is not None and after.score > before
    assert after.machine_score == desk.review.machine_score
    assert (desk.review.score, desk.review.stands, desk.review.state) == (before, False, "finished")
    assert "这不归我管" not in str(after.receipt) and "这不归我管" in str(desk.review.receipt)
    actions = set(session.scalars(select(AuditEntry.action).where(AuditEntry.object_kind == "dispute")))
    assert actions == {"dispute.filed", "dispute.decided"}


def test_a_rejected_one_leaves_everything_as_it_was(session: Session) -> None:
    desk = Desk(session)
    one = desk.decide(desk.file(desk.about_slip()), "rejected")
    assert (one.state, one.decision, one.decided_by_id) == ("decided", "rejected", desk.second.user_id)
    assert desk.slip.decision == "confirmed" and desk.standing.id == desk.review.id


def test_a_finding_confirmed_without_a_whole_review_can_be_objected_to(session: Session) -> None:
    desk = Desk(session)
    loose = add_inspected(session, "c2", SLIP).findings[0]
    quality.decide(session, desk.first, loose.id, "confirmed", "", now=NOW)
    one = disputes.file(session, desk.agent, "c2", f"finding:{loose.id}", "没有", book=BOOK, now=NOW)
    assert one.review_id is None
    assert "another reviewer" in refusal(lambda: desk.decide(one, "accepted", desk.first))
    desk.decide(one, "accepted")
    assert loose.decision == "overturned" and reviews.standing(session, desk.first, "c2") is None


def test_what_a_person_added_is_withdrawn(session: Session) -> None:
    desk = Desk(session, missed=True)
    before = desk.review.score
    one = desk.file(f"added:{desk.added.id}")
    assert "another reviewer" in refusal(lambda: desk.decide(one, "accepted", desk.first))
    desk.decide(one, "accepted")
    assert desk.added.withdrawn_at is not None
    assert before is not None and (desk.standing.score or Decimal(0)) > before
    assert "withdrawn" in refusal(lambda: desk.file(f"added:{desk.added.id}"))


def test_an_item_is_answered_anew_and_never_to_the_agents_harm(session: Session) -> None:
    desk = Desk(session, worst=True)
    before = desk.review.score
    one = desk.file("criterion:voice_polite")
    for answer in ("", "poor", "nonsense"):
        assert "more than before" in refusal(
            lambda answer=answer: desk.decide(one, "accepted", answer=answer)
        )
    desk.decide(one, "accepted", answer="fair")
    after = desk.standing
    assert after.answers["voice_polite"]["answer"] == "fair"
    assert after.answers["voice_warm"] == desk.review.answers["voice_warm"]
    assert before is not None and (after.score or Decimal(0)) > before


def test_one_who_decided_one_objection_may_decide_the_next_of_the_same_call(session: Session) -> None:
    desk = Desk(session, worst=True)
    desk.decide(desk.file("criterion:voice_polite"), "accepted", answer="good")
    second = desk.file("criterion:voice_warm")
    assert "another reviewer" in refusal(lambda: desk.decide(second, "accepted", desk.first, answer="good"))
    desk.decide(second, "accepted", answer="good")
    assert {desk.standing.answers[c]["answer"] for c in ("voice_polite", "voice_warm")} == {"good"}


def test_who_takes_the_call_up_again_cannot_undo_what_was_decided(session: Session) -> None:
    desk = Desk(session, worst=True)
    one = desk.file("criterion:voice_polite")
    again = review_finishing.reopen(session, desk.first, "c1", "再听一遍", book=BOOK, now=NOW + DAY)
    desk.decide(one, "accepted", answer="good")
    assert again.answers["voice_polite"]["answer"] == "good"

    def save(answer: str) -> None:
        answers = {
            "voice_polite": {"answer": answer, "note": ""},
            "voice_warm": {"answer": "fair", "note": ""},
        }
        reviews.save_answers(session, desk.first, again.id, answers, book=BOOK, now=NOW + 2 * DAY)

    assert "what is decided there" in refusal(lambda: save("poor"))
    save("good")
    review_finishing.finish(session, desk.first, again.id, book=BOOK, now=NOW + 2 * DAY)
    assert desk.standing.id == again.id and desk.standing.answers["voice_polite"]["answer"] == "good"


def test_the_time_to_object_ends_with_its_last_second(session: Session) -> None:
    desk = Desk(session)
    latest = NOW + timedelta(days=7, hours=11, minutes=59, seconds=59)  # the end of the seventh day after
    assert "ended on 2026-11-27" in refusal(
        lambda: desk.file(desk.about_slip(), now=latest + timedelta(seconds=1))
    )
    assert desk.file(desk.about_slip(), now=latest).state == "open"


def test_what_is_not_there_cannot_be_objected_to(session: Session) -> None:
    desk = Desk(session)
    for target in ("finding:0", "finding:99", "finding:x", "added:1", "criterion:none", "", "?", "finding:²"):
        with pytest.raises(LookupError):
            desk.file(target)


def test_what_costs_nothing_cannot_be_objected_to(session: Session) -> None:
    desk = Desk(session)
    assert "nobody has confirmed" in refusal(lambda: desk.file(f"finding:{desk.proposal.id}"))
    assert "lost no points" in refusal(lambda: desk.file("criterion:voice_polite"))
    assert "the finding itself" in refusal(lambda: desk.file("criterion:responsibility"))
    assert "say why" in refusal(lambda: desk.file(desk.about_slip(), reason=" \n\x00 "))


def test_only_the_agent_of_the_call_objects(session: Session) -> None:
    desk = Desk(session)
    with pytest.raises(LookupError):
        disputes.file(session, desk.other, "c1", desk.about_slip(), "x", book=BOOK, now=NOW)
    nobody = Scope(None, "nobody", "agent")
    with pytest.raises(LookupError):
        disputes.file(session, nobody, "c1", desk.about_slip(), "x", book=BOOK, now=NOW)
    with pytest.raises(AccessRefused):
        disputes.file(session, desk.manager, "c1", desk.about_slip(), "x", book=BOOK, now=NOW)


def test_there_is_one_objection_to_each_thing_and_its_decision_is_final(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    assert "being decided" in refusal(lambda: desk.file(desk.about_slip()))
    decide = lambda: quality.decide(session, desk.first, desk.slip.id, "overturned", "算了", now=NOW)  # noqa: E731
    assert "objected" in refusal(decide)
    desk.decide(one, "rejected")
    assert "final" in refusal(lambda: desk.file(desk.about_slip()))
    assert "final" in refusal(decide)
    with pytest.raises(StaleCase):
        desk.decide(one, "accepted")


def test_one_that_was_withdrawn_can_be_filed_again_in_time(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    with pytest.raises(LookupError):
        disputes.withdraw(session, desk.other, one.id, now=NOW)
    disputes.withdraw(session, desk.agent, one.id, now=NOW)
    assert "already" in refusal(lambda: disputes.withdraw(session, desk.agent, one.id, now=NOW))
    with pytest.raises(StaleCase):
        desk.decide(one, "accepted")
    again = desk.file(desk.about_slip(), reason="另有录音")
    assert (again.id, again.state, again.reason) == (one.id, "open", "另有录音")
    assert session.scalar(select(func.count(Dispute.id))) == 1


# -- deciding ----------------------------------------------------------------------------------------


def test_only_who_may_decides(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    for role in sorted(ACCOUNT_ROLES, key=lambda role: role in CAPABILITIES["disputes.decide"]):
        viewer = desk.agent if role == "agent" else scope_for(session, role)
        if role in CAPABILITIES["disputes.decide"]:
            assert desk.decide(one, "rejected", viewer).state == "decided"
            return
        with pytest.raises(AccessRefused):
            desk.decide(one, "rejected", viewer)


def test_a_reviewer_of_another_team_does_not_decide(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    elsewhere = scope_for(
        session, "qa", session.scalars(select(Agent).where(Agent.number == "K2")).one().team
    )
    with pytest.raises(LookupError):
        desk.decide(one, "rejected", elsewhere)
    assert dispute_lists.list_disputes(session, elsewhere) == []


def test_a_decision_has_a_reason_and_is_one_of_two(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    assert "reason" in refusal(lambda: desk.decide(one, "rejected", reason="  "))
    assert "unknown" in refusal(lambda: desk.decide(one, "perhaps"))
    assert desk.slip.decision == "confirmed" and one.state == "open"


def test_of_two_deciders_at_once_one_succeeds_and_the_other_is_told(session: Session, engine: Engine) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    session.commit()

    def work(scope: Scope, decision: str) -> object:
        return lambda own: disputes.decide(
            own, scope, one.id, decision, "听过", expected_version=1, book=BOOK, now=NOW + DAY
        )

    outcomes = at_once(engine, work(desk.second, "accepted"), work(desk.manager, "rejected"))  # type: ignore[arg-type]
    assert sorted(outcomes) == ["done", "stale"]
    session.expire_all()
    accepted = outcomes[0] == "done"
    assert session.get_one(Dispute, one.id).decision == ("accepted" if accepted else "rejected")
    assert session.get_one(Finding, desk.slip.id).decision == ("overturned" if accepted else "confirmed")
    standing = select(func.count(CallReview.id)).where(CallReview.stands)
    assert session.scalar(standing) == 1


def test_two_clicks_of_the_agent_file_one_objection(session: Session, engine: Engine) -> None:
    desk = Desk(session)
    session.commit()
    target = desk.about_slip()
    file = lambda own: disputes.file(own, desk.agent, "c1", target, "没有说过", book=BOOK, now=NOW)  # noqa: E731
    outcomes = at_once(engine, file, file)
    assert "done" in outcomes and outcomes.count("done") == 1
    assert session.scalar(select(func.count(Dispute.id))) == 1


def test_after_another_rulebook_the_same_finding_keeps_its_objection(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    call = session.get_one(Call, desk.inspection.call_id)
    facts = InspectionFacts(Decimal(90), (SLIP,))
    newer: Inspection = store_inspection(
        session, desk.inspection.transcript, call, facts, book_version="book-2", now=NOW
    )
    take_place(session, desk.inspection, newer)
    session.refresh(newer)
    like = newer.findings[0]
    assert like.decision == "confirmed"
    assert "being decided" in refusal(lambda: desk.file(f"finding:{like.id}"))
    assert "objected" in refusal(
        lambda: quality.decide(session, desk.first, like.id, "overturned", "算了", now=NOW)
    )
    desk.decide(one, "accepted")
    assert {like.decision, desk.slip.decision} == {"overturned"}


def test_an_objection_to_what_no_longer_counts_can_still_be_closed(session: Session) -> None:
    desk = Desk(session)
    one = desk.file(desk.about_slip())
    desk.slip.decision = "overturned"  # as when a rulebook without the phrase has judged the call again
    assert disputes.about(session, one, BOOK) is None
    assert desk.decide(one, "accepted").state == "decided"
    assert desk.standing.id == desk.review.id


# -- lists -------------------------------------------------------------------------------------------


def test_open_ones_stand_first_by_their_deadline_and_each_sees_his_own(session: Session) -> None:
    desk = Desk(session, worst=True)
    assert desk.review.scorecard is not None
    criteria = scorecards.card_of(desk.review.scorecard).criteria
    items = [one.code for one in criteria if one.code.startswith("voice_")]
    filed = [desk.file(f"criterion:{code}", now=NOW + n * DAY) for n, code in enumerate(items[:3], start=1)]
    desk.decide(filed[0], "rejected")
    listed = dispute_lists.list_disputes(session, desk.second)
    assert [one.id for one in listed] == [filed[1].id, filed[2].id, filed[0].id]
    assert [one.id for one in dispute_lists.list_disputes(session, desk.agent)] == [one.id for one in listed]
    assert dispute_lists.list_disputes(session, desk.other) == []
    assert [one.id for one in dispute_lists.list_disputes(session, desk.second, state="decided")] == [
        filed[0].id
    ]
    late = (filed[1].due_at or NOW) + timedelta(seconds=1)
    assert [dispute_lists.state_of(one, late) for one in listed] == ["overdue", "open", "rejected"]
    with pytest.raises(LookupError):
        dispute_lists.get_dispute(session, desk.other, filed[0].id)
    with pytest.raises(AccessRefused):
        dispute_lists.list_disputes(session, scope_for(session, "administrator"))
