"""Leave: lists, the ruling on a request as it stands, and who may read why. Filing and deciding are offered here too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, object_session

from db import rulebooks
from db.leave_deciding import (
    CrossedApplication,
    decide_leave,
    may_decide_now,
    receive_slip,
    report_back,
    withdraw_leave,
)
from db.leave_facts import stated
from db.leave_filing import amend_leave, check_request, file_leave
from db.models import Agent, Leave
from db.refusals import StaleCase
from db.visibility import NOT_YOURS, within
from db.waiting_lists import only, waiting_first
from regulations.access import AccessRefused, Scope
from regulations.leave import EVIDENCE, LeaveRuling, check, with_more
from regulations.leave_levels import level_titles
from regulations.levels import account_for
from regulations.rulebook import Rulebook
from regulations.ruling import Violation
from regulations.values import ROLES, Role
from regulations.verdict import Step
from regulations.worktime import WorkCalendar

__all__ = [
    "CrossedApplication",
    "StaleCase",
    "amend_leave",
    "check_request",
    "decide_leave",
    "file_leave",
    "get_leave",
    "list_leave",
    "may_decide_now",
    "may_read_reason",
    "reason_for",
    "receive_slip",
    "report_back",
    "ruling_of",
    "type_for",
    "withdraw_leave",
]


def may_read_reason(scope: Scope, leave: Leave) -> bool:
    """Whether the viewer reads why somebody is on leave: the person, and the level that decides or decided on this one.

    The levels of the team below it read it too, because it comes up through them; a level above it that has nothing to
    decide does not. Leave that came from elsewhere counts as the lowest level's.
    """
    if scope.agent_id is not None:
        return scope.agent_id == leave.agent_id
    if not (scope.may("requests.decide") and scope.sees_team(leave.agent.team_id)):
        return False
    levels = [
        account_for(role) for role in (leave.required_role or "agent", leave.decided_role) if role in ROLES
    ]
    if scope.role in ROLES and any(ROLES.index(scope.role) <= ROLES.index(level) for level in levels):
        return True
    session = object_session(leave)
    if leave.status != "requested" or session is None:
        return False
    # a roster drawn up since may have made it a higher level's
    book = rulebooks.made_under(session, leave.rulebook_version, rulebooks.in_force(session))
    return may_decide_now(session, scope, leave, book).is_allowed


def reason_for(scope: Scope, leave: Leave) -> str:
    """The reason, for whoever may read it; "" for everybody else. It may be about somebody's health."""
    return leave.reason if may_read_reason(scope, leave) else ""


def type_for(scope: Scope, leave: Leave) -> str | None:
    """The type, for whoever may read it; None, which is shown as leave and no more, for everybody else."""
    return leave.type if may_read_reason(scope, leave) else None


def get_leave(session: Session, scope: Scope, leave_id: int) -> Leave:
    """The request. Raises LookupError when none is in scope, AccessRefused for who reads no requests."""
    _demand_reading(scope)
    row = session.scalar(
        select(Leave)
        .join(Leave.agent)
        .options(contains_eager(Leave.agent))
        .where(Leave.id == leave_id, *within(scope, team=Agent.team_id, agent=Leave.agent_id))
    )
    if row is None:
        raise LookupError(leave_id)
    return row


def list_leave(
    session: Session,
    scope: Scope,
    *,
    state: str | None = None,
    agent_id: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Sequence[Leave]:
    """Requests in scope: those that wait first, the soonest leave on top, then the others, the latest leave first.

    `from_on` and `to_on` are local dates, both included, that the leave touches. Raises AccessRefused without
    requests.view; an agent lists his own.
    """
    _demand_reading(scope)
    waits = Leave.status == "requested"
    query = (
        select(Leave)
        .join(Leave.agent)
        .options(contains_eager(Leave.agent))
        .where(*within(scope, team=Agent.team_id, agent=Leave.agent_id))
    )
    query = waiting_first(query, waits, Leave.starts_at, Leave.starts_at.desc(), Leave.id)
    query = only(query, (Leave.status, state), (Leave.agent_id, agent_id))
    if from_on is not None or to_on is not None:
        calendar = WorkCalendar.from_rulebook(rulebooks.in_force(session))
        if from_on is not None:
            query = query.where(Leave.ends_at > calendar.start_of_day(from_on))
        if to_on is not None:
            query = query.where(Leave.starts_at < calendar.start_of_day(to_on + timedelta(days=1)))
    return session.scalars(query).all()


def ruling_of(session: Session, leave: Leave, book: Rulebook, now: datetime) -> LeaveRuling:
    """What the rules say about the request: of one that waits as things stand now, under the rulebook it was made under.

    Of one that is settled what was said then, with what the leave owes afterwards as it is now (slip, reporting back).
    """
    book = rulebooks.made_under(session, leave.rulebook_version, book)
    ruling = check(stated(session, leave, book), book, now)
    if leave.status == "requested" or not leave.steps:
        return ruling
    kept = tuple(
        Violation(v["code"], v.get("clause"), v["zh"], v["en"])
        for v in leave.violations
        if v["code"] not in EVIDENCE
    )
    owed = tuple(v for v in ruling.violations if v.code in EVIDENCE)
    role: Role | None = leave.required_role or ruling.required_role  # type: ignore[assignment]
    titles = level_titles(role, book)
    settled = replace(
        ruling,
        required_role=role,
        days=ruling.days if leave.days is None else leave.days,
        violations=kept,
        clauses=tuple(leave.clauses),
        steps=tuple(Step.from_record(step) for step in leave.steps),
        title=titles[0],
        title_en=titles[1],
    )
    steps = (Step(v.zh, v.en, v.clause) for v in owed)
    return with_more(settled, owed, tuple(step for step in steps if step not in settled.steps), book)


def _demand_reading(scope: Scope) -> None:
    if not (scope.may("requests.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
