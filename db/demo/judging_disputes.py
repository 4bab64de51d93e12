"""What the demo's agents object to and who decides it; and one calibration round that was held, one that runs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from db import calibration, disputes, review_finishing, reviews, rulebooks, scorecards
from db.accounts import scope_of
from db.demo.stage import Stage
from db.dispute_lists import list_disputes
from db.models import (
    Agent,
    CalibrationRound,
    Call,
    CallReview,
    Dispute,
    Finding,
    FindingReview,
    Inspection,
    User,
)
from db.refusals import Refused
from quality import card_choice
from quality.scorecards import NA, Criterion
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook

_OWN, _LATEST, _OTHERS = 4, 3, 6  # objections of the agent one can sign in as, and of the rest
_ACCEPTED = 0.35
_REASONS = {
    "banned": ("这是在复述客户的话，不是我说的。", "前后连起来听，并不是这个意思。"),
    "missing": ("录音里这句说得很清楚，请再听一遍。", "客户先挂断了，来不及说完。"),
}
_ITEM_REASONS = ("当时线路有回声，语速是为了让客户听清。", "客户情绪激动，我已经尽量放缓语气。")
_RULINGS = {
    "accepted": ("重听录音，情况与当事人所述一致。", "上下文正当，原判偏严。"),
    "rejected": ("重听录音，原判无误。", "客户未先挂断，时间足够。"),
}
_ROUND_CALLS = 8
_ROUND_NOTE = "语气“一般”与“差”的界限：打断客户一次记一般，两次以上记差；承诺回复须同时说明时间和责任人。"


class _Target(NamedTuple):
    call: Call
    target: str
    judged_at: datetime


def judge_demo_disputes(
    session: Session, now: datetime, seed: int = 7, book: Rulebook | None = None
) -> dict[str, int]:
    """Let the demo's agents object to some of what was decided, others decide on most of it, and reviewers calibrate.

    Through the same doors as people. Answers {"disputes", "disputes_decided", "calibration_rounds"}. Called again it changes nothing. Does not commit.
    """
    book = book or rulebooks.in_force(session)
    stage = Stage(now.replace(microsecond=0), book, seed, 1, 1.0)
    users = session.scalars(
        select(User).where(User.is_demo, User.role.in_(("qa", "manager"))).order_by(User.role.desc(), User.id)
    ).all()
    if len(users) > 1 and not session.scalar(select(func.count(Dispute.id))):
        deciders = [scope_of(user) for user in users]
        for agent_scope, one in _chosen(session, stage):
            _object(session, stage, agent_scope, one, deciders)
    if len(users) > 1 and not session.scalar(select(func.count(CalibrationRound.id))):
        _calibrate(session, stage, list(users))
    rows = list_disputes(session, SYSTEM_READER)
    return {
        "disputes": len(rows),
        "disputes_decided": sum(one.state == "decided" for one in rows),
        "calibration_rounds": session.scalar(select(func.count(CalibrationRound.id))) or 0,
    }


SYSTEM_READER = Scope(None, SYSTEM.actor, "manager")


def _chosen(session: Session, stage: Stage) -> Iterator[tuple[Scope, _Target]]:
    """Objections in the order of time: some of the agent one can sign in as, the latest ones; some of others."""
    dice = stage.dice("disputes")
    found = [one for one in _targets(session) if one.judged_at < stage.now - timedelta(days=1)]
    person = session.scalar(select(User).where(User.is_demo, User.role == "agent").order_by(User.id))
    own = [one for one in found if person is not None and one.call.agent_id == person.agent_id]
    rest = [one for one in found if one not in own]
    of_agents = list({one.call.agent_id: one for one in rest}.values())  # the latest of each
    late = sorted(of_agents, key=lambda one: one.judged_at)[-_LATEST:]
    early = [one for one in rest if one not in late]
    picked = own[-_OWN:] + late + dice.sample(early, min(_OTHERS, len(early)))
    for one in sorted(picked, key=lambda one: (one.judged_at, one.target)):
        agent: Agent = one.call.agent
        is_person = person is not None and agent.id == person.agent_id
        scope = Scope(None, agent.number, "agent", (agent.team_id,), agent.id)
        yield (scope_of(person) if is_person and person is not None else scope), one


def _targets(session: Session) -> list[_Target]:
    """What counts against agents, by when it was judged: confirmed findings and items that cost points."""
    confirmed = session.execute(
        select(Call, Finding.id, func.max(FindingReview.at))
        .join(Inspection, Inspection.call_id == Call.id)
        .join(Finding, Finding.inspection_id == Inspection.id)
        .join(FindingReview, FindingReview.finding_id == Finding.id)
        .where(
            Inspection.is_current,
            Finding.decision == "confirmed",
            Finding.stake > 0,
            Finding.kind.in_(_REASONS),
        )
        .group_by(Call.id, Finding.id)
        .order_by(Finding.id)
    )
    found = [_Target(call, f"finding:{finding_id}", at) for call, finding_id, at in confirmed]
    for review in session.scalars(
        select(CallReview)
        .where(CallReview.stands)
        .options(joinedload(CallReview.call), joinedload(CallReview.scorecard))
        .order_by(CallReview.id)
    ):
        if review.scorecard is None or review.finished_at is None:
            continue
        for criterion in scorecards.card_of(review.scorecard).criteria:
            answer = review.answers.get(criterion.code, {}).get("answer", NA)
            if criterion.code.startswith("voice_") and answer != NA and criterion.level(answer).share < 1:
                found.append(_Target(review.call, f"criterion:{criterion.code}", review.finished_at))
    return sorted(found, key=lambda one: (one.judged_at, one.target))


def _object(session: Session, stage: Stage, agent: Scope, one: _Target, deciders: list[Scope]) -> None:
    dice = stage.dice(f"dispute/{one.call.call_id}/{one.target}")
    kind, _colon, which = one.target.partition(":")
    reasons = _ITEM_REASONS if kind == "criterion" else _REASONS[session.get_one(Finding, int(which)).kind]
    filed_at = stage.into_office(one.judged_at + timedelta(days=dice.uniform(0.5, 3)), dice, 9, 17.5)
    if filed_at > stage.now - timedelta(days=4):  # still fresh: it waits for somebody
        filed_at = stage.now - timedelta(hours=dice.uniform(2, 40))
    try:
        dispute = disputes.file(
            session, agent, one.call.call_id, one.target, dice.choice(reasons), book=stage.book, now=filed_at
        )
    except (Refused, LookupError):  # too late, or an earlier decision took the points back already
        return
    decided_at = stage.into_office(filed_at + timedelta(days=dice.uniform(2, 5)), dice, 9, 17.5)
    about = disputes.about(session, dispute, stage.book)
    if decided_at >= stage.now or about is None:
        return
    decider = next((scope for scope in deciders if not about.is_judge(scope)), None)
    if decider is None:
        return
    # One of the agent one can sign in as holds, so that he sees what that does to his score.
    is_sure = agent.user_id is not None and not _has_accepted(session, agent)
    decision = "accepted" if is_sure or dice.random() < _ACCEPTED else "rejected"
    answers = disputes.better_answers(about)
    disputes.decide(
        session,
        decider,
        dispute.id,
        decision,
        dice.choice(_RULINGS[decision]),
        answer=answers[0] if answers and decision == "accepted" else "",
        expected_version=dispute.row_version,
        book=stage.book,
        now=decided_at,
    )


def _has_accepted(session: Session, agent: Scope) -> bool:
    return any(one.decision == "accepted" for one in list_disputes(session, agent))


def _calibrate(session: Session, stage: Stage, users: list[User]) -> None:
    """A round of eight calls that is closed, and one of three that runs."""
    reviewers = [user for user in users if user.role == "qa"]
    manager = next((scope_of(user) for user in users if user.role == "manager"), None)
    calls = _calls_for_rounds(session, stage)
    if len(reviewers) < 2 or manager is None or len(calls) < 2 * _ROUND_CALLS:
        return
    dice = stage.dice("calibration")
    held = min(stage.at(stage.today - timedelta(days=17), 9.5), stage.now)
    for name, part, opened_at, is_closed in (
        ("语气与承诺：第一轮", calls[:_ROUND_CALLS], held, True),
        (
            "语气与承诺：第二轮",
            calls[_ROUND_CALLS : _ROUND_CALLS + 3],
            stage.now - timedelta(hours=26),
            False,
        ),
    ):
        one = calibration.open_round(
            session,
            manager,
            name=name,
            call_ids=[call.call_id for call in part],
            member_ids=[user.id for user in reviewers],
            expert_id=reviewers[0].id,
            due_on=stage.day_of(opened_at) + timedelta(days=7),
            now=opened_at,
        )
        for user in reviewers if is_closed else reviewers[:1]:
            for n, call in enumerate(part, start=1):
                at = opened_at + timedelta(hours=3, minutes=20 * n)
                _judge(
                    session, stage, scope_of(user), one, call, dice, at, is_strict=user is not reviewers[0]
                )
        if is_closed:
            closed_at = opened_at + timedelta(days=2)
            calibration.close_round(
                session, manager, one.id, _ROUND_NOTE, expected_version=one.row_version, now=closed_at
            )


def _calls_for_rounds(session: Session, stage: Stage) -> list[Call]:
    """Telephone calls of three weeks ago that one card judges and nobody has reviewed."""
    reviewed = select(CallReview.call_id)
    calls = session.scalars(
        select(Call)
        .join(Inspection, (Inspection.call_id == Call.id) & Inspection.is_current)
        .where(
            Call.started_on < stage.today - timedelta(days=18),
            Call.channel == "phone",
            Call.kind == "inbound_service",
            Call.id.not_in(reviewed),
        )
        .order_by(Call.started_at.desc(), Call.id)
        .limit(4 * _ROUND_CALLS)
    ).all()
    if not calls:
        return []
    editions = scorecards.editions(session, now=stage.now)
    cards = [
        card_choice.choose(editions, scorecards.contact_of(call, None), call.started_on) for call in calls
    ]
    return [
        call
        for call, card in zip(calls, cards, strict=True)
        if card is not None and cards[0] is not None and card.id == cards[0].id
    ]


def _judge(
    session: Session,
    stage: Stage,
    scope: Scope,
    one: CalibrationRound,
    call: Call,
    dice: random.Random,
    at: datetime,
    *,
    is_strict: bool,
) -> None:
    """One person's review of one call. Both hear the same call; the second is stricter about the voice."""
    review = reviews.claim(session, scope, call.call_id, book=stage.book, now=at, round_id=one.id)
    assert review.scorecard is not None
    answers = {
        criterion.code: {"answer": _heard(criterion, stage.dice(f"{call.call_id}/{criterion.code}"), dice, is_strict=is_strict)}
        for criterion in scorecards.card_of(review.scorecard).criteria
        if criterion.kind == "person"
    }  # fmt: skip
    reviews.save_answers(session, scope, review.id, answers, book=stage.book, now=at)
    review_finishing.finish(session, scope, review.id, book=stage.book, now=at + timedelta(minutes=9))


def _heard(criterion: Criterion, truth: random.Random, ear: random.Random, *, is_strict: bool) -> str:
    """An answer: mostly what the call was like, now and then a level beside it."""
    place = 0 if truth.random() < 0.7 else 1 if truth.random() < 0.8 else len(criterion.levels) - 1
    slip = ear.random()
    if criterion.code.startswith("voice") and is_strict and slip < 0.3:
        place += 1
    elif slip > 0.93:
        place = ear.randrange(len(criterion.levels))
    return criterion.levels[min(place, len(criterion.levels) - 1)].code
