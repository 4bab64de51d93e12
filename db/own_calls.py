"""An agent's own calls as he may see them: reviewed, with what counts against him, what he objected to, what he was told.

What the machine only proposes is not in it (decision 18), nor who reviewed, nor what people write among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import review_finishing
from db.calls import in_scope
from db.dispute_subjects import Subject, of_added, of_finding, of_item
from db.dispute_targets import judged, latest_for
from db.disputes import filed_before
from db.models import AddedFinding, Call, CallNote, CallReview, Dispute, Finding, Inspection
from db.quality import is_flag
from db.quality_scores import confirmed_of, flags_of
from db.refusals import Refused
from db.review_missed import beside
from db.visibility import demand
from quality.scorecards import Scored
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass
class OwnCall:
    """One call: the review that stands, the findings a person confirmed, those that wait for one, objections, coaching."""

    call: Call
    review: CallReview | None = None
    confirmed: list[Finding] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)  # confirmed too, but they cost nothing: measures
    waiting: list[Finding] = field(default_factory=list)
    added: list[AddedFinding] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    notes: list[CallNote] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Charge:
    """Something that counts against the agent: what it is, until when he may object, and his objection to it."""

    target: str
    subject: Subject
    until: datetime | None  # None: no limit
    dispute: Dispute | None
    may_object: bool


def list_own(session: Session, scope: Scope, *, from_on: date, to_on: date) -> list[OwnCall]:
    """The viewer's calls of the local days from..to in which something was decided, waits, or was said to him; latest first.

    Raises AccessRefused without own.view.
    """
    demand(scope, "own.view")
    has_finding = exists().where(
        Inspection.call_id == Call.id,
        Inspection.is_current,
        Finding.inspection_id == Inspection.id,
        or_(Finding.decision == "confirmed", and_(is_flag(), Finding.decision.is_(None))),
    )
    has_review = exists().where(CallReview.call_id == Call.id, CallReview.stands)
    has_note = exists().where(CallNote.call_id == Call.id, CallNote.kind == "coaching")
    has_dispute = exists().where(Dispute.call_id == Call.id)
    calls = session.scalars(
        select(Call)
        .where(
            Call.started_on.between(from_on, to_on),
            *in_scope(scope),
            or_(has_finding, has_review, has_note, has_dispute),
        )
        .order_by(Call.started_at.desc(), Call.id)
    ).all()
    return _filled(session, list(calls))  # fmt: skip


def get_own(session: Session, scope: Scope, call_id: str) -> OwnCall:
    """One call of the viewer's own. Raises AccessRefused without own.view, LookupError when it is not his."""
    demand(scope, "own.view")
    call = session.scalar(select(Call).where(Call.call_id == call_id, *in_scope(scope)))
    if call is None:
        raise LookupError(f"call {call_id}")
    return _filled(session, [call])[0]


def list_unread(session: Session, scope: Scope) -> list[CallNote]:
    """Coaching for the viewer that he has not acknowledged, the oldest first. Raises AccessRefused without own.view."""
    demand(scope, "own.view")
    return list(
        session.scalars(
            select(CallNote)
            .where(
                CallNote.kind == "coaching", CallNote.seen_at.is_(None), CallNote.agent_id == scope.agent_id
            )
            .order_by(CallNote.written_at, CallNote.id)
        )
    )


def charges(session: Session, own: OwnCall, book: Rulebook, now: datetime) -> list[Charge]:
    """Everything that counts against the agent in the call, and whether he may still object to it."""
    found = [_charge(session, own, f"finding:{f.id}", of_finding(f), book, now) for f in own.confirmed]
    found += [_charge(session, own, f"added:{a.id}", of_added(a), book, now) for a in own.added]
    scored = receipt(session, own, book)
    if scored is not None and own.review is not None:
        lost = [
            line.code
            for line in scored.lines
            if line.state == "answered" and line.earned is not None and line.earned < line.weight
        ]
        found += [
            _charge(session, own, f"criterion:{code}", of_item(own.review, code), book, now) for code in lost
        ]
    return found


def receipt(session: Session, own: OwnCall, book: Rulebook) -> Scored | None:
    """The score line by line; None where nobody reviewed the call, or where what stands now no longer makes the kept score."""
    if own.review is None or own.review.scorecard is None:
        return None
    scored = review_finishing.judge(session, own.review, book).scored
    return scored if scored.score == own.review.score else None


def score_before(session: Session, dispute: Dispute) -> CallReview | None:
    """The review that was objected to, as it was."""
    return session.get(CallReview, dispute.review_id) if dispute.review_id is not None else None


def _charge(
    session: Session, own: OwnCall, target: str, subject: Subject, book: Rulebook, now: datetime
) -> Charge:
    try:
        found = judged(session, own.call, target, book)
    except (Refused, LookupError):
        return Charge(target, subject, None, None, may_object=False)
    until, dispute = latest_for(found.judged_at, book), filed_before(session, own.call, found)
    is_free = dispute is None or dispute.state == "withdrawn"
    return Charge(target, subject, until, dispute, may_object=is_free and (until is None or now <= until))


def _filled(session: Session, calls: list[Call]) -> list[OwnCall]:
    own = {call.id: OwnCall(call) for call in calls}
    for review in session.scalars(
        select(CallReview)
        .where(CallReview.call_id.in_(own), CallReview.stands)
        .options(joinedload(CallReview.scorecard))
    ):
        own[review.call_id].review = review
    # What the score rests on is shown too where another rulebook, which has no such rule, has judged the call again.
    under = [one.review.inspection_id for one in own.values() if one.review is not None]
    for inspection in session.scalars(
        select(Inspection)
        .where(Inspection.call_id.in_(own), or_(Inspection.is_current, Inspection.id.in_(under)))
        .options(selectinload(Inspection.findings).selectinload(Finding.reviews))
        .order_by(Inspection.is_current.desc(), Inspection.created_at)
    ):
        one = own[inspection.call_id]
        known = {_same(f) for f in (*one.confirmed, *one.noted)}
        confirmed = [f for f in confirmed_of(inspection) if _same(f) not in known]
        one.confirmed += [f for f in confirmed if f.stake or f.points]
        one.noted += [f for f in confirmed if not (f.stake or f.points)]
        if inspection.is_current:
            one.waiting = [f for f in flags_of(inspection) if f.decision is None]
    for added in session.scalars(
        select(AddedFinding)
        .join(CallReview, CallReview.id == AddedFinding.review_id)
        .where(AddedFinding.call_id.in_(own), CallReview.stands, AddedFinding.withdrawn_at.is_(None))
        .order_by(AddedFinding.start_seconds, AddedFinding.id)
    ):
        one = own[added.call_id]
        one.added += beside([added], one.confirmed)  # the same slip is charged once
    for dispute in session.scalars(
        select(Dispute).where(Dispute.call_id.in_(own)).order_by(Dispute.filed_at, Dispute.id)
    ):
        own[dispute.call_id].disputes.append(dispute)
    for note in session.scalars(
        select(CallNote)
        .where(CallNote.call_id.in_(own), CallNote.kind == "coaching")
        .order_by(CallNote.written_at, CallNote.id)
    ):
        own[note.call_id].notes.append(note)
    return list(own.values())


def _same(finding: Finding) -> tuple[str, str, int | None, str]:
    return finding.rule, finding.kind, finding.segment, finding.quote
