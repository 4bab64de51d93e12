"""Leave accounts: what was granted, taken, given back and lapsed. Lines are only ever added; the balance is their sum.

The days of a leave are counted once, when it is approved, and kept with the steps of the count. Whatever undoes a line
is its exact reverse and names it, so that no later change of roster, calendar or rulebook moves a balance.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.leave_balances import ACCOUNTS, available, locked_person
from db.models import Agent, Leave, LeaveEntry, Overtime
from db.refusals import Refused
from db.visibility import demand
from regulations.access import Scope
from regulations.leave import LeaveRuling, is_account_type
from regulations.leave_hours import days_of_minutes
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.wording import day_text, number_text
from regulations.worktime import WorkCalendar

SMALLEST = Decimal("0.0001")
LARGEST = Decimal("999")  # days in one line; more is a slip of the finger
LONGEST_NOTE = 2000
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
    is_correction: bool = False,
) -> LeaveEntry:
    """Add days to an account, or correct it: always where it is fewer than none. A correction needs a note.

    Raises AccessRefused without requests.decide or out of scope, Refused for a type that has no account, for days that
    are none or too many, and for a correction below nothing.
    """
    demand(scope, "requests.decide")
    agent = locked_person(session, scope, agent_id)
    account_type(type_, book)
    days = tidy_days(days)
    note = tidy_note(note)
    kind = "corrected" if days < 0 or is_correction else "granted"
    if kind == "corrected" and not note:
        raise Refused("更正余额请写明原因。", "say why the balance is corrected")
    if days < 0:
        refuse_overdraw(session, agent_id, type_, effective_on, -days)
    return enter(session, scope, agent, type_, kind, days, effective_on, note, book, now)


def lapse(
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
    """Enter that days of an account lapse; `days` is how many, above 0. It always needs a note.

    No more lapse than are left after leave that is approved, also for later. What lapses on a day to come is entered
    then: until then it may be taken. Raises AccessRefused without requests.decide or out of scope, Refused.
    """
    demand(scope, "requests.decide")
    agent = locked_person(session, scope, agent_id)
    account_type(type_, book)
    days = tidy_days(days)
    if days < 0:
        raise Refused("到期天数请填正数。", "say how many days lapse, as a number above 0")
    note = tidy_note(note)
    if not note:
        raise Refused("登记到期请写明依据。", "say why the days lapse")
    refuse_lapse_ahead(effective_on, book, now)
    refuse_overdraw(session, agent_id, type_, effective_on, days)
    return enter(session, scope, agent, type_, "expired", -days, effective_on, note, book, now)


def enter(
    session: Session,
    scope: Scope,
    agent: Agent,
    type_: str,
    kind: str,
    days: Decimal,
    effective_on: date,
    note: str,
    book: Rulebook,
    now: datetime,
    *,
    import_key: str | None = None,
) -> LeaveEntry:
    """Write one line that a person or a file enters, and its line in the log. The caller has checked it."""
    row = LeaveEntry(
        agent_id=agent.id,
        agent=agent,
        type=type_,
        kind=kind,
        days=days,
        effective_on=effective_on,
        note=note,
        import_key=import_key,
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


def account_type(type_: str, book: Rulebook) -> None:
    """Raises Refused for leave that is drawn from no account."""
    if type_ in NAMES["leave_type"] and is_account_type(type_, book):
        return
    kept = book.items(ACCOUNTS) or ()
    raise Refused(
        f"“{name_of('leave_type', type_)}”不设余额账户；设账户的假别：{'、'.join(name_of('leave_type', t) for t in kept) or '无'}。",
        f"{type_!r} has no account; the types that have one: {', '.join(kept) or 'none'}",
    )


def tidy_days(days: Decimal) -> Decimal:
    """The days of one line. Raises Refused for none, for more than LARGEST and for more than four decimals."""
    try:
        value = Decimal(days)
        fits = value.is_finite() and 0 < abs(value) <= LARGEST and value == value.quantize(SMALLEST)
    except (ArithmeticError, TypeError, ValueError):
        fits = False
    if not fits:
        raise Refused(
            f"天数须不为 0、不超过 {LARGEST} 天，最多四位小数。",
            f"days must be a number other than 0, at most {LARGEST}, with at most four decimals",
        )
    return value


def tidy_note(note: str) -> str:
    """A note as it is kept."""
    return note.replace("\x00", "").strip()[:LONGEST_NOTE]


def refuse_overdraw(session: Session, agent_id: int, type_: str, on: date, days: Decimal) -> None:
    """Raises Refused where so many days would take more than is left after approved leave."""
    left = available(session, agent_id, type_, on)
    if days > left:
        shown = number_text(left)
        raise Refused(
            f"余额不足以扣减：自 {day_text(on, 'zh')} 起，扣除已批准的请假后只剩 {shown} 天。请核对天数。",
            f"the balance is too small for that: from {day_text(on, 'en')} on only {shown} days are left after approved leave; check the days",
        )


def refuse_lapse_ahead(effective_on: date, book: Rulebook, now: datetime) -> None:
    """Raises Refused for days that lapse later than today."""
    if effective_on > WorkCalendar.from_rulebook(book).day_of(now):
        raise Refused(
            "到期日还没到：到期前仍可休，请到期后再登记。",
            "that day is still to come: until then the days may be taken, so enter it when they have lapsed",
        )


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
    minutes = round(Decimal(hours) * 60)  # hours come with two decimals, which leave no minute in doubt
    days = days_of_minutes(minutes, per_day, ROUND_HALF_EVEN)
    said = Step(
        f"加班 {number_text(Decimal(hours))} 小时（{minutes} 分钟），按 {number_text(per_day)} 小时折 1 天，计 {number_text(days)} 天",
        f"{number_text(Decimal(hours))} h ({minutes} min) of overtime at {number_text(per_day)} h a day: {number_text(days)} days",
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


def _standing(session: Session, leave_id: int) -> list[LeaveEntry]:
    """The lines of a leave that nothing has reversed."""
    rows = session.scalars(
        select(LeaveEntry).where(LeaveEntry.leave_id == leave_id).order_by(LeaveEntry.id)
    ).all()
    reversed_ids = {row.reverses_id for row in rows if row.reverses_id is not None}
    return [row for row in rows if row.reverses_id is None and row.id not in reversed_ids]
