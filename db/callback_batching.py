"""Who completed his callbacks of a month all at once: a remark for a person to look into, never a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from db.models import Agent, Callback, CallbackAttempt, Team
from db.visibility import within
from regulations.access import Scope
from regulations.callback_batching import Batching, Completion, batching, month_of
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar


@dataclass(frozen=True, slots=True)
class CallersMonth:
    """One person's completions of a month, oldest first, and whether they were crowded together."""

    number: str
    name: str
    team: str
    completions: tuple[Completion, ...]
    found: Batching


def list_batching(
    session: Session, scope: Scope, month: date, book: Rulebook, now: datetime, team_id: int | None = None
) -> list[CallersMonth]:
    """Everybody who completed a callback in the month of `month`, who is remarked first, then by name.

    Who made the completing attempt counts, not who was to make it.
    """
    people: dict[str, tuple[str, str]] = {}
    made: dict[str, list[Completion]] = {}
    for number, name, team, completion in _completions(session, scope, month, book, now, team_id):
        people[number] = (name, team)
        made.setdefault(number, []).append(completion)
    found = [
        CallersMonth(number, *people[number], tuple(done), batching(done, book, month, now))
        for number, done in made.items()
    ]
    return sorted(found, key=lambda one: (not one.found.is_remarked, -one.found.at_end, one.name, one.number))


def _completions(
    session: Session, scope: Scope, month: date, book: Rulebook, now: datetime, team_id: int | None
) -> list[tuple[str, str, str, Completion]]:
    calendar = WorkCalendar.from_rulebook(book)
    first, last = month_of(month)
    until = min(calendar.end_of_day(last), now)
    attempt, caller = CallbackAttempt, aliased(Agent)
    query = (
        select(
            Callback.number, Callback.completed_at, Callback.due_at, Agent.number, Agent.name, Team.name,
            attempt.at, caller.number, caller.name,
        )
        .select_from(Callback)
        .join(Team, Team.id == Callback.team_id)
        .join(Agent, Agent.id == Callback.agent_id)
        .outerjoin(attempt, and_(attempt.callback_id == Callback.id, attempt.at <= now))
        .outerjoin(caller, caller.id == attempt.agent_id)
        .where(
            Callback.completed_at.between(calendar.start_of_day(first), until),
            *within(scope, team=Callback.team_id, agent=Callback.agent_id),
        )
        .order_by(Callback.completed_at, Callback.id, attempt.at, attempt.is_complete.desc())
    )  # fmt: skip
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    found: dict[str, tuple[str, str, str, Completion]] = {}
    for number, done_at, due_at, agent, agent_name, team, at, by, by_name in session.execute(query):
        assert done_at is not None
        completion = Completion(done_at, due_at, number)
        found.setdefault(number, (agent, agent_name, team, completion))
        if at is not None and at.replace(microsecond=0) == done_at:
            found[number] = (by, by_name, team, completion)
    return list(found.values())
