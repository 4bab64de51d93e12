"""What leave accounts hold: the balance on a day, what may still be taken, and the lines in the order they count.

A balance is the sum of its lines and nothing else; whoever shows one reads it here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.engine import take_write_lock
from db.models import Agent, LeaveEntry
from db.visibility import NOT_YOURS, demand, within
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook

ACCOUNTS = "leave.account_types"
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a person as of a day. `held` is its balance, `left` what may still be taken from then on.

    `granted`, `taken` and `lapsed` are the days of all its lines up to that day; corrections are in `granted`.
    """

    agent: Agent
    type: str
    held: Decimal
    left: Decimal
    granted: Decimal
    taken: Decimal
    lapsed: Decimal
    lines: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an account and what the account holds after it."""

    entry: LeaveEntry
    balance: Decimal


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
    return _least(_lines(session, agent_id, type_, leave_out), on)


def taken_by(session: Session, leave_id: int) -> Decimal:
    """What the lines of one leave come to: below 0 what it took, 0 once that was given back."""
    days = session.scalars(select(LeaveEntry.days).where(LeaveEntry.leave_id == leave_id))
    return sum(days, _NONE)


def list_entries(session: Session, scope: Scope, agent_id: int) -> Sequence[LeaveEntry]:
    """The lines of a person's accounts by the day they count from, the oldest first. Raises AccessRefused out of scope."""
    _readable(session, scope, agent_id)
    query = (
        select(LeaveEntry)
        .where(LeaveEntry.agent_id == agent_id)
        .order_by(LeaveEntry.effective_on, LeaveEntry.id)
    )
    return session.scalars(query).all()


def running(entries: Iterable[LeaveEntry]) -> list[Line]:
    """The lines, each with the balance of its account after it; they come as `list_entries` gives them."""
    held: dict[tuple[int, str], Decimal] = {}
    found = []
    for entry in entries:
        account = entry.agent_id, entry.type
        held[account] = held.get(account, _NONE) + entry.days
        found.append(Line(entry, held[account]))
    return found


def list_balances(
    session: Session, scope: Scope, agent_id: int, book: Rulebook, on: date
) -> dict[str, Decimal]:
    """The balance of every type that has an account, by type."""
    return {t: balance(session, scope, agent_id, t, on) for t in book.items(ACCOUNTS) or ()}


def list_accounts(session: Session, scope: Scope, book: Rulebook, on: date) -> list[Account]:
    """The accounts of everybody in scope who is here or has lines, the largest balance first.

    Somebody without a line has an empty account: that nothing was granted is worth seeing. Raises AccessRefused
    without requests.view.
    """
    demand(scope, "requests.view")
    types = tuple(book.items(ACCOUNTS) or ())
    in_scope = within(scope, team=Agent.team_id, agent=Agent.id)
    people = session.scalars(select(Agent).where(*in_scope).order_by(Agent.number)).all()
    query = (
        select(
            LeaveEntry.agent_id, LeaveEntry.type, LeaveEntry.effective_on, LeaveEntry.days, LeaveEntry.kind
        )
        .join(Agent, Agent.id == LeaveEntry.agent_id)
        .where(*in_scope)
        .order_by(*_ORDER)
    )
    lines: dict[tuple[int, str], list[tuple[date, Decimal, str]]] = {}
    for agent_id, type_, at, days, kind in session.execute(query):
        lines.setdefault((agent_id, type_), []).append((at, days, kind))
    found = [
        _account(agent, type_, lines.get((agent.id, type_), []), on)
        for agent in people
        for type_ in dict.fromkeys([*types, *(t for n, t in lines if n == agent.id)])
        if agent.is_active or (agent.id, type_) in lines
    ]
    return sorted(found, key=lambda one: (-one.held, one.agent.number))


def _account(agent: Agent, type_: str, lines: list[tuple[date, Decimal, str]], on: date) -> Account:
    def of(*kinds: str) -> Decimal:
        return sum((days for at, days, kind in lines if at <= on and kind in kinds), _NONE)

    days = [(at, days) for at, days, _kind in lines]
    return Account(
        agent=agent,
        type=type_,
        held=sum((n for at, n in days if at <= on), _NONE),
        left=_least(days, on),
        granted=of("granted", "corrected"),
        taken=-of("taken", "returned"),
        lapsed=-of("expired"),
        lines=len(lines),
    )


def _least(lines: Iterable[tuple[date, Decimal]], on: date) -> Decimal:
    """The least that is held at the end of a date or after any later line."""
    held, least = _NONE, None
    for at, days in lines:
        if at > on:
            least = held if least is None else min(least, held)
        held += days
    return held if least is None else min(least, held)


# Of the lines of one day those that add come first: what counts is what the day ends with.
_ORDER = (LeaveEntry.effective_on, LeaveEntry.days.desc(), LeaveEntry.id)


def _lines(
    session: Session, agent_id: int, type_: str, leave_out: Collection[int] = ()
) -> list[tuple[date, Decimal]]:
    query = (
        select(LeaveEntry.effective_on, LeaveEntry.days, LeaveEntry.leave_id)
        .where(LeaveEntry.agent_id == agent_id, LeaveEntry.type == type_)
        .order_by(*_ORDER)
    )
    return [(on, days) for on, days, leave_id in session.execute(query) if leave_id not in leave_out]


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
