"""The answers of a closed calibration round beside each other, as quality/comparing.py sees them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import scorecards
from db.calibration import is_visible
from db.models import CalibrationRound, CallReview
from db.models import Scorecard as ScorecardRow
from db.refusals import Refused
from db.visibility import demand
from quality.agreement import Agreement
from quality.comparing import (
    CallSpread,
    Distance,
    ItemAgreement,
    Judgement,
    Limits,
    by_call,
    by_item,
    from_expert,
    of_scores,
)
from quality.scorecards import Scorecard, charges, given, score
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a closed round shows."""

    card: Scorecard
    people: dict[int, str]  # display name by account
    judgements: tuple[Judgement, ...]
    items: tuple[ItemAgreement, ...]
    scores: Agreement
    distances: tuple[Distance, ...]
    calls: tuple[CallSpread, ...]


def compare(session: Session, scope: Scope, one: CalibrationRound, book: Rulebook) -> Comparison:
    """The answers of a closed round beside each other. Raises AccessRefused, LookupError; Refused while it is open."""
    demand(scope, "quality.calibrate")
    if not is_visible(scope, one):
        raise LookupError(f"round {one.id}")
    if one.closed_at is None:
        raise Refused("本轮还没有结束，答案暂不公开。", "the round is open: nobody sees the answers yet")
    reviews = session.scalars(
        select(CallReview)
        .where(CallReview.round_id == one.id, CallReview.state == "finished")
        .options(selectinload(CallReview.added), joinedload(CallReview.call), joinedload(CallReview.user))
        .order_by(CallReview.id)
    ).all()
    row = session.get_one(ScorecardRow, one.scorecard_id)
    card = scorecards.card_of(row)
    judgements = tuple(_judgement(session, card, review) for review in reviews if review.reviewer_id)
    limits = limits_of(book)
    return Comparison(
        card=card,
        people={r.user.id: r.user.display_name for r in reviews if r.user is not None},
        judgements=judgements,
        items=by_item(card, judgements, limits),
        scores=of_scores(judgements),
        distances=from_expert(card, judgements, one.expert_id) if one.expert_id is not None else (),
        calls=by_call(card, judgements),
    )  # fmt: skip


def limits_of(book: Rulebook) -> Limits:
    """From where the rulebook calls agreement reliable or tentative, and answers one-sided."""
    return Limits(
        reliable=float(book.decimal("qa.agreement_reliable") or 1),
        tentative=float(book.decimal("qa.agreement_tentative") or 1),
        one_sided=float(book.percent("qa.agreement_one_sided") or 100) / 100,
    )


def _judgement(session: Session, card: Scorecard, review: CallReview) -> Judgement:
    """What the reviewer made of the call alone: his answers and what he found, nothing of the machine's."""
    contact = scorecards.contact_of(review.call, review.inspection)
    found = charges(scorecards.found_of(None, review.added))
    lines = score(card, contact, given(review.answers), found).lines
    return Judgement(
        reviewer=review.reviewer_id or 0,
        call=review.call.call_id,
        answers={line.code: line.answer for line in lines if line.answer},
        score=None if review.score is None else float(review.score),
    )
