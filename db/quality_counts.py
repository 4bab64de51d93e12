"""How many calls of a period were recorded, inspected, flagged, reviewed; and what was found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from db.models import Call, Finding, Inspection, Recording
from db.quality import in_period, is_flag
from regulations.access import Scope


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """How far the calls of a period have come, each number a part of the one before it."""

    calls: int
    recorded: int
    inspected: int
    flagged: int
    reviewed: int  # flagged calls in which nothing is undecided any more
    confirmed: int  # flagged calls in which at least one finding was confirmed
    findings: int
    findings_undecided: int
    findings_confirmed: int
    findings_overturned: int


def count_period(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
) -> PeriodCounts:
    """How many calls of the period were recorded, inspected, flagged, reviewed, confirmed."""
    period = in_period(scope, from_on, to_on, team_id, agent_id)
    calls, recorded = session.execute(
        select(func.count(Call.id), func.count(Recording.id))
        .select_from(Call)
        .outerjoin(Recording, Recording.call_id == Call.id)
        .where(*period)
    ).one()
    inspected = session.scalar(
        select(func.count(distinct(Inspection.call_id)))
        .join(Call, Call.id == Inspection.call_id)
        .where(Inspection.is_current, *period)
    )
    flags = (
        select(
            Inspection.call_id.label("call_id"),
            func.count(Finding.id).label("findings"),
            func.sum(case((Finding.decision.is_(None), 1), else_=0)).label("undecided"),
            func.sum(case((Finding.decision == "confirmed", 1), else_=0)).label("confirmed"),
            func.sum(case((Finding.decision == "overturned", 1), else_=0)).label("overturned"),
        )
        .select_from(Finding)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(Inspection.is_current, is_flag(), *period)
        .group_by(Inspection.call_id)
        .subquery()
    )
    flagged, reviewed, confirmed, findings, undecided, finding_confirmed, overturned = session.execute(
        select(
            func.count(),
            func.sum(case((flags.c.undecided == 0, 1), else_=0)),
            func.sum(case((flags.c.confirmed > 0, 1), else_=0)),
            func.sum(flags.c.findings),
            func.sum(flags.c.undecided),
            func.sum(flags.c.confirmed),
            func.sum(flags.c.overturned),
        )
    ).one()
    return PeriodCounts(
        calls,
        recorded,
        inspected or 0,
        flagged,
        *(int(n or 0) for n in (reviewed, confirmed, findings, undecided, finding_confirmed, overturned)),
    )


def count_categories(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
) -> list[tuple[str, str, int, int]]:
    """(category, kind, findings that stand, of them confirmed) of the period, most frequent first."""
    n = func.count(Finding.id)
    rows = session.execute(
        select(
            Finding.category,
            Finding.kind,
            n,
            func.sum(case((Finding.decision == "confirmed", 1), else_=0)),
        )
        .select_from(Finding)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(
            Inspection.is_current,
            is_flag(),
            func.coalesce(Finding.decision, "") != "overturned",
            *in_period(scope, from_on, to_on, team_id, agent_id),
        )
        .group_by(Finding.category, Finding.kind)
        .order_by(n.desc(), Finding.category)
    )
    return [(category, kind, count, int(confirmed)) for category, kind, count, confirmed in rows]
