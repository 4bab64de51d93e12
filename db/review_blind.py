"""Which calls a reviewer is to hear blind, and must therefore find nothing about anywhere on the desk."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

from db.models import (
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    Call,
    CallReview,
    SampleCall,
)
from regulations.access import Scope


def hidden_from(scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions on `Call` that leave out what this viewer is to hear blind; none for whoever does not review.

    A call is heard blind by everybody who reviews until somebody has finished with it, or until he himself has closed his
    first judgement. Reads that tell what was found in single calls take these conditions; figures count every call.
    """
    if not scope.may("quality.review"):
        return []
    judged = exists().where(
        CallReview.call_id == SampleCall.call_id,
        CallReview.round_id.is_(None),
        or_(
            CallReview.state == "finished",
            and_(CallReview.judged_at.is_not(None), CallReview.reviewer_id == scope.user_id),
        ),
    )
    blind = select(SampleCall.call_id).where(SampleCall.is_drawn, SampleCall.is_blind, ~judged)
    return [Call.id.not_in(blind), *outside_his_rounds(scope)]


def outside_his_rounds(scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions on `Call` that leave out the calls that this viewer still has to answer in an open calibration round."""
    answered = exists().where(
        CallReview.round_id == CalibrationCall.round_id,
        CallReview.call_id == CalibrationCall.call_id,
        CallReview.reviewer_id == scope.user_id,
        CallReview.state == "finished",
    )
    his = (
        select(CalibrationCall.call_id)
        .join(CalibrationRound, CalibrationRound.id == CalibrationCall.round_id)
        .join(CalibrationMember, CalibrationMember.round_id == CalibrationRound.id)
        .where(CalibrationRound.closed_at.is_(None), CalibrationMember.user_id == scope.user_id, ~answered)
    )
    return [Call.id.not_in(his)]


def is_blind_for(session: Session, scope: Scope, call_id: int) -> bool:
    """Whether this viewer reviews and may not see yet what was found in the call (of that row's id)."""
    conditions = hidden_from(scope)
    if not conditions:
        return False
    return session.scalar(select(Call.id).where(Call.id == call_id, *conditions)) is None


def list_hidden(session: Session, scope: Scope, call_ids: Iterable[str]) -> set[str]:
    """Those of the calls with these numbers that this viewer is to hear blind: a list of findings leaves them out."""
    conditions, asked = hidden_from(scope), set(call_ids)
    if not conditions or not asked:
        return set()
    return asked.intersection(session.scalars(select(Call.call_id).where(not_(and_(*conditions)))))
