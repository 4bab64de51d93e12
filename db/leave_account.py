"""Leave accounts: what was granted, taken and given back. Lines are only ever added; the balance is their sum.

The days of a leave are counted once, when it is approved, and kept with the steps of the count. Whatever undoes a line
is its exact reverse and names it, so that no later change of roster, calendar or rulebook moves a balance.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.models import Agent, Leave, LeaveEntry, Overtime
from db.refusals import Refused
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.leave import LeaveRuling, is_account_type
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.wording import number_text

SMALLEST = Decimal("0.0001")
LARGEST = Decimal("999")  # days in one line; more is a slip of the finger
LONGEST_NOTE = 2000
_NONE = Decimal(0)
_DAY_HOURS = "leave.day_hours"
_TIME_OFF = "time_off"


def grant(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    type_: str,
    days: Decimal,
    effective_on: date,
    note: str,
    book: Rulebook,
    now: datetime,
) -> LeaveEntry:
    """Add days to an account; fewer than none corrects it and needs a note.

    Raises AccessRefused without requests.decide or out of scope, Refused for a type that has no account, for days that
    are none or too many, and for a correction below nothing.
    """
    demand(scope, "requests.decide")
    agent = locked_person(session, scope, agent_id)
    if type_ not in NAMES["leave_type"] or not is_account_type(type_, book):
        kept = book.items("leave.account_types") or ()
        raise Refused(
            f"“{name_of('leave_type', type_)}”不设余额账户；设账户的假别：{'、'.join(name_of('leave_type', t) for t in kept) or '无'}。",
            f"{type_!r} has no account; the types that have one: {', '.join(kept) or 'none'}",
        )
    days = _tidy_days(days)
    note = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    if days < 0 and not note:
        raise Refused("更正余额请写明原因。", "say why the balance is corrected")
    if days < 0 and available(session, agent_id, type_, effective_on) + days < 0:
        raise Refused("余额不足以扣减，请核对天数。", "the balance is too small for that: check the days")
    row = LeaveEntry(
        agent_id=agent.id,
        agent=agent,
        type=type_,
        kind="granted" if days > 0 else "corrected",
        days=days,
        effective_on=effective_on,
        note=note,
        entered_by=scope.actor[:80],
        entered_at=now,
        steps=[],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        scope,
        f"leave_account.{row.kind}",
        "agent",
        agent.number,
        {"type": type_, "days": str(days), "effective_on": effective_on.isoformat()},
        at=now,
    )
    return row


def balance(session: Session, scope: Scope, agent_id: int, type_: str, on: date) -> Decimal:
    """The days in the account at the end of a local date. Raises AccessRefused out of scope."""
    _readable(session, scope, agent_id)
    return sum((days for at, days in _lines(session, agent_id, type_) if at <= on), _NONE)


def available(
    session: Session, agent_id: int, type_: str, on: date, leave_out: Collection[int] = ()
) -> Decimal:
    """The days that may still be taken from a date on: the least the account holds then or at any time later.

    What is approved for next week cannot be taken again today. `leave_out` are leaves whose lines do not count.
    """
    held = _NONE
    least: Decimal | None = None
    for at, days in _lines(session, agent_id, type_, leave_out):
        if at > on:
            least = held if least is None else min(least, held)
        held += days
    return held if least is None else min(least, held)


def list_entries(session: Session, scope: Scope, agent_id: int) -> Sequence[LeaveEntry]:
    """The lines of a person's accounts, the latest effective first. Raises AccessRefused out of scope."""
    _readable(session, scope, agent_id)
    query = (
        select(LeaveEntry)
        .where(LeaveEntry.agent_id == agent_id)
        .order_by(LeaveEntry.effective_on.desc(), LeaveEntry.id.desc())
    )
    return session.scalars(query).all()


def list_balances(
    session: Session, scope: Scope, agent_id: int, book: Rulebook, on: date
) -> dict[str, Decimal]:
    """The balance of every type that has an account, by type."""
    return {t: balance(session, scope, agent_id, t, on) for t in book.items("leave.account_types") or ()}


