"""What the machine found in calls (inspections, findings) and what people made of it (reviews).

An inspection is one transcript under one rulebook. Nothing here is a verdict about a person: a finding is a
proposal until a reviewer confirms it, and only confirmed findings count for anything further.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit
from db.calls import in_scope
from db.models import Call, Finding, FindingReview, Inspection, Transcript
from db.refusals import Refused
from db.visibility import demand
from regulations.access import Scope

Decision = Literal["confirmed", "overturned"]
DECISIONS: tuple[Decision, ...] = ("confirmed", "overturned")
SEVERITIES: tuple[str, ...] = ("low", "medium", "high", "critical")  # ascending
FLAGS: tuple[str, ...] = ("hit", "absent")  # verdicts that say something; cannot_tell accuses nobody


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One finding in contract.md's shape, as plain values; `steps` are Step.as_record dictionaries."""

    rule: str
    kind: str
    category: str
    verdict: str
    phase: str
    segment: int | None
    start: float | None
    end: float | None
    quote: str
    clauses: Sequence[str]
    severity: str
    points: Decimal
    needs_review: bool
    steps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """The result of an inspection as plain values: what `store_inspection` keeps."""

    machine_score: Decimal
    findings: Sequence[FindingFacts]
    checks: Sequence[Mapping[str, Any]] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    suppressed: Sequence[Any] = ()


class ReviewRefused(Refused):
    """A decision that cannot be taken as it was given; the reason in both languages."""


# -- writes ------------------------------------------------------------------------------------------


def store_inspection(
    session: Session,
    transcript: Transcript,
    call: Call,
    facts: InspectionFacts,
    *,
    book_version: str,
    now: datetime,
    make_current: bool = True,
) -> Inspection:
    """The inspection of this transcript under this rulebook: the one already there, or a new one.

    A new one becomes the call's current inspection; earlier ones stay as they were, no longer current.
    """
    known = session.scalar(
        select(Inspection).where(
            Inspection.transcript_id == transcript.id, Inspection.rulebook_version == book_version
        )
    )
    if known is not None:
        return known
    if make_current:
        _retire(session, [call.id])
    inspection = _row(transcript, call, facts, book_version, now, make_current)
    session.add(inspection)
    session.flush()
    return inspection


def store_inspections(
    session: Session,
    results: Sequence[tuple[Transcript, Call, InspectionFacts]],
    *,
    book_version: str,
    now: datetime,
) -> int:
    """Many inspections at once, of transcripts that have none under this rulebook; how many were stored.

    Of several transcripts of one call the latest gives the current inspection.
    """
    _retire(session, [call.id for _, call, _ in results])
    latest: dict[int, int] = {}
    for transcript, call, _ in results:
        latest[call.id] = max(transcript.id, latest.get(call.id, 0))
    session.add_all(
        _row(transcript, call, facts, book_version, now, transcript.id == latest[call.id])
        for transcript, call, facts in results
    )
    session.flush()
    return len(results)


def _retire(session: Session, call_ids: Sequence[int]) -> None:
    session.execute(
        update(Inspection)
        .where(Inspection.call_id.in_(call_ids), Inspection.is_current)
        .values(is_current=False)
    )


def _row(
    transcript: Transcript,
    call: Call,
    facts: InspectionFacts,
    book_version: str,
    now: datetime,
    is_current: bool,
) -> Inspection:
    return Inspection(
        call_id=call.id,
        call=call,
        transcript_id=transcript.id,
        started_on=call.started_on,
        rulebook_version=book_version,
        machine_score=facts.machine_score,
        measures=dict(facts.measures),
        suppressed=list(facts.suppressed),
        checks=[dict(check) for check in facts.checks],
        created_at=now,
        is_current=is_current,
        findings=[
            Finding(
                rule=found.rule,
                kind=found.kind,
                category=found.category,
                verdict=found.verdict,
                phase=found.phase,
                segment=found.segment,
                start_seconds=found.start,
                end_seconds=found.end,
                quote=found.quote,
                clauses=list(found.clauses),
                severity=found.severity,
                points=found.points,
                needs_review=found.needs_review,
                steps=[dict(step) for step in found.steps],
            )
            for found in facts.findings
        ],
    )


def decide(
    session: Session, scope: Scope, finding_id: int, decision: Decision, reason: str, *, now: datetime
) -> FindingReview:
    """A reviewer confirms or overturns a finding; the latest decision counts, earlier ones stay.

    Raises AccessRefused without the capability, LookupError when the finding is not the viewer's to see,
    ReviewRefused when a finding is overturned without a reason.
    """
    demand(scope, "quality.review")
    if decision not in DECISIONS:
        raise ReviewRefused(f"未知的结论：{decision}", f"Unknown decision: {decision}")
    reason = reason.strip()
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


def _to_hear() -> ColumnElement[bool]:
    """Words that would count but for not knowing who spoke: somebody has to listen."""
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
    stand (not overturned) decides, then the latest call. Words whose speaker is unknown keep a call in the
    list, at its end, so that somebody listens.
    """
    stands = and_(is_flag(), func.coalesce(Finding.decision, "") != "overturned")
    harm = func.sum(case((stands, _rank(Finding.severity) * Finding.points), else_=0))
    undecided = func.max(case((Finding.decision.is_(None), 1), else_=0))
    ranked = (
        select(
            Finding.inspection_id.label("inspection_id"),
            harm.label("harm"),
            undecided.label("undecided"),
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(
            Inspection.is_current,
            Inspection.started_on.between(from_on, to_on),
            or_(is_flag(), _to_hear()),
            *in_period(scope, from_on, to_on, team_id, agent_id),
        )
        .group_by(Finding.inspection_id)
    )
    if category is not None:
        wanted = exists().where(
            Finding.inspection_id == Inspection.id, Finding.category == category, or_(is_flag(), _to_hear())
        )
        ranked = ranked.where(Inspection.id.in_(select(Inspection.id).where(wanted)))
    if undecided_only:
        ranked = ranked.having(undecided == 1)
    best = ranked.subquery()
    query = (
        select(Inspection)
        .join(best, best.c.inspection_id == Inspection.id)
        .join(Call, Call.id == Inspection.call_id)
        .options(
            selectinload(Inspection.findings),
            joinedload(Inspection.call),
        )
        .order_by(best.c.undecided.desc(), best.c.harm.desc(), Call.started_at.desc(), Inspection.id)
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
