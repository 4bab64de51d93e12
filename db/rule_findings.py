"""How often each phrase of the rulebook was found in a period, what people made of it, and in which calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from db.models import Call, Finding, Inspection
from db.quality import in_period, is_flag
from db.review_blind import hidden_from
from db.visibility import demand
from regulations.access import Scope

MOST_CALLS = 200


@dataclass(frozen=True, slots=True)
class RuleUse:
    """Findings of one phrase. `proposed` ones only asked for a review; `confirmed` and `overturned` are parts of both."""

    found: int = 0
    proposed: int = 0
    confirmed: int = 0
    overturned: int = 0
    calls: int = 0

    @property
    def total(self) -> int:
        """What was found and what was proposed."""
        return self.found + self.proposed


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One finding of a phrase, and the call it is in."""

    call_id: str
    agent_name: str
    started_at: datetime
    verdict: str
    quote: str
    decision: str | None


def count_by_rule(
    session: Session, scope: Scope, *, from_on: date, to_on: date
) -> tuple[Mapping[str, RuleUse], int]:
    """The use of each phrase in the calls of the period in scope, by its id, and how many calls were inspected.

    Both days are included; only current inspections count, and for who reviews not those of calls he is to hear blind.
    Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    period = [*in_period(scope, from_on, to_on, None, None), *hidden_from(scope)]
    inspected = session.scalar(
        select(func.count(distinct(Inspection.call_id)))
        .join(Call, Call.id == Inspection.call_id)
        .where(Inspection.is_current, *period)
    )
    rows = session.execute(
        select(
            Finding.rule,
            func.sum(case((is_flag(), 1), else_=0)),
            func.sum(case((is_flag(), 0), else_=1)),
            func.sum(case((Finding.decision == "confirmed", 1), else_=0)),
            func.sum(case((Finding.decision == "overturned", 1), else_=0)),
            func.count(distinct(Inspection.call_id)),
        )
        .select_from(Finding)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(Inspection.is_current, Finding.needs_review | is_flag(), *period)
        .group_by(Finding.rule)
    )
    return {rule: RuleUse(*(int(n or 0) for n in numbers)) for rule, *numbers in rows}, inspected or 0


def list_of_rule(
    session: Session, scope: Scope, rule: str, *, from_on: date, to_on: date
) -> list[RuleFinding]:
    """What `count_by_rule` counts of one phrase, the latest call first, MOST_CALLS at most.

    Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    found = session.execute(
        select(Finding, Call)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(
            Finding.rule == rule,
            Inspection.is_current,
            Finding.needs_review | is_flag(),
            *in_period(scope, from_on, to_on, None, None),
            *hidden_from(scope),
        )
        .order_by(Call.started_at.desc(), Finding.id)
        .limit(MOST_CALLS)
    ).all()
    return [
        RuleFinding(
            call.call_id, call.agent.name, call.started_at, finding.verdict, finding.quote, finding.decision
        )
        for finding, call in found
    ]
