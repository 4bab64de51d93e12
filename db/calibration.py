"""Calibration rounds: the same calls judged by several reviewers who do not see each other's work; then compared.

While a round is open nobody learns more than who has finished what. Reviews in a round count for nobody's score.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit, scorecards
from db.calls import in_scope
from db.engine import take_write_lock
from db.models import (
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    Call,
    CallReview,
    Inspection,
    User,
)
from db.refusals import Refused, StaleCase
from db.visibility import demand
from regulations.access import Scope, may

FEWEST_MEMBERS = 2
MOST_CALLS = 30  # what people can be asked to hear twice


# -- writes ------------------------------------------------------------------------------------------


def open_round(
    session: Session,
    scope: Scope,
    *,
    name: str,
    call_ids: Sequence[str],
    member_ids: Sequence[int],
    expert_id: int,
    due_on: date | None,
    now: datetime,
) -> CalibrationRound:
    """A new round. The expert is a member too; all calls are judged by the scorecard that applies to the first.

    Raises AccessRefused without quality.calibrate; Refused without a name, with fewer than two members, with somebody who is no
    reviewer, without calls or with too many, with one that is not in scope or judged by another card.
    """
    demand(scope, "quality.calibrate")
    name = name.replace("\x00", "").strip()[:80]
    if not name:
        raise Refused("请给本轮校准起个名字。", "give the round a name")
    members = _members(session, {*member_ids, expert_id})
    calls = _calls(session, scope, list(dict.fromkeys(call_ids)))
    cards = [scorecards.card_for(session, call) for call in calls]
    for call, card in zip(calls, cards, strict=True):
        if card.id != cards[0].id:
            raise Refused(
                f"通话 {call.call_id} 用的是另一张评分表，请分开校准。",
                f"call {call.call_id} is judged by another scorecard: put it into a round of its own",
            )
    one = CalibrationRound(
        name=name,
        scorecard_id=cards[0].id,
        expert_id=expert_id,
        opened_at=now,
        opened_by=scope.actor,
        due_on=due_on,
    )
    one.calls = [CalibrationCall(call_id=call.id, ordinal=n) for n, call in enumerate(calls, start=1)]
    one.members = [CalibrationMember(user_id=user.id) for user in members]
    session.add(one)
    session.flush()
    detail = {"calls": [c.call_id for c in calls], "members": [u.username for u in members]}
    audit.record(session, scope, "calibration.opened", "calibration_round", one.id, detail, at=now)
    return one


def close_round(
    session: Session, scope: Scope, round_id: int, note: str, *, expected_version: int, now: datetime
) -> CalibrationRound:
    """End the round: from now on the answers are compared, and reviews that were begun are given back.

    Raises AccessRefused without quality.calibrate, LookupError, StaleCase, Refused as long as no call was finished by two.
    """
    demand(scope, "quality.calibrate")
    one = _locked(session, scope, round_id)
    if one.row_version != expected_version or one.closed_at is not None:
        raise StaleCase(
            "本轮校准刚才有变动，请查看最新内容。", "this round has just changed: look at it again"
        )
    twice = (
        select(CallReview.call_id)
        .where(CallReview.round_id == round_id, CallReview.state == "finished")
        .group_by(CallReview.call_id)
        .having(func.count() > 1)
    )
    if session.scalar(twice.limit(1)) is None:
        raise Refused(
            "还没有一通由两人评完，无从比较。请等评完再结束。",
            "no call was finished by two people yet: there would be nothing to compare",
        )
    for review in session.scalars(
        select(CallReview).where(CallReview.round_id == round_id, CallReview.state == "claimed")
    ):
        review.state, review.claimed_until = "released", now
    one.closed_at, one.closed_by = now, scope.actor
    one.note = _tidy(note)
    one.row_version += 1
    session.flush()
    audit.record(
        session, scope, "calibration.closed", "calibration_round", one.id, {"note": one.note}, at=now
    )
    return one  # fmt: skip


def write_note(
    session: Session, scope: Scope, round_id: int, note: str, *, expected_version: int, now: datetime
) -> CalibrationRound:
    """What was agreed when the closed round was discussed. Raises AccessRefused, LookupError, StaleCase."""
    demand(scope, "quality.calibrate")
    one = _locked(session, scope, round_id)
    if one.row_version != expected_version:
        raise StaleCase(
            "本轮校准刚才有变动，请查看最新内容。", "this round has just changed: look at it again"
        )
    before, one.note = one.note, _tidy(note)
    one.row_version += 1
    session.flush()
    detail = {"before": before, "note": one.note}
    audit.record(session, scope, "calibration.noted", "calibration_round", one.id, detail, at=now)
    return one


# -- reads -------------------------------------------------------------------------------------------


def list_rounds(session: Session, scope: Scope) -> list[CalibrationRound]:
    """Rounds whose calls the viewer may all see, open ones first, then the latest. Raises AccessRefused without quality.calibrate."""
    demand(scope, "quality.calibrate")
    rounds = session.scalars(
        select(CalibrationRound)
        .options(
            selectinload(CalibrationRound.calls).joinedload(CalibrationCall.call),
            selectinload(CalibrationRound.members).joinedload(CalibrationMember.user),
        )
        .order_by(CalibrationRound.closed_at.is_not(None), CalibrationRound.opened_at.desc())
    )
    return [one for one in rounds if is_visible(scope, one)]


def is_visible(scope: Scope, one: CalibrationRound) -> bool:
    """Whether all of the round's calls are of teams that the viewer sees."""
    return all(scope.sees_team(part.call.team_id) for part in one.calls)


