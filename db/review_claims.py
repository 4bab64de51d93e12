"""Who has a call in hand: one reviewer at a time. The unique index decides a race; whoever loses it is told who has the call.

A claim lasts `qa.claim_lasts` and is renewed by work; when it has run out, whoever asks for the call next gets it, and what
the first reviewer had answered stays in his own row, to be taken up again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from db import audit, disputed
from db.calls import get_call, in_scope
from db.engine import take_write_lock
from db.models import (
    Call,
    CallReview,
    Finding,
)
from db.quality import is_flag, is_to_hear
from db.refusals import Refused, StaleCase
from db.review_blind import outside_his_rounds
from db.review_queue import given_back, list_queue
from db.review_starting import claim_lasts, in_round, inspection_id_of, new_review
from db.visibility import demand
from quality.queueing import Place
from regulations.access import Scope
from regulations.rulebook import Rulebook


class Taken(Refused):
    """Somebody else is reviewing the call; `by` and `until` say who, and how long without a sign of him."""

    def __init__(self, call_id: str, by: str, until: datetime, now: datetime) -> None:
        minutes = max(1, -int((now - until).total_seconds() // 60))
        super().__init__(
            f"通话 {call_id} 正由{by}复核；{minutes} 分钟内没有动作才会让出",
            f"{by} is reviewing call {call_id}; it becomes free after {minutes} minutes without a sign of work",
        )
        self.call_id, self.by, self.until = call_id, by, until


class NotYours(StaleCase):
    """The review is not in this reviewer's hands: given back, finished, or lapsed and taken over."""


@dataclass(frozen=True, slots=True)
class Next:
    """The reviewer's next call, or None; `passed`: calls that somebody else took in the same moment."""

    review: CallReview | None
    passed: tuple[Taken, ...] = ()
    place: Place | None = None  # where it stood in the queue; None for one that was in his hands already


def claim(
    session: Session,
    scope: Scope,
    call_id: str,
    *,
    book: Rulebook,
    now: datetime,
    purpose: str | None = None,
    round_id: int | None = None,
) -> CallReview:
    """The call, in this reviewer's hands. One that he had before is taken up again with what he had answered.

    `purpose` None: sample if it was drawn, flag if something in it is undecided, otherwise chosen. With `round_id` it is his
    review in that calibration round: blind, and nobody else's affair. Raises AccessRefused, LookupError when the call is not
    his to see or not in the round, Taken, Refused when it is reviewed already, when the round is closed, and outside a round
    while he still has to answer the call in one.
    """
    demand(scope, "quality.review")
    call = get_call(session, scope, call_id)
    take_write_lock(session.connection())
    if round_id is not None:
        return in_round(session, scope, call, round_id, book, now)
    held = held_now(session, call.id, now)
    if held is not None:
        if held.reviewer_id != scope.user_id:
            raise Taken(call.call_id, held.reviewer, held.claimed_until, now)
        held.claimed_until = now + claim_lasts(book)
        return held
    refuse_in_his_round(session, scope, call.id)
    inspection_id = inspection_id_of(session, call.id)
    stands = session.scalar(select(CallReview).where(CallReview.call_id == call.id, CallReview.stands))
    _refuse_reviewed(session, call, stands, inspection_id)
    review = _earlier(session, scope, call.id)
    if review is None:
        review = new_review(session, scope, call, inspection_id, purpose, now)
    else:
        _bring_up(session, review, stands, inspection_id)
    try:
        with session.begin_nested():  # written inside, so that losing undoes this alone
            review.state, review.claimed_at, review.claimed_until = "claimed", now, now + claim_lasts(book)
            session.add(review)
    except IntegrityError as error:  # somebody else was quicker by an instant
        winner = _held(session, call.id)
        if winner is None:
            raise
        raise Taken(call.call_id, winner.reviewer, winner.claimed_until, now) from error
    detail = {"call": call.call_id, "purpose": review.purpose, "blind": review.is_blind}
    audit.record(session, scope, "review.claimed", "call_review", review.id, detail, at=now)
    return review


def next_for(session: Session, scope: Scope, book: Rulebook, now: datetime) -> Next:
    """The reviewer's next call: the one in his hands, or the first of the queue that he gets.

    What he gave back himself within `qa.claim_lasts` is offered last.
    """
    own = in_hand(session, scope)
    if own is not None:
        with suppress(NotYours):  # taken over in this very moment
            return Next(renew(session, scope, own.id, book=book, now=now))
    entries = list_queue(session, scope, book, now)
    back = given_back(session, scope, now - claim_lasts(book))
    passed: list[Taken] = []
    for entry in sorted(entries, key=lambda e: e.call.id in back):
        try:
            review = claim(session, scope, entry.call.call_id, book=book, now=now)
            return Next(review, tuple(passed), entry.place)
        except Taken as taken:
            passed.append(taken)
        except Refused:  # finished in the same moment
            continue
    return Next(None, tuple(passed))


