"""Past calls to be judged again: their transcripts and what was found then, and the place of the new inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit
from db.calls import in_scope
from db.models import Call, Finding, FindingReview, Inspection, Transcript
from db.review_blind import hidden_from
from regulations.access import Scope


@dataclass(frozen=True, slots=True)
class Judged:
    """A call's current inspection by its number, its local day, and what it was made under."""

    inspection_id: int
    started_on: date
    rulebook_version: str
    matching: str


def list_judged(
    session: Session,
    scope: Scope,
    *,
    since: date | None = None,
    until: date | None = None,
    is_shown: bool = False,
) -> list[Judged]:
    """The current inspections of the calls from `since` to `until`, both included, the latest call first.

    `is_shown`: the viewer is to read what was found in them, so the calls that he is still to hear blind are left out.
    """
    conditions = [Inspection.is_current, *in_scope(scope)]
    if is_shown:
        conditions += hidden_from(scope)
    if since is not None:
        conditions.append(Inspection.started_on >= since)
    if until is not None:
        conditions.append(Inspection.started_on <= until)
    rows = session.execute(
        select(Inspection.id, Inspection.started_on, Inspection.rulebook_version, Inspection.matching)
        .join(Call, Call.id == Inspection.call_id)
        .where(*conditions)
        .order_by(Inspection.started_on.desc(), Inspection.id.desc())
    )
    return [Judged(*row) for row in rows]


def count_judged(session: Session, scope: Scope) -> int:
    """How many calls the viewer sees have been inspected."""
    found = (
        select(func.count())
        .select_from(Inspection)
        .join(Call, Call.id == Inspection.call_id)
        .where(Inspection.is_current, *in_scope(scope))
    )
    return session.scalar(found) or 0


def load_judged(session: Session, inspection_ids: Sequence[int]) -> list[Inspection]:
    """These inspections with call, transcript and findings, in the order asked for."""
    found = session.scalars(
        select(Inspection)
        .where(Inspection.id.in_(inspection_ids))
        .options(
            joinedload(Inspection.call).joinedload(Call.agent),
            joinedload(Inspection.transcript).selectinload(Transcript.segments),
            selectinload(Inspection.findings).selectinload(Finding.reviews),
        )
    )
    by_id = {one.id: one for one in found}
    return [by_id[i] for i in inspection_ids if i in by_id]


def take_place(session: Session, before: Inspection, after: Inspection) -> int:
    """`after` becomes the call's current inspection; `before` stays as it was. How many decisions were taken over.

    What people decided on a finding is decided for the same finding in `after`: the same rule at the same words. Their
    reviews are copied with name, reason and time; nobody has to decide the same thing twice.
    """
    session.execute(
        update(Inspection)
        .where(Inspection.call_id == after.call_id, Inspection.id != after.id, Inspection.is_current)
        .values(is_current=False)
    )
    after.is_current = True
    decided = {_same(f): f for f in before.findings if f.reviews}
    taken = 0
    for finding in after.findings:
        old = decided.get(_same(finding))
        if old is None or finding.decision is not None:
            continue
        finding.decision = old.decision
        finding.reviews.extend(
            FindingReview(
                reviewer_id=r.reviewer_id, reviewer=r.reviewer, decision=r.decision, reason=r.reason, at=r.at
            )
            for r in old.reviews
        )
        taken += 1
    session.flush()
    return taken


def _same(finding: Finding) -> tuple[str, str, int | None, str]:
    return finding.rule, finding.kind, finding.segment, finding.quote


def note_run(
    session: Session, scope: Scope, *, calls: int, changed: int, since: date | None, now: datetime
) -> None:
    """Put into the audit log that past calls were judged again under the rulebooks of their days."""
    detail = {"calls": calls, "changed": changed, "since": since.isoformat() if since else None}
    audit.record(session, scope, "calls.rescored", "calls", "", detail, at=now)
