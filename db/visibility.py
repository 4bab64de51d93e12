"""Which rows a viewer may see, and what he may do: the two questions every read and write asks first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import InstrumentedAttribute

from regulations.access import AccessRefused, Scope

# Translated by the pages; on the command line it is shown as it is.
NOT_YOURS = "Your account may not do this. Ask a colleague with the right role, or the administrator."


def within(
    scope: Scope, *, team: InstrumentedAttribute[int], agent: InstrumentedAttribute[int]
) -> list[ColumnElement[bool]]:
    """Conditions that keep a read inside the viewer's scope: his teams, and for an agent his own rows."""
    conditions: list[ColumnElement[bool]] = []
    if scope.team_ids is not None:
        conditions.append(team.in_(scope.team_ids) if scope.team_ids else false())
    if scope.agent_id is not None:
        conditions.append(agent == scope.agent_id)
    elif scope.role == "agent":  # an agent's account that is tied to nobody sees nobody's rows
        conditions.append(false())
    return conditions


def demand(scope: Scope, capability: str) -> None:
    """Raises AccessRefused unless the viewer holds the capability."""
    if not scope.may(capability):
        raise AccessRefused(NOT_YOURS)


def demand_row(scope: Scope, row: Any) -> None:
    """Raises AccessRefused unless the row (with team_id and agent_id) is in the viewer's scope."""
    if not scope.sees_team(row.team_id) or (scope.agent_id is not None and row.agent_id != scope.agent_id):
        raise AccessRefused(NOT_YOURS)
