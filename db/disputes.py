"""Objections of agents: filed in time with a reason, decided once by somebody who did not judge before.

An accepted one overturns the finding, withdraws what was added or changes the answer, and the review that then stands carries the
new score; the one before is kept. A rejected one changes nothing. Either is final. No clause names this procedure
(catalogue 2.18 leaves inspection open): its limits are parameters of the section `qa`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit, review_finishing
from db.calls import in_scope
from db.dispute_targets import Judged, due_for, judged, latest_for
from db.disputed import is_same_slip, same_findings
from db.engine import take_write_lock
from db.models import AddedFinding, Call, CallReview, Dispute, FindingReview
from db.refusals import Refused, StaleCase
from db.review_blind import hidden_from
from db.review_words import tidy
from db.visibility import demand
from quality.scorecards import NA
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

DECISIONS = ("accepted", "rejected")
LONGEST = 1000  # characters of a reason

_CHANGED = StaleCase(
    "这件申诉刚才有变动，请查看最新内容。", "this objection has just changed: look at it again"
)


def file(
    session: Session, scope: Scope, call_id: str, target: str, reason: str, *, book: Rulebook, now: datetime
) -> Dispute:
    """An agent objects to what counts against him in a call of his own.

    Raises AccessRefused without disputes.file, LookupError for a call that is not his and a target it does not have, Refused
    without a reason, too late, a second time and for what costs him nothing. One that he withdrew can be filed again in time.
    """
    demand(scope, "disputes.file")
    take_write_lock(session.connection())
    call = session.scalar(select(Call).where(Call.call_id == call_id, *in_scope(scope)))
    if call is None or call.agent_id != scope.agent_id:
        raise LookupError(f"call {call_id}")
    about = judged(session, call, target, book)
    reason = _tidy(reason)
    if not reason:
        raise Refused(
            "请写明申诉理由：当时说了什么，或者为什么这样说是对的。",
            "say why: what was really said, or why it was right here",
        )
    latest = latest_for(about.judged_at, book)
    if latest is not None and now > latest:
        day = latest.date().isoformat()
        raise Refused(
            f"申诉期已于 {day} 结束。如仍有异议，请与主管当面沟通。",
            f"the time to object ended on {day}: talk to your supervisor instead",
        )
    dispute = filed_before(session, call, about)
    if dispute is not None and dispute.state != "withdrawn":
        raise (
            Refused("您已对这一处提出申诉，正在等待裁定。", "you have objected to this already: it is being decided")
            if dispute.state == "open"
            else Refused("这一处的申诉已经裁定，裁定为最终结果。", "your objection to this was decided: that is final")
        )  # fmt: skip
    if dispute is None:
        dispute = Dispute(call_id=call.id, agent_id=call.agent_id, target=about.target, row_version=0)
    dispute.review_id = about.review.id if about.review is not None else None
    dispute.finding_id = about.finding.id if about.finding is not None else None
    dispute.added_finding_id = about.added.id if about.added is not None else None
    dispute.criterion = about.line.code if about.line is not None else ""
    dispute.reason, dispute.state = reason, "open"
    dispute.filed_at, dispute.filed_by_id = now, scope.user_id
    dispute.filed_on = WorkCalendar.from_rulebook(book).day_of(now)
    dispute.due_at = due_for(now, book)
    dispute.row_version += 1
    try:
        with session.begin_nested():
            session.add(dispute)
    except IntegrityError as error:  # he pressed it twice
        raise _CHANGED from error
    _log(session, scope, dispute, call, "dispute.filed", now, reason=reason)
    return dispute


def withdraw(session: Session, scope: Scope, dispute_id: int, *, now: datetime) -> Dispute:
    """The agent takes his objection back, as long as nobody has decided it.

    Raises AccessRefused without disputes.file, LookupError when it is not his, Refused once it is decided.
    """
    demand(scope, "disputes.file")
    dispute, call = _locked(session, scope, dispute_id)
    if dispute.state != "open":
        raise Refused("申诉已经裁定或撤回。", "it is decided or withdrawn already")
    dispute.state = "withdrawn"
    dispute.row_version += 1
    session.flush()
    _log(session, scope, dispute, call, "dispute.withdrawn", now)
    return dispute


def decide(
    session: Session,
    scope: Scope,
    dispute_id: int,
    decision: str,
    reason: str,
    *,
    answer: str = "",
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Dispute:
    """Another reviewer decides, once and for all. `answer`: what an item is answered with instead, where it is about one.

    Raises AccessRefused without disputes.decide, LookupError out of scope, StaleCase when somebody else was quicker, Refused for
    whoever judged before, without a reason, and for an answer that earns no more than the one objected to.
    """
    demand(scope, "disputes.decide")
    if decision not in DECISIONS:
        raise Refused(f"未知的裁定：{decision}", f"unknown decision: {decision}")
    dispute, call = _locked(session, scope, dispute_id)
    if dispute.state != "open" or dispute.row_version != expected_version:
        raise _CHANGED
    found = about(session, dispute, book)
    if found is not None:
        refuse_judge(scope, found)
    reason = _tidy(reason)
    if not reason:
        raise Refused("请写明裁定理由，当事人会看到。", "give the reason: the agent reads it")
    if decision == "accepted" and found is not None:  # else nothing counts against him any more
        _accept(session, scope, found, call, reason, answer, book, now)
    dispute.state, dispute.decision, dispute.decision_reason = "decided", decision, reason
    dispute.decided_by_id, dispute.decided_by, dispute.decided_at = scope.user_id, scope.actor, now
    dispute.row_version += 1
    session.flush()
    _log(
        session, scope, dispute, call, "dispute.decided", now, decision=decision, reason=reason, answer=answer
    )
    return dispute  # fmt: skip


def refuse_judge(scope: Scope, about: Judged) -> None:
    """Raises Refused for whoever judged what is objected to."""
    if about.is_judge(scope):
        raise Refused(
            "原结论是您作出的，申诉须由另一位质检员或经理裁定。",
            "you judged this yourself: another reviewer or the manager decides on the objection",
        )


def better_answers(about: Judged) -> tuple[str, ...]:
    """What an item may be answered with instead: every answer that earns more than it did, and that it does not apply."""
    if about.line is None:
        return ()
    criterion, had = about.line.criterion, about.line.criterion.level(about.line.answer).share
    return (*(level.code for level in criterion.levels if level.share > had), NA)


def about(session: Session, dispute: Dispute, book: Rulebook) -> Judged | None:
    """What an open objection is about; None where it no longer counts against the agent."""
    try:
        return judged(session, dispute.call, dispute.target, book)
    except (LookupError, Refused):
        return None


def _accept(
    session: Session,
    scope: Scope,
    found: Judged,
    call: Call,
    reason: str,
    answer: str,
    book: Rulebook,
    now: datetime,
) -> None:
    answers: dict[str, dict[str, str]] = {}
    if found.finding is not None:
        for finding in same_findings(session, found.finding):
            if finding.decision != "confirmed":
                continue
            session.add(
                FindingReview(
                    finding_id=finding.id,
                    reviewer_id=scope.user_id,
                    reviewer=scope.actor,
                    decision="overturned",
                    reason=reason,
                    at=now,
                )
            )
            finding.decision = "overturned"
            detail = {"before": "confirmed", "decision": "overturned", "reason": reason, "rule": finding.rule}
            audit.record(session, scope, "finding.reviewed", "finding", finding.id, detail, at=now)
        # The same slip as a person added it was charged once, with the finding: it does not take its place.
        for added in session.scalars(
            select(AddedFinding)
            .join(CallReview, CallReview.id == AddedFinding.review_id)
            .where(
                AddedFinding.call_id == call.id,
                AddedFinding.withdrawn_at.is_(None),
                CallReview.round_id.is_(None),
            )
        ):
            if is_same_slip(added, found.finding):
                added.withdrawn_at = now
    elif found.added is not None:
        found.added.withdrawn_at = now
    elif found.line is not None:
        if answer not in better_answers(found):
            raise Refused(
                "请选择改判后的评分，须高于原来的评分。",
                "choose what the item is answered with instead: it has to earn more than before",
            )
        answers[found.line.code] = {"answer": answer, "note": reason}
        for review in session.scalars(
            select(CallReview).where(
                CallReview.call_id == call.id, CallReview.state != "finished", CallReview.round_id.is_(None)
            )
        ):  # somebody has the call in hand again: his review begins with what was decided
            review.answers = {**review.answers, **answers}
    session.flush()
    review_finishing.rescore(session, scope, call.call_id, answers=answers, note=reason, book=book, now=now)


def filed_before(session: Session, call: Call, about: Judged) -> Dispute | None:
    """The objection to the same thing, be it to its like in an earlier inspection of the call."""
    targets: Sequence[str] = [about.target]
    if about.finding is not None:
        targets = [f"finding:{one.id}" for one in same_findings(session, about.finding)]
    found = session.scalars(
        select(Dispute).where(Dispute.call_id == call.id, Dispute.target.in_(targets))
    ).all()
    return min(found, key=lambda one: one.state == "withdrawn", default=None)


def _locked(session: Session, scope: Scope, dispute_id: int) -> tuple[Dispute, Call]:
    """The objection as it is now, with nobody else able to act on it until we are done."""
    take_write_lock(session.connection())
    dispute = session.get(Dispute, dispute_id, populate_existing=True, with_for_update={"of": Dispute})
    call = None
    if dispute is not None:
        call = session.scalar(
            select(Call).where(Call.id == dispute.call_id, *in_scope(scope), *hidden_from(scope))
        )
    if dispute is None or call is None:
        raise LookupError(f"dispute {dispute_id}")
    return dispute, call


def _tidy(text: str) -> str:
    return tidy(text, LONGEST)


def _log(
    session: Session, scope: Scope, dispute: Dispute, call: Call, action: str, now: datetime, **words: str
) -> None:
    detail = {"call": call.call_id, "target": dispute.target, **{k: v for k, v in words.items() if v}}
    audit.record(session, scope, action, "dispute", dispute.id, detail, at=now)
