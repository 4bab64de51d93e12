"""A month's inspection as it stands: how much of the sample is drawn and heard, what waits, what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from db.calls import in_scope
from db.models import Agent, Call, CallReview, Finding, Inspection, Sample, SampleCall
from db.quality import SEVERITIES, in_period, is_flag, is_to_hear
from db.review_blind import hidden_from
from db.samples import Settings
from db.visibility import demand
from quality.sampling import wanted_calls
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class SampleState:
    """The month's sample in scope, counted in calls. `wanted`: what the rulebook asks of the calls inspected by now.

    `missing` is how many more a top-up takes at least; `late` are inspected calls that came after the last draw and are in no frame.
    """

    inspected: int
    late: int
    wanted: int
    missing: int
    drawn: int
    reviewed: int
    blind: int
    blind_reviewed: int


@dataclass(frozen=True, slots=True)
class Open:
    """Findings that nobody has decided: flags of wording by severity, remarks of measurements, and what is only proposed."""

    by_severity: Mapping[str, int]
    measured: int
    proposed: int
    calls: int

    @property
    def wording(self) -> int:
        """All flags of wording that wait."""
        return sum(self.by_severity.values())


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one category in a period: findings by what people made of them, and in how many calls."""

    category: str
    kind: str
    confirmed: int
    undecided: int  # flagged
    proposed: int  # undecided, and only a person can tell
    overturned: int
    calls: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.confirmed + self.undecided + self.proposed + self.overturned


def month_end(month: date) -> date:
    """The last day of the month that begins on this day."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def get_state(
    session: Session, scope: Scope, month: date, *, book: Rulebook, now: datetime, team_id: int | None = None
) -> SampleState:
    """How far the sample of the month (any of its days) has come, in scope. Raises AccessRefused without quality.view."""
    demand(scope, "quality.view")
    settings = Settings.of(book)
    is_reviewed = exists().where(CallReview.call_id == Call.id, CallReview.stands)
    rows = session.execute(
        select(
            Agent.number,
            Call.channel,
            func.count(distinct(Call.id)),
            *(
                func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
                for condition in (
                    SampleCall.id.is_(None),
                    SampleCall.is_drawn,
                    and_(SampleCall.is_drawn, is_reviewed),
                    SampleCall.is_blind,
                    and_(SampleCall.is_blind, is_reviewed),
                )
            ),
        )
        .select_from(Inspection)
        .join(Call, Call.id == Inspection.call_id)
        .join(Agent, Agent.id == Call.agent_id)
        .outerjoin(SampleCall, SampleCall.call_id == Call.id)
        .where(Inspection.is_current, Call.started_at <= now, *_in_month(scope, month, team_id))
        .group_by(Agent.number, Call.channel)
    ).all()
    sums = [sum(int(row[place]) for row in rows) for place in range(2, 8)]
    wanted = [wanted_calls(int(row[2]), settings.minimum, settings.percent) for row in rows]
    missing = sum(max(0, want - int(row[4])) for want, row in zip(wanted, rows, strict=True))
    inspected, late, drawn, reviewed, blind, blind_reviewed = sums
    return SampleState(inspected, late, sum(wanted), missing, drawn, reviewed, blind, blind_reviewed)


def count_open(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> Open:
    """What waits for a decision in the calls of the period. Raises AccessRefused without quality.view."""
    demand(scope, "quality.view")
    group = case((is_to_hear(), "proposed"), (Finding.kind == "measure", "measured"), else_=Finding.severity)
    conditions = (
        Inspection.is_current,
        Finding.decision.is_(None),
        or_(is_flag(), is_to_hear()),
        *in_period(scope, from_on, to_on, team_id, None),
        *hidden_from(scope),
    )
    counts: Counter[str] = Counter()
    for code, n in session.execute(
        select(group, func.count()).select_from(Finding).join(Inspection).join(Call).where(*conditions).group_by(group)
    ):  # fmt: skip
        counts[str(code)] = n
    calls = session.scalar(
        select(func.count(distinct(Call.id))).select_from(Finding).join(Inspection).join(Call).where(*conditions)
    )  # fmt: skip
    by_severity = {code: counts[code] for code in reversed(SEVERITIES) if counts[code]}
    return Open(by_severity, counts["measured"], counts["proposed"], calls or 0)


def list_found(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> list[Found]:
    """What was found in the calls of the period by category, wording before measurements, the most confirmed first.

    `calls` is how many rows the list of flagged calls has for that category. Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    states = (
        Finding.decision == "confirmed",
        and_(Finding.decision.is_(None), is_flag()),
        and_(Finding.decision.is_(None), is_to_hear()),
        Finding.decision == "overturned",
    )
    rows = session.execute(
        select(
            Finding.category,
            Finding.kind,
            *(func.sum(case((state, 1), else_=0)) for state in states),
            func.count(distinct(Finding.inspection_id)),
        )
        .select_from(Finding)
        .join(Inspection)
        .join(Call)
        .where(
            Inspection.is_current,
            or_(is_flag(), is_to_hear()),
            *in_period(scope, from_on, to_on, team_id, None),
            *hidden_from(scope),
        )
        .group_by(Finding.category, Finding.kind)
    )
    found = [Found(row[0], row[1], *(int(n or 0) for n in row[2:])) for row in rows]
    return sorted(
        found, key=lambda f: (f.kind == "measure", -f.confirmed, -f.undecided, -f.total, f.category)
    )


def list_measured_only(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> set[int]:
    """The ids of inspections flagged by nothing but measurements (rings, silence …): nothing was said wrongly or left out."""
    demand(scope, "quality.view")
    query = (
        select(Finding.inspection_id)
        .join(Inspection)
        .join(Call)
        .where(Inspection.is_current, is_flag(), *in_period(scope, from_on, to_on, team_id, None))
        .group_by(Finding.inspection_id)
        .having(func.sum(case((Finding.kind == "measure", 0), else_=1)) == 0)
    )
    return set(session.scalars(query))


def list_unheard_blind(session: Session, scope: Scope, *, from_on: date, to_on: date) -> set[int]:
    """The ids of calls of the period of whose findings this viewer may not know yet: he hears them blind (db/review_blind.py).

    Empty for whoever does not review.
    """
    conditions = hidden_from(scope)
    if not conditions:
        return set()
    period = in_period(scope, from_on, to_on, None, None)
    return set(session.scalars(select(Call.id).where(*period, not_(and_(*conditions)))))


def stamp(session: Session) -> str:
    """Changes whenever an estimate may: with every draw, finished review and inspection. Says nothing about any of them."""
    parts = (
        session.execute(select(func.count(), func.max(Sample.id), func.sum(Sample.row_version))).one(),
        session.execute(
            select(func.max(CallReview.id), func.max(CallReview.finished_at), func.sum(case((CallReview.stands, 1), else_=0)))
        ).one(),
        session.execute(select(func.max(Inspection.id))).one(),
    )  # fmt: skip
    return "|".join(str(value) for part in parts for value in part)


def _in_month(scope: Scope, month: date, team_id: int | None) -> list[ColumnElement[bool]]:
    first = month.replace(day=1)
    conditions = [Inspection.started_on.between(first, month_end(first)), *in_scope(scope)]
    if team_id is not None:
        conditions.append(Call.team_id == team_id)
    return conditions
