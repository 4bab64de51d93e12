"""Rows that the tests of reviews begin with: reviewers, calls with findings, and a drawn sample."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import review_finishing, review_work, reviews, scorecards
from db.inspections import FindingFacts
from db.models import CallReview, Finding, Inspection, Sample, SampleCall
from db.quality import Decision
from db.review_queue import list_queue
from quality.scorecards import Scored, charges, given, score
from regulations.access import Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.call_rows import NOW, add_agents, add_inspected, finding, scope_for

BOOK: Rulebook = load_rulebook(["goods_sales"])


def department(session: Session) -> tuple[Scope, Scope]:
    """Two agents, the shipped scorecards, and two reviewers."""
    add_agents(session)
    scorecards.ship_cards(session, NOW)
    return scope_for(session, "qa"), scope_for(session, "qa")


def draw(session: Session, *inspections: Inspection, is_blind: bool = False) -> list[SampleCall]:
    """The calls, drawn for their month's sample."""
    month = inspections[0].started_on.replace(day=1)
    sample = session.scalar(select(Sample).where(Sample.month == month))
    if sample is None:
        sample = Sample(month=month, seed="s", created_at=NOW, created_by="test")
        session.add(sample)
        session.flush()
    rows = [
        SampleCall(
            sample_id=sample.id,
            call_id=one.call_id,
            stratum="K1 phone",
            wave=1,
            number=0.5,
            weight=1.0,
            probability=0.5,
            is_drawn=True,
            is_blind=is_blind,
            reason="share",
        )
        for one in inspections
    ]
    session.add_all(rows)
    session.flush()
    return rows


def proposal(category: str = "shirking", probability: float | None = 0.5) -> FindingFacts:
    """Something the machine is not sure of."""
    return FindingFacts(
        rule=f"classifier.{category}",
        kind="banned",
        category=category,
        verdict="cannot_tell",
        phase="body",
        segment=1,
        start=5.5,
        end=8.0,
        quote="那归谁管",
        clauses=("E3.21",),
        severity="medium",
        points=Decimal(0),
        needs_review=True,
        steps=(),
        layer="classifier",
        probability=probability,
        stake=Decimal(10),
    )


def answer_all(
    session: Session, scope: Scope, review: CallReview, *, now: datetime = NOW, best: bool = True
) -> None:
    """Answer every item that waits for a person, until none does."""
    for _ in range(5):
        work = review_work.read_work(session, scope, review.id)
        assert work.card is not None
        waiting: Scored = score(work.card, work.contact, given(review.answers), charges(()))
        if not waiting.unanswered:
            return
        choose = max if best else min
        answers = {
            code: {"answer": choose(work.card.criterion(code).levels, key=lambda level: level.share).code}
            for code in waiting.unanswered
        }
        reviews.save_answers(session, scope, review.id, answers, book=BOOK, now=now)


def queue(session: Session, scope: Scope) -> list[str]:
    """The numbers of the waiting calls in their order for this reviewer."""
    return [entry.call.call_id for entry in list_queue(session, scope, BOOK, NOW)]


def finished(session: Session, scope: Scope, call_id: str, decision: Decision = "confirmed") -> CallReview:
    """A finished review with the best answers and this decision on every finding."""
    review = reviews.claim(session, scope, call_id, book=BOOK, now=NOW)
    answer_all(session, scope, review)
    for one in session.scalars(select(Finding).where(Finding.inspection_id == review.inspection_id)):
        reviews.decide(session, scope, review.id, one.id, decision, "复述客户", book=BOOK, now=NOW)
    return review_finishing.finish(session, scope, review.id, book=BOOK, now=NOW)


__all__ = [
    "BOOK",
    "NOW",
    "add_inspected",
    "answer_all",
    "department",
    "draw",
    "finding",
    "finished",
    "proposal",
    "queue",
    "scope_for",
]