def list_reviewers(session: Session, scope: Scope) -> list[User]:
    """Who can be a member: active accounts that may review. Raises AccessRefused without quality.calibrate."""
    demand(scope, "quality.calibrate")
    users = session.scalars(select(User).where(User.is_active).order_by(User.id))
    return [user for user in users if may(user.role, "quality.review")]


def list_choosable(session: Session, scope: Scope, *, limit: int = 200) -> list[Call]:
    """Inspected calls to choose from, those that nobody has reviewed before first, then the latest."""
    demand(scope, "quality.calibrate")
    is_reviewed = select(CallReview.id).where(CallReview.call_id == Call.id, CallReview.stands).exists()
    return list(
        session.scalars(
            select(Call)
            .join(Inspection, (Inspection.call_id == Call.id) & Inspection.is_current)
            .where(*in_scope(scope))
            .options(joinedload(Call.agent))
            .order_by(is_reviewed, Call.started_at.desc())
            .limit(limit)
        )
    )  # fmt: skip


def progress(session: Session, scope: Scope, round_id: int) -> dict[tuple[int, int], str]:
    """Where each member's review of each call stands, by (call, account): claimed, finished, released; none where not begun."""
    demand(scope, "quality.calibrate")
    rows = session.execute(
        select(CallReview.call_id, CallReview.reviewer_id, CallReview.state).where(
            CallReview.round_id == round_id
        )
    )
    return {(call_id, user_id): state for call_id, user_id, state in rows if user_id is not None}


def _locked(session: Session, scope: Scope, round_id: int) -> CalibrationRound:
    """The round as it is now, with nobody else able to act on it until we are done."""
    take_write_lock(session.connection())
    one = session.get(
        CalibrationRound, round_id, populate_existing=True, with_for_update={"of": CalibrationRound}
    )
    if one is None or not is_visible(scope, one):
        raise LookupError(f"round {round_id}")
    return one


def _members(session: Session, ids: set[int]) -> list[User]:
    users = session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)).all()
    if len(users) < FEWEST_MEMBERS:
        raise Refused(
            "校准至少要两个人，包括专家。", "a round takes two people at least, the expert among them"
        )
    for user in users:
        if not user.is_active or not may(user.role, "quality.review"):
            raise Refused(
                f"{user.display_name}不能复核通话，不能参加校准。",
                f"{user.display_name} may not review calls and cannot take part",
            )
    return list(users)


def _calls(session: Session, scope: Scope, call_ids: list[str]) -> list[Call]:
    if not call_ids or len(call_ids) > MOST_CALLS:
        raise Refused(f"请选择 1 至 {MOST_CALLS} 通电话。", f"choose from 1 to {MOST_CALLS} calls")
    found = {
        call.call_id: call
        for call in session.scalars(select(Call).where(Call.call_id.in_(call_ids), *in_scope(scope)))
    }
    missing = [call_id for call_id in call_ids if call_id not in found]
    if missing:
        raise Refused(f"没有编号为 {missing[0]} 的通话。", f"there is no call {missing[0]}")
    return [found[call_id] for call_id in call_ids]


def _tidy(text: str) -> str:
    return text.replace("\x00", "").strip()[:2000]
