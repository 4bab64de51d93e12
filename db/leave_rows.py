"""A leave request as a row: taken in hand by one at a time, what it keeps of its check, and its line in the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.attendance import rejudge
from db.engine import take_write_lock
from db.freshness import demand_fresh
from db.leave_balances import demand_person, lock_person
from db.models import Leave
from db.refusals import Refused
from regulations.access import Scope
from regulations.leave import LeaveRuling
from regulations.leave_levels import exception_level
from regulations.levels import account_for
from regulations.rulebook import Rulebook
from regulations.ruling import Violation
from regulations.worktime import WorkCalendar

LONGEST_REASON = 2000


def stored(ruling: LeaveRuling, book: Rulebook) -> dict[str, Any]:
    """What a request keeps of the check it was made on."""
    role = ruling.required_role or exception_level(book)[0] or account_for("agent")
    return {
        "required_role": role,
        "days": ruling.days,
        "violations": [
            {"code": v.code, "clause": v.clause, "zh": v.zh, "en": v.en} for v in ruling.violations
        ],
        "clauses": list(ruling.clauses),
        "steps": [step.as_record() for step in ruling.steps],
    }


def refuse_obstacles(ruling: LeaveRuling) -> None:
    """Raises Refused for the first violation that nobody's approval mends."""
    if ruling.obstacles:
        refuse(ruling.obstacles[0])


def refuse(violation: Violation) -> None:
    """Raises Refused with the sentence of a violation and its clause."""
    clause_zh, clause_en = (
        (f"（{violation.clause}）", f" ({violation.clause})") if violation.clause else ("", "")
    )
    raise Refused(violation.zh + clause_zh, violation.en + clause_en)


def locked(
    session: Session, scope: Scope, leave_id: int, expected_version: int, states: tuple[str, ...]
) -> Leave:
    """The request as it is now, in one of these states, with nobody else able to change it until we are done.

    Raises LookupError, AccessRefused out of scope, StaleCase when it is not as the viewer saw it.
    """
    row = locked_row(session, leave_id)
    demand_person(scope, row.agent)
    demand_fresh(session, row.status, states, row.approver, row.row_version, expected_version)
    return row


def locked_row(session: Session, leave_id: int) -> Leave:
    """The request as it is now, its person locked too. Raises LookupError."""
    take_write_lock(session.connection())
    agent_id = session.scalar(select(Leave.agent_id).where(Leave.id == leave_id))
    if agent_id is None:
        raise LookupError(leave_id)
    lock_person(session, agent_id)
    session.execute(select(Leave.id).where(Leave.id == leave_id).with_for_update())
    row = session.get(Leave, leave_id, populate_existing=True)
    if row is None:
        raise LookupError(leave_id)
    return row


def judge_again(
    session: Session, row: Leave, first: datetime, last: datetime, book: Rulebook | None, now: datetime
) -> None:
    """The verdicts of the days that a request touches, made anew: also leave that waits counts as filed (A1.28)."""
    calendar = WorkCalendar.from_rulebook(book or rulebooks.in_force(session))
    begin, end = calendar.day_of(first) - timedelta(days=1), calendar.day_of(last)  # a shift across midnight
    rejudge(session, agent_ids=[row.agent_id], from_on=begin, to_on=end, now=now)


def tidy(text: str) -> str:
    """A text without what no database keeps, and not endless."""
    return text.replace("\x00", "").strip()[:LONGEST_REASON]


def log(session: Session, scope: Scope, row: Leave, action: str, now: datetime, **more: object) -> None:
    """One line in the log. It names neither type nor reason: they may be about somebody's health."""
    detail = {
        "agent": row.agent.number,
        "from": row.starts_at.isoformat(),
        "to": row.ends_at.isoformat(),
        "days": None if row.days is None else str(row.days),
        "required_role": row.required_role,
        **more,
    }
    audit.record(session, scope, action, "leave", row.id, detail, at=now)
