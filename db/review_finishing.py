"""From a reviewer's answers to the call's score: finished, reopened, or changed by a dispute. Every finished review is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from db import audit, scorecards
from db.engine import take_write_lock
from db.models import AddedFinding, CalibrationRound, CallReview, Inspection
from db.quality import FLAGS
from db.refusals import Refused
from db.review_claims import held_now, refuse_in_his_round, renew
from db.review_missed import beside, standing_added
from db.review_queue import reviewer_name
from db.review_starting import claim_lasts
from db.review_words import tidy
from db.reviews import standing
from db.visibility import demand
from quality.scorecards import Scored, charges, given, score
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Step

NO_CARD = Refused(
    "这通通话没有适用的评分表，请先发布一张", "no scorecard applies to this call: publish one first"
)
_IN_HAND = Refused("这通通话正在复核中", "somebody is reviewing this call just now")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a review comes to as it stands: by the person, and by the machine alone on the same card."""

    scored: Scored
    machine: Scored


def judge(session: Session, review: CallReview, book: Rulebook) -> Judgement:
    """The review's score from its answers, the findings people confirmed and what the reviewer added.

    Of a blind review before its first judgement, and of one in a calibration round, the machine's findings have no part.
    Raises Refused where no scorecard applies.
    """
    if review.scorecard is None:
        raise NO_CARD
    card, answers = scorecards.card_of(review.scorecard), given(review.answers)
    passing = book.decimal("qa.pass_score")
    inspection = _inspection(session, review)
    contact = scorecards.contact_of(review.call, inspection)
    by_machine = charges(scorecards.found_of(inspection), by_machine=True)
    machine = score(card, contact, {}, by_machine, pass_score=passing)
    if review.round_id is not None or is_hidden(review):
        heard = scorecards.found_of(None, standing_added(session, review.call_id, review.id))
        return Judgement(score(card, contact, answers, charges(heard), pass_score=passing), machine)
    findings = [] if inspection is None else inspection.findings
    added = beside(_added(session, review), findings)
    found = charges(scorecards.found_of(inspection, added))
    return Judgement(score(card, contact, answers, found, pass_score=passing), machine)


def is_hidden(review: CallReview) -> bool:
    """Whether the machine's findings are still kept from the reviewer."""
    return review.is_blind and review.judged_at is None


def close_blind(
    session: Session, scope: Scope, review_id: int, *, book: Rulebook, now: datetime
) -> CallReview:
    """A blind reviewer closes his first judgement: answers and added findings stay as they are, the machine's are shown.

    Raises NotYours; Refused while an item waits for an answer, or where nothing is hidden.
    """
    review = renew(session, scope, review_id, book=book, now=now)
    if not is_hidden(review) or review.round_id is not None:
        raise Refused("这不是盲审，可以直接完成", "this review is not blind: finish it")
    _demand_answers(review, judge(session, review, book).scored)
    review.judged_at = now
    session.flush()
    audit.record(session, scope, "review.judged", "call_review", review.id, at=now)
    return review


def finish(session: Session, scope: Scope, review_id: int, *, book: Rulebook, now: datetime) -> CallReview:
    """Finish a review: score and receipt are derived, the machine's score is kept beside them, and it stands for its call.

    Outside calibration rounds every flag needs a decision; what is only proposed may stay open and costs nothing. Raises
    NotYours; Refused while something is open, and for a blind review whose first judgement is not closed.
    """
    review = renew(session, scope, review_id, book=book, now=now)
    if review.round_id is not None:
        one = session.get(CalibrationRound, review.round_id)
        if one is None or one.closed_at is not None:
            raise Refused("本轮校准已经结束", "this round is closed")
    elif is_hidden(review):
        raise Refused(
            "请先完成第一遍判断，再查看机器结果",
            "finish the first judgement first; then the findings are shown",
        )
    judgement = judge(session, review, book)
    _demand_answers(review, judgement.scored)
    if review.round_id is None:
        _demand_decisions(_inspection(session, review))
    return _finished(session, scope, review, judgement, now)


def reopen(
    session: Session, scope: Scope, call_id: str, reason: str, *, book: Rulebook, now: datetime
) -> CallReview:
    """Take a reviewed call up again: a new review with the old answers, in this reviewer's hands; the old one stands until it is finished.

    Raises AccessRefused, LookupError when nobody has reviewed it, Refused without a reason, while somebody has it, and while
    the reviewer still has to answer the call in a calibration round.
    """
    demand(scope, "quality.review")
    reason = tidy(reason)
    if not reason:
        raise Refused("请写明重新打开的理由", "say why it is reopened")
    take_write_lock(session.connection())
    old = standing(session, scope, call_id)
    if old is None:
        raise LookupError(f"review of call {call_id}")
    if held_now(session, old.call_id, now) is not None:
        raise _IN_HAND
    refuse_in_his_round(session, scope, old.call_id)
    review = _copy(session, scope, old, now)
    review.claimed_until = now + claim_lasts(book)
    try:
        with session.begin_nested():  # written inside, so that losing undoes this alone
            session.add(review)
    except IntegrityError as error:  # somebody else was quicker by an instant
        raise _IN_HAND from error
    detail = {"call": call_id, "before": old.id, "reason": reason}
    audit.record(session, scope, "review.reopened", "call_review", review.id, detail, at=now)
    return review


