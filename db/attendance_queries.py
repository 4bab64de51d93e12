"""The facts of attendance as they stand in the tables, one query for each kind, by person or shift."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from db.accounts import display_names
from db.models import Agent, Handover, Leave, OffPost, Overtime, Punch, Shift, ShiftChange, SwapRequest
from regulations import attendance as rules
from regulations.intervals import Interval

DAY = timedelta(days=1)
_IS_APPROVED = {"approved": True, "refused": False, "requested": None}


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
    """Leave that was approved, that waits for its decision, or that was refused, with when it was first asked for: told by
    telephone, or filed as what it amends."""
    row, before = Leave, aliased(Leave)
    query = (
        select(
            row.agent_id,
            row.starts_at,
            row.ends_at,
            row.type,
            row.status,
            row.filed_at,
            row.told_at,
            before.filed_at.label("first_filed_at"),
        )
        .outerjoin(before, before.id == row.amends_id)
        .where(row.ends_at >= begin, row.starts_at <= end, row.status.in_(tuple(_IS_APPROVED)))
    )
    if agent_ids is not None:
        query = query.where(Leave.agent_id.in_(agent_ids))
    found: dict[int, list[rules.LeaveFact]] = defaultdict(list)
    for agent_id, starts_at, ends_at, type_, status, *asked in session.execute(query):
        asked_at = min(at for at in asked if at is not None)
        found[agent_id].append(rules.LeaveFact(starts_at, ends_at, type_, _IS_APPROVED[status], asked_at))
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


def read_takeovers(session: Session, from_on: date, to_on: date) -> dict[int, datetime]:
    """When somebody signed for taking over from a shift, by that shift; he may have been sent in another's place."""
    query = select(Handover.outgoing_shift_id, Handover.signed_in_at).where(
        Handover.work_on.between(from_on - DAY, to_on + DAY),
        Handover.outgoing_shift_id.is_not(None),
        Handover.signed_in_at.is_not(None),
    )
    rows = session.execute(query)
    return {shift_id: at for shift_id, at in rows if shift_id is not None and at is not None}


def read_failed_swaps(
    session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None
) -> list[tuple[Any, dict[int, tuple[int, rules.FailedSwap]]]]:
    """The shifts of swaps that failed, each with its two people: agent to his team and what was established.

    The row has the columns of a roster entry. A shift that failed in two swaps counts for each of their people once.
    """
    one, two = aliased(Agent), aliased(Agent)
    swap = SwapRequest
    query = (
        select(
            Shift.id,
            Shift.agent_id,
            Shift.work_on,
            Shift.starts_at,
            Shift.ends_at,
            Shift.breaks,
            Shift.post,
            one.id.label("one_id"),
            one.name.label("one_name"),
            one.team_id.label("one_team"),
            two.id.label("two_id"),
            two.name.label("two_name"),
            two.team_id.label("two_team"),
            swap.settled_at,
            swap.settled_by,
            swap.briefing,
            swap.outcome_note,
            swap.rulebook_version,
        )
        .select_from(swap)
        .join(Shift, Shift.id == swap.failed_shift_id)
        .join(one, one.id == swap.requester_id)
        .join(two, two.id == swap.partner_id)
        .where(swap.state == "failed", Shift.work_on.between(from_on, to_on))
        .order_by(swap.settled_at, swap.id)
    )
    if agent_ids is not None:
        query = query.where(or_(one.id.in_(agent_ids), two.id.in_(agent_ids), Shift.agent_id.in_(agent_ids)))
    rows = session.execute(query).all()
    names = display_names(session, {row.settled_by for row in rows}) if rows else {}
    found: dict[int, tuple[Any, dict[int, tuple[int, rules.FailedSwap]]]] = {}
    for row in rows:
        parties = found.setdefault(row.id, (row, {}))[1]
        for agent_id, team_id in ((row.one_id, row.one_team), (row.two_id, row.two_team)):
            failed = rules.FailedSwap(
                requester=row.one_name,
                partner=row.two_name,
                recorded_by=names.get(row.settled_by, row.settled_by),
                recorded_at=row.settled_at,
                briefing=row.briefing,
                note=row.outcome_note,
                is_rostered=agent_id == row.agent_id,
            )
            parties.setdefault(agent_id, (team_id, failed))
    return list(found.values())


def _times(told: Mapping[str, Any]) -> Interval | None:
    """When a shift was, as a change keeps it; None where it keeps no times."""
    start, end = told.get("starts_at"), told.get("ends_at")
    return (instant_of(str(start)), instant_of(str(end))) if start and end else None
