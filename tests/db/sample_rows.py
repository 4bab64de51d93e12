"""Inspected calls in bulk, for tests of the month's sample."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Agent, Call, CallReview, Finding, Inspection, SampleCall, Transcript

MONTH = date(2026, 11, 1)
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def add_month(session: Session, first: int, last: int, number: str = "K1") -> None:
    """Calls first..last of an agent, one an hour, every fifth with something found; in bulk."""
    agent = session.scalars(select(Agent).where(Agent.number == number)).one()
    for n in range(first, last + 1):
        at = NOW - timedelta(hours=200 - n)
        call = Call(
            call_id=f"{number}-{n}", agent=agent, team=agent.team, started_at=at, started_on=at.date()
        )
        transcript = Transcript(engine="test", settings_hash="1", created_at=at)
        inspection = Inspection(
            call=call, transcript=transcript, started_on=at.date(), rulebook_version="1",
            machine_score=80 if n % 5 == 0 else 100, suppressed=[], checks=[], created_at=at,
        )  # fmt: skip
        session.add_all([call, inspection])
        session.flush([call])
        transcript.call_id = call.id
        if n % 5 == 0:
            inspection.findings.append(
                Finding(
                    rule="rude", kind="banned", category="impatience", verdict="hit", phase="body", clauses=[],
                    severity="high", points=20, steps=[],
                )
            )  # fmt: skip
    session.flush()


def review(session: Session, row: SampleCall, score: int, *, at: datetime = NOW) -> CallReview:
    """A finished review of a drawn call that stands."""
    inspection = session.scalars(
        select(Inspection).where(Inspection.call_id == row.call_id, Inspection.is_current)
    ).one()
    made = CallReview(
        call_id=row.call_id, sample_call_id=row.id, purpose="sample", is_blind=row.is_blind, state="finished",
        reviewer="r", claimed_at=at, claimed_until=at, finished_at=at, score=Decimal(score), stands=True,
        inspection_id=inspection.id, is_failed=score == 0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
