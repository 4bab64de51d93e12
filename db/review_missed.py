"""What the machine missed, as a reviewer adds it; withdrawn by a date, never deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, disputed
from db.models import AddedFinding, CallReview, Finding, Inspection, TranscriptSegment
from db.refusals import Refused
from db.review_claims import held_review, renew
from db.review_queue import reviewer_name
from db.review_words import tidy
from db.reviews import is_frozen
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Missed:
    """What a person heard and the machine did not find. `quote` "" takes the whole sentence; times in seconds of the call.

    `segment` None: it belongs to no sentence, as where something was never said.
    """

    kind: Literal["banned", "missing"]
    category: str
    segment: int | None = None
    quote: str = ""
    note: str = ""


def categories(book: Rulebook, kind: Literal["banned", "missing"]) -> list[str]:
    """The categories of the rulebook's phrases of this kind, each once."""
    rules = book.banned_phrases() if kind == "banned" else book.required_phrases()
    return list(dict.fromkeys(rule.category for rule in rules))


def add_missed(
    session: Session, scope: Scope, review_id: int, missed: Missed, *, book: Rulebook, now: datetime
) -> AddedFinding:
    """Add what the machine missed, with the points that the rulebook takes off for its like.

    Raises NotYours; Refused for a category or sentence that is none, for what an objection is about, and after the first
    judgement of a blind review.
    """
    review = renew(session, scope, review_id, book=book, now=now)
    if is_frozen(session, review):
        raise Refused(
            "第一遍判断已经完成，不能再补充", "the first judgement is finished: nothing can be added to it"
        )
    if missed.category not in categories(book, missed.kind):
        raise Refused("请选择一个类别", "choose a category")
    said = None if missed.segment is None else _segment(session, review, missed.segment)
    if review.round_id is None:
        disputed.refuse_again(session, review.call_id, missed.kind, missed.category, missed.segment)
    quote = tidy(missed.quote)
    points, clauses = cost_of(book, missed)
    row = AddedFinding(
        review_id=review.id,
        call_id=review.call_id,
        kind=missed.kind,
        category=missed.category,
        segment=missed.segment,
        start_seconds=None if said is None else said.start_seconds,
        end_seconds=None if said is None else said.end_seconds,
        quote=quote or ("" if said is None or missed.kind == "missing" else tidy(said.text)),
        clauses=clauses,
        points=points,
        note=tidy(missed.note),
        added_by=reviewer_name(session, scope),
        added_at=now,
    )
    session.add(row)
    session.flush()
    detail = {"review": review.id, "category": row.category, "quote": row.quote}
    audit.record(session, scope, "finding.added", "added_finding", row.id, detail, at=now)
    return row


def withdraw_missed(session: Session, scope: Scope, added_id: int, *, now: datetime) -> AddedFinding:
    """Take back what was added, while the call is in the reviewer's hands; also what was added before it was reopened.

    Raises LookupError, NotYours, Refused after the first judgement of a blind review and for what an objection is about.
    """
    row = session.get(AddedFinding, added_id)
    if row is None or row.withdrawn_at is not None:
        raise LookupError(f"added finding {added_id}")
    review = held_review(session, scope, _review_id(session, scope, row))
    if is_frozen(session, review):
        raise Refused("第一遍判断已经完成，不能再改", "the first judgement is finished: it stays as it is")
    disputed.refuse_withdrawing(session, row)
    row.withdrawn_at = now
    session.flush()
    audit.record(session, scope, "finding.withdrawn", "added_finding", row.id, at=now)
    return row


def _review_id(session: Session, scope: Scope, row: AddedFinding) -> int:
    """The review in which it can be taken back: its own; or where that one stands, the viewer's reopened one."""
    if not row.review.stands:
        return row.review_id
    again = session.scalar(
        select(CallReview.id).where(
            CallReview.call_id == row.call_id,
            CallReview.state == "claimed",
            CallReview.round_id.is_(None),
            CallReview.reviewer_id == scope.user_id,
        )
    )
    return row.review_id if again is None else again


def standing_added(session: Session, call_id: int, review_id: int | None = None) -> list[AddedFinding]:
    """What people added to the call outside calibration rounds and did not withdraw, or in one review alone."""
    query = select(AddedFinding).where(AddedFinding.withdrawn_at.is_(None))
    if review_id is not None:
        query = query.where(AddedFinding.review_id == review_id)
    else:
        query = query.join(CallReview, CallReview.id == AddedFinding.review_id).where(
            AddedFinding.call_id == call_id, CallReview.round_id.is_(None), CallReview.state == "finished"
        )
    return list(session.scalars(query.order_by(AddedFinding.start_seconds, AddedFinding.id)))


def beside(added: Iterable[AddedFinding], findings: Iterable[Finding]) -> list[AddedFinding]:
    """Without those that name what a confirmed finding of the machine names too: the same slip is charged once.

    The same: kind, category and sentence; of what was never said, kind and category.
    """
    confirmed = {_what(f) for f in findings if f.decision == "confirmed"}
    return [one for one in added if _what(one) not in confirmed]


def _what(one: Finding | AddedFinding) -> tuple[str, str, int | None]:
    return one.kind, one.category, one.segment if one.kind == "banned" else None


def _segment(session: Session, review: CallReview, ordinal: int) -> TranscriptSegment:
    found = session.scalar(
        select(TranscriptSegment)
        .join(Inspection, Inspection.transcript_id == TranscriptSegment.transcript_id)
        .where(Inspection.id == review.inspection_id, TranscriptSegment.ordinal == ordinal)
    )
    if found is None:
        raise Refused("没有这句话，请重新选择", "there is no such sentence: choose another")
    return found


def cost_of(book: Rulebook, missed: Missed) -> tuple[Decimal, list[str]]:
    """What most rules of the category take off, and the clauses they rest on."""
    is_banned = missed.kind == "banned"
    rules = book.banned_phrases() if is_banned else book.required_phrases()
    usual = book.decimal("qa.banned_weight" if is_banned else "qa.required_weight") or Decimal(0)
    alike = [rule for rule in rules if rule.category == missed.category]
    counts = Counter(rule.points or usual for rule in alike)
    points = min(counts, key=lambda p: (-counts[p], p)) if counts else usual
    return points, list(dict.fromkeys(clause for rule in alike for clause in rule.clauses))[:3]
