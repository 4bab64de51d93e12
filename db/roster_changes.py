"""Changing the roster by hand: one shift changed, added or taken off, each with its line in the shift's history.

The verdicts of the days that were touched are made anew in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import attendance, audit
from db.engine import take_write_lock
from db.models import Agent, Shift, SwapRequest
from db.refusals import Refused, StaleCase
from db.shift_changes import record_shift_change, snapshot
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.coverage import hours_text
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar

LONGEST_REASON = 2000
LONGEST_CODE, LONGEST_POST = 20, 40
_DAY = timedelta(days=1)
_OPEN_SWAPS = ("requested", "approved")


@dataclass(frozen=True, slots=True)
class Draft:
    """A shift as it is to be. `work_on` is the local date it belongs to; the times are instants."""

    agent_id: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    code: str = "day"
    post: str = ""
    breaks: tuple[tuple[datetime, datetime], ...] = ()


def seen(shift: Shift) -> str:
    """What a viewer saw of a shift, as one short text: a write that names it is refused when it has changed since."""
    told = json.dumps(snapshot(shift), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def change_shift(
    session: Session,
    scope: Scope,
    shift_id: int,
    draft: Draft,
    *,
    reason: str,
    expected: str,
    book: Rulebook,
    now: datetime,
) -> Shift:
    """Make a shift what the draft says: another time, post, name, day or person. The caller commits.

    `expected` is what `seen` said when it was shown. Raises AccessRefused without roster.edit or for a person of
    another team, StaleCase when somebody was quicker, Refused for times that cannot be, for a shift that overlaps
    another of the person, for one that a swap rests on, and without a reason once the shift has begun.
    """
    demand(scope, "roster.edit")
    calendar = WorkCalendar.from_rulebook(book)
    shift = _locked(session, scope, shift_id, expected, calendar)
    before = snapshot(shift)
    agent = _person(session, scope, draft.agent_id)
    reason = _checked(session, draft, reason, now, calendar, begins=shift.starts_at, but=shift.id)
    if (draft.agent_id, draft.work_on) != (shift.agent_id, shift.work_on):
        _refuse_swapped(session, shift)
    shift.agent_id, shift.agent, shift.work_on = draft.agent_id, agent, draft.work_on
    shift.starts_at, shift.ends_at = draft.starts_at, draft.ends_at
    shift.code, shift.post, shift.breaks = _tidy(draft.code), _tidy(draft.post), draft_breaks(draft)
    session.flush()
    after = snapshot(shift)
    if before != after:
        _keep(session, scope, "shift.changed", shift.id, before, after, reason, now)
    return shift


def add_shift(
    session: Session, scope: Scope, draft: Draft, *, reason: str, book: Rulebook, now: datetime
) -> Shift:
    """Put a shift on the roster. The caller commits. Raises as `change_shift`."""
    demand(scope, "roster.edit")
    take_write_lock(session.connection())
    agent = _person(session, scope, draft.agent_id)
    if not agent.is_active:
        raise Refused(f"{agent.name}已离岗，不能再排班。", f"{agent.name} has left: no shift can be added")
    calendar = WorkCalendar.from_rulebook(book)
    reason = _checked(session, draft, reason, now, calendar, begins=draft.starts_at, but=None)
    shift = Shift(
        agent_id=agent.id,
        agent=agent,
        work_on=draft.work_on,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        code=_tidy(draft.code),
        post=_tidy(draft.post),
        breaks=draft_breaks(draft),
    )
    session.add(shift)
    session.flush()
    _keep(session, scope, "shift.added", shift.id, {}, snapshot(shift), reason, now)
    return shift


def remove_shift(
    session: Session,
    scope: Scope,
    shift_id: int,
    *,
    reason: str,
    expected: str,
    book: Rulebook,
    now: datetime,
) -> None:
    """Take a shift off the roster; the day's verdict goes with it, the history keeps what it was.

    The caller commits. Raises as `change_shift`.
    """
    demand(scope, "roster.edit")
    calendar = WorkCalendar.from_rulebook(book)
    shift = _locked(session, scope, shift_id, expected, calendar)
    reason = _tidy_reason(reason)
    _demand_reason(reason, shift.starts_at, now)
    _refuse_swapped(session, shift)
    before = snapshot(shift)
    session.delete(shift)
    session.flush()
    _keep(session, scope, "shift.removed", None, before, {}, reason, now, removed_id=shift_id)


def _locked(session: Session, scope: Scope, shift_id: int, expected: str, calendar: WorkCalendar) -> Shift:
    """The shift as it is now, with nobody else able to change it until we are done."""
    take_write_lock(session.connection())
    shift = session.get(Shift, shift_id, populate_existing=True, with_for_update={"of": Shift})
    if shift is None:
        raise StaleCase(
            "这个班次刚才已被删除，请查看最新排班。",
            "the shift has just been taken off: look at the roster again",
        )
    if not scope.sees_team(shift.agent.team_id):
        raise AccessRefused(NOT_YOURS)
    if seen(shift) != expected:
        hours = hours_text(shift.starts_at, shift.ends_at, calendar.timezone)
        raise StaleCase(
            f"这个班次刚才有变动，现在是{shift.agent.name} {shift.work_on:%m-%d} {hours}。请查看后再改。",
            f"the shift has just been changed: it is now {shift.agent.name}, {shift.work_on:%m-%d} {hours}."
            " Look at it again, then change it.",
        )
    return shift


def _person(session: Session, scope: Scope, agent_id: int) -> Agent:
    """The person, with his roster locked: two shifts for him at once are made one after the other."""
    agent = session.get(Agent, agent_id, with_for_update={"of": Agent})
    if agent is None or not scope.sees_team(agent.team_id):
        raise AccessRefused(NOT_YOURS)
    return agent


def _checked(
    session: Session,
    draft: Draft,
    reason: str,
    now: datetime,
    calendar: WorkCalendar,
    *,
    begins: datetime,
    but: int | None,
) -> str:
    """The tidied reason of a draft that can be. `begins` is when the shift began before, `but` the shift itself."""
    if not timedelta(0) < draft.ends_at - draft.starts_at <= _DAY:
        raise Refused(
            "下班时间要在上班之后，且不超过 24 小时。", "the end must follow the start within 24 hours"
        )
    if calendar.day_of(draft.starts_at) not in (draft.work_on, draft.work_on + _DAY):
        raise Refused(
            "上班时间要在所属日期当天，或当晚零点之后。",
            "the shift must begin on the date it belongs to, or after that midnight",
        )
    if (
        not _tidy(draft.code)
        or len(_tidy(draft.code)) > LONGEST_CODE
        or len(_tidy(draft.post)) > LONGEST_POST
    ):
        raise Refused(
            f"请填写班次名称（最多 {LONGEST_CODE} 字），岗位最多 {LONGEST_POST} 字。",
            f"name the shift (at most {LONGEST_CODE} characters); a post has at most {LONGEST_POST}",
        )
    if any(not draft.starts_at <= a < b <= draft.ends_at for a, b in draft.breaks):
        raise Refused("休息时段不在班次之内。", "a break lies outside the shift")
    reason = _tidy_reason(reason)
    _demand_reason(reason, min(begins, draft.starts_at), now)
    over = session.scalar(
        select(Shift)
        .where(
            Shift.agent_id == draft.agent_id,
            Shift.starts_at < draft.ends_at,
            Shift.ends_at > draft.starts_at,
            Shift.id != (but or 0),
        )
        .limit(1)
    )
    if over is not None:
        hours = hours_text(over.starts_at, over.ends_at, calendar.timezone)
        raise Refused(
            f"{over.agent.name} {over.work_on:%m-%d} 已有班次 {hours}，时间重叠。请先调整或删除原班次。",
            f"{over.agent.name} has a shift {hours} on {over.work_on:%m-%d} that overlaps: change or remove that first",
        )
    return reason


def _demand_reason(reason: str, begins: datetime, now: datetime) -> None:
    if begins <= now and not reason:
        raise Refused(
            "班次已经开始或已过，改动会影响考勤：请写明原因。",
            "the shift has begun or is past, and the change touches attendance: say why",
        )


def _refuse_swapped(session: Session, shift: Shift) -> None:
    """A shift that a swap rests on is not moved or removed from under it."""
    swap = session.scalar(
        select(SwapRequest.id)
        .where(
            or_(SwapRequest.shift_id == shift.id, SwapRequest.payback_shift_id == shift.id),
            SwapRequest.state.in_(_OPEN_SWAPS),
        )
        .limit(1)
    )
    if swap is not None:
        raise Refused(
            "这个班次有未了结的换班，请先处理换班申请，再改人、改日期或删除。",
            "a swap that is not settled rests on this shift: deal with the swap first, then move or remove the shift",
        )


def draft_breaks(draft: Draft) -> list[Any]:
    """The breaks of a draft as a shift keeps them."""
    return [
        {"start": a.astimezone(UTC).isoformat(), "end": b.astimezone(UTC).isoformat()}
        for a, b in draft.breaks
    ]


def _tidy(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def _tidy_reason(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_REASON]


def _keep(
    session: Session,
    scope: Scope,
    action: str,
    shift_id: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    now: datetime,
    removed_id: int | None = None,
) -> None:
    """History, log and verdicts of one change."""
    record_shift_change(
        session,
        shift_id=shift_id,
        before=before,
        after=after,
        source="roster",
        reason=reason,
        actor=scope.actor,
        now=now,
    )
    detail = {"before": dict(before), "after": dict(after), "reason": reason}
    audit.record(session, scope, action, "shift", shift_id or removed_id or "", detail, at=now)
    session.flush()
    days = [date.fromisoformat(one["work_on"]) for one in (before, after) if one]
    people = sorted({int(one["agent_id"]) for one in (before, after) if one})
    rejudge_around(session, people, days, now)


def rejudge_around(session: Session, people: Sequence[int], days: Sequence[date], now: datetime) -> None:
    """Make the verdicts anew for these people, a day more on each side: a punch goes to the nearest shift."""
    attendance.rejudge(session, agent_ids=people, from_on=min(days) - _DAY, to_on=max(days) + _DAY, now=now)
