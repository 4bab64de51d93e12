"""Past calls to try a scorecard on: inspected, in the viewer's scope, of the sort that the card is for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db.calls import in_scope
from db.models import CalibrationCall, CalibrationRound, Call, CallReview, Inspection, SampleCall
from db.visibility import demand
from quality.scorecards import Scorecard
from regulations.access import Scope


def list_recent(session: Session, scope: Scope, card: Scorecard, *, limit: int) -> Sequence[Inspection]:
    """Current inspections of the latest calls that the card fits, the latest first, with call and findings.

    Who reviews does not get calls that he is still to hear blind, in the sample or in a calibration round. Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    fits = [
        column.in_(codes)
        for column, codes in (
            (Call.channel, card.channels),
            (Call.direction, card.directions),
            (Call.kind, card.kinds),
        )
        if codes
    ]
    return (
        session.scalars(
            select(Inspection)
            .join(Call, Call.id == Inspection.call_id)
            .where(Inspection.is_current, *fits, *_not_blind(scope), *in_scope(scope))
            .options(joinedload(Inspection.call), selectinload(Inspection.findings))
            .order_by(Call.started_at.desc(), Call.id)
            .limit(limit)
        )
        .unique()
        .all()
    )


def _not_blind(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on `Call` that keep the machine's findings from whoever is to judge without them."""
    conditions: list[ColumnElement[bool]] = []
    if scope.may("quality.review"):
        drawn = exists().where(SampleCall.call_id == Call.id, SampleCall.is_drawn, SampleCall.is_blind)
        finished = exists().where(
            CallReview.call_id == Call.id, CallReview.round_id.is_(None), CallReview.state == "finished"
        )
        conditions.append(or_(~drawn, finished))
    if scope.may("quality.review") or scope.may("quality.calibrate"):
        conditions.append(
            ~exists().where(
                CalibrationCall.call_id == Call.id,
                CalibrationRound.id == CalibrationCall.round_id,
                CalibrationRound.closed_at.is_(None),
            )
        )
    return conditions


def standing_review(session: Session, scope: Scope, call_id: int) -> CallReview | None:
    """The finished review that counts for the call, with its answers and what was added; None where nobody reviewed it.

    Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    return session.scalar(
        select(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .where(CallReview.call_id == call_id, CallReview.stands, *in_scope(scope))
        .options(selectinload(CallReview.added))
    )
