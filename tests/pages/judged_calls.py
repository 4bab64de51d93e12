"""A call of the agent that somebody reviewed, in the database of a page under test."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from dashboard import desk
from db import demo, people, review_finishing, reviews, rulebooks, scorecards
from db.accounts import scope_of
from db.engine import session_scope
from db.models import Finding
from regulations.access import SYSTEM, Scope
from tests.db.call_rows import add_inspected, finding
from tests.db.review_rows import proposal
from tests.pages.conftest import USERNAMES

EARLIER = timedelta(hours=2)


def scope_named(session: Session, username: str) -> Scope:
    """What the account sees."""
    return scope_of(people.get_user(session, username))


def second_reviewer(url: str) -> str:
    """Another account that reviews; its name."""
    with session_scope(url) as session:
        people.add_user(
            session, SYSTEM, username="second", password=demo.DEMO_PASSWORD, role="qa", now=desk.now(), is_demo=True
        )  # fmt: skip
    return "second"


def add_reviewed(url: str, call_id: str = "c1", agent: str = "K1", *, worst: bool = True) -> int:
    """A call with a confirmed finding, one nobody decided and a proposal, reviewed by the first reviewer; the finding's id."""
    with session_scope(url) as session:
        book, at = rulebooks.in_force(session), desk.now() - EARLIER
        scorecards.ship_cards(session, at)
        qa = scope_named(session, USERNAMES["qa"])
        inspection = add_inspected(
            session, call_id, finding(points=5), proposal(), agent=agent, started_at=at
        )
        slip: Finding = inspection.findings[0]
        review = reviews.claim(session, qa, call_id, book=book, now=at)
        reviews.decide(session, qa, review.id, slip.id, "confirmed", "听得很清楚", book=book, now=at)
        answer_everything(session, qa, review.id, worst=worst)
        review_finishing.finish(session, qa, review.id, book=book, now=at)
        return slip.id


def answer_everything(session: Session, scope: Scope, review_id: int, *, worst: bool = False) -> None:
    """Every item of a person with its best answer; with `worst` the politeness of the voice with its worst."""
    book, at = rulebooks.in_force(session), desk.now() - EARLIER
    review = reviews.get_review(session, scope, review_id)
    assert review.scorecard is not None
    answers = {
        criterion.code: {"answer": criterion.levels[0].code}
        for criterion in scorecards.card_of(review.scorecard).criteria
        if criterion.kind == "person"
    }
    if worst:
        answers["voice_polite"] = {"answer": "poor"}
    reviews.save_answers(session, scope, review_id, answers, book=book, now=at)
