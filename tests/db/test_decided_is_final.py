"""What an objection decided cannot be brought back by another review, and what is heard blind is not told by an objection."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from db import dispute_lists, disputes, review_finishing, review_missed, reviews
from db.models import Finding, Inspection
from db.refusals import Refused
from db.rescoring import take_place
from db.review_missed import Missed
from tests.db.review_rows import BOOK, NOW, add_inspected, draw, finding
from tests.db.test_disputes import DAY, Desk

LATER = NOW + 3 * DAY


def values_of(one: Finding) -> dict[str, object]:
    """What the machine said of it, for another row."""
    left_out = {"id", "inspection_id", "decision"}
    return {c.name: getattr(one, c.name) for c in Finding.__table__.columns if c.name not in left_out}


def judged_anew(session: Session, before: Inspection) -> Inspection:
    """Another inspection of the same words with the same findings, in the place of the one before."""
    copy = {c.name: getattr(before, c.name) for c in Inspection.__table__.columns if c.name != "id"}
    after = Inspection(**{**copy, "rulebook_version": "another", "is_current": False})
    after.findings = [Finding(**values_of(one)) for one in before.findings]
    session.add(after)
    session.flush()
    take_place(session, before, after)
    session.expire_all()
    return after


def test_an_item_keeps_what_was_decided_in_a_review_after_another_rulebook(session: Session) -> None:
    desk = Desk(session, worst=True)
    card_item = next(code for code, kept in desk.review.answers.items() if kept["answer"] == "no")
    desk.decide(desk.file(f"criterion:{card_item}"), "accepted", answer="yes")
    judged_anew(session, desk.inspection)
    again = reviews.claim(session, desk.first, "c1", book=BOOK, now=LATER)
    for answer in ({"answer": "no"}, None):
        with pytest.raises(Refused, match="an objection is about this item"):
            reviews.save_answers(session, desk.first, again.id, {card_item: answer}, book=BOOK, now=LATER)
    reviews.save_answers(session, desk.first, again.id, {card_item: {"answer": "yes"}}, book=BOOK, now=LATER)
    assert again.answers[card_item]["answer"] == "yes"


@pytest.mark.parametrize("what", ["finding", "added"])
def test_what_was_taken_away_is_not_added_again(session: Session, what: str) -> None:
    desk = Desk(session, missed=True)
    slip, added = desk.slip, desk.added
    target, kind, category, segment = (
        (desk.about_slip(), slip.kind, slip.category, slip.segment)
        if what == "finding"
        else (f"added:{added.id}", added.kind, added.category, added.segment)
    )
    desk.decide(desk.file(target), "accepted")
    again = review_finishing.reopen(session, desk.first, "c1", "noch einmal", book=BOOK, now=LATER)
    same = Missed(kind, category, segment=segment)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="an objection is about this"):
        review_missed.add_missed(session, desk.first, again.id, same, book=BOOK, now=LATER)
    other = Missed("banned", category, segment=1 if segment == 0 else 0)
    assert review_missed.add_missed(session, desk.first, again.id, other, book=BOOK, now=LATER).id


def test_an_objection_to_a_call_to_be_heard_blind_is_the_managers(session: Session) -> None:
    desk = Desk(session)
    blind = add_inspected(session, "c2", finding("cold", points=5))
    blind.findings[0].decision = "confirmed"
    session.flush()
    one = disputes.file(
        session, desk.agent, "c2", f"finding:{blind.findings[0].id}", "当时有原因", book=BOOK, now=NOW
    )
    draw(session, blind, is_blind=True)
    with pytest.raises(LookupError):
        dispute_lists.get_dispute(session, desk.second, one.id)
    assert dispute_lists.list_disputes(session, desk.second) == []
    assert dispute_lists.list_disputes(session, desk.agent) == [one]
    assert dispute_lists.get_dispute(session, desk.manager, one.id) is one
