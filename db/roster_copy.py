"""Copying a week of the roster onto another: first what would come of it, then the same, written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from db import audit
from db.coverage import TeamCoverage, coverage_of_days
from db.engine import take_write_lock
from db.models import Agent, Shift
from db.refusals import Refused, StaleCase
from db.roster_changes import Draft, draft_breaks
from db.roster_facts import DAY, WEEK, gather, moved
from db.visibility import demand, within
from regulations import roster as rules
from regulations.access import Scope
from regulations.coverage import Presence
from regulations.intervals import subtract
from regulations.posts import post_conflicts
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar

BATCH = 500  # rows of one INSERT


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """What copying a week would do. Counts are of shifts of the source week.

    `kept`: the person has shifts on that day already, which stay; `on_leave`: the person has approved leave then;
    `past`: the day is over or the shift would have begun; `left`: the person has left. `conflicts` are those of the
    target week as it would be; `fingerprint` names exactly this plan.
    """

    source_on: date
    target_on: date
    drafts: tuple[Draft, ...]
    kept: int
    on_leave: int
    past: int
    left: int
    conflicts: tuple[rules.Conflict, ...]
    coverage: tuple[TeamCoverage, ...]
    fingerprint: str


def plan_copy(
    session: Session,
    scope: Scope,
    source_on: date,
    target_on: date,
    team_id: int | None,
    *,
    rest_moves_on: int = 0,
    book: Rulebook,
    now: datetime,
) -> CopyPlan:
    """What would come of copying the seven days from `source_on` to those from `target_on`; nothing is written.

    With `rest_moves_on` everybody's pattern moves on by so many days within the week, so that rest days go round
    (A1.5). Raises AccessRefused without roster.edit, Refused for two weeks that overlap.
    """
    demand(scope, "roster.edit")
    if abs((target_on - source_on).days) < WEEK:
        raise Refused(
            "两周不能重叠，请另选要复制的一周。", "the two weeks overlap: choose another week to copy"
        )
    calendar = WorkCalendar.from_rulebook(book)
    days = [target_on + n * DAY for n in range(WEEK)]
    facts = gather(session, scope, days[0], days[-1], team_id, book)
    taken = {(person, shift.work_on) for person, shifts in facts.shifts.items() for shift in shifts}
    drafts: list[Draft] = []
    counts = {"kept": 0, "on_leave": 0, "past": 0, "left": 0}
    together = {person: list(shifts) for person, shifts in facts.shifts.items()}
    extra: dict[int, list[Presence]] = defaultdict(list)
    for shift in _source(session, scope, source_on, team_id):
        draft = _copied(shift, source_on, target_on, rest_moves_on, calendar)
        theirs = together.setdefault(draft.agent_id, [])
        if not shift.agent.is_active:
            counts["left"] += 1
        elif draft.starts_at <= now:
            counts["past"] += 1
        elif (draft.agent_id, draft.work_on) in taken or _overlaps(draft, theirs):
            counts["kept"] += 1
        elif not subtract([(draft.starts_at, draft.ends_at)], facts.leave.get(draft.agent_id, ())):
            counts["on_leave"] += 1
        else:
            drafts.append(draft)
            theirs.append(
                rules.RosterShift(
                    draft.agent_id, draft.work_on, draft.starts_at, draft.ends_at, draft.code, draft.post
                )
            )
            extra[shift.agent.team_id].append(
                Presence(draft.agent_id, draft.post, draft.starts_at, draft.ends_at, draft.breaks)
            )
    covered = coverage_of_days(session, scope, days, team_id, book, now, extra=extra)
    found = list(rules.conflicts(together, book, calendar, leave=facts.leave, first=days[0], last=days[-1]))
    everybody = [shift for shifts in together.values() for shift in shifts]
    for one in covered:
        found += post_conflicts(one.on, one.intervals, everybody, book, calendar)
    return CopyPlan(
        source_on,
        target_on,
        tuple(drafts),
        **counts,
        conflicts=rules.in_order(found),
        coverage=covered,
        fingerprint=_fingerprint(drafts),
    )


def copy_week(
    session: Session,
    scope: Scope,
    source_on: date,
    target_on: date,
    team_id: int | None,
    *,
    rest_moves_on: int = 0,
    expected: str,
    book: Rulebook,
    now: datetime,
) -> CopyPlan:
    """Write what `plan_copy` showed; `expected` is its fingerprint. The caller commits.

    Raises as `plan_copy`, StaleCase when the plan is another by now, Refused when there is nothing to copy.
    """
    demand(scope, "roster.edit")
    take_write_lock(session.connection())
    # Nobody else adds a shift for these people until we are done.
    session.execute(select(Agent.id).where(*_mine(scope, team_id)).order_by(Agent.id).with_for_update())
    plan = plan_copy(
        session, scope, source_on, target_on, team_id, rest_moves_on=rest_moves_on, book=book, now=now
    )
    if plan.fingerprint != expected:
        raise StaleCase(
            "排班刚才有变动，复制结果会与预览不同。请查看新的预览后再复制。",
            "the roster has just been changed and the copy would be another: look at the new preview, then copy",
        )
    if not plan.drafts:
        raise Refused(
            "没有可复制的班次：来源周无排班，或目标周都已排好。",
            "there is nothing to copy: no shifts in that week, or every day is rostered already",
        )
    rows = [
        {
            "agent_id": draft.agent_id,
            "work_on": draft.work_on,
            "starts_at": draft.starts_at,
            "ends_at": draft.ends_at,
            "code": draft.code,
            "post": draft.post,
            "breaks": draft_breaks(draft),
        }
        for draft in plan.drafts
    ]
    for start in range(0, len(rows), BATCH):
        session.execute(insert(Shift), rows[start : start + BATCH])
    detail = {
        "source_on": source_on.isoformat(),
        "target_on": target_on.isoformat(),
        "team_id": team_id,
        "rest_moves_on": rest_moves_on,
        "shifts": len(rows),
        "conflicts": sum(1 for c in plan.conflicts if not c.is_note),
    }
    audit.record(session, scope, "roster.copied", "roster", target_on.isoformat(), detail, at=now)
    session.flush()
    return plan


def _mine(scope: Scope, team_id: int | None) -> list[ColumnElement[bool]]:
    mine: list[ColumnElement[bool]] = [*within(scope, team=Agent.team_id, agent=Agent.id)]
    if team_id is not None:
        mine.append(Agent.team_id == team_id)
    return mine


def _source(session: Session, scope: Scope, source_on: date, team_id: int | None) -> Sequence[Shift]:
    return session.scalars(
        select(Shift)
        .join(Shift.agent)
        .where(Shift.work_on.between(source_on, source_on + (WEEK - 1) * DAY), *_mine(scope, team_id))
        .order_by(Shift.agent_id, Shift.starts_at)
    ).all()


def _copied(
    shift: Shift, source_on: date, target_on: date, rest_moves_on: int, calendar: WorkCalendar
) -> Draft:
    place = ((shift.work_on - source_on).days + rest_moves_on) % WEEK
    on = target_on + place * DAY
    by = (on - shift.work_on).days
    zone = calendar.timezone
    return Draft(
        shift.agent_id,
        on,
        moved(shift.starts_at, by, zone),
        moved(shift.ends_at, by, zone),
        shift.code,
        shift.post,
        tuple(
            (
                moved(datetime.fromisoformat(b["start"]), by, zone),
                moved(datetime.fromisoformat(b["end"]), by, zone),
            )
            for b in shift.breaks
        ),
    )


def _overlaps(draft: Draft, shifts: Sequence[rules.RosterShift]) -> bool:
    return any(s.starts_at < draft.ends_at and s.ends_at > draft.starts_at for s in shifts)


def _fingerprint(drafts: Sequence[Draft]) -> str:
    told = "|".join(
        f"{d.agent_id},{d.starts_at.isoformat()},{d.ends_at.isoformat()},{d.code},{d.post}" for d in drafts
    )
    return hashlib.sha256(told.encode()).hexdigest()[:16]
