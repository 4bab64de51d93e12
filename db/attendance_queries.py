"""The facts of attendance as they stand in the tables, one query for each kind, by person or shift."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.models import Leave, OffPost, Overtime, Punch, ShiftChange
from regulations import attendance as rules
from regulations.intervals import Interval

DAY = timedelta(days=1)


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def read_punches(session: Session, begin: datetime, end: datetime, agent_ids: Sequence[int] | None) -> Any:
    """The readings that count, each with the one it replaces, if any: a replaced one no longer counts."""
    first = aliased(Punch)
    replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
    query = (
        select(Punch.agent_id, Punch.at, Punch.kind, Punch.source, first.at.label("before_at"))
        .outerjoin(first, first.id == Punch.corrects_id)
        .where(Punch.at >= begin, Punch.at <= end, Punch.id.not_in(replaced))
    )
    if agent_ids is not None:
        query = query.where(Punch.agent_id.in_(agent_ids))
    return session.execute(query)


def read_leave(
    session: Session, begin: datetime, end: datetime, agent_ids: Sequence[int] | None
) -> dict[int, list[rules.LeaveFact]]:
    query = select(Leave.agent_id, Leave.starts_at, Leave.ends_at, Leave.type, Leave.status).where(
        Leave.ends_at >= begin, Leave.starts_at <= end, Leave.status.in_(("approved", "requested"))
    )
    if agent_ids is not None:
        query = query.where(Leave.agent_id.in_(agent_ids))
    found: dict[int, list[rules.LeaveFact]] = defaultdict(list)
    for agent_id, starts_at, ends_at, type_, status in session.execute(query):
        found[agent_id].append(rules.LeaveFact(starts_at, ends_at, type_, status == "approved"))
    return found


def read_off_post(
    session: Session, begin: datetime, end: datetime, agent_ids: Sequence[int] | None
) -> dict[int, list[rules.OffPostFact]]:
    away = OffPost
    query = select(
        away.agent_id, away.starts_at, away.ends_at, away.is_approved, away.kind, away.replacement
    ).where(away.starts_at >= begin, away.starts_at <= end)
    if agent_ids is not None:
        query = query.where(away.agent_id.in_(agent_ids))
    found: dict[int, list[rules.OffPostFact]] = defaultdict(list)
    for agent_id, left_at, back_at, is_approved, kind, replacement in session.execute(query):
        found[agent_id].append(rules.OffPostFact(left_at, back_at, is_approved, kind, bool(replacement)))
    return found


def read_overtime(
    session: Session, begin: datetime, end: datetime, agent_ids: Sequence[int] | None
) -> dict[int, list[Interval]]:
    query = select(Overtime.agent_id, Overtime.starts_at, Overtime.ends_at).where(
        Overtime.state == "approved", Overtime.ends_at >= begin, Overtime.starts_at <= end
    )
    if agent_ids is not None:
        query = query.where(Overtime.agent_id.in_(agent_ids))
    found: dict[int, list[Interval]] = defaultdict(list)
    for agent_id, starts_at, ends_at in session.execute(query):
        found[agent_id].append((starts_at, ends_at))
    return found


def read_changes(
    session: Session, from_on: date, to_on: date, shift_ids: AbstractSet[int]
) -> dict[int, list[rules.RosterChange]]:
    """Changes of shifts that were made when the shift, as it was or as it became, had begun."""
    query = (
        select(
            ShiftChange.shift_id,
            ShiftChange.before,
            ShiftChange.after,
            ShiftChange.changed_at,
            ShiftChange.source,
        )
        .where(
            ShiftChange.work_on >= from_on - DAY,
            ShiftChange.work_on <= to_on + DAY,
            ShiftChange.shift_id.is_not(None),
        )
        .order_by(ShiftChange.changed_at, ShiftChange.id)
    )
    found: dict[int, list[rules.RosterChange]] = defaultdict(list)
    for shift_id, told_before, told_after, changed_at, source in session.execute(query):
        if shift_id not in shift_ids:
            continue
        before, after = _times(told_before), _times(told_after)
        begun = min((span[0] for span in (before, after) if span is not None), default=None)
        persons = (told_before.get("agent_id"), told_after.get("agent_id"))
        is_handed_over = None not in persons and persons[0] != persons[1]
        if begun is not None and changed_at > begun and (before != after or is_handed_over):
            found[shift_id].append(rules.RosterChange(changed_at, before, after, source, is_handed_over))
    return found


def _times(told: Mapping[str, Any]) -> Interval | None:
    """When a shift was, as a change keeps it; None where it keeps no times."""
    start, end = told.get("starts_at"), told.get("ends_at")
    return (instant_of(str(start)), instant_of(str(end))) if start and end else None