def rescore(
    session: Session,
    scope: Scope,
    call_id: str,
    *,
    book: Rulebook,
    now: datetime,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    note: str = "",
) -> CallReview | None:
    """After a dispute was accepted: a new finished review with the answers changed so and the findings as they stand now.

    The review before is kept as it was and no longer stands. None when nobody had reviewed the call. Raises AccessRefused
    without `disputes.decide`.
    """
    demand(scope, "disputes.decide")
    take_write_lock(session.connection())
    old = standing(session, scope, call_id)
    if old is None:
        return None
    review = _copy(session, scope, old, now)
    review.purpose, review.comment = "dispute", tidy(note, None)
    review.answers = {**old.answers, **(answers or {})}
    # In his hands for the instant, unless somebody else is at it: two may not be claimed at once.
    review.state = "released"
    session.add(review)
    session.flush()
    return _finished(session, scope, review, judge(session, review, book), now)


def _copy(session: Session, scope: Scope, old: CallReview, now: datetime) -> CallReview:
    return CallReview(
        call_id=old.call_id,
        call=old.call,
        inspection_id=old.inspection_id,
        sample_call_id=old.sample_call_id,
        purpose=old.purpose,
        is_blind=old.is_blind,
        judged_at=old.judged_at,
        state="claimed",
        reviewer_id=scope.user_id,
        reviewer=reviewer_name(session, scope),
        claimed_at=now,
        claimed_until=now,
        scorecard_id=old.scorecard_id,
        scorecard=old.scorecard,
        answers=dict(old.answers),
    )


def _finished(
    session: Session, scope: Scope, review: CallReview, judgement: Judgement, now: datetime
) -> CallReview:
    before = None
    if review.round_id is None:
        before = session.scalar(
            select(CallReview).where(CallReview.call_id == review.call_id, CallReview.stands)
        )
        if before is not None:
            before.stands = False
            session.flush()  # only one may stand at any moment
            session.execute(
                update(AddedFinding).where(AddedFinding.review_id == before.id).values(review_id=review.id)
            )
        review.stands = True
    scored, machine = judgement.scored, judgement.machine
    review.state, review.finished_at, review.claimed_until = "finished", now, now
    review.machine_score, review.score, review.is_failed = machine.score, scored.score, scored.is_failed
    review.receipt = [step.as_record() for step in receipt(scored, machine.score)]
    session.flush()
    detail = {
        "call": review.call.call_id,
        "score": None if scored.score is None else str(scored.score),
        "machine_score": None if machine.score is None else str(machine.score),
        "before": None if before is None else before.id,
    }
    audit.record(session, scope, "review.finished", "call_review", review.id, detail, at=now)
    return review


def receipt(scored: Scored, machine_score: Decimal | None) -> tuple[Step, ...]:
    """What a finished review keeps: every item that counts, those that do not in one line, the sum, and the machine's score."""
    counted = [step for line in scored.lines if line.state != "not_applicable" for step in line.why]
    left_out = [line.criterion for line in scored.lines if line.state == "not_applicable"]
    if left_out:
        zh = "、".join(criterion.title("zh") for criterion in left_out)
        en = "; ".join(criterion.title("en") for criterion in left_out)
        counted.append(
            Step(
                f"{len(left_out)} 项不适用，不计分：{zh}",
                f"{len(left_out)} do not apply and do not count: {en}",
            )
        )
    return (*counted, *scored.steps, _machine_step(machine_score))


def _machine_step(value: Decimal | None) -> Step:
    if value is None:
        return Step(
            "机器无法评分：没有可由机器判断的评分项", "no machine score: no item that the machine can tell"
        )
    return Step(
        f"机器评分 {value} 分（同一评分表，仅机器可判断的项目）",
        f"machine score {value} (same card, the items a machine can tell)",
    )


def _demand_answers(review: CallReview, scored: Scored) -> None:
    if not scored.unanswered or review.scorecard is None:
        return
    card = scorecards.card_of(review.scorecard)
    zh = "、".join(card.criterion(code).title("zh") for code in scored.unanswered)
    en = ", ".join(card.criterion(code).title("en") for code in scored.unanswered)
    raise Refused(f"还有评分项没有评：{zh}", f"still to be answered: {en}")


def _demand_decisions(inspection: Inspection | None) -> None:
    findings = [] if inspection is None else inspection.findings
    left = sum(f.verdict in FLAGS and f.decision is None for f in findings)
    if left:
        raise Refused(f"还有 {left} 处机器判定没有确认或推翻", f"findings still to be decided on: {left}")


def _inspection(session: Session, review: CallReview) -> Inspection | None:
    if review.inspection_id is None:
        return None
    return session.scalar(
        select(Inspection)
        .where(Inspection.id == review.inspection_id)
        .options(selectinload(Inspection.findings))
        .execution_options(populate_existing=True)
    )


def _added(session: Session, review: CallReview) -> list[AddedFinding]:
    """What was added in this review, and in the one that stands until now."""
    own = standing_added(session, review.call_id, review.id)
    return sorted(
        {one.id: one for one in (*own, *standing_added(session, review.call_id))}.values(),
        key=lambda one: one.id,
    )
