"""How a review begins: what it is for, whether it is blind, by which scorecard; and a member's review in a calibration round."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from db import audit, scorecards
from db.models import (
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    Call,
    CallReview,
    Finding,
    FindingReview,
    Inspection,
    SampleCall,
)
from db.refusals import Refused
from db.review_queue import reviewer_name
from regulations.access import Scope
from regulations.lateness import span_of
from regulations.rulebook import Rulebook

USUAL_CLAIM = timedelta(minutes=30)


def claim_lasts(book: Rulebook) -> timedelta:
    """How long a call stays with a reviewer without a sign of him."""
    return span_of(book, "qa.claim_lasts") or USUAL_CLAIM


def new_review(
    session: Session, scope: Scope, call: Call, inspection_id: int | None, purpose: str | None, now: datetime
) -> CallReview:
    """A review of the call by this reviewer, not yet in the session. `purpose` None: by what the call is."""
    drawn = session.scalar(
        select(SampleCall)
        .where(SampleCall.call_id == call.id, SampleCall.is_drawn)
        .order_by(SampleCall.id.desc())
        .limit(1)
    )
    stands = session.scalar(select(CallReview).where(CallReview.call_id == call.id, CallReview.stands))
    # Who decided on the machine's findings before has seen them, and once the call is reviewed everybody may: a review
    # then is not blind, and does not say so.
    is_blind = (
        drawn is not None and drawn.is_blind and stands is None and not _has_decided(session, scope, call.id)
    )
    card_id = _card_id(session, call)
    if purpose is None:
        purpose = "sample" if drawn is not None else _flag_or_chosen(session, inspection_id)
    return CallReview(
        call_id=call.id,
        inspection_id=inspection_id,
        sample_call_id=None if drawn is None else drawn.id,
        purpose=purpose,
        is_blind=is_blind,
        reviewer_id=scope.user_id,
        reviewer=reviewer_name(session, scope),
        claimed_at=now,
        scorecard_id=card_id,
        # A call judged again by another rulebook: what was answered is not asked anew.
        answers={} if stands is None or stands.scorecard_id != card_id else dict(stands.answers),
    )


def in_round(
    session: Session, scope: Scope, call: Call, round_id: int, book: Rulebook, now: datetime
) -> CallReview:
    """The viewer's review of the call in a calibration round, begun or taken up again. Raises LookupError, Refused."""
    one = session.get(CalibrationRound, round_id)
    is_member = session.get(CalibrationMember, (round_id, scope.user_id)) is not None
    if one is None or not is_member or session.get(CalibrationCall, (round_id, call.id)) is None:
        raise LookupError(f"call {call.call_id} in round {round_id}")
    if one.closed_at is not None:
        raise Refused("本轮校准已经结束", "this round is closed")
    known = session.scalar(
        select(CallReview).where(
            CallReview.round_id == round_id,
            CallReview.call_id == call.id,
            CallReview.reviewer_id == scope.user_id,
        )
    )
    if known is not None:
        if known.state == "finished":
            raise Refused("你在本轮校准中已评完这通通话", "you have finished this call in this round")
        known.state, known.claimed_until = "claimed", now + claim_lasts(book)
        return known
    review = CallReview(
        call_id=call.id,
        inspection_id=inspection_id_of(session, call.id),
        round_id=round_id,
        purpose="calibration",
        is_blind=True,
        reviewer_id=scope.user_id,
        reviewer=reviewer_name(session, scope),
        claimed_at=now,
        claimed_until=now + claim_lasts(book),
        scorecard_id=one.scorecard_id,
        answers={},
    )
    session.add(review)
    session.flush()
    audit.record(
        session,
        scope,
        "review.claimed",
        "call_review",
        review.id,
        {"round": round_id, "call": call.call_id},
        at=now,
    )
    return review


def inspection_id_of(session: Session, call_id: int) -> int | None:
    """The call's current inspection."""
    return session.scalar(
        select(Inspection.id)
        .where(Inspection.call_id == call_id, Inspection.is_current)
        .order_by(Inspection.created_at.desc())
        .limit(1)
    )


def _flag_or_chosen(session: Session, inspection_id: int | None) -> str:
    undecided = exists().where(Finding.inspection_id == inspection_id, Finding.decision.is_(None))
    return "flag" if inspection_id is not None and session.scalar(select(undecided)) else "chosen"


def _has_decided(session: Session, scope: Scope, call_id: int) -> bool:
    by_him = (
        exists()
        .where(
            FindingReview.finding_id == Finding.id,
            Finding.inspection_id == Inspection.id,
            Inspection.call_id == call_id,
            FindingReview.reviewer_id == scope.user_id,
        )
        .select_from(FindingReview)
    )
    return bool(session.scalar(select(by_him)))


def _card_id(session: Session, call: Call) -> int | None:
    try:
        return int(scorecards.card_for(session, call).id)
    except LookupError:
        return None
