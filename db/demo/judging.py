"""What people made of the demo's calls, in the order in which it came about: decisions, cards, samples, reviews, objections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import rulebooks
from db.demo.judging_cards import ship_demo_cards
from db.demo.judging_disputes import judge_demo_disputes
from db.demo.judging_reviews import review_demo_calls
from db.demo.judging_samples import draw_demo_samples
from db.demo.reviews import close_demo_months, review_demo_findings
from db.models import FindingReview
from regulations.rulebook import Rulebook


def judge_demo(
    session: Session, now: datetime, seed: int = 7, book: Rulebook | None = None
) -> dict[str, int]:
    """Judge the demo's inspected calls and close its past months, whose figures of quality wait for this.

    Answers how many rows of which kind there are to show. A second call changes nothing that is decided. Does not commit.
    """
    book = book or rulebooks.in_force(session)
    review_demo_findings(session, now, seed, book)
    ship_demo_cards(session, now, book)
    counts = {"sample_calls": draw_demo_samples(session, now, seed, book)}
    counts |= review_demo_calls(session, now, seed, book)
    counts |= judge_demo_disputes(session, now, seed, book)
    close_demo_months(session, now, book)
    counts["finding_reviews"] = session.scalar(select(func.count(FindingReview.id))) or 0
    return counts
