"""Time off the post: recorded when somebody leaves, ended when he is back (A1.7, A1.8, B1.17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, audit
from db.engine import take_write_lock
from db.models import Agent, OffPost, Shift
from db.refusals import Refused, StaleCase, refuse_future
from db.visibility import NOT_YOURS, demand, within
from regulations.access import AccessRefused, Scope
from regulations.levels import account_for, level_for, rank, titles
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.values import ROLES
from regulations.worktime import WorkCalendar, whole_seconds

LONGEST_REASON = 200
_APPROVER = "attendance.leave_post_approver"
_DAY = timedelta(days=1)


def record_off_post(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    kind: str,
    starts_at: datetime,
    ends_at: datetime | None,
    is_approved: bool,
    replacement: str,
    reason: str,
    book: Rulebook,
    now: datetime,
) -> OffPost:
    """Record that somebody is, or was, away from the post; `ends_at` None: not back yet.

    `replacement` is the staff number of who stands in, "" for nobody. The limits are judged by the rules, not here.
    Raises AccessRefused without attendance.record or out of scope; Refused for an unknown kind, for times that cannot be,
    outside every shift of the person, while he is recorded as away already, for an approval that is another level's to
    give, and for a replacement who is unknown or the person himself.
    """
    demand(scope, "attendance.record")
    take_write_lock(session.connection())
    agent = _person(session, scope, agent_id)
    session.execute(select(Agent.id).where(Agent.id == agent.id).with_for_update())
    if kind not in NAMES["off_post_kind"]:
        raise Refused("请选择离岗的种类。", "choose what kind of absence it is")
    starts_at = whole_seconds(starts_at)
    ends_at = None if ends_at is None else whole_seconds(ends_at)
    refuse_future(starts_at, now)
    if ends_at is not None:
        refuse_future(ends_at, now)
        if ends_at <= starts_at:
            raise Refused("返岗时间须晚于离岗时间。", "the return must follow the leaving")
    if is_approved:
        _demand_level(scope, book)
    _refuse_without_shift(session, agent, starts_at)
    _refuse_second(session, agent, starts_at, ends_at)
    row = OffPost(
        agent_id=agent.id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        is_approved=is_approved,
        approved_by=scope.actor if is_approved else "",
        replacement=_replacement(session, agent, replacement),
        reason=reason.replace("\x00", "").strip()[:LONGEST_REASON],
        recorded_by=scope.actor,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _log(session, scope, row, "off_post.recorded", now)
    _rejudge(session, row, book, now)
    return row


def end_off_post(
    session: Session, scope: Scope, off_post_id: int, *, at: datetime, book: Rulebook, now: datetime
) -> OffPost:
    """Record that the person is back at the post.

    Raises AccessRefused without attendance.record or out of scope, LookupError for an unknown row, StaleCase when he was
    recorded as back already, Refused for a time before he left or in the future.
    """
    demand(scope, "attendance.record")
    take_write_lock(session.connection())
    row = session.get(OffPost, off_post_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(off_post_id)
    _person(session, scope, row.agent_id)
    if row.ends_at is not None:
        raise StaleCase("已登记返岗，请查看最新内容。", "the return was recorded already: look at it again")
    at = whole_seconds(at)
    refuse_future(at, now)
    if at <= row.starts_at:
        raise Refused("返岗时间须晚于离岗时间。", "the return must follow the leaving")
    row.ends_at = at
    session.flush()
    _log(session, scope, row, "off_post.ended", now)
    _rejudge(session, row, book, now)
    return row


def list_off_post(
    session: Session, scope: Scope, *, on: date, team_id: int | None = None
) -> Sequence[OffPost]:
    """Time off the post in scope during the shifts of a local date, the latest first.

    Raises AccessRefused for who may not see attendance; an agent sees his own.
    """
    if not (scope.may("attendance.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
    query = (
        select(OffPost)
        .join(Agent, Agent.id == OffPost.agent_id)
        .join(
            Shift,
            (Shift.agent_id == OffPost.agent_id)
            & (Shift.starts_at <= OffPost.starts_at)
            & (OffPost.starts_at < Shift.ends_at),
        )
        .where(Shift.work_on == on, *within(scope, team=Agent.team_id, agent=OffPost.agent_id))
        .order_by(OffPost.starts_at.desc(), OffPost.id)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    return session.scalars(query).all()


def _person(session: Session, scope: Scope, agent_id: int) -> Agent:
    agent = session.get(Agent, agent_id)
    if agent is None or not scope.sees_team(agent.team_id):
        raise AccessRefused(NOT_YOURS)
    if scope.agent_id is not None and scope.agent_id != agent.id:
        raise AccessRefused(NOT_YOURS)
    return agent


def _demand_level(scope: Scope, book: Rulebook) -> None:
    """Leaving the post is approved by a level of the rulebook or one above it."""
    role = book.role(_APPROVER)
    if role is None:
        return
    level, _ = level_for(role, book)
    own = next((r for r in ROLES if r == scope.role), None)
    if own is not None and (account_for(level) == scope.role or rank(own) >= rank(level)):
        return
    (zh, en), clause = titles(level, book), book.clause(_APPROVER)
    where = f" ({clause})" if clause else ""
    raise Refused(
        f"离岗须由{zh}批准{where}：请登记为未批准，或由{zh}登记。",
        f"leaving the post is approved by {en}{where}: record it as not approved, or let {en} record it",
    )


def _refuse_without_shift(session: Session, agent: Agent, starts_at: datetime) -> None:
    on_shift = session.scalar(
        select(Shift.id)
        .where(Shift.agent_id == agent.id, Shift.starts_at <= starts_at, Shift.ends_at > starts_at)
        .limit(1)
    )
    if on_shift is None:
        raise Refused(
            f"{agent.name}在这个时间没有班次：请核对人员和时间。",
            f"{agent.name} has no shift at that time: check the person and the time",
        )


def _refuse_second(session: Session, agent: Agent, starts_at: datetime, ends_at: datetime | None) -> None:
    rows = session.scalars(
        select(OffPost).where(
            OffPost.agent_id == agent.id,
            OffPost.starts_at >= starts_at - _DAY,
            OffPost.starts_at <= (ends_at or starts_at),
        )
    ).all()
    if any(row.ends_at is None for row in rows):
        raise Refused(
            f"{agent.name}还有一次离岗没有登记返岗：请先登记返岗。",
            f"{agent.name} is recorded as away already: record the return first",
        )
    if any(row.starts_at == starts_at or (row.ends_at or row.starts_at) > starts_at for row in rows):
        raise Refused(
            f"这段时间已登记过{agent.name}离岗：请核对时间。",
            f"that time off the post is recorded for {agent.name} already: check the time",
        )


def _replacement(session: Session, agent: Agent, number: str) -> str:
    number = number.replace("\x00", "").strip()
    if not number:
        return ""
    found = session.execute(select(Agent.id, Agent.is_active).where(Agent.number == number)).one_or_none()
    if found is None or not found.is_active:
        raise Refused(
            f"没有工号“{number}”的在岗人员，不能替岗。", f"nobody with staff number {number!r} can stand in"
        )
    if found.id == agent.id:
        raise Refused("替岗人不能是本人。", "nobody stands in for himself")
    return number


def _rejudge(session: Session, row: OffPost, book: Rulebook, now: datetime) -> None:
    on = WorkCalendar.from_rulebook(book).day_of(row.starts_at)
    attendance.rejudge(session, agent_ids=[row.agent_id], from_on=on, to_on=on, now=now)


def _log(session: Session, scope: Scope, row: OffPost, action: str, now: datetime) -> None:
    detail = {
        "agent_id": row.agent_id,
        "kind": row.kind,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": None if row.ends_at is None else row.ends_at.isoformat(),
        "is_approved": row.is_approved,
        "replacement": row.replacement,
    }
    audit.record(session, scope, action, "off_post", row.id, detail, at=now)