def renew(session: Session, scope: Scope, review_id: int, *, book: Rulebook, now: datetime) -> CallReview:
    """The reviewer is still at it. Raises NotYours when he has it no longer."""
    review = held_review(session, scope, review_id)
    review.claimed_until = now + claim_lasts(book)
    return review


def release(session: Session, scope: Scope, review_id: int, *, now: datetime) -> CallReview:
    """Give the call back to the queue; what was answered is kept for the same reviewer. Raises NotYours."""
    review = held_review(session, scope, review_id)
    review.state, review.claimed_until = "released", now
    session.flush()
    audit.record(session, scope, "review.released", "call_review", review.id, at=now)
    return review


def in_hand(session: Session, scope: Scope) -> CallReview | None:
    """What this reviewer has claimed outside calibration rounds, the latest first; also when its time has run out."""
    return session.scalar(
        select(CallReview)
        .where(
            CallReview.state == "claimed",
            CallReview.round_id.is_(None),
            CallReview.reviewer_id == scope.user_id,
        )
        .options(joinedload(CallReview.call))
        .order_by(CallReview.claimed_at.desc())
        .limit(1)
    )


def held_review(session: Session, scope: Scope, review_id: int) -> CallReview:
    """The review, in this reviewer's hands. Raises AccessRefused, LookupError, NotYours."""
    demand(scope, "quality.review")
    take_write_lock(session.connection())
    review = session.scalar(
        select(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .where(CallReview.id == review_id, *in_scope(scope))
        .with_for_update(of=CallReview)
        .execution_options(populate_existing=True)
    )
    if review is None:
        raise LookupError(f"review {review_id}")
    if review.state == "claimed" and review.reviewer_id == scope.user_id:
        return review
    other = _held(session, review.call_id) if review.state == "released" else None
    if other is not None and other.reviewer_id != scope.user_id:
        raise NotYours(
            f"占用已超时，{other.reviewer}已接手这通通话",
            f"your claim ran out, and {other.reviewer} has taken the call",
        )
    raise NotYours(
        "这通通话已不在你手上，请重新领取", "this call is not in your hands any more: take it again"
    )


def held_now(session: Session, call_id: int, now: datetime) -> CallReview | None:
    """Who has the call in hand outside calibration rounds; a claim that has run out is given back first."""
    session.execute(
        update(CallReview)
        .where(
            CallReview.call_id == call_id,
            CallReview.state == "claimed",
            CallReview.round_id.is_(None),
            CallReview.claimed_until < now,
        )
        .values(state="released", claimed_until=now)
    )
    return _held(session, call_id)


def refuse_in_his_round(session: Session, scope: Scope, call_id: int) -> None:
    """Raises Refused while the viewer still has to answer the call blind in a calibration round."""
    if session.scalar(select(Call.id).where(Call.id == call_id, *outside_his_rounds(scope))) is None:
        raise Refused(
            "这通通话在一轮进行中的校准里，请先在该轮次中评完",
            "this call is in a calibration round of yours: finish it there first",
        )


def _bring_up(
    session: Session, review: CallReview, stands: CallReview | None, inspection_id: int | None
) -> None:
    """What was begun before goes on with the call as it is by now."""
    review.inspection_id = inspection_id
    if stands is None:
        return
    if review.judged_at is None:
        review.is_blind = False  # a colleague has finished the call since: its findings are open to all
    settled = disputed.settled_items(session, review.call_id).intersection(stands.answers)
    review.answers = {**review.answers, **{code: stands.answers[code] for code in settled}}


def _held(session: Session, call_id: int) -> CallReview | None:
    return session.scalar(
        select(CallReview)
        .where(CallReview.call_id == call_id, CallReview.state == "claimed", CallReview.round_id.is_(None))
        .execution_options(populate_existing=True)
    )


def _earlier(session: Session, scope: Scope, call_id: int) -> CallReview | None:
    """What this reviewer began before and gave back, or lost by silence."""
    return session.scalar(
        select(CallReview)
        .where(
            CallReview.call_id == call_id,
            CallReview.state == "released",
            CallReview.round_id.is_(None),
            CallReview.reviewer_id == scope.user_id,
        )
        .order_by(CallReview.id.desc())
        .limit(1)
    )


def _refuse_reviewed(
    session: Session, call: Call, stands: CallReview | None, inspection_id: int | None
) -> None:
    """A reviewed call is taken anew only where another rulebook found something in it that nobody has decided."""
    if stands is None:
        return
    waits = exists().where(
        Finding.inspection_id == inspection_id, Finding.decision.is_(None), or_(is_flag(), is_to_hear())
    )
    if stands.inspection_id == inspection_id or not session.scalar(select(waits)):
        raise Refused(
            f"{stands.reviewer}已经复核过这通通话，需要更改时请重新打开",
            f"{stands.reviewer} has reviewed this call already; to change it, reopen it",
        )
