"""Who takes over from whom at a post: the same pairs for verdicts as for handovers (A2.48, regulations.handover_pairs).

Only somebody whose shift has begun when the outgoing one ends holds it back; whoever finds in the morning what the late
shift wrote does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.attendance_queries import DAY
from db.models import Agent, Shift
from regulations.handover_pairs import PostShift, is_direct, owed_handovers
from regulations.intervals import subtract
from regulations.punches import LeaveFact
from regulations.rulebook import Rulebook

if TYPE_CHECKING:
    from db.attendance_facts import RosterEntry


def direct_reliefs(
    roster: Iterable[RosterEntry], leave: Mapping[int, Sequence[LeaveFact]], book: Rulebook
) -> dict[int, int]:
    """Whose shift takes over from whose on the spot: shift to shift. Who is on leave then is not waited for."""
    shifts = []
    for entry in roster:
        starts_at, ends_at = entry.starts_at, entry.ends_at
        if entry.agent_id in leave:
            excused = [(f.starts_at, f.ends_at) for f in leave[entry.agent_id] if f.is_approved]
            due = subtract([(starts_at, ends_at)], excused)
            if not due:
                continue
            starts_at, ends_at = due[0][0], due[-1][1]
        shifts.append(PostShift(entry.id, entry.agent_id, entry.team_id, entry.post, starts_at, ends_at))
    return {
        one.outgoing.shift_id: one.incoming.shift_id
        for one in owed_handovers(shifts, book)
        if is_direct(one.outgoing.ends_at, one.incoming.starts_at)
    }


def relieving(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int]) -> set[int]:
    """The colleagues at the posts of these people in these days: who relieves whom goes by turns among all of them."""
    own = set(agent_ids)
    rows = _team_shifts(session, from_on, to_on, own)
    posts = {(row.team_id, row.post) for row in rows if row.agent_id in own}
    return {row.agent_id for row in rows if (row.team_id, row.post) in posts} - own


def relieved_by(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int]) -> set[int]:
    """Whose shift ends while one of these people has begun at the same post: who may have been relieved by them."""
    own = set(agent_ids)
    rows = _team_shifts(session, from_on, to_on, own)
    coming: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
    for row in rows:
        if row.agent_id in own:
            coming[row.team_id, row.post].append((row.starts_at, row.agent_id))
    return {
        row.agent_id
        for row in rows
        if row.agent_id not in own
        and any(row.starts_at < starts_at <= row.ends_at for starts_at, _ in coming[row.team_id, row.post])
    }


def _team_shifts(session: Session, from_on: date, to_on: date, agent_ids: set[int]) -> Sequence[Any]:
    """The shifts of these people's teams in these days; none when nobody else is in their teams."""
    mate = aliased(Agent)
    teams = select(Agent.team_id).where(Agent.id.in_(agent_ids))
    others = session.scalar(
        select(mate.id).where(mate.team_id.in_(teams), mate.id.not_in(agent_ids)).limit(1)
    )
    if others is None:
        return ()
    query = (
        select(Shift.agent_id, Agent.team_id, Shift.post, Shift.starts_at, Shift.ends_at)
        .join(Agent, Agent.id == Shift.agent_id)
        .where(Agent.team_id.in_(teams), Shift.work_on.between(from_on - DAY, to_on + DAY))
    )
    return session.execute(query).all()
