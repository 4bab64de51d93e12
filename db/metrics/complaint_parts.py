"""What the metrics of complaints share: the rows, their columns, and the ways to break them down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import aliased, join, outerjoin

from db.metrics.definition import Column, Group
from db.models import Agent, Complaint, Team

HANDLER = aliased(Agent, name="handler")

COMPLAINT_GROUPS = {
    "category": Group(Complaint.category, names="complaint_category"),
    "department": Group(Complaint.department),
    "channel": Group(Complaint.channel, names="complaint_channel"),
    "severity": Group(Complaint.severity, names="severity"),
    "kind": Group(Complaint.kind),
    "product": Group(Complaint.product),
    # Whose case it is now; `agent` is whoever was asked first.
    "handler": Group(
        func.coalesce(HANDLER.number, Agent.number), name=func.coalesce(HANDLER.name, Agent.name)
    ),
}

COMPLAINT_COLUMNS: dict[str, Column] = {
    "number": Complaint.number,
    "complaint_id": Complaint.id,
    "received_at": Complaint.received_at,
    "team": Team.name,
    "agent": Agent.name,
    "handler": func.coalesce(HANDLER.name, Agent.name),  # who works on it now
    "category": Complaint.category,
    "kind": Complaint.kind,
    "department": Complaint.department,
    "channel": Complaint.channel,
    "product": Complaint.product,
    "severity": Complaint.severity,
    "status": Complaint.status,
    "summary": Complaint.summary,
}


def complaints_with_people() -> Any:
    """Complaints with their team, the person first asked, and whoever works on them now."""
    people = join(join(Complaint, Team, Team.id == Complaint.team_id), Agent, Agent.id == Complaint.agent_id)
    return outerjoin(people, HANDLER, HANDLER.id == Complaint.handler_id)


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a case was open at `now`: not closed yet, or closed later."""
    return or_(Complaint.closed_at.is_(None), Complaint.closed_at > now)
