"""Asking for leave: the check before, the request, and the request that takes the place of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.leave_balances import demand_person, lock_person
from db.leave_facts import STANDING, as_amendment, gather
from db.leave_rows import judge_again, locked, log, refuse_obstacles, stored, tidy
from db.models import Agent, Leave
from db.refusals import Refused, refuse_future
from db.visibility import demand
from regulations.access import Scope
from regulations.leave import LeaveRequestFacts, LeaveRuling, check
from regulations.names import NAMES
from regulations.rulebook import Rulebook

__all__ = ["amend_leave", "check_request", "file_leave", "stored"]

LONGEST_NAME = 80
LONGEST_DAYS = 366  # one request; a longer one is a slip in the year
Certificate = bool | tuple[date, date] | None
"""Whether there is one, or its first and last day; None or False: still to come."""


def check_request(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    type_: str,
    starts_at: datetime,
    ends_at: datetime,
    is_emergency: bool = False,
    proxy: str = "",
    told_at: datetime | None = None,
    certificate: Certificate = None,
    book: Rulebook,
    now: datetime,
) -> LeaveRuling:
    """What the rules would say about such a request if it were filed now; nothing is written.

    Raises AccessRefused without requests.file or out of scope, Refused for what is no leave.
    """
    demand(scope, "requests.file")
    demand_person(scope, session.get(Agent, agent_id))
    facts = _facts(type_, starts_at, ends_at, is_emergency, proxy, told_at, certificate, now)
    return check(gather(session, agent_id, facts, book), book, now)


def file_leave(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    type_: str,
    starts_at: datetime,
    ends_at: datetime,
    is_emergency: bool = False,
    proxy: str = "",
    told_at: datetime | None = None,
    certificate: Certificate = None,
    reason: str = "",
    book: Rulebook,
    now: datetime,
) -> Leave:
    """Ask for leave; who must decide follows from the rulebook in force.

    `proxy` names who asks for the person; "" in person, also when a superior enters what somebody asked of him.
    `told_at`: when it was told by telephone before. What only needs an exception is taken and waits for the level that
    decides on exceptions. Raises AccessRefused without requests.file, out of scope, and for an agent who files for
    somebody else; Refused for what no approval mends, naming the clause.
    """
    demand(scope, "requests.file")
    lock_person(session, agent_id)
    agent = demand_person(scope, session.get(Agent, agent_id, populate_existing=True))
    if not agent.is_active:
        raise Refused("此人已离职，不能请假。", "this person has left: no leave can be filed")
    facts = _facts(type_, starts_at, ends_at, is_emergency, proxy, told_at, certificate, now)
    ruling = check(gather(session, agent_id, facts, book), book, now)
    refuse_obstacles(ruling)
    dates = facts.certificates[0] if facts.certificates else (None, None)
    row = Leave(
        agent_id=agent.id,
        agent=agent,
        type=type_,
        starts_at=starts_at,
        ends_at=ends_at,
        filed_at=now,
        filed_by=scope.actor[:LONGEST_NAME],
        status="requested",
        has_certificate=bool(facts.has_certificate),
        certificate_from_on=dates[0],
        certificate_to_on=dates[1],
        reason=tidy(reason),
        is_emergency=facts.is_emergency,
        proxy=facts.proxy,
        told_at=told_at,
        revision=_next_revision(session, agent_id, starts_at, type_),
        rulebook_version=book.version,
        **stored(ruling, book),
    )
    session.add(row)
    session.flush()
    log(session, scope, row, "leave.requested", now)
    judge_again(session, row, starts_at, ends_at, book, now)
    return row


def amend_leave(
    session: Session,
    scope: Scope,
    leave_id: int,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Leave:
    """Ask for other times: a new request that names the one it takes the place of.

    One that waited is replaced at once; one that was approved stands until the new one is approved. What was granted
    before needs no further notice. Raises as `file_leave`, StaleCase when somebody else was quicker, Refused for one
    that is refused or withdrawn, that is being amended already, or whose beginning is past.
    """
    demand(scope, "requests.file")
    before = locked(session, scope, leave_id, expected_version, STANDING)
    if before.amends_id is not None and before.status == "requested":
        first = session.get(Leave, before.amends_id)
        if first is not None and first.status == "approved":
            raise Refused(
                "这份变更还在等待审批，请先撤回它再重新变更。",
                "this amendment is still waiting: withdraw it, then amend the leave again",
            )
    waiting = session.scalar(
        select(Leave.id).where(Leave.amends_id == before.id, Leave.status == "requested")
    )
    if waiting is not None:
        raise Refused("这份请假已有变更在等待审批。", "an amendment of this leave is waiting already")
    if before.status == "approved" and before.starts_at <= now and starts_at != before.starts_at:
        raise Refused("请假已经开始，只能变更结束时间。", "the leave has begun: only its end can be changed")
    if (starts_at, ends_at) == (before.starts_at, before.ends_at):
        raise Refused("起止时间没有变化。", "begin and end are as before")
    facts = LeaveRequestFacts(
        type=before.type,
        starts_at=starts_at,
        ends_at=ends_at,
        filed_at=now,
        is_emergency=before.is_emergency,
        proxy=before.proxy,
        told_at=before.told_at,
        has_certificate=True if before.has_certificate else None,
    )
    _refuse_odd_times(facts)
    ruling = check(
        gather(session, before.agent_id, as_amendment(facts, before), book, [before.id]), book, now
    )
    refuse_obstacles(ruling)
    row = Leave(
        agent_id=before.agent_id,
        agent=before.agent,
        type=before.type,
        starts_at=starts_at,
        ends_at=ends_at,
        filed_at=now,
        filed_by=scope.actor[:LONGEST_NAME],
        status="requested",
        has_certificate=before.has_certificate,
        certificate_from_on=before.certificate_from_on,
        certificate_to_on=before.certificate_to_on,
        slip_received_on=before.slip_received_on,
        reason=tidy(reason) or before.reason,
        is_emergency=before.is_emergency,
        proxy=before.proxy,
        told_at=before.told_at,
        amends_id=before.id,
        revision=max(before.revision + 1, _next_revision(session, before.agent_id, starts_at, before.type)),
        rulebook_version=book.version,
        **stored(ruling, book),
    )
    session.add(row)
    if before.status == "requested":
        before.status = "amended"
    session.flush()
    log(session, scope, row, "leave.amended", now, amends=before.id)
    judge_again(session, row, min(starts_at, before.starts_at), max(ends_at, before.ends_at), book, now)
    return row


def _facts(
    type_: str,
    starts_at: datetime,
    ends_at: datetime,
    is_emergency: bool,
    proxy: str,
    told_at: datetime | None,
    certificate: Certificate,
    now: datetime,
) -> LeaveRequestFacts:
    if type_ not in NAMES["leave_type"]:
        raise Refused(f"没有“{type_[:40]}”这种假。", f"there is no leave of type {type_[:40]!r}")
    if told_at is not None:
        refuse_future(told_at, now)
    dates = certificate if isinstance(certificate, tuple) else None
    if dates is not None and dates[1] < dates[0]:
        raise Refused("证明的结束日期早于开始日期。", "the certificate ends before it begins")
    facts = LeaveRequestFacts(
        type=type_,
        starts_at=starts_at,
        ends_at=ends_at,
        filed_at=now,
        is_emergency=is_emergency or type_ == "emergency",
        proxy=tidy(proxy)[:LONGEST_NAME],
        told_at=told_at,
        has_certificate=True if certificate else None,
    )
    _refuse_odd_times(facts)
    return facts if dates is None else replace(facts, certificates=(dates,))


def _refuse_odd_times(facts: LeaveRequestFacts) -> None:
    if facts.ends_at <= facts.starts_at:
        raise Refused("结束时间要在开始之后。", "leave must end after it begins")
    if (facts.ends_at - facts.starts_at).days > LONGEST_DAYS:
        raise Refused(
            f"一次请假最长 {LONGEST_DAYS} 天，请检查年份。",
            f"one leave lasts at most {LONGEST_DAYS} days: check the year",
        )


def _next_revision(session: Session, agent_id: int, starts_at: datetime, type_: str) -> int:
    """Requests with the same person, start and type are told apart by their revision."""
    latest = session.scalar(
        select(func.max(Leave.revision)).where(
            Leave.agent_id == agent_id, Leave.starts_at == starts_at, Leave.type == type_
        )
    )
    return (latest or 0) + 1
