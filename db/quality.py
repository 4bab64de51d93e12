"""What people made of the machine's findings (reviews), and the calls in which something was found.

Nothing here is a verdict about a person: a finding is a proposal until a reviewer confirms it, and only confirmed
findings count for anything further.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit, disputed
from db.calls import in_scope
from db.models import Call, Finding, FindingReview, Inspection, Transcript
from db.refusals import Refused
from db.review_blind import hidden_from
from db.review_words import tidy
from db.visibility import demand
from regulations.access import Scope

Decision = Literal["confirmed", "overturned"]
DECISIONS: tuple[Decision, ...] = ("confirmed", "overturned")
SEVERITIES: tuple[str, ...] = ("low", "medium", "high", "critical")  # ascending
FLAGS: tuple[str, ...] = ("hit", "absent")  # verdicts that say something; cannot_tell accuses nobody


class ReviewRefused(Refused):
    """A decision that cannot be taken as it was given; the reason in both languages."""


# -- writes ------------------------------------------------------------------------------------------


def decide(
    session: Session, scope: Scope, finding_id: int, decision: Decision, reason: str, *, now: datetime
) -> FindingReview:
    """A reviewer confirms or overturns a finding; the latest decision counts, earlier ones stay.

    A decision on a finding of an inspection that was replaced meanwhile goes along to the same finding of the call's current one.
    Raises AccessRefused without the capability, LookupError when the finding is not the viewer's to see,
    ReviewRefused when a finding is overturned without a reason, and where an objection stands in the way.
    """
    demand(scope, "quality.review")
    if decision not in DECISIONS:
        raise ReviewRefused(f"未知的结论：{decision}", f"Unknown decision: {decision}")
    reason = tidy(reason)
    if decision == "overturned" and not reason:
        raise ReviewRefused("判为不成立时请写明理由", "Give a reason when you overturn a finding")
    finding = session.scalar(
        select(Finding)
        .join(Finding.inspection)
        .join(Call, Call.id == Inspection.call_id)
        .where(Finding.id == finding_id, *in_scope(scope))
        .with_for_update(of=Finding)
    )
    if finding is None:
        raise LookupError(f"finding {finding_id}")
    settled = disputed.refusal_of(session, finding, decision)
    if settled is not None:
        raise ReviewRefused(settled.zh, settled.en)
    review = _decided(session, scope, finding, decision, reason, now)
    if not finding.inspection.is_current:
        for like in disputed.same_findings(session, finding):
            if like.inspection.is_current:
                _decided(session, scope, like, decision, reason, now)
    return review


def _decided(
    session: Session, scope: Scope, finding: Finding, decision: Decision, reason: str, now: datetime
) -> FindingReview:
    before = finding.decision
    review = FindingReview(
        finding_id=finding.id,
        reviewer_id=scope.user_id,
        reviewer=scope.actor,
        decision=decision,
        reason=reason,
        at=now,
    )
    session.add(review)
    finding.decision = decision
    session.flush()
    detail = {"before": before, "decision": decision, "reason": reason, "rule": finding.rule}
    audit.record(session, scope, "finding.reviewed", "finding", finding.id, detail, at=now)
    return review


# -- reads -------------------------------------------------------------------------------------------


def _rank(column: SQLColumnExpression[str]) -> ColumnElement[int]:
    return case({name: rank for rank, name in enumerate(SEVERITIES, start=1)}, value=column, else_=0)


def is_flag() -> ColumnElement[bool]:
    """The condition on `Finding` under which it says something about the call."""
    return Finding.verdict.in_(FLAGS)


def is_to_hear() -> ColumnElement[bool]:
    """Words of which the machine is not sure that they count, or who spoke them: somebody has to listen."""
    return and_(Finding.kind == "banned", Finding.verdict == "cannot_tell", Finding.needs_review)


def in_period(
    scope: Scope, from_on: date, to_on: date, team_id: int | None, agent_id: int | None
) -> list[ColumnElement[bool]]:
    """The conditions on `Call` for the local days from..to, both included, as far as the viewer sees."""
    conditions = [Call.started_on.between(from_on, to_on), *in_scope(scope)]
    if team_id is not None:
        conditions.append(Call.team_id == team_id)
    if agent_id is not None:
        conditions.append(Call.agent_id == agent_id)
    return conditions


def list_flagged(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
    category: str | None = None,
    undecided_only: bool = False,
    limit: int | None = None,
) -> list[Inspection]:
    """Current inspections in which something was found, what hurts most first.

    Calls with something undecided come first; among them the sum of severity x points of the findings that
    stand (not overturned) decides, then what the proposals would cost, then the latest call. What is only proposed,
    and words whose speaker is unknown, keep a call in the list, at its end, so that somebody listens. What the
    viewer is to review blind is left out.
    """
    stands = and_(is_flag(), func.coalesce(Finding.decision, "") != "overturned")
    harm = func.sum(case((stands, _rank(Finding.severity) * Finding.points), else_=0))
    # What would count already, then what a person may make count, then what is decided.
    undecided = func.max(case((Finding.decision.is_not(None), 0), (is_flag(), 2), (is_to_hear(), 1), else_=0))
    waits = and_(is_to_hear(), Finding.decision.is_(None))
    at_stake = func.sum(case((waits, _rank(Finding.severity) * Finding.stake), else_=0))
    ranked = (
        select(
            Finding.inspection_id.label("inspection_id"),
            harm.label("harm"),
            undecided.label("undecided"),
            at_stake.label("at_stake"),
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(
            Inspection.is_current,
            Inspection.started_on.between(from_on, to_on),
            or_(is_flag(), is_to_hear()),
            *in_period(scope, from_on, to_on, team_id, agent_id),
        )
        .group_by(Finding.inspection_id)
    )
    ranked = ranked.where(*hidden_from(scope))
    if category is not None:
        wanted = exists().where(
            Finding.inspection_id == Inspection.id, Finding.category == category, or_(is_flag(), is_to_hear())
        )
        ranked = ranked.where(Inspection.id.in_(select(Inspection.id).where(wanted)))
    if undecided_only:
        ranked = ranked.having(undecided > 0)
    best = ranked.subquery()
    query = (
        select(Inspection)
        .join(best, best.c.inspection_id == Inspection.id)
        .join(Call, Call.id == Inspection.call_id)
        .options(
            selectinload(Inspection.findings),
            joinedload(Inspection.call),
        )
        .order_by(
            best.c.undecided.desc(),
            best.c.harm.desc(),
            best.c.at_stake.desc(),
            Call.started_at.desc(),
            Inspection.id,
        )
        .limit(limit)
    )
    return list(session.scalars(query).unique())


def get_inspection(session: Session, scope: Scope, call_id: str) -> Inspection:
    """The call's current inspection with transcript, findings and their reviews.

    Raises LookupError when there is none, or when the call is not the viewer's to see.
    """
    found = session.scalar(
        select(Inspection)
        .join(Call, Call.id == Inspection.call_id)
        .where(Call.call_id == call_id, Inspection.is_current, *in_scope(scope))
        .options(
            selectinload(Inspection.findings).selectinload(Finding.reviews).joinedload(FindingReview.user),
            selectinload(Inspection.transcript).selectinload(Transcript.segments),
        )
        .order_by(Inspection.created_at.desc())
        .limit(1)
    )
    if found is None:
        raise LookupError(f"inspection of call {call_id}")
    return found
