"""What somebody chooses from when he asks for something about his hours: shifts, colleagues, clock readings.

A person who looks for somebody to swap with sees the names, posts, levels and rostered shifts of his own team, and nothing else of
them: no punches, no leave, no verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from db.models import Agent, AttendanceDay, Punch, Shift
from db.visibility import NOT_YOURS, demand, within
from regulations.access import AccessRefused, Scope


def list_own_shifts(
    session: Session, scope: Scope, agent_id: int, *, from_on: date, to_on: date
) -> Sequence[Shift]:
    """The shifts of a person in scope on these local dates, both included, by start. AccessRefused without requests.file."""
    demand(scope, "requests.file")
    query = (
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(
            Shift.agent_id == agent_id,
            Shift.work_on.between(from_on, to_on),
            *within(scope, team=Agent.team_id, agent=Shift.agent_id),
        )
        .order_by(Shift.starts_at)
    )
    return session.scalars(query).all()


def list_colleagues(session: Session, scope: Scope, agent_id: int) -> Sequence[Agent]:
    """The active members of a person's team without himself, by staff number.

    For the person himself as for whoever files for him. AccessRefused without requests.file or for somebody out of scope.
    """
    person = _person(session, scope, agent_id)
    query = (
        select(Agent)
        .where(Agent.team_id == person.team_id, Agent.id != agent_id, Agent.is_active.is_(True))
        .order_by(Agent.number)
    )
    return session.scalars(query).all()


def list_partner_shifts(
    session: Session, scope: Scope, agent_id: int, partner_id: int, *, from_on: date, to_on: date
) -> Sequence[Shift]:
    """The rostered shifts of a colleague of the same team on these local dates, both included, by start; of anybody
    else none.

    Raises AccessRefused without requests.file and for a person out of scope.
    """
    person = _person(session, scope, agent_id)
    query = (
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(
            Shift.agent_id == partner_id,
            Agent.team_id == person.team_id,
            Shift.work_on.between(from_on, to_on),
        )
        .order_by(Shift.starts_at)
    )
    return session.scalars(query).all()


def list_readings(
    session: Session, scope: Scope, agent_id: int, *, from_at: datetime, to_at: datetime
) -> Sequence[Punch]:
    """The clock readings of a person in scope between two instants, both included, that no later row replaces."""
    person = _person(session, scope, agent_id)
    replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
    query = (
        select(Punch)
        .where(
            Punch.agent_id == person.id,
            Punch.at.between(from_at, to_at),
            Punch.id.not_in(replaced),
        )
        .order_by(Punch.at)
    )
    return session.scalars(query).all()


def readings_of_shift(
    session: Session, scope: Scope, shift: Shift
) -> tuple[datetime | None, datetime | None]:
    """When whoever is rostered on a shift clocked in first and out last, as the day's verdict read the clock; None
    where there is none.

    Where nothing is judged yet: the readings no further from the shift than half its length. Raises AccessRefused without requests.decide or for somebody out of scope.
    """
    demand(scope, "requests.decide")
    if not scope.sees_team(shift.agent.team_id):
        raise AccessRefused(NOT_YOURS)
    judged = session.scalar(
        select(AttendanceDay).where(
            AttendanceDay.shift_id == shift.id, AttendanceDay.agent_id == shift.agent_id
        )
    )
    if judged is not None and (judged.first_in_at or judged.last_out_at):
        return judged.first_in_at, judged.last_out_at
    reach = (shift.ends_at - shift.starts_at) / 2
    replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
    found = session.execute(
        select(Punch.kind, Punch.at).where(
            Punch.agent_id == shift.agent_id,
            Punch.at.between(shift.starts_at - reach, shift.ends_at + reach),
            Punch.id.not_in(replaced),
        )
    ).all()
    return (
        min((at for kind, at in found if kind == "in"), default=None),
        max((at for kind, at in found if kind == "out"), default=None),
    )


def _person(session: Session, scope: Scope, agent_id: int) -> Agent:
    demand(scope, "requests.file")
    person = session.scalar(
        select(Agent).where(Agent.id == agent_id, *within(scope, team=Agent.team_id, agent=Agent.id))
    )
    if person is None:
        raise AccessRefused(NOT_YOURS)
    return person
