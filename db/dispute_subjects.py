"""What objections are about, in the words people know it by, also after what they were about has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import scorecards
from db.models import AddedFinding, CallReview, Dispute, Finding, FindingReview
from quality.scorecards import Criterion


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody judged before the objection: who, what, why, when it was."""

    who: str  # as rows keep it: an account's name, or what it was called
    decision: str  # of names.NAMES["review_decision"], or "" where an item was answered
    answer: str  # code of the answer to an item
    reason: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A finding (`category`, `quote`) or an item of the scorecard (`criterion`), with the points it took off of 100."""

    kind: str  # finding added criterion
    found: str = ""  # of a finding: banned missing measure
    category: str = ""
    quote: str = ""
    criterion: Criterion | None = None
    clauses: tuple[str, ...] = ()
    points: Decimal | None = None
    start_seconds: float | None = None
    said: tuple[Said, ...] = ()


def subjects(session: Session, disputes: Iterable[Dispute]) -> dict[int, Subject]:
    """What each objection is about, by its id."""
    disputes = list(disputes)
    found = {
        row.id: row
        for row in session.scalars(
            select(Finding)
            .where(Finding.id.in_([d.finding_id for d in disputes if d.finding_id is not None]))
            .options(selectinload(Finding.reviews).joinedload(FindingReview.user))
        )
    }
    added = {
        row.id: row
        for row in session.scalars(
            select(AddedFinding).where(
                AddedFinding.id.in_([d.added_finding_id for d in disputes if d.added_finding_id is not None])
            )
        )
    }
    reviews = {
        row.id: row
        for row in session.scalars(
            select(CallReview)
            .where(CallReview.id.in_([d.review_id for d in disputes if d.review_id is not None]))
            .options(joinedload(CallReview.scorecard))
        )
    }
    return {
        one.id: _subject(one, found.get(one.finding_id or 0), added.get(one.added_finding_id or 0), reviews)
        for one in disputes
    }


def of_finding(finding: Finding, *, before: Dispute | None = None) -> Subject:
    """A finding of the machine; `before`: without the decision on that objection."""
    said = tuple(
        Said(r.user.display_name if r.user else r.reviewer, r.decision, "", r.reason)
        for r in finding.reviews
        if before is None or before.decided_at is None or r.at < before.decided_at
    )
    return Subject(
        "finding", finding.kind, finding.category, finding.quote, None, tuple(map(str, finding.clauses)),
        finding.stake or finding.points, finding.start_seconds, said,
    )  # fmt: skip


def of_added(added: AddedFinding) -> Subject:
    """What a person added."""
    said = (Said(added.added_by, "", "", added.note),)
    return Subject(
        "added", added.kind, added.category, added.quote, None, tuple(map(str, added.clauses)), added.points,
        added.start_seconds, said,
    )  # fmt: skip


def of_item(review: CallReview, code: str) -> Subject:
    """An item of the review's scorecard, as it was answered there."""
    if review.scorecard is None:
        return Subject("criterion")
    criterion = scorecards.card_of(review.scorecard).criterion(code)
    kept = review.answers.get(code, {})
    said = (Said(review.reviewer, "", str(kept.get("answer") or ""), str(kept.get("note") or "")),)
    return Subject("criterion", criterion=criterion, clauses=criterion.clauses, said=said)


def _subject(
    one: Dispute, finding: Finding | None, added: AddedFinding | None, reviews: dict[int, CallReview]
) -> Subject:
    if finding is not None:
        return of_finding(finding, before=one)
    if added is not None:
        return of_added(added)
    review = reviews.get(one.review_id or 0)
    return of_item(review, one.criterion) if review is not None and one.criterion else Subject("criterion")
