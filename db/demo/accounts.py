"""On whose behalf the demo acts: the accounts of `people`, and which of them stands above a team."""

from __future__ import annotations

from sqlalchemy.orm import Session

from db import people
from db.demo.people import PERSONAS, Person
from regulations.access import Scope
from regulations.levels import account_for

SUPERVISOR_OF = {"goods": "supervisor", "hospital": "supervisor2", "property": "supervisor2"}
_LEADERS = {"manager": "manager", "executive": "director", "top": "gm"}


class Accounts:
    """The scopes of the demo's accounts, each looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._scopes: dict[str, Scope] = {}

    def scope(self, username: str) -> Scope:
        """What this account may see and do."""
        if username not in self._scopes:
            self._scopes[username] = people.scope_of(people.get_user(self._session, username))
        return self._scopes[username]

    def person(self, person: Person) -> Scope:
        """What an agent sees and does himself. One of them signs in here; the others ask where they clock in."""
        if person.number == PERSONAS.promising:
            return self.scope("agent")
        return Scope(None, actor_of(person), "agent", (person.team_id,), person.id)

    def supervisor(self, team: str) -> Scope:
        """The supervisor of a team, by its code."""
        return self.scope(SUPERVISOR_OF[team])

    def decider(self, required_role: str, team: str) -> Scope:
        """Whoever decides what asks for that level, for somebody of that team."""
        return self.scope(username_for(required_role, team))


def actor_of(person: Person) -> str:
    """By what name an agent acts: the account of the one who has one, else his own name."""
    return "agent" if person.number == PERSONAS.promising else person.name


def username_for(required_role: str, team: str) -> str:
    """The account that acts for a level in a team."""
    return _LEADERS.get(account_for(required_role), SUPERVISOR_OF[team])
