"""Teams and agents: who is who. The accounts (db.accounts) and sign-ins (db.sign_ins) are offered here too."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.accounts import (
    add_user,
    disable_user,
    display_name,
    display_names,
    enable_user,
    get_user,
    list_users,
    scope_of,
    set_password,
    tidy_username,
)
from db.models import Agent, Team
from db.sign_ins import SignInRefused, sign_in, sign_out, user_for_token
from db.visibility import within
from regulations.access import Scope

__all__ = [
    "SignInRefused",
    "add_user",
    "disable_user",
    "display_name",
    "display_names",
    "enable_user",
    "get_agent",
    "get_user",
    "list_agents",
    "list_teams",
    "list_users",
    "scope_of",
    "set_password",
    "sign_in",
    "sign_out",
    "tidy_username",
    "user_for_token",
]


def list_teams(session: Session, scope: Scope) -> Sequence[Team]:
    """The teams in scope, by code."""
    query = select(Team).order_by(Team.code)
    if scope.team_ids is not None:
        query = query.where(Team.id.in_(scope.team_ids))
    return session.scalars(query).all()


def list_agents(
    session: Session, scope: Scope, team_id: int | None = None, *, active_only: bool = True
) -> Sequence[Agent]:
    """The agents in scope, by staff number; those who have left only when asked for."""
    query = select(Agent).where(*within(scope, team=Agent.team_id, agent=Agent.id)).order_by(Agent.number)
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    if active_only:
        query = query.where(Agent.is_active.is_(True))
    return session.scalars(query).all()


def get_agent(session: Session, scope: Scope, number: str) -> Agent:
    """The agent of a staff number. Raises LookupError when there is none in scope."""
    agent = session.scalar(
        select(Agent).where(Agent.number == number, *within(scope, team=Agent.team_id, agent=Agent.id))
    )
    if agent is None:
        raise LookupError(number)
    return agent
