"""How many people each post of a team needs: set, read, taken back, each time with a line in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.models import CoverageNeed, Team
from db.refusals import Refused
from db.visibility import NOT_YOURS, demand
from regulations import coverage as rules
from regulations.access import AccessRefused, Scope

MOST_REQUIRED = 500
LONGEST_POST = 40


def list_needs(session: Session, scope: Scope, team_id: int | None = None) -> Sequence[CoverageNeed]:
    """The needs of the teams in scope, by team, post, day of the week and time. Raises AccessRefused."""
    demand(scope, "roster.view")
    ids = list(teams_in(session, scope, team_id))
    return session.scalars(
        select(CoverageNeed)
        .where(CoverageNeed.team_id.in_(ids))
        .order_by(CoverageNeed.team_id, CoverageNeed.post, CoverageNeed.weekday, CoverageNeed.starts_minute)
    ).all()


def set_need(
    session: Session,
    scope: Scope,
    *,
    team_id: int,
    post: str,
    weekday: int,
    starts_minute: int,
    ends_minute: int,
    required: int,
    now: datetime,
) -> CoverageNeed:
    """Say how many people a post needs; a need of the same post, day and beginning is replaced.

    The caller commits. Raises AccessRefused without roster.edit or for another team, Refused for times or numbers
    that cannot be.
    """
    demand(scope, "roster.edit")
    if not scope.sees_team(team_id) or session.get(Team, team_id) is None:
        raise AccessRefused(NOT_YOURS)
    post = post.replace("\x00", "").strip()
    if len(post) > LONGEST_POST:
        raise Refused(
            f"岗位名称最多 {LONGEST_POST} 个字。", f"a post's name has at most {LONGEST_POST} characters"
        )
    if required > MOST_REQUIRED:
        raise Refused(f"人数最多 {MOST_REQUIRED}。", f"at most {MOST_REQUIRED} people")
    try:
        rules.Need(post, weekday, starts_minute, ends_minute, required)
    except ValueError:
        raise Refused(
            "请检查时间和人数：结束要在开始之后，最长一天；人数不能为负。",
            "check times and number: the end follows the start within a day, and nobody is fewer than 0",
        ) from None
    take_write_lock(session.connection())
    kept = session.scalar(
        select(CoverageNeed)
        .where(
            CoverageNeed.team_id == team_id,
            CoverageNeed.post == post,
            CoverageNeed.weekday == weekday,
            CoverageNeed.starts_minute == starts_minute,
        )
        .with_for_update()
    )
    before = None if kept is None else {"ends_minute": kept.ends_minute, "required": kept.required}
    need = kept or CoverageNeed(
        team_id=team_id, post=post, weekday=weekday, starts_minute=starts_minute, required=0, ends_minute=0
    )
    need.ends_minute, need.required, need.set_by, need.set_at = ends_minute, required, scope.actor, now
    session.add(need)
    session.flush()
    audit.record(session, scope, "coverage_need.set", "coverage_need", need.id, _told(need, before), at=now)
    return need


def remove_need(session: Session, scope: Scope, need_id: int, *, now: datetime) -> None:
    """Take a need back. Raises AccessRefused, and LookupError when it is gone already."""
    demand(scope, "roster.edit")
    take_write_lock(session.connection())
    need = session.get(CoverageNeed, need_id, with_for_update=True)
    if need is None:
        raise LookupError(need_id)
    if not scope.sees_team(need.team_id):
        raise AccessRefused(NOT_YOURS)
    audit.record(session, scope, "coverage_need.removed", "coverage_need", need.id, _told(need, None), at=now)
    session.delete(need)
    session.flush()


def _told(need: CoverageNeed, before: Mapping[str, int] | None) -> dict[str, object]:
    told: dict[str, object] = {
        "team_id": need.team_id,
        "post": need.post,
        "weekday": need.weekday,
        "starts_minute": need.starts_minute,
        "ends_minute": need.ends_minute,
        "required": need.required,
    }
    return told if before is None else {**told, "before": dict(before)}


def teams_in(session: Session, scope: Scope, team_id: int | None) -> dict[int, str]:
    """The teams in scope (or the one) by id, in the order of their codes."""
    query = select(Team.id, Team.name).order_by(Team.code)
    if scope.team_ids is not None:
        query = query.where(Team.id.in_(scope.team_ids))
    if team_id is not None:
        query = query.where(Team.id == team_id)
    return {row.id: row.name for row in session.execute(query)}
