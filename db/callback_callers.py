"""Who may be given a callback: his level by his post or his account, and not the handler of the case (A5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Agent, Callback, CallbackAttempt, Complaint
from db.refusals import Refused
from regulations.access import Scope
from regulations.callback_callers import OTHER, CallerRuling, may_call, role_of_post
from regulations.rulebook import Rulebook
from regulations.values import Role


def role_of(agent: Agent, book: Rulebook) -> Role:
    """The level of a person, by his post as the department names it."""
    return role_of_post(agent.post or "", book)


def ruling_for(kind: str, agent: Agent, handler_id: int | None, book: Rulebook) -> CallerRuling:
    """Whether the rules let him make a callback of this kind for a case that `handler_id` handled."""
    return may_call(kind, role_of(agent, book), book, is_handler=agent.id == handler_id)


def list_callers(
    session: Session,
    team_id: int,
    kind: str,
    book: Rulebook,
    handler_id: int | None = None,
    excluded: Iterable[int] = (),
) -> list[Agent]:
    """The active people of a team who may make a callback of this kind, whoever has least to do first."""
    busy = (
        select(func.count())
        .where(Callback.agent_id == Agent.id, Callback.completed_at.is_(None), Callback.settled_at.is_(None))
        .scalar_subquery()
    )
    people = session.scalars(
        select(Agent)
        .where(Agent.team_id == team_id, Agent.is_active.is_(True), Agent.id.not_in(list(excluded)))
        .order_by(busy, Agent.number)
    )
    return [agent for agent in people if ruling_for(kind, agent, handler_id, book).is_allowed]


def caller_for(session: Session, complaint: Complaint, book: Rulebook) -> Agent:
    """Who is to call back about a case: somebody allowed to, never whom it is about; the agent where nobody else is."""
    handler = complaint.handler or complaint.agent
    if not book.flag(OTHER) and ruling_for("complaint", complaint.agent, None, book).is_allowed:
        return complaint.agent
    about = [complaint.about_agent_id] if complaint.about_agent_id is not None else []
    allowed = list_callers(session, complaint.team_id, "complaint", book, handler.id, about)
    if not allowed:  # nobody of that level is on the list: somebody has to call all the same
        others = [a for a in _team(session, complaint.team_id) if a.id not in (handler.id, *about)]
        return others[0] if others else complaint.agent
    return allowed[0]


def refuse_caller(session: Session, callback: Callback, caller: Agent, book: Rulebook) -> None:
    """Raises Refused for a caller below the level the rulebook names, where somebody of that level is on the list.

    Where nobody is, the call is taken and remarked: it was made, and no record would be worse.
    """
    ruling = may_call(callback.kind, role_of(caller, book), book)
    if ruling.is_allowed or not list_callers(session, callback.team_id, callback.kind, book):
        return
    zh, en = (book.role_title(ruling.required_role, lang) for lang in ("zh", "en"))
    clause = next((step.clause for step in ruling.steps if step.clause), None)
    cited = f" ({clause})" if clause else ""
    raise Refused(
        f"这类回访须由{zh}及以上进行，{caller.name}不能回访。请改派或另选回访人。{cited}",
        f"such a callback is made by {en} or above, {caller.name} may not: reassign it or name another caller{cited}",
    )


def callers_of(
    session: Session, scope: Scope, kind: str, from_at: datetime, until: datetime, team_id: int | None = None
) -> list[str]:
    """The staff numbers of those who reached a customer for this kind of callback in a span of time."""
    query = (
        select(Agent.number)
        .join(CallbackAttempt, CallbackAttempt.agent_id == Agent.id)
        .join(Callback, Callback.id == CallbackAttempt.callback_id)
        .where(Callback.kind == kind, CallbackAttempt.at.between(from_at, until), CallbackAttempt.is_complete)
        .distinct()
        .order_by(Agent.number)
    )
    if scope.team_ids is not None:
        query = query.where(Callback.team_id.in_(scope.team_ids))
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    return list(session.scalars(query))


def _team(session: Session, team_id: int) -> list[Agent]:
    return list(
        session.scalars(
            select(Agent).where(Agent.team_id == team_id, Agent.is_active.is_(True)).order_by(Agent.number)
        )
    )
