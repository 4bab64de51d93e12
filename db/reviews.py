"""A person's review of a whole call: claimed (review_claims), worked on here, finished (review_finishing) by one reviewer at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from db import disputed, quality, scorecards
from db.calls import in_scope
from db.models import (
    Call,
    CallReview,
    Finding,
    FindingReview,
    Inspection,
)
from db.quality import Decision
from db.refusals import Refused
from db.review_blind import hidden_from
from db.review_claims import NotYours, Taken, claim, held_review, in_hand, next_for, release, renew
from db.review_words import tidy
from db.visibility import demand
from quality.scorecards import wrong_answers
from regulations.access import Scope
from regulations.rulebook import Rulebook

__all__ = [
    "NotYours",
    "Taken",
    "claim",
    "decide",
    "decide_alone",
    "get_review",
    "held_by",
    "held_review",
    "in_hand",
    "is_frozen",
    "list_finished",
    "next_for",
    "release",
    "renew",
    "save_answers",
    "standing",
]


def decide(
    session: Session,
    scope: Scope,
    review_id: int,
    finding_id: int,
    decision: Decision,
    reason: str,
    *,
    book: Rulebook,
    now: datetime,
) -> FindingReview:
    """Confirm or overturn a finding of the call under review: `db.quality.decide`, by whoever has the call.

    Raises NotYours; Refused while the call is reviewed blind; and what `quality.decide` raises.
    """
    review = renew(session, scope, review_id, book=book, now=now)
    if review.round_id is not None or (review.is_blind and review.judged_at is None):
        raise Refused(
            "盲审期间不能判定机器结果", "findings cannot be decided on while the call is heard blind"
        )
    is_of_call = exists().where(
        Finding.id == finding_id,
        Finding.inspection_id == Inspection.id,
        Inspection.call_id == review.call_id,
    )
    if not session.scalar(select(is_of_call)):
        raise LookupError(f"finding {finding_id}")
    return quality.decide(session, scope, finding_id, decision, reason, now=now)


def decide_alone(
    session: Session, scope: Scope, finding_id: int, decision: Decision, reason: str, *, now: datetime
) -> FindingReview:
    """Decide on one finding without reviewing its call, as on the call's own page.

    Raises Taken while a colleague reviews the call; Refused once the call is reviewed, because its score rests on the
    decisions; LookupError for what is to be heard blind; and what `quality.decide` raises.
    """
    demand(scope, "quality.review")
    found = session.execute(
        select(Call, Finding)
        .join(Inspection, Inspection.call_id == Call.id)
        .join(Finding, Finding.inspection_id == Inspection.id)
        .where(Finding.id == finding_id, *in_scope(scope), *hidden_from(scope))
    )
    row = found.one_or_none()
    if row is None:
        raise LookupError(f"finding {finding_id}")
    call, finding = row._tuple()
    settled = standing(session, scope, call.call_id)
    # What another rulebook found since then, and nobody has decided, is no part of the score.
    if settled is not None and (
        settled.inspection_id == finding.inspection_id or finding.decision is not None
    ):
        raise Refused(
            "这通通话已经复核完毕，要改判请重新打开复核",
            "this call has been reviewed: to change a decision, reopen its review",
        )
    held = held_by(session, scope, call.call_id, now)
    if held is not None and held.reviewer_id != scope.user_id:
        raise Taken(call.call_id, held.reviewer, held.claimed_until, now)
    return quality.decide(session, scope, finding_id, decision, reason, now=now)


def save_answers(
    session: Session,
    scope: Scope,
    review_id: int,
    answers: Mapping[str, Mapping[str, str] | None],
    *,
    book: Rulebook,
    now: datetime,
) -> CallReview:
    """Answers to items of the scorecard, {"answer", "note"} by the item's code, beside those given before; None takes one back.

    Raises NotYours; Refused for an answer that the card does not know, for an item under objection, and after the first
    judgement of a blind review (`is_frozen`).
    """
    review = renew(session, scope, review_id, book=book, now=now)
    if is_frozen(session, review):
        raise Refused(
            "第一遍判断已经完成，评分项不能再改",
            "the first judgement is finished: its answers stay as they are",
        )
    given = {code: str(one.get("answer") or "") for code, one in answers.items() if one is not None}
    if review.scorecard is None:
        raise Refused("这通通话没有适用的评分表", "no scorecard applies to this call")
    problems = wrong_answers(scorecards.card_of(review.scorecard), given)
    if problems:
        raise Refused(problems[0].text("zh"), problems[0].text("en"))
    if review.round_id is None:
        disputed.refuse_settled(session, review, answers)
    kept: dict[str, Any] = dict(review.answers)
    for code, one in answers.items():
        kept.pop(code, None)
        if one is not None:
            kept[code] = {"answer": given[code], "note": tidy(str(one.get("note") or ""))}
    review.answers = kept
    session.flush()
    return review


def is_frozen(session: Session, review: CallReview) -> bool:
    """Whether what a blind reviewer answered and added must stay as it is: between his first judgement and the end.

    Once the call is reviewed that judgement is kept in the finished row; who reopens it may put his answers right.
    """
    if review.judged_at is None:
        return False
    stands = exists().where(CallReview.call_id == review.call_id, CallReview.stands)
    return not session.scalar(select(stands))


def get_review(session: Session, scope: Scope, review_id: int) -> CallReview:
    """The viewer's own review, or a colleague's finished one, of a call in scope. Raises AccessRefused, LookupError.

    What colleagues answered in a calibration round, and in a call that he is still to hear blind, is not his to read.
    """
    demand(scope, "quality.review")
    colleagues = and_(CallReview.round_id.is_(None), CallReview.state == "finished", *hidden_from(scope))
    found = session.scalar(
        select(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .where(
            CallReview.id == review_id,
            or_(CallReview.reviewer_id == scope.user_id, colleagues),
            *in_scope(scope),
        )
    )
    if found is None:
        raise LookupError(f"review {review_id}")
    return found


def list_finished(session: Session, scope: Scope, call_id: str) -> list[CallReview]:
    """Every finished review of the call outside calibration rounds, the latest first. Raises AccessRefused without quality.view."""
    demand(scope, "quality.view")
    return list(
        session.scalars(
            select(CallReview)
            .join(Call, Call.id == CallReview.call_id)
            .where(
                Call.call_id == call_id,
                CallReview.state == "finished",
                CallReview.round_id.is_(None),
                *in_scope(scope),
            )
            .options(joinedload(CallReview.scorecard))
            .order_by(CallReview.finished_at.desc(), CallReview.id.desc())
        )
    )


def held_by(session: Session, scope: Scope, call_id: str, now: datetime) -> CallReview | None:
    """The review of the call that somebody has in hand now, outside calibration rounds."""
    return session.scalar(
        select(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .where(
            Call.call_id == call_id,
            CallReview.state == "claimed",
            CallReview.round_id.is_(None),
            CallReview.claimed_until >= now,
            *in_scope(scope),
        )
    )


def standing(session: Session, scope: Scope, call_id: str) -> CallReview | None:
    """The finished review that counts for the call; None when nobody has reviewed it."""
    return session.scalar(
        select(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .where(Call.call_id == call_id, CallReview.stands, *in_scope(scope))
    )
