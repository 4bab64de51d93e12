"""Overtime as it is asked for and decided: by the level that may, once, and never for the same hour twice (E3.14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, audit, rulebooks
from db.accounts import display_name
from db.engine import take_write_lock
from db.freshness import demand_fresh
from db.models import Agent, Overtime
from db.overtime_facts import facts_of, person_of, work_on
from db.overtime_hours import UnapprovedDay, UnapprovedPerson, unapproved
from db.overtime_reads import get_overtime, list_overtime, may_decide_now, ruling_of
from db.refusals import Refused, StaleCase
from db.visibility import demand
from regulations import overtime as rules
from regulations.access import Scope
from regulations.names import name_of
from regulations.overtime import OvertimeRuling
from regulations.rulebook import Rulebook
from regulations.ruling import Violation
from regulations.values import Role
from regulations.verdict import Step
from regulations.worktime import whole_seconds

__all__ = [
    "OvertimeRuling",
    "StaleCase",
    "UnapprovedDay",
    "UnapprovedPerson",
    "check_request",
    "decide_overtime",
    "get_overtime",
    "list_overtime",
    "may_decide_now",
    "request_overtime",
    "ruling_of",
    "unapproved",
    "withdraw_overtime",
]

LONGEST_REASON = 2000
_DAY = timedelta(days=1)


def check_request(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    starts_at: datetime,
    ends_at: datetime,
    compensation: str,
    book: Rulebook,
    now: datetime,
) -> OvertimeRuling:
    """What the rules say of such a request, before anybody makes it. Nothing is written.

    Raises AccessRefused for somebody out of scope; an agent asks for himself only.
    """
    demand(scope, "requests.file")
    person_of(session, scope, agent_id)
    facts = facts_of(session, agent_id, starts_at, ends_at, compensation, now)
    return rules.check(facts, book, now)


def request_overtime(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    starts_at: datetime,
    ends_at: datetime,
    compensation: str,
    reason: str,
    book: Rulebook,
    now: datetime,
) -> Overtime:
    """Ask for overtime, before it or afterwards. Where the rulebook asks for no approval it is approved as it is made.

    Raises AccessRefused without requests.file or out of scope, Refused with the first violation of
    `regulations.overtime.check`, and without a reason.
    """
    demand(scope, "requests.file")
    take_write_lock(session.connection())
    agent = person_of(session, scope, agent_id)
    # Two requests for one person at once are made one after the other, so that each sees the other.
    session.execute(select(Agent.id).where(Agent.id == agent.id).with_for_update())
    reason = _tidy(reason)
    if not reason:
        raise Refused("请写明加班事由。", "say what the overtime is for")
    starts_at, ends_at = whole_seconds(starts_at), whole_seconds(ends_at)
    ruling = rules.check(facts_of(session, agent_id, starts_at, ends_at, compensation, now), book, now)
    _refuse(next(iter(ruling.violations), None))
    is_free = ruling.required_role is None
    row = Overtime(
        agent_id=agent.id,
        agent=agent,
        work_on=work_on(session, agent.id, starts_at, ends_at, book),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        compensation=compensation,
        requested_by=scope.actor,
        requested_at=now,
        required_role=ruling.required_role or "",
        state="approved" if is_free else "requested",
        decided_at=now if is_free else None,
        clauses=list(ruling.clauses),
        steps=[step.as_record() for step in ruling.steps],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    _log(session, scope, row, "overtime.requested", now, reason=reason)
    if is_free:
        _rejudge(session, row, now)
    return row


def decide_overtime(
    session: Session,
    scope: Scope,
    overtime_id: int,
    *,
    is_approved: bool,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Overtime:
    """Approve or refuse, under the rulebook it was asked for under. A refusal says why.

    Raises AccessRefused without requests.decide or out of scope, StaleCase when somebody else was quicker, Refused for the
    wrong level (naming the right one and the clause), for one's own request, for a refusal without a note, and when the
    time has come to lie in a shift, in leave or in other overtime since.
    """
    demand(scope, "requests.decide")
    row = _locked(session, scope, overtime_id, expected_version)
    _refuse(may_decide_now(session, scope, row, book))
    note = _tidy(note)
    if not is_approved and not note:
        raise Refused("不批准时请写明理由。", "say why it is refused")
    ruling = ruling_of(session, row, book, now)
    if is_approved:
        _refuse(next(iter(ruling.violations), None))
    title = rulebooks.made_under(session, row.rulebook_version, book).role_title
    role: Role = row.required_role  # type: ignore[assignment]
    row.state = "approved" if is_approved else "refused"
    row.decided_by, row.decided_role, row.decided_at, row.decision_note = scope.actor, scope.role, now, note
    said = Step(
        f"{title(role, 'zh')}审批：{name_of('request_state', row.state)}",
        f"Decided by {title(role, 'en')}: {name_of('request_state', row.state, 'en').lower()}",
        next(iter(ruling.clauses), None),
    )
    row.clauses, row.steps = list(ruling.clauses), [step.as_record() for step in (*ruling.steps, said)]
    session.flush()
    _log(session, scope, row, f"overtime.{row.state}", now, note=note)
    _rejudge(session, row, now)
    return row


def withdraw_overtime(
    session: Session, scope: Scope, overtime_id: int, *, expected_version: int, now: datetime, note: str = ""
) -> Overtime:
    """Take a request back while nobody has decided, or approved overtime before it begins.

    For the person it is about and for whoever asked for it. Raises AccessRefused, StaleCase, Refused for anybody else and
    once approved overtime has begun.
    """
    demand(scope, "requests.file")
    row = _locked(session, scope, overtime_id, expected_version, states=("requested", "approved"))
    if scope.agent_id != row.agent_id and row.requested_by != scope.actor:
        who = display_name(session, row.requested_by)
        raise Refused(
            f"只有本人或申请人{who}可以撤回。", f"only the person or {who}, who asked for it, may withdraw it"
        )
    if row.state == "approved" and row.starts_at <= now:
        raise Refused(
            "已批准且已开始的加班不能撤回。", "it was approved and has begun: it can no longer be withdrawn"
        )
    row.state, row.decision_note = "withdrawn", _tidy(note) or row.decision_note
    session.flush()
    _log(session, scope, row, "overtime.withdrawn", now, note=_tidy(note))
    _rejudge(session, row, now)
    return row


def _locked(
    session: Session,
    scope: Scope,
    overtime_id: int,
    expected_version: int,
    states: Sequence[str] = ("requested",),
) -> Overtime:
    """The request as it is now, with nobody else able to act on it until we are done."""
    take_write_lock(session.connection())
    row = session.get(Overtime, overtime_id, populate_existing=True, with_for_update={"of": Overtime})
    if row is None:
        raise LookupError(overtime_id)
    person_of(session, scope, row.agent_id)
    by = row.decided_by or row.requested_by
    demand_fresh(session, row.state, states, by, row.row_version, expected_version)
    return row


def _refuse(violation: Violation | None) -> None:
    if violation is not None:
        clause = f" ({violation.clause})" if violation.clause else ""
        raise Refused(violation.zh + clause, violation.en + clause)


def _rejudge(session: Session, row: Overtime, now: datetime) -> None:
    """The days it can touch: its own, and the neighbours where it crosses midnight."""
    attendance.rejudge(
        session, agent_ids=[row.agent_id], from_on=row.work_on - _DAY, to_on=row.work_on + _DAY, now=now
    )


def _tidy(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_REASON]


def _log(session: Session, scope: Scope, row: Overtime, action: str, now: datetime, **words: str) -> None:
    detail = {
        "agent_id": row.agent_id,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "compensation": row.compensation,
        "required_role": row.required_role,
        **words,
    }
    audit.record(session, scope, action, "overtime", row.id, detail, at=now)
