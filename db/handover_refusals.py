"""A handover that is refused: why, and the report of it to the next level, until somebody takes over after all (B1.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.handover_reads import facts_of
from db.handover_rows import demand_party, locked, log, refuse_reviewed, tidy
from db.models import Escalation, Handover, User
from db.refusals import Refused
from db.visibility import demand
from regulations import escalation
from regulations import handovers as rules
from regulations.access import Scope
from regulations.handover_rules import REFUSED, proposed_handling, refused_goes_to
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar


def refuse(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    reason: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    proposal: str = "",
) -> Handover:
    """The incoming person does not take over, and why; it is reported to the next level in the same moment (B1.13).

    A report carries a proposed handling (A2.3); without one it is that the outgoing person completes what is missing, or
    somebody else takes over. Raises AccessRefused for anybody else, StaleCase, Refused without a reason, where the rulebook
    allows no refusal, while a refusal stands, and once it is taken over.
    """
    demand(scope, "handovers.sign")
    row = locked(session, scope, handover_id, expected_version)
    demand_party(scope, row.incoming_id)
    refuse_reviewed(row)
    book = rulebooks.made_under(session, row.rulebook_version, book)
    if not rules.may_refuse(book):
        raise Refused(
            "现行规定不允许拒绝接班，请先接班再向主管反映。",
            "this rulebook allows no refusal: take over, then report it",
        )
    if row.signed_in_at is not None:
        raise Refused(
            "已签字接班，不能再拒绝；有问题请向主管反映。", "it is taken over already: report what is wrong"
        )
    if rules.is_refused(facts_of(session, [row])[row.id]):
        raise Refused(
            "这份交接已被拒绝并上报，请等交班人补充或上级批示；补充后仍有疑问的可以再次拒绝。",
            "it is refused and reported already: wait until it is completed or answered; after that it may be refused again",
        )
    reason = tidy(reason)
    if not reason:
        raise Refused("请写明拒绝接班的理由。", "say why it is not taken over")
    row.refused_by, row.refused_at, row.refused_reason = scope.actor, now, reason
    session.flush()
    report = _report(session, scope, row, tidy(proposal), book, now)
    log(
        session,
        scope,
        row,
        "handover.refused",
        now,
        reason=reason,
        reported_to=report.to_role,
        report=report.id,
    )
    return row


def list_reports(session: Session, handover_id: int) -> Sequence[Escalation]:
    """The reports of a handover's refusals, the latest first; for whoever sees the handover."""
    return session.scalars(
        select(Escalation)
        .where(Escalation.handover_id == handover_id)
        .order_by(Escalation.raised_at.desc(), Escalation.id.desc())
    ).all()


def settle_reports(session: Session, scope: Scope, row: Handover, now: datetime) -> int:
    """Nothing waits for an instruction any more: it was taken over after all, or reviewed; how many reports did."""
    waiting = session.scalars(
        select(Escalation)
        .where(
            Escalation.handover_id == row.id,
            Escalation.answered_at.is_(None),
            Escalation.settled_at.is_(None),
        )
        .with_for_update(of=Escalation)
    ).all()
    for report in waiting:
        report.settled_at = now
        detail = {"handover_id": row.id, "to_role": report.to_role}
        audit.record(session, scope, "escalation.settled", "escalation", report.id, detail, at=now)
    session.flush()
    return len(waiting)


def _report(
    session: Session, scope: Scope, row: Handover, proposal: str, book: Rulebook, now: datetime
) -> Escalation:
    """The report of a refusal, from whoever was to take over; a supervisor may have recorded it for him."""
    proposal = proposal or proposed_handling()[0]
    found = escalation.route(REFUSED, "agent", refused_goes_to(book), False, proposal, book, now)
    by = session.scalar(
        select(User.username).where(User.agent_id == row.incoming_id).order_by(User.id).limit(1)
    )
    incoming = row.incoming.name if row.incoming is not None else ""
    parts = (row.work_on.isoformat(), row.post, f"{row.outgoing.name} → {incoming}")
    report = Escalation(
        handover_id=row.id,
        team_id=row.team_id,
        reason=REFUSED,
        detail=f"{' '.join(part for part in parts if part)}：{row.refused_reason}",
        proposal=proposal,
        from_role="agent",
        to_role=found.to_role or refused_goes_to(book),
        raised_by=by or incoming or scope.actor,
        raised_at=now,
        raised_on=WorkCalendar.from_rulebook(book).day_of(now),
        skipped_roles=[],
        clauses=list(found.clauses),
        steps=[step.as_record() for step in found.steps],
        rulebook_version=book.version,
    )
    session.add(report)
    session.flush()
    detail = {"complaint_id": None, "handover_id": row.id, "to_role": report.to_role, "reason": REFUSED}
    audit.record(session, scope, "escalation.raised", "escalation", report.id, detail, at=now)
    return report
