"""Rows of requests for corrected readings: which somebody sees, one at a time for whoever decides, and the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from db import audit
from db.engine import take_write_lock
from db.freshness import demand_fresh
from db.models import Agent, PunchCorrection, User
from db.refusals import Refused
from db.visibility import NOT_YOURS, within
from regulations.access import AccessRefused, Scope
from regulations.ruling import Ruling

LONGEST_TEXT = 2000


def visible(scope: Scope) -> Select[PunchCorrection]:
    """The requests in scope. Raises AccessRefused for a role that sees none."""
    if not (scope.may("requests.view") or scope.may("requests.file")):
        raise AccessRefused(NOT_YOURS)
    return (
        select(PunchCorrection)
        .join(PunchCorrection.agent)
        .options(contains_eager(PunchCorrection.agent))
        .where(*within(scope, team=Agent.team_id, agent=PunchCorrection.agent_id))
    )


def person_of(session: Session, scope: Scope, agent_id: int) -> Agent:
    """The person the request is about. Raises AccessRefused when he is not in scope, or does not exist."""
    agent = session.get(Agent, agent_id)
    if agent is None or not scope.sees_team(agent.team_id):
        raise AccessRefused(NOT_YOURS)
    if (scope.role == "agent" or scope.agent_id is not None) and scope.agent_id != agent.id:
        raise AccessRefused(NOT_YOURS)
    return agent


def own_ids(session: Session, scope: Scope) -> set[int]:
    """The staff row of the viewer himself: of his scope, and of his account."""
    own = {scope.agent_id}
    if scope.user_id is not None:
        own.add(session.scalar(select(User.agent_id).where(User.id == scope.user_id)))
    return {agent_id for agent_id in own if agent_id is not None}


def locked(session: Session, scope: Scope, correction_id: int, expected_version: int) -> PunchCorrection:
    """The waiting request as it is now, with nobody else able to decide on it until we are done."""
    take_write_lock(session.connection())
    row = session.get(
        PunchCorrection, correction_id, populate_existing=True, with_for_update={"of": PunchCorrection}
    )
    if row is None:
        raise LookupError(correction_id)
    person_of(session, scope, row.agent_id)
    by = row.decided_by or row.requested_by
    demand_fresh(session, row.state, ("requested",), by, row.row_version, expected_version)
    return row


def demand_allowed(ruling: Ruling) -> None:
    """Raises Refused with the first thing that stands against it."""
    if not ruling.is_allowed:
        first = ruling.violations[0]
        clause = f" ({first.clause})" if first.clause else ""
        raise Refused(first.zh + clause, first.en + clause)


def tidy(text: str) -> str:
    """Text as it is kept."""
    return text.replace("\x00", "").strip()[:LONGEST_TEXT]


def log(
    session: Session, scope: Scope, row: PunchCorrection, action: str, now: datetime, **words: str
) -> None:
    """One line in the log, with which reading of whom it is about."""
    detail = {
        "agent_id": row.agent_id,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "replaces_id": row.replaces_id,
        "required_role": row.required_role,
        **words,
    }
    audit.record(session, scope, action, "correction", row.id, detail, at=now)
