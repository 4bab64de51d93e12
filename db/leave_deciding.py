"""What becomes of a leave request: decided by the level whose it is, withdrawn, its slip received, reported back from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import rulebooks
from db.freshness import demand_fresh
from db.leave_account import return_for_leave, take_for_leave
from db.leave_facts import STANDING, stated
from db.leave_rows import judge_again, locked, locked_row, log, refuse, refuse_obstacles, tidy
from db.models import Leave, User
from db.refusals import Refused, refuse_future
from db.visibility import demand
from regulations.access import AccessRefused, Scope
from regulations.leave import SICKNESS, LeaveRuling, check, may_decide
from regulations.lent import lent_step
from regulations.levels import account_for, rank
from regulations.rulebook import Rulebook
from regulations.ruling import Ruling
from regulations.values import Role
from regulations.verdict import Step
from regulations.worktime import WorkCalendar


class CrossedApplication(Refused, AccessRefused):
    """Leave that was put to another line than the person's own: out of scope, and against a clause (A2.53)."""


def decide_leave(
    session: Session,
    scope: Scope,
    leave_id: int,
    *,
    is_approved: bool,
    note: str = "",
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Leave:
    """Approve or refuse, under the rulebook the request was made under. A refusal says why.

    Approved, it is drawn from its account if its type has one, takes the place of what it amends, and the days it
    touches are judged anew. What is filed too late, from a night shift or on a public holiday is approved as an exception:
    with a note that says why, kept with the clauses. Raises AccessRefused without requests.decide, CrossedApplication for
    another team's, StaleCase when somebody else was quicker, Refused for the wrong level (naming the right one and the
    clause), for one's own leave, for a refusal or an exception without a note, and for what has become impossible.
    """
    demand(scope, "requests.decide")
    row = locked_row(session, leave_id)
    is_own_line = scope.sees_team(row.agent.team_id)
    verdict = may_decide_now(session, scope, row, rulebooks.made_under(session, row.rulebook_version, book))
    if not is_own_line:
        _refuse_crossed(verdict)
    demand_fresh(session, row.status, ("requested",), row.approver, row.row_version, expected_version)
    if not verdict.is_allowed:
        refuse(verdict.violations[0])
    note = tidy(note)
    if not is_approved and not note:
        raise Refused("不批准时请写明理由。", "say why it is refused")
    book = rulebooks.made_under(session, row.rulebook_version, book)
    if is_approved:
        facts = stated(session, row, book)
        # Of two that wait for the same time the first that is approved bars the other, not the other way round.
        facts = replace(facts, others=tuple(o for o in facts.others if o.state == "approved"))
        ruling = check(facts, book, now)
        refuse_obstacles(ruling)
        _demand_reason(ruling, note)
    row.status = "approved" if is_approved else "refused"
    row.required_role = verdict.required_role or row.required_role
    row.approver, row.decided_role, row.decided_at = scope.actor[:80], scope.role, now
    row.decision_note = note
    first, last = row.starts_at, row.ends_at
    if is_approved:
        _keep_exception(row, ruling, book)
        before = None if row.amends_id is None else session.get(Leave, row.amends_id)
        if before is not None and before.status in STANDING:
            return_for_leave(session, before, actor=scope.actor, now=now)
            before.status = "amended"
            first, last = min(first, before.starts_at), max(last, before.ends_at)
        take_for_leave(session, row, ruling, book=book, actor=scope.actor, now=now)
    session.flush()
    exception = {"exception": row.exceptions} if is_approved and ruling.needs_exception else {}
    log(session, scope, row, f"leave.{row.status}", now, note=bool(note), **exception)
    judge_again(session, row, first, last, book, now)
    return row


def _demand_reason(ruling: LeaveRuling, note: str) -> None:
    """Raises Refused for an exception that nobody gives a reason for: what it is one from, and what to do."""
    if not ruling.needs_exception or note:
        return
    zh, en = "、".join(ruling.exceptions), ", ".join(ruling.exceptions)
    raise Refused(
        f"这份请假只能作为例外批准{f'（{zh}）' if zh else ''}：请在备注中写明为何准许，再批准；否则请不批准。",
        f"this leave can only be approved as an exception{f' ({en})' if en else ''}: say in the note why it is"
        " granted, then approve it, or refuse it",
    )


def _keep_exception(row: Leave, ruling: LeaveRuling, book: Rulebook) -> None:
    """Keep with the request that it was an exception, from which clauses; what the base lends is still said last."""
    if not ruling.needs_exception:
        return
    row.exceptions = list(ruling.exceptions)
    said = Step(
        "作为例外批准，理由见备注",
        "Approved as an exception; the note says why",
        next(iter(ruling.exceptions), None),
    )
    lent = lent_step(row.clauses, book)
    last = [lent.as_record()] if lent is not None and row.steps[-1:] == [lent.as_record()] else []
    kept = row.steps[:-1] if last else row.steps
    row.steps = [*kept, said.as_record(), *last]


def may_decide_now(session: Session, scope: Scope, row: Leave, book: Rulebook) -> Ruling:
    """Whether this viewer may decide on the request: by level, by line, and that it is not his own.

    `book` is the rulebook the request was made under.
    """
    account = None if scope.user_id is None else session.get(User, scope.user_id)
    required = _level_of(session, row, book)
    return may_decide(
        required,
        required if account_for(required) == scope.role else scope.role,
        book,
        is_own_line=scope.sees_team(row.agent.team_id),
        is_own_leave=row.agent_id in (scope.agent_id, None if account is None else account.agent_id),
    )


def _level_of(session: Session, row: Leave, book: Rulebook) -> Role:
    """Whose decision it is: as it was filed, or a higher level where what it meets asks for one since.

    A roster that comes later can make a night shift or a public holiday of a day that was filed as any other.
    """
    filed: Role = row.required_role or account_for("agent")  # type: ignore[assignment]
    if row.status != "requested":
        return filed
    now = check(stated(session, row, book), book, row.filed_at).required_role
    return filed if now is None or rank(now) <= rank(filed) else now


def _refuse_crossed(verdict: Ruling) -> NoReturn:
    said = next((v for v in verdict.violations if v.code == "crossed"), None)
    clause_zh, clause_en = (f"（{said.clause}）", f" ({said.clause})") if said and said.clause else ("", "")
    raise CrossedApplication(
        f"此人不在您的班组：由本人所在班组的上级审批{clause_zh}。",
        f"this person is not in your teams: the person's own line decides{clause_en}",
    )


def withdraw_leave(
    session: Session,
    scope: Scope,
    leave_id: int,
    *,
    expected_version: int,
    now: datetime,
    note: str = "",
    book: Rulebook | None = None,
) -> Leave:
    """Take a request back, also one that was approved: what it took from its account comes back exactly.

    The person himself until the leave begins; afterwards only who decides on requests, with a note, since the days
    then count as they were worked. Raises AccessRefused, StaleCase, Refused.
    """
    demand(scope, "requests.file")
    row = locked(session, scope, leave_id, expected_version, STANDING)
    note = tidy(note)
    was_approved = row.status == "approved"
    if was_approved and row.starts_at <= now:
        if not scope.may("requests.decide"):
            raise Refused(
                "请假已经开始，不能撤回；提前返岗的请变更结束时间。",
                "the leave has begun and cannot be withdrawn: change its end if you are back early",
            )
        if not note:
            raise Refused("撤回已经开始的请假请写明原因。", "say why a leave that has begun is withdrawn")
    row.status = "withdrawn"
    if note:
        row.decision_note = note
    return_for_leave(session, row, actor=scope.actor, now=now)
    for amendment in session.scalars(
        select(Leave).where(Leave.amends_id == row.id, Leave.status == "requested")
    ):
        amendment.status = "withdrawn"
    session.flush()
    log(session, scope, row, "leave.withdrawn", now, was_approved=was_approved)
    judge_again(session, row, row.starts_at, row.ends_at, book, now)
    return row


def receive_slip(
    session: Session,
    scope: Scope,
    leave_id: int,
    *,
    certificate_from_on: date | None,
    certificate_to_on: date | None,
    received_on: date,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Leave:
    """Note that the slip of a sick leave was handed in, and the first and last day of its certificate (A2.55).

    A gap in the dates or a late slip is taken and shown by `ruling_of`. Raises AccessRefused without requests.decide,
    Refused for other leave, for dates that run backwards, and for a day that is still to come.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, leave_id, expected_version, STANDING)
    if row.type not in SICKNESS:
        raise Refused("只有病假须交假条。", "only sick leave needs a slip")
    if (certificate_from_on is None) != (certificate_to_on is None):
        raise Refused(
            "请填写证明的开始和结束日期。", "give both the first and the last day of the certificate"
        )
    if certificate_from_on and certificate_to_on and certificate_to_on < certificate_from_on:
        raise Refused("证明的结束日期早于开始日期。", "the certificate ends before it begins")
    if received_on > WorkCalendar.from_rulebook(book).day_of(now):
        raise Refused("交假条的日期不能晚于今天。", "the slip cannot come in later than today")
    row.has_certificate = True
    row.certificate_from_on, row.certificate_to_on = certificate_from_on, certificate_to_on
    row.slip_received_on = received_on
    session.flush()
    log(session, scope, row, "leave.slip_received", now, received_on=received_on.isoformat())
    return row


def report_back(
    session: Session, scope: Scope, leave_id: int, *, at: datetime, expected_version: int, now: datetime
) -> Leave:
    """Note that somebody is back from approved leave (销假, A1.23). By himself or by his superior.

    Raises AccessRefused, StaleCase, Refused for a time before the leave or in the future, and when it was noted before.
    """
    demand(scope, "requests.file")
    row = locked(session, scope, leave_id, expected_version, ("approved",))
    refuse_future(at, now)
    if at < row.starts_at:
        raise Refused("销假时间早于请假开始。", "the return lies before the leave began")
    if row.returned_at is not None:
        raise Refused("已经销假。", "the return was noted already")
    row.returned_at = at
    session.flush()
    log(session, scope, row, "leave.reported_back", now)
    return row