def take_for_leave(
    session: Session, leave: Leave, ruling: LeaveRuling, *, book: Rulebook, actor: str, now: datetime
) -> LeaveEntry | None:
    """Draw an approved leave from its account, once; None for a type without account or a leave without rostered days.

    The caller has locked the person and asked whether the balance is enough.
    """
    if not is_account_type(leave.type, book) or not ruling.charged_days:
        return None
    standing = _standing(session, leave.id)
    if standing:
        return standing[0]
    row = LeaveEntry(
        agent_id=leave.agent_id,
        type=leave.type,
        kind="taken",
        days=-ruling.charged_days,
        effective_on=ruling.first_on or leave.starts_at.date(),
        leave_id=leave.id,
        note="",
        entered_by=actor[:80],
        entered_at=now,
        steps=[step.as_record() for step in ruling.charged_steps],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    return row


def return_for_leave(session: Session, leave: Leave, *, actor: str, now: datetime) -> list[LeaveEntry]:
    """Give back what a leave took: the exact reverse of each line that stands, none for one given back already."""
    made = []
    for entry in _standing(session, leave.id):
        said = Step(
            f"退回第 {entry.id} 笔：{number_text(-entry.days)} 天，与原数相同",
            f"Gives back line {entry.id}: {number_text(-entry.days)} days, exactly as taken",
        )
        made.append(
            LeaveEntry(
                agent_id=entry.agent_id,
                type=entry.type,
                kind="returned",
                days=-entry.days,
                effective_on=entry.effective_on,
                leave_id=leave.id,
                reverses_id=entry.id,
                note="",
                entered_by=actor[:80],
                entered_at=now,
                steps=[said.as_record()],
                rulebook_version=entry.rulebook_version,
            )
        )
    session.add_all(made)
    session.flush()
    return made


def grant_time_off(
    session: Session, overtime: Overtime, hours: Decimal, book: Rulebook, now: datetime
) -> LeaveEntry:
    """Turn hours of overtime that were worked into time off, once for each overtime (E3.14).

    `leave.day_hours` hours make a day. Raises Refused for no hours at all, and where the rulebook turns none into days.
    """
    known = session.scalar(select(LeaveEntry).where(LeaveEntry.overtime_id == overtime.id))
    if known is not None:
        return known
    per_day = book.decimal(_DAY_HOURS)
    if per_day is None or not is_account_type(_TIME_OFF, book):
        raise Refused(
            "现行规定没有调休账户，请改按加班费补偿。",
            "the rulebook has no account of time off: have it paid",
        )
    if hours <= 0:
        raise Refused("没有可折算的加班时长。", "there are no hours to turn into time off")
    days = (Decimal(hours) / per_day).quantize(SMALLEST, ROUND_HALF_EVEN)
    said = Step(
        f"加班 {number_text(Decimal(hours))} 小时，按 {number_text(per_day)} 小时折 1 天，计 {number_text(days)} 天",
        f"{number_text(Decimal(hours))} h of overtime at {number_text(per_day)} h a day: {number_text(days)} days",
        book.clause(_DAY_HOURS),
    )
    row = LeaveEntry(
        agent_id=overtime.agent_id,
        type=_TIME_OFF,
        kind="granted",
        days=days,
        effective_on=overtime.work_on,
        overtime_id=overtime.id,
        note="",
        entered_by=overtime.decided_by or "system",
        entered_at=now,
        steps=[said.as_record()],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    return row


def _lines(
    session: Session, agent_id: int, type_: str, leave_out: Collection[int] = ()
) -> list[tuple[date, Decimal]]:
    query = (
        select(LeaveEntry.effective_on, LeaveEntry.days, LeaveEntry.leave_id)
        .where(LeaveEntry.agent_id == agent_id, LeaveEntry.type == type_)
        .order_by(LeaveEntry.effective_on, LeaveEntry.days.desc(), LeaveEntry.id)
    )
    return [(on, days) for on, days, leave_id in session.execute(query) if leave_id not in leave_out]


def _standing(session: Session, leave_id: int) -> list[LeaveEntry]:
    """The lines of a leave that nothing has reversed."""
    rows = session.scalars(
        select(LeaveEntry).where(LeaveEntry.leave_id == leave_id).order_by(LeaveEntry.id)
    ).all()
    reversed_ids = {row.reverses_id for row in rows if row.reverses_id is not None}
    return [row for row in rows if row.reverses_id is None and row.id not in reversed_ids]


def _tidy_days(days: Decimal) -> Decimal:
    try:
        value = Decimal(days)
        fits = value.is_finite() and 0 < abs(value) <= LARGEST and value == value.quantize(SMALLEST)
    except (ArithmeticError, TypeError, ValueError):
        fits = False
    if not fits:
        raise Refused(
            f"天数须不为 0、不超过 {LARGEST} 天。", f"days must be a number other than 0, at most {LARGEST}"
        )
    return value


def _readable(session: Session, scope: Scope, agent_id: int) -> None:
    """Raises AccessRefused for an account that is neither one's own nor of one's teams."""
    if not (scope.may("requests.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
    demand_person(scope, session.get(Agent, agent_id))


def lock_person(session: Session, agent_id: int) -> None:
    """Two requests or decisions about one person are made one after the other."""
    take_write_lock(session.connection())
    session.execute(select(Agent.id).where(Agent.id == agent_id).with_for_update())


def locked_person(session: Session, scope: Scope, agent_id: int) -> Agent:
    """The person, with nobody else able to change what he has. Raises AccessRefused out of scope."""
    lock_person(session, agent_id)
    return demand_person(scope, session.get(Agent, agent_id, populate_existing=True))


def demand_person(scope: Scope, agent: Agent | None) -> Agent:
    """Raises AccessRefused for somebody who is not in scope: another team's, for an agent anybody else."""
    if (
        agent is None
        or not scope.sees_team(agent.team_id)
        or (scope.agent_id is not None and scope.agent_id != agent.id)
        or (scope.role == "agent" and scope.agent_id is None)
    ):
        raise AccessRefused(NOT_YOURS)
    return agent
